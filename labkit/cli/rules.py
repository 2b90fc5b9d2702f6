"""``labkit rules``: what kube-proxy writes, from files or from a node of the running cluster."""

from __future__ import annotations

from argparse import Namespace

from labkit import plan
from labkit.cli.context import Context
from labkit.cli.parser import Parser
from labkit.cli.sources import STDIN, read_all, read_text
from labkit.errors import UsageError
from labkit.kubeproxy.addresses import Family
from labkit.kubeproxy.config import MODES, HostFacts, KubeProxyConfig, read_config
from labkit.kubeproxy.notes import Note, review
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
    "mode": "--mode",
}


def parser(words: Words) -> Parser:
    """Its options."""
    made = Parser(
        words,
        "rules",
        (
            "labkit rules --node labkit-worker",
            "labkit rules --last-sync",
            "labkit rules -f services.yaml -f slices.yaml --save",
            "labkit kubectl -- get svc,endpointslices,nodes -A -o yaml | labkit rules -f -",
            "labkit rules -f cluster.yaml --mode nftables --node labkit-worker",
            "labkit rules -f cluster.yaml --proxy-config kube-proxy.yaml --family ipv6 --save",
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
    made.option("--mode", key="cli.rules.mode", choices=MODES)
    made.flag("--save", "cli.rules.save")
    made.option("--family", key="cli.rules.family", choices=("ipv4", "ipv6"))
    made.flag("--no-nfacct", "cli.rules.nfacct")
    made.flag("--tcp-be-liberal", "cli.rules.liberal")
    made.flag("--no-random-fully", "cli.rules.fully")
    made.flag("--counters", "cli.rules.counters")
    made.flag("--last-sync", "cli.rules.last_sync")
    made.flag("--json", "cli.json")
    return made


def run(options: Namespace, context: Context) -> int:
    """Print the text (or, with ``--json``, text and notes)."""
    if options.last_sync:
        return show_sync(options, context)
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


def show_sync(options: Namespace, context: Context) -> int:
    """What kube-proxy of a running node wrote last: what it was about, and the text."""
    from labkit.cluster.embedded import EmbeddedCluster
    from labkit.lab.nodesync import NodeSync

    refuse_file_options(options, context)
    cluster = context.running()
    if options.filename or not isinstance(cluster, EmbeddedCluster):
        raise UsageError(context.words("cli.rules.no_syncs"))
    said = cluster.last_sync(options.node or plan.NODES[0].name)
    if options.json:
        context.console.json(said)
        return 0
    sync = NodeSync.from_dict(said, context.words)
    context.console.warn(str(sync).partition("\n  -A")[0], "dim")
    if sync.text:
        context.console.text(sync.text)
    return 0


def refuse_file_options(options: Namespace, context: Context) -> None:
    """``UsageError`` for what makes no sense where the rules are written already."""
    given = [flag for name, flag in ONLY_WITH_FILES.items() if getattr(options, name)]
    if given:
        raise UsageError(context.words("cli.rules.only_files", options=", ".join(given)))


def from_cluster(options: Namespace, context: Context) -> str:
    """The rules that a node of the running cluster has now."""
    given = [flag for name, flag in ONLY_WITH_FILES.items() if getattr(options, name)]
    if given:
        raise UsageError(context.words("cli.rules.only_files", options=", ".join(given)))
    cluster = context.running()
    if not options.node:
        options.node = next(iter(cluster.status().nodes), plan.NODES[0].name)
    return cluster.node_rules(options.node, counters=options.counters)


def from_files(options: Namespace, context: Context) -> tuple[str, list[str], str]:
    """The rules for the objects of the files, what kube-proxy passes over, and the node."""
    if options.counters:
        raise UsageError(context.words("cli.rules.no_counters"))
    config, unknown = configuration(options, context)
    objects = load_objects(read_all(options.filename, context))
    family: Family = "ipv6" if options.family == "ipv6" else "ipv4"
    node = node_for(options.node or config.hostname_override, objects, context.words)
    host = HostFacts(
        nfacct=not options.no_nfacct,
        random_fully=not options.no_random_fully,
        tcp_be_liberal=options.tcp_be_liberal,
    )
    proxy = KubeProxy(
        node,
        config,
        host,
        family,
        service_cidrs=objects.service_cidrs,
        mode=options.mode or config.mode,
    )
    notes = (*unknown, *objects.notes, *review(objects.services, objects.slices, family))
    name = node if isinstance(node, str) else node.name
    text = written(proxy, objects, saved=options.save)
    return text, told(notes, objects, context), name


def written(proxy: KubeProxy, objects: Objects, *, saved: bool) -> str:
    """What kube-proxy feeds to iptables-restore; with ``saved``, and in modes that have more than
    that, what the node shows."""
    if saved or proxy.mode != "iptables":
        return proxy.listing(objects.services, objects.slices)
    return proxy.input_text(objects.services, objects.slices)


def told(notes: tuple[Note, ...], objects: Objects, context: Context) -> list[str]:
    """What was passed over, in words; that nothing was given is worth a word as well."""
    lines = [note.text(context.words.language) for note in notes]
    if not objects.services:
        lines.append(context.words("cli.rules.no_services"))
    return lines


def configuration(options: Namespace, context: Context) -> tuple[KubeProxyConfig, tuple[Note, ...]]:
    """The given ``KubeProxyConfiguration`` or kube-proxy's defaults, and its unknown fields."""
    if not options.proxy_config:
        return KubeProxyConfig(), ()
    name = options.proxy_config
    config, unknown = read_config(read_text(name, context), "stdin" if name == STDIN else name)
    return config, tuple(Note("unknown-field", "KubeProxyConfiguration", one) for one in unknown)


def node_for(name: str, objects: Objects, words: Words) -> NodeInfo | str:
    """The Node of that name among those of the files; without a name the first of them.

    Files without Nodes leave the name alone, by default that of the course's first node.
    ``UsageError`` for a Node that is not there.
    """
    if not objects.nodes:
        return name or plan.NODES[0].name
    if not name:
        return objects.nodes[0]
    for node in objects.nodes:
        if node.name == name:
            return node
    there = ", ".join(node.name for node in objects.nodes)
    raise UsageError(
        words("cli.rules.no_node", node=name), words("cli.rules.no_node.fix", nodes=there)
    )
