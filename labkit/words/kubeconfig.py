"""Messages of the back end for a cluster of the user's."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "kubeconfig.describe": (
        "tu clúster «{context}», espacio de nombres {namespace}",
        "your cluster {context!r}, namespace {namespace}",
    ),
    "kubeconfig.differs": (
        "Lo que cambia: todo ocurre en el espacio de nombres {namespace}, con la etiqueta"
        " app.kubernetes.io/managed-by=labkit, y `labkit down` lo elimina; lo demás no se toca.",
        "What differs: everything happens in the namespace {namespace}, labelled"
        " app.kubernetes.io/managed-by=labkit, and `labkit down` removes it; nothing else is"
        " touched.",
    ),
    "kubeconfig.differs.computed": (
        "Las reglas de los nodos no se leen: labkit calcula las que escribe kube-proxy para estos"
        " mismos objetos. Con --allow-node-pod un Pod privilegiado y breve las lee del nodo.",
        "The nodes' rules are not read: labkit computes those that kube-proxy writes for these very"
        " objects. With --allow-node-pod a short-lived privileged Pod reads them from the node.",
    ),
    "kubeconfig.one_node": (
        "Solo un nodo del clúster acepta Pods: los dos lo comparten, y ninguna petición sale de"
        " él.",
        "Only one node of the cluster takes Pods: both share it, and no request leaves it.",
    ),
    "kubeconfig.many_nodes": (
        "El clúster tiene {n} nodos: el laboratorio usa dos, y las reglas del Service están en"
        " todos.",
        "The cluster has {n} nodes: the lab uses two of them; the Service's rules are on all.",
    ),
    "kubeconfig.no_context": (
        "Falta decir qué clúster: --context C (o LABKIT_CONTEXT).",
        "Which cluster is not said: --context C (or LABKIT_CONTEXT).",
    ),
    "kubeconfig.no_context.fix": (
        "Tu kubeconfig tiene: {names}.",
        "Your kubeconfig has: {names}.",
    ),
    "kubeconfig.no_context.none": (
        "No se encontró ningún contexto en {files}: crea un clúster (minikube, k3d ...) o define"
        " KUBECONFIG.",
        "No context was found in {files}: make a cluster (minikube, k3d ...) or set KUBECONFIG.",
    ),
    "kubeconfig.unknown": (
        "El kubeconfig no tiene el contexto «{context}».",
        "The kubeconfig has no context {context!r}.",
    ),
    "kubeconfig.production": (
        "El contexto «{context}» parece de producción («{name}»), y labkit no crea nada ahí sin"
        " preguntar.",
        "The context {context!r} looks like production ({name!r}), and labkit makes nothing there"
        " without asking.",
    ),
    "kubeconfig.production.fix": (
        "Elige otro; si de verdad es este, añade --yes-this-one (o LABKIT_YES_THIS_ONE={context}).",
        "Choose another; if it really is this one, add --yes-this-one (or"
        " LABKIT_YES_THIS_ONE={context}).",
    ),
    "kubeconfig.rights": (
        "En el clúster «{context}» te faltan permisos para el laboratorio: {rights}.",
        "In the cluster {context!r} you lack permissions that the lab needs: {rights}.",
    ),
    "kubeconfig.rights.fix": (
        "No se creó nada. Pídelos a quien lo administra; también puede preparar el espacio de"
        " nombres {namespace} con la etiqueta app.kubernetes.io/managed-by=labkit.",
        "Nothing was made. Ask its administrator for them, who may also prepare the namespace"
        " {namespace} with the label app.kubernetes.io/managed-by=labkit.",
    ),
    "kubeconfig.taken": (
        "El espacio de nombres {namespace} ya existe en «{context}» y no es de labkit.",
        "The namespace {namespace} exists in {context!r} already, and it is not labkit's.",
    ),
    "kubeconfig.taken.fix": (
        "labkit no lo toca: elige otro con --namespace.",
        "labkit does not touch it: choose another with --namespace.",
    ),
    "kubeconfig.bad_namespace": (
        "«{namespace}» no puede ser el espacio de nombres del laboratorio.",
        "{namespace!r} cannot be the lab's namespace.",
    ),
    "kubeconfig.bad_namespace.fix": (
        "Usa minúsculas, cifras y guiones, y ninguno de los propios de Kubernetes (default,"
        " kube-…).",
        "Use lower-case letters, digits and hyphens, and none of Kubernetes' own (default,"
        " kube-…).",
    ),
    "kubeconfig.other": (
        "El laboratorio ya está abierto en otro sitio: contexto «{context}», espacio de nombres"
        " {namespace}.",
        "The lab is open elsewhere already: context {context!r}, namespace {namespace}.",
    ),
    "kubeconfig.other.fix": (
        "Ciérralo antes con `labkit down --backend kubeconfig`.",
        "Close it first with `labkit down --backend kubeconfig`.",
    ),
    "kubeconfig.seed": (
        "En tu clúster sortea el Linux de sus nodos, y sus sorteos no se pueden repetir.",
        "In your cluster the Linux of its nodes draws, and its draws cannot be repeated.",
    ),
    "kubeconfig.seed.fix": (
        "Quita --seed, o usa --backend embedded.",
        "Leave --seed out, or use --backend embedded.",
    ),
    "kubeconfig.not_gone": (
        "El espacio de nombres {namespace} sigue ahí {seconds} s después de borrarlo.",
        "The namespace {namespace} is still there {seconds} s after it was deleted.",
    ),
    "kubeconfig.not_gone.fix": (
        "Mira qué lo retiene: kubectl get ns {namespace} -o yaml",
        "Look at what holds it: kubectl get ns {namespace} -o yaml",
    ),
    "kubeconfig.no_node_pod": (
        "Leer las reglas de un nodo de tu clúster necesita un Pod privilegiado, y no lo has"
        " permitido.",
        "Reading a node's rules in your cluster takes a privileged Pod, which is not allowed yet.",
    ),
    "kubeconfig.no_node_pod.fix": (
        "Permítelo con `labkit up --backend kubeconfig --allow-node-pod`.",
        "Allow it with `labkit up --backend kubeconfig --allow-node-pod`.",
    ),
    "kubeconfig.node_pod": (
        "El Pod que lee las reglas de {node} no terminó bien: {reason}",
        "The Pod that reads the rules of {node} did not end well: {reason}",
    ),
    "kubeconfig.node_pod.fix": (
        "El nodo debe tener iptables-save o nft, y el clúster admitir Pods privilegiados"
        " (pod-security.kubernetes.io/enforce=privileged en el espacio de nombres).",
        "The node must have iptables-save or nft, and the cluster must admit privileged Pods"
        " (pod-security.kubernetes.io/enforce=privileged on the namespace).",
    ),
    "kubeconfig.step.copy": (
        "copiar el contexto a un kubeconfig propio",
        "copy the context into a kubeconfig of our own",
    ),
    "kubeconfig.step.reach": ("preguntar al clúster su versión", "ask the cluster its version"),
    "kubeconfig.step.rights": ("comprobar los permisos", "check the permissions"),
    "kubeconfig.step.namespace": (
        "crear el espacio de nombres {namespace}",
        "make the namespace {namespace}",
    ),
    "kubeconfig.step.account": ("esperar a su ServiceAccount", "wait for its ServiceAccount"),
    "kubeconfig.step.undo": ("deshacer lo que se había creado", "undo what was made"),
}
