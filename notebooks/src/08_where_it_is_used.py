# ---
# jupyter:
#   kernelspec:
#     name: python3
#     display_name: Python 3 (ipykernel)
#     language: python
# ---

# %% [markdown] lang="es"
# # 8 · Dónde se usa
#
# Microservicios que se llaman, una caché interna, el backend de un Ingress: los tres casos de siempre. Los vas a montar los tres, y en cada uno hay una creencia que no resiste la prueba.
#
# **Tiempo:** 25 minutos · **Necesitas:** un clúster en el que puedas crear espacios de nombres; para el tercero, uno que pueda bajar `traefik`
#
# **Al terminar podrás**
#
# 1. escribir el nombre correcto de un Service desde cualquier espacio de nombres;
# 2. decir cuándo poner una base de datos detrás de un ClusterIP y cuándo no;
# 3. explicar qué hace un Ingress con tu Service;
# 4. saber por qué unas variables de entorno aparecen y otras no.
#
# **Preguntas:** ¿por qué `http://api` funciona en un Pod y en otro no? ¿Dos réplicas de Redis tienen los mismos datos? ¿Pasa el tráfico de un Ingress por la VIP?
#
# **Contenido:** 1 microservicios y nombres · 2 una caché con dos réplicas · 3 detrás de un Ingress · 4 variables de entorno

# %% [markdown] lang="en"
# # 8 · Where it is used
#
# Microservices that call each other, an internal cache, the backend of an Ingress: the three usual cases. You are going to set up all three, and each holds a belief that does not stand the test.
#
# **Time:** 25 minutes · **You need:** a cluster on which you can make namespaces; for the third case one that can pull `traefik`
#
# **At the end you can**
#
# 1. write the right name of a Service from any namespace;
# 2. say when to put a database behind a ClusterIP and when not to;
# 3. explain what an Ingress does with your Service;
# 4. know why some environment variables are there and others are not.
#
# **Questions:** why does `http://api` work in one Pod and not in another? Do two replicas of Redis have the same data? Does the traffic of an Ingress pass through the VIP?
#
# **Contents:** 1 microservices and names · 2 a cache with two replicas · 3 behind an Ingress · 4 environment variables

# %% tags=["parameters"]
backend = "auto"
seed = None

# %% [markdown] lang="es"
# ## 1. Microservicios y nombres
#
# Abrimos el laboratorio y montamos una tienda: una API y un *front* en el espacio de nombres `shop`, y una caché en `data`:

# %% [markdown] lang="en"
# ## 1. Microservices and names
#
# We open the lab and set up a shop: an API and a front end in the namespace `shop`, and a cache in `data`:

# %%
from labkit import open_lab, predict, show

lab = open_lab(backend, seed=seed)
lab.ask(1)
# %cd -q {lab.manifests("shop")}
# !kubectl apply -f namespaces.yaml -f api.yaml -f cache.yaml

# %% [markdown] lang="es"
# Los Pods tardan un momento en estar listos. Esperamos a todos:

# %% [markdown] lang="en"
# The Pods need a moment to become ready. We wait for all of them:

# %% tags=["nbval-ignore-output", "waits"]
# !kubectl -n shop rollout status deployment/api --timeout=120s
# !kubectl -n shop wait --for=condition=Ready pod/front --timeout=120s
# !kubectl -n data rollout status statefulset/cache --timeout=120s

# %% [markdown] lang="es"
# Dos Pods preguntan por la API con cuatro nombres: `front`, que vive en `shop`, y `client-pod`, que vive en `default`. Rellena la tabla con lo que esperas y después revela cada celda. Lo que sale se ha preguntado de verdad:

# %% [markdown] lang="en"
# Two Pods ask for the API by four names: `front`, which lives in `shop`, and `client-pod`, which lives in `default`. Fill in the table with what you expect, then reveal each cell. What comes out has really been asked:

# %% tags=["nbval-ignore-output", "drawn"]
names = ["api", "api.shop", "api.shop.svc", "api.shop.svc.cluster.local"]
who = {"front (shop)": "shop/front", "client-pod (default)": "client-pod"}
asked = lab.reach_table(who, {name: f"{name}:80" for name in names})
show(asked)

# %% [markdown] lang="es"
# El nombre corto funciona solo dentro de su espacio de nombres: el DNS completa `api` con los apellidos (`search`) de **quien pregunta**. Estos son los de `client-pod`:

# %% [markdown] lang="en"
# The short name works within its own namespace only: DNS completes `api` with the endings (`search`) of **whoever asks**. These are `client-pod`'s:

# %%
# !kubectl exec client-pod -- cat /etc/resolv.conf

# %% [markdown] lang="es"
# `ndots:5` quiere decir: si el nombre tiene menos de cinco puntos, prueba primero los apellidos. Por eso un nombre de fuera, como `example.com`, cuesta tres consultas inútiles antes de la buena; un punto final (`example.com.`) las ahorra.
#
# ## 2. Una caché con dos réplicas
#
# «Para que no se caiga, pon dos réplicas detrás del Service.» Con Redis: guardamos un saludo y lo leemos diez veces por el Service. Apuesta cuántas de las diez lo encontrarán:

# %% [markdown] lang="en"
# `ndots:5` means: if the name has fewer than five dots, try the endings first. That is why a name from outside, such as `example.com`, costs three useless queries before the right one; a final dot (`example.com.`) saves them.
#
# ## 2. A cache with two replicas
#
# "So that it does not go down, put two replicas behind the Service." With Redis: we store a greeting and read it ten times through the Service. Bet how many of the ten will find it:

# %%
predict("08.a", 10)

# %% [markdown] lang="es"
# Una escritura y diez lecturas, cada una con su conexión:

# %% [markdown] lang="en"
# One write and ten reads, each with a connection of its own:

# %% tags=["nbval-ignore-output", "drawn"]
write = "redis-cli -h cache SET greeting hola"
read = "redis-cli -h cache GET greeting"
# found = !kubectl -n data exec cache-0 -- sh -c '{write}; for i in $(seq 10); do {read}; done'
print(found)
predict("08.a", came=sum("hola" in line for line in found))

# %% [markdown] lang="es"
# **Sorpresa.** La escritura fue a *uno* de los dos, por sorteo, y cada lectura sortea otra vez. Un ClusterIP reparte conexiones entre Pods que da por **iguales**; no copia datos. Está bien para una API sin estado, o para una caché que se puede perder con *una* réplica.
#
# Si no da igual con quién hablas, usa sus nombres. El StatefulSet da a cada Pod uno estable, y el Service *headless* `cache-pods` lo publica:

# %% [markdown] lang="en"
# **Surprise.** The write went to *one* of the two, by lot, and each read draws again. A ClusterIP shares connections out among Pods that it takes to be **equal**; it copies no data. It is fine for a stateless API, or for a cache that one can afford to lose, with *one* replica.
#
# If it matters whom you talk to, use their names. The StatefulSet gives each Pod a stable one, and the headless Service `cache-pods` publishes it:

# %%
first = "redis-cli -h cache-0.cache-pods"
# !kubectl -n data exec cache-1 -- sh -c '{first} SET greeting hello; for i in 1 2 3; do {first} GET greeting; done'

# %% [markdown] lang="es"
# ## 3. Detrás de un Ingress
#
# «Los ClusterIP son el destino final del tráfico que llega por un Ingress», dice el texto del que parte este curso. Ponemos un controlador de Ingress (Traefik) y una regla hacia nuestro Service:

# %% [markdown] lang="en"
# ## 3. Behind an Ingress
#
# "ClusterIPs are the final destination of the traffic that comes in through an Ingress", says the text that this course starts from. We set up an ingress controller (Traefik) and a rule that leads to our Service:

# %% tags=["nbval-ignore-output", "waits"]
# !kubectl apply -f {lab.manifests("ingress")}
# !kubectl rollout status deployment/ingress-controller --timeout=120s
# !kubectl get ingress

# %% [markdown] lang="es"
# Veinte peticiones a través del Ingress. Si pasaran por la VIP, cada conexión sería un sorteo y saldrían unos 10 cambios de Pod de 19 posibles. Apuesta cuántos:

# %% [markdown] lang="en"
# Twenty requests through the Ingress. If they passed through the VIP each connection would be a draw, and some 10 switches of Pod out of 19 would come out. Bet how many:

# %%
predict("08.b", 10)

# %% [markdown] lang="es"
# La cabecera `Host` dice al controlador qué sitio queremos:

# %% [markdown] lang="en"
# The header `Host` tells the controller which site we want:

# %% tags=["nbval-ignore-output", "drawn"]
ask = "wget -q -O- --header=Host:shop.example http://ingress-controller"
# answers = !kubectl exec client-pod -- sh -c 'for i in $(seq 20); do {ask}; done'
print(*answers[:4], "...", sep="\n")

# %% [markdown] lang="es"
# ¿Cuántas veces cambia de Pod entre una respuesta y la siguiente, en las veinte?

# %% [markdown] lang="en"
# How often does the Pod change from one answer to the next, over all twenty?

# %%
from itertools import pairwise

predict("08.b", came=sum(a != b for a, b in pairwise(answers)))

# %% [markdown] lang="es"
# Diecinueve de diecinueve: **turnos perfectos**, y por azar eso no sale (lección 5). No eligió kube-proxy. Traefik, como casi todos, lee los EndpointSlices, se conecta a los Pods **directamente** y reparte él. El Service le sirve de lista, no de camino. (Algunos controladores pueden ir por la VIP si se les pide; entonces sí sortea el nodo.)
#
# ## 4. Variables de entorno
#
# Hay otra forma, más vieja, de encontrar un Service: el kubelet pone variables con su dirección. ¿Están siempre? `front` se creó en el mismo momento que el Service `api`. Creamos ahora un Service más, `late`, y miramos si `front` tiene `LATE_SERVICE_HOST`. Apuesta `True` o `False`:

# %% [markdown] lang="en"
# Nineteen of nineteen: **perfect turns**, and chance does not make those (lesson 5). It was not kube-proxy that chose. Traefik, like nearly all of them, reads the EndpointSlices, connects to the Pods **directly** and shares out by itself. To it the Service is a list, not a road. (Some controllers can go by the VIP when asked to; then it is the node that draws.)
#
# ## 4. Environment variables
#
# There is another, older way to find a Service: the kubelet sets variables with its address. Are they always there? `front` was made at the same moment as the Service `api`. We now make one more Service, `late`, and see whether `front` has `LATE_SERVICE_HOST`. Bet `True` or `False`:

# %%
predict("08.c", True)

# %% [markdown] lang="es"
# Lo creamos y miramos dentro:

# %% [markdown] lang="en"
# We make it and look inside:

# %%
# !kubectl -n shop create service clusterip late --tcp=80
# inside = !kubectl -n shop exec front -- env
predict("08.c", came=any(line.startswith("LATE_SERVICE_HOST") for line in inside))

# %% [markdown] lang="es"
# Las variables se escriben al arrancar el contenedor y no cambian después. El DNS sí está al día: por eso se usa el nombre. Recogemos, y con los dos espacios de nombres se va todo lo que tenían dentro:

# %% [markdown] lang="en"
# The variables are written when the container starts, and they do not change afterwards. DNS is up to date: that is why the name is used. We clear up, and with the two namespaces all that was in them goes:

# %%
# !kubectl delete -f {lab.manifests("ingress")}
# !kubectl delete -f namespaces.yaml

# %% insert="exercises"

# %% [markdown] lang="es"
# ## Lo que este modelo deja fuera
#
# La API Gateway (`HTTPRoute` y compañía) es la sucesora de Ingress, y con el Service hace lo mismo: leerlo como lista. Una base de datos de verdad trae su propio operador, que sabe quién es el primario.
#
# ## Lo esencial
#
# - Dentro del espacio de nombres, `api`; desde fuera, `api.shop`.
# - Un ClusterIP reparte entre Pods iguales. No replica datos.
# - Con estado: StatefulSet, Service *headless* y el nombre de cada Pod.
# - Un Ingress suele ir directo a los endpoints: reparte él, no kube-proxy.
# - Las variables de entorno son una foto del arranque; el DNS está al día.
#
# ## Para recordar
#
# <details><summary>1. <code>wget: bad address 'api'</code>. ¿Qué pruebas primero?</summary>
#
# El nombre con su espacio de nombres: `api.shop`.
#
# </details>
#
# <details><summary>2. ¿Qué gana una base de datos de un solo Pod con un ClusterIP delante?</summary>
#
# Una dirección y un nombre que no cambian cuando el Pod se renueva. Nada de alta disponibilidad.
#
# </details>
#
# <details><summary>3. ¿Por qué <code>sessionAffinity</code> no hace nada detrás de un Ingress?</summary>
#
# Porque el controlador no pasa por la VIP: esas reglas no se leen.
#
# </details>

# %% [markdown] lang="en"
# ## What this model leaves out
#
# The Gateway API (`HTTPRoute` and company) is the successor of Ingress, and it does the same with a Service: read it as a list. A real database brings an operator of its own that knows which one is the primary.
#
# ## Key points
#
# - Within the namespace, `api`; from outside it, `api.shop`.
# - A ClusterIP shares out among equal Pods. It replicates no data.
# - With state: a StatefulSet, a headless Service and the name of each Pod.
# - An Ingress usually goes straight to the endpoints: the controller balances, not kube-proxy.
# - Environment variables are a snapshot of the start; DNS is up to date.
#
# ## To recall
#
# <details><summary>1. <code>wget: bad address 'api'</code>. What do you try first?</summary>
#
# The name with its namespace: `api.shop`.
#
# </details>
#
# <details><summary>2. What does a database of a single Pod gain from a ClusterIP in front?</summary>
#
# An address and a name that do not change when the Pod is renewed. No high availability.
#
# </details>
#
# <details><summary>3. Why does <code>sessionAffinity</code> do nothing behind an Ingress?</summary>
#
# Because the controller does not pass through the VIP: those rules are not read.
#
# </details>
