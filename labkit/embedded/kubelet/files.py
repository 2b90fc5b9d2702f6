"""The files that the kubelet and the runtime put into a container.

/etc/hosts, /etc/resolv.conf and /etc/hostname, and volumes of ConfigMaps, Secrets, the downward
API and projections.  An ``emptyDir`` is shared by the containers of a Pod, a ``hostPath`` by all
Pods of a node (it is an emulated node's: nobody sees the files of this machine); both are empty
again after the server was restarted.
"""

from __future__ import annotations

import base64
import posixpath
from collections.abc import Iterator, MutableMapping

from labkit import plan
from labkit.embedded.controllers.objects import name, namespace, uid
from labkit.embedded.interfaces import Json
from labkit.embedded.kubelet.downward import Place, field_value, resource_value
from labkit.embedded.kubelet.environment import Finder

POD_HOSTS = (
    "# Kubernetes-managed hosts file.",
    "127.0.0.1\tlocalhost",
    "::1\tlocalhost ip6-localhost ip6-loopback",
    "fe00::0\tip6-localnet",
    "fe00::0\tip6-mcastprefix",
    "fe00::1\tip6-allnodes",
    "fe00::2\tip6-allrouters",
)
NODE_HOSTS = (
    "# Kubernetes-managed hosts file (host network).",
    "127.0.0.1\tlocalhost",
    "::1\tlocalhost ip6-localhost ip6-loopback",
    "fe00::\tip6-localnet",
    "ff00::\tip6-mcastprefix",
    "ff02::1\tip6-allnodes",
    "ff02::2\tip6-allrouters",
)
"""The file of a node that is a container, as Docker writes it."""
EMPTY_DIRS = ("emptyDir", "ephemeral")


class MountError(Exception):
    """A volume that cannot be mounted; ``volume`` is its name, the text is the kubelet's."""

    def __init__(self, volume: str, why: str) -> None:
        super().__init__(why)
        self.volume = volume


class SharedFiles(MutableMapping[str, bytes]):
    """A container's file system: its own files, with shared directories mounted into it."""

    def __init__(self, own: MutableMapping[str, bytes]) -> None:
        self._own = own
        self._mounts: list[tuple[str, MutableMapping[str, bytes]]] = []

    def mount(self, path: str, files: MutableMapping[str, bytes]) -> None:
        """Show ``files`` (paths relative to it) under ``path``, which is a folder from then on."""
        files.setdefault("", b"")
        self._mounts.append((path.rstrip("/") + "/", files))
        self._mounts.sort(key=lambda m: -len(m[0]))

    def _place(self, path: str) -> tuple[MutableMapping[str, bytes], str]:
        for prefix, files in self._mounts:
            if path.startswith(prefix):
                return files, path[len(prefix) :]
        return self._own, path

    def __getitem__(self, path: str) -> bytes:
        files, inside = self._place(path)
        return files[inside]

    def __setitem__(self, path: str, content: bytes) -> None:
        files, inside = self._place(path)
        files[inside] = content

    def __delitem__(self, path: str) -> None:
        files, inside = self._place(path)
        del files[inside]

    def __iter__(self) -> Iterator[str]:
        for path in list(self._own):
            if self._place(path)[0] is self._own:
                yield path
        for prefix, files in self._mounts:
            yield from (prefix + inside for inside in list(files))

    def __len__(self) -> int:
        return sum(1 for _ in self)


class HostFolder(MutableMapping[str, bytes]):
    """A folder of a node's disk as a volume: paths are relative to it."""

    def __init__(self, disk: MutableMapping[str, bytes], path: str) -> None:
        self._disk, self._prefix = disk, path.rstrip("/") + "/"

    def __getitem__(self, path: str) -> bytes:
        return self._disk[self._prefix + path]

    def __setitem__(self, path: str, content: bytes) -> None:
        self._disk[self._prefix + path] = content

    def __delitem__(self, path: str) -> None:
        del self._disk[self._prefix + path]

    def __iter__(self) -> Iterator[str]:
        found = [path for path in self._disk if path.startswith(self._prefix)]
        return (path[len(self._prefix) :] for path in found)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def hostname(pod: Json) -> str:
    """What ``hostname`` prints in the Pod; with ``hostNetwork`` it is the node's."""
    if pod["spec"].get("hostNetwork"):
        return str(pod["spec"].get("nodeName") or name(pod))
    return str(pod["spec"].get("hostname") or name(pod))[:63]


def system_files(pod: Json, address: str) -> dict[str, bytes]:
    """/etc/hosts, /etc/resolv.conf and /etc/hostname."""
    return {
        "/etc/hosts": _hosts(pod, address).encode(),
        "/etc/resolv.conf": _resolv(pod).encode(),
        "/etc/hostname": f"{hostname(pod)}\n".encode(),
    }


def _hosts(pod: Json, address: str) -> str:
    """``managedHostsFileContent``; with ``hostNetwork`` the node's own file (nodeHostsFile)."""
    if pod["spec"].get("hostNetwork"):
        lines = [*NODE_HOSTS, f"{address}\t{hostname(pod)}"]
    else:
        lines = [*POD_HOSTS, _own_line(pod, address)]
    aliases = pod["spec"].get("hostAliases") or []
    if aliases:
        lines += ["", "# Entries added by HostAliases."]
        lines += ["\t".join([a["ip"], *(a.get("hostnames") or [])]) for a in aliases]
    return "\n".join(lines) + "\n"


def _own_line(pod: Json, address: str) -> str:
    host, subdomain = hostname(pod), pod["spec"].get("subdomain")
    if not subdomain:
        return f"{address}\t{host}"
    return f"{address}\t{host}.{subdomain}.{namespace(pod)}.svc.{plan.CLUSTER_DOMAIN}\t{host}"


def _resolv(pod: Json) -> str:
    own = pod["spec"].get("dnsConfig") or {}
    servers = list(own.get("nameservers") or [])
    searches = list(own.get("searches") or [])
    options = [_option(o) for o in own.get("options") or []]
    policy = pod["spec"].get("dnsPolicy") or "ClusterFirst"
    host = bool(pod["spec"].get("hostNetwork"))
    if policy == "Default" or (policy == "ClusterFirst" and host):
        servers = [plan.NODE_GATEWAY, *servers]
    elif policy != "None":
        domain = plan.CLUSTER_DOMAIN
        searches = [f"{namespace(pod)}.svc.{domain}", f"svc.{domain}", domain, *searches]
        servers = [plan.DNS_SERVICE_IP, *servers]
        options = options if any(o.startswith("ndots") for o in options) else ["ndots:5", *options]
    lines = [f"search {' '.join(searches)}"] if searches else []
    lines += [f"nameserver {server}" for server in servers]
    lines += [f"options {' '.join(options)}"] if options else []
    return "\n".join(lines) + "\n"


def _option(option: Json) -> str:
    value = option.get("value")
    return f"{option['name']}:{value}" if value is not None else str(option["name"])


def volume_files(pod: Json, volume: Json, find: Finder, place: Place) -> dict[str, bytes]:
    """The files of one volume, by path inside it.  Raises ``MountError``."""
    title = str(volume["name"])
    for kind in EMPTY_DIRS:
        if kind in volume:
            return {}
    if "configMap" in volume:
        source = {**volume["configMap"], "name": volume["configMap"].get("name")}
        return _data_files(title, "configmaps", source, find, namespace(pod))
    if "secret" in volume:
        source = {**volume["secret"], "name": volume["secret"].get("secretName")}
        return _data_files(title, "secrets", source, find, namespace(pod))
    if "downwardAPI" in volume:
        return _downward_files(pod, volume["downwardAPI"], place)
    if "projected" in volume:
        return _projected(pod, title, volume["projected"], find, place)
    if not (set(volume) - {"name"}):
        return {}
    kind = next(iter(set(volume) - {"name"}))
    raise MountError(title, f"volumes of type {kind} are not emulated")


def _projected(
    pod: Json, title: str, projected: Json, find: Finder, place: Place
) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for source in projected.get("sources") or []:
        for kind, resource in (("configMap", "configmaps"), ("secret", "secrets")):
            if kind in source:
                found = _data_files(title, resource, source[kind], find, namespace(pod))
                files.update(found)
        if "downwardAPI" in source:
            files.update(_downward_files(pod, source["downwardAPI"], place))
        if "serviceAccountToken" in source:
            path = str(source["serviceAccountToken"].get("path") or "token")
            files[path] = _token(pod)
    return files


def _token(pod: Json) -> bytes:
    """No token: the embedded API server trusts its secret path, not tokens."""
    account = pod["spec"].get("serviceAccountName") or "default"
    return f"emulated-token.{namespace(pod)}.{account}.{uid(pod)}".encode()


def _data_files(
    volume: str, resource: str, source: Json, find: Finder, where: str
) -> dict[str, bytes]:
    title = str(source.get("name"))
    found = find(resource, title)
    if found is None:
        if source.get("optional"):
            return {}
        raise MountError(volume, f'{resource.removesuffix("s")} "{title}" not found')
    content = bytes_data(resource, found)
    items = source.get("items")
    if not items:
        return content
    files = {}
    for item in items:
        if item["key"] in content:
            files[_relative(item["path"])] = content[item["key"]]
        elif not source.get("optional"):
            raise MountError(volume, f"references non-existent {resource[:-1]} key: {item['key']}")
    return files


def bytes_data(resource: str, found: Json) -> dict[str, bytes]:
    """The data of a ConfigMap or a Secret as bytes."""
    data = found.get("data") or {}
    if resource == "secrets":
        return {str(k): base64.b64decode(v) for k, v in data.items()}
    content = {str(k): str(v).encode() for k, v in data.items()}
    binary = found.get("binaryData") or {}
    return {**content, **{str(k): base64.b64decode(v) for k, v in binary.items()}}


def _downward_files(pod: Json, source: Json, place: Place) -> dict[str, bytes]:
    files = {}
    for item in source.get("items") or []:
        if "fieldRef" in item:
            value = field_value(pod, str(item["fieldRef"]["fieldPath"]), place)
        else:
            reference = item["resourceFieldRef"]
            containers = pod["spec"].get("containers") or []
            about = next(c for c in containers if c["name"] == reference["containerName"])
            value = resource_value(about, reference, place)
        files[_relative(item["path"])] = value.encode()
    return files


def _relative(path: str) -> str:
    return posixpath.normpath(path).lstrip("/")
