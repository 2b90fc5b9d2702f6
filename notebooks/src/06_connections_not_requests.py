# ---
# jupyter:
#   kernelspec:
#     name: python3
#     display_name: Python 3 (ipykernel)
#     language: python
# ---

# %% [markdown] lang="es"
# # 6 · Conexiones, no peticiones
#
# «El Service reparte las peticiones.» Casi: reparte **conexiones**. La diferencia parece de matiz hasta que diez mil peticiones se van todas al mismo Pod. Vas a provocarlo, a medirlo y a elegir el remedio.
#
# **Tiempo:** 25 minutos · **Necesitas:** un clúster con `exec`; en uno real, que pueda bajar la imagen `curlimages/curl`
#
# **Al terminar podrás**
#
# 1. explicar por qué una conexión abierta no se mueve de su Pod;
# 2. usar `sessionAffinity: ClientIP` sabiendo qué recuerda, cuánto y hasta cuándo;
# 3. decir qué cambia con un Service *headless*;
# 4. elegir el remedio para HTTP, gRPC, sesiones y bases de datos.
#
# **Preguntas:** ¿quién recibe la segunda petición de una conexión? ¿La afinidad es una cookie? ¿A cuántos clientes recuerda un nodo?
#
# **Contenido:** 1 una conexión, muchas peticiones · 2 por qué · 3 clientes que vuelven · 4 el reloj · 5 cien y ni uno más · 6 sin VIP

# %% [markdown] lang="en"
# # 6 · Connections, not requests
#
# "The Service shares out the requests." Nearly: it shares out **connections**. It sounds like a quibble until ten thousand requests all go to the same Pod. You are going to make that happen, measure it, and choose the cure.
#
# **Time:** 25 minutes · **You need:** a cluster with `exec`; a real one must be able to pull the image `curlimages/curl`
#
# **At the end you can**
#
# 1. explain why an open connection does not move from its Pod;
# 2. use `sessionAffinity: ClientIP` knowing what it remembers, how much, and how long;
# 3. say what a headless Service changes;
# 4. choose the cure for HTTP, gRPC, sessions and databases.
#
# **Questions:** who gets the second request of a connection? Is affinity a cookie? How many clients does a node remember?
#
# **Contents:** 1 one connection, many requests · 2 why · 3 clients that come back · 4 the clock · 5 a hundred and not one more · 6 without a VIP

# %% tags=["parameters"]
backend = "auto"
seed = None

# %% [markdown] lang="es"
# ## 1. Una conexión, muchas peticiones
#
# El backend de siempre (si vienes de la lección 5, con tres réplicas; aquí da igual), y un cliente nuevo con `curl`, que sabe reutilizar conexiones:

# %% [markdown] lang="en"
# ## 1. One connection, many requests
#
# The usual backend (with three replicas if you come from lesson 5; here it makes no difference), and a new client with `curl`, which can reuse a connection:

# %% tags=["nbval-ignore-output", "drawn"]
from labkit import open_lab, predict, show

lab = open_lab(backend, seed=seed)
lab.ask(1)

# %% [markdown] lang="es"
# Ahora el cliente nuevo. (Si repites esta celda, borra antes el que hubiera.)

# %% [markdown] lang="en"
# Now the new client. (If you run this cell again, it first deletes the one from before.)

# %%
# !kubectl delete pod/curl service/backend-headless --ignore-not-found --grace-period=1
# !kubectl run curl --image=curlimages/curl:8.10.1 --command -- sleep 3600
# !kubectl wait --for=condition=Ready pod/curl --timeout=120s

# %% [markdown] lang="es"
# Veinte peticiones con **un** `curl`, que abre una conexión y la mantiene (*keep-alive*). Apuesta cuántos Pods distintos contestarán:

# %% [markdown] lang="en"
# Twenty requests with **one** `curl`, which opens a connection and keeps it (keep-alive). Bet how many different Pods will answer:

# %%
predict("06.a", 2)

# %% [markdown] lang="es"
# `[1-20]` es de `curl`: pide la misma página veinte veces. `uniq -c` cuenta las líneas iguales seguidas.

# %% [markdown] lang="en"
# `[1-20]` belongs to `curl`: it asks for the same page twenty times. `uniq -c` counts equal lines in a row.

# %% tags=["nbval-ignore-output", "drawn"]
# kept = !kubectl exec curl -- sh -c 'curl -s "http://backend-service/?[1-20]" | uniq -c'
print("\n".join(kept))
predict("06.a", came=len({line.split()[-1] for line in kept}))

# %% [markdown] lang="es"
# Uno. Da igual cuántas peticiones: el sorteo fue al abrir la conexión. Ahora las mismas veinte, pero pidiendo al servidor que cierre después de cada una:

# %% [markdown] lang="en"
# One. No matter how many requests: the draw took place when the connection was opened. Now the same twenty, but asking the server to close after each:

# %% tags=["nbval-ignore-output", "drawn"]
# !kubectl exec curl -- sh -c 'curl -s -H "Connection: close" "http://backend-service/?[1-20]" | uniq -c'

# %% [markdown] lang="es"
# Veinte conexiones, veinte sorteos. Lo mismo a lo largo del tiempo, con tres Pods: una conexión que se queda, otra nueva cada segundo y, a los seis segundos, un Pod que deja de estar listo. Avanza con **Siguiente**:

# %% [markdown] lang="en"
# Twenty connections, twenty draws. The same over time, with three Pods: one connection that stays, a new one every second and, after six seconds, a Pod that is no longer ready. Go on with **Next**:

# %%
show(lab.keepalive())

# %% [markdown] lang="es"
# La que se queda sigue con su Pod aunque las reglas ya no lo nombren; solo las nuevas lo evitan.
#
# ## 2. Por qué
#
# Lo viste en la lección 4: la tabla `nat` se consulta con el **primer** paquete de una conexión, y el resto lo traduce la memoria del nodo (conntrack). Segundo camino: el emulador, con las reglas de tu nodo. Un paquete que abre y otro que sigue; cuenta las reglas de la tabla `nat` que lee cada uno:

# %% [markdown] lang="en"
# The one that stays goes on with its Pod although the rules no longer name it; only new ones avoid it.
#
# ## 2. Why
#
# You saw it in lesson 4: the table `nat` is asked for the **first** packet of a connection, and the node's memory (conntrack) translates the rest. A second road: the emulator, with your node's rules. One packet that opens and one that goes on; count the rules of the table `nat` that each of them reads:

# %%
from dataclasses import replace

way = lab.trace("client-pod", "backend-service")
node, opens = lab.node(way.node), way.trace.start
state = node.state()
first = node.receive(opens, state)
answer = replace(first.packet, src=first.packet.dst, dst=opens.src, sport=8080, dport=opens.sport)
node.receive(replace(answer, flags="SYN,ACK"), state)
later = node.receive(replace(opens, flags="ACK"), state)
[sum(step.table == "nat" for step in trace.steps) for trace in (first, later)]

# %% [markdown] lang="es"
# Y, sin leer ninguna, el segundo paquete fue al mismo sitio:

# %% [markdown] lang="en"
# And without reading any, the second packet went to the same place:

# %%
print(first.packet.destination, later.packet.destination)

# %% [markdown] lang="es"
# Por eso gRPC y los clientes con *pool* de conexiones «no balancean»: abren pocas y las usan mucho. Y por eso añadir réplicas no alivia a nadie hasta que se abren conexiones nuevas.
#
# ## 3. Clientes que vuelven
#
# A veces se quiere lo contrario: que un cliente caiga siempre en el mismo Pod. `sessionAffinity: ClientIP` lo hace por **dirección de origen**. Lo ponemos con su plazo por defecto, 10.800 segundos:

# %% [markdown] lang="en"
# That is why gRPC and clients with a connection pool "do not balance": they open few and use them much. And that is why adding replicas relieves nobody until new connections are opened.
#
# ## 3. Clients that come back
#
# Sometimes the opposite is wanted: a client should always meet the same Pod. `sessionAffinity: ClientIP` does so by **source address**. We set it with its default timeout, 10,800 seconds:

# %%
sticky = '{"spec":{"sessionAffinity":"ClientIP","sessionAffinityConfig":{"clientIP":{"timeoutSeconds":10800}}}}'
# !kubectl patch service backend-service -p '{sticky}'

# %% [markdown] lang="es"
# Veinte conexiones nuevas desde el cliente. Apuesta cuántas veces cambiará de Pod:

# %% [markdown] lang="en"
# Twenty new connections from the client. Bet how often it will switch Pods:

# %%
predict("06.b", 10)

# %% [markdown] lang="es"
# Sin cookies, sin HTTP: solo la dirección.

# %% [markdown] lang="en"
# No cookies, no HTTP: the address alone.

# %% tags=["nbval-ignore-output", "drawn"]
answers = lab.ask(20)
print(answers.tally())
predict("06.b", came=answers.switches)

# %% [markdown] lang="es"
# ¿Cómo lo sabe el nodo? Reglas nuevas, **antes** del sorteo: `-m recent --rcheck` pregunta «¿he visto esta dirección hace poco?», y `--set` la apunta en la lista del Pod al que va:

# %% [markdown] lang="en"
# How does the node know? New rules, **before** the draw: `-m recent --rcheck` asks "have I seen this address recently?", and `--set` notes it on the list of the Pod that it goes to:

# %%
lab.service_rules().having("-m recent")

# %% [markdown] lang="es"
# ## 4. El reloj
#
# 10.800 segundos son tres horas. ¿Desde la primera visita o desde la última? Aquí el reloj es tuyo: pregunta, deja pasar el tiempo y vuelve a preguntar.

# %% [markdown] lang="en"
# ## 4. The clock
#
# 10,800 seconds are three hours. Counted from the first visit, or from the last? Here the clock is yours: ask, let time pass, and ask again.

# %%
show(lab.affinity_panel())

# %% [markdown] lang="es"
# <details><summary>¿Desde cuándo cuenta?</summary>
#
# Desde la última conexión: cada visita la renueva. Pasado el plazo no hay castigo ni premio: se sortea otra vez, y puede salir el mismo.
#
# </details>
#
# ## 5. Cien y ni uno más
#
# Doscientos cincuenta clientes visitan el Service pegajoso y, un momento después, vuelven todos. Apuesta qué porcentaje encontrará **otro** Pod:

# %% [markdown] lang="en"
# <details><summary>Where does the count start?</summary>
#
# At the last connection: each visit renews it. Past the timeout there is neither penalty nor prize: lots are drawn again, and the same one may come up.
#
# </details>
#
# ## 5. A hundred and not one more
#
# Two hundred and fifty clients visit the sticky Service and, a moment later, all of them come back. Bet what percentage will meet **another** Pod:

# %%
predict("06.c", "0%")

# %% [markdown] lang="es"
# Con pocos clientes y con muchos, por las mismas reglas:

# %% [markdown] lang="en"
# With few clients and with many, by the same rules:

# %%
moved = {clients: f"{float(lab.affinity_crowd(clients)):.0%}" for clients in (50, 150, 250, 400)}
print(moved)
predict("06.c", came=moved[250])

# %% [markdown] lang="es"
# **Sorpresa.** La lista de `recent` guarda cien direcciones por endpoint. Con más clientes echa a los más antiguos, y esos vuelven al sorteo. En Linux de verdad se midió lo mismo: cerca de la mitad, con 250 clientes y dos endpoints. La afinidad por IP es una ayuda, no una garantía. Y detrás de un proxy o un NAT, mil usuarios son **una** dirección.
#
# Lo dejamos como estaba:

# %% [markdown] lang="en"
# **Surprise.** The `recent` list keeps a hundred addresses per endpoint. With more clients it throws out the oldest, and those go back to the draw. On real Linux the same was measured: about half, with 250 clients and two endpoints. Affinity by IP is a help, not a guarantee. And behind a proxy or NAT a thousand users are **one** address.
#
# We leave it as it was:

# %%
# !kubectl patch service backend-service -p '{"spec":{"sessionAffinity":"None"}}'

# %% [markdown] lang="es"
# ## 6. Sin VIP
#
# Con `clusterIP: None` el Service es ***headless***: no hay VIP ni reglas. ¿Qué contestará el DNS? Apuesta cuántas direcciones:

# %% [markdown] lang="en"
# ## 6. Without a VIP
#
# With `clusterIP: None` the Service is **headless**: there is no VIP and there are no rules. What will DNS answer? Bet how many addresses:

# %%
predict("06.d", 1)

# %% [markdown] lang="es"
# Lo creamos y preguntamos:

# %% [markdown] lang="en"
# We make it and ask:

# %% tags=["nbval-ignore-output", "drawn"]
# !kubectl expose deployment backend-app --name=backend-headless --cluster-ip=None --port=8080
# said = !kubectl exec client-pod -- nslookup backend-headless.default.svc.cluster.local
print("\n".join(said))

# %% [markdown] lang="es"
# Cada línea que empieza por `Name:` es una dirección. Las contamos:

# %% [markdown] lang="en"
# Each line that begins with `Name:` is one address. We count them:

# %%
predict("06.d", came=sum(line.startswith("Name:") for line in said))

# %% [markdown] lang="es"
# Todos los Pods listos. Ahora elige **el cliente**: es lo que quieren gRPC con balanceo propio, y las bases de datos en las que no da igual con quién hablas. Recogemos:

# %% [markdown] lang="en"
# All ready Pods. Now **the client** chooses: that is what gRPC with balancing of its own wants, and databases where it matters whom you talk to. We clear up:

# %%
# !kubectl delete service/backend-headless pod/curl --grace-period=1

# %% insert="exercises"

# %% [markdown] lang="es"
# ## Lo que este modelo deja fuera
#
# Una malla de servicios (*service mesh*) o un proxy L7 reparte peticiones de verdad, porque entiende HTTP: abre sus propias conexiones a cada Pod. Y en UDP no hay conexión que abrir o cerrar: cuenta la pareja de direcciones y puertos mientras conntrack la recuerde.
#
# ## Lo esencial
#
# - Se sortea al **abrir** una conexión; lo que va por ella no se mueve de Pod.
# - Keep-alive y gRPC concentran; más conexiones, o un cliente que elija, reparten.
# - `sessionAffinity: ClientIP` recuerda direcciones de origen, en cada nodo, por un plazo que se renueva.
# - Recuerda cien direcciones por endpoint; con más, se olvida de los más antiguos.
# - *Headless*: el DNS da todos los Pods y elige el cliente.
#
# ## Para recordar
#
# <details><summary>1. Pasas de 2 a 10 réplicas y los Pods nuevos siguen ociosos. ¿Por qué?</summary>
#
# Los clientes conservan sus conexiones abiertas. Los nuevos Pods solo reciben conexiones nuevas.
#
# </details>
#
# <details><summary>2. ¿Sirve <code>sessionAffinity</code> para mantener la sesión de un usuario móvil?</summary>
#
# No: en cuanto cambia de dirección, es otro cliente.
#
# </details>
#
# <details><summary>3. ¿Qué hace falta para que un cliente gRPC reparta entre Pods?</summary>
#
# Que conozca las direcciones (un Service *headless*) y balancee él, o un proxy L7 en medio.
#
# </details>

# %% [markdown] lang="en"
# ## What this model leaves out
#
# A service mesh or an L7 proxy really shares out requests, because it understands HTTP: it opens connections of its own to each Pod. And in UDP there is no connection to open or close: the pair of addresses and ports counts for as long as conntrack remembers it.
#
# ## Key points
#
# - Lots are drawn when a connection is **opened**; what goes through it does not change Pods.
# - Keep-alive and gRPC concentrate; more connections, or a client that chooses, share out.
# - `sessionAffinity: ClientIP` remembers source addresses, on each node, for a time that is renewed.
# - It remembers a hundred addresses per endpoint; with more it forgets the oldest.
# - Headless: DNS gives all Pods and the client chooses.
#
# ## To recall
#
# <details><summary>1. You go from 2 to 10 replicas and the new Pods stay idle. Why?</summary>
#
# The clients keep their open connections. New Pods receive new connections only.
#
# </details>
#
# <details><summary>2. Is <code>sessionAffinity</code> any good to keep the session of a mobile user?</summary>
#
# No: as soon as the address changes, it is another client.
#
# </details>
#
# <details><summary>3. What does it take for a gRPC client to share out among Pods?</summary>
#
# To know the addresses (a headless Service) and to balance by itself, or an L7 proxy in between.
#
# </details>
