"""What each kube-proxy rule is for, as sentences in English and Spanish.

The names in braces are filled in by :mod:`labkit.kubeproxy.explain`: ``service``
(``ns/name:port``), ``address``, ``target``, ``endpoint``, ``hook`` and so on.
"""

from __future__ import annotations

Sentence = tuple[str, str]
"""English, Spanish."""

HOOKS: dict[str, Sentence] = {
    "PREROUTING": ("arriving packets", "los paquetes que llegan"),
    "INPUT": ("packets for this node itself", "los paquetes para este mismo nodo"),
    "FORWARD": ("packets that only pass through", "los paquetes que solo pasan por aquí"),
    "OUTPUT": ("packets that this node sends", "los paquetes que envía este nodo"),
    "POSTROUTING": ("packets about to leave", "los paquetes a punto de salir"),
}

PURPOSES: dict[tuple[str, str], Sentence] = {
    ("nat", "KUBE-SERVICES"): (
        "which finds out whether they are for a Service",
        "que averigua si van a un Service",
    ),
    ("filter", "KUBE-SERVICES"): (
        "which refuses ClusterIPs that lead nowhere",
        "que rechaza las ClusterIP que no llevan a ningún sitio",
    ),
    ("filter", "KUBE-EXTERNAL-SERVICES"): (
        "which refuses external addresses and NodePorts that lead nowhere",
        "que rechaza las direcciones externas y los NodePorts que no llevan a ningún sitio",
    ),
    ("filter", "KUBE-NODEPORTS"): (
        "which lets load balancers ask for this node's health",
        "que deja a los balanceadores preguntar por la salud de este nodo",
    ),
    ("filter", "KUBE-FORWARD"): (
        "which lets Service traffic pass",
        "que deja pasar el tráfico de los Services",
    ),
    ("filter", "KUBE-FIREWALL"): (
        "which guards 127.0.0.0/8",
        "que protege 127.0.0.0/8",
    ),
    ("filter", "KUBE-PROXY-FIREWALL"): (
        "which drops what load balancer source ranges do not allow",
        "que descarta lo que los rangos de origen del balanceador no permiten",
    ),
    ("nat", "KUBE-POSTROUTING"): (
        "which masquerades the marked ones",
        "que enmascara los marcados",
    ),
}

SENTENCES: dict[str, Sentence] = {
    "jump": (
        "All {hook} go through {target}, {purpose}.",
        "Todos {hook} pasan por {target}, {purpose}.",
    ),
    "jump-new": (
        "The first of each connection among {hook} goes through {target}, {purpose}.",
        "El primero de cada conexión entre {hook} pasa por {target}, {purpose}.",
    ),
    "cluster-ip": (
        "New {protocol} connections to {address}, the ClusterIP of {service}, go to {target}, "
        "which {choice}.",
        "Las conexiones {protocol} nuevas a {address}, la ClusterIP de {service}, van a {target}, "
        "que {choice}.",
    ),
    "external-ip": (
        "New {protocol} connections to {address}, an external IP of {service}, go to {target}.",
        "Las conexiones {protocol} nuevas a {address}, una IP externa de {service}, van a "
        "{target}.",
    ),
    "load-balancer": (
        "New {protocol} connections to {address}, a load balancer's IP of {service}, go to "
        "{target}: they need not leave the cluster to reach the load balancer.",
        "Las conexiones {protocol} nuevas a {address}, una IP de balanceador de {service}, van a "
        "{target}: no hace falta salir del clúster para llegar al balanceador.",
    ),
    "node-ports-last": (
        "Last of all: what is for {destination} and matched nothing so far may be for a "
        "NodePort, so it goes to KUBE-NODEPORTS.",
        "Al final de todo: lo que va a {destination} y no coincidió con nada puede ser para un "
        "NodePort, así que pasa a KUBE-NODEPORTS.",
    ),
    "node-port": (
        "New {protocol} connections to port {port} of this node, the NodePort of {service}, go "
        "to {target}.",
        "Las conexiones {protocol} nuevas al puerto {port} de este nodo, el NodePort de "
        "{service}, van a {target}.",
    ),
    "node-port-localhost": (
        "The same for the NodePort {port} of {service} on 127.0.0.0/8, counted (nfacct) so "
        "that one can see whether anybody still comes this way.",
        "Lo mismo para el NodePort {port} de {service} en 127.0.0.0/8, contado (nfacct) "
        "para que se vea si alguien aún viene por este camino.",
    ),
    "refused": (
        "{service} has no usable endpoint anywhere, so {protocol} connections to {address} are "
        'refused at once: the client sees "connection refused" and does not wait.',
        "{service} no tiene ningún endpoint utilizable, así que las conexiones {protocol} a "
        "{address} se rechazan al momento: el cliente ve «connection refused» y no espera.",
    ),
    "dropped": (
        "{service} has endpoints, but none on this node, and its traffic policy is Local, so "
        "{protocol} connections to {address} are dropped without an answer.",
        "{service} tiene endpoints, pero ninguno en este nodo, y su política de tráfico es "
        "Local, así que las conexiones {protocol} a {address} se descartan sin respuesta.",
    ),
    "health-check": (
        "A load balancer may ask at port {port} whether this node has endpoints of {service}.",
        "Un balanceador puede preguntar en el puerto {port} si este nodo tiene endpoints de "
        "{service}.",
    ),
    "proxy-firewall": (
        "Whoever still wants {address} of {service} here was not in its source ranges "
        "(nothing has rewritten the destination), and is dropped.",
        "Quien a estas alturas aún quiere {address} de {service} no estaba en sus rangos de "
        "origen (nada ha reescrito el destino) y se descarta.",
    ),
    "firewall": (
        "Nobody outside this node may reach 127.0.0.0/8: kube-proxy opens that way for "
        "NodePorts on localhost, and closes it here for everyone else.",
        "Nadie de fuera de este nodo puede llegar a 127.0.0.0/8: kube-proxy abre ese camino para "
        "los NodePorts en localhost y aquí lo cierra a los demás.",
    ),
    "invalid": (
        "Packets that conntrack cannot place in any connection are dropped: passed on, they "
        "would skip the translation back and could reset a healthy connection.",
        "Se descartan los paquetes que conntrack no puede situar en ninguna conexión: si "
        "pasaran, no se traducirían de vuelta y podrían cortar una conexión sana.",
    ),
    "forward-marked": (
        "What bears kube-proxy's mark {mark} (Service traffic to masquerade) may pass, whatever "
        "the policy of FORWARD.",
        "Lo que lleva la marca {mark} de kube-proxy (tráfico de Services que se enmascarará) "
        "puede pasar, sea cual sea la política de FORWARD.",
    ),
    "forward-known": (
        "What belongs to a connection that is already known may pass, in either direction.",
        "Lo que pertenece a una conexión ya conocida puede pasar, en cualquier sentido.",
    ),
    "return-unmarked": (
        "Packets without the mark {mark} keep their source address: the rest of this chain is "
        "not for them.",
        "Los paquetes sin la marca {mark} conservan su dirección de origen: el resto de esta "
        "cadena no es para ellos.",
    ),
    "unmark": (
        "The mark {mark} has done its work and is taken away, so that a packet that passes here "
        "again is not masqueraded twice.",
        "La marca {mark} ya cumplió y se quita, para que un paquete que vuelva a pasar por aquí "
        "no se enmascare dos veces.",
    ),
    "masquerade": (
        "The source address becomes this node's own, so that the answer comes back through this "
        "node, which undoes both translations.",
        "La dirección de origen pasa a ser la de este nodo, para que la respuesta vuelva por "
        "este nodo, que deshace las dos traducciones.",
    ),
    "mark": (
        "Sets the mark {mark}: KUBE-POSTROUTING will masquerade this packet.",
        "Pone la marca {mark}: KUBE-POSTROUTING enmascarará este paquete.",
    ),
    "cluster-ip-masquerade": (
        "Who reaches {address}, the ClusterIP of {service}, {who} is marked for masquerading, "
        "so that the endpoint answers by way of this node.",
        "Quien llega a {address}, la ClusterIP de {service}, {who} se marca para enmascarar, de "
        "modo que el endpoint responda a través de este nodo.",
    ),
    "external-masquerade": (
        "Traffic for {service} from outside is marked for masquerading (traffic policy "
        "Cluster): the endpoint may be on another node, and does not see the client's address.",
        "El tráfico externo para {service} se marca para enmascarar (política Cluster): el "
        "endpoint puede estar en otro nodo y no ve la dirección del cliente.",
    ),
    "external-pods": (
        "Pods that use an external address of {service} may use any endpoint ({target}), "
        "although its external traffic policy is Local.",
        "Los Pods que usan una dirección externa de {service} pueden usar cualquier endpoint "
        "({target}), aunque su política de tráfico externo sea Local.",
    ),
    "external-local-masquerade": (
        "What this node itself sends to an external address of {service} is marked for "
        "masquerading.",
        "Lo que este mismo nodo envía a una dirección externa de {service} se marca para "
        "enmascarar.",
    ),
    "external-local": (
        "This node itself may use any endpoint of {service} ({target}), although its external "
        "traffic policy is Local.",
        "Este mismo nodo puede usar cualquier endpoint de {service} ({target}), aunque su "
        "política de tráfico externo sea Local.",
    ),
    "external-go": (
        "The rest of the external traffic for {service} goes to {target}, which {choice}.",
        "El resto del tráfico externo para {service} va a {target}, que {choice}.",
    ),
    "range": (
        "Clients in {source} may use the load balancer's IP of {service}: on to {target}.",
        "Los clientes de {source} pueden usar la IP de balanceador de {service}: siguen a "
        "{target}.",
    ),
    "range-others": (
        "Everyone else comes back unchanged, and KUBE-PROXY-FIREWALL drops what is for "
        "{service}; this rule only says so.",
        "Todos los demás vuelven sin cambios, y KUBE-PROXY-FIREWALL descarta lo que va a "
        "{service}; esta regla solo lo anuncia.",
    ),
    "affinity": (
        "Session affinity: a client that {service} sent to {endpoint} in the last {seconds} s "
        "is sent there again.",
        "Afinidad de sesión: un cliente que {service} envió a {endpoint} en los últimos "
        "{seconds} s vuelve allí.",
    ),
    "choice": (
        "Of the new connections to {service} that get this far, 1 in {remaining} goes to "
        "endpoint {endpoint}: 1 in {count} of all.",
        "De las conexiones nuevas a {service} que llegan hasta aquí, 1 de cada {remaining} va al "
        "endpoint {endpoint}: 1 de cada {count} del total.",
    ),
    "choice-last": (
        "All that are left go to the last endpoint of {service}, {endpoint}: 1 in {count} of all.",
        "Todas las que quedan van al último endpoint de {service}, {endpoint}: 1 de cada "
        "{count} del total.",
    ),
    "choice-only": (
        "{service} has one endpoint here, {endpoint}, and every connection goes to it.",
        "{service} tiene aquí un solo endpoint, {endpoint}, y todas las conexiones van a él.",
    ),
    "hairpin": (
        "If the endpoint {source} of {service} reaches itself through the Service, it is marked "
        "for masquerading: the packet would come back with the Pod's own address as its source, "
        "and the answer would never be translated back.",
        "Si el endpoint {source} de {service} se alcanza a sí mismo a través del Service, se "
        "marca para enmascarar: el paquete volvería con la propia dirección del Pod como origen "
        "y la respuesta nunca se traduciría de vuelta.",
    ),
    "dnat": (
        "The destination becomes {endpoint}, an endpoint of {service}. Linux remembers this, so "
        "all later packets of the connection follow.",
        "El destino pasa a ser {endpoint}, un endpoint de {service}. Linux lo recuerda, así que "
        "todos los paquetes siguientes de la conexión lo siguen.",
    ),
    "dnat-remember": (
        "The client is noted down for session affinity, and the destination becomes {endpoint}, "
        "an endpoint of {service}.",
        "Se apunta al cliente para la afinidad de sesión, y el destino pasa a ser {endpoint}, un "
        "endpoint de {service}.",
    ),
    "foreign": (
        "Not one of kube-proxy's rules.",
        "No es una regla de kube-proxy.",
    ),
}

SOMEONE: dict[str, Sentence] = {
    "any": ("from anywhere", "desde cualquier sitio"),
    "outside": ("from outside {source}", "desde fuera de {source}"),
    "interface": ("other than by interface {source}", "sin pasar por la interfaz {source}"),
}

PHRASES: dict[str, Sentence] = {
    "local": ("an address of this node", "una dirección de este nodo"),
    "local-but": (
        "an address of this node other than {but}",
        "una dirección de este nodo que no sea {but}",
    ),
    "node-port-of-node": ("NodePort {port} of this node", "el NodePort {port} de este nodo"),
    "one-endpoint": ("leads to its only endpoint", "lleva a su único endpoint"),
    "endpoints-some": ("picks an endpoint", "elige un endpoint"),
    "endpoints": ("picks one of {count} endpoints", "elige uno de {count} endpoints"),
    "unknown-service": ("a Service that is not named here", "un Service que aquí no se nombra"),
    "unknown-endpoint": ("an endpoint", "un endpoint"),
}
