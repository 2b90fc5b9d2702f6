# ---
# jupyter:
#   kernelspec:
#     name: python3
#     display_name: Python 3 (ipykernel)
#     language: python
# ---

# %% [markdown] lang="es"
# # 4 · Cinco pasos de un paquete
#
# Una petición a un Service sale de un Pod, llega a otro y vuelve. Vas a acompañarla: a mirar la cabecera del paquete en cada sitio y a encontrar la regla exacta que la cambia.
#
# **Tiempo:** 25 minutos · **Necesitas:** un clúster de dos nodos con `exec` y reglas a la vista (el embebido los tiene)
#
# **Al terminar podrás**
#
# 1. contar los cinco pasos: nombre, salida, elección, reescritura, vuelta;
# 2. decir qué hace kube-proxy y qué hace Linux;
# 3. predecir origen y destino de un paquete en cualquier punto del camino;
# 4. explicar qué recuerda el nodo para que la respuesta vuelva bien.
#
# **Preguntas:** ¿por dónde pasa el paquete, por kube-proxy? ¿Qué dirección ve el backend? ¿Quién deshace la traducción?
#
# **Contenido:** el mapa · 1 del nombre a la VIP · 2 sale del Pod · 3 las reglas eligen · 4 reescribir y encaminar · 5 la vuelta · la horquilla

# %% [markdown] lang="en"
# # 4 · Five steps of a packet
#
# A request to a Service leaves one Pod, reaches another and comes back. You are going to walk with it: look at the packet's header in each place, and find the very rule that changes it.
#
# **Time:** 25 minutes · **You need:** a two-node cluster with `exec` and visible rules (the embedded one has them)
#
# **At the end you can**
#
# 1. tell the five steps: name, departure, choice, rewriting, return;
# 2. say what kube-proxy does and what Linux does;
# 3. predict source and destination of a packet at any point of its way;
# 4. explain what the node remembers so that the answer comes back right.
#
# **Questions:** what does the packet pass through, kube-proxy? Which address does the backend see? Who undoes the translation?
#
# **Contents:** the map · 1 from the name to the VIP · 2 it leaves the Pod · 3 the rules choose · 4 rewrite and route · 5 the return · the hairpin

# %% tags=["parameters"]
backend = "auto"
seed = None

# %% [markdown] lang="es"
# ## El mapa
#
# El texto del que parte este curso anuncia un diagrama que nunca llegó a publicar. Este lo dibujó el paquete de verdad: el laboratorio siguió una conexión y apuntó por dónde pasaba.
#
# ![Dos nodos: el Pod cliente pregunta a la VIP del Service; las reglas que kube-proxy escribió en su nodo reescriben el destino a uno de los dos Pods del backend, uno en cada nodo.](cluster-ip-service.svg)
#
# Ahora el tuyo, vivo:

# %% [markdown] lang="en"
# ## The map
#
# The text that this course starts from announces a diagram that never got published. This one was drawn by the packet itself: the lab followed a connection and noted where it passed.
#
# ![Two nodes: the client Pod asks the Service's VIP; the rules that kube-proxy wrote on its node rewrite the destination to one of the backend's two Pods, one on each node.](cluster-ip-service.svg)
#
# Now yours, live:

# %% tags=["nbval-ignore-output", "drawn"]
from labkit import open_lab, predict, show

lab = open_lab(backend, seed=seed)
lab.ask(1)

# %% [markdown] lang="es"
# Y ese cliente, ese Service y esos Pods, en un mapa:

# %% [markdown] lang="en"
# And that client, that Service and those Pods on a map:

# %%
show(lab)

# %% [markdown] lang="es"
# ## Paso 1: del nombre a la VIP
#
# El programa del cliente pide `http://backend-service`. Antes de enviar nada, pregunta al **DNS** del clúster qué dirección es esa. Apuesta qué contestará: `"VIP"` (una dirección fija) o `"Pods"` (las de los dos Pods, para repartir).

# %% [markdown] lang="en"
# ## Step 1: from the name to the VIP
#
# The client's program asks for `http://backend-service`. Before it sends anything it asks the cluster's **DNS** which address that is. Bet what the answer will be: `"VIP"` (one fixed address) or `"Pods"` (those of both Pods, to share out).

# %%
predict("04.a", "Pods")

# %% [markdown] lang="es"
# El kubelet escribió en cada Pod a quién preguntar (`nameserver`) y con qué apellidos completar un nombre (`search`); por eso al programa le basta el nombre corto:

# %% [markdown] lang="en"
# The kubelet wrote into each Pod whom to ask (`nameserver`) and which endings to add to a name (`search`); that is why the short name will do for the program:

# %%
# !kubectl exec client-pod -- cat /etc/resolv.conf

# %% [markdown] lang="es"
# Esta es la pregunta, con el nombre ya completo, y lo que contesta el DNS:

# %% [markdown] lang="en"
# This is the question, with the name made whole, and what DNS answers:

# %%
# said = !kubectl exec client-pod -- nslookup backend-service.default.svc.cluster.local
print("\n".join(said))

# %% [markdown] lang="es"
# ¿Es la dirección del Service una de las que contestó el DNS?

# %% [markdown] lang="en"
# Is the Service's address among those that DNS answered?

# %%
vip = lab.kubectl("get service backend-service -o jsonpath={.spec.clusterIP}")
predict("04.a", came="VIP" if f"Address: {vip}" in said else "Pods")

# %% [markdown] lang="es"
# El DNS no reparte: siempre da la misma dirección. (Un Service *headless* es otra cosa; está en la lección 6.) Y fíjate en `nameserver`: la dirección del DNS es también la de un Service. Para llegar a él se dan estos mismos cinco pasos.
#
# ## Paso 2: sale del Pod
#
# El Pod tiene su propia red: una interfaz, `eth0`, y unas pocas rutas. Todas llevan al mismo vecino, la puerta de enlace (`via`), y ese vecino es su **nodo**:

# %% [markdown] lang="en"
# DNS does not share out: it always gives the same address. (A headless Service is another matter; see lesson 6.) And look at `nameserver`: the address of DNS is that of a Service as well. To reach it these same five steps are taken.
#
# ## Step 2: it leaves the Pod
#
# The Pod has a network of its own: one interface, `eth0`, and a few routes. All of them lead to the same neighbour, the gateway (`via`), and that neighbour is its **node**:

# %%
# !kubectl exec client-pod -- ip route

# %% [markdown] lang="es"
# En ese momento el paquete lleva como destino la VIP, que no está en ninguna máquina (lección 1).
#
# ## Paso 3: las reglas del nodo eligen
#
# Aquí muchos textos dicen que kube-proxy «intercepta» el tráfico. Apuesta: de los pasos que da el paquete por el nodo, ¿cuántos pasan por el proceso kube-proxy?

# %% [markdown] lang="en"
# At that moment the packet's destination is the VIP, which is on no machine (lesson 1).
#
# ## Step 3: the node's rules choose
#
# Here many texts say that kube-proxy "intercepts" the traffic. Bet: of the steps that the packet takes through the node, how many go through the process kube-proxy?

# %%
predict("04.b", 1)

# %% [markdown] lang="es"
# Recórrelos. Las cajas son los sitios en que Linux detiene el paquete para aplicarle reglas (sus ganchos, *hooks*), y dentro están las tablas que consulta en cada uno. **Siguiente** avanza regla a regla; la tabla de abajo enseña la cabecera antes y después. Busca el único paso que cambia una dirección:

# %% [markdown] lang="en"
# Walk through them. The boxes are the places where Linux holds the packet to apply rules to it (its hooks), and in them are the tables that it looks into. **Next** goes on rule by rule; the table below shows the header before and after. Look for the only step that changes an address:

# %%
way = lab.trace("client-pod", "backend-service")
show(way)

# %% [markdown] lang="es"
# Los sitios por los que pasó, en una lista. ¿Está kube-proxy entre ellos?

# %% [markdown] lang="en"
# The places that it passed, as a list. Is kube-proxy among them?

# %%
places = {step.chain for step in way.trace.steps}
print(*sorted(places - {""}), sep="\n")
predict("04.b", came=sum(place == "kube-proxy" for place in places))

# %% [markdown] lang="es"
# Ninguno. Todos los pasos son de **Linux**: sus ganchos (`PREROUTING`, `FORWARD`, `POSTROUTING`), sus tablas y sus cadenas. Las que empiezan por `KUBE-` las *escribió* kube-proxy, y ahí acaba su papel: si se para, los paquetes siguen pasando por las últimas reglas que dejó.
#
# La elección son tres saltos: `KUBE-SERVICES` reconoce la VIP, `KUBE-SVC-…` sortea entre los endpoints (lección 5) y `KUBE-SEP-…` es el endpoint elegido.
#
# ## Paso 4: reescribir y encaminar
#
# La última regla de `KUBE-SEP-…` es `DNAT`: cambia el destino. Después, y solo después, Linux decide por dónde sale. ¿Y el origen? Apuesta qué dirección de **origen** verá el backend: `"Pod"` (la del cliente), `"node"` (la de su nodo) o `"VIP"`.

# %% [markdown] lang="en"
# None. All steps are **Linux**'s: its hooks (`PREROUTING`, `FORWARD`, `POSTROUTING`), its tables and its chains. Those that begin with `KUBE-` were *written* by kube-proxy, and that is where its part ends: if it stops, packets go on through the last rules that it left.
#
# The choice is three jumps: `KUBE-SERVICES` recognises the VIP, `KUBE-SVC-…` draws among the endpoints (lesson 5), and `KUBE-SEP-…` is the endpoint that was drawn.
#
# ## Step 4: rewrite and route
#
# The last rule of `KUBE-SEP-…` is `DNAT`: it changes the destination. After that, and only then, Linux decides which way it leaves. And the source? Bet which **source** address the backend will see: `"Pod"` (the client's), `"node"` (that of its node) or `"VIP"`.

# %%
predict("04.c", "node")

# %% [markdown] lang="es"
# El viaje entero, con lo que enseñaría una captura en cada sitio; ◆ marca lo que cambió desde la fila anterior. Si el sorteo da el backend del mismo nodo no hay cable entre medias; probamos conexiones hasta que una cruce:

# %% [markdown] lang="en"
# The whole journey, with what a capture would show in each place; ◆ marks what changed since the row before. If the draw gives the backend on the same node there is no wire in between; we try connections until one crosses:

# %%
for connection in range(1, 12):
    journey = lab.journey("client-pod", "backend-service", connection=connection)
    if any(hop.place == "between" for hop in journey.hops):
        break
journey

# %% [markdown] lang="es"
# La tabla tiene una fila para el paquete tal como llega al backend. Su origen, junto a tu apuesta:

# %% [markdown] lang="en"
# The table has a row for the packet as it reaches the backend. Its source, beside your bet:

# %%
client = lab.kubectl("get pod client-pod -o jsonpath={.status.podIP}")
arrived = next(hop.packet for hop in journey.hops if hop.place == "backend")
predict("04.c", came={client: "Pod", vip: "VIP"}.get(arrived.src, "node"))

# %% [markdown] lang="es"
# El origen no se toca: el backend ve la dirección del Pod que pregunta. La VIP solo aparece junto al cliente: ni en el cable ni junto al backend. Quien capture ahí buscándola no la encontrará.
#
# ## Paso 5: la vuelta
#
# El backend contesta a quien le escribió, con **su** dirección como origen. Pero el cliente preguntó a la VIP: si le llegara una respuesta de un desconocido, la tiraría. Mira el último paso de la tabla: el origen vuelve a ser la VIP. Apuesta cuántas reglas de kube-proxy hacen falta para deshacer el cambio:

# %% [markdown] lang="en"
# The source is left alone: the backend sees the address of the Pod that asks. The VIP appears beside the client only: neither on the wire nor beside the backend. Whoever captures there and looks for it will not find it.
#
# ## Step 5: the return
#
# The backend answers whoever wrote to it, with **its own** address as the source. But the client asked the VIP: an answer from a stranger it would throw away. Look at the last step of the table: the source is the VIP again. Bet how many of kube-proxy's rules it takes to undo the change:

# %%
predict("04.d", 1)

# %% [markdown] lang="es"
# Esto es lo que el nodo del cliente **recuerda** de la conexión, como lo imprime `conntrack -L`. Son dos flujos en una línea: desde el primer `src=`, cómo empezó; desde el segundo, cómo serán las respuestas:

# %% [markdown] lang="en"
# This is what the client's node **remembers** of the connection, as `conntrack -L` prints it. It is two flows on one line: from the first `src=` on, how it began; from the second, what answers will look like:

# %%
print(*journey.conntrack, sep="\n")

# %% [markdown] lang="es"
# El primero nombra la VIP; el segundo, al backend. ¿Hace falta además una regla? Tendría que ser un `SNAT` que devolviera la VIP. Todas las del nodo que lo hacen, contadas:

# %% [markdown] lang="en"
# The first one names the VIP, the second one the backend. Does it take a rule as well? That would be an `SNAT` back to the VIP. All of the node's rules that do so, counted:

# %%
undoing = [line for line in lab.rules().splitlines() if "-j SNAT" in line and vip in line]
predict("04.d", came=len(undoing))

# %% [markdown] lang="es"
# Ninguna. Una respuesta que coincide con el segundo flujo se traduce sola: la tabla `nat` se consulta solo con el **primer** paquete de cada conexión, y lo demás sale de esa memoria.
#
# ## La horquilla
#
# Un caso con trampa: un Pod del backend llama a su propio Service y el sorteo lo elige **a él**. Si el origen no se tocara, se contestaría a sí mismo sin pasar por el nodo, y nadie desharía la traducción. Repetimos hasta que ocurra:

# %% [markdown] lang="en"
# None. An answer that matches the second flow is translated by itself: the table `nat` is asked only for the **first** packet of each connection, and the rest comes from that memory.
#
# ## The hairpin
#
# A case with a catch: a Pod of the backend calls its own Service, and the draw picks **that very Pod**. If the source were left alone it would answer itself without passing through the node, and nobody would undo the translation. We repeat until it happens:

# %%
pod = lab.kubectl("get pods -l app=backend -o jsonpath={.items[0].metadata.name}")
trips = (lab.journey(pod, "backend-service", connection=i) for i in range(1, 40))
next(trip for trip in trips if all(hop.where == pod for hop in trip.hops))

# %% [markdown] lang="es"
# **Sorpresa.** En el paso 2 el backend ve como origen una dirección del **nodo**, y otro puerto. La regla que marca el paquete está en su propia cadena `KUBE-SEP-…` (`-s` él mismo `-j KUBE-MARK-MASQ`), y `KUBE-POSTROUTING` enmascara los marcados. Por eso «la IP del cliente nunca cambia» es falso tal cual.

# %% [markdown] lang="en"
# **Surprise.** In step 2 the backend sees an address of the **node** as the source, and another port. The rule that marks the packet is in its own `KUBE-SEP-…` chain (`-s` itself `-j KUBE-MARK-MASQ`), and `KUBE-POSTROUTING` masquerades what is marked. That is why "the client's IP never changes" is false as it stands.

# %% insert="exercises"

# %% [markdown] lang="es"
# ## Lo que este modelo deja fuera
#
# Entre los nodos, un clúster real tiene su plugin de red (CNI): rutas, túneles o una nube. Algunos plugins enmascaran también el tráfico entre Pods. Y en modo nftables o IPVS los pasos 3 y 4 usan otras estructuras: el destino cambia igual, aunque IPVS elige de otra manera (lección 5).
#
# ## Lo esencial
#
# - Nombre → VIP (DNS), VIP → Pod (reglas del nodo del cliente), Pod → cliente (conntrack).
# - kube-proxy escribe reglas; los paquetes los trata Linux.
# - El destino cambia en el nodo del cliente, antes de encaminar. La VIP no viaja.
# - La tabla `nat` se lee con el primer paquete; el resto lo hace la memoria de la conexión.
# - El backend ve la IP del Pod cliente, salvo en la horquilla y otros casos marcados.
#
# ## Para recordar
#
# <details><summary>1. ¿En qué nodo ocurre el DNAT: el del cliente o el del backend?</summary>
#
# En el del cliente. Al otro llega ya traducido.
#
# </details>
#
# <details><summary>2. Se cae kube-proxy en un nodo. ¿Dejan de funcionar los Services ahí?</summary>
#
# No de golpe: las reglas siguen puestas. Lo que falla es que ya no se actualizan.
#
# </details>
#
# <details><summary>3. ¿Por qué el segundo paquete de una conexión va al mismo Pod que el primero?</summary>
#
# Porque conntrack recuerda la traducción; nadie vuelve a sortear.
#
# </details>

# %% [markdown] lang="en"
# ## What this model leaves out
#
# Between the nodes a real cluster has its network plugin (CNI): routes, tunnels or a cloud. Some plugins masquerade traffic between Pods as well. And in nftables or IPVS mode steps 3 and 4 use other structures: the destination changes all the same, though IPVS chooses in another way (lesson 5).
#
# ## Key points
#
# - Name → VIP (DNS), VIP → Pod (rules of the client's node), Pod → client (conntrack).
# - kube-proxy writes rules; Linux handles the packets.
# - The destination changes on the client's node, before routing. The VIP does not travel.
# - The table `nat` is read for the first packet; the connection's memory does the rest.
# - The backend sees the client Pod's IP, except for the hairpin and other cases that are marked.
#
# ## To recall
#
# <details><summary>1. On which node does the DNAT happen: the client's or the backend's?</summary>
#
# On the client's. To the other one it comes translated.
#
# </details>
#
# <details><summary>2. kube-proxy dies on a node. Do Services stop working there?</summary>
#
# Not at once: the rules are still in place. What fails is that they are no longer updated.
#
# </details>
#
# <details><summary>3. Why does the second packet of a connection go to the same Pod as the first?</summary>
#
# Because conntrack remembers the translation; nobody draws again.
#
# </details>
