# ---
# jupyter:
#   kernelspec:
#     name: python3
#     display_name: Python 3 (ipykernel)
#     language: python
# ---

# %% [markdown] lang="es"
# # 3 · El manifiesto, campo por campo
#
# Un Service mínimo son nueve líneas. El resto lo pone el servidor, y cada campo que pongas mal falla a su manera. Vas a ver qué se rellena solo, a estropear un campo cada vez y a reconocer la avería por el síntoma.
#
# **Tiempo:** 25 minutos · **Necesitas:** un clúster en el que puedas crear objetos
#
# **Al terminar podrás**
#
# 1. escribir un Service de memoria y decir qué hace cada campo;
# 2. distinguir `port`, `targetPort` y `containerPort`;
# 3. saber qué variables se expanden en `args` y cuáles no;
# 4. reconocer por el síntoma qué campo está mal.
#
# **Preguntas:** ¿qué campos puedo omitir? ¿`containerPort` abre el puerto? ¿De dónde saca un Pod su propio nombre?
#
# **Contenido:** 1 lo mínimo · 2 campo por campo · 3 tres puertos · 4 un campo mal cada vez · 5 `$(NOMBRE)` · 6 lo que no se puede cambiar

# %% [markdown] lang="en"
# # 3 · The manifest, field by field
#
# A minimal Service is nine lines. The server fills in the rest, and each field that you get wrong fails in its own way. You are going to see what is filled in, spoil one field at a time, and tell the fault by its symptom.
#
# **Time:** 25 minutes · **You need:** a cluster on which you can make objects
#
# **At the end you can**
#
# 1. write a Service from memory and say what each field does;
# 2. tell `port`, `targetPort` and `containerPort` apart;
# 3. know which variables are expanded in `args` and which are not;
# 4. tell by the symptom which field is wrong.
#
# **Questions:** which fields can I leave out? Does `containerPort` open the port? Where does a Pod get its own name from?
#
# **Contents:** 1 the minimum · 2 field by field · 3 three ports · 4 one wrong field at a time · 5 `$(NAME)` · 6 what cannot be changed

# %% tags=["parameters"]
backend = "auto"
seed = None

# %% [markdown] lang="es"
# ## 1. Lo mínimo
#
# Abrimos el laboratorio con el backend de siempre, en una carpeta de trabajo:

# %% [markdown] lang="en"
# ## 1. The minimum
#
# We open the lab with the usual backend, in a working folder:

# %%
from labkit import open_lab, predict, show

lab = open_lab(backend, seed=seed)
lab.ask(1)
# %cd -q {lab.manifests("minimal")}

# %% [markdown] lang="es"
# Este es el Service más corto que tiene endpoints. No dice el tipo, ni el protocolo, ni a qué puerto de los Pods va:

# %% [markdown] lang="en"
# This is the shortest Service that has endpoints. It says neither its type nor the protocol nor to which port of the Pods it goes:

# %%
print(open("service.yaml", encoding="utf-8").read())

# %% [markdown] lang="es"
# Lo enviamos y pedimos al servidor lo que guardó. Apuesta: ¿cuántos campos de `spec` habrá, si escribiste dos (`selector` y `ports`)?

# %% [markdown] lang="en"
# We send it and ask the server what it has kept. Bet: how many fields will `spec` have, if you wrote two (`selector` and `ports`)?

# %%
predict("03.a", 2)

# %% [markdown] lang="es"
# Los que no escribiste los puso el servidor, cada uno con su valor por defecto:

# %% [markdown] lang="en"
# Those that you did not write were put there by the server, each with its default:

# %% tags=["nbval-ignore-output", "dated"]
# !kubectl apply -f service.yaml
# !kubectl get service minimal -o yaml

# %% [markdown] lang="es"
# Son demasiados para contarlos a ojo. Que los cuente el programa, solo los de `spec`:

# %% [markdown] lang="en"
# Too many to count by eye. Let the program count those of `spec` alone:

# %%
import json

kept = json.loads(lab.kubectl("get service minimal -o json"))["spec"]
predict("03.a", came=len(kept))

# %% [markdown] lang="es"
# Un valor por defecto no tiene por qué ser el tuyo: `targetPort` quedó en 80, y nuestro backend escucha en el 8080. Este Service tiene dos endpoints y no contestaría a nadie.
#
# ## 2. Campo por campo
#
# | Campo | Por defecto | Qué hace |
# |---|---|---|
# | `metadata.name` | (obligatorio) | el nombre, que será también el nombre DNS |
# | `metadata.labels` | ninguna | etiquetas **del Service**; no eligen Pods |
# | `spec.type` | `ClusterIP` | hasta dónde se ve: clúster, nodo (`NodePort`) o balanceador |
# | `spec.selector` | ninguno | qué Pods responden, por etiqueta |
# | `spec.ports[].port` | (obligatorio) | el puerto de la VIP |
# | `spec.ports[].targetPort` | igual que `port` | el puerto de los Pods, por número o por nombre |
# | `spec.ports[].protocol` | `TCP` | también `UDP` y `SCTP` |
# | `spec.ports[].name` | ninguno | obligatorio si hay más de un puerto |
# | `spec.clusterIP` | una libre | la VIP; `None` la quita (*headless*) |
# | `spec.sessionAffinity` | `None` | `ClientIP`: la misma dirección, el mismo Pod (lección 6) |
# | `spec.internalTrafficPolicy` | `Cluster` | `Local`: solo Pods del nodo de quien pregunta |
# | `spec.trafficDistribution` | ninguno | preferir la misma zona o el mismo nodo |
# | `spec.ipFamilyPolicy` | `SingleStack` | IPv4, IPv6 o las dos |
#
# No hace falta memorizarla: la ayuda va dentro de `kubectl`.

# %% [markdown] lang="en"
# A default need not be the value that you want: `targetPort` became 80, and our backend listens on 8080. This Service has two endpoints and would answer nobody.
#
# ## 2. Field by field
#
# | Field | Default | What it does |
# |---|---|---|
# | `metadata.name` | (required) | the name, which will be the DNS name as well |
# | `metadata.labels` | none | labels **of the Service**; they select no Pods |
# | `spec.type` | `ClusterIP` | how far it is seen: cluster, node (`NodePort`) or load balancer |
# | `spec.selector` | none | which Pods answer, by label |
# | `spec.ports[].port` | (required) | the VIP's port |
# | `spec.ports[].targetPort` | the same as `port` | the Pods' port, by number or by name |
# | `spec.ports[].protocol` | `TCP` | `UDP` and `SCTP` too |
# | `spec.ports[].name` | none | required if there is more than one port |
# | `spec.clusterIP` | a free one | the VIP; `None` removes it (headless) |
# | `spec.sessionAffinity` | `None` | `ClientIP`: the same address, the same Pod (lesson 6) |
# | `spec.internalTrafficPolicy` | `Cluster` | `Local`: only Pods of the node of whoever asks |
# | `spec.trafficDistribution` | none | prefer the same zone or the same node |
# | `spec.ipFamilyPolicy` | `SingleStack` | IPv4, IPv6 or both |
#
# There is no need to learn it by heart: the help is inside `kubectl`.

# %%
# !kubectl explain service.spec.ports.targetPort

# %% [markdown] lang="es"
# ## 3. Tres puertos
#
# `port` es de la VIP y `targetPort` es del Pod. ¿Y `containerPort`, el del Deployment? Muchos creen que «abre» el puerto. Lo quitamos del backend. Apuesta qué verá el cliente: `"answer"` o `"refused"`.

# %% [markdown] lang="en"
# ## 3. Three ports
#
# `port` is the VIP's and `targetPort` is the Pod's. And `containerPort`, in the Deployment? Many believe that it "opens" the port. We take it out of the backend. Bet what the client will see: `"answer"` or `"refused"`.

# %%
predict("03.b", "refused")

# %% [markdown] lang="es"
# El Deployment cambia de plantilla y pone Pods nuevos, sin `ports`:

# %% [markdown] lang="en"
# The Deployment's template changes, and it makes new Pods, without `ports`:

# %% tags=["nbval-ignore-output", "waits"]
patch = '[{"op": "remove", "path": "/spec/template/spec/containers/0/ports"}]'
# !kubectl patch deployment backend-app --type=json -p '{patch}'
# !kubectl rollout status deployment/backend-app --timeout=120s

# %% [markdown] lang="es"
# Ningún Pod declara ya su puerto. Preguntamos como siempre:

# %% [markdown] lang="en"
# No Pod declares its port any more. We ask as ever:

# %% tags=["nbval-ignore-output", "drawn"]
# said = !kubectl exec client-pod -- wget -T 5 -q -O- http://backend-service
print(said[0])
predict("03.b", came="answer" if "Hello" in said[0] else "refused")

# %% [markdown] lang="es"
# Responde igual. `containerPort` es un **letrero**: informa y da nombre a un puerto (que `targetPort` puede usar). Lo que abre un puerto es un proceso que escucha en él, y en todas las interfaces: quien escucha solo en `127.0.0.1` no oye al Service.
#
# ## 4. Un campo mal cada vez
#
# Cada botón pone el Service entero bien, menos un campo, y el cliente vuelve a preguntar a `http://backend-service`. Fíjate en dos cosas: cuántos endpoints hay y **cómo** falla. Apuesta antes de pulsar:

# %% [markdown] lang="en"
# It answers all the same. `containerPort` is a **sign**: it informs, and it gives a port a name (which `targetPort` may use). What opens a port is a process that listens on it, and on all interfaces: one that listens on `127.0.0.1` alone does not hear the Service.
#
# ## 4. One wrong field at a time
#
# Each button puts the whole Service right but for one field, and the client asks `http://backend-service` again. Watch two things: how many endpoints there are, and **how** it fails. Place a bet before you press:

# %% tags=["nbval-ignore-output", "drawn"]
show(lab.field_panel())

# %% [markdown] lang="es"
# <details><summary>¿Qué distingue un <code>targetPort</code> equivocado de un <code>selector</code> equivocado?</summary>
#
# Los dos dan «connection refused». Pero con el `targetPort` mal hay endpoints (quien rechaza es el Pod, donde nadie escucha en ese puerto) y con el `selector` mal no hay ninguno (quien rechaza es una regla). Un nombre de puerto que ningún contenedor declara deja endpoints sin puerto. Y con otro `port` u otro protocolo no hay regla que reconozca la petición.
#
# </details>
#
# Dejamos el Service como estaba:

# %% [markdown] lang="en"
# <details><summary>What tells a wrong <code>targetPort</code> from a wrong <code>selector</code>?</summary>
#
# Both give "connection refused". But with a wrong `targetPort` there are endpoints (it is the Pod that refuses, where nobody listens on that port), and with a wrong `selector` there are none (it is a rule that refuses). A port name that no container declares leaves endpoints without a port. And with another `port` or protocol there is no rule that recognises the request.
#
# </details>
#
# We leave the Service as it was:

# %%
# !kubectl apply -f {lab.manifests("fixed")}/backend-service.yaml

# %% [markdown] lang="es"
# Otra mirada a los mismos campos: qué **reglas** salen de ellos. Edita el manifiesto, o elige uno de la lista, y mira cuáles llegan (+) y cuáles se van (−); nada se aplica en el clúster. Antes de cada cambio, di cuántas reglas cambiarán. Y prueba una errata: lo que lees es lo que diría la API.

# %% [markdown] lang="en"
# Another look at the same fields: which **rules** come of them. Edit the manifest, or choose one from the list, and see which arrive (+) and which go (−); nothing is applied to the cluster. Before each change, say how many rules will change. And try a slip of the pen: what you read is what the API would say.

# %%
show(lab.draft())

# %% [markdown] lang="es"
# ## 5. `$(NOMBRE)`
#
# En `args` y `command`, `$(NOMBRE)` lo sustituye el **kubelet** antes de arrancar el contenedor. Este Pod declara una variable, `NAME`, y escribe tres cosas. Apuesta qué saldrá en lugar de `$(HOSTNAME)`: `"el nombre"`, `"nada"` o `"$(HOSTNAME)"`.

# %% [markdown] lang="en"
# ## 5. `$(NAME)`
#
# In `args` and `command`, `$(NAME)` is replaced by the **kubelet** before the container starts. This Pod declares one variable, `NAME`, and writes three things. Bet what will stand in the place of `$(HOSTNAME)`: `"the name"`, `"nothing"` or `"$(HOSTNAME)"`.

# %%
predict("03.c", "?")

# %% [markdown] lang="es"
# El tercero lleva dos signos de dólar, que es como se escapa:

# %% [markdown] lang="en"
# The third has two dollar signs, which is how one escapes it:

# %%
words = "1 $(NAME), 2 $(HOSTNAME), 3 $$(NAME)"
lab.kubectl("delete pod expand --ignore-not-found --grace-period=1")
lab.kubectl(
    f"run expand --image=busybox:1.36 --restart=Never --env=NAME=Ana --command -- echo '{words}'"
)
# !kubectl wait --for=jsonpath='{.status.phase}'=Succeeded pod/expand --timeout=60s
# !kubectl logs expand

# %% [markdown] lang="es"
# El 2 es el de `$(HOSTNAME)`. Tu apuesta y lo que salió:

# %% [markdown] lang="en"
# Number 2 is that of `$(HOSTNAME)`. Your bet and what came:

# %%
log = lab.kubectl("logs expand")
predict("03.c", came="$(HOSTNAME)" if "2 $(HOSTNAME)" in log else "?")

# %% [markdown] lang="es"
# El kubelet conoce lo declarado en `env` y `envFrom` y las variables de los Services. `HOSTNAME` la pone más tarde el *runtime*: lo desconocido se queda tal cual. Si un Pod necesita su nombre o su nodo, se los pide a la ***Downward API***:
#
# ```yaml
# env:
# - name: POD_NAME
#   valueFrom: {fieldRef: {fieldPath: metadata.name}}
# ```
#
# ## 6. Lo que no se puede cambiar
#
# Casi todo un Service se puede editar en marcha. La VIP no:

# %% [markdown] lang="en"
# The kubelet knows what is declared in `env` and `envFrom`, and the variables of Services. `HOSTNAME` is set later by the runtime: what is unknown stays as it stands. A Pod that needs its name or its node asks the **Downward API** for them:
#
# ```yaml
# env:
# - name: POD_NAME
#   valueFrom: {fieldRef: {fieldPath: metadata.name}}
# ```
#
# ## 6. What cannot be changed
#
# Nearly everything about a Service can be edited while it runs. The VIP cannot:

# %%
# !kubectl patch service minimal -p '{"spec":{"clusterIP":"10.96.0.99"}}'

# %% [markdown] lang="es"
# Y un campo con una errata ni siquiera entra: `kubectl apply` pide al servidor que compare cada nombre con los que conoce.

# %% [markdown] lang="en"
# And a field with a slip does not even get in: `kubectl apply` asks the server to compare each name with those that it knows.

# %%
# !sed 's/selector/selectors/; s/minimal/other/' service.yaml | kubectl apply -f -

# %% [markdown] lang="es"
# Recogemos:

# %% [markdown] lang="en"
# We clear up:

# %%
# !kubectl delete service/minimal pod/expand --grace-period=1

# %% insert="exercises"

# %% [markdown] lang="es"
# ## Lo que este modelo deja fuera
#
# `NodePort`, `LoadBalancer` y `externalIPs` añaden puertas desde fuera al mismo Service (lección 9). Un Service puede no tener `selector`: entonces los EndpointSlices los escribe otro.
#
# ## Lo esencial
#
# - Lo obligatorio: un nombre y un `port`. Y casi siempre un `selector`.
# - `port` es de la VIP, `targetPort` del Pod; `containerPort` solo informa.
# - `targetPort` por nombre sobrevive a un cambio de número.
# - En `args` se expande lo declarado; el nombre del Pod llega por `fieldRef`.
# - El síntoma señala el campo: mira los endpoints antes de tocar nada.
#
# ## Para recordar
#
# <details><summary>1. Tu aplicación escucha en 3000 y quieres servir en el 80. ¿Qué escribes?</summary>
#
# `port: 80` y `targetPort: 3000`.
#
# </details>
#
# <details><summary>2. ¿Qué etiquetas del manifiesto tienen que coincidir?</summary>
#
# Las del `selector` del Service con las de la plantilla de los Pods. Las de `metadata.labels` del Service no cuentan.
#
# </details>
#
# <details><summary>3. ¿Cómo escribes un <code>&#36;(X)</code> literal en <code>args</code>?</summary>
#
# `$$(X)`.
#
# </details>

# %% [markdown] lang="en"
# ## What this model leaves out
#
# `NodePort`, `LoadBalancer` and `externalIPs` add doors from outside to the same Service (lesson 9). A Service may have no `selector`: then somebody else writes its EndpointSlices.
#
# ## Key points
#
# - What is required: a name and a `port`. And nearly always a `selector`.
# - `port` is the VIP's, `targetPort` the Pod's; `containerPort` only informs.
# - A `targetPort` by name survives a change of number.
# - In `args` what is declared gets expanded; the Pod's name comes by `fieldRef`.
# - The symptom points at the field: look at the endpoints before you touch anything.
#
# ## To recall
#
# <details><summary>1. Your application listens on 3000 and you want to serve on 80. What do you write?</summary>
#
# `port: 80` and `targetPort: 3000`.
#
# </details>
#
# <details><summary>2. Which labels of the manifests have to match?</summary>
#
# Those of the Service's `selector` and those of the Pods' template. Those in the Service's `metadata.labels` do not count.
#
# </details>
#
# <details><summary>3. How do you write a literal <code>&#36;(X)</code> in <code>args</code>?</summary>
#
# `$$(X)`.
#
# </details>
