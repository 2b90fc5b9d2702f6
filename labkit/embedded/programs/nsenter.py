"""``nsenter -t 1 -m -n -- PROGRAM``: a privileged container with ``hostPID`` runs the node's own
programs.

Elsewhere there is none here: without these two the process 1 that a container sees is its own,
and Linux lets nobody into the node's namespaces.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from labkit.embedded.interfaces import Json, NodeRules, Process, Program
from labkit.embedded.programs import kit

NFTABLES = "table ip"


def may_enter(pod: Json, container: Json) -> bool:
    """Whether Linux would let this container into the node's namespaces."""
    privileged = (container.get("securityContext") or {}).get("privileged")
    return bool(privileged and pod["spec"].get("hostPID"))


def node_programs(rules: NodeRules, node: str) -> Mapping[str, Program]:
    """What is installed on the node itself: ``iptables-save`` and ``nft``."""

    async def iptables_save(process: Process) -> int:
        text = rules.rules_text(node, counters="-c" in process.argv)
        kit.out(process, "" if text.lstrip().startswith(NFTABLES) else text)
        return 0

    async def nft(process: Process) -> int:
        if list(process.argv[1:]) != ["list", "ruleset"]:
            kit.err(process, "Error: only `nft list ruleset` exists here\n")
            return 1
        text = rules.rules_text(node)
        kit.out(process, text if text.lstrip().startswith(NFTABLES) else "")
        return 0

    return {"iptables-save": iptables_save, "nft": nft}


def nsenter(host: Mapping[str, Program]) -> Program:
    """The program, for the node whose programs are ``host``."""

    async def run(process: Process) -> int:
        words = command_of(list(process.argv[1:]))
        if not words:
            kit.err(process, "Usage: nsenter [OPTIONS] [PROG ARGS]\n")
            return 1
        program = kit.find(host, words[0])
        if program is None:
            text = f"nsenter: can't execute '{words[0]}': No such file or directory\n"
            kit.err(process, text)
            return 127
        return await program(replace(process, argv=words))

    return run


def command_of(words: list[str]) -> list[str]:
    """The words after the options (``-t`` takes a value)."""
    while words and words[0].startswith("-"):
        option = words.pop(0)
        if option == "--":
            break
        if option in ("-t", "--target") and words:
            words.pop(0)
    return words
