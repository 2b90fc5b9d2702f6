"""Messages of ``labkit doctor``."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "doctor.title": ("Lo que este equipo puede ejecutar", "What this machine can run"),
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
    "doctor.embedded.ok": (
        "el clúster embebido puede arrancar aquí",
        "the embedded cluster can be started here",
    ),
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
