"""Messages of the command line: what each command is for, and what it says."""

from __future__ import annotations

from labkit.words.about import ABOUT

TEXTS: dict[str, tuple[str, str]] = {
    **ABOUT,
    "cli.about": (
        "Entiende los Services de Kubernetes ejecutándolos.",
        "Understand Kubernetes Services by running them.",
    ),
    "cli.usage": ("uso", "usage"),
    "cli.command": ("ORDEN", "COMMAND"),
    "cli.commands": ("órdenes", "commands"),
    "cli.options": ("opciones", "options"),
    "cli.arguments": ("argumentos", "arguments"),
    "cli.examples": ("ejemplos", "examples"),
    "cli.more": (
        "`labkit ORDEN --help` explica una orden, con ejemplos.",
        "`labkit COMMAND --help` explains a command, with examples.",
    ),
    "cli.help": ("muestra esta ayuda", "show this help"),
    "cli.version": ("muestra la versión", "show the version"),
    "cli.lang": (
        "idioma de los mensajes (por defecto, el del sistema)",
        "language of the messages (by default the system's)",
    ),
    "cli.json": ("imprime JSON", "print JSON"),
    "cli.backend": (
        "qué clúster: embedded (emulado aquí), kind (Kubernetes en Docker), kubeconfig (uno tuyo);"
        " por defecto, auto: el que esté en marcha o, si no, el primero que pueda arrancar",
        "which cluster: embedded (emulated here), kind (Kubernetes in Docker), kubeconfig (one of"
        " yours); default auto: the one that is up, else the first that can start",
    ),
    "cli.unknown": ("No existe la orden «{name}».", "There is no command {name!r}."),
    "cli.unknown.near": ("¿Querías decir `labkit {near}`?", "Did you mean `labkit {near}`?"),
    "cli.unknown.fix": ("`labkit --help` las enumera.", "`labkit --help` lists them."),
    "cli.bad_lang": (
        "--lang acepta es o en, no «{lang}».",
        "--lang takes es or en, not {lang!r}.",
    ),
    "cli.see_help": (
        "`labkit {command} --help` lo explica.",
        "`labkit {command} --help` explains.",
    ),
    "cli.error": ("Error: {message}", "Error: {message}"),
    "cli.interrupted": ("Interrumpido.", "Interrupted."),
    "cli.break.fault": (
        "qué avería (por defecto, una al azar que no se dice)",
        "which fault (by default a random one that is not told)",
    ),
    "cli.break.list": ("enumera las averías", "list the faults"),
    "cli.break.seed": (
        "semilla del sorteo: la misma da la misma avería",
        "seed of the draw: the same one gives the same fault",
    ),
    "cli.break.secret": ("no digas cuál es", "do not tell which one it is"),
    "cli.break.lacks": ("(aquí no: falta {names})", "(not here: lacks {names})"),
    "cli.break.progress": (
        "Preparando el laboratorio y estropeándolo…",
        "Preparing the lab and breaking it…",
    ),
    "cli.mend.progress": (
        "Arreglando, y esperando a que vuelva a responder…",
        "Mending, and waiting until it answers again…",
    ),
    "cli.parity.keep": (
        "deja en marcha el clúster que arrancó esta orden",
        "leave the cluster that this command started running",
    ),
    # ---- lab
    "cli.lab.requests": (
        "cuántas peticiones se cuentan (por defecto, 200)",
        "how many requests are counted (default 200)",
    ),
    "cli.lab.seed": (
        "sorteos repetibles (solo para un clúster que arranca aquí)",
        "repeatable draws (only for a cluster that this command starts)",
    ),
    "cli.lab.keep": (
        "deja en marcha los Pods y el clúster",
        "leave the Pods and the cluster running",
    ),
    "cli.lab.json": (
        "guarda el registro en este archivo (- es la salida estándar)",
        "write the record to this file (- is standard output)",
    ),
    "cli.lab.manifests": (
        "fixed: los corregidos (por defecto); seed: los del texto original",
        "fixed: the corrected ones (default); seed: those of the original text",
    ),
    "cli.lab.replace": (
        "borra primero lo que dejó un laboratorio anterior",
        "first delete what an earlier lab left",
    ),
    # ---- up, status, down
    "cli.up.keep": (
        "si el arranque falla, deja lo que se creó para mirarlo",
        "when the start fails, leave what was made for you to look at",
    ),
    "cli.up.dry": (
        "imprime todas las órdenes que se ejecutarían, y no ejecuta ninguna",
        "print every command line that would be run, and run none",
    ),
    "cli.up.seed": ("sorteos repetibles", "repeatable draws"),
    "cli.up.found": ("Ya estaba en marcha: {cluster}.", "Running already: {cluster}."),
    "cli.up.started": (
        "En marcha ({seconds:.1f} s): {cluster}.",
        "Up in {seconds:.1f} s: {cluster}.",
    ),
    "cli.up.recovered": (
        "De vuelta con todos sus objetos ({seconds:.1f} s): {cluster}.",
        "Back with all its objects ({seconds:.1f} s): {cluster}.",
    ),
    "cli.up.next": ("Prueba: labkit kubectl -- get nodes", "Try: labkit kubectl -- get nodes"),
    "cli.status.running": ("En marcha: {cluster}.", "Running: {cluster}."),
    "cli.status.nodes": ("Nodos: {nodes}", "Nodes: {nodes}"),
    "cli.status.version": ("Kubernetes: {version}", "Kubernetes: {version}"),
    "cli.status.mode": ("kube-proxy: modo {mode}", "kube-proxy: mode {mode}"),
    "cli.status.since": ("Desde: {started}", "Since: {started}"),
    "cli.status.process": ("Proceso: {pid}", "Process: {pid}"),
    "cli.status.kubeconfig": ("kubeconfig: {path}", "kubeconfig: {path}"),
    "cli.status.dead": (
        "El clúster se cerró sin que nadie lo detuviera. `labkit up` lo vuelve a arrancar con sus"
        " objetos; `labkit down` lo elimina.",
        "The cluster died without being stopped. `labkit up` brings it back with its objects;"
        " `labkit down` removes it.",
    ),
    "cli.status.nothing": (
        "No hay ningún clúster en marcha. `labkit up` arranca uno.",
        "No cluster is running. `labkit up` starts one.",
    ),
    "cli.down.other": (
        "Sigue en marcha «{name}»: `labkit down --backend {name}` lo elimina.",
        "{name!r} is still up: `labkit down --backend {name}` removes it.",
    ),
    "cli.down.step": ("detener y eliminar", "stop and remove"),
    "cli.down.theirs": (
        "Eliminado: {names}. Lo demás de tu clúster sigue como estaba.",
        "Removed: {names}. Everything else in your cluster is as it was.",
    ),
    "cli.down.done": (
        "Clúster detenido y eliminado: {names}.",
        "Cluster stopped and removed: {names}.",
    ),
    "cli.down.nothing": ("No había nada que detener.", "There was nothing to stop."),
    "cli.kubectl.arguments": ("lo que va después de `kubectl`", "what comes after `kubectl`"),
    # ---- rules and packets
    "cli.rules.file": (
        "Services, EndpointSlices, Nodes y ServiceCIDRs en YAML o JSON (- es la entrada estándar);"
        " se puede repetir. Sin -f: las reglas de un nodo del clúster en marcha",
        "Services, EndpointSlices, Nodes and ServiceCIDRs as YAML or JSON (- is standard input);"
        " may be repeated. Without -f: the rules of a node of the running cluster",
    ),
    "cli.rules.node": ("el nodo (por defecto, {node})", "the node (default {node})"),
    "cli.rules.config": ("una KubeProxyConfiguration (YAML)", "a KubeProxyConfiguration (YAML)"),
    "cli.rules.save": (
        "como lo imprime iptables-save; sin esto, lo que kube-proxy da a iptables-restore (los"
        " otros modos imprimen siempre lo que muestra el nodo)",
        "as iptables-save prints it; without it, what kube-proxy feeds to iptables-restore (the"
        " other modes always print what the node shows)",
    ),
    "cli.rules.family": ("ipv4 o ipv6 (por defecto, ipv4)", "ipv4 or ipv6 (default ipv4)"),
    "cli.rules.nfacct": (
        "un nodo sin nfacct: sin reglas que lo usen",
        "a node without nfacct: no rules that use it",
    ),
    "cli.rules.liberal": (
        "un nodo con nf_conntrack_tcp_be_liberal=1",
        "a node with nf_conntrack_tcp_be_liberal=1",
    ),
    "cli.rules.fully": ("un iptables sin --random-fully", "an iptables without --random-fully"),
    "cli.rules.counters": (
        "con contadores (solo de un nodo en marcha)",
        "with counters (only of a running node)",
    ),
    "cli.rules.last_sync": (
        "lo último que escribió el kube-proxy de un nodo en marcha (clúster integrado)",
        "what kube-proxy of a running node wrote last (embedded cluster)",
    ),
    "cli.rules.no_syncs": (
        "--last-sync es para un nodo del clúster integrado en marcha.",
        "--last-sync is for a node of the running embedded cluster.",
    ),
    "cli.rules.only_files": (
        "{options} solo vale con -f: las reglas de un nodo en marcha ya están escritas.",
        "{options} needs -f: the rules of a running node are written already.",
    ),
    "cli.rules.no_counters": (
        "--counters necesita un nodo en marcha: sin tráfico no hay contadores.",
        "--counters needs a running node: without traffic there are no counters.",
    ),
    "cli.rules.mode": (
        "iptables, nftables o ipvs (por defecto, lo que dice la configuración, o iptables)",
        "iptables, nftables or ipvs (default: what the configuration says, else iptables)",
    ),
    "cli.rules.no_node": (
        "No hay ningún Node «{node}» en los archivos.",
        "There is no Node {node!r} in the files.",
    ),
    "cli.rules.no_node.fix": ("Están: {nodes}.", "There are: {nodes}."),
    "cli.rules.no_services": (
        "No hay ningún Service en lo que se ha leído: solo quedan las cadenas fijas.",
        "There is no Service in what was read: only the fixed chains remain.",
    ),
    "cli.rules.unreadable": (
        "No se puede leer {path} ({reason}).",
        "{path} cannot be read ({reason}).",
    ),
    "cli.rules.not_text": ("{path} no es texto en UTF-8.", "{path} is not UTF-8 text."),
    "cli.rules.twice_stdin": (
        "La entrada estándar (-) solo se puede leer una vez.",
        "Standard input (-) can be read only once.",
    ),
    "cli.explain.service": (
        "solo las reglas de ese Service (espacio de nombres y nombre)",
        "only the rules of that Service (namespace and name)",
    ),
    "cli.explain.nothing": ("Aquí no hay ninguna regla.", "There are no rules here."),
    "cli.explain.fix": (
        "Dale la salida de iptables-save o de nft list ruleset.",
        "Give it the output of iptables-save or of nft list ruleset.",
    ),
    "cli.explain.no_service": (
        "Ninguna regla es del Service «{service}».",
        "No rule belongs to Service {service!r}.",
    ),
    "cli.explain.services": ("Están: {services}.", "There are: {services}."),
    "cli.explain.unknown": (
        "{unknown} de {n} no son de kube-proxy.",
        "{unknown} of {n} are not kube-proxy's.",
    ),
    "cli.explain.node": (
        "--node es para un clúster en marcha; un archivo ya es de un nodo.",
        "--node is for a running cluster; a file is of one node already.",
    ),
    "cli.packet.rules": (
        "archivo con la salida de iptables-save, de nft list ruleset o de labkit rules --mode ipvs"
        " (- es la entrada estándar); sin él, las reglas de un nodo del clúster en marcha",
        "a file with the output of iptables-save, of nft list ruleset or of labkit rules --mode"
        " ipvs (- is standard input); without it, the rules of a node of the running cluster",
    ),
    "cli.packet.from": (
        "dirección de quien envía (por defecto, un Pod: {address})",
        "address of the sender (default a Pod: {address})",
    ),
    "cli.lint.clean": (
        "Nada que objetar en {rules} reglas de {chains} cadenas.",
        "Nothing wrong with {rules} rules in {chains} chains.",
    ),
    "cli.lint.count": (
        "errores: {errors}, avisos: {warnings}, notas: {notes}; reglas: {rules}",
        "errors: {errors}, warnings: {warnings}, notes: {notes}; rules: {rules}",
    ),
    "cli.lint.backend": (
        "lo que rechaza este iptables: nft, legacy o both (por defecto, los dos)",
        "what this iptables refuses: nft, legacy or both (default)",
    ),
    "cli.trace.all": (
        "muestra también las reglas que se miraron y no coinciden",
        "show the rules as well that were looked at and do not match",
    ),
    "cli.packet.ipset": (
        "los ipsets de las reglas con -m set (salida de ipset save; - es la entrada estándar)",
        "the ipsets of rules with -m set (output of ipset save; - is standard input)",
    ),
    "cli.packet.node": (
        "sin RULES, el nodo (por defecto, el de quien envía)",
        "without RULES, the node (default the sender's)",
    ),
    "cli.packet.to": (
        "destino: IP:PUERTO, o servicio:puerto con un clúster en marcha",
        "destination: IP:PORT, or service:port with a running cluster",
    ),
    "cli.packet.proto": (
        "tcp, udp, sctp o icmp (por defecto, tcp)",
        "tcp, udp, sctp or icmp (default tcp)",
    ),
    "cli.packet.sport": ("puerto de origen (por defecto, {port})", "source port (default {port})"),
    "cli.packet.hook": (
        "dónde entra: prerouting (de un Pod o de fuera) u output (del propio nodo)",
        "where it enters: prerouting (from a Pod or from outside) or output (from the node)",
    ),
    "cli.packet.local": (
        "una dirección del propio nodo; se puede repetir",
        "an address of the node itself; may be repeated",
    ),
    "cli.packet.iface": ("interfaz por la que entra", "interface by which it comes in"),
    "cli.packet.seed": ("sorteos repetibles", "repeatable draws"),
    "cli.linux.rules": (
        "archivo con la salida de iptables-save (- es la entrada estándar)",
        "a file with the output of iptables-save (- is standard input)",
    ),
    "cli.linux.backend": (
        "qué iptables cargó las reglas: nft o legacy (por defecto, nft)",
        "which iptables loaded the rules: nft or legacy (default nft)",
    ),
    "cli.linux.local": (
        "más direcciones del propio nodo, que ya tiene 192.168.77.1 y 192.168.78.1",
        "more addresses of the node itself, which has 192.168.77.1 and 192.168.78.1",
    ),
    "cli.replay.packets": (
        "archivo con un paquete por línea en JSON: src, dst, proto, sport, dport, flags"
        " (S, SA, ...); entran por eth0 (- es la entrada estándar)",
        "a file with one packet a line in JSON: src, dst, proto, sport, dport, flags"
        " (S, SA, ...); they come in by eth0 (- is standard input)",
    ),
    "cli.replay.accepted": ("aceptados", "accepted"),
    "cli.replay.dropped": ("descartados", "dropped"),
    "cli.replay.rejected": ("rechazados", "rejected"),
    "cli.replay.summary": ("{n} paquetes: {ends}", "{n} packets: {ends}"),
    "cli.verify.backend": (
        "con qué iptables de Linux se compara: nft, legacy o both (por defecto, both)",
        "which iptables of Linux to compare with: nft, legacy or both (default both)",
    ),
    "cli.verify.packets": (
        "cuántos paquetes como máximo de cada clase (por defecto, 4000)",
        "at most how many packets of each kind (default 4000)",
    ),
    "cli.verify.step.load": ("cargo las reglas", "loading the rules"),
    "cli.verify.step.come": ("paquetes que llegan", "packets that come in"),
    "cli.verify.step.made": ("paquetes del propio nodo", "packets of the node itself"),
    "cli.verify.step.back": ("las respuestas", "the answers"),
    "cli.verify.step.again": ("conexiones ya conocidas", "known connections"),
    "cli.verify.step.count": ("comparo los contadores", "comparing the counters"),
    "cli.verify.summary": (
        "iptables-{backend} en Linux {release}: {rules} reglas, {packets} paquetes,"
        " {differences} diferencias",
        "iptables-{backend} on Linux {release}: {rules} rules, {packets} packets,"
        " {differences} differences",
    ),
    "cli.verify.difference": (
        "  {what}\n    Linux:    {linux}\n    emulador: {emulator}",
        "  {what}\n    Linux:    {linux}\n    emulator: {emulator}",
    ),
    "cli.verify.more": (
        "  ... y {n} más (--json las muestra)",
        "  ... and {n} more (--json shows them)",
    ),
    "cli.packet.n": (
        "cuántas conexiones (por defecto, 1000000)",
        "how many connections (default 1000000)",
    ),
    "cli.packet.counters": (
        "además, las reglas con sus contadores",
        "the rules with their counters as well",
    ),
    "cli.packet.bad_to": (
        "--to necesita IP:PUERTO o, con un clúster en marcha, servicio:puerto; no «{to}».",
        "--to takes IP:PORT or, with a running cluster, service:port; not {to!r}.",
    ),
    "cli.packet.bad_ip": (
        "«{address}» no es una dirección IP.",
        "{address!r} is not an IP address.",
    ),
    "cli.packet.bad_port": (
        "«{port}» no es un puerto (de 1 a 65535).",
        "{port!r} is not a port (1 to 65535).",
    ),
    "cli.packet.no_service": (
        "No existe el Service «{name}» en el clúster, o no tiene el puerto {port}.",
        "The cluster has no Service {name!r} with the port {port}.",
    ),
    "cli.packet.bad_n": (
        "-n necesita un número entre 1 y {most}, no {n}.",
        "-n takes a number from 1 to {most}, not {n}.",
    ),
    "cli.odds.turns": (
        "IPVS no deja nada al azar: la próxima conexión va a {label}. A la larga:",
        "IPVS leaves nothing to chance: the next connection goes to {label}. In the long run:",
    ),
    "cli.outcome": ("DESENLACE", "OUTCOME"),
    "cli.exact": ("EXACTA", "EXACT"),
    "cli.percent": ("PORCENTAJE", "PERCENT"),
    "cli.count": ("CONEXIONES", "CONNECTIONS"),
    "cli.expected": ("ESPERADAS", "EXPECTED"),
    "cli.packets": ("PAQUETES", "PACKETS"),
    "cli.table": ("TABLA", "TABLE"),
    "cli.rule": ("REGLA", "RULE"),
    "cli.simulate.summary": (
        "{n} conexiones en {seconds:.2f} s ({rate} por segundo).",
        "{n} connections in {seconds:.2f} s ({rate} per second).",
    ),
}
