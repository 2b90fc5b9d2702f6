# ---
# jupyter:
#   kernelspec:
#     name: python3
#     display_name: Python 3 (ipykernel)
#     language: python
# ---

# %% [markdown] lang="es"
# # 0 · Gana el primer día
#
# En diez minutos tendrás un clúster de Kubernetes de dos nodos, le harás veinte preguntas a un Service y verás con tus propios ojos quién respondió. No hace falta Docker, ni una cuenta, ni red.
#
# **Tiempo:** 10 minutos · **Necesitas:** este cuaderno y nada más · **Antes:** nada
#
# **Al terminar podrás**
#
# 1. arrancar un laboratorio y hablarle con `kubectl`;
# 2. enviar peticiones a través de un Service y leer quién respondió;
# 3. señalar la regla que eligió.
#
# **Preguntas que nos llevamos:** ¿quién reparte las peticiones? ¿Las reparte por turnos?
#
# La primera celda son dos ajustes que puedes dejar como están: qué clúster se usa (`auto` lo elige) y la semilla del azar (`None`: otra cada vez).
#
# ## Seis pasos, si es tu primera vez
#
# Un cuaderno se lee de arriba abajo y se ejecuta celda a celda; todo se puede hacer con el teclado. Estos son los seis gestos del curso, y el apartado de esta lección en que harás cada uno:
#
# 1. **Ejecutar una celda** (apartado 1). <kbd>↓</kbd> y <kbd>↑</kbd> eligen celda; <kbd>Mayús</kbd> + <kbd>Intro</kbd> la ejecuta y pasa a la siguiente. `[*]` a su izquierda quiere decir «en marcha»; un número, «hecha». Para detenerla: <kbd>Esc</kbd> y dos veces <kbd>I</kbd>.
# 2. **Preguntar con `kubectl`** (apartado 1). Una línea que empieza por `!` es una orden de terminal; lo que imprime queda debajo.
# 3. **Apostar** (apartado 2). <kbd>Intro</kbd> entra en una celda para cambiarla. Cambia el número de `predict` antes de ejecutar: se guarda y vuelve luego junto a lo que salió. No hay nota.
# 4. **Leer la imagen** (apartado 3). Cada dibujo lleva al lado lo mismo en una tabla o una frase. Si tiene botones, <kbd>Tab</kbd> llega a ellos.
# 5. **Comprobar y pedir una pista** (apartado 5). `check` dice qué le falta a un ejercicio; `hint` da una pista, hasta tres, y no cuesta nada.
# 6. **Guardar y seguir** (apartado 5). <kbd>Ctrl</kbd> + <kbd>S</kbd> (<kbd>⌘</kbd> + <kbd>S</kbd>) guarda el cuaderno; las apuestas y los ejercicios se guardan solos. El enlace a la lección siguiente está al final de cada una.
#
# Los números y resultados que ya ves debajo de las celdas son de una ejecución nuestra, para quien solo lee; al ejecutar una celda, los tuyos ocupan su lugar. Si prefieres apostar sin verlos, puedes borrarlos todos: menú `Edit`, `Clear Outputs of All Cells`.
#
# Las celdas se pueden repetir, y se puede volver a cualquiera. Si algo sale mal, una frase dice qué pasó y cómo seguir.

# %% [markdown] lang="en"
# # 0 · Win on day one
#
# In ten minutes you will have a two-node Kubernetes cluster, put twenty questions to a Service and see with your own eyes who answered. No Docker, no account, no network needed.
#
# **Time:** 10 minutes · **You need:** this notebook and nothing else · **Before:** nothing
#
# **At the end you can**
#
# 1. start a lab and talk to it with `kubectl`;
# 2. send requests through a Service and read who answered;
# 3. point at the rule that chose.
#
# **Questions to take along:** who shares out the requests? Does it take turns?
#
# The first cell holds two settings that you can leave alone: which cluster is used (`auto` chooses) and the seed of chance (`None`: another each time).
#
# ## Six steps, if this is your first time
#
# A notebook is read from top to bottom and run cell by cell; all of it can be done with the keyboard. These are the six moves of the course, and the section of this lesson in which you make each of them:
#
# 1. **Run a cell** (section 1). <kbd>↓</kbd> and <kbd>↑</kbd> choose a cell; <kbd>Shift</kbd> + <kbd>Enter</kbd> runs it and goes on to the next. `[*]` to its left means "running", a number means "done". To stop it: <kbd>Esc</kbd>, then <kbd>I</kbd> twice.
# 2. **Ask with `kubectl`** (section 1). A line that begins with `!` is a terminal command; what it prints stays below.
# 3. **Place a bet** (section 2). <kbd>Enter</kbd> goes into a cell, to change it. Change the number in `predict` before you run it: it is kept, and comes back beside what really came. There is no mark.
# 4. **Read the picture** (section 3). Each drawing has the same beside it as a table or a sentence. If it has buttons, <kbd>Tab</kbd> reaches them.
# 5. **Check, and ask for a hint** (section 5). `check` says what an exercise still lacks; `hint` gives a hint, up to three, and costs nothing.
# 6. **Save and go on** (section 5). <kbd>Ctrl</kbd> + <kbd>S</kbd> (<kbd>⌘</kbd> + <kbd>S</kbd>) saves the notebook; bets and exercises are kept by themselves. The link to the next lesson is at the end of each.
#
# The numbers and results that you see under the cells already come from a run of ours, for those who only read; when you run a cell, yours take their place. If you would rather bet without seeing them, you can clear them all: menu `Edit`, `Clear Outputs of All Cells`.
#
# Cells can be run again, and you can go back to any of them. When something goes wrong, a sentence says what happened and how to go on.

# %% tags=["parameters"]
backend = "auto"
seed = None

# %% [markdown] lang="es"
# ## 1. Un clúster, en una celda
#
# Primer paso: esta celda arranca el laboratorio (o encuentra el que ya está en marcha) y dice qué clúster es y en qué se diferencia de otros:

# %% [markdown] lang="en"
# ## 1. A cluster, in one cell
#
# The first step: this cell starts the lab (or finds the one that is running already) and says which cluster it is and how it differs from others:

# %%
from labkit import open_lab, predict, show

lab = open_lab(backend, seed=seed)

# %% [markdown] lang="es"
# Las líneas que empiezan por `!` son órdenes de terminal. Este es el `kubectl` de verdad, el mismo que usarías contra un clúster en la nube:

# %% [markdown] lang="en"
# Lines that begin with `!` are terminal commands. This is the real `kubectl`, the one you would use against a cluster in the cloud:

# %%
# !kubectl get nodes

# %% [markdown] lang="es"
# Dos máquinas, dos **nodos**. En ellos vamos a poner dos **Pods** que responden con su nombre (el *backend*), un tercero que pregunta (el *cliente*) y, delante de los dos primeros, un **Service**: una dirección fija para algo que va y viene.

# %% [markdown] lang="en"
# Two machines, two **nodes**. On them we are going to put two **Pods** that answer with their name (the *backend*), a third one that asks (the *client*) and, in front of the first two, a **Service**: a fixed address for something that comes and goes.

# %% [markdown] lang="es"
# ## 2. Antes de mirar: apuesta
#
# El cliente va a preguntar veinte veces al Service. Detrás hay dos Pods. ¿Cuántas de las veinte respuestas dará el Pod que **más** responda? Cambia el número si crees otra cosa; no hay nota, pero la apuesta se guarda y volverá cuando hayas visto las respuestas.

# %% [markdown] lang="en"
# ## 2. Before you look: place a bet
#
# The client is going to ask the Service twenty times. Two Pods stand behind it. How many of the twenty answers will come from the Pod that answers **most**? Change the number if you think otherwise; there is no mark, but the bet is kept and comes back when you have seen the answers.

# %%
predict("00.1", 10)

# %% [markdown] lang="es"
# ## 3. Veinte preguntas
#
# `lab.ask(20)` pone lo que falte (el backend, el Service y el cliente) y hace veinte peticiones, una detrás de otra, desde el Pod cliente:

# %% [markdown] lang="en"
# ## 3. Twenty questions
#
# `lab.ask(20)` puts in place what is missing (the backend, the Service and the client) and makes twenty requests, one after the other, from the client Pod:

# %% tags=["nbval-ignore-output", "drawn"]
answers = lab.ask(20)
answers

# %% [markdown] lang="es"
# Cada petición fue a la misma dirección y, aun así, respondieron dos Pods en dos nodos. El mismo recuento, dibujado: el rombo es la media exacta según las reglas y la banda gris, hasta dónde llega el azar. Debajo, quién dio cada respuesta, de la primera a la última, y cuántas veces cambió el Pod:

# %% [markdown] lang="en"
# Every request went to the same address, and yet two Pods on two nodes answered. The same tally as a picture: the diamond is the exact mean from the rules, the grey band is how far chance reaches. Below it, who gave each answer, from the first to the last, and how often the Pod changed:

# %% tags=["nbval-ignore-output", "drawn"]
show(answers)

# %% [markdown] lang="es"
# Y ahora, tu apuesta junto a lo que salió:

# %% [markdown] lang="en"
# And now your bet beside what came:

# %% tags=["nbval-ignore-output", "drawn"]
predict("00.1", came=max(answers.tally().values()))

# %% [markdown] lang="es"
# Si apostaste 10, tenías la intuición de los turnos: diez y diez. Con dos Pods elegidos al azar, ¿cuántas veces sale el empate exacto? De todos los órdenes posibles de veinte respuestas, la parte que tiene diez y diez:

# %% [markdown] lang="en"
# If you bet 10, you had the intuition of taking turns: ten and ten. With two Pods drawn at random, how often does an exact tie come up? Of all possible orders of twenty answers, the part that has ten and ten:

# %%
from math import comb

comb(20, 10) / 2**20

# %% [markdown] lang="es"
# Solo en el 17,6 % de los casos. Ejecuta otra vez la celda de `lab.ask(20)`: el reparto suele cambiar, y el orden no se repite.
#
# <details><summary>¿No prueba esto que el reparto es injusto?</summary>
#
# No. Con veinte peticiones ninguna prueba de equilibrio dice nada. En la lección 7 preguntaremos doscientas veces, y ahí sí.
#
# </details>

# %% [markdown] lang="en"
# In only 17.6 % of cases. Run the cell with `lab.ask(20)` again: the split usually changes, and the order does not repeat.
#
# <details><summary>Does this not prove that the split is unfair?</summary>
#
# No. With twenty requests no test of balance means anything. In lesson 7 we shall ask two hundred times, and there it does.
#
# </details>

# %% [markdown] lang="es"
# ## 4. La regla que eligió
#
# ¿Quién repartió? Ningún programa por el que pasen los paquetes: unas **reglas** que cada nodo tiene en Linux y que escribió `kube-proxy`. Estas son las de nuestro Service, tal como las imprimiría `iptables-save` en el nodo del cliente:

# %% [markdown] lang="en"
# ## 4. The rule that chose
#
# Who shared them out? No program that the packets pass through: some **rules** that each node has in Linux and that `kube-proxy` wrote. These are those of our Service, as `iptables-save` would print them on the client's node:

# %%
lab.service_rules("backend-service")

# %% [markdown] lang="es"
# Hoy basta con una de esas líneas. Busca `--mode random --probability 0.50000000000`: una moneda al aire. Si sale cara, el primer Pod; si no, la regla siguiente, el segundo. Eso es todo el «balanceador».
#
# Y la cuenta exacta, sacada de esas mismas reglas y no de un experimento:

# %% [markdown] lang="en"
# Today one of these lines will do. Look for `--mode random --probability 0.50000000000`: the toss of a coin. Heads, the first Pod; otherwise the next rule, the second one. That is the whole "load balancer".
#
# And the exact odds, taken from those very rules and not from an experiment:

# %%
print(lab.odds("backend-service"))

# %% [markdown] lang="es"
# ## 5. Comprobar, una pista y tu progreso
#
# A partir de la lección 1, cada lección trae ejercicios con número. El primero es el `01.1`, y aún no lo has visto. Esto es lo que dice `check` de un ejercicio sin empezar:

# %% [markdown] lang="en"
# ## 5. A check, a hint and your progress
#
# From lesson 1 on each lesson has exercises with a number. The first one is `01.1`, and you have not seen it yet. This is what `check` says of an exercise that has not been started:

# %%
from labkit import check, hint, progress

check("01.1")

# %% [markdown] lang="es"
# Y esta es su primera pista; cada vez que repitas la celda sale la siguiente, hasta la tercera:

# %% [markdown] lang="en"
# And this is its first hint; each time you run the cell again the next one comes, up to the third:

# %%
hint("01.1")

# %% [markdown] lang="es"
# Todo lo que haces se apunta solo, también tus apuestas. Así va tu curso; puedes pedirlo en cualquier lección:

# %% [markdown] lang="en"
# What you do is noted by itself, your bets too. This is how your course stands; you can ask for it in any lesson:

# %%
progress()

# %% [markdown] lang="es"
# Eso es todo lo que hace falta saber para recorrer el curso. El enlace a la lección 1 está al final de esta página.
#
# ## Lo esencial
#
# - Un **Service** es una dirección fija; detrás responden Pods que van y vienen.
# - Quien elige no es un proceso, es una regla en el nodo de quien pregunta.
# - La regla tira una moneda por cada conexión nueva: no se turna.
#
# ## Para recordar
#
# <details><summary>1. ¿En qué máquina está la dirección del Service?</summary>
#
# En ninguna: solo aparece en las reglas. La lección 1 la busca por todas partes.
#
# </details>
#
# <details><summary>2. ¿Por qué dos ejecuciones de la misma celda dan repartos distintos?</summary>
#
# Porque cada conexión nueva es un sorteo independiente.
#
# </details>
#
# <details><summary>3. ¿Qué hace <code>kube-proxy</code> con los paquetes?</summary>
#
# Nada: escribe las reglas que los tratan.
#
# </details>

# %% [markdown] lang="en"
# That is all one needs to know to walk through the course. The link to lesson 1 is at the end of this page.
#
# ## Key points
#
# - A **Service** is a fixed address; behind it answer Pods that come and go.
# - What chooses is not a process but a rule on the node of whoever asks.
# - The rule tosses a coin for each new connection: it does not take turns.
#
# ## To recall
#
# <details><summary>1. On which machine is the Service's address?</summary>
#
# On none: it appears in the rules only. Lesson 1 looks for it everywhere.
#
# </details>
#
# <details><summary>2. Why do two runs of the same cell give different splits?</summary>
#
# Because each new connection is a draw of its own.
#
# </details>
#
# <details><summary>3. What does <code>kube-proxy</code> do with the packets?</summary>
#
# Nothing: it writes the rules that handle them.
#
# </details>
