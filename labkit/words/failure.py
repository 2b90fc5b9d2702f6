"""What container engines and kind mean by what they print, and the next step.

Fields: ``engine`` (docker, podman, nerdctl), ``name`` (the cluster's), ``image``.
"""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "failure.log": (
        "Lo que dijeron los programas está en {log}.",
        "What the programs said is in {log}.",
    ),
    "failure.unknown": (
        "`{command}` terminó con el código {status}: {last}",
        "`{command}` ended with status {status}: {last}",
    ),
    "failure.timeout": (
        "`{command}` no terminó en {seconds} s, así que se detuvo.",
        "`{command}` did not end within {seconds} s, so it was stopped.",
    ),
    "failure.timeout.fix": (
        "Comprueba que {engine} responda (`{engine} info`) y que la red funcione, y prueba otra"
        " vez.",
        "Check that {engine} answers (`{engine} info`) and that the network works, then try again.",
    ),
    "failure.not_run": (
        "No se puede ejecutar {program} ({reason}).",
        "{program} cannot be run ({reason}).",
    ),
    "failure.no_engine": (
        "kind ejecuta los nodos en contenedores, y aquí no está ni Docker ni Podman ni nerdctl.",
        "kind runs its nodes in containers, and neither Docker nor Podman nor nerdctl is here.",
    ),
    "failure.no_engine.fix": (
        "Instala uno (https://docs.docker.com/get-docker), o usa el clúster embebido:"
        " --backend embedded.",
        "Install one (https://docs.docker.com/get-docker), or use the embedded cluster:"
        " --backend embedded.",
    ),
    "failure.engine_down": (
        "{engine} está instalado, pero su servicio no está en marcha.",
        "{engine} is installed, but its daemon is not running.",
    ),
    "failure.engine_down.fix": (
        "Arráncalo (abre Docker Desktop, o `sudo systemctl start {engine}`), o usa el clúster"
        " embebido: --backend embedded.",
        "Start it (open Docker Desktop, or `sudo systemctl start {engine}`), or use the embedded"
        " cluster: --backend embedded.",
    ),
    "failure.no_permission": (
        "Tu usuario no tiene permiso para hablar con {engine}.",
        "Your user may not talk to {engine}.",
    ),
    "failure.no_permission.fix": (
        "Añádelo al grupo: `sudo usermod -aG {engine} $USER`, y abre una sesión nueva (o devuelve"
        " a tu usuario la carpeta ~/.docker).",
        "Add it to the group: `sudo usermod -aG {engine} $USER`, then log in again (or make"
        " ~/.docker your user's own again).",
    ),
    "failure.rootless_cgroup": (
        "{engine} corre sin root, y para eso kind necesita cgroup v2.",
        "{engine} runs rootless, and for that kind needs cgroup v2.",
    ),
    "failure.rootless_cgroup.fix": (
        "Arranca el equipo con cgroup v2 (systemd.unified_cgroup_hierarchy=1), o usa {engine} con"
        " root.",
        "Boot the machine with cgroup v2 (systemd.unified_cgroup_hierarchy=1), or use {engine} with"
        " root.",
    ),
    "failure.rootless_delegate": (
        "{engine} corre sin root, y systemd no le delega los cgroups que kind necesita.",
        "{engine} runs rootless, and systemd does not delegate to it the cgroups that kind needs.",
    ),
    "failure.rootless_delegate.fix": (
        "Ejecútalo así: systemd-run --scope --user -p Delegate=yes labkit up --backend kind",
        "Run it like this: systemd-run --scope --user -p Delegate=yes labkit up --backend kind",
    ),
    "failure.rate_limited": (
        "Docker Hub no deja descargar más imágenes por ahora desde esta dirección.",
        "Docker Hub does not let this address pull more images for now.",
    ),
    "failure.rate_limited.fix": (
        "Identifícate (`{engine} login`), espera unas horas, o configura un espejo del registro.",
        "Log in (`{engine} login`), wait some hours, or configure a mirror of the registry.",
    ),
    "failure.untrusted": (
        "El registro de imágenes mostró un certificado en el que {engine} no confía (a menudo, un"
        " proxy que inspecciona TLS).",
        "The image registry showed a certificate that {engine} does not trust (often a proxy that"
        " inspects TLS).",
    ),
    "failure.untrusted.fix": (
        "Instala el certificado de tu organización en {engine}, o carga la imagen desde un archivo:"
        " `{engine} load -i node.tar`.",
        "Install your organisation's certificate in {engine}, or load the image from a file:"
        " `{engine} load -i node.tar`.",
    ),
    "failure.no_image": (
        "El registro no tiene la imagen {image}.",
        "The registry has no image {image}.",
    ),
    "failure.no_image.fix": (
        "Comprueba el nombre que diste con --image.",
        "Check the name that you gave with --image.",
    ),
    "failure.no_pull": (
        "No se pudo descargar la imagen {image}: {engine} no llega al registro.",
        "The image {image} could not be pulled: {engine} does not reach the registry.",
    ),
    "failure.no_pull.fix": (
        "Comprueba la red y el proxy de {engine}; sin red, carga antes la imagen:"
        " `{engine} load -i node.tar`.",
        "Check the network and {engine}'s proxy; without a network load the image first:"
        " `{engine} load -i node.tar`.",
    ),
    "failure.name_taken": (
        "Ya hay un clúster de kind llamado «{name}», y no lo creó labkit.",
        "There is a kind cluster called {name!r} already, and labkit did not make it.",
    ),
    "failure.name_taken.fix": (
        "Si ya no lo necesitas, bórralo tú: kind delete cluster --name {name}",
        "If you do not need it any more, delete it yourself: kind delete cluster --name {name}",
    ),
    "failure.port_taken": (
        "Un puerto que el clúster necesita ya está ocupado en este equipo.",
        "A port that the cluster needs is taken on this machine.",
    ),
    "failure.port_taken.fix": (
        "labkit pide puertos al azar: prueba otra vez; si se repite, mira qué lo ocupa con"
        " `{engine} ps`.",
        "labkit asks for random ports: try again; if it happens again, `{engine} ps` may show what"
        " takes it.",
    ),
    "failure.config": (
        "Este kind no entiende la configuración que escribe labkit: es de otra versión.",
        "This kind does not understand the configuration that labkit writes: it is of another"
        " version.",
    ),
    "failure.config.fix": (
        "Instala kind 0.31 o posterior (`kind version` dice cuál tienes).",
        "Install kind 0.31 or newer (`kind version` tells which one you have).",
    ),
    "failure.no_such_cluster": (
        "No hay ningún clúster de kind llamado «{name}».",
        "There is no kind cluster called {name!r}.",
    ),
    "failure.no_such_cluster.fix": (
        "`labkit down` olvida lo que quedaba; después, `labkit up --backend kind` crea otro.",
        "`labkit down` forgets what was left; after that `labkit up --backend kind` makes another.",
    ),
    "failure.disk": (
        "El disco de {engine} está lleno.",
        "{engine}'s disk is full.",
    ),
    "failure.disk.fix": (
        "Libera espacio (`{engine} system df`, `{engine} system prune`): solo la imagen de los"
        " nodos ocupa alrededor de 1 GB.",
        "Free some space (`{engine} system df`, `{engine} system prune`): the nodes' image alone"
        " takes about 1 GB.",
    ),
    "failure.memory": (
        "A los nodos se les acabó la memoria.",
        "The nodes ran out of memory.",
    ),
    "failure.memory.fix": (
        "Dale más a {engine} (en Docker Desktop: Settings, Resources; con 4 GB va bien) o cierra"
        " otros programas.",
        "Give {engine} more (Docker Desktop: Settings, Resources; 4 GB do well) or close other"
        " programs.",
    ),
    "failure.inotify": (
        "Linux se quedó sin vigilancias de archivos (límites de inotify), y los nodos necesitan"
        " muchas.",
        "Linux ran out of file watches (inotify limits), and the nodes need many.",
    ),
    "failure.inotify.fix": (
        "Súbelos: sudo sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512",
        "Raise them: sudo sysctl fs.inotify.max_user_watches=524288"
        " fs.inotify.max_user_instances=512",
    ),
    "failure.cgroup_v1": (
        "Este equipo usa cgroup v1, y Kubernetes 1.35 y posteriores se niegan a arrancar con él.",
        "This machine uses cgroup v1, and Kubernetes from 1.35 on refuses to start on it.",
    ),
    "failure.cgroup_v1.fix": (
        "Arranca el equipo con cgroup v2, o pide un Kubernetes anterior:"
        " --image kindest/node:v1.34.0",
        "Boot the machine with cgroup v2, or ask for an older Kubernetes:"
        " --image kindest/node:v1.34.0",
    ),
    "failure.cgroup_namespaces": (
        "El Linux de este equipo es demasiado antiguo: no tiene espacios de nombres de cgroups.",
        "This machine's Linux is too old: it has no cgroup namespaces.",
    ),
    "failure.cgroup_namespaces.fix": (
        "Usa un Linux 4.6 o posterior, o el clúster embebido: --backend embedded.",
        "Use Linux 4.6 or newer, or the embedded cluster: --backend embedded.",
    ),
    "failure.wsl_cgroup": (
        "El contenedor de un nodo no pudo entrar en su cgroup (típico de WSL2 sin cgroup v2).",
        "A node's container could not enter its cgroup (typical of WSL2 without cgroup v2).",
    ),
    "failure.wsl_cgroup.fix": (
        "Pon kernelCommandLine = cgroup_no_v1=all en .wslconfig y reinicia WSL (wsl --shutdown).",
        "Put kernelCommandLine = cgroup_no_v1=all into .wslconfig and restart WSL"
        " (wsl --shutdown).",
    ),
    "failure.init_daemon": (
        "{engine} pone un proceso init propio en cada contenedor, y eso impide arrancar los nodos.",
        "{engine} puts an init process of its own into each container, and that keeps nodes from"
        " booting.",
    ),
    "failure.init_daemon.fix": (
        'Quita "init": true de /etc/docker/daemon.json y reinicia {engine}.',
        'Remove "init": true from /etc/docker/daemon.json and restart {engine}.',
    ),
    "failure.rootfs": (
        "El kubelet no reconoce el sistema de archivos de este equipo (btrfs, zfs o cifrado).",
        "The kubelet does not know this machine's file system (btrfs, zfs or encrypted).",
    ),
    "failure.rootfs.fix": (
        "Guarda los datos de {engine} en un disco ext4 o xfs, o usa --backend embedded.",
        "Keep {engine}'s data on an ext4 or xfs disk, or use --backend embedded.",
    ),
    "failure.selinux": (
        "SELinux no deja que un nodo abra /dev/dma_heap.",
        "SELinux does not let a node open /dev/dma_heap.",
    ),
    "failure.selinux.fix": (
        "Actualiza la política: sudo dnf update selinux-policy container-selinux",
        "Update the policy: sudo dnf update selinux-policy container-selinux",
    ),
    "failure.subnets": (
        "{engine} no encuentra una red libre para los nodos: las demás redes ocupan todas (a"
        " menudo, una VPN).",
        "{engine} finds no free network for the nodes: other networks take them all (often a VPN).",
    ),
    "failure.subnets.fix": (
        "Borra redes sin uso (`{engine} network prune`), desconecta la VPN o define"
        " default-address-pools en daemon.json.",
        "Remove unused networks (`{engine} network prune`), disconnect the VPN or set"
        " default-address-pools in daemon.json.",
    ),
    "failure.snap": (
        "Docker instalado con snap no puede leer la carpeta temporal.",
        "Docker installed as a snap cannot read the temporary folder.",
    ),
    "failure.snap.fix": (
        "Usa una de tu carpeta personal: mkdir -p ~/tmp && TMPDIR=~/tmp labkit up --backend kind",
        "Use one in your home: mkdir -p ~/tmp && TMPDIR=~/tmp labkit up --backend kind",
    ),
    "failure.no_boot": (
        "El contenedor de un nodo no llegó a arrancar con la imagen {image}.",
        "A node's container did not boot with the image {image}.",
    ),
    "failure.no_boot.fix": (
        "Usa una imagen kindest/node; si ya lo es, revisa los límites de inotify y los cgroups con"
        " `labkit doctor`.",
        "Use a kindest/node image; if it is one, look at inotify limits and cgroups with"
        " `labkit doctor`.",
    ),
    "failure.no_join": (
        "El segundo nodo no pudo unirse al clúster a tiempo.",
        "The second node could not join the cluster in time.",
    ),
    "failure.no_join.fix": (
        "Suele faltar memoria o disco, o estorba una VPN. Con --keep quedan los nodos:"
        " kind export logs DIR --name {name}",
        "Memory or disk may be short, or a VPN in the way. --keep leaves the nodes:"
        " kind export logs DIR --name {name}",
    ),
    "failure.no_init": (
        "Kubernetes no llegó a arrancar en el primer nodo.",
        "Kubernetes did not come up on the first node.",
    ),
    "failure.no_init.fix": (
        "Suele faltar memoria (4 GB para {engine}) o disco. Con --keep quedan los nodos:"
        " kind export logs DIR --name {name}",
        "Memory (4 GB for {engine}) or disk may be short. --keep leaves the nodes:"
        " kind export logs DIR --name {name}",
    ),
    "failure.not_ready": (
        "Un nodo arrancó, pero no llegó a estar listo (Ready).",
        "A node booted but never became Ready.",
    ),
    "failure.not_ready.fix": (
        "Prueba otra vez con --keep y mira: labkit kubectl -- describe nodes",
        "Try again with --keep and look: labkit kubectl -- describe nodes",
    ),
    "failure.digest": (
        "{engine} guarda las imágenes en containerd, y kind no pudo cargarlas de allí.",
        "{engine} keeps its images in containerd, and kind could not load them from there.",
    ),
    "failure.digest.fix": (
        "No importa si hay red: los nodos descargarán las imágenes ellos mismos.",
        "It does not matter where there is a network: the nodes will pull the images themselves.",
    ),
    "failure.not_local": (
        "{engine} no tiene la imagen que había que cargar en los nodos.",
        "{engine} does not have the image that was to be loaded into the nodes.",
    ),
    "failure.not_local.fix": (
        "Descárgala con `{engine} pull` y prueba otra vez.",
        "Pull it with `{engine} pull` and try again.",
    ),
}
