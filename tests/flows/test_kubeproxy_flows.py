"""Packet flows through kube-proxy's rules, with the outcomes that real packets had."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from labkit.model.packet import Packet
from labkit.model.trace import Verdict
from labkit.netfilter import Node
from labkit.ruleset import Ruleset
from tests.golden.kubeproxy.ruletext import JUMPS

CASES: list[dict[str, Any]] = json.loads(
    gzip.decompress((Path(__file__).parent / "flows.json.gz").read_bytes())
)
FLOWS = [
    pytest.param(case, flow, id=f"{case['name']}: {flow['name']}")
    for case in CASES
    for flow in case["flows"]
]


@pytest.mark.parametrize(("case", "flow"), FLOWS)
def test_flow(case: dict[str, Any], flow: dict[str, Any]) -> None:
    """The emulator's outcomes are those of real packets: endpoints, masquerading, refusals."""
    rules = Ruleset.parse(case["rules"], family=6 if case["ipFamily"] == "IPv6" else 4)
    family6 = rules.family == 6
    own = [ip for ip in case["nodeIPs"] if (":" in ip) == family6]
    node = Node(rules.restore(JUMPS), addresses=own)
    packet = Packet(
        flow["sourceIP"],
        flow["destIP"],
        flow["protocol"].lower(),
        40000,
        flow["destPort"],
        in_iface="" if flow["sourceIP"] in own else "eth1",
    )
    hook = "output" if flow["sourceIP"] in own else "prerouting"
    outcomes = node.outcomes(packet, hook=hook)
    story = node.trace(packet, hook=hook).text()
    verdicts = {outcome.verdict for outcome in outcomes}
    if flow["output"] == "REJECT":
        assert verdicts == {Verdict.REJECTED}, story
    elif flow["output"] == "DROP":
        assert verdicts == {Verdict.DROPPED}, story
    else:
        wanted = set(filter(None, flow["output"].split(", "))) or {packet.destination}
        assert verdicts == {Verdict.ACCEPTED}, story
        assert set(outcomes.by_destination) == wanted, story
        assert {outcome.masqueraded for outcome in outcomes} == {flow["masq"]}, story
