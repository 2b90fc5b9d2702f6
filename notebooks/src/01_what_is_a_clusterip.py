# ---
# jupyter:
#   kernelspec:
#     name: python3
#     display_name: Python 3 (ipykernel)
#     language: python
# ---

# %% [markdown] lang="es"
# # 1 · ¿Qué es un ClusterIP?
#
# Todo Service tiene una dirección que no cambia, y detrás responden Pods que van y vienen. Pero ¿en qué máquina está esa dirección? La vas a buscar por todas partes: en cada nodo, en cada Pod, en cada interfaz.
#
# **Tiempo:** 20 minutos · **Necesitas:** un clúster con `exec`; si además se ven las reglas de los nodos, mejor (en el embebido se ven)
#
# **Al terminar podrás**
#
# 1. definir dirección virtual (VIP), Service y endpoint sin confundirlos;
# 2. decir dónde existe un ClusterIP y dónde no;
# 3. explicar por qué `ping` no sirve para probar un Service;
# 4. decir qué cambia y qué se queda cuando los Pods se renuevan.
#
# **Preguntas:** ¿es el ClusterIP un Pod, una máquina, una interfaz? ¿Por qué no contesta al `ping` si funciona?
#
# **Contenido:** 1 tres cosas con un nombre · 2 la caza · 3 lo que hay en las reglas · 4 `ping` · 5 lo que dura · 6 ejercicio

# %% [markdown] lang="en"
# # 1 · What is a ClusterIP?
#
# Every Service has an address that does not change, and behind it answer Pods that come and go. But on which machine is that address? You are going to look for it everywhere: on every node, in every Pod, on every interface.
#
# **Time:** 20 minutes · **You need:** a cluster with `exec`; better still if the nodes' rules can be seen (on the embedded one they can)
#
# **At the end you can**
#
# 1. define virtual address (VIP), Service and endpoint without mixing them up;
# 2. say where a ClusterIP exists and where it does not;
# 3. explain why `ping` is no test of a Service;
# 4. say what changes and what stays when the Pods are renewed.
#
# **Questions:** is the ClusterIP a Pod, a machine, an interface? Why does it not answer a `ping` if it works?
#
# **Contents:** 1 three things with one name · 2 the hunt · 3 what the rules hold · 4 `ping` · 5 what lasts · 6 exercise

# %% tags=["parameters"]
backend = "auto"
seed = None

# %% [markdown] lang="es"
# ## 1. Tres cosas con un nombre
#
# Abrimos el laboratorio y hacemos una petición, para que estén puestos el backend, el Service y el cliente:

# %% [markdown] lang="en"
# ## 1. Three things with one name
#
# We open the lab and make one request, so that backend, Service and client are in place:

# %% tags=["nbval-ignore-output", "drawn"]
from labkit import open_lab, predict, show

lab = open_lab(backend, seed=seed)
lab.ask(1)

# %% [markdown] lang="es"
# «El servicio» suele querer decir tres cosas distintas. La primera es un **objeto**: un texto guardado en el servidor de la API, con su nombre y sus campos.

# %% [markdown] lang="en"
# "The service" tends to mean three different things. The first is an **object**: a text kept by the API server, with a name and fields.

# %%
# !kubectl get service backend-service

# %% [markdown] lang="es"
# La segunda es su **dirección virtual** (VIP), el valor del campo `clusterIP`. El servidor de la API la escogió de un intervalo reservado a los Services cuando se creó el objeto:

# %% [markdown] lang="en"
# The second is its **virtual address** (VIP), the value of the field `clusterIP`. The API server took it from a range reserved for Services when the object was created:

# %%
vip = lab.kubectl("get service backend-service -o jsonpath={.spec.clusterIP}")
vip

# %% [markdown] lang="es"
# La tercera son sus **endpoints**: las direcciones de los Pods que están listos para responder. Viven en otro objeto, el **EndpointSlice**:

# %% [markdown] lang="en"
# The third are its **endpoints**: the addresses of the Pods that are ready to answer. They live in another object, the **EndpointSlice**:

# %% tags=["nbval-ignore-output", "waits"]
# !kubectl get endpointslices -l kubernetes.io/service-name=backend-service

# %% [markdown] lang="es"
# Fíjate en los números: las direcciones de los endpoints son de Pods; la VIP es de otro intervalo.
#
# ## 2. La caza
#
# Algún sitio tiene que tener la VIP: a ella se envían las peticiones. Apuesta dónde la encontraremos. Escribe una de estas palabras: `"node"` (una interfaz de un nodo), `"pod"` (una interfaz de un Pod), `"slice"` (el EndpointSlice) o `"rules"` (las reglas de los nodos).

# %% [markdown] lang="en"
# Look at the numbers: the endpoints' addresses are those of Pods; the VIP is from another range.
#
# ## 2. The hunt
#
# Some place must have the VIP: requests are sent to it. Bet where we shall find it. Write one of these words: `"node"` (an interface of a node), `"pod"` (an interface of a Pod), `"slice"` (the EndpointSlice) or `"rules"` (the nodes' rules).

# %%
predict("01.1", "node")

# %% [markdown] lang="es"
# Empezamos a mano, por el Pod cliente. `ip addr` enseña sus interfaces:

# %% [markdown] lang="en"
# We begin by hand, with the client Pod. `ip addr` shows its interfaces:

# %%
# !kubectl exec client-pod -- ip addr

# %% [markdown] lang="es"
# Una dirección de Pod, ninguna VIP. Ahora todo lo demás: `lab.hunt` pone un Pod en la red de cada nodo para leer sus interfaces (y lo quita), mira cada Pod, cada EndpointSlice y las reglas:

# %% [markdown] lang="en"
# A Pod's address, no VIP. Now all the rest: `lab.hunt` puts a Pod into each node's network to read its interfaces (and removes it), looks at every Pod, every EndpointSlice and the rules:

# %%
found = lab.hunt(vip)
found

# %% [markdown] lang="es"
# ¿En cuántas clases de sitios la encontró? Tu apuesta, al lado:

# %% [markdown] lang="en"
# In what kinds of places did it turn up? Your bet beside it:

# %%
predict("01.1", came=", ".join(found.kinds))

# %% [markdown] lang="es"
# **Sorpresa.** La dirección no está en ninguna interfaz. No hay máquina, Pod ni tarjeta de red que la tenga. Solo aparece escrita en **reglas**, y en las de *todos* los nodos. (Hay una excepción con fecha de caducidad: el modo IPVS de kube-proxy pone las VIP en una interfaz ficticia, `kube-ipvs0`, que no está conectada a nada.)
#
# Para comparar, la misma caza con la dirección de un Pod:

# %% [markdown] lang="en"
# **Surprise.** The address is on no interface. There is no machine, Pod or network card that has it. It only stands written in **rules**, and in those of *every* node. (There is one exception, on its way out: kube-proxy's IPVS mode puts VIPs on a dummy interface, `kube-ipvs0`, that is connected to nothing.)
#
# For comparison, the same hunt with the address of a Pod:

# %%
lab.hunt(lab.kubectl("get pods -l app=backend -o jsonpath={.items[0].status.podIP}"))

# %% [markdown] lang="es"
# Esa sí está en una interfaz, y también en el EndpointSlice y en las reglas que llevan hasta ella.
#
# ## 3. Lo que hay en las reglas
#
# ¿Qué dice una regla sobre la VIP? Estas son las que la nombran en el nodo del cliente:

# %% [markdown] lang="en"
# That one is on an interface, and in the EndpointSlice and the rules that lead to it as well.
#
# ## 3. What the rules hold
#
# What does a rule say about the VIP? These are the ones that name it on the client's node:

# %%
lab.service_rules().having(vip)

# %% [markdown] lang="es"
# Se leen así: `-d VIP/32` es «si el destino es esta dirección», `-p tcp --dport 80` es «y es TCP al puerto 80», `-j` es «entonces ve a esa cadena». La VIP no es un lugar: es **una condición**, la clave con la que un nodo reconoce un paquete.
#
# ¿Y después? Apuesta: ¿qué dirección de destino lleva el paquete cuando sale del nodo por el cable? `"VIP"` o `"Pod"`.

# %% [markdown] lang="en"
# They read like this: `-d VIP/32` is "if the destination is this address", `-p tcp --dport 80` is "and it is TCP to port 80", `-j` is "then go to that chain". The VIP is not a place: it is **a condition**, the key by which a node recognises a packet.
#
# And then? Bet: which destination address does the packet carry when it leaves the node on the wire? `"VIP"` or `"Pod"`.

# %%
predict("01.2", "VIP")

# %% [markdown] lang="es"
# Seguimos un paquete del cliente por las reglas de su nodo: así entra y así sale (la lección 4 enseña todo lo de en medio):

# %% [markdown] lang="en"
# We follow a packet of the client through its node's rules: this is how it comes in and how it leaves (lesson 4 shows all there is in between):

# %%
way = lab.trace("client-pod", "backend-service")
print(way.trace.start, way.packet, sep="\n")

# %% [markdown] lang="es"
# La acción `DNAT` reescribe el destino **en el nodo de quien pregunta**, antes de decidir el camino. Lo que viaja lleva ya la dirección de un Pod:

# %% [markdown] lang="en"
# The target `DNAT` rewrites the destination **on the node of whoever asks**, before the route is chosen. What travels already carries the address of a Pod:

# %%
predict("01.2", came="VIP" if way.packet.dst == vip else "Pod")

# %% [markdown] lang="es"
# ## 4. ¿Contesta al `ping`?
#
# Es lo primero que uno prueba. La petición de antes funcionó; ¿cuántas respuestas darán tres `ping` a la misma dirección?

# %% [markdown] lang="en"
# ## 4. Does it answer a `ping`?
#
# It is the first thing one tries. The request above worked; how many answers will three pings to the same address bring?

# %%
predict("01.3", 3)

# %% [markdown] lang="es"
# Damos un segundo de plazo a cada uno (`-W 1`) y, acto seguido, una petición HTTP a la misma dirección:

# %% [markdown] lang="en"
# Each one gets a second (`-W 1`), and right after that an HTTP request to the same address:

# %% tags=["nbval-ignore-output", "drawn"]
# pings = !kubectl exec client-pod -- ping -c 3 -W 1 {vip}
print("\n".join(pings))
# !kubectl exec client-pod -- wget -q -O- http://{vip}

# %% [markdown] lang="es"
# ¿Y cuántos de los tres `ping` tuvieron respuesta? La cuenta sale de la línea que resume:

# %% [markdown] lang="en"
# And how many of the three pings got an answer? The count is taken from the line that sums up:

# %%
answered = next(line for line in pings if "received" in line).split(", ")[1].split()[0]
predict("01.3", came=int(answered))

# %% [markdown] lang="es"
# `ping` habla ICMP, y la condición de la regla dice `-p tcp … --dport 80`: el paquete no coincide con nada, nadie lo traduce y sale del nodo hacia una dirección que no tiene nadie. El `Destination Unreachable` lo contesta la red de fuera; en otros clústeres solo hay silencio. El Service está perfectamente. La prueba correcta es **una conexión al puerto**, como la de `wget`.
#
# Y lo que notas depende de cómo escriba kube-proxy sus reglas: tiene tres modos. Prueba combinaciones y apuesta antes de pulsar; cada resultado sale de enviar ese paquete por las reglas de ese modo:

# %% [markdown] lang="en"
# `ping` speaks ICMP, and the rule's condition says `-p tcp … --dport 80`: the packet matches nothing, nobody translates it, and it leaves the node for an address that nobody has. The `Destination Unreachable` comes from the network outside; on other clusters there is only silence. There is nothing wrong with the Service. The right test is **a connection to the port**, like that of `wget`.
#
# And what you notice depends on how kube-proxy writes its rules: it has three modes. Try combinations and place a bet before you press; each outcome comes from sending that packet through that mode's rules:

# %%
show(lab.practice())

# %% [markdown] lang="es"
# <details><summary>¿Qué tienen en común los tres modos?</summary>
#
# Solo una cosa: al puerto y protocolo que el Service declara responde un Pod. Con todo lo demás, en unos el paquete se pierde y en otros lo rechazan. Por eso «no contesta al ping» no dice nada sobre un Service. (En versiones antiguas del modo IPVS el propio nodo sí contestaba al `ping`: tampoco probaba nada, porque no contestaba el backend.)
#
# </details>
#
# ## 5. Lo que dura y lo que no
#
# «Una IP virtual interna y estática», dice el texto del que parte este curso. ¿Estática respecto a qué? Borramos los Pods del backend; el Deployment pone otros. ¿Cambiará la VIP? Escribe `True` si crees que sí, `False` si no.

# %% [markdown] lang="en"
# <details><summary>What do the three modes have in common?</summary>
#
# One thing only: at the port and protocol that the Service declares a Pod answers. With all the rest the packet gets lost in some and is refused in others. That is why "it does not answer a ping" says nothing about a Service. (In old versions of IPVS mode the node itself did answer: that was no test either, for it was not the backend that answered.)
#
# </details>
#
# ## 5. What lasts and what does not
#
# "An internal, static virtual IP", says the text that this course starts from. Static with respect to what? We delete the backend's Pods; the Deployment makes others. Will the VIP change? Write `True` if you think so, `False` if not.

# %%
predict("01.4", True)

# %% [markdown] lang="es"
# Las direcciones antes, el borrado, y las direcciones después:

# %% [markdown] lang="en"
# The addresses before, the deletion, and the addresses after:

# %% tags=["nbval-ignore-output", "waits"]
# !kubectl get pods -l app=backend -o custom-columns=NAME:.metadata.name,IP:.status.podIP
# !kubectl delete pods -l app=backend --grace-period=1
# !kubectl rollout status deployment/backend-app --timeout=120s
# !kubectl get pods -l app=backend -o custom-columns=NAME:.metadata.name,IP:.status.podIP

# %% [markdown] lang="es"
# Los Pods tienen direcciones nuevas. ¿Y la VIP? La de antes y la de ahora, y tu apuesta:

# %% [markdown] lang="en"
# The Pods have new addresses. And the VIP? The one before, the one now, and your bet:

# %%
after = lab.kubectl("get service backend-service -o jsonpath={.spec.clusterIP}")
print(vip, "->", after)
predict("01.4", came=after != vip)

# %% [markdown] lang="es"
# Otros Pods, otras direcciones, la misma VIP: para eso existe. Pero estática no quiere decir eterna: dura lo que dura el **objeto**. Si borras el Service y lo creas otra vez, puede tocarle otra. Por eso las aplicaciones usan el **nombre**:

# %% [markdown] lang="en"
# Other Pods, other addresses, the same VIP: that is what it is for. But static does not mean for ever: it lasts as long as the **object**. Delete the Service and create it again, and it may get another. That is why applications use the **name**:

# %%
# !kubectl exec client-pod -- nslookup backend-service.default.svc.cluster.local

# %% insert="exercises"

# %% [markdown] lang="es"
# ## Lo que este modelo deja fuera
#
# Hay clústeres sin kube-proxy (Cilium y otros, con eBPF) donde la VIP ni siquiera aparece en `iptables-save`: la traducción ocurre en otro sitio del mismo nodo. La idea es la misma, una clave y no un lugar.
#
# ## Lo esencial
#
# - **Service** es el objeto, **VIP** (ClusterIP) la dirección, **endpoints** los Pods que responden.
# - La VIP no está en ninguna interfaz: es una condición en las reglas de cada nodo.
# - El destino se reescribe en el nodo de quien pregunta; por el cable nunca va la VIP.
# - `ping` no prueba un Service: prueba con una conexión al puerto.
# - La VIP dura lo que dura el objeto Service, no más.
#
# ## Para recordar
#
# <details><summary>1. ¿Qué nodo «tiene» el ClusterIP?</summary>
#
# Ninguno. Todos tienen reglas que lo nombran.
#
# </details>
#
# <details><summary>2. Capturas el tráfico en la interfaz del Pod del backend. ¿Verás la VIP?</summary>
#
# No. Cuando el paquete llega, su destino es ya la dirección del Pod.
#
# </details>
#
# <details><summary>3. Un compañero dice: «el Service está caído, no responde al ping». ¿Qué le dices?</summary>
#
# Que en modo iptables nunca responde. Que pruebe con `wget` o `nc` al puerto del Service.
#
# </details>

# %% [markdown] lang="en"
# ## What this model leaves out
#
# There are clusters without kube-proxy (Cilium and others, with eBPF) where the VIP does not even appear in `iptables-save`: the translation happens elsewhere on the same node. The idea is the same, a key and not a place.
#
# ## Key points
#
# - **Service** is the object, **VIP** (ClusterIP) the address, **endpoints** the Pods that answer.
# - The VIP is on no interface: it is a condition in every node's rules.
# - The destination is rewritten on the node of whoever asks; the VIP never travels on the wire.
# - `ping` is no test of a Service: test with a connection to the port.
# - The VIP lasts as long as the Service object, no longer.
#
# ## To recall
#
# <details><summary>1. Which node "has" the ClusterIP?</summary>
#
# None. All of them have rules that name it.
#
# </details>
#
# <details><summary>2. You capture traffic on the interface of a backend Pod. Will you see the VIP?</summary>
#
# No. When the packet arrives its destination is the Pod's address already.
#
# </details>
#
# <details><summary>3. A colleague says: "the Service is down, it does not answer a ping". What do you say?</summary>
#
# That in iptables mode it never does. Try `wget` or `nc` to the Service's port.
#
# </details>
