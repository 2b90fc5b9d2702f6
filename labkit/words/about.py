"""What each command is for, as ``labkit --help`` lists them."""

from __future__ import annotations

ABOUT: dict[str, tuple[str, str]] = {
    "cli.about.lab": (
        "el laboratorio de dos nodos, de principio a fin, con recuento y veredicto",
        "the two-node lab from start to clean-up, with tally and verdict",
    ),
    "cli.about.up": (
        "arranca el clúster, o encuentra el que está en marcha",
        "start the cluster, or find the one that is running",
    ),
    "cli.about.status": ("di qué está en marcha", "say what is running"),
    "cli.about.down": (
        "detén el clúster y elimina exactamente lo que se creó",
        "stop the cluster and remove exactly what was made",
    ),
    "cli.about.doctor": (
        "di qué puede ejecutar este equipo y qué falta",
        "say what this machine can run and what is missing",
    ),
    "cli.about.kubectl": (
        "ejecuta el kubectl de verdad contra el laboratorio",
        "run the real kubectl against the lab",
    ),
    "cli.about.kernel": ("El núcleo de Jupyter del laboratorio", "The lab's Jupyter kernel"),
    "cli.about.kubeconfig": (
        "imprime la ruta del kubeconfig del laboratorio",
        "print the path of the lab's kubeconfig",
    ),
    "cli.about.break": (
        "estropea el laboratorio de una de varias maneras, para buscar la causa",
        "break the lab in one of several ways, to find the cause",
    ),
    "cli.about.mend": (
        "deshaz exactamente lo que estropeó `labkit break`, y di qué era",
        "undo exactly what `labkit break` broke, and say what it was",
    ),
    "cli.about.rules": (
        "las reglas que escribe kube-proxy, desde manifiestos o de un nodo en marcha",
        "the rules that kube-proxy writes, from manifests or of a running node",
    ),
    "cli.about.explain": (
        "para qué sirve cada regla, en palabras, y de qué Service y endpoint es",
        "what each rule is for, in words, and which Service and endpoint it belongs to",
    ),
    "cli.about.trace": (
        "el camino de un paquete, regla por regla",
        "the way of one packet, rule by rule",
    ),
    "cli.about.odds": (
        "todos los desenlaces con su probabilidad exacta",
        "every outcome with its exact probability",
    ),
    "cli.about.simulate": (
        "millones de conexiones: cuántas a cada desenlace",
        "millions of connections: how many to each outcome",
    ),
    "cli.about.replay": (
        "muchos paquetes en orden: los contadores que mostraría iptables-save -c",
        "many packets in order: the counters that iptables-save -c would show",
    ),
    "cli.about.lint": (
        "qué está mal en unas reglas: saltos al vacío, bucles, reglas inútiles, paquetes perdidos",
        "what is wrong with rules: jumps into nowhere, loops, useless rules, lost packets",
    ),
    "cli.about.parity": (
        "¿se comporta un clúster como un Kubernetes de verdad? imprime lo que difiere",
        "does a cluster behave as a real Kubernetes does? prints what differs",
    ),
    "cli.about.verify": (
        "compara el emulador con el Linux de este equipo, paquete a paquete",
        "compare the emulator with this machine's Linux, packet by packet",
    ),
    "cli.about.grade": (
        "califica cuadernos entregados, en una sala aislada, con informes",
        "grade notebooks that were handed in, in a sandbox, with reports",
    ),
    "cli.about.release": (
        "prepara los cuadernos de quienes aprenden, a partir de los maestros",
        "make the learners' notebooks from the masters",
    ),
    "cli.about.exercise": (
        "los ejercicios en la terminal: edita un archivo y se comprueba al guardar",
        "the exercises in a terminal: edit a file, it is checked on save",
    ),
}
