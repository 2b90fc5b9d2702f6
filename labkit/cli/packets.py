"""What ``trace``, ``odds`` and ``simulate`` share: the rules, the node and the packet."""

from __future__ import annotations

import json
from argparse import Namespace
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any

from labkit import plan
from labkit.cli.context import Context
from labkit.cli.parser import Parser
from labkit.cli.sources import STDIN, read_text
from labkit.cluster.base import LOOPBACK, Cluster
from labkit.dataplane.plane import DataPlane
from labkit.dataplane.read import read_plane
from labkit.errors import UsageError
from labkit.model.ipset import IpSets
from labkit.model.packet import Packet
from labkit.words import Words

SOURCE_PORT = 40000
Nodes = tuple[plan.NodePlan, ...]
POD = f"{plan.NODES[0].pod_cidr.rpartition('.')[0]}.250"


def packet_parser(words: Words, command: str) -> Parser:
    """The options that name rules and packet."""
    made = Parser(words, command, examples(command))
    made.option("rules", key="cli.packet.rules", metavar="RULES", nargs="?", default="")
    made.option(
        "--from",
        key="cli.packet.from",
        metavar="IP",
        dest="source",
        default="",
        fields={"address": POD},
    )
    made.option("--to", key="cli.packet.to", metavar="IP:PORT", required=True)
    made.option(
        "--proto",
        key="cli.packet.proto",
        default="tcp",
        choices=("tcp", "udp", "sctp", "icmp", "icmpv6"),
    )
    made.option(
        "--sport",
        key="cli.packet.sport",
        metavar="N",
        default=str(SOURCE_PORT),
        fields={"port": SOURCE_PORT},
    )
    made.option(
        "--hook", key="cli.packet.hook", choices=("prerouting", "output"), default="prerouting"
    )
    made.option("--local", key="cli.packet.local", metavar="IP", action="append", default=[])
    made.option("--iface", key="cli.packet.iface", metavar="NAME", default="")
    made.option("--node", key="cli.packet.node", metavar="NAME", default="")
    made.option("--ipset", key="cli.packet.ipset", metavar="FILE", default="")
    made.flag("--json", "cli.json")
    return made


def examples(command: str) -> tuple[str, ...]:
    """How the command is typed."""
    more = " -n 10000000" if command == "simulate" else ""
    return (
        f"labkit {command} --from 10.244.0.7 --to backend-service:80{more}",
        f"labkit {command} worker.rules --from 10.244.1.5 --to 10.96.45.10:80{more}",
        f"iptables-save | labkit {command} - --from 10.244.1.5 --to 10.96.45.10:80 --json",
    )


@dataclass(frozen=True, slots=True)
class Question:
    """A packet, and the node whose rules it meets, in whichever mode they are written."""

    plane: DataPlane
    packet: Packet


def question(options: Namespace, context: Context) -> Question:
    """What is asked, from files or from the running cluster."""
    words = context.words
    cluster = None if options.rules else context.running()
    nodes = nodes_of(cluster, context) if cluster else plan.NODES
    host, port = destination(options, context, cluster)
    source = check_ip(options.source or default_source(host, nodes), words)
    packet = Packet(
        source,
        check_ip(host, words),
        options.proto,
        sport=port_number(options.sport, words),
        dport=port,
        in_iface=options.iface,
    )
    local = tuple(check_ip(one, words) for one in options.local)
    if cluster is not None:
        return of_cluster(
            cluster, nodes, options.node or node_of_address(source, nodes), local, packet
        )
    name = options.rules
    text = read_text(name, context)
    source = "stdin" if name == STDIN else name
    sets = read_sets(options.ipset, context)
    return Question(read_plane(text, source=source, sets=sets, addresses=local), packet)


def read_sets(name: str, context: Context) -> IpSets:
    """The ipsets of ``--ipset FILE``; none without it."""
    return IpSets.parse(read_text(name, context), source=name) if name else IpSets()


def of_cluster(
    cluster: Cluster, nodes: Nodes, name: str, local: tuple[str, ...], packet: Packet
) -> Question:
    """The same with the rules and the addresses of a node of the running cluster."""
    own = tuple(
        address
        for node in nodes
        if node.name == name
        for address in (node.address, node.pod_gateway)
        if address
    )
    text = cluster.node_rules(name)
    return Question(read_plane(text, source=name, addresses=own + local), packet)


def default_source(host: str, nodes: Nodes = plan.NODES) -> str:
    """A Pod of the first node; for IPv6 rules the sender must be named."""
    if ":" in host:
        return ""
    if nodes is plan.NODES or not nodes[0].pod_cidr:
        return POD
    return str(ip_network(nodes[0].pod_cidr).broadcast_address - 5)


def node_of_address(source: str, nodes: Nodes = plan.NODES) -> str:
    """The node to which an address belongs: its own, or its Pods' network; else the first."""
    address = ip_address(source)
    for node in nodes:
        if source == node.address or (node.pod_cidr and address in ip_network(node.pod_cidr)):
            return node.name
    return nodes[0].name


def nodes_of(cluster: Cluster, context: Context) -> Nodes:
    """The cluster's nodes: those of the plan where it is ours, else as its API shows them."""
    if LOOPBACK in cluster.capabilities:
        return plan.NODES
    answer = context.kubectl(cluster).check("get", "nodes", "-o", "json")
    return tuple(node_plan(one) for one in json.loads(answer.stdout)["items"])


def node_plan(node: Any) -> plan.NodePlan:
    """A node of the API; its address on the Pods' side is the first of their network, as in the
    plan."""
    addresses = node["status"].get("addresses") or []
    own = next((one["address"] for one in addresses if one["type"] == "InternalIP"), "")
    cidr = node["spec"].get("podCIDR", "")
    gateway = str(next(ip_network(cidr).hosts())) if cidr else ""
    return plan.NodePlan(node["metadata"]["name"], own, cidr, gateway, False)


def destination(options: Namespace, context: Context, cluster: Cluster | None) -> tuple[str, int]:
    """Address and port of ``--to``; with a running cluster a Service's name may stand there."""
    to, words = options.to, context.words
    host, _, port = to.rpartition(":")
    if options.proto.startswith("icmp") and is_ip(to):
        return to, 0
    if not host or (host.count(":") and not host.startswith("[")):
        raise UsageError(words("cli.packet.bad_to", to=to))
    host = host.strip("[]")
    if cluster is None or is_ip(host):
        return check_ip(host, words), port_number(port, words)
    return service_address(host, port, context, cluster)


def service_address(name: str, port: str, context: Context, cluster: Cluster) -> tuple[str, int]:
    """The ClusterIP and port of a Service (``name``, ``name.namespace`` or ``namespace/name``);
    the port is a number or a name."""
    namespace, _, plain = name.rpartition("/")
    if not namespace:
        plain, _, namespace = name.partition(".")
    namespace = namespace.split(".")[0] or cluster.namespace
    kubectl = context.kubectl(cluster)
    answer = kubectl.run("get", "service", plain, "-n", namespace, "-o", "json")
    spec = json.loads(answer.stdout)["spec"] if answer.ok else {}
    for one in spec.get("ports") or []:
        if port in (str(one["port"]), one.get("name")) and is_ip(spec.get("clusterIP", "")):
            return spec["clusterIP"], int(one["port"])
    raise UsageError(context.words("cli.packet.no_service", name=name, port=port))


def is_ip(text: str) -> bool:
    """Whether the text is an IP address."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def check_ip(text: str, words: Words) -> str:
    """The address, if it is one."""
    if not is_ip(text):
        raise UsageError(words("cli.packet.bad_ip", address=text))
    return text


def port_number(text: str, words: Words) -> int:
    """The port, if it is one."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise UsageError(words("cli.packet.bad_port", port=text))
    return int(text)
