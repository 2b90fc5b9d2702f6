# ---
# jupyter:
#   kernelspec:
#     name: python3
#     display_name: Python 3 (ipykernel)
#     language: python
# ---

# %% [markdown] lang="es"
# # 10 · Cuando se rompe
#
# Un Service que no contesta tiene pocas causas posibles, y cada una deja su huella. Vas a subir una escalera de ocho peldaños, del objeto a las reglas, primero con averías conocidas y después a ciegas.
#
# **Tiempo:** 30 minutos, y 20 para el ejercicio · **Necesitas:** un clúster que se pueda romper sin disgustar a nadie (el embebido)
#
# **Al terminar podrás**
#
# 1. subir la escalera sin saltarte peldaños;
# 2. distinguir rechazo, silencio y nombre desconocido, y qué causas tiene cada uno;
# 3. comparar lo que dice la API con lo que dicen las reglas del nodo;
# 4. encontrar una avería que no has visto antes.
#
# **Preguntas:** ¿*connection refused* quiere decir que la aplicación está caída? ¿Y si todo en la API está bien? ¿Reintenta alguien por mí?
#
# **Contenido:** 1 la escalera · 2 rechazo con endpoints · 3 silencio · 4 la API dice una cosa y las reglas otra · 5 la tabla · 6 a ciegas

# %% [markdown] lang="en"
# # 10 · When it breaks
#
# A Service that does not answer has few possible causes, and each leaves its mark. You are going to climb a ladder of eight rungs, from the object to the rules, first with known faults and then blind.
#
# **Time:** 30 minutes, and 20 for the exercise · **You need:** a cluster that can be broken without upsetting anybody (the embedded one)
#
# **At the end you can**
#
# 1. climb the ladder without skipping rungs;
# 2. tell refusal, silence and an unknown name apart, and which causes each has;
# 3. compare what the API says with what the node's rules say;
# 4. find a fault that you have not seen before.
#
# **Questions:** does "connection refused" mean that the application is down? And if all is well in the API? Does anybody retry for me?
#
# **Contents:** 1 the ladder · 2 refused, with endpoints · 3 silence · 4 the API says one thing and the rules another · 5 the table · 6 blind

# %% tags=["parameters"]
backend = "auto"
seed = None

# %% [markdown] lang="es"
# ## 1. La escalera
#
# | Peldaño | Pregunta | Orden |
# |---|---|---|
# | 1 | ¿existe el Service, en este espacio de nombres? | `kubectl get service` |
# | 2 | ¿se resuelve su nombre? | `nslookup` desde un Pod |
# | 3 | ¿contesta? ¿Cómo falla? | `wget` desde un Pod |
# | 4 | ¿qué `selector` y qué puertos dice? | `kubectl get service -o wide` |
# | 5 | ¿hay endpoints? ¿Con puerto? | `kubectl get endpointslices` |
# | 6 | ¿están los Pods listos, y qué etiquetas llevan? | `kubectl get pods --show-labels` |
# | 7 | ¿hay nodos caídos o políticas? | `kubectl get nodes,networkpolicies` |
# | 8 | ¿dicen las reglas del nodo lo mismo que la API? | `iptables-save` en el nodo |
#
# Abrimos el laboratorio, sano:

# %% [markdown] lang="en"
# ## 1. The ladder
#
# | Rung | Question | Command |
# |---|---|---|
# | 1 | does the Service exist, in this namespace? | `kubectl get service` |
# | 2 | does its name resolve? | `nslookup` from a Pod |
# | 3 | does it answer? How does it fail? | `wget` from a Pod |
# | 4 | which `selector` and ports does it state? | `kubectl get service -o wide` |
# | 5 | are there endpoints? With a port? | `kubectl get endpointslices` |
# | 6 | are the Pods ready, and which labels have they? | `kubectl get pods --show-labels` |
# | 7 | are nodes down, or policies in the way? | `kubectl get nodes,networkpolicies` |
# | 8 | do the node's rules say the same as the API? | `iptables-save` on the node |
#
# We open the lab, in good health:

# %% tags=["nbval-ignore-output", "drawn"]
from labkit import open_lab, predict, show

lab = open_lab(backend, seed=seed)
lab.mend()
lab.ask(1)

# %% [markdown] lang="es"
# ## 2. Rechazo con endpoints
#
# La primera avería, a la vista: el `targetPort` apunta a un puerto en el que nadie escucha. Apuesta cuántos endpoints tendrá el Service:

# %% [markdown] lang="en"
# ## 2. Refused, with endpoints
#
# The first fault, in the open: the `targetPort` is one on which nobody listens. Bet how many endpoints the Service will have:

# %%
predict("10.a", 0)

# %% [markdown] lang="es"
# Rompemos, preguntamos (peldaño 3) y miramos los endpoints (peldaño 5):

# %% [markdown] lang="en"
# We break it, ask (rung 3) and look at the endpoints (rung 5):

# %% tags=["nbval-ignore-output", "waits"]
broken = lab.break_it("wrong-target-port")
print(lab.reach("client-pod", "backend-service:80"))
# !kubectl get endpointslices -l kubernetes.io/service-name=backend-service

# %% [markdown] lang="es"
# ¿Cuántos endpoints hay en esa lista?

# %% [markdown] lang="en"
# How many endpoints are on that list?

# %%
slices = lab.get("endpointslices -l kubernetes.io/service-name=backend-service")["items"]
predict("10.a", came=sum(len(one["endpoints"]) for one in slices))

# %% [markdown] lang="es"
# Los dos siguen ahí, y listos: a la API le parece todo bien. El DNAT se hizo, el paquete llegó a un Pod, y **Linux en el Pod** contestó «ahí no escucha nadie». Para encontrarlo hay que comparar el puerto del EndpointSlice con aquel en que escucha el proceso.

# %% [markdown] lang="en"
# Both are still there, and ready: to the API all looks well. The DNAT was done, the packet reached a Pod, and **Linux in the Pod** answered "nobody listens there". To find it one has to compare the port of the EndpointSlice with the one on which the process listens.

# %% tags=["nbval-ignore-output", "drawn"]
lab.mend()
print(lab.reach("client-pod", "backend-service:80"))

# %% [markdown] lang="es"
# ## 3. Silencio
#
# La segunda: alguien aplicó una NetworkPolicy que no deja entrar nada. Apuesta el síntoma: `"refused"`, `"timeout"` o `"unknown-name"`.

# %% [markdown] lang="en"
# ## 3. Silence
#
# The second: somebody applied a NetworkPolicy that lets nothing in. Bet on the symptom: `"refused"`, `"timeout"` or `"unknown-name"`.

# %%
predict("10.b", "refused")

# %% [markdown] lang="es"
# Rompemos y preguntamos, con tres segundos de paciencia:

# %% [markdown] lang="en"
# We break it and ask, with three seconds of patience:

# %%
lab.break_it("network-policy")
silent = lab.reach("client-pod", "backend-service:80", timeout=3)
print(silent)
predict("10.b", came=silent.outcome)

# %% [markdown] lang="es"
# Nadie dice que no: los paquetes se tiran. Silencio quiere decir que **el camino** está roto, no la lista: una política, un cortafuegos, un nodo sin luz, o reglas que llevan a un sitio donde ya no hay nadie. Ningún peldaño hasta el 6 lo enseña; el 7, sí:

# %% [markdown] lang="en"
# Nobody says no: the packets are dropped. Silence means that **the road** is broken, not the list: a policy, a firewall, a node without power, or rules that lead to a place where nobody is any more. No rung up to the 6th shows it; the 7th does:

# %%
# !kubectl get nodes,networkpolicies
mended = lab.mend()

# %% [markdown] lang="es"
# ## 4. La API dice una cosa y las reglas otra
#
# La tercera es traicionera: kube-proxy se paró en el nodo del cliente y, después, los Pods se renovaron. Apuesta: ¿coincidirán las direcciones del EndpointSlice con las de las reglas de ese nodo? `True` o `False`:

# %% [markdown] lang="en"
# ## 4. The API says one thing and the rules another
#
# The third is treacherous: kube-proxy stopped on the client's node, and afterwards the Pods were renewed. Bet: will the addresses in the EndpointSlice be those in that node's rules? `True` or `False`:

# %%
predict("10.c", True)

# %% [markdown] lang="es"
# Lo rompemos y preguntamos otra vez. Estas cosas tardan unos segundos:

# %% [markdown] lang="en"
# We break it and ask once more. This one takes a few seconds:

# %%
lab.break_it("proxy-stopped")
stale = lab.reach("client-pod", "backend-service:80", timeout=2)
print(stale)

# %% [markdown] lang="es"
# Lo que dice la API y lo que hace el nodo, uno al lado del otro:

# %% [markdown] lang="en"
# What the API says and what the node does, side by side:

# %%
slices = lab.get("endpointslices -l kubernetes.io/service-name=backend-service")["items"]
told = {address for one in slices for end in one["endpoints"] for address in end["addresses"]}
goals = [
    line.split("--to-destination ")[1]
    for line in lab.service_rules().splitlines()
    if "DNAT" in line
]
done = {goal.split(":")[0] for goal in goals}
print(sorted(told), sorted(done))
predict("10.c", came=told == done)

# %% [markdown] lang="es"
# Nada de lo tuyo tiene un error en la API: Pods listos, endpoints al día. Pero el nodo usa las últimas reglas que kube-proxy dejó, y llevan a Pods que ya no existen. Los clientes de **otros** nodos funcionan: esa es la pista. (La prueba está en otro espacio de nombres: `kubectl -n kube-system get daemonset kube-proxy` cuenta un kube-proxy, y hay dos nodos.) Y nadie reintenta: en modo iptables, si el elegido no está, la conexión falla; reintentar es cosa del cliente.

# %% [markdown] lang="en"
# Nothing of yours shows an error in the API: Pods ready, endpoints up to date. But the node uses the last rules that kube-proxy left, and they lead to Pods that are gone. Clients on **other** nodes work: that is the clue. (The proof lies in another namespace: `kubectl -n kube-system get daemonset kube-proxy` counts one kube-proxy, and there are two nodes.) And nobody retries: in iptables mode, if the one that was drawn is not there, the connection fails; retrying is up to the client.

# %% tags=["nbval-ignore-output", "drawn"]
lab.mend()
print(lab.reach("client-pod", "backend-service:80"))

# %% [markdown] lang="es"
# ## 5. La tabla
#
# | Síntoma | Endpoints | Causas |
# |---|---|---|
# | nombre desconocido | – | otro espacio de nombres · DNS caído o cerrado por una política · el Service no existe |
# | rechazo inmediato | ninguno, o sin puerto | `selector` equivocado · nadie listo · cero réplicas · imagen que no existe · nombre de puerto sin declarar |
# | rechazo inmediato | los que tocan | `targetPort` equivocado · el proceso escucha solo en `127.0.0.1` |
# | silencio o inalcanzable | los que tocan | NetworkPolicy · nodo caído · kube-proxy parado · `internalTrafficPolicy: Local` sin Pods en ese nodo · el `port` que pides no es el del Service |
#
# ## 6. A ciegas
#
# **Rompe algo** sortea una avería y no dice cuál. Sube la escalera, apuesta la causa en voz alta y pulsa el último botón. Con cuatro peldaños basta casi siempre: ¿cuáles?

# %% [markdown] lang="en"
# ## 5. The table
#
# | Symptom | Endpoints | Causes |
# |---|---|---|
# | unknown name | – | another namespace · DNS down, or shut off by a policy · the Service does not exist |
# | refused at once | none, or without a port | wrong `selector` · nobody ready · zero replicas · an image that does not exist · a port name that is not declared |
# | refused at once | as they should be | wrong `targetPort` · the process listens on `127.0.0.1` only |
# | silence or unreachable | as they should be | NetworkPolicy · node down · kube-proxy stopped · `internalTrafficPolicy: Local` without Pods on that node · the `port` you ask for is not the Service's |
#
# ## 6. Blind
#
# **Break something** draws a fault and does not tell which. Climb the ladder, say the cause aloud, and press the last button. Four rungs are nearly always enough: which ones?

# %%
show(lab.bug_hunt())

# %% [markdown] lang="es"
# <details><summary>¿Qué cuatro peldaños?</summary>
#
# El 3 y el 5, siempre: cómo falla y si hay endpoints. Si no los hay, el 4 y el 6 (el `selector` frente a los Pods); si los hay y calla, el 7 y el 8. Con un nombre desconocido, el 1 y el 2.
#
# </details>
#
# En una terminal, lo mismo: `labkit break --secret`, a investigar, y `labkit mend`. Si dejaste algo roto, esta celda lo arregla (si no, lo dice):

# %% [markdown] lang="en"
# <details><summary>Which four rungs?</summary>
#
# Rungs 3 and 5, always: how it fails and whether there are endpoints. If there are none, 4 and 6 (the `selector` against the Pods); if there are and it keeps silent, 7 and 8. With an unknown name, 1 and 2.
#
# </details>
#
# In a terminal it is the same: `labkit break --secret`, investigate, and `labkit mend`. If you left something broken, this cell mends it (if not, it says so):

# %%
lab.mend()

# %% insert="exercises"

# %% [markdown] lang="es"
# ## Lo que este modelo deja fuera
#
# Faltan las averías de la red física, las de MTU (las respuestas pequeñas llegan y las grandes no) y las tablas de conexiones llenas. Se buscan igual: del objeto a las reglas y, si las reglas están bien, del nodo al cable.
#
# ## Lo esencial
#
# - Sube en orden: objeto, nombre, respuesta, campos, endpoints, Pods, camino, reglas.
# - Rechazo: alguien dijo que no. Silencio: alguien tira los paquetes. Nombre desconocido: ni se envió nada.
# - Con rechazo, los endpoints deciden: si no hay, la lista; si hay, el puerto.
# - La API cuenta lo que debería ser; las reglas, lo que es.
# - Nadie reintenta por ti.
#
# ## Para recordar
#
# <details><summary>1. <em>Connection refused</em> y cero endpoints. ¿Qué tres cosas miras?</summary>
#
# El `selector` y las etiquetas, si los Pods están listos, y cuántas réplicas hay.
#
# </details>
#
# <details><summary>2. Falla desde un nodo y funciona desde otro, con la API impecable. ¿Qué sospechas?</summary>
#
# De las reglas de ese nodo: kube-proxy parado o atrasado.
#
# </details>
#
# <details><summary>3. ¿Por qué no empezar directamente por las reglas?</summary>
#
# Porque casi siempre la causa está más arriba, y las reglas son su consecuencia.
#
# </details>

# %% [markdown] lang="en"
# ## What this model leaves out
#
# The faults of the physical network are missing, those of the MTU (small answers arrive and large ones do not), and full connection tables. They are looked for in the same way: from the object to the rules and, if the rules are right, from the node to the wire.
#
# ## Key points
#
# - Climb in order: object, name, answer, fields, endpoints, Pods, road, rules.
# - Refused: somebody said no. Silence: somebody drops the packets. Unknown name: nothing was even sent.
# - When refused, the endpoints decide: if there are none, the list; if there are, the port.
# - The API tells what should be; the rules, what is.
# - Nobody retries for you.
#
# ## To recall
#
# <details><summary>1. Connection refused and zero endpoints. Which three things do you look at?</summary>
#
# The `selector` and the labels, whether the Pods are ready, and how many replicas there are.
#
# </details>
#
# <details><summary>2. It fails from one node and works from another, and the API is flawless. What do you suspect?</summary>
#
# That node's rules: kube-proxy stopped or behind.
#
# </details>
#
# <details><summary>3. Why not begin with the rules right away?</summary>
#
# Because the cause is nearly always further up, and the rules are its consequence.
#
# </details>
