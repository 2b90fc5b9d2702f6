# ---
# jupyter:
#   kernelspec:
#     name: python3
#     display_name: Python 3 (ipykernel)
#     language: python
# ---

# %% [markdown] lang="es"
# # 9 · Ventajas y límites
#
# «Seguro por defecto, estable, sencillo, eficiente; sin acceso desde fuera.» Eso promete el texto del que parte este curso. Vas a comprobar cada palabra preguntando de verdad: desde un Pod, desde otro espacio de nombres, desde un nodo y desde fuera.
#
# **Tiempo:** 25 minutos · **Necesitas:** un clúster desde cuyos nodos y desde fuera se pueda preguntar (el embebido) y que aplique NetworkPolicies
#
# **Al terminar podrás**
#
# 1. decir quién alcanza un ClusterIP y quién no;
# 2. elegir la puerta adecuada para el tráfico de fuera;
# 3. explicar por qué un ClusterIP no es una barrera de seguridad, y cuál lo es;
# 4. reconocer una NetworkPolicy por el síntoma.
#
# **Preguntas:** ¿llega un nodo a un ClusterIP? ¿Y otro equipo del mismo clúster? ¿`port-forward` reparte?
#
# **Contenido:** 1 ¿quién llega? · 2 las puertas de fuera · 3 `port-forward` · 4 una barrera de verdad · 5 las ventajas, una a una

# %% [markdown] lang="en"
# # 9 · Advantages and limits
#
# "Secure by default, stable, simple, efficient; no access from outside." So promises the text that this course starts from. You are going to check every word by really asking: from a Pod, from another namespace, from a node and from outside.
#
# **Time:** 25 minutes · **You need:** a cluster that can be asked from its nodes and from outside (the embedded one), and that enforces NetworkPolicies
#
# **At the end you can**
#
# 1. say who reaches a ClusterIP and who does not;
# 2. choose the right door for traffic from outside;
# 3. explain why a ClusterIP is no security boundary, and what is;
# 4. tell a NetworkPolicy by its symptom.
#
# **Questions:** does a node reach a ClusterIP? And another team on the same cluster? Does `port-forward` balance?
#
# **Contents:** 1 who gets there? · 2 the doors from outside · 3 `port-forward` · 4 a real barrier · 5 the advantages, one by one

# %% tags=["parameters"]
backend = "auto"
seed = None

# %% [markdown] lang="es"
# ## 1. ¿Quién llega?
#
# El laboratorio de siempre, y un visitante en otro espacio de nombres:

# %% [markdown] lang="en"
# ## 1. Who gets there?
#
# The usual lab, and a visitor in another namespace:

# %% tags=["nbval-ignore-output", "drawn"]
from labkit import open_lab, predict, show

lab = open_lab(backend, seed=seed)
lab.ask(1)

# %% [markdown] lang="es"
# La visita es un Pod que no hace más que esperar a que le pidas algo:

# %% [markdown] lang="en"
# The visitor is a Pod that does nothing but wait to be asked:

# %%
# !kubectl create namespace other
# !kubectl -n other run visitor --image=busybox:1.36 -- sleep 3600
# !kubectl -n other wait --for=condition=Ready pod/visitor --timeout=120s

# %% [markdown] lang="es"
# Hacemos el Service también `NodePort`, para tener con qué comparar: la VIP se queda, y además se abre un puerto en cada nodo.

# %% [markdown] lang="en"
# We make the Service a `NodePort` as well, to have something to compare with: the VIP stays, and in addition a port is opened on each node.

# %%
# !kubectl patch service backend-service -p '{"spec":{"type":"NodePort"}}'
# !kubectl get service backend-service

# %% [markdown] lang="es"
# Cuatro sitios desde los que preguntar, tres direcciones a las que preguntar. **Rellena la tabla con tu apuesta** y revela después; tras cada celda hay una petición de verdad:

# %% [markdown] lang="en"
# Four places to ask from, three addresses to ask. **Fill in the table with your bets** and reveal afterwards; behind each cell stands a real request:

# %%
service = lab.get("service backend-service")["spec"]
vip, port = service["clusterIP"], service["ports"][0]["nodePort"]
pod = lab.get("pods -l app=backend")["items"][0]["status"]["podIP"]
first = lab.get("nodes")["items"][0]
name, node = first["metadata"]["name"], first["status"]["addresses"][0]["address"]

# %% [markdown] lang="es"
# Las direcciones están; ahora, las preguntas:

# %% [markdown] lang="en"
# We have the addresses; now for the questions:

# %% tags=["nbval-ignore-output", "drawn"]
places = {
    "client-pod": "client-pod",
    "other/visitor": "other/visitor",
    f"node/{name}": f"node/{name}",
    "outside": "outside",
}
targets = {"ClusterIP": f"{vip}:80", "NodePort": f"{node}:{port}", "Pod IP": f"{pod}:8080"}
table = lab.reach_table(places, targets)
show(table)

# %% [markdown] lang="es"
# La misma tabla, para leerla sin apostar:

# %% [markdown] lang="en"
# The same table, to read without betting:

# %%
table

# %% [markdown] lang="es"
# **Sorpresas** habituales: el **nodo** llega al ClusterIP (sus propios procesos pasan por las mismas reglas, en el gancho `OUTPUT`), y **otro espacio de nombres** también: un espacio de nombres separa *nombres*, no redes. Desde fuera, ni la VIP ni la dirección del Pod llevan a ningún sitio: nadie ahí fuera sabe dónde están.
#
# ## 2. Las puertas de fuera
#
# | Puerta | Qué añade | Para qué |
# |---|---|---|
# | `kubectl port-forward` | un túnel por la API, para ti | depurar |
# | `NodePort` | un puerto (30000–32767) en cada nodo | pruebas, un balanceador propio |
# | `LoadBalancer` | una dirección de fuera que, por lo general, lleva al NodePort | producción en la nube |
# | Ingress / Gateway | HTTP por nombre y ruta | webs y APIs |
#
# Todas se apoyan en el mismo Service. ¿Y si falta el ClusterIP debajo? No puede: un `NodePort` *tiene* ClusterIP, y un `LoadBalancer`, si no pides otra cosa, las dos.
#
# ## 3. `port-forward`
#
# Hay quien abre `kubectl port-forward service/…` y recarga la página para «ver el balanceo». Veinte peticiones por un túnel. Apuesta cuántos Pods distintos contestarán:

# %% [markdown] lang="en"
# The usual **surprises**: the **node** reaches the ClusterIP (its own processes pass through the same rules, in the hook `OUTPUT`), and so does **another namespace**: a namespace separates *names*, not networks. From outside neither the VIP nor the Pod's address leads anywhere: nobody out there knows where they are.
#
# ## 2. The doors from outside
#
# | Door | What it adds | What for |
# |---|---|---|
# | `kubectl port-forward` | a tunnel through the API, for you | debugging |
# | `NodePort` | a port (30000–32767) on every node | tests, a balancer of your own |
# | `LoadBalancer` | an address outside that usually leads to the NodePort | production in a cloud |
# | Ingress / Gateway | HTTP by name and path | sites and APIs |
#
# All of them rest on the same Service. And what if there is no ClusterIP underneath? That cannot be: a `NodePort` *has* a ClusterIP, and a `LoadBalancer` has both unless you ask otherwise.
#
# ## 3. `port-forward`
#
# Some people open `kubectl port-forward service/…` and reload the page to "see the balancing". Twenty requests through one tunnel. Bet how many different Pods will answer:

# %%
predict("09.a", 2)

# %% [markdown] lang="es"
# `lab.forward` abre el túnel, pregunta y lo cierra:

# %% [markdown] lang="en"
# `lab.forward` opens the tunnel, asks, and closes it:

# %% tags=["nbval-ignore-output", "drawn"]
answers = lab.forward("service/backend-service", n=20)
print(answers[0])
predict("09.a", came=len(set(answers)))

# %% [markdown] lang="es"
# Uno. `port-forward` mira el Service, escoge **un** Pod y va derecho a él por la API: ni VIP, ni reglas, ni sorteo.
#
# ## 4. Una barrera de verdad
#
# «Seguridad por defecto: es interno.» Ya viste que cualquier Pod del clúster llega. Lo que cierra el paso es una **NetworkPolicy**. Esta deja entrar a los Pods del backend solo a quien lleve `role: client`:

# %% [markdown] lang="en"
# One. `port-forward` looks at the Service, picks **one** Pod and goes straight to it through the API: no VIP, no rules, no draw.
#
# ## 4. A real barrier
#
# "Secure by default: it is internal." You have seen that any Pod of the cluster gets there. What shuts the door is a **NetworkPolicy**. This one lets into the backend's Pods only those with `role: client`:

# %%
# %cd -q {lab.manifests("policy")}
print(open("only-the-client.yaml", encoding="utf-8").read())

# %% [markdown] lang="es"
# La aplicamos y ponemos la etiqueta a nuestro cliente. Apuesta qué notará el visitante: `"refused"` (rechazo inmediato), `"timeout"` (silencio) o `"unknown-name"` (el nombre deja de existir).

# %% [markdown] lang="en"
# We apply it and put the label on our client. Bet what the visitor will notice: `"refused"` (refused at once), `"timeout"` (silence) or `"unknown-name"` (the name is gone).

# %%
predict("09.b", "refused")

# %% [markdown] lang="es"
# Preguntan los dos, con tres segundos de paciencia:

# %% [markdown] lang="en"
# Both ask, with three seconds of patience:

# %% tags=["nbval-ignore-output", "drawn"]
# !kubectl apply -f only-the-client.yaml
# !kubectl label pod client-pod role=client --overwrite
print(lab.reach("client-pod", "backend-service:80"))

# %% [markdown] lang="es"
# El cliente pasa. Ahora el visitante, que no lleva la etiqueta:

# %% [markdown] lang="en"
# The client passes. Now the visitor, who does not wear the label:

# %%
blocked = lab.reach("other/visitor", "backend-service.default:80", timeout=3)
print(blocked)
predict("09.b", came=blocked.outcome)

# %% [markdown] lang="es"
# Silencio. El DNS contestó, las reglas del Service tradujeron, y los paquetes se tiraron en la puerta del Pod. Esta diferencia es oro al depurar (lección 10): *rechazo inmediato* es «nadie escucha» o «sin endpoints»; *silencio*, «algo tira los paquetes».
#
# Una política se escribe sobre **Pods y sus puertos** (`8080`), no sobre Services: cuando se mira, la VIP ya no está en el paquete.
#
# Quitamos la política, y el visitante vuelve a pasar:

# %% [markdown] lang="en"
# Silence. DNS answered, the Service's rules translated, and the packets were dropped at the Pod's door. This difference is gold when debugging (lesson 10): *refused at once* is "nobody listens" or "no endpoints"; *silence* is "something drops the packets".
#
# A policy is written about **Pods and their ports** (`8080`), not about Services: when it is looked at, the VIP is no longer in the packet.
#
# We remove the policy, and the visitor gets through again:

# %% tags=["nbval-ignore-output", "drawn"]
# !kubectl delete -f only-the-client.yaml
print(lab.reach("other/visitor", "backend-service.default:80"))

# %% [markdown] lang="es"
# ## 5. Las ventajas, una a una
#
# | El texto dice | Lo que has visto |
# |---|---|
# | Seguridad por defecto | A medias: desde fuera no se llega, pero dentro llega cualquiera. |
# | Estabilidad | Sí: nombre y VIP duran lo que dura el objeto (lección 1). |
# | Simplicidad | Sí: nueve líneas (lección 3), sin nada fuera del clúster. |
# | Eficiencia | Sí, con letra pequeña: el tráfico no sale, pero puede ir a otro nodo. |
#
# La letra pequeña se puede afinar: con `internalTrafficPolicy: Local` solo contestan Pods del nodo de quien pregunta. ¿Y si en ese nodo no hay ninguno? Dejamos una sola réplica y preguntamos desde los dos nodos. Apuesta cuántos de los dos obtendrán respuesta:

# %% [markdown] lang="en"
# ## 5. The advantages, one by one
#
# | The text says | What you have seen |
# |---|---|
# | Secure by default | Half true: from outside nobody gets there, but inside anybody does. |
# | Stability | Yes: name and VIP last as long as the object (lesson 1). |
# | Simplicity | Yes: nine lines (lesson 3), and nothing outside the cluster. |
# | Efficiency | Yes, with small print: the traffic does not leave, but it may go to another node. |
#
# The small print can be tuned: with `internalTrafficPolicy: Local` only Pods of the node of whoever asks will answer. And if there is none on that node? We leave a single replica and ask from both nodes. Bet how many of the two will get an answer:

# %%
predict("09.c", 2)

# %% [markdown] lang="es"
# Una réplica, y la política nueva:

# %% [markdown] lang="en"
# One replica, and the new policy:

# %% tags=["nbval-ignore-output", "waits"]
# !kubectl scale deployment/backend-app --replicas=1
# !kubectl rollout status deployment/backend-app --timeout=60s
# !kubectl patch service backend-service -p '{"spec":{"internalTrafficPolicy":"Local"}}'

# %% [markdown] lang="es"
# `lab.settle` espera a que kube-proxy ponga al día las reglas de cada nodo. Después preguntan los nodos mismos, a la VIP:

# %% [markdown] lang="en"
# `lab.settle` waits until kube-proxy has brought each node's rules up to date. Then the nodes themselves ask, at the VIP:

# %%
lab.settle()
nodes = lab.kubectl("get nodes -o jsonpath={.items[*].metadata.name}").split()
local = [lab.reach(f"node/{one}", f"{vip}:80", timeout=2) for one in nodes]
print(*local, sep="\n")
predict("09.c", came=sum(one.ok for one in local))

# %% [markdown] lang="es"
# `Local` no es «preferir»: es «o aquí o nada». Para *preferir* está `trafficDistribution`. Recogemos:

# %% [markdown] lang="en"
# `Local` is not "prefer": it is "here or nothing". To *prefer* there is `trafficDistribution`. We clear up:

# %%
# !kubectl delete namespace other
# !kubectl delete service/backend-service deployment/backend-app pod/client-pod --grace-period=1

# %% insert="exercises"

# %% [markdown] lang="es"
# ## Lo que este modelo deja fuera
#
# Que una NetworkPolicy se cumpla depende del plugin de red: hay clústeres donde se guarda y no pasa nada. Y las nubes añaden sus propios cortafuegos delante de los nodos.
#
# ## Lo esencial
#
# - A un ClusterIP llegan todos los Pods y los nodos; desde fuera, nadie.
# - `port-forward` es para depurar: un Pod, sin reparto.
# - NodePort, LoadBalancer e Ingress son puertas al mismo Service.
# - Un espacio de nombres no es una barrera; una NetworkPolicy, sí.
# - Rechazo y silencio son síntomas distintos, con causas distintas.
#
# ## Para recordar
#
# <details><summary>1. ¿Por qué un nodo alcanza el ClusterIP si la VIP no está en ninguna interfaz?</summary>
#
# Porque el gancho `OUTPUT` también salta a `KUBE-SERVICES`: las mismas reglas.
#
# </details>
#
# <details><summary>2. ¿Qué puerto pones en una NetworkPolicy, el del Service o el del Pod?</summary>
#
# El del Pod: cuando se comprueba, el destino ya está traducido.
#
# </details>
#
# <details><summary>3. Tu portátil necesita llegar una vez a un Service para mirar algo. ¿Qué usas?</summary>
#
# `kubectl port-forward`. No hace falta cambiar nada en el clúster.
#
# </details>

# %% [markdown] lang="en"
# ## What this model leaves out
#
# Whether a NetworkPolicy is enforced depends on the network plugin: there are clusters where it is stored and nothing happens. And clouds add firewalls of their own in front of the nodes.
#
# ## Key points
#
# - All Pods and the nodes reach a ClusterIP; from outside nobody does.
# - `port-forward` is for debugging: one Pod, no balancing.
# - NodePort, LoadBalancer and Ingress are doors to the same Service.
# - A namespace is no barrier; a NetworkPolicy is.
# - Refusal and silence are different symptoms with different causes.
#
# ## To recall
#
# <details><summary>1. Why does a node reach the ClusterIP if the VIP is on no interface?</summary>
#
# Because the hook `OUTPUT` jumps to `KUBE-SERVICES` as well: the same rules.
#
# </details>
#
# <details><summary>2. Which port goes into a NetworkPolicy, the Service's or the Pod's?</summary>
#
# The Pod's: when it is checked the destination is translated already.
#
# </details>
#
# <details><summary>3. Your laptop needs to reach a Service once, to look at something. What do you use?</summary>
#
# `kubectl port-forward`. Nothing has to change in the cluster.
#
# </details>
