# ---
# jupyter:
#   kernelspec:
#     name: python3
#     display_name: Python 3 (ipykernel)
#     language: python
# ---

# %% [markdown] lang="es"
# # 5 · Al azar, no por turnos
#
# «kube-proxy distribuye las solicitudes […] por lo general, round-robin»: lo dice el texto del que parte este curso, y no es el único. Vas a leer la regla que elige, hacer la cuenta exacta, estropearla de dos maneras y ver en qué modo de kube-proxy la frase sí es verdad.
#
# **Tiempo:** 25 minutos · **Necesitas:** un clúster con las reglas a la vista (el embebido); casi todo funciona sin él
#
# **Al terminar podrás**
#
# 1. leer la cadena `statistic` y deducir de ella 1/N;
# 2. explicar por qué 0,333…, 0,5 y nada son tres tercios;
# 3. distinguir ruido de sesgo con un margen calculado;
# 4. decir qué modo de kube-proxy hace qué.
#
# **Preguntas:** ¿de dónde sale 0,33333333349? ¿Cuántas peticiones hacen falta para acusar a alguien de injusto?
#
# **Contenido:** 1 la cadena · 2 el árbol · 3 la cuenta exacta · 4 cadenas estropeadas · 5 ruido o sesgo · 6 los tres modos · 7 ejercicios

# %% [markdown] lang="en"
# # 5 · Random, not round robin
#
# "kube-proxy distributes the requests […] usually round-robin": the text that this course starts from says so, and it is not alone. You are going to read the rule that chooses, work out the exact odds, spoil it in two ways, and see in which mode of kube-proxy the sentence is true.
#
# **Time:** 25 minutes · **You need:** a cluster whose rules can be seen (the embedded one); nearly all of it works without
#
# **At the end you can**
#
# 1. read the `statistic` chain and derive 1/N from it;
# 2. explain why 0.333…, 0.5 and nothing are three thirds;
# 3. tell noise from bias with a margin that is calculated;
# 4. say which mode of kube-proxy does what.
#
# **Questions:** where does 0.33333333349 come from? How many requests does it take to accuse somebody of being unfair?
#
# **Contents:** 1 the chain · 2 the tree · 3 the exact odds · 4 spoilt chains · 5 noise or bias · 6 the three modes · 7 exercises

# %% tags=["parameters"]
backend = "auto"
seed = None

# %% [markdown] lang="es"
# ## 1. La cadena
#
# Con dos Pods la cuenta no tiene misterio; ponemos tres. La petición de antes, `lab.ask(1)`, aplica lo que falte del laboratorio:

# %% [markdown] lang="en"
# ## 1. The chain
#
# With two Pods there is little to work out, so we take three. The request before that, `lab.ask(1)`, applies whatever the lab still lacks:

# %% tags=["nbval-ignore-output", "waits"]
from labkit import ChanceChain, explore, open_lab, predict, show, side_by_side

lab = open_lab(backend, seed=seed)
lab.ask(1)
# !kubectl scale deployment/backend-app --replicas=3
# !kubectl rollout status deployment/backend-app --timeout=120s

# %% [markdown] lang="es"
# Tres Pods, tres reglas, una detrás de otra. Apuesta: ¿qué probabilidad llevará escrita la **segunda**? Por ejemplo `0.33`, `0.5` o `0.67`.

# %% [markdown] lang="en"
# Three Pods, three rules, one after the other. Bet: which probability will the **second** one have? For instance `0.33`, `0.5` or `0.67`.

# %%
predict("05.a", 0.33)

# %% [markdown] lang="es"
# Estas son las del nodo del cliente; nos quedamos con las que saltan a un endpoint (`KUBE-SEP-…`):

# %% [markdown] lang="en"
# These are the client's node's; we keep those that jump to an endpoint (`KUBE-SEP-…`):

# %%
jumps = lab.service_rules().having("-j KUBE-SEP")
jumps

# %% [markdown] lang="es"
# La segunda regla lleva un número tras `--probability`. ¿Es el que apostaste?

# %% [markdown] lang="en"
# The second rule has a number behind `--probability`. Is it the one you bet?

# %%
predict("05.a", came=jumps.probabilities[1])

# %% [markdown] lang="es"
# **Sorpresa**, si esperabas tres veces un tercio. Un paquete lee las reglas **en orden** y se queda con la primera que coincide. La segunda solo ve lo que la primera dejó pasar, y la tercera no lleva sorteo: recoge el resto.
#
# ## 2. El árbol
#
# Multiplica a lo largo de cada rama. Mueve el control, cambia el número de Pods y mira las hojas:

# %% [markdown] lang="en"
# **Surprise**, if you expected three times a third. A packet reads the rules **in order** and takes the first that matches. The second sees only what the first let pass, and the third has no draw: it takes the rest.
#
# ## 2. The tree
#
# Multiply along each branch. Move the slider, change the number of Pods and look at the leaves:

# %%
show(ChanceChain.fair(3))

# %% [markdown] lang="es"
# Con N Pods la regla *i* lleva 1/(N − i + 1): 1/N, 1/(N−1), …, 1/2 y la última sin condición. Cada hoja vale exactamente 1/N, sea cual sea N.
#
# ## 3. La cuenta exacta
#
# ¿Exactamente? Linux no guarda fracciones: guarda cada probabilidad como un número entero de partes de 2³¹. El árbol dibuja la teoría; esta es la cuenta con las reglas del nodo, tal como Linux las tiene:

# %% [markdown] lang="en"
# With N Pods rule *i* has 1/(N − i + 1): 1/N, 1/(N−1), …, 1/2 and the last one without condition. Each leaf is worth exactly 1/N, whatever N is.
#
# ## 3. The exact odds
#
# Exactly? Linux keeps no fractions: it keeps each probability as a whole number of parts of 2³¹. The tree draws the theory; these are the odds from the node's rules, as Linux has them:

# %%
print(lab.odds("backend-service"))

# %% [markdown] lang="es"
# El primer Pod recibe un pelo más de un tercio; los otros dos se reparten por mitades lo que queda, y de ahí su denominador, el doble. ¿Y el pelo? kube-proxy escribe un tercio con diez decimales, `0.3333333333`; Linux lo redondea a la parte más cercana, y por eso `iptables-save` enseña `0.33333333349`:

# %% [markdown] lang="en"
# The first Pod gets a hair more than a third; the other two halve what is left, and so their denominator is twice as large. And the hair? kube-proxy writes a third with ten decimals, `0.3333333333`; Linux rounds it to the nearest part, and that is why `iptables-save` shows `0.33333333349`:

# %%
threshold = round(0.3333333333 * 2**31)
print(threshold, threshold / 2**31)

# %% [markdown] lang="es"
# La diferencia con 1/3, ¿se notará alguna vez? Tres números: el error relativo; cuántas peticiones harían falta para verlo (más o menos, el inverso de su cuadrado), y en cuántos años caben, a un millón por segundo:

# %% [markdown] lang="en"
# Will the difference from 1/3 ever be noticed? Three numbers: the relative error; how many requests it would take to see it (roughly the inverse of its square); and how many years they fill, at a million a second:

# %%
error = abs(threshold / 2**31 - 1 / 3) / (1 / 3)
needed = 1 / error**2
print(f"{error:.1e}", f"{needed:.0e}", f"{needed / 1_000_000 / (365 * 24 * 3600):.0e}", sep="\n")

# %% [markdown] lang="es"
# Nadie la verá: «exactamente 1/N» vale para cualquiera que mire.
#
# ## 4. Cadenas estropeadas
#
# Dos errores que circulan. El primero: escribir 1/N en **todas** las reglas. Apuesta: con N = 3, ¿qué porcentaje de las conexiones se queda sin Pod?

# %% [markdown] lang="en"
# Nobody will see it: "exactly 1/N" holds for whoever looks.
#
# ## 4. Spoilt chains
#
# Two mistakes that go around. The first: to write 1/N in **every** rule. Bet: with N = 3, what percentage of the connections is left without a Pod?

# %%
predict("05.b", 0)

# %% [markdown] lang="es"
# Un dibujo y la cuenta:

# %% [markdown] lang="en"
# A drawing and the figure:

# %%
show(ChanceChain.naive(3))

# %% [markdown] lang="es"
# La hoja de las que no llegan, como porcentaje, junto a tu apuesta:

# %% [markdown] lang="en"
# The leaf of those that do not arrive, in per cent, beside your bet:

# %%
predict("05.b", came=round(float(ChanceChain.naive(3).lost) * 100, 1))

# %% [markdown] lang="es"
# Esas conexiones no coinciden con ninguna regla y salen del nodo con la VIP como destino, hacia ninguna parte. El segundo error es creer que los números se acumulan (1/3, 2/3, 1): nadie se pierde, pero el reparto queda torcido.

# %% [markdown] lang="en"
# Those connections match no rule and leave the node with the VIP as their destination, for nowhere. The second mistake is to believe that the numbers add up (1/3, 2/3, 1): nobody is lost, but the split is crooked.

# %%
for branch in ChanceChain.cumulative(3).branches:
    print(branch.label, branch.share, f"{float(branch.share):.1%}")

# %% [markdown] lang="es"
# ## 5. ¿Ruido o sesgo?
#
# Pregunta trampa: en 20 peticiones a 2 Pods sale 13 a 7, y uno responde cuatro veces seguidas. ¿Es injusto? Piensa en la probabilidad de ver **al menos** una racha de cuatro o más respuestas iguales en veinte. Apuesta un porcentaje:

# %% [markdown] lang="en"
# ## 5. Noise or bias?
#
# A trick question: in 20 requests to 2 Pods it is 13 to 7, and one of them answers four times in a row. Unfair? Think of the chance of seeing **at least** one streak of four or more equal answers in twenty. Bet a percentage:

# %%
predict("05.c", 10)

# %% [markdown] lang="es"
# Contamos las sucesiones de 20 **sin** rachas de 4: cada respuesta repite la anterior (y alarga la racha) o cambia.

# %% [markdown] lang="en"
# We count the sequences of 20 **without** a streak of 4: each answer repeats the one before (and makes the streak longer) or switches.

# %%
ways = {1: 2, 2: 0, 3: 0}
for _ in range(19):
    ways = {1: sum(ways.values()), 2: ways[1], 3: ways[2]}
streak = 1 - sum(ways.values()) / 2**20
predict("05.c", came=round(streak * 100))

# %% [markdown] lang="es"
# Las rachas son lo normal: el azar no tiene memoria ni vergüenza. Para acusar hay que fijar de antemano un margen. Aquí es la banda gris: en un reparto igualado, el azar saca de ella alguna barra menos de una vez en un millón. Juega con las réplicas y las peticiones. Elige después la cadena torcida, «1/N, 2/N … 1», y averigua con cuántas peticiones se sale la primera barra:

# %% [markdown] lang="en"
# Streaks are normal: chance has neither memory nor shame. To accuse one must fix a margin beforehand. Here it is the grey band: with an even split chance takes a bar out of it less than once in a million times. Play with replicas and requests. Then choose the crooked chain, "1/N, 2/N … 1", and find out with how many requests the first bar leaves the band:

# %%
explore(replicas=3, requests=200, seed=1)

# %% [markdown] lang="es"
# <details><summary>¿Con cuántas?</summary>
#
# Con 200 suele pasar por justa; con mil, ya no. A «1/N en cada regla», en cambio, la delata la primera conexión perdida. No hay un número mágico: cuanto más pequeño es el sesgo, más peticiones cuesta distinguirlo del ruido.
#
# </details>
#
# ¿Y un clúster de verdad? Esto se midió en kind, con mil peticiones cada vez:

# %% [markdown] lang="en"
# <details><summary>With how many?</summary>
#
# With 200 it mostly passes for fair; with a thousand no longer. "1/N in every rule", on the other hand, is betrayed by the first connection that is lost. There is no magic number: the smaller the bias, the more requests it takes to tell it from noise.
#
# </details>
#
# And a real cluster? This was measured on kind, a thousand requests each time:

# %%
print(lab.measured(2), lab.measured(3), lab.measured(5), sep="\n")

# %% [markdown] lang="es"
# Ninguno salió igualado, y ninguno es injusto.
#
# ## 6. Los tres modos
#
# La frase del principio, ¿es falsa siempre? Mandamos doce conexiones seguidas, las mismas, por los tres modos de kube-proxy. Apuesta qué modo se turna: `"iptables"`, `"nftables"` o `"ipvs"`.

# %% [markdown] lang="en"
# None came out even, and none is unfair.
#
# ## 6. The three modes
#
# The sentence at the beginning: is it always false? We send twelve connections in a row, the same ones, through the three modes of kube-proxy. Bet which mode takes turns: `"iptables"`, `"nftables"` or `"ipvs"`.

# %%
predict("05.d", "iptables")

# %% [markdown] lang="es"
# Mira el orden de las letras. A la derecha, cuántas reglas leyó un paquete y cuántas veces buscó en un mapa o en un conjunto:

# %% [markdown] lang="en"
# Look at the order of the letters. On the right, how many rules a packet read and how often it looked something up in a map or a set:

# %%
from labkit.lab.explore import objects, packet

service, endpoints = objects(3)
beside = side_by_side(packet(), [service], [endpoints], seed=10)
show(beside)

# %% [markdown] lang="es"
# ¿Cuántas veces cambia cada fila de letra?

# %% [markdown] lang="en"
# How often does each row change its letter?

# %%
switches = {row.mode: row.switches for row in beside.rows}
print(switches)
predict("05.d", came=max(switches, key=switches.get))

# %% [markdown] lang="es"
# IPVS (`rr`) no repite nunca: 11 cambios de 11 posibles. Los otros dos sortean. En iptables son reglas en fila; en nftables, un número al azar y un mapa (`numgen random mod 3 map`), en un solo paso. Las partes son las mismas y, con un solo Service, tampoco el **coste** difiere mucho: suma reglas y búsquedas.
#
# El texto del que parte este curso describía otro kube-proxy, el del modo *userspace*, que se turnaba y desapareció en la versión 1.26. El modo IPVS está en desuso desde la 1.35. Con iptables, el modo por defecto en Linux, y con nftables decide el azar.
#
# Y ese coste, ¿crece con el número de Services? Un paquete hacia el Service que ocupa la mitad de la lista, en los tres modos:

# %% [markdown] lang="en"
# IPVS (`rr`) never repeats: 11 switches of 11 possible ones. The other two draw lots. In iptables it is rules in a row; in nftables a random number and a map (`numgen random mod 3 map`), in a single step. The shares are the same and, with a single Service, the **cost** differs little too: add rules and look-ups.
#
# The text that this course starts from described another kube-proxy, that of the userspace mode, which took turns and disappeared in version 1.26. IPVS mode has been deprecated since 1.35. With iptables, the default on Linux, and with nftables chance decides.
#
# And does that cost grow with the number of Services? A packet to the Service in the middle of the list, in the three modes:

# %%
show(lab.growth(1, 10, 100))

# %% [markdown] lang="es"
# En iptables la búsqueda es una fila: cada Service que va delante es una regla más que leer. nftables e IPVS encuentran el suyo de una vez, y consultan lo mismo con un Service que con treinta mil.

# %% [markdown] lang="en"
# In iptables the search is a queue: each Service ahead is one more rule to read. nftables and IPVS find theirs at once, and ask the same with one Service as with thirty thousand.

# %% insert="exercises"

# %% [markdown] lang="es"
# ## Lo que este modelo deja fuera
#
# kube-proxy no mira la carga: un Pod agobiado recibe tanto como uno ocioso. Y sortea **conexiones**, no peticiones; esa diferencia es la lección siguiente.
#
# ## Lo esencial
#
# - Las reglas se leen en orden; cada probabilidad vale para lo que dejaron pasar las anteriores.
# - 1/N, 1/(N−1), …, 1/2 y el resto: cada Pod recibe 1/N.
# - 1/N en todas las reglas pierde conexiones; acumular tuerce el reparto.
# - iptables y nftables sortean; IPVS se turna por defecto.
# - Sin un margen calculado, «no está equilibrado» no quiere decir nada.
#
# ## Para recordar
#
# <details><summary>1. ¿Qué probabilidad lleva la primera regla con cinco Pods? ¿Y la última?</summary>
#
# 0,2 la primera; la última, ninguna: recoge todo lo que queda.
#
# </details>
#
# <details><summary>2. ¿Por qué <code>iptables-save</code> no enseña 0,3333333333?</summary>
#
# Porque Linux guarda 715827883/2³¹, que es lo más cercano con 31 bits.
#
# </details>
#
# <details><summary>3. Cinco respuestas seguidas del mismo Pod de dos. ¿Avería?</summary>
#
# No por eso: en veinte peticiones pasa casi la mitad de las veces.
#
# </details>

# %% [markdown] lang="en"
# ## What this model leaves out
#
# kube-proxy does not look at load: a Pod that is swamped receives as much as an idle one. And it draws for **connections**, not for requests; that difference is the next lesson.
#
# ## Key points
#
# - Rules are read in order; each probability applies to what the ones before let pass.
# - 1/N, 1/(N−1), …, 1/2 and the rest: each Pod receives 1/N.
# - 1/N in every rule loses connections; adding up makes the split crooked.
# - iptables and nftables draw lots; IPVS takes turns by default.
# - Without a calculated margin, "it is not balanced" means nothing.
#
# ## To recall
#
# <details><summary>1. Which probability does the first rule have with five Pods? And the last one?</summary>
#
# 0.2 the first; the last one has none: it takes all that is left.
#
# </details>
#
# <details><summary>2. Why does <code>iptables-save</code> not show 0.3333333333?</summary>
#
# Because Linux keeps 715827883/2³¹, which is the nearest with 31 bits.
#
# </details>
#
# <details><summary>3. Five answers in a row from the same one of two Pods. A fault?</summary>
#
# Not for that: in twenty requests it happens nearly half of the time.
#
# </details>
