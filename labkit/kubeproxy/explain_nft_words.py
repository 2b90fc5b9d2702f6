"""What each part of kube-proxy's nftables table is for, as sentences in English and Spanish.

The names in braces are filled in by :mod:`labkit.kubeproxy.explain_nft`.  Where a rule does the
same as one of iptables mode, its sentence is the one in :mod:`labkit.kubeproxy.explain_words`.
"""

from __future__ import annotations

Sentence = tuple[str, str]
"""English, Spanish."""

PURPOSES: dict[str, Sentence] = {
    "firewall-check": (
        "which drops what load balancer source ranges do not allow",
        "que descarta lo que los rangos de origen del balanceador no permiten",
    ),
    "nodeport-endpoints-check": (
        "which refuses NodePorts that lead nowhere",
        "que rechaza los NodePorts que no llevan a ningún sitio",
    ),
    "service-endpoints-check": (
        "which refuses addresses of Services that lead nowhere",
        "que rechaza las direcciones de Services que no llevan a ningún sitio",
    ),
    "cluster-ips-check": (
        "which refuses what a ClusterIP has no port for",
        "que rechaza aquello para lo que una ClusterIP no tiene puerto",
    ),
    "services": (
        "which finds out whether they are for a Service",
        "que averigua si van a un Service",
    ),
    "masquerading": (
        "which masquerades the marked ones",
        "que enmascara los marcados",
    ),
}

SETS: dict[str, Sentence] = {
    "cluster-ips": (
        "The ClusterIPs of all Services ({count}).",
        "Las ClusterIP de todos los Services ({count}).",
    ),
    "nodeport-ips": (
        "The addresses of this node on which NodePorts are open ({count}).",
        "Las direcciones de este nodo en las que los NodePorts están abiertos ({count}).",
    ),
    "hairpin-connections": (
        "The endpoints of this node ({count}), each as source and as destination: so a Pod is "
        "recognised that reaches itself through its own Service.",
        "Los endpoints de este nodo ({count}), cada uno como origen y como destino: así se "
        "reconoce a un Pod que se alcanza a sí mismo a través de su propio Service.",
    ),
    "affinity": (
        "The clients that {service} sent to {endpoint} in the last {timeout}; Linux forgets each "
        "by itself.",
        "Los clientes que {service} envió a {endpoint} en los últimos {timeout}; Linux olvida a "
        "cada uno por su cuenta.",
    ),
    "service-ips": (
        "Which address, protocol and port leads to which Service (entries: {count}).",
        "Qué dirección, protocolo y puerto lleva a qué Service (entradas: {count}).",
    ),
    "service-nodeports": (
        "Which NodePort leads to which Service (entries: {count}).",
        "Qué NodePort lleva a qué Service (entradas: {count}).",
    ),
    "no-endpoint-services": (
        "Addresses of Services that lead nowhere, and what becomes of the packet (entries: "
        "{count}).",
        "Direcciones de Services que no llevan a ningún sitio, y qué pasa con el paquete "
        "(entradas: {count}).",
    ),
    "no-endpoint-nodeports": (
        "NodePorts that lead nowhere, and what becomes of the packet (entries: {count}).",
        "NodePorts que no llevan a ningún sitio, y qué pasa con el paquete (entradas: {count}).",
    ),
    "firewall-ips": (
        "Load balancer addresses with source ranges (entries: {count}).",
        "Direcciones de balanceador con rangos de origen (entradas: {count}).",
    ),
}
"""Sets and maps as a whole."""

SENTENCES: dict[str, Sentence] = {
    "lookup-service": (
        "One look-up says which Service an address, protocol and port belong to, however many "
        "Services there are.",
        "Una sola consulta dice a qué Service pertenecen una dirección, un protocolo y un puerto, "
        "por muchos Services que haya.",
    ),
    "lookup-nodeport": (
        "What came to an address of this node may be for a NodePort: one look-up tells.",
        "Lo que llegó a una dirección de este nodo puede ser para un NodePort: una consulta lo "
        "dice.",
    ),
    "lookup-refused": (
        "Is it for an address of a Service that leads nowhere? One look-up, and it is refused or "
        "dropped.",
        "¿Va a una dirección de un Service que no lleva a ningún sitio? Una consulta, y se rechaza "
        "o se descarta.",
    ),
    "lookup-refused-nodeport": (
        "Is it for a NodePort that leads nowhere? One look-up, and it is refused or dropped.",
        "¿Va a un NodePort que no lleva a ningún sitio? Una consulta, y se rechaza o se descarta.",
    ),
    "lookup-firewall": (
        "Is it for a load balancer's address with source ranges? One look-up, and its source is "
        "checked.",
        "¿Va a una dirección de balanceador con rangos de origen? Una consulta, y se comprueba su "
        "origen.",
    ),
    "masquerade-outside": (
        "Who reaches any ClusterIP from outside {source} is marked for masquerading, so that the "
        "endpoint answers by way of this node.",
        "Quien llega a cualquier ClusterIP desde fuera de {source} se marca para enmascarar, de "
        "modo que el endpoint responda a través de este nodo.",
    ),
    "masquerade-all": (
        "Who reaches any ClusterIP is marked for masquerading (masqueradeAll).",
        "Quien llega a cualquier ClusterIP se marca para enmascarar (masqueradeAll).",
    ),
    "masquerade-interface": (
        "Who reaches any ClusterIP other than by interface {source} is marked for masquerading, "
        "so that the endpoint answers by way of this node.",
        "Quien llega a cualquier ClusterIP sin pasar por la interfaz {source} se marca para "
        "enmascarar, de modo que el endpoint responda a través de este nodo.",
    ),
    "masquerade-marked": (
        "What bears the mark {mark} gets this node's own source address, and loses the mark: the "
        "answer comes back through this node, which undoes both translations.",
        "Lo que lleva la marca {mark} recibe la dirección de origen de este nodo y pierde la "
        "marca: la respuesta vuelve por este nodo, que deshace las dos traducciones.",
    ),
    "masquerade-hairpin": (
        "A Pod that reached itself through its Service gets this node's source address: "
        "otherwise it would answer itself, and the answer would never be translated back.",
        "Un Pod que se alcanzó a sí mismo a través de su Service recibe la dirección de origen de "
        "este nodo: si no, se respondería a sí mismo y la respuesta nunca se traduciría de vuelta.",
    ),
    "other-ports": (
        "A ClusterIP has nothing but its ports: whatever else is sent to it, ping included, is "
        "refused (iptables mode lets it pass into nowhere).",
        "Una ClusterIP no tiene más que sus puertos: todo lo demás que se le envíe, ping incluido, "
        "se rechaza (el modo iptables lo deja pasar hacia ninguna parte).",
    ),
    "unallocated": (
        "Addresses of the Services' network {destination} that no Service has are dropped.",
        "Las direcciones de la red de Services {destination} que no tiene ningún Service se "
        "descartan.",
    ),
    "reject": (
        'The sender is told at once: "connection refused".',
        "Se avisa al momento a quien envía: «connection refused».",
    ),
    "choose": (
        "Each new {protocol} connection of {service} goes to one of its {count} endpoints, all "
        "with the same chance, in one step; the destination is rewritten.",
        "Cada conexión {protocol} nueva de {service} va a uno de sus {count} endpoints, todos con "
        "la misma probabilidad, en un solo paso; se reescribe el destino.",
    ),
    "choose-local": (
        "Each new {protocol} connection of {service} goes to one of the {count} endpoints on this "
        "node, all with the same chance, in one step; the destination is rewritten.",
        "Cada conexión {protocol} nueva de {service} va a uno de los {count} endpoints de este "
        "nodo, todos con la misma probabilidad, en un solo paso; se reescribe el destino.",
    ),
    "choose-only": (
        "{service} has one endpoint here, {endpoint}, and every new {protocol} connection goes to "
        "it.",
        "{service} tiene aquí un solo endpoint, {endpoint}, y todas las conexiones {protocol} "
        "nuevas van a él.",
    ),
    "choose-chain": (
        "Whoever is not known yet goes to one of {count} endpoints of {service}, all with the same "
        "chance; the endpoint's chain notes the client down.",
        "A quien aún no se conoce le toca uno de los {count} endpoints de {service}, todos con la "
        "misma probabilidad; la cadena del endpoint apunta al cliente.",
    ),
    "affinity": (
        "Session affinity: a client that {service} sent to {endpoint} not long ago is sent there "
        "again.",
        "Afinidad de sesión: un cliente que {service} envió hace poco a {endpoint} vuelve allí.",
    ),
    "remember": (
        "The client is noted down for session affinity with {endpoint} of {service}; its time "
        "starts again.",
        "Se apunta al cliente para la afinidad de sesión con {endpoint} de {service}; su tiempo "
        "empieza de nuevo.",
    ),
    "ranges": (
        "Only clients in {source} may use the load balancer's addresses of {service}; all others "
        "are dropped.",
        "Solo los clientes de {source} pueden usar las direcciones de balanceador de {service}; "
        "los demás se descartan.",
    ),
    "external-address": (
        "New {protocol} connections to {address}, an address of {service} for the outside, go to "
        "{target}.",
        "Las conexiones {protocol} nuevas a {address}, una dirección de {service} para el "
        "exterior, van a {target}.",
    ),
    "firewall-address": (
        "{protocol} connections to {address}, a load balancer's address of {service}, are first "
        "checked by {target}.",
        "Las conexiones {protocol} a {address}, una dirección de balanceador de {service}, se "
        "comprueban antes en {target}.",
    ),
}
