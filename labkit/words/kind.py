"""Messages of the kind back end: its steps, and what it says of itself."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "kind.describe": (
        "kind: Kubernetes {version} de verdad, dos nodos en contenedores, kube-proxy en modo"
        " {mode}",
        "kind: a real Kubernetes {version}, two nodes in containers, kube-proxy in {mode} mode",
    ),
    "kind.differs": (
        "Lo que cambia frente al clúster embebido: todo es de verdad, así que tarda más, los"
        " sorteos no se pueden repetir y las imágenes se descargan.",
        "What differs from the embedded cluster: everything is real, so it takes longer, draws"
        " cannot be repeated, and images are pulled.",
    ),
    "kind.ipvs": (
        "El modo ipvs está obsoleto en Kubernetes, y aquí solo lo emula el clúster embebido.",
        "Mode ipvs is deprecated in Kubernetes, and here only the embedded cluster emulates it.",
    ),
    "kind.ipvs.fix": (
        "Usa --backend embedded, o elige iptables o nftables.",
        "Use --backend embedded, or take iptables or nftables.",
    ),
    "kind.missing": (
        "Falta el programa kind.",
        "The program kind is missing.",
    ),
    "kind.missing.linux": (
        "Instálalo: `sudo apt install kind` (Debian 13 o posterior), `go install"
        " sigs.k8s.io/kind@latest`, o el binario de https://kind.sigs.k8s.io en tu PATH.",
        "Install it: `sudo apt install kind` (Debian 13 or newer), `go install"
        " sigs.k8s.io/kind@latest`, or put the binary of https://kind.sigs.k8s.io on your PATH.",
    ),
    "kind.missing.mac": (
        "Instálalo: brew install kind",
        "Install it: brew install kind",
    ),
    "kind.missing.windows": (
        "Instálalo: winget install Kubernetes.kind",
        "Install it: winget install Kubernetes.kind",
    ),
    "kind.also_missing": (
        "También falta el programa kind (`labkit doctor` dice cómo instalarlo).",
        "The program kind is missing too (`labkit doctor` says how to install it).",
    ),
    "kind.seed": (
        "En kind sortea el Linux de verdad, y sus sorteos no se pueden repetir.",
        "On kind the real Linux draws, and its draws cannot be repeated.",
    ),
    "kind.seed.fix": (
        "Quita --seed, o usa --backend embedded.",
        "Leave --seed out, or use --backend embedded.",
    ),
    "kind.other": (
        "El clúster de kind en marcha tiene otro valor de {flag}: {there}.",
        "The kind cluster that is up has another {flag}: {there}.",
    ),
    "kind.other.fix": (
        "Para cambiarlo, ejecuta antes `labkit down --backend kind`.",
        "To change it, run `labkit down --backend kind` first.",
    ),
    "kind.no_nftables": (
        "kube-proxy de {image} no tiene el modo nftables: existe desde Kubernetes 1.31.",
        "kube-proxy of {image} has no nftables mode: it exists from Kubernetes 1.31 on.",
    ),
    "kind.cgroup_v1": (
        "Este equipo usa cgroup v1: labkit configura el kubelet con failCgroupV1: false para que"
        " arranque.",
        "This machine uses cgroup v1: labkit sets failCgroupV1: false for the kubelet, so that it"
        " starts.",
    ),
    "kind.memory": (
        "{engine} solo dispone de {gb} GB de memoria: dos nodos pueden quedarse cortos (con 4 GB"
        " va bien).",
        "{engine} has only {gb} GB of memory: two nodes may run short (4 GB do well).",
    ),
    "kind.kept": (
        "Con --keep, lo creado sigue ahí: `kind export logs CARPETA --name {name}` reúne sus"
        " registros, y `labkit down --backend kind` lo elimina.",
        "With --keep what was made is still there: `kind export logs FOLDER --name {name}` collects"
        " its logs, and `labkit down --backend kind` removes it.",
    ),
    "kind.not_loaded": (
        "Las imágenes del laboratorio no se cargaron en los nodos, que las descargarán ellos"
        " mismos: {reason} {fix}",
        "The lab's images were not loaded into the nodes, which will pull them themselves: {reason}"
        " {fix}",
    ),
    "kind.not_ours": (
        "El clúster de kind llamado «{name}» ya no es el que creó labkit.",
        "The kind cluster called {name!r} is no longer the one that labkit made.",
    ),
    "kind.not_ours.fix": (
        "labkit no lo toca. Bórralo tú si no lo necesitas (kind delete cluster --name {name}), o"
        " borra la carpeta {folder} para que labkit olvide el suyo.",
        "labkit does not touch it. Delete it yourself if you do not need it (kind delete cluster"
        " --name {name}), or delete the folder {folder} to make labkit forget its own.",
    ),
    # ---- steps
    "kind.step.check": (
        "comprobar el motor de contenedores y kind",
        "check the container engine and kind",
    ),
    "kind.step.pull": ("descargar {image}", "pull {image}"),
    "kind.step.create": ("crear el clúster con kind", "create the cluster with kind"),
    "kind.step.wait.nodes": (
        "esperar a que los dos nodos estén listos",
        "wait until both nodes are ready",
    ),
    "kind.step.wait.dns": ("esperar al DNS (CoreDNS)", "wait for the DNS (CoreDNS)"),
    "kind.step.wait.account": (
        "esperar a la ServiceAccount «default», sin la que no hay Pods",
        "wait for the default ServiceAccount, without which there are no Pods",
    ),
    "kind.step.load": (
        "cargar las imágenes del laboratorio en los nodos",
        "load the lab's images into the nodes",
    ),
    "kind.step.start": ("volver a arrancar los nodos", "start the nodes again"),
    "kind.step.undo": ("deshacer lo que se había creado", "undo what was made"),
    "kind.slow.nodes": (
        "Los dos nodos arrancaron, pero no estuvieron listos (Ready) en {seconds} s.",
        "Both nodes booted but were not Ready within {seconds} s.",
    ),
    "kind.slow.dns": (
        "El DNS del clúster (CoreDNS) no estuvo listo en {seconds} s.",
        "The cluster's DNS (CoreDNS) was not ready within {seconds} s.",
    ),
    "kind.slow.account": (
        "La ServiceAccount «default» no apareció en {seconds} s.",
        "The default ServiceAccount did not appear within {seconds} s.",
    ),
    # ---- --dry-run
    "kind.dry.pull": (
        "cada imagen se descarga solo si no está ya",
        "each image is pulled only if it is not there already",
    ),
    "kind.dry.config": ("escribir {path}:", "write {path}:"),
    "kind.dry.cgroup": (
        "en un equipo con cgroup v1 se añade failCgroupV1: false al kubelet",
        "on a machine with cgroup v1 the kubelet also gets failCgroupV1: false",
    ),
    "kind.dry.archives": (
        "o, si Docker guarda las imágenes en containerd, a través de archivos (--platform, desde"
        " Docker 28):",
        "or, where Docker keeps its images in containerd, through files (--platform from Docker 28"
        " on):",
    ),
    "kind.dry.failure": (
        "solo si algo falla, o con Ctrl-C:",
        "only if something fails, or after Ctrl-C:",
    ),
}
