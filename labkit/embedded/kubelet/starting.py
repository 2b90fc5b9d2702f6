"""Starting a container: image, environment, files, process."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping

from labkit.embedded.controllers.objects import namespace, uid
from labkit.embedded.interfaces import Json, Net, Program
from labkit.embedded.kubelet import environment, files
from labkit.embedded.kubelet.container import Container, Setup, container_id
from labkit.embedded.kubelet.downward import Place
from labkit.embedded.kubelet.machine import Machine
from labkit.embedded.kubelet.pull import Pulled
from labkit.embedded.kubelet.slot import Slot
from labkit.embedded.programs import nsenter

Volumes = dict[str, MutableMapping[str, bytes]]


def place(machine: Machine, address: str) -> Place:
    return Place(machine.node(), machine.plan.address, address)


def mounted_volumes(machine: Machine, pod: Json, address: str) -> Volumes:
    """The content of every volume of the Pod.  Raises ``files.MountError``."""
    return {
        str(volume["name"]): _volume(machine, pod, volume, address)
        for volume in pod["spec"].get("volumes") or []
    }


def _volume(machine: Machine, pod: Json, volume: Json, address: str) -> MutableMapping[str, bytes]:
    if "hostPath" in volume:
        return files.HostFolder(machine.disk, str(volume["hostPath"]["path"]))
    return files.volume_files(pod, volume, _finder(machine, pod), place(machine, address))


def links(machine: Machine, pod: Json) -> dict[str, str]:
    """The variables of the Services that exist now."""
    everything = pod["spec"].get("enableServiceLinks")
    services = machine.cluster.all("services")
    return environment.service_links(services, namespace(pod), everything is not False)


def build(
    machine: Machine,
    pod: Json,
    slot: Slot,
    pulled: Pulled,
    net: Net,
    volumes: Volumes,
    on_exit: Callable[[], None],
) -> Container:
    """A container that is ready to start.  Raises ``environment.ConfigError``."""
    spec, image = slot.spec, pulled.image
    known = environment.variables(
        pod, spec, links(machine, pod), _finder(machine, pod), place(machine, net.address)
    )
    given = {**image.env, "HOSTNAME": files.hostname(pod), **known}
    setup = Setup(
        argv=environment.command_line(spec, known, image.entrypoint, image.command),
        env={**given, "HOME": given.get("HOME", "/root")},  # as runc: what /etc/passwd says
        net=net,
        files=_root(pod, spec, pulled, net, volumes),
        hostname=files.hostname(pod),
        programs=_programs(machine, pod, spec, image.programs),
        workdir=str(spec.get("workingDir") or "/"),
        stdin=bool(spec.get("stdin")),
        tty=bool(spec.get("tty")),
    )
    identity = container_id(uid(pod), slot.name, slot.runs)
    log = machine.logs.file(pod, slot.name, slot.runs)
    log.open = True
    return Container(identity, setup, log, machine.clock, on_exit)


def _programs(
    machine: Machine, pod: Json, spec: Json, programs: Mapping[str, Program]
) -> Mapping[str, Program]:
    """The image's programs; one with a shell also has nsenter, where Linux lets it in."""
    if "sh" in programs and nsenter.may_enter(pod, spec):
        return {**programs, "nsenter": nsenter.nsenter(machine.programs)}
    return programs


def _root(
    pod: Json, spec: Json, pulled: Pulled, net: Net, volumes: Volumes
) -> MutableMapping[str, bytes]:
    """The image's files, those of the runtime, and the volumes where they are mounted."""
    own = {**pulled.image.files, **files.system_files(pod, net.address)}
    root = files.SharedFiles(own)
    for mount in spec.get("volumeMounts") or []:
        content = volumes.get(str(mount["name"]), {})
        path, inside = str(mount["mountPath"]), mount.get("subPath")
        if not inside:
            root.mount(path, content)
        elif inside in content:
            own[path] = content[inside]
    return root


def _finder(machine: Machine, pod: Json) -> environment.Finder:
    def find(resource: str, name: str) -> Json | None:
        return machine.find(resource, namespace(pod), name)

    return find
