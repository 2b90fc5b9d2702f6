"""Messages of the faults on demand: what is broken, and the clue that leads to it."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "faults.wrong-selector": (
        "el selector del Service no coincide con las etiquetas de ningún Pod",
        "the Service's selector matches the labels of no Pod",
    ),
    "faults.wrong-selector.clue": (
        "Conexión rechazada al instante y ningún endpoint, con Pods listos: compara `kubectl get"
        " svc -o wide` con `kubectl get pods --show-labels`.",
        "Refused at once and no endpoints, while Pods are ready: compare `kubectl get svc -o wide`"
        " with `kubectl get pods --show-labels`.",
    ),
    "faults.wrong-target-port": (
        "el targetPort del Service es un puerto en el que nadie escucha",
        "the Service's targetPort is a port on which nobody listens",
    ),
    "faults.wrong-target-port.clue": (
        "Conexión rechazada al instante aunque hay endpoints: mira el puerto en el EndpointSlice y"
        " en qué puerto escucha el contenedor.",
        "Refused at once although there are endpoints: look at the port in the EndpointSlice and"
        " at the one on which the container listens.",
    ),
    "faults.wrong-port": (
        "el Service ofrece otro puerto que el que pide el cliente",
        "the Service offers another port than the one that the client asks for",
    ),
    "faults.wrong-port.clue": (
        "El nombre resuelve y hay endpoints, pero la ClusterIP no ofrece el puerto 80 (en modo"
        " iptables ninguna regla lo nombra, en los otros se rechaza): mira PORT(S) en `kubectl get"
        " svc`.",
        "The name resolves and there are endpoints, but the ClusterIP does not offer port 80 (in"
        " iptables mode no rule names it, in the others it is refused): look at PORT(S) in `kubectl"
        " get svc`.",
    ),
    "faults.not-ready": (
        "la readinessProbe del backend falla: los Pods corren, pero no están listos",
        "the backend's readinessProbe fails: the Pods run, but are not ready",
    ),
    "faults.not-ready.clue": (
        "Conexión rechazada; los Pods dicen Running y 0/1: `kubectl describe pod` cuenta por qué"
        " falla la sonda.",
        "Refused; the Pods say Running and 0/1: `kubectl describe pod` tells why the probe fails.",
    ),
    "faults.bad-image": (
        "la imagen del backend no existe",
        "the backend's image does not exist",
    ),
    "faults.bad-image.clue": (
        "Conexión rechazada y ningún endpoint: `kubectl get pods` dice ImagePullBackOff.",
        "Refused and no endpoints: `kubectl get pods` says ImagePullBackOff.",
    ),
    "faults.localhost-only": (
        "el proceso del backend escucha solo en 127.0.0.1",
        "the backend's process listens on 127.0.0.1 only",
    ),
    "faults.localhost-only.clue": (
        "Conexión rechazada aunque hay endpoints con el puerto correcto: en el log del Pod se ve en"
        " qué dirección escucha; `kubectl port-forward` sí funciona.",
        "Refused although there are endpoints with the right port: the Pod's log shows the address"
        " on which it listens; `kubectl port-forward` does work.",
    ),
    "faults.scaled-to-zero": (
        "el Deployment del backend tiene cero réplicas",
        "the backend's Deployment has zero replicas",
    ),
    "faults.scaled-to-zero.clue": (
        "Conexión rechazada, ningún endpoint y ningún Pod: mira `kubectl get deploy`.",
        "Refused, no endpoints and no Pods: look at `kubectl get deploy`.",
    ),
    "faults.network-policy": (
        "una NetworkPolicy no deja entrar nada al backend",
        "a NetworkPolicy lets nothing in to the backend",
    ),
    "faults.network-policy.clue": (
        "El cliente espera hasta agotar el tiempo aunque los endpoints están listos: descartado no"
        " es rechazado. Mira `kubectl get networkpolicy`.",
        "The client waits until time is up although the endpoints are ready: dropped is not"
        " refused. Look at `kubectl get networkpolicy`.",
    ),
    "faults.policy-without-dns": (
        "una NetworkPolicy deja salir el tráfico web, pero no las consultas DNS",
        "a NetworkPolicy lets web traffic out, but not DNS queries",
    ),
    "faults.policy-without-dns.clue": (
        "Por la ClusterIP funciona y por el nombre no, con CoreDNS sano: la consulta se queda sin"
        " respuesta. Mira el egress en `kubectl describe networkpolicy`.",
        "It works by ClusterIP and not by name, and CoreDNS is well: the query gets no answer. Look"
        " at the egress in `kubectl describe networkpolicy`.",
    ),
    "faults.wrong-namespace": (
        "el Service está en otro namespace que el cliente",
        "the Service is in another namespace than the client",
    ),
    "faults.wrong-namespace.clue": (
        "El nombre corto no existe (NXDOMAIN): busca el Service con `kubectl get svc -A`.",
        "The short name does not exist (NXDOMAIN): look for the Service with `kubectl get svc -A`.",
    ),
    "faults.dns-down": (
        "no queda ningún Pod de CoreDNS",
        "no Pod of CoreDNS is left",
    ),
    "faults.dns-down.clue": (
        "Por la ClusterIP funciona y por el nombre no, para ningún nombre: mira `kubectl get pods"
        " -n kube-system -l k8s-app=kube-dns`.",
        "It works by ClusterIP and not by name, whatever the name: look at `kubectl get pods -n"
        " kube-system -l k8s-app=kube-dns`.",
    ),
    "faults.proxy-stopped": (
        "kube-proxy no corre en el nodo del cliente: sus reglas llevan a Pods que ya no existen",
        "kube-proxy does not run on the client's node: its rules lead to Pods that are gone",
    ),
    "faults.proxy-stopped.clue": (
        "Falla desde un nodo y funciona desde el otro: compara las reglas de ese nodo con el"
        " EndpointSlice, y cuenta los Pods de kube-proxy.",
        "It fails from one node and works from the other: compare that node's rules with the"
        " EndpointSlice, and count kube-proxy's Pods.",
    ),
    "faults.node-down": (
        "un nodo se ha quedado sin corriente",
        "a node has lost its power",
    ),
    "faults.node-down.clue": (
        "Unas conexiones funcionan y otras no: durante 50 s Kubernetes no sabe nada; después"
        " `kubectl get nodes` dice NotReady.",
        "Some connections work and others do not: for 50 s Kubernetes knows nothing; then `kubectl"
        " get nodes` says NotReady.",
    ),
    # ---- breaking and mending
    "faults.done": ("Estropeado: {what}.", "Broken: {what}."),
    "faults.done.secret": (
        "Algo está estropeado. Encuéntralo: mira `kubectl logs client-pod` y baja por la escalera"
        " (¿existe? ¿DNS? ¿IP? ¿spec? ¿endpoints? ¿Pods? ¿reglas?).",
        "Something is broken. Find it: look at `kubectl logs client-pod` and go down the ladder"
        " (exists? DNS? IP? spec? endpoints? Pods? rules?).",
    ),
    "faults.clue": ("Pista: {clue}", "Clue: {clue}"),
    "faults.mend.next": ("`labkit mend` lo arregla.", "`labkit mend` mends it."),
    "faults.mended": ("Arreglado. Lo que estaba estropeado: {what}.", "Mended. It was: {what}."),
    "faults.nothing": ("No hay nada que arreglar.", "There is nothing to mend."),
    "faults.already": (
        "Ya hay algo estropeado en este laboratorio.",
        "Something is broken in this lab already.",
    ),
    "faults.already.fix": (
        "Arréglalo primero con `labkit mend` (o `lab.mend()`).",
        "Mend it first with `labkit mend` (or `lab.mend()`).",
    ),
    "faults.unknown": ("No existe la avería «{name}».", "There is no fault {name!r}."),
    "faults.unknown.fix": ("Existen: {names}.", "There are: {names}."),
    "faults.lacks": (
        "La avería {name} no se puede provocar en {cluster}: falta la capacidad {capability}"
        " (consiste en que {would}).",
        "The fault {name} cannot be made on {cluster}: it lacks the capability {capability} (the"
        " fault is that {would}).",
    ),
    "faults.lacks.fix": (
        "El clúster embebido las tiene todas: `labkit up --backend embedded`.",
        "The embedded cluster has them all: `labkit up --backend embedded`.",
    ),
    "faults.exists": (
        "Ya existe {kind}/{name}, que esta avería crearía.",
        "There is a {kind}/{name} already, which this fault would make.",
    ),
    "faults.exists.fix": (
        "No se ha tocado nada. Bórralo, o elige otra avería.",
        "Nothing was changed. Delete it, or choose another fault.",
    ),
    "faults.slow": (
        "La avería no se nota después de {seconds} s; se ha deshecho.",
        "The fault does not show after {seconds} s; it has been undone.",
    ),
    "faults.name": ("avería", "fault"),
    "faults.what": ("qué pasa", "what is wrong"),
}
