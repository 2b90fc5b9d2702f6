"""Questions to a node's own rules: a Service's rules, its exact odds, one packet's way.

The rules are the text that ``iptables-save`` prints on the node, read again; who stands behind
an address is asked of the cluster with kubectl.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from ipaddress import ip_address, ip_network

from labkit.cluster.kubectl import Kubectl
from labkit.dataplane.nodes import Place
from labkit.dataplane.plane import DataPlane
from labkit.dataplane.read import mode_of, read_plane
from labkit.dataplane.report import expected
from labkit.errors import LabError
from labkit.kubeproxy.explain import explain
from labkit.lab.questions import Json, get_json
from labkit.model.chain import ChanceChain
from labkit.model.packet import Packet
from labkit.model.way import Way
from labkit.netfilter.routes import Route
from labkit.ruleset.tables import Ruleset
from labkit.words import Words

SOURCE_PORT = 40000
PROBABILITY = re.compile(r"--probability (\S+)")
DNAT_GOAL = re.compile(r"-> (\S+?)\"")


@dataclass(frozen=True, slots=True)
class Target:
    """A Service's address and first port."""

    service: str
    address: str
    port: int


def luck(service: str, connection: int) -> int:
    """The seed of a connection's draws: another in each cluster, since its Service has another
    address there, and the same again for the same connection."""
    return (int(ip_address(service)) << 32) + connection


@dataclass(frozen=True, slots=True)
class OddsRow:
    """One outcome: where it goes, the Pod and node there (empty if unknown), its exact chance."""

    label: str
    pod: str
    node: str
    chance: Fraction


@dataclass(frozen=True, slots=True)
class Odds:
    """Every outcome of a new connection to ``target`` by the rules of ``node``; sums to 1."""

    target: Target
    node: str
    rows: tuple[OddsRow, ...]
    words: Words
    chain: ChanceChain | None = None

    def pictured(self) -> ChanceChain:
        """What ``show`` draws: the chain of rules that makes these odds."""
        if self.chain is None:
            raise LabError(self.words("lab.odds.no_chain", service=self.target.service))
        return self.chain

    def __str__(self) -> str:
        target, words = self.target, self.words
        title = words(
            "lab.odds.title",
            service=target.service,
            address=target.address,
            port=target.port,
            node=self.node,
        )
        cells = [
            (fraction_text(row.chance), percent(row.chance), row.pod or row.label, row.node)
            for row in self.rows
        ]
        widths = [max((len(row[i]) for row in cells), default=0) for i in range(4)]
        lines = [
            f"  {row[0].rjust(widths[0])}  {row[1].rjust(widths[1])}  "
            f"{row[2].ljust(widths[2])}  {row[3]}".rstrip()
            for row in cells
        ]
        return "\n".join([title, *lines])

    __repr__ = __str__


def rules_of(kubectl: Kubectl, text: str, service: str, words: Words) -> str:
    """What a node's text has of one Service, in any mode; empty when it has nothing."""
    if mode_of(text) == "ipvs":
        return virtual_servers(text, target_of(kubectl, service, words).address)
    return rules_of_service(text, service)


def rules_of_service(text: str, service: str) -> str:
    """The lines of an ``iptables-save`` text whose comment names the Service, by table; of an
    nftables text its elements and chains.  IPVS knows no names: see :func:`virtual_servers`."""
    if mode_of(text) == "nftables":
        return nft_rules_of_service(text, service)
    lines: list[str] = []
    table = ""
    for line in text.splitlines():
        if line.startswith("*"):
            table = line
        elif line.startswith("-A") and names_service(line, service):
            if table:
                lines.append(table)
                table = ""
            lines.append(line)
    return "\n".join(lines)


def nft_rules_of_service(text: str, service: str) -> str:
    """The Service's elements of sets and maps, and its chains, each below the line that opens
    its block."""
    mine = re.compile(rf'-{re.escape(service)}/|"{re.escape(service)}[:"]')
    lines: list[str] = []
    opened, shown, own = "", False, False
    for line in text.splitlines():
        if re.match(r"\t(set|map|chain) ", line):
            opened, shown, own = line, False, bool(mine.search(line))
        if not opened or not (own or mine.search(line)):
            continue
        if not shown and line is not opened:
            lines.append(opened)
        lines.append(line)
        shown = True
        if line == "\t}":
            opened = ""
    return "\n".join(lines)


def virtual_servers(text: str, address: str) -> str:
    """What the text of IPVS mode has of an address: its virtual servers and entries of sets."""
    lines: list[str] = []
    own = False
    for line in text.splitlines():
        if not line.startswith("  -> "):
            own = f" {address}:" in line or f" [{address}]:" in line or f" {address}," in line
        if own:
            lines.append(line.rstrip())
    return "\n".join(lines)


def names_service(line: str, service: str) -> bool:
    """Whether the rule's comment is about the Service (``ns/name`` or ``ns/name:port``)."""
    _, found, comment = line.partition('--comment "')
    if not found:
        _, found, comment = line.partition("--comment ")
    word = comment.split('"')[0].split(" ")[0]
    return word == service or word.startswith(service + ":")


def node_with_rules(kubectl: Kubectl, name: str, text: str) -> DataPlane:
    """The emulated node: those rules, and the addresses that the cluster says it has.

    Its Pods are behind ``veth``, where the node has the first address of their network.
    """
    about = get_json(kubectl, "node", name)
    addresses = [
        one["address"]
        for one in about["status"].get("addresses") or []
        if one["type"] in ("InternalIP", "ExternalIP")
    ]
    interfaces = {"lo": ("127.0.0.1/8",), "eth0": tuple(addresses)}
    routes: tuple[Route, ...] = (Route("0.0.0.0/0", "eth0"), Route("::/0", "eth0"))
    if cidr := about["spec"].get("podCIDR"):
        interfaces["veth"] = (f"{next(ip_network(cidr).hosts())}/32",)
        routes = (Route(cidr, "veth"), *routes)
    return read_plane(text, source=name, place=Place((), interfaces, routes))


def target_of(kubectl: Kubectl, service: str, words: Words) -> Target:
    """The Service's ClusterIP and first port; ``LabError`` for one without."""
    namespace, _, name = service.partition("/")
    answer = kubectl.run("get", "service", name, "-n", namespace, "-o", "json")
    if answer.status:
        raise LabError(words("lab.no_service", service=service), words("lab.no_service.fix"))
    spec: Json = json.loads(answer.stdout)["spec"]
    address, ports = spec.get("clusterIP", "None"), spec.get("ports") or []
    if address in ("", "None") or not ports:
        raise LabError(words("lab.headless", service=service))
    return Target(service, address, int(ports[0]["port"]))


def owners(kubectl: Kubectl, service: str) -> dict[str, tuple[str, str]]:
    """Address to (Pod, node), from the Service's slices."""
    namespace, _, name = service.partition("/")
    label = f"kubernetes.io/service-name={name}"
    slices = get_json(kubectl, "endpointslices", "-n", namespace, "-l", label)
    return {
        address: ((one.get("targetRef") or {}).get("name", ""), one.get("nodeName", ""))
        for item in slices["items"]
        for one in item.get("endpoints") or []
        for address in one["addresses"]
    }


def odds_of_service(kubectl: Kubectl, rules: str, service: str, node: str, words: Words) -> Odds:
    """Where a new connection from a Pod of ``node`` to the Service goes."""
    target = target_of(kubectl, service, words)
    who = owners(kubectl, service)
    about = get_json(kubectl, "node", node)
    hosts = ip_network(about["spec"]["podCIDR"])
    source = next(str(host) for host in reversed(list(hosts.hosts())) if str(host) not in who)
    packet = Packet(source, target.address, sport=SOURCE_PORT, dport=target.port, in_iface="veth")
    plane = node_with_rules(kubectl, node, rules)
    rows = tuple(rows_of(plane, packet, who))
    ordered = tuple(sorted(rows, key=lambda row: (row.node, row.pod)))
    return Odds(target, node, ordered, words, chain_of(rules, target, who))


def chain_of(text: str, target: Target, who: dict[str, tuple[str, str]]) -> ChanceChain | None:
    """The rules that choose among the Service's endpoints, as they stand in the node's text;
    None where no rule draws one by one (nftables and IPVS choose in one step)."""
    if mode_of(text) != "iptables":
        return None
    nat = Ruleset.parse(text)["nat"]
    goal = f"-d {target.address}/32 "
    doors = [str(rule) for rule in nat["KUBE-SERVICES"] if goal in str(rule)]
    door = next((one for one in doors if f"--dport {target.port} " in one), "")
    name = door.rpartition("-j ")[2]
    if not name.startswith(("KUBE-SVC-", "KUBE-SVL-")):
        return None
    chances: list[str] = []
    labels: list[str] = []
    for rule in map(str, nat[name]):
        endpoint = DNAT_GOAL.search(rule)
        if "-j KUBE-SEP-" not in rule or "--rcheck" in rule or endpoint is None:
            continue
        draw = PROBABILITY.search(rule)
        chances.append(draw[1] if draw else "1")
        address = endpoint[1].rpartition(":")[0]
        labels.append(who.get(address, ("", ""))[0] or endpoint[1])
    return ChanceChain(chances, labels) if chances else None


def rows_of(plane: DataPlane, packet: Packet, who: dict[str, tuple[str, str]]) -> Iterator[OddsRow]:
    """Each outcome with the Pod that stands behind its destination, and its chance.

    In IPVS mode, where nothing is left to chance, with its share by turns.
    """
    for label, chance in expected(plane, packet).items():
        goal = label.partition(" (")[0].rpartition(" ")[2]
        pod, node = who.get(goal.rpartition(":")[0].strip("[]"), ("", ""))
        yield OddsRow(label, pod, node, chance)


def trace_to_service(
    kubectl: Kubectl, rules_of: Callable[[str], str], pod: str, service: str, words: Words
) -> Way:
    """The way of one packet from a Pod to the Service through the Pod's node.

    ``rules_of`` gives the rules of a node by its name.
    """
    namespace, _, name = pod.rpartition("/")
    place = ("-n", namespace) if namespace else ()
    answer = kubectl.run("get", "pod", name, *place, "-o", "json")
    if answer.status:
        raise LabError(words("lab.no_pod", pod=pod))
    about: Json = json.loads(answer.stdout)
    node, source = about["spec"].get("nodeName", ""), about["status"].get("podIP", "")
    if not node or not source:
        raise LabError(words("lab.pod_not_running", pod=pod))
    target = target_of(kubectl, service, words)
    packet = Packet(source, target.address, sport=SOURCE_PORT, dport=target.port, in_iface="veth")
    rules = rules_of(node)
    emulated = node_with_rules(kubectl, node, rules)
    names = {address: who for address, (who, _) in owners(kubectl, service).items() if who}
    names |= {source: name, target.address: service.rpartition("/")[2]}
    reasons = dict(explain(rules, words.language))
    return Way(emulated.trace(packet), names, reasons, node, words.language)


def fraction_text(chance: Fraction) -> str:
    """``1/2``; for the long ones that 31-bit thresholds make, ``715827883/2^31``."""
    if chance.denominator <= 4096:
        return str(chance)
    exponent = chance.denominator.bit_length() - 1
    if chance.denominator == 1 << exponent:
        return f"{chance.numerator}/2^{exponent}"
    return str(chance)


def percent(chance: Fraction) -> str:
    """Percent with as many places as show that 1/3 is kept in 31 bits."""
    return f"{float(chance) * 100:.8f} %"
