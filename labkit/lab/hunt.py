"""Where does an address exist?  Every node and every Pod is asked for its interfaces.

A node shows its interfaces to a Pod with ``hostNetwork``; one for each node is made for the
question and removed by name.  The slices and the nodes' rules are read beside them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from labkit.cluster.kubectl import Kubectl
from labkit.lab.questions import Json, get_json
from labkit.words import Words

IMAGE = "busybox:1.36"
OWN = re.compile(r"^\s+inet6? ([0-9a-f.:]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere that was searched.

    ``kind`` is ``node``, ``pod``, ``slice`` or ``rules``; ``name`` its name; ``looked_at`` how
    many interfaces' addresses, endpoints or rules were read there; ``found`` in how many of
    them the address stands.
    """

    kind: str
    name: str
    looked_at: int
    found: int


@dataclass(frozen=True, slots=True)
class Hunt:
    """All places that were searched for ``address``."""

    address: str
    places: tuple[Place, ...]
    words: Words

    @property
    def found(self) -> tuple[Place, ...]:
        """The places where the address stands."""
        return tuple(place for place in self.places if place.found)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of place where it stands, each once: ``("rules",)`` for a ClusterIP."""
        return tuple(dict.fromkeys(place.kind for place in self.found))

    def __str__(self) -> str:
        words = self.words
        head = tuple(words(f"lab.hunt.{name}") for name in ("where", "name", "looked_at", "found"))
        rows = [
            (words(f"lab.hunt.{p.kind}"), p.name, str(p.looked_at), str(p.found or "-"))
            for p in self.places
        ]
        widths = [max(len(row[i]) for row in (head, *rows)) for i in range(4)]
        lines = [
            f"{row[0].ljust(widths[0])}  {row[1].ljust(widths[1])}  "
            f"{row[2].rjust(widths[2])}  {row[3].rjust(widths[3])}"
            for row in (head, *rows)
        ]
        return "\n".join([words("lab.hunt.title", address=self.address), *lines])

    __repr__ = __str__


def hunt(kubectl: Kubectl, address: str, rules: Callable[[str], str] | None, words: Words) -> Hunt:
    """Search the cluster for ``address``.

    ``rules`` gives a node's rules as text, or is None where they cannot be read.  Raises
    ``CommandFailed`` when the cluster does not answer.
    """
    nodes = [str(one["metadata"]["name"]) for one in get_json(kubectl, "nodes")["items"]]
    places = list(on_nodes(kubectl, nodes, address))
    places += on_pods(kubectl, address)
    places += in_slices(kubectl, address)
    if rules is not None:
        places += [in_rules(node, rules(node), address) for node in nodes]
    return Hunt(address, tuple(places), words)


def on_nodes(kubectl: Kubectl, nodes: list[str], address: str) -> Iterator[Place]:
    """The addresses of each node's interfaces."""
    with lookouts(kubectl, nodes) as pods:
        for node, pod in pods.items():
            own = OWN.findall(kubectl.check("exec", pod, "--", "ip", "addr").stdout)
            yield Place("node", node, len(own), own.count(address))


@contextmanager
def lookouts(kubectl: Kubectl, nodes: list[str]) -> Iterator[dict[str, str]]:
    """A Pod in the network of each node, for as long as the block lasts; node -> ``pod/NAME``."""
    made: list[str] = []
    try:
        for node in nodes:
            manifest = json.dumps(lookout(node))
            made += kubectl.check("create", "-f", "-", "-o", "name", stdin=manifest).stdout.split()
        kubectl.check("wait", "--for=condition=Ready", *made, "--timeout=60s")
        yield dict(zip(nodes, made, strict=True))
    finally:
        if made:
            kubectl.run("delete", *made, "--ignore-not-found", "--grace-period=1", "--wait=false")


def lookout(node: str) -> Json:
    """A Pod that only sleeps, in the node's own network."""
    container = {"name": "lookout", "image": IMAGE, "command": ["sleep", "600"]}
    spec = {
        "nodeName": node,
        "hostNetwork": True,
        "tolerations": [{"operator": "Exists"}],
        "terminationGracePeriodSeconds": 1,
        "containers": [container],
    }
    labels = {"app.kubernetes.io/managed-by": "labkit"}
    metadata = {"generateName": "labkit-lookout-", "labels": labels}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def on_pods(kubectl: Kubectl, address: str) -> list[Place]:
    """The addresses of the interfaces of the namespace's Pods; the lookouts are left out."""
    found = []
    for pod in get_json(kubectl, "pods")["items"]:
        if pod["spec"].get("hostNetwork"):
            continue
        own = [one["ip"] for one in pod.get("status", {}).get("podIPs") or []]
        found.append(Place("pod", pod["metadata"]["name"], len(own), own.count(address)))
    return found


def in_slices(kubectl: Kubectl, address: str) -> list[Place]:
    """The endpoints of the namespace's EndpointSlices."""
    return [
        Place(
            "slice",
            item["metadata"]["name"],
            len(item.get("endpoints") or []),
            sum(address in one["addresses"] for one in item.get("endpoints") or []),
        )
        for item in get_json(kubectl, "endpointslices")["items"]
    ]


def in_rules(node: str, text: str, address: str) -> Place:
    """The lines of a node's rules that name the address."""
    lines = [line for line in text.splitlines() if line.startswith("-A") or "dnat to" in line]
    whole = re.compile(rf"(?<![\d.:a-f]){re.escape(address)}(?![\d:a-f]|\.\d)")
    return Place("rules", node, len(lines), sum(bool(whole.search(line)) for line in lines))
