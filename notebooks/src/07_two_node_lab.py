# ---
# jupyter:
#   kernelspec:
#     name: python3
#     display_name: Python 3 (ipykernel)
#     language: python
# ---

# %% [markdown] lang="es"
# # 7 · El laboratorio de dos nodos, paso a paso
#
# Un texto que circula por ahí promete que un Service reparte «de forma round-robin» y enseña una salida que alterna perfectamente entre dos Pods. Vamos a ejecutar sus manifiestos **tal como están escritos**, a mirar lo que pasa de verdad y a dictar sentencia con doscientas respuestas.
#
# **Tiempo:** 25 minutos · **Necesitas:** un clúster de dos nodos con `exec` y reglas visibles (el embebido los tiene) · **Antes:** [lección 0](00-win-on-day-one.ipynb)
#
# **Al terminar podrás**
#
# 1. poner en marcha el laboratorio con las mismas órdenes en cualquier clúster;
# 2. decir por qué `$(HOSTNAME)` no se expande y corregirlo;
# 3. distinguir azar de turnos con una prueba que no se deja engañar;
# 4. leer en las reglas del nodo la probabilidad exacta de cada Pod.
#
# **Preguntas:** ¿cumple el texto lo que promete? ¿Alterna la salida, o lo parece? ¿Quién eligió?
#
# **Contenido:** 1 clúster · 2 backend · 3 Service · 4 cliente · 5 la sorpresa · 6 el remedio · 7 doscientas respuestas · 8 las reglas · 9 sentencia · 10 limpieza

# %% [markdown] lang="en"
# # 7 · The two-node lab, step by step
#
# A text that goes around promises that a Service balances "round-robin" and shows output that alternates perfectly between two Pods. We are going to run its manifests **exactly as written**, look at what really happens, and pass judgement on two hundred answers.
#
# **Time:** 25 minutes · **You need:** a two-node cluster with `exec` and visible rules (the embedded one has them) · **Before:** [lesson 0](00-win-on-day-one.ipynb)
#
# **At the end you can**
#
# 1. bring up the lab with the same commands on any cluster;
# 2. say why `$(HOSTNAME)` is not expanded, and cure it;
# 3. tell chance from taking turns with a test that is not fooled;
# 4. read each Pod's exact probability in the node's rules.
#
# **Questions:** does the text keep its promise? Does the output alternate, or seem to? Who chose?
#
# **Contents:** 1 cluster · 2 backend · 3 Service · 4 client · 5 the surprise · 6 the cure · 7 two hundred answers · 8 the rules · 9 the verdict · 10 clean-up

# %% tags=["parameters"]
backend = "auto"
seed = None
requests = 200

# %% [markdown] lang="es"
# ## 1. El clúster
#
# El texto original pide `minikube start --nodes 2`. Aquí el laboratorio dice qué clúster encontró y en qué difiere:

# %% [markdown] lang="en"
# ## 1. The cluster
#
# The original text asks for `minikube start --nodes 2`. Here the lab says which cluster it found and how it differs:

# %%
from labkit import explore, open_lab, predict, show

lab = open_lab(backend, seed=seed)

# %% [markdown] lang="es"
# Lo mismo, dicho por `kubectl`:

# %% [markdown] lang="en"
# The same, said by `kubectl`:

# %%
# !kubectl get nodes

# %% [markdown] lang="es"
# Dos nodos, y los dos aceptan Pods. Si vienes de otra lección, sus Pods siguen ahí; empezamos con la mesa limpia (si no hay nada, la orden no dice nada):

# %% [markdown] lang="en"
# Two nodes, and both accept Pods. If you come from another lesson its Pods are still there; we start with a clean table (where there is nothing the command says nothing):

# %%
# !kubectl delete deployment/backend-app service/backend-service pod/client-pod --ignore-not-found --grace-period=1

# %% [markdown] lang="es"
# Ponemos los tres manifiestos del texto, palabra por palabra, en una carpeta de trabajo y entramos en ella:

# %% [markdown] lang="en"
# We put the three manifests of the text, word for word, into a working folder and step into it:

# %%
# %cd -q {lab.manifests("seed")}
# !ls

# %% [markdown] lang="es"
# ## 2. El backend: un Deployment de dos réplicas
#
# Léelo antes de aplicarlo. Fíjate en `args`: ¿de dónde saldrán `$(HOSTNAME)` y `$(NODE_NAME)`?

# %% [markdown] lang="en"
# ## 2. The backend: a Deployment of two replicas
#
# Read it before you apply it. Look at `args`: where will `$(HOSTNAME)` and `$(NODE_NAME)` come from?

# %%
print(open("backend-deployment.yaml", encoding="utf-8").read())

# %% [markdown] lang="es"
# Apuesta: ¿qué pondrá cada respuesta en el sitio de `$(HOSTNAME)`? Escribe una de estas: `"el nombre del Pod"`, `"el nombre del nodo"`, `"nada"`, `"$(HOSTNAME)"`.

# %% [markdown] lang="en"
# Place a bet: what will each answer have in the place of `$(HOSTNAME)`? Write one of these: `"the Pod's name"`, `"the node's name"`, `"nothing"`, `"$(HOSTNAME)"`.

# %%
predict("07.1", "?")

# %% [markdown] lang="es"
# Aplica el Deployment y espera a que esté listo:

# %% [markdown] lang="en"
# Apply the Deployment and wait until it is ready:

# %%
# !kubectl apply -f backend-deployment.yaml

# %% [markdown] lang="es"
# `apply` solo guarda el objeto; esperar es otra orden:

# %% [markdown] lang="en"
# `apply` only stores the object; waiting is another command:

# %% tags=["nbval-ignore-output", "waits"]
# !kubectl rollout status deployment/backend-app --timeout=120s

# %% [markdown] lang="es"
# ¿En qué nodos quedaron los Pods?

# %% [markdown] lang="en"
# On which nodes did the Pods land?

# %%
# !kubectl get pods -o wide -l app=backend

# %% [markdown] lang="es"
# Un Pod en cada nodo. Es una costumbre del planificador (*scheduler*), no una promesa: nada en este manifiesto lo obliga. En el apartado 6 lo convertimos en promesa.

# %% [markdown] lang="en"
# One Pod on each node. That is a habit of the scheduler, not a promise: nothing in this manifest forces it. In section 6 we make it one.

# %% [markdown] lang="es"
# ## 3. El Service: una dirección fija
#
# El Service busca Pods por su etiqueta (`app: backend`) y traduce su puerto 80 al 8080 de los Pods:

# %% [markdown] lang="en"
# ## 3. The Service: a fixed address
#
# The Service looks for Pods by their label (`app: backend`) and translates its port 80 to the Pods' 8080:

# %%
# !kubectl apply -f backend-service.yaml

# %% [markdown] lang="es"
# El servidor le ha puesto una dirección:

# %% [markdown] lang="en"
# The server has given it an address:

# %%
# !kubectl get svc backend-service

# %% [markdown] lang="es"
# Esa `CLUSTER-IP` no está en ninguna máquina. Lo que sí existe es la lista de direcciones de los Pods listos, el **EndpointSlice**:

# %% [markdown] lang="en"
# That `CLUSTER-IP` is on no machine. What does exist is the list of addresses of the Pods that are ready, the **EndpointSlice**:

# %% tags=["nbval-ignore-output", "waits"]
# !kubectl get endpointslices -l kubernetes.io/service-name=backend-service

# %% [markdown] lang="es"
# ## 4. El cliente: preguntar sin parar
#
# El texto dice que el cliente usa `curl`; el manifiesto ejecuta `wget`. Manda el manifiesto:

# %% [markdown] lang="en"
# ## 4. The client: asking without end
#
# The text says that the client uses `curl`; the manifest runs `wget`. The manifest decides:

# %%
# !kubectl apply -f client-pod.yaml

# %% [markdown] lang="es"
# Esperamos a que esté listo:

# %% [markdown] lang="en"
# We wait until it is ready:

# %%
# !kubectl wait --for=condition=Ready pod/client-pod --timeout=120s

# %% [markdown] lang="es"
# El texto sigue con `kubectl logs -f client-pod`, que no termina nunca y se quedaría con la celda. `lab.follow` hace lo mismo durante unos segundos:

# %% [markdown] lang="en"
# The text goes on with `kubectl logs -f client-pod`, which never ends and would hold the cell. `lab.follow` does the same for some seconds:

# %% tags=["nbval-ignore-output", "drawn"]
log = lab.follow("client-pod", seconds=6)

# %% [markdown] lang="es"
# ## 5. La sorpresa
#
# Tu apuesta y lo que salió:

# %% [markdown] lang="en"
# ## 5. The surprise
#
# Your bet and what came:

# %%
came = "$(HOSTNAME)" if "$(HOSTNAME)" in log else "?"
predict("07.1", came=came)

# %% [markdown] lang="es"
# **Sorpresa.** Donde el texto promete el nombre del Pod pone, letra por letra, `$(HOSTNAME)`. Y no es cosa de este clúster: en uno real sale exactamente lo mismo.
#
# El kubelet sustituye en `args` solo las variables que **él** conoce de ese contenedor: las de `env`, las de `envFrom` y las de los Services. `NODE_NAME` está declarada; `HOSTNAME`, no: la pone más tarde el *runtime*, cuando `args` ya está escrito. Lo que no conoce lo deja como está.
#
# Dentro del contenedor, en cambio, un *shell* sí la ve:

# %% [markdown] lang="en"
# **Surprise.** Where the text promises the Pod's name it says, letter by letter, `$(HOSTNAME)`. And it is not this cluster's doing: a real one prints exactly the same.
#
# In `args` the kubelet replaces only the variables that **it** knows of that container: those of `env`, of `envFrom` and of the Services. `NODE_NAME` is declared; `HOSTNAME` is not: the runtime sets it later, when `args` is written already. What it does not know it leaves as it stands.
#
# Inside the container, though, a shell does see it:

# %%
# !kubectl exec client-pod -- sh -c 'echo $HOSTNAME'

# %% [markdown] lang="es"
# <details><summary>Mira otra vez la salida del cliente. ¿Alterna?</summary>
#
# El nombre del nodo sí se expande, así que puedes seguir el orden por él. Con tan pocas respuestas no se puede concluir nada; por eso el apartado 7 pide doscientas. Y la línea vacía entre respuestas es el `echo` que sobra en el manifiesto.
#
# </details>

# %% [markdown] lang="en"
# <details><summary>Look at the client's output again. Does it alternate?</summary>
#
# The node's name is expanded, so you can follow the order by it. With so few answers nothing can be concluded; that is why section 7 asks for two hundred. And the empty line between answers is the `echo` too many in the manifest.
#
# </details>

# %% [markdown] lang="es"
# ## 6. El remedio
#
# Los manifiestos corregidos están al lado. ¿Qué cambia en el Deployment?

# %% [markdown] lang="en"
# ## 6. The cure
#
# The corrected manifests stand beside them. What changes in the Deployment?

# %%
print(lab.compare_manifests("backend-deployment.yaml"))

# %% [markdown] lang="es"
# Tres cosas: `POD_NAME` llega por `fieldRef` (la *Downward API*), la imagen lleva una versión fija y `topologySpreadConstraints` convierte «dos réplicas en dos nodos» en una condición: `maxSkew: 1` con `DoNotSchedule` admite un Pod de diferencia entre nodos y, si no puede ser, deja el Pod esperando. De las otras dos líneas, `nodeTaintsPolicy: Honor` no cuenta los nodos que un `taint` le cierra al Pod, y `matchLabelKeys` cuenta solo los Pods de la misma versión, para que los viejos no estorben durante el relevo.
#
# Primero quitamos el cliente del texto y cambiamos de carpeta:

# %% [markdown] lang="en"
# Three things: `POD_NAME` comes by `fieldRef` (the Downward API), the image has a pinned version, and `topologySpreadConstraints` turns "two replicas on two nodes" into a condition: `maxSkew: 1` with `DoNotSchedule` allows nodes to differ by one Pod and, where that cannot be, leaves the Pod waiting. Of the other two lines, `nodeTaintsPolicy: Honor` does not count nodes that a `taint` closes to the Pod, and `matchLabelKeys` counts Pods of the same version only, so that old ones are not in the way during the change.
#
# First we remove the text's client and change folders:

# %%
# !kubectl delete -f client-pod.yaml --grace-period=1
# %cd -q {lab.manifests("fixed")}

# %% [markdown] lang="es"
# Y aplicamos los tres corregidos de una vez. El Deployment ya existe: sus Pods se sustituyen por otros nuevos, uno a uno.

# %% [markdown] lang="en"
# And we apply the three corrected ones in one go. The Deployment exists already: its Pods are replaced by new ones, one by one.

# %%
# !kubectl apply -f backend-deployment.yaml -f backend-service.yaml -f client-pod.yaml

# %% [markdown] lang="es"
# Aplicar es pedir; hay que esperar a que esté hecho:

# %% [markdown] lang="en"
# To apply is to ask; now we wait until it is done:

# %% tags=["nbval-ignore-output", "waits"]
# !kubectl rollout status deployment/backend-app --timeout=120s
# !kubectl wait --for=condition=Ready pod/client-pod --timeout=120s

# %% [markdown] lang="es"
# Una pregunta suelta, desde el Pod cliente, para ver que ahora cada Pod dice su nombre:

# %% [markdown] lang="en"
# A single question, from the client Pod, to see that each Pod now says its name:

# %% tags=["nbval-ignore-output", "drawn"]
# !kubectl exec client-pod -- wget -q -O- http://backend-service:80

# %% [markdown] lang="es"
# ## 7. Doscientas respuestas
#
# Para distinguir azar de turnos no basta con contar: diez y diez sale de las dos maneras. Hay que mirar el **orden**. Cuenta los **cambios**: las veces que una respuesta viene de un Pod distinto al de la anterior. Con turnos perfectos y dos Pods, cada respuesta cambia. ¿Y al azar? Apuesta cuántos cambios habrá:

# %% [markdown] lang="en"
# ## 7. Two hundred answers
#
# To tell chance from taking turns, counting is not enough: ten and ten comes out of both. Look at the **order**. Count the **switches**: how often an answer comes from another Pod than the one before. With perfect turns and two Pods every answer switches. And by chance? Bet how many switches there will be:

# %%
predict("07.2", requests - 1)

# %% [markdown] lang="es"
# Y ahora, sin `sleep`, una petición tras otra; mira cómo crecen las barras mientras llegan las respuestas:

# %% [markdown] lang="en"
# And now, without `sleep`, one request after another; watch the bars grow while the answers come:

# %% tags=["nbval-ignore-output", "drawn"]
answers = lab.ask(requests, live=True)

# %% [markdown] lang="es"
# ¿Cuántas veces cambió de Pod entre una respuesta y la siguiente?

# %% [markdown] lang="en"
# How many times did the Pod change from one answer to the next?

# %% tags=["nbval-ignore-output", "drawn"]
predict("07.2", came=answers.switches)

# %% [markdown] lang="es"
# La banda gris no es un adorno: fuera de ella, el azar deja a un Pod menos de una vez en un millón. El veredicto, con las dos pruebas (reparto y cambios) y sus márgenes exactos:

# %% [markdown] lang="en"
# The grey band is no ornament: chance leaves a Pod outside it less than once in a million times. The verdict, with both tests (the split and the switches) and their exact margins:

# %% tags=["nbval-ignore-output", "drawn"]
print(answers.verdict())

# %% [markdown] lang="es"
# ## 8. Las reglas que lo hicieron
#
# No hemos discutido con nadie: hemos medido. Ahora, la causa. Hay dos Pods y dos reglas que llevan a ellos, una detrás de otra. Apuesta: ¿cuántas de las dos llevan escrita una probabilidad?

# %% [markdown] lang="en"
# ## 8. The rules that did it
#
# We have not argued with anyone: we have measured. Now the cause. There are two Pods and two rules that lead to them, one after the other. Bet: how many of the two carry a probability?

# %%
predict("07.3", 2)

# %% [markdown] lang="es"
# Estas son las reglas de nuestro Service en el nodo del cliente, escritas por `kube-proxy`. Apunta a una, o llega a ella con el tabulador, y lee para qué está; abajo puedes preguntar por un paquete:

# %% [markdown] lang="en"
# These are our Service's rules on the client's node, written by `kube-proxy`. Point at one, or get to it with the Tab key, and read what it is for; below you can ask about a packet:

# %%
show(lab.rulebook("backend-service"))

# %% [markdown] lang="es"
# Cuenta las que llevan `--probability` y compara:

# %% [markdown] lang="en"
# Count those that have a `--probability`, and compare:

# %%
predict("07.3", came=lab.service_rules("backend-service").count("--probability"))

# %% [markdown] lang="es"
# Una: si la moneda de la primera dice que no, la segunda se queda con todo lo demás. Un paquete del cliente, regla por regla: por dónde entra, qué regla acierta y en qué se convierte su destino. Pulsa **Siguiente** y no pierdas de vista la fila «destino»:

# %% [markdown] lang="en"
# One: if the first one's coin says no, the second takes all the rest. A packet of the client, rule by rule: where it comes in, which rule matches and what becomes of its destination. Press **Next** and keep an eye on the row "destination":

# %%
show(lab.trace("client-pod", "backend-service"))

# %% [markdown] lang="es"
# Y todas las ramas a la vez, con su probabilidad exacta. Es el segundo camino al mismo resultado: aritmética en lugar de experimento.

# %% [markdown] lang="en"
# And all branches at once, with their exact probability. It is the second road to the same result: arithmetic instead of an experiment.

# %%
print(lab.odds("backend-service"))

# %% [markdown] lang="es"
# ¿Y con más réplicas? Mueve los controles. Cada dibujo escribe las reglas de `kube-proxy` para ese número de Pods, las vuelve a leer y les pregunta dos veces: la cuenta exacta (rombo) y una simulación (barra). Con tres Pods la primera regla lleva 0,333… y la segunda 0,5: ¿es injusto?

# %% [markdown] lang="en"
# And with more replicas? Move the sliders. Each drawing writes kube-proxy's rules for that number of Pods, reads them back and asks them twice: the exact odds (diamond) and a simulation (bar). With three Pods the first rule says 0.333… and the second 0.5: is that unfair?

# %%
explore(replicas=3, requests=200, seed=1)

# %% [markdown] lang="es"
# <details><summary>¿Injusto?</summary>
#
# No. Cada probabilidad solo cuenta para lo que dejó pasar la anterior: 1/3, después la mitad de los 2/3 que quedan y, por último, todo lo demás. Un tercio cada uno.
#
# </details>

# %% [markdown] lang="en"
# <details><summary>Unfair?</summary>
#
# No. Each probability counts only for what the one before let pass: 1/3, then half of the 2/3 that are left and, last, all the rest. A third each.
#
# </details>

# %% [markdown] lang="es"
# ## 9. Sentencia
#
# «Verás cómo `kube-proxy` enruta las peticiones de forma round-robin» **es falso** en el modo iptables: cada conexión nueva se sortea, sin memoria. ¿Y la salida de ejemplo del texto, cuatro respuestas que alternan? No prueba nada: el azar también las da, una vez de cada ocho. Veinte seguidas sería otra cosa. La probabilidad de cada una:

# %% [markdown] lang="en"
# ## 9. The verdict
#
# "You will see how kube-proxy routes the requests round-robin" **is false** in iptables mode: lots are drawn for each new connection, without memory. And the text's sample output, four answers that alternate? It proves nothing: chance gives it too, one time in eight. Twenty in a row would be another matter. The probability of each:

# %%
print(2 / 2**4, 2 / 2**20)

# %% [markdown] lang="es"
# ¿De dónde viene entonces la creencia? Fue verdad: el modo *userspace* (retirado en la versión 1.26) hacía turnos, e IPVS los hace por defecto. El texto de la documentación sobrevivió al código.
#
# ## 10. Limpieza
#
# Las tres órdenes del texto. `client-pod` ejecuta un bucle en un *shell* que es el proceso 1 y no atiende a SIGTERM: en un nodo real cada borrado espera los 30 segundos de gracia, y por eso acortamos.

# %% [markdown] lang="en"
# So where does the belief come from? It was true once: the userspace mode (removed in version 1.26) took turns, and IPVS does so by default. The words of the documentation outlived the code.
#
# ## 10. Clean-up
#
# The three commands of the text. `client-pod` runs a loop in a shell that is process 1 and does not heed SIGTERM: on a real node each delete waits for the 30 seconds of grace, which is why we shorten it.

# %%
# !kubectl delete -f client-pod.yaml --grace-period=1
# !kubectl delete -f backend-service.yaml
# !kubectl delete -f backend-deployment.yaml

# %% [markdown] lang="es"
# ¿Quedó algo? Solo lo que ya estaba:

# %% [markdown] lang="en"
# Is anything left? Only what was there before:

# %% tags=["nbval-ignore-output", "waits"]
# !kubectl get deployments,services,endpointslices

# %% insert="exercises"

# %% [markdown] lang="es"
# El clúster sigue en marcha para la próxima lección. Para quitarlo: `labkit down` en una terminal.
#
# ## Lo que este modelo deja fuera
#
# En el clúster embebido los contenedores son programas emulados y la red no tiene retardos; las reglas, el sorteo y las palabras de `kubectl` son los de verdad. `labkit doctor` dice qué más no se emula.
#
# ## Lo esencial
#
# - El kubelet expande en `args` solo lo declarado; `fieldRef` trae el nombre del Pod.
# - Dos réplicas en dos nodos es costumbre; `topologySpreadConstraints` lo hace promesa.
# - El reparto es un sorteo por conexión; los **cambios** lo distinguen de los turnos.
# - La causa se lee en las reglas del nodo, y la cuenta exacta coincide con lo medido.
#
# ## Para recordar
#
# <details><summary>1. ¿Por qué se expande <code>&#36;(NODE_NAME)</code> y no <code>&#36;(HOSTNAME)</code>?</summary>
#
# La primera está declarada en `env`; la segunda la pone el runtime cuando `args` ya está escrito.
#
# </details>
#
# <details><summary>2. Cien y cien en doscientas respuestas: ¿azar o turnos?</summary>
#
# No se sabe: hay que mirar el orden. Con turnos habría 199 cambios; al azar, unos 100.
#
# </details>
#
# <details><summary>3. ¿Qué Pod decide quién responde a una petición?</summary>
#
# Ninguno. Decide una regla en el nodo del cliente.
#
# </details>

# %% [markdown] lang="en"
# The cluster goes on running for the next lesson. To remove it: `labkit down` in a terminal.
#
# ## What this model leaves out
#
# In the embedded cluster containers are emulated programs and the network has no delays; the rules, the draw and kubectl's words are the real ones. `labkit doctor` says what else is not emulated.
#
# ## Key points
#
# - In `args` the kubelet expands what is declared only; `fieldRef` brings the Pod's name.
# - Two replicas on two nodes is a habit; `topologySpreadConstraints` makes it a promise.
# - The split is a draw for each connection; **switches** tell it from taking turns.
# - The cause can be read in the node's rules, and the exact odds agree with what was measured.
#
# ## To recall
#
# <details><summary>1. Why is <code>&#36;(NODE_NAME)</code> expanded and <code>&#36;(HOSTNAME)</code> not?</summary>
#
# The first is declared in `env`; the second is set by the runtime when `args` is written already.
#
# </details>
#
# <details><summary>2. A hundred and a hundred in two hundred answers: chance or turns?</summary>
#
# No telling: look at the order. Turns would make 199 switches, chance about 100.
#
# </details>
#
# <details><summary>3. Which Pod decides who answers a request?</summary>
#
# None. A rule on the client's node decides.
#
# </details>
