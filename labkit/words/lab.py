"""Messages of the lab: its steps, its tally and its verdict."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    # ---- the steps of `labkit lab`
    "lab.title": (
        "El laboratorio de dos nodos: {cluster}",
        "The two-node lab: {cluster}",
    ),
    "lab.found": (
        "Se usa el clúster que ya estaba en marcha; quedará en marcha.",
        "Using the cluster that was running already; it will be left running.",
    ),
    "lab.recovered": (
        "Un clúster que se había cerrado vuelve con sus objetos; quedará en marcha.",
        "A cluster that had died is back with its objects; it will be left running.",
    ),
    "lab.passed_over": ("No se usa {name}: {reason}", "Not using {name}: {reason}"),
    "lab.folder": (
        "Los manifiestos están en {folder}",
        "The manifests are in {folder}",
    ),
    "lab.variant.fixed": (
        "Son los corregidos. `labkit lab --manifests seed` aplica los del texto original, palabra"
        " por palabra: sus Pods responden con el literal $(HOSTNAME).",
        "They are the corrected ones. `labkit lab --manifests seed` applies those of the original"
        " text, word for word: their Pods answer with the literal $(HOSTNAME).",
    ),
    "lab.variant.seed": (
        "Son los del texto original, palabra por palabra.",
        "They are those of the original text, word for word.",
    ),
    "lab.head.nodes": ("1. Un clúster de dos nodos", "1. A cluster of two nodes"),
    "lab.head.backend": (
        "2. El backend: un Deployment de dos réplicas",
        "2. The backend: a Deployment of two replicas",
    ),
    "lab.head.service": (
        "3. El Service: una dirección fija delante de los Pods",
        "3. The Service: a fixed address in front of the Pods",
    ),
    "lab.head.client": (
        "4. El cliente: una petición por segundo, sin fin",
        "4. The client: a request a second, without end",
    ),
    "lab.head.burst": (
        "5. Recuento: {n} peticiones seguidas, sin pausa",
        "5. The count: {n} requests in a row, without a pause",
    ),
    "lab.head.tally": ("6. ¿Quién respondió?", "6. Who answered?"),
    "lab.head.cleanup": ("7. Limpieza", "7. Clean-up"),
    "lab.stopped": (
        "(`logs -f` no termina nunca: lo detenemos aquí)",
        "(`logs -f` never ends: we stop it here)",
    ),
    "lab.burst.progress": ("{done}/{n} respuestas", "{done}/{n} answers"),
    "lab.burst.sample": (
        "… ({n} respuestas en {seconds:.1f} s; arriba, las primeras)",
        "… ({n} answers in {seconds:.1f} s; the first ones are above)",
    ),
    "lab.literal": (
        "El texto $(HOSTNAME) se quedó como estaba: los Pods se distinguen por su nodo.",
        "The text $(HOSTNAME) stayed as it was: the Pods are told apart by their nodes.",
    ),
    "lab.kept": (
        "Todo queda en marcha. Mira: `labkit kubectl -- logs -f client-pod`; quita todo:"
        " `labkit down`.",
        "Everything is left running. Look: `labkit kubectl -- logs -f client-pod`; remove it all:"
        " `labkit down`.",
    ),
    "lab.left": (
        "El clúster sigue en marcha, como antes.",
        "The cluster is still running, as before.",
    ),
    "lab.removed": (
        "El clúster se ha eliminado. No queda nada en marcha.",
        "The cluster has been removed. Nothing is left running.",
    ),
    "lab.interrupted": ("Interrumpido: se limpia.", "Interrupted: cleaning up."),
    "lab.seconds": ("{seconds:.1f} s en total.", "{seconds:.1f} s in all."),
    # ---- what can go wrong
    "lab.requests": (
        "--requests necesita un número entre 1 y {most}, no {n}.",
        "--requests takes a number from 1 to {most}, not {n}.",
    ),
    "lab.variant": (
        "No existe la variante «{which}» de los manifiestos.",
        "There is no variant {which!r} of the manifests.",
    ),
    "lab.variant.fix": ("Usa una de: {names}.", "Use one of: {names}."),
    "lab.unwritable": (
        "No se puede escribir {path} ({reason}).",
        "{path} cannot be written ({reason}).",
    ),
    "lab.unwritable.fix": (
        "Ejecuta esto en una carpeta en la que puedas escribir.",
        "Run this in a folder that you can write to.",
    ),
    "lab.leftovers": (
        "En el clúster ya existen {names}.",
        "The cluster already has {names}.",
    ),
    "lab.leftovers.fix": (
        "`labkit lab --replace` los borra primero.",
        "`labkit lab --replace` deletes them first.",
    ),
    "lab.spread": (
        "Se esperaban 2 Pods listos en 2 nodos, y hay {pods} en {nodes}.",
        "Expected 2 ready Pods on 2 nodes, found {pods} on {nodes}.",
    ),
    "lab.spread.fix": (
        "Mira `labkit kubectl -- describe pods -l app=backend`.",
        "Look at `labkit kubectl -- describe pods -l app=backend`.",
    ),
    "lab.endpoints": (
        "El Service no llegó a tener {n} endpoints listos en {seconds} s.",
        "The Service did not get {n} ready endpoints within {seconds} s.",
    ),
    "lab.endpoints.fix": (
        "Mira `labkit kubectl -- describe svc backend-service`.",
        "Look at `labkit kubectl -- describe svc backend-service`.",
    ),
    "lab.silent": (
        "El cliente no recibió respuesta en {seconds} s.",
        "The client got no answer within {seconds} s.",
    ),
    "lab.silent.fix": (
        "Mira `labkit kubectl -- logs client-pod`.",
        "Look at `labkit kubectl -- logs client-pod`.",
    ),
    "lab.missing_answers": (
        "Llegaron {got} respuestas de {n}.",
        "{got} answers of {n} came.",
    ),
    "lab.strangers": (
        "Respondió alguien que no es un Pod del backend: {names}.",
        "Somebody answered who is no Pod of the backend: {names}.",
    ),
    "lab.not_fair": (
        "El reparto no es el que hacen las reglas de kube-proxy: {verdict}",
        "This is not how kube-proxy's rules share out: {verdict}",
    ),
    "lab.not_cleaned": (
        "Quedan objetos del laboratorio en el clúster: {names}.",
        "Objects of the lab are still in the cluster: {names}.",
    ),
    "lab.no_pod": ("No existe el Pod «{pod}».", "There is no Pod {pod!r}."),
    "lab.pod_not_running": (
        "El Pod «{pod}» todavía no tiene nodo y dirección.",
        "The Pod {pod!r} has no node and address yet.",
    ),
    "lab.headless": (
        "El Service «{service}» no tiene ClusterIP: no hay reglas que elijan.",
        "The Service {service!r} has no ClusterIP: there are no rules to choose.",
    ),
    "lab.no_service": (
        "No existe el Service «{service}».",
        "There is no Service {service!r}.",
    ),
    "lab.no_service.fix": (
        "Míralos con `kubectl get svc`.",
        "See them with `kubectl get svc`.",
    ),
    "lab.rules_behind": (
        "Tras {seconds} s las reglas de algún nodo siguen por detrás de la API.",
        "After {seconds} s some node's rules are still behind the API.",
    ),
    "lab.computed": (
        "(Las reglas de {node} no se leen aquí: estas las calcula labkit para los objetos que hay"
        " ahora, como las escribe kube-proxy.)",
        "(The rules of {node} are not read here: labkit computes these, as kube-proxy writes them,"
        " for the objects that are there now.)",
    ),
    # ---- tally and verdict
    "lab.pod": ("POD", "POD"),
    "lab.node": ("NODO", "NODE"),
    "lab.answers": ("RESPUESTAS", "ANSWERS"),
    "lab.share": ("PORCENTAJE", "SHARE"),
    "lab.answer": ("{number:>4}  {pod}  ({node})", "{number:>4}  {pod}  ({node})"),
    "lab.band": (
        "Margen del azar para cada Pod: de {low} a {high} (fuera de él, menos de una vez en un"
        " millón).",
        "What chance leaves for each Pod: {low} to {high} (outside it less than once in a"
        " million).",
    ),
    "lab.band.none": (
        "Respuestas: {n}. Con tan pocas ninguna prueba de reparto dice nada: pide 200.",
        "Answers: {n}. With so few no test of balance means anything: ask for 200.",
    ),
    "lab.switches": (
        "Cambios entre respuestas seguidas: {seen} de {most} posibles (al azar, unos {expected}:"
        " de {low} a {high}; por turnos, {most}).",
        "Switches between neighbouring answers: {seen} of {most} possible (by chance about"
        " {expected}: {low} to {high}; in turns {most}).",
    ),
    "lab.verdict.random": (
        "Veredicto: al azar, no round robin. Cada conexión nueva se sortea.",
        "Verdict: random, not round robin. Each new connection is a draw.",
    ),
    "lab.verdict.round-robin": (
        "Veredicto: round robin. Los Pods se turnan sin un solo fallo.",
        "Verdict: round robin. The Pods take turns without a single slip.",
    ),
    "lab.verdict.one-pod": (
        "Veredicto: ni azar ni turnos. Un solo Pod respondió a todo ({n}).",
        "Verdict: neither random nor turns. One Pod gave all {n} answers.",
    ),
    "lab.verdict.uneven": (
        "Veredicto: ni azar parejo ni turnos. El reparto es desigual.",
        "Verdict: neither even chance nor turns. The split is uneven.",
    ),
    "lab.verdict.streaky": (
        "Veredicto: ni azar ni turnos. El mismo Pod responde demasiadas veces seguidas.",
        "Verdict: neither random nor turns. The same Pod answers too often in a row.",
    ),
    "lab.verdict.alternating": (
        "Veredicto: ni azar ni turnos perfectos. Las respuestas cambian de Pod demasiado.",
        "Verdict: neither random nor perfect turns. The answers change Pod too often.",
    ),
    "lab.verdict.too-few": (
        "Veredicto: todavía ninguno. Son pocas respuestas ({n}) para distinguir azar de turnos.",
        "Verdict: none yet. Too few answers ({n}) to tell random from turns.",
    ),
    "lab.verdict.single": (
        "Veredicto: no hay nada que repartir. Un solo Pod podía responder.",
        "Verdict: nothing to share out. Only one Pod could answer.",
    ),
    # ---- the lab of a notebook
    "lab.open": ("Laboratorio: {cluster}.", "Lab: {cluster}."),
    "lab.open.found": ("Ya estaba en marcha.", "It was running already."),
    "lab.open.started": ("Arrancado en {seconds:.1f} s.", "Started in {seconds:.1f} s."),
    "lab.open.recovered": (
        "Se había cerrado: vuelve con todos sus objetos ({seconds:.1f} s).",
        "It had died: back with all its objects ({seconds:.1f} s).",
    ),
    "lab.applied": ("Faltaba {name}: aplicado.", "{name} was missing: applied."),
    "lab.closed": (
        "Laboratorio cerrado; el clúster sigue en marcha.",
        "Lab closed; the cluster goes on running.",
    ),
    "lab.down": ("Clúster eliminado.", "Cluster removed."),
    "lab.odds.no_chain": (
        "Ninguna regla elige entre endpoints de {service} en este nodo.",
        "No rule chooses among endpoints of {service} on this node.",
    ),
    "lab.no_syncs": (
        "Solo el clúster integrado cuenta lo que escribió su kube-proxy; aquí, compara lab.rules()"
        " antes y después.",
        "Only the embedded cluster tells what its kube-proxy wrote; here, compare lab.rules()"
        " before and after.",
    ),
    "lab.sync.none": ("ninguno", "none"),
    "lab.sync.full": ("completa", "full"),
    "lab.sync.partial": ("parcial", "partial"),
    "lab.sync.title": (
        "Sincronización {number} de kube-proxy en {node}: {kind}",
        "Sync {number} of kube-proxy on {node}: {kind}",
    ),
    "lab.sync.changed": (
        "  Services cuyas cadenas se han vuelto a escribir: {services}",
        "  Services whose own chains were written again: {services}",
    ),
    "lab.sync.stale": (
        "  cadenas que sobraban y se han borrado: {chains}",
        "  chains that nobody needed any more, deleted: {chains}",
    ),
    "lab.sync.counts": (
        "  reglas: {own} en cadenas propias de Services, {shared} en las compartidas (estas se"
        " escriben siempre)",
        "  rules: {own} in chains of a Service's own, {shared} in shared ones (these are written"
        " every time)",
    ),
    "lab.sync.other": (
        "Sincronización {number} de kube-proxy en {node}, modo {mode}: no usa iptables-restore para"
        " los Services; mira lab.rules().",
        "Sync {number} of kube-proxy on {node}, mode {mode}: it does not use iptables-restore for"
        " Services; look at lab.rules().",
    ),
    "lab.odds.title": (
        "{service} ({address}:{port}) visto desde {node}, según sus reglas:",
        "{service} ({address}:{port}) as seen from {node}, by its rules:",
    ),
    "lab.hunt.title": ("¿Dónde está {address}?", "Where is {address}?"),
    "lab.hunt.where": ("DÓNDE SE BUSCÓ", "SEARCHED"),
    "lab.hunt.name": ("NOMBRE", "NAME"),
    "lab.hunt.looked_at": ("MIRADAS", "LOOKED AT"),
    "lab.hunt.found": ("CON ELLA", "FOUND IN"),
    "lab.hunt.node": (
        "direcciones de las interfaces del nodo",
        "addresses on the node's interfaces",
    ),
    "lab.hunt.pod": ("direcciones de la interfaz del Pod", "addresses on the Pod's interface"),
    "lab.hunt.slice": ("endpoints del EndpointSlice", "endpoints of the EndpointSlice"),
    "lab.hunt.rules": ("reglas del nodo", "the node's rules"),
    "lab.practice.title": (
        "Tiro al blanco: el Service {address} ofrece TCP {port} (targetPort {target})."
        " ¿Qué vuelve?",
        "Target practice: the Service {address} offers TCP {port} (targetPort {target})."
        " What comes back?",
    ),
    "lab.practice.how": ("Cómo preguntas", "How you ask"),
    "lab.practice.mode": ("Modo de kube-proxy", "Mode of kube-proxy"),
    "lab.practice.outcome": ("Qué pasa", "What happens"),
    "lab.practice.answer": (
        "Responde un Pod: el destino se reescribió a {pod}:{port}.",
        "A Pod answers: the destination was rewritten to {pod}:{port}.",
    ),
    "lab.practice.lost": (
        "Ningún Pod responde: ninguna regla lo traduce y sale hacia {address}, donde no hay nadie.",
        "No Pod answers: no rule translates it, and it leaves for {address}, where nobody is.",
    ),
    "lab.practice.rejected": (
        "Rechazo inmediato: una regla contesta {told}.",
        "Refused at once: a rule answers {told}.",
    ),
    "lab.practice.dropped": (
        "Silencio: una regla lo descarta.",
        "Silence: a rule drops it.",
    ),
    "lab.practice.node": (
        "Responde el propio nodo, no un Pod.",
        "The node itself answers, not a Pod.",
    ),
    "lab.panel.title": (
        "Los Pods del Service {service}: ¿quién recibe tráfico?",
        "The Pods of the Service {service}: who receives traffic?",
    ),
    "lab.panel.unready": ("Que uno deje de estar listo", "Make one not ready"),
    "lab.panel.unready.done": (
        "Al Pod {pod} le falta la página por la que pregunta su sonda: sigue Running.",
        "The Pod {pod} lacks the page that its probe asks for: it is still Running.",
    ),
    "lab.panel.relabel": ("Cambiar la etiqueta de uno", "Relabel one"),
    "lab.panel.relabel.done": (
        "El Pod {pod} lleva ahora {label}.",
        "The Pod {pod} now has {label}.",
    ),
    "lab.panel.delete": ("Borrar uno", "Delete one"),
    "lab.panel.delete.done": ("El Pod {pod} ya no existe.", "The Pod {pod} is gone."),
    "lab.panel.stranger": ("Añadir un Pod suelto", "Add a stray Pod"),
    "lab.panel.stranger.done": (
        "El Pod stranger no es de ningún Deployment, pero lleva {label}.",
        "The Pod stranger belongs to no Deployment, but has {label}.",
    ),
    "lab.panel.mend": ("Repararlo todo", "Mend it all"),
    "lab.panel.mend.done": (
        "Fuera los Pods tocados: el ReplicaSet puso los que faltaban.",
        "The Pods that were touched are gone: the ReplicaSet made what was missing.",
    ),
    "lab.panel.pod": ("POD", "POD"),
    "lab.panel.label": ("ETIQUETA", "LABEL"),
    "lab.panel.ready": ("LISTO", "READY"),
    "lab.panel.receives": ("RECIBE", "RECEIVES"),
    "lab.panel.yes": ("sí", "yes"),
    "lab.panel.no": ("no", "no"),
    "lab.panel.summary": (
        "Direcciones listas en los EndpointSlices de {service}: {n}.",
        "Ready addresses in the EndpointSlices of {service}: {n}.",
    ),
    "lab.panel.nobody": (
        "No queda ningún Pod listo al que hacerle nada.",
        "No ready Pod is left to do anything to.",
    ),
    "lab.panel.nobody.fix": ("Repáralo todo y sigue.", "Mend it all and go on."),
    "lab.measured": (
        "kind, Kubernetes v1.36.2: {n} peticiones a {pods} Pods: {counts}.",
        "kind, Kubernetes v1.36.2: {n} requests to {pods} Pods: {counts}.",
    ),
    "lab.measured.inside": (
        " Todas dentro de lo que explica el azar: de {low} a {high}.",
        " All within what chance explains: {low} to {high}.",
    ),
    "lab.measured.outside": (
        " Alguna fuera de lo que explica el azar: de {low} a {high}.",
        " Some outside what chance explains: {low} to {high}.",
    ),
    "lab.measured.unknown": (
        "No hay una medida con {n} Pods en un clúster real.",
        "There is no measurement with {n} Pods on a real cluster.",
    ),
    "lab.measured.fix": ("Las hay con {known}.", "There are some with {known}."),
    "lab.journey.step": ("PASO", "STEP"),
    "lab.journey.where": ("CAPTURADO", "CAPTURED"),
    "lab.journey.from": ("ORIGEN", "SOURCE"),
    "lab.journey.to": ("DESTINO", "DESTINATION"),
    "lab.journey.client": ("junto al Pod {name}", "beside the Pod {name}"),
    "lab.journey.between": ("en el cable, {name}", "on the wire, {name}"),
    "lab.journey.backend": ("junto al Pod {name}", "beside the Pod {name}"),
    "lab.journey.nobody": (
        "Nadie responde detrás de {service}: no hay viaje que contar.",
        "Nobody answers behind {service}: there is no journey to tell.",
    ),
    "lab.affinity.title": (
        "Un cliente y un Service con sessionAffinity: ClientIP ({seconds} s)",
        "A client and a Service with sessionAffinity: ClientIP ({seconds} s)",
    ),
    "lab.affinity.ask": ("Conexión nueva", "New connection"),
    "lab.affinity.hour": ("Pasa una hora", "An hour passes"),
    "lab.affinity.limit": (
        "Pasan tres horas y un segundo",
        "Three hours and a second pass",
    ),
    "lab.affinity.first": ("La atiende {pod}, por sorteo.", "{pod} gets it, by lot."),
    "lab.affinity.same": (
        "La atiende {pod}, el mismo. Su plazo empieza otra vez.",
        "{pod} gets it, the same one. Its time begins anew.",
    ),
    "lab.affinity.passed": ("Pasan {time} sin que nadie pregunte.", "{time} pass, nobody asks."),
    "lab.affinity.empty": ("Todavía nada.", "Nothing yet."),
    "lab.fields.title": (
        "Un campo de {service} cada vez: ¿qué nota el cliente?",
        "One field of {service} at a time: what does the client notice?",
    ),
    "lab.fields.target": ("targetPort: 80", "targetPort: 80"),
    "lab.fields.name": ("targetPort: http (sin declarar)", "targetPort: http (not declared)"),
    "lab.fields.port": ("port: 8081", "port: 8081"),
    "lab.fields.udp": ("protocol: UDP", "protocol: UDP"),
    "lab.fields.selector": ("selector con una errata", "selector with a slip"),
    "lab.fields.good": ("Como debe ser", "As it should be"),
    "lab.fields.done": (
        "Cambiado ese campo, y solo ese. El cliente vuelve a preguntar al puerto 80.",
        "That field is changed, and no other. The client asks port 80 again.",
    ),
    "lab.fields.mended": ("Todo en su sitio.", "All as it should be."),
    "lab.forward.silent": (
        "El túnel de kubectl port-forward hacia {target} no dio respuesta: {why}",
        "The tunnel of kubectl port-forward to {target} brought no answer: {why}",
    ),
    "lab.hunting.title": (
        "Caza de averías: ¿por qué no contesta backend-service?",
        "Bug hunt: why does backend-service not answer?",
    ),
    "lab.hunting.break": ("Rompe algo", "Break something"),
    "lab.hunting.exists": ("¿Existe?", "Does it exist?"),
    "lab.hunting.name": ("¿Se resuelve el nombre?", "Does the name resolve?"),
    "lab.hunting.answer": ("¿Contesta?", "Does it answer?"),
    "lab.hunting.spec": ("¿Qué dice el Service?", "What does the Service say?"),
    "lab.hunting.endpoints": ("¿Hay endpoints?", "Are there endpoints?"),
    "lab.hunting.pods": ("¿Cómo están los Pods?", "How are the Pods?"),
    "lab.hunting.nodes": ("¿Nodos y políticas?", "Nodes and policies?"),
    "lab.hunting.rules": ("¿Qué dicen las reglas?", "What do the rules say?"),
    "lab.hunting.mend": ("Repara y dime qué era", "Mend it and tell me"),
    "lab.hunting.start": (
        "Rompe algo y sube la escalera, peldaño a peldaño.",
        "Break something, then climb the ladder, rung by rung.",
    ),
    "lab.hunting.broken": (
        "Algo se ha roto. Apuesta la causa cuando la tengas y repara.",
        "Something is broken. Bet on the cause when you have it, then mend.",
    ),
    "lab.hunting.nothing": ("(nada)", "(nothing)"),
    "lab.hunting.asked": ("Peldaños: {n}.", "Rungs: {n}."),
    "lab.hunting.was": ("Era esto: {what}. Peldaños: {n}.", "It was this: {what}. Rungs: {n}."),
}
