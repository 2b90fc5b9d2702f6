"""The options with which a cluster is asked for, the same for every command that starts one."""

from __future__ import annotations

from argparse import Namespace

from labkit.cli.parser import Parser
from labkit.cluster.base import Wishes

MODES = ("iptables", "nftables", "ipvs")
ENGINES = ("docker", "podman", "nerdctl")


def add_wishes(made: Parser) -> None:
    """``--backend`` and what may be wished of each."""
    made.backend()
    made.option("--proxy-mode", key="wish.mode", choices=MODES, default="")
    made.option("--image", key="wish.image", metavar="IMAGE", default="")
    made.option("--engine", key="wish.engine", choices=ENGINES, default="")
    add_context(made)


def add_context(made: Parser) -> None:
    """What names a cluster of the user's, and what may be done in it."""
    made.option("--context", key="wish.context", metavar="C", default="")
    made.option("--namespace", key="wish.namespace", metavar="NS", default="")
    made.flag("--yes-this-one", "wish.yes")
    made.flag("--allow-node-pod", "wish.node_pod")


def wishes_of(options: Namespace) -> Wishes:
    """The wishes of a command line."""
    return Wishes(
        proxy_mode=getattr(options, "proxy_mode", ""),
        image=getattr(options, "image", ""),
        engine=getattr(options, "engine", ""),
        keep=getattr(options, "keep", False),
        context=options.context,
        namespace=options.namespace,
        yes_this_one=options.yes_this_one,
        allow_node_pod=options.allow_node_pod,
    )
