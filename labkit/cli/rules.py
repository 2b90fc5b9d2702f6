"""``labkit rules``: what kube-proxy writes, from files or from a node of the running cluster."""

from __future__ import annotations

from argparse import Namespace

from labkit import plan
from labkit.cli.context import Context
from labkit.cli.parser import Parser
from labkit.cli.sources import read_all, read_text
from labkit.errors import UsageError
from labkit.kubeproxy.addresses import Family
from labkit.kubeproxy.config import HostFacts, KubeProxyConfig
from labkit.kubeproxy.notes import review
from labkit.kubeproxy.objects import Objects, load_objects
from labkit.kubeproxy.proxy import KubeProxy
from labkit.model.service import NodeInfo
from labkit.words import Words

ONLY_WITH_FILES = {
    "proxy_config": "--proxy-config",
    "save": "--save",
    "family": "--family",
    "no_nfacct": "--no-nfacct",
    "tcp_be_liberal": "--tcp-be-liberal",
    "no_random_fully": "--no-random-fully",
}


def parser(words: Words) -> Parser:
    """Its options."""
    made = Parser(
        words,
        "rules",
        (
            "labkit rules --node labkit-worker",
            "labkit rules -f services.yaml -f slices.yaml --save",
            "labkit kubectl -- get svc,endpointslices,nodes -A -o yaml | labkit rules -f -",
        ),
    )
    made.option(
        "-f", "--filename", key="cli.rules.file", action="append", metavar="FILE", default=[]
    )
    made.option(
        "--node",
        key="cli.rules.node",
        fields={"node": plan.NODES[0].name},
        metavar="NAME",
        default="",
    )
    made.option("--proxy-config", key="cli.rules.config", metavar="FILE", default="")
    made.flag("--save", "cli.rules.save")
    made.option("--family", key="cli.rules.family", choices=("ipv4", "ipv6"))
    made.flag("--no-nfacct", "cli.rules.nfacct")
    made.flag("--tcp-be-liberal", "cli.rules.liberal")
    made.flag("--no-random-fully", "cli.rules.fully")
    made.flag("--counters", "cli.rules.counters")
    made.flag("--json", "cli.json")
    return made


def run(options: Namespace, context: Context) -> int:
    """Print the text (or, with ``--json``, text and notes)."""
    if options.filename:
        text, notes, node = from_files(options, context)
    else:
        text, notes, node = from_cluster(options, context), [], options.node
    if options.json:
        context.console.json({"node": node, "notes": notes, "text": text})
        return 0
    for note in notes:
        context.console.warn(note, "dim")
    context.console.text(text)
    return 0


def from_cluster(options: Namespace, context: Context) -> str:
    """The rules that a node of the running cluster has now."""
    given = [flag for name, flag in ONLY_WITH_FILES.items() if getattr(options, name)]
    if given:
        raise UsageError(context.words("cli.rules.only_files", options=", ".join(given)))
    options.node = options.node or plan.NODES[0].name
    return context.running().node_rules(options.node, counters=options.counters)


def from_files(options: Namespace, context: Context) -> tuple[str, list[str], str]:
    """The rules for the objects of the files, what kube-proxy passes over, and the node."""
    if options.counters:
        raise UsageError(context.words("cli.rules.no_counters"))
    config = configuration(options, context)
    objects = load_objects(read_all(options.filename, context))
    family: Family = "ipv6" if options.family == "ipv6" else "ipv4"
    node = node_for(options.node or config.hostname_override, objects)
    host = HostFacts(
        nfacct=not options.no_nfacct,
        random_fully=not options.no_random_fully,
        tcp_be_liberal=options.tcp_be_liberal,
    )
    proxy = KubeProxy(node, config, host, family)
    write = proxy.save_text if options.save else proxy.restore_text
    passed_over = (*objects.notes, *review(objects.services, objects.slices, family))
    notes = [note.text(context.words.language) for note in passed_over]
    name = node if isinstance(node, str) else node.name
    return write(objects.services, objects.slices), notes, name


def configuration(options: Namespace, context: Context) -> KubeProxyConfig:
    """The given ``KubeProxyConfiguration``, or kube-proxy's defaults; other modes are refused."""
    if not options.proxy_config:
        return KubeProxyConfig()
    config = KubeProxyConfig.from_yaml(read_text(options.proxy_config, context))
    if config.mode not in ("", "iptables"):
        raise UsageError(context.words("cli.rules.mode", mode=config.mode))
    return config


def node_for(name: str, objects: Objects) -> NodeInfo | str:
    """The Node of that name; without a name the only one of the files, else the course's first."""
    if not name and len(objects.nodes) == 1:
        return objects.nodes[0]
    name = name or plan.NODES[0].name
    return next((node for node in objects.nodes if node.name == name), name)
