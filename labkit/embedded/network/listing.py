"""What a node shows of its rules: iptables-save, nft list ruleset, or what IPVS mode keeps."""

from __future__ import annotations

from labkit.embedded.network.machine import Machine
from labkit.ipvs.listing import listing
from labkit.netfilter.ipvsnode import IpvsNodeState, IpvsRules
from labkit.ruleset.render import render
from labkit.ruleset.tables import Ruleset


def rules_text(machine: Machine, *, counters: bool) -> str:
    """The text for people; ``counters`` (of iptables rules) as ``iptables-save -c`` has them.

    In IPVS mode: ``ipvsadm -Ln`` with the connections of now, ``ipset save``, and
    ``iptables-save``, under headings.
    """
    counts = machine.state.counters if counters else None
    rules, state = machine.rules, machine.state
    if isinstance(rules, Ruleset):
        return render(rules, counts)
    if isinstance(rules, IpvsRules) and isinstance(state, IpvsNodeState):
        state.take_over(rules.table)
        parts = (
            ("ipvsadm -Ln", listing(state.ipvs)),
            ("ipset save", rules.sets.text),
            ("iptables-save", render(rules.rules, counts)),
        )
        return "\n".join(f"# {name}\n{text}" for name, text in parts)
    return machine.text
