# ---
# jupyter:
#   kernelspec:
#     name: python3
#     display_name: Python 3 (ipykernel)
#     language: python
# ---

# %% [markdown] lang="es"
# # 11 · De memoria, y sin dejar rastro
#
# Todo lo anterior, de una vez y desde cero: lo montas tú, lo demuestras con datos tuyos y lo recoges todo. Al final verás cuánto has hecho y qué ideas equivocadas de tus respuestas has dejado atrás.
#
# **Tiempo:** 25 minutos, y otros 25 para el examen · **Necesitas:** un clúster de dos nodos en el que puedas crear objetos
#
# **Al terminar podrás**
#
# 1. escribir de memoria un Deployment y un Service que funcionen;
# 2. demostrar con datos cómo reparte;
# 3. decir qué borra cada borrado, y qué no;
# 4. dejar el clúster como lo encontraste.
#
# **Preguntas:** ¿se lleva el Deployment su Service al irse? ¿Se cortan las conexiones abiertas? ¿Qué queda después de limpiar?
#
# **Contenido:** 1 qué borra un borrado · 2 la VIP, otra vez · 3 tu informe · 4 sin dejar rastro · 5 el examen final

# %% [markdown] lang="en"
# # 11 · From memory, and without a trace
#
# All of the above, at once and from scratch: you build it, prove it with data of your own, and clear it all up. At the end you will see how far you have come, and which mistaken beliefs of your answers you have left behind.
#
# **Time:** 25 minutes, and another 25 for the final exercise · **You need:** a two-node cluster on which you can make objects
#
# **At the end you can**
#
# 1. write from memory a Deployment and a Service that work;
# 2. prove with data how connections are shared out;
# 3. say what each deletion deletes, and what it does not;
# 4. leave the cluster as you found it.
#
# **Questions:** does a Deployment take its Service along when it goes? Are open connections cut? What is left after the clean-up?
#
# **Contents:** 1 what a deletion deletes · 2 the VIP once more · 3 your report · 4 without a trace · 5 the final exercise

# %% tags=["parameters"]
backend = "auto"
seed = None

# %% [markdown] lang="es"
# ## 1. Qué borra un borrado
#
# El laboratorio, y lo que hay en él antes de empezar (nos servirá al final para comparar):

# %% [markdown] lang="en"
# ## 1. What a deletion deletes
#
# The lab, and what is in it before we begin (we shall compare with it at the end):

# %%
from labkit import open_lab, predict, progress, show

lab = open_lab(backend, seed=seed)
# !kubectl delete deployment/backend-app service/backend-service pod/client-pod --ignore-not-found --grace-period=1
kinds = "deployments,replicasets,pods,services,endpointslices,networkpolicies,ingresses"
before = set(lab.kubectl(f"get {kinds} -o name").split())

# %% [markdown] lang="es"
# Ponemos backend, Service y cliente, y borramos el **Deployment**. Apuesta: ¿seguirá existiendo el Service? `True` o `False`:

# %% [markdown] lang="en"
# We put backend, Service and client in place, and delete the **Deployment**. Bet: will the Service still exist? `True` or `False`:

# %%
predict("11.a", False)

# %% [markdown] lang="es"
# Borramos y miramos qué queda:

# %% [markdown] lang="en"
# We delete it and see what is left:

# %% tags=["nbval-ignore-output", "waits"]
answers = lab.ask(200)
vip = lab.get("service backend-service")["spec"]["clusterIP"]
# !kubectl delete deployment/backend-app
# !kubectl get deployments,replicasets,pods,services,endpointslices

# %% [markdown] lang="es"
# ¿Sigue el Service en la lista? Tu apuesta y la respuesta:

# %% [markdown] lang="en"
# Is the Service still on the list? Your bet and the answer:

# %%
left = lab.kubectl("get services -o name").split()
predict("11.a", came="service/backend-service" in left)

# %% [markdown] lang="es"
# El Deployment se llevó su ReplicaSet y sus Pods: son **suyos** (`ownerReferences`). El Service no es de nadie; solo compartían una etiqueta. Ahí sigue, con su VIP y una lista vacía, y a quien pregunta le contesta una regla `REJECT`:

# %% [markdown] lang="en"
# The Deployment took along its ReplicaSet and its Pods: they are **its own** (`ownerReferences`). The Service belongs to nobody; they only shared a label. There it is still, with its VIP and an empty list, and whoever asks is answered by a `REJECT` rule:

# %%
print(lab.reach("client-pod", "backend-service:80"))
print(lab.service_rules())

# %% [markdown] lang="es"
# ## 2. La VIP, otra vez
#
# Ahora borramos también el Service y lo creamos con el **mismo manifiesto**. Apuesta: ¿tendrá la misma VIP?

# %% [markdown] lang="en"
# ## 2. The VIP once more
#
# Now we delete the Service too and make it again with the **same manifest**. Bet: will it have the same VIP?

# %%
predict("11.b", True)

# %% [markdown] lang="es"
# La VIP de antes y la de ahora:

# %% [markdown] lang="en"
# The VIP before and the one now:

# %%
# !kubectl delete service/backend-service
lab.ask(1)
again = lab.get("service backend-service")["spec"]["clusterIP"]
print(vip, "->", again)
predict("11.b", came=vip == again)

# %% [markdown] lang="es"
# El nombre es el mismo; el objeto, otro, y la dirección la repartió el servidor de nuevo. Quien apuntó la VIP en un archivo de configuración acaba de perder su servicio. Quien usó el nombre sigue como antes, en cuanto el DNS da la dirección nueva.
#
# ## 3. Tu informe
#
# Las doscientas respuestas de hace un momento: el veredicto que hay que saber defender. ¿Qué dice el reparto, qué dice el orden, y cuál de los dos distingue el azar de los turnos?

# %% [markdown] lang="en"
# The name is the same; the object is another one, and the server dealt out an address anew. Whoever noted the VIP in a configuration file has just lost the service. Whoever used the name carries on as soon as DNS gives the new address.
#
# ## 3. Your report
#
# The two hundred answers of a moment ago: the verdict that one has to be able to defend. What does the split say, what does the order say, and which of the two tells chance from taking turns?

# %% tags=["nbval-ignore-output", "drawn"]
show(answers)

# %% [markdown] lang="es"
# Y el veredicto, con los márgenes exactos de cada prueba:

# %% [markdown] lang="en"
# And the verdict, with the exact margins of each test:

# %% tags=["nbval-ignore-output", "drawn"]
print(answers.verdict())

# %% [markdown] lang="es"
# Y la tercera vía, la exacta, por las reglas del nodo. Las tres tienen que estar de acuerdo:

# %% [markdown] lang="en"
# And the third road, the exact one, by the node's rules. The three have to agree:

# %%
print(lab.odds())

# %% [markdown] lang="es"
# ## 4. Sin dejar rastro
#
# Recoger es parte del trabajo. El texto del que parte este curso borra con los tres archivos (`kubectl delete -f`); aquí, los mismos tres objetos, por su nombre:

# %% [markdown] lang="en"
# ## 4. Without a trace
#
# Clearing up is part of the job. The text that this course starts from deletes by the three files (`kubectl delete -f`); here the same three objects go by name:

# %%
# !kubectl delete pod/client-pod service/backend-service deployment/backend-app --grace-period=1
# !kubectl wait --for=delete pod -l app=backend --timeout=60s

# %% [markdown] lang="es"
# ¿Quedó algo? Comparamos con la lista del principio. Tiene que salir un conjunto vacío:

# %% [markdown] lang="en"
# Is anything left? We compare with the list of the beginning. It has to be an empty set:

# %%
after = set(lab.kubectl(f"get {kinds} -o name").split())
after - before

# %% [markdown] lang="es"
# Y en los nodos, ¿cuántas reglas del Service quedan? Con dos Pods llegó a tener ocho. Apuesta:

# %% [markdown] lang="en"
# And on the nodes, how many rules of the Service are left? With two Pods it had eight. Bet:

# %%
predict("11.c", 8)

# %% [markdown] lang="es"
# Contamos las líneas que lo nombran:

# %% [markdown] lang="en"
# We count the lines that name it:

# %%
left_rules = [line for line in lab.rules().splitlines() if "default/backend-service" in line]
predict("11.c", came=len(left_rules))

# %% [markdown] lang="es"
# Ninguna: kube-proxy las retira cuando el Service se va. Lo que **sí** queda es el clúster, para la próxima vez. `lab.down()`, o `labkit down` en una terminal, lo quita también y dice qué ha borrado; tu `~/.kube/config` no se tocó en ningún momento.
#
# <details><summary>¿Se cortan las conexiones que estaban abiertas cuando un Pod sale de la lista?</summary>
#
# En TCP, no: kube-proxy deja de mandarle conexiones *nuevas*, y las abiertas siguen hasta que un lado cierra o el Pod desaparece. Solo limpia la memoria de las de UDP, que no saben despedirse.
#
# </details>
#
# ## 5. El examen final

# %% [markdown] lang="en"
# None: kube-proxy takes them away when the Service goes. What **is** left is the cluster, for the next time. `lab.down()`, or `labkit down` in a terminal, removes that as well and says what it has deleted; your `~/.kube/config` was not touched at any moment.
#
# <details><summary>Are connections cut that were open when a Pod leaves the list?</summary>
#
# In TCP, no: kube-proxy stops sending it *new* connections, and the open ones live on until one side closes or the Pod is gone. Only the memory of those of UDP is cleared, which cannot say goodbye.
#
# </details>
#
# ## 5. The final exercise

# %% insert="exercises"

# %% [markdown] lang="es"
# Así vas en todo el curso; bajo la tabla, si alguna respuesta mostró una idea equivocada que ya superaste, la leerás por su nombre. `progress(export="informe.json")` guarda una copia que puedes llevarte (en Binder, hazlo antes de cerrar); con `"informe.html"` es una página que se lee, y que dice también qué queda de labkit en este equipo:

# %% [markdown] lang="en"
# This is how you stand in the whole course; below the table, if an answer showed a mistaken belief that you have overcome since, it is named. `progress(export="report.json")` keeps a copy that you can take along (on Binder, do it before you close); with `"report.html"` it is a page to read, which also says what of labkit is left on this machine:

# %%
progress()

# %% [markdown] lang="es"
# ## Lo que este curso deja fuera
#
# Un Service es una pieza. Faltan sus vecinas: la red de Pods (CNI), Gateway API, las mallas de servicios, varios clústeres. Todas se entienden mejor sabiendo lo que ya sabes: quién escribe una lista, quién la lee y en qué momento se elige.
#
# ## Lo esencial
#
# - Un borrado se lleva lo que es *suyo*; compartir etiqueta no es pertenecer.
# - La VIP dura lo que el objeto; el nombre es lo que se apunta.
# - Tres caminos (medir, calcular, leer las reglas) tienen que dar lo mismo.
# - Recoger por nombre, comparar con el principio, y solo entonces está limpio.
#
# ## Para recordar
#
# <details><summary>1. Borras los Pods del backend uno a uno. ¿Qué pasa con el Service?</summary>
#
# Nada: el ReplicaSet pone otros y la lista se actualiza. La VIP no cambia.
#
# </details>
#
# <details><summary>2. ¿Qué dirección apuntas en la configuración de otra aplicación?</summary>
#
# Ninguna: el nombre, `servicio.espacio-de-nombres`.
#
# </details>
#
# <details><summary>3. En una frase: ¿qué es un ClusterIP?</summary>
#
# Una dirección que no está en ninguna parte y que las reglas de cada nodo cambian, por sorteo y una vez por conexión, por la de un Pod que está listo.
#
# </details>

# %% [markdown] lang="en"
# ## What this course leaves out
#
# A Service is one piece. Its neighbours are missing: the Pods' network (CNI), the Gateway API, service meshes, several clusters. All of them are easier to understand with what you know by now: who writes a list, who reads it, and at which moment the choice is made.
#
# ## Key points
#
# - A deletion takes along what is *its own*; to share a label is not to belong.
# - The VIP lasts as long as the object; the name is what one notes down.
# - Three roads (measure, calculate, read the rules) have to give the same.
# - Clear up by name, compare with the beginning, and only then is it clean.
#
# ## To recall
#
# <details><summary>1. You delete the backend's Pods one by one. What happens to the Service?</summary>
#
# Nothing: the ReplicaSet makes others and the list is updated. The VIP does not change.
#
# </details>
#
# <details><summary>2. Which address do you note in the configuration of another application?</summary>
#
# None: the name, `service.namespace`.
#
# </details>
#
# <details><summary>3. In one sentence: what is a ClusterIP?</summary>
#
# An address that is nowhere, and that the rules of each node replace, by lot and once per connection, with that of a Pod that is ready.
#
# </details>
