# ---
# jupyter:
#   kernelspec:
#     name: python3
#     display_name: Python 3 (ipykernel)
#     language: python
# ---

# %% [markdown] lang="es"
# # 2 · De las etiquetas a los EndpointSlices
#
# Un Service no conoce Deployments ni nombres de Pods: conoce una etiqueta. Vas a mirar cómo de esa etiqueta sale, sin que nadie lo pida, la lista de quienes reciben tráfico, y a colarte en ella.
#
# **Tiempo:** 20 minutos · **Necesitas:** un clúster donde puedas crear Pods
#
# **Al terminar podrás**
#
# 1. explicar el camino del `selector` al **EndpointSlice**;
# 2. decir qué Pods reciben tráfico y cuáles no, aunque estén `Running`;
# 3. predecir qué hace la lista cuando un Pod muere, falla su sonda o cambia de etiqueta;
# 4. usar `endpointslices` en lugar del objeto `endpoints`, que está obsoleto.
#
# **Preguntas:** ¿a qué apunta un Service? ¿Quién escribe la lista? ¿Qué pasa cuando queda vacía?
#
# **Contenido:** 1 una etiqueta · 2 el intruso · 3 listo no es lo mismo que en marcha · 4 tócalo tú · 5 la lista vacía · 6 el objeto antiguo

# %% [markdown] lang="en"
# # 2 · From labels to EndpointSlices
#
# A Service knows neither Deployments nor names of Pods: it knows a label. You are going to watch how the list of those who receive traffic comes from that label without anybody asking for it, and to sneak into it.
#
# **Time:** 20 minutes · **You need:** a cluster on which you can make Pods
#
# **At the end you can**
#
# 1. explain the way from the `selector` to the **EndpointSlice**;
# 2. say which Pods receive traffic and which do not, even if they are `Running`;
# 3. predict what the list does when a Pod dies, fails its probe or changes its label;
# 4. use `endpointslices` instead of the object `endpoints`, which is deprecated.
#
# **Questions:** what does a Service point to? Who writes the list? What happens when it is empty?
#
# **Contents:** 1 a label · 2 the intruder · 3 ready is not the same as running · 4 your turn · 5 the empty list · 6 the old object

# %% tags=["parameters"]
backend = "auto"
seed = None

# %% [markdown] lang="es"
# ## 1. Una etiqueta
#
# Abrimos el laboratorio en una carpeta de trabajo:

# %% [markdown] lang="en"
# ## 1. A label
#
# We open the lab in a working folder:

# %%
from labkit import open_lab, predict, show

lab = open_lab(backend, seed=seed)
# %cd -q {lab.manifests("web")}

# %% [markdown] lang="es"
# Hoy el backend es un servidor web de tres réplicas. Mira dos cosas en el manifiesto: la etiqueta `app: web`, que aparece tres veces (dos en el Deployment y otra en el Service), y la **sonda de disponibilidad** (`readinessProbe`), con la que el kubelet pregunta a cada Pod, segundo a segundo, si puede atender.

# %% [markdown] lang="en"
# Today the backend is a web server of three replicas. Look at two things in the manifest: the label `app: web`, which appears three times (twice in the Deployment, once in the Service), and the **readiness probe**, with which the kubelet asks each Pod every second whether it can serve.

# %%
print(open("web.yaml", encoding="utf-8").read())

# %% [markdown] lang="es"
# Lo aplicamos y esperamos (si quedaba algo de una vez anterior, primero se va):

# %% [markdown] lang="en"
# We apply it and wait (if something was left from last time, it goes first):

# %% tags=["nbval-ignore-output", "waits"]
# !kubectl delete deployment/web service/web pod/stranger pod/client-pod --ignore-not-found --grace-period=1
# !kubectl apply -f web.yaml
# !kubectl rollout status deployment/web --timeout=120s

# %% [markdown] lang="es"
# Tres Pods con su etiqueta y su dirección:

# %% [markdown] lang="en"
# Three Pods with their label and their address:

# %%
columns = "NAME:.metadata.name,IP:.status.podIP,APP:.metadata.labels.app"
# !kubectl get pods -l app=web -o custom-columns={columns}

# %% [markdown] lang="es"
# Y un EndpointSlice que nadie escribió a mano. El **controlador de EndpointSlices** mira los Pods que cumplen el `selector` y apunta sus direcciones:

# %% [markdown] lang="en"
# And an EndpointSlice that nobody wrote by hand. The **EndpointSlice controller** looks at the Pods that match the `selector` and notes their addresses:

# %% tags=["nbval-ignore-output", "waits"]
# !kubectl get endpointslices -l kubernetes.io/service-name=web

# %% [markdown] lang="es"
# ## 2. El intruso
#
# Creamos un Pod suelto, que no es de ningún Deployment, con la misma etiqueta. Apuesta: ¿cuántas direcciones tendrá el EndpointSlice?

# %% [markdown] lang="en"
# ## 2. The intruder
#
# We make a stray Pod, one that belongs to no Deployment, with the same label. Bet: how many addresses will the EndpointSlice have?

# %%
predict("02.1", 3)

# %% [markdown] lang="es"
# Lo creamos:

# %% [markdown] lang="en"
# We make it:

# %%
# !kubectl run stranger --image=nginx:1.27 --labels=app=web
# !kubectl wait --for=condition=Ready pod/stranger --timeout=60s

# %% [markdown] lang="es"
# Contamos las direcciones que hay ahora:

# %% [markdown] lang="en"
# We count the addresses that are there now:

# %%
path = "{.items[*].endpoints[*].addresses[0]}"
get_slices = "get endpointslices -l kubernetes.io/service-name=web -o jsonpath="
predict("02.1", came=len(lab.kubectl(get_slices + path).split()))

# %% [markdown] lang="es"
# **Sorpresa**, si pensabas que un Service apunta a un Deployment: apunta a una **etiqueta**. Quien la lleve entra. Con esto se hacen despliegues canario, y con esto se cuela por accidente el Pod de otra aplicación.
#
# ¿Y al revés? Le quitamos la etiqueta a un Pod del Deployment. Apuesta cuántos Pods habrá en total, contando a ese y al intruso:

# %% [markdown] lang="en"
# **Surprise**, if you thought that a Service points to a Deployment: it points to a **label**. Whoever wears it is in. Canary releases are made with this, and by this the Pod of another application slips in by accident.
#
# And the other way round? We take the label off one Pod of the Deployment. Bet how many Pods there will be in all, this one and the intruder included:

# %%
predict("02.2", 4)

# %% [markdown] lang="es"
# Le cambiamos la etiqueta al primero:

# %% [markdown] lang="en"
# We change the label of the first one:

# %%
first = lab.kubectl("get pods -l app=web,pod-template-hash -o jsonpath={.items[0].metadata.name}")
# !kubectl label pod {first} app=aside --overwrite
# !kubectl wait --for=condition=Available deployment/web --timeout=60s
# !kubectl get pods -L app -l "app in (web, aside)"

# %% [markdown] lang="es"
# Cuenta los Pods de la lista y compáralos con los que apostaste:

# %% [markdown] lang="en"
# Count the Pods of that list and set them beside your bet:

# %%
predict("02.2", came=len(lab.kubectl("get pods -o name -l 'app in (web, aside)'").split()))

# %% [markdown] lang="es"
# El Service lo perdió de vista, y el **ReplicaSet** también: él cuenta sus Pods por etiqueta, le faltaba uno y lo creó. El apartado sigue en marcha, fuera del reparto, perfecto para examinarlo con calma.
#
# ## 3. Listo no es lo mismo que en marcha
#
# Ahora rompemos un Pod por dentro: borramos la página por la que pregunta su sonda. El proceso sigue vivo. Apuesta qué dirá la columna `STATUS` de ese Pod dentro de unos segundos: `"Running"`, `"Error"` o `"CrashLoopBackOff"`.

# %% [markdown] lang="en"
# The Service lost sight of it, and so did the **ReplicaSet**: it counts its Pods by label, one was missing, it made one. The Pod put aside is still running, out of the rotation, perfect to be examined in peace.
#
# ## 3. Ready is not the same as running
#
# Now we break a Pod from inside: we delete the page that its probe asks for. The process lives on. Bet what the column `STATUS` of that Pod will say in a few seconds: `"Running"`, `"Error"` or `"CrashLoopBackOff"`.

# %%
predict("02.3", "Error")

# %% [markdown] lang="es"
# Borramos la página y esperamos a que la sonda lo note. Mientras tanto, `lab.timeline` graba qué hacen los Pods, el EndpointSlice y las reglas de los nodos:

# %% [markdown] lang="en"
# We delete the page and wait until the probe notices. Meanwhile `lab.timeline` records what the Pods, the EndpointSlice and the nodes' rules do:

# %%
sick = lab.kubectl("get pods -l app=web,pod-template-hash -o jsonpath={.items[0].metadata.name}")
with lab.timeline("web") as line:
    # !kubectl exec {sick} -- rm /usr/share/nginx/html/index.html
    # !kubectl wait --for=condition=Ready=false pod/{sick} --timeout=30s
    lab.settle()
# !kubectl get pod {sick}

# %% [markdown] lang="es"
# ¿Qué dice la columna `STATUS`? Lo mismo, leído por el programa, junto a tu apuesta:

# %% [markdown] lang="en"
# What does the column `STATUS` say? The same, read by the program, beside your bet:

# %%
predict("02.3", came=lab.kubectl(f"get pod {sick}").split()[7])

# %% [markdown] lang="es"
# `Running`, pero `READY 0/1`. El kubelet no lo mata ni lo reinicia: una sonda de disponibilidad solo dice «ahora no». En el EndpointSlice, su dirección sigue apuntada con `ready: false`:

# %% [markdown] lang="en"
# `Running`, but `READY 0/1`. The kubelet neither kills nor restarts it: a readiness probe only says "not now". In the EndpointSlice its address is still noted, with `ready: false`:

# %% tags=["nbval-ignore-output", "waits"]
columns = "POD:.endpoints[*].targetRef.name,READY:.endpoints[*].conditions.ready"
# !kubectl get endpointslices -l kubernetes.io/service-name=web -o custom-columns={columns}

# %% [markdown] lang="es"
# Y kube-proxy solo escribe reglas para los que están listos. Compruébalo por el otro camino, el de las reglas del nodo: ¿aparece la dirección del Pod enfermo?

# %% [markdown] lang="en"
# And kube-proxy writes rules for the ready ones only. Check it by the other road, that of the node's rules: does the sick Pod's address appear?

# %%
address = lab.kubectl(f"get pod {sick} -o jsonpath={{.status.podIP}}")
print(lab.odds("web"))
print(address, "->", f"{address}:80" in lab.rules())

# %% [markdown] lang="es"
# No aparece. ¿Y cuánto tardó en salir? Es lo que se grabó, con el segundo 0 cuando borramos la página. Avanza con **Siguiente**, o lee los sucesos:

# %% [markdown] lang="en"
# It does not. And how long did it take to leave? This is what was recorded, from second 0, when we deleted the page. Go on with **Next**, or read the events:

# %% tags=["nbval-ignore-output", "waits"]
show(line)

# %% [markdown] lang="es"
# <details><summary>¿Qué le pasó a quien preguntó antes de que cambiaran las reglas?</summary>
#
# Pudo tocarle el Pod enfermo y recibir un error. La sonda pregunta cada segundo (`periodSeconds`), y un Pod deja de estar listo al tercer fallo seguido (`failureThreshold`, tres si no se dice otra cosa). Después todo va deprisa: la lista sigue al Pod, y las reglas a la lista.
#
# </details>
#
# ## 4. Tócalo tú
#
# Cada botón hace algo de verdad con un Pod y la tabla vuelve a preguntar al clúster. Antes de pulsar, di en voz alta qué fila cambiará y en qué columna:

# %% [markdown] lang="en"
# <details><summary>What happened to those who asked before the rules changed?</summary>
#
# They may have drawn the sick Pod and received an error. The probe asks every second (`periodSeconds`), and a Pod is no longer ready at the third failure in a row (`failureThreshold`, three unless you say otherwise). After that everything is quick: the list follows the Pod, and the rules follow the list.
#
# </details>
#
# ## 4. Your turn
#
# Each button really does something to a Pod, and the table asks the cluster again. Before you press, say aloud which row will change, and in which column:

# %%
show(lab.endpoint_panel("web"))

# %% [markdown] lang="es"
# <details><summary>¿Puede un Pod estar listo y no recibir?</summary>
#
# Sí: el de la etiqueta cambiada. Está sano, pero el Service ya no lo busca. Y un Pod que se está apagando deja de recibir conexiones nuevas aunque su proceso aún conteste.
#
# </details>
#
# ## 5. La lista vacía
#
# Dejamos el Deployment sin réplicas y quitamos al intruso. El Service sigue ahí, con su VIP. Apuesta qué notará un cliente: `"timeout"` (espera en balde) o `"refused"` (lo rechazan al instante).

# %% [markdown] lang="en"
# <details><summary>Can a Pod be ready and receive nothing?</summary>
#
# Yes: the one with the changed label. It is well, but the Service no longer looks for it. And a Pod that is shutting down stops receiving new connections even while its process still answers.
#
# </details>
#
# ## 5. The empty list
#
# We leave the Deployment without replicas and remove the intruder. The Service is still there, with its VIP. Bet what a client will notice: `"timeout"` (it waits in vain) or `"refused"` (it is refused at once).

# %%
predict("02.4", "timeout")

# %% [markdown] lang="es"
# Vaciamos la lista y ponemos un cliente:

# %% [markdown] lang="en"
# We empty the list and bring in a client:

# %%
# !kubectl scale deployment/web --replicas=0
# !kubectl delete pod -l app=web --grace-period=1
# !kubectl delete pod -l app=aside --grace-period=1
# !kubectl run client-pod --image=busybox:1.36 -- sleep 3600
# !kubectl wait --for=condition=Ready pod/client-pod --timeout=60s

# %% [markdown] lang="es"
# El cliente pregunta, con cinco segundos de paciencia:

# %% [markdown] lang="en"
# The client asks, with five seconds of patience:

# %%
# said = !kubectl exec client-pod -- wget -T 5 -q -O- http://web
print("\n".join(said))
predict("02.4", came="refused" if "refused" in said[0] else "timeout")

# %% [markdown] lang="es"
# Nadie escucha en ninguna parte y, aun así, alguien contestó «no». Fue una regla: sin endpoints, kube-proxy no deja el hueco, escribe un `REJECT` en la tabla `filter`.

# %% [markdown] lang="en"
# Nobody listens anywhere, and yet somebody answered "no". It was a rule: without endpoints kube-proxy does not leave a gap, it writes a `REJECT` in the table `filter`.

# %%
lab.service_rules("web")

# %% [markdown] lang="es"
# Por eso «connection refused» no siempre quiere decir «la aplicación está caída»: puede querer decir «nadie cumple la etiqueta» o «nadie está listo».
#
# ## 6. El objeto antiguo
#
# Muchos tutoriales dicen `kubectl get endpoints`. Prueba y lee la primera línea:

# %% [markdown] lang="en"
# That is why "connection refused" does not always mean "the application is down": it may mean "nobody wears the label" or "nobody is ready".
#
# ## 6. The old object
#
# Many tutorials say `kubectl get endpoints`. Try it and read the first line:

# %%
# !kubectl get endpoints web

# %% [markdown] lang="es"
# Obsoleto desde la versión 1.33: un solo objeto para todas las direcciones no crece bien (mil Pods, y cada cambio reescribe mil líneas), ni sabe de dos familias de IP. Los EndpointSlices son trozos de hasta cien.
#
# Recogemos:

# %% [markdown] lang="en"
# Deprecated since version 1.33: a single object for all addresses does not grow well (a thousand Pods, and each change rewrites a thousand lines), nor does it know two IP families. EndpointSlices are pieces of up to a hundred.
#
# We clear up:

# %%
# !kubectl delete -f web.yaml
# !kubectl delete pod client-pod --grace-period=1

# %% insert="exercises"

# %% [markdown] lang="es"
# ## Lo que este modelo deja fuera
#
# Un Pod que se apaga pasa por un estado intermedio: en el EndpointSlice está `terminating` y, mientras atienda, `serving`. Si *ninguno* está listo, kube-proxy usa esos antes que rechazar. Y hay Services sin `selector`, cuyos EndpointSlices escribe otro.
#
# ## Lo esencial
#
# - Un Service apunta a una **etiqueta**; la lista la escribe el controlador de EndpointSlices.
# - Recibe tráfico el Pod que cumple el `selector` **y** está listo. `Running` no basta.
# - Una sonda de disponibilidad fallida saca al Pod del reparto, sin reiniciarlo.
# - Sin endpoints listos, una regla `REJECT` contesta al instante.
# - Mira `endpointslices`; `endpoints` está obsoleto.
#
# ## Para recordar
#
# <details><summary>1. ¿Qué campo del Service nombra su Deployment?</summary>
#
# Ninguno. Solo hay un `selector` con etiquetas, y lo comparten por convenio.
#
# </details>
#
# <details><summary>2. Un Pod está <code>1/1 Running</code> y no recibe nada. Di dos causas.</summary>
#
# Su etiqueta no cumple el `selector` del Service, o está en otro espacio de nombres que el Service.
#
# </details>
#
# <details><summary>3. Quieres examinar un Pod que responde mal, sin cortar el servicio. ¿Qué haces?</summary>
#
# Cambiarle la etiqueta: sale del reparto, el ReplicaSet pone otro y este sigue vivo para mirarlo.
#
# </details>

# %% [markdown] lang="en"
# ## What this model leaves out
#
# A Pod that shuts down passes through a state in between: in the EndpointSlice it is `terminating` and, as long as it serves, `serving`. If *none* is ready, kube-proxy uses those rather than refuse. And there are Services without a `selector`, whose EndpointSlices somebody else writes.
#
# ## Key points
#
# - A Service points to a **label**; the EndpointSlice controller writes the list.
# - A Pod receives traffic if it matches the `selector` **and** is ready. `Running` is not enough.
# - A readiness probe that fails takes the Pod out of the rotation without restarting it.
# - Without ready endpoints a `REJECT` rule answers at once.
# - Look at `endpointslices`; `endpoints` is deprecated.
#
# ## To recall
#
# <details><summary>1. Which field of the Service names its Deployment?</summary>
#
# None. There is only a `selector` of labels, which they share by convention.
#
# </details>
#
# <details><summary>2. A Pod is <code>1/1 Running</code> and receives nothing. Name two causes.</summary>
#
# Its label does not match the Service's `selector`, or it is in another namespace than the Service.
#
# </details>
#
# <details><summary>3. You want to examine a Pod that answers wrongly, without an outage. What do you do?</summary>
#
# Change its label: it leaves the rotation, the ReplicaSet makes another, and this one lives on to be looked at.
#
# </details>
