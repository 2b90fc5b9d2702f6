"""Messages of ``labkit doctor``."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "doctor.ok": ("bien", "ok"),
    "doctor.missing": ("falta", "missing"),
    "doctor.note": ("aviso", "note"),
    "doctor.all_well": (
        "Todo lo necesario está. Prueba: labkit lab",
        "Everything that is needed is there. Try: labkit lab",
    ),
    "doctor.not_well": (
        "Falta algo necesario: sigue las flechas de arriba.",
        "Something that is needed is missing: follow the arrows above.",
    ),
    "doctor.python.old": (
        "{version}; labkit necesita 3.11 o posterior",
        "{version}; labkit needs 3.11 or newer",
    ),
    "doctor.python.fix": ("Instala un Python más nuevo.", "Install a newer Python."),
    "doctor.kubectl.pinned": (
        "{version}, el fijado con labkit",
        "{version}, the one pinned with labkit",
    ),
    "doctor.kubectl.other": (
        "{version}, en {path} (no es el fijado con labkit)",
        "{version}, at {path} (not the one pinned with labkit)",
    ),
    "doctor.kubectl.broken": ("no responde: {reason}", "does not answer: {reason}"),
    "doctor.folder.ok": ("{folder}, se puede escribir", "{folder}, can be written to"),
    "doctor.folder.temporary": (
        "{folder}: tu carpeta personal no se puede escribir, así que los datos son temporales",
        "{folder}: your home cannot be written to, so the data is temporary",
    ),
    "doctor.port.ok": (
        "un programa puede escuchar en 127.0.0.1",
        "a program can listen on 127.0.0.1",
    ),
    "doctor.port.bad": (
        "ningún programa puede escuchar en 127.0.0.1 ({reason})",
        "no program can listen on 127.0.0.1 ({reason})",
    ),
    "doctor.port.fix": (
        "Permite conexiones locales (loopback) a los programas.",
        "Allow programs to make local (loopback) connections.",
    ),
    "doctor.cluster.running": ("en marcha", "running"),
    "doctor.cluster.dead": (
        "se cerró sin que nadie lo detuviera",
        "died without being stopped",
    ),
    "doctor.cluster.dead.fix": (
        "`labkit up` lo vuelve a arrancar.",
        "`labkit up` brings it back.",
    ),
    "doctor.cluster.none": ("ninguno en marcha", "none running"),
    "doctor.roads": (
        "Qué clúster puede arrancar aquí (`auto` toma el que esté en marcha o, si no, el primero"
        " que pueda)",
        "Which cluster can run here (`auto` takes the one that is up, else the first that can)",
    ),
    "doctor.road.can": ("puede", "can"),
    "doctor.road.cannot": ("no puede", "cannot"),
    "doctor.road.up": ("en marcha", "up"),
    "doctor.road.taken": ("(el que toma `auto`)", "(the one that `auto` takes)"),
    "doctor.checks": ("Lo que se ha mirado", "What was looked at"),
    "doctor.cgroup_v1": (
        "v1: Kubernetes 1.35 y posteriores no arrancan con ella (en kind, labkit lo permite con"
        " failCgroupV1: false)",
        "v1: Kubernetes from 1.35 on does not start on it (on kind, labkit allows it with"
        " failCgroupV1: false)",
    ),
    "doctor.cgroup_v1.fix": (
        "Si puedes, arranca el equipo con cgroup v2 (systemd.unified_cgroup_hierarchy=1).",
        "If you can, boot the machine with cgroup v2 (systemd.unified_cgroup_hierarchy=1).",
    ),
    "doctor.inotify": (
        "{watches} vigilancias, {instances} instancias",
        "{watches} watches, {instances} instances",
    ),
    "doctor.inotify.few": (
        "kind puede necesitar más",
        "kind may need more",
    ),
    "doctor.free": ("{size} libres", "{size} free"),
    "doctor.memory.unknown": ("este sistema no dice cuánta hay", "this system does not tell"),
    "doctor.memory.little": (
        "es muy poca, incluso para el clúster embebido",
        "very little, even for the embedded cluster",
    ),
    "doctor.memory.little.fix": ("Cierra otros programas.", "Close other programs."),
    "doctor.memory.no_kind": (
        "basta para el clúster embebido; kind va bien con 4 GB",
        "enough for the embedded cluster; kind does well with 4 GB",
    ),
    "doctor.disk.no_kind": (
        "basta para el clúster embebido; las imágenes de kind ocupan más de 1 GB",
        "enough for the embedded cluster; kind's images take more than 1 GB",
    ),
    "doctor.userns.ok": ("se pueden crear", "can be made"),
    "doctor.userns.no": (
        "este sistema no deja crearlos a un usuario sin privilegios (opcional: motores sin root y"
        " la caja de arena de las evaluaciones)",
        "this system does not let a user without privileges make them (optional: rootless engines"
        " and the graders' sandbox)",
    ),
    "doctor.userns.fix": (
        "Pregunta a quien administra el equipo (user.max_user_namespaces, AppArmor).",
        "Ask the machine's administrator (user.max_user_namespaces, AppArmor).",
    ),
    "doctor.userns.untried": (
        "sin el programa unshare no se puede probar",
        "cannot be tried without the program unshare",
    ),
    "doctor.elsewhere": (
        "no hace falta en {system}: lo pone la máquina virtual del motor de contenedores",
        "not needed on {system}: the container engine's virtual machine has it",
    ),
    "doctor.absent": ("no está instalado", "not installed"),
    "doctor.optional": ("{what} (opcional: {use})", "{what} (optional: {use})"),
    "doctor.use.kind": (
        "un clúster kind de verdad",
        "a real kind cluster",
    ),
    "doctor.use.linux": (
        "comparar el emulador con Linux",
        "comparing the emulator with Linux",
    ),
    "doctor.use.chromium": (
        "las pruebas en un navegador",
        "the tests in a browser",
    ),
    "doctor.use.jupyter": ("las lecciones", "the lessons"),
    "doctor.docker.dead": (
        "está instalado, pero su servicio no responde",
        "installed, but its daemon does not answer",
    ),
    "doctor.docker.dead.fix": (
        "Arranca Docker si quieres usar kind.",
        "Start Docker if you want to use kind.",
    ),
    "doctor.proxy.none": ("ninguno en el entorno", "none in the environment"),
    "doctor.proxy.some": (
        "{names} en el entorno; labkit no los usa para 127.0.0.1",
        "{names} in the environment; labkit does not use them for 127.0.0.1",
    ),
    "doctor.not_emulated": (
        "El clúster embebido no emula: volúmenes persistentes, NetworkPolicy, Ingress, CronJob,"
        " CRD, métricas, autoescalado, contenedores efímeros, autenticación ni autorización.",
        "The embedded cluster does not emulate: persistent volumes, NetworkPolicy, Ingress,"
        " CronJobs, CRDs, metrics, autoscaling, ephemeral containers, authentication and"
        " authorization.",
    ),
}
