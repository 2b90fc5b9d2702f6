"""The picture of a packet's way tells what the trace tells, step by step."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree

import pytest

from labkit.dataplane.proxy import KubeProxy
from labkit.lab.explore import CLIENT, CLUSTER_IP, objects, packet, rules_text
from labkit.model.packet import Packet
from labkit.model.way import Way
from labkit.netfilter.node import Node
from labkit.ruleset.tables import Ruleset
from labkit.viz.show import show
from labkit.viz.svg import shortened

SVG = "{http://www.w3.org/2000/svg}"
NAMES = {CLIENT: "client-pod", CLUSTER_IP: "backend-service", "10.244.0.10": "backend-1"}


@pytest.fixture(scope="module")
def node() -> Node:
    """A node with the rules of a Service of one Pod, 10.244.0.10."""
    return Node(Ruleset.parse(rules_text(1)), addresses=["172.18.0.2"])


def test_the_one_change_of_the_header_is_the_dnat(node: Node) -> None:
    """A Pod's packet to a ClusterIP changes once, its destination, in the endpoint's chain."""
    picture = show(Way(node.trace(packet()), NAMES), "en")
    changed = [
        (frame["title"], name, before, after)
        for frame in picture.frames
        for name, before, after in frame["header"]
        if frame["rule"] and before != after
    ]
    assert len(changed) == 1
    title, name, before, after = changed[0]
    assert title.startswith("KUBE-SEP-")
    assert name == "destination"
    assert before == f"{CLUSTER_IP}:80 (backend-service)"
    assert after == "10.244.0.10:8080 (backend-1)"


@pytest.mark.parametrize(
    ("lang", "words"), [("es", "destino 10.96.45.10:80"), ("en", "destination 10.96.45.10:80")]
)
def test_the_alt_text_tells_hooks_change_and_end(node: Node, lang: str, words: str) -> None:
    """Hooks in Linux' order, the change of the header, and where the packet leaves."""
    alt = show(node.trace(packet()), lang).alt
    assert "PREROUTING, FORWARD, POSTROUTING" in alt
    assert words in alt
    assert "10.244.0.10:8080" in alt
    assert "eth0" in alt


def test_every_step_can_be_read_where_widgets_are_dead(node: Node) -> None:
    """The text beside the still has a line for each step of the trace, and its last word."""
    trace = node.trace(packet())
    bundle, _ = show(trace, "en")._repr_mimebundle_()
    numbered = [line for line in bundle["text/plain"].splitlines() if line.lstrip()[:1].isdigit()]
    assert len(numbered) == len(trace.steps)
    assert "=> leaves through eth0" in bundle["text/plain"]
    assert 'alt="A packet' in bundle["text/html"]
    root = ElementTree.fromstring(bundle["image/svg+xml"])
    assert root.find(f"{SVG}title") is not None
    assert "var(--" not in bundle["image/svg+xml"]


def test_a_refused_packet_ends_in_words(node: Node) -> None:
    """A Service without endpoints: the picture says who refuses, on the map and in its text."""
    text = (
        "*filter\n:INPUT ACCEPT\n:FORWARD DROP\n:OUTPUT ACCEPT\n-A FORWARD -d 10.96.0.9/32 -p tcp "
        "-j REJECT --reject-with icmp-port-unreachable\nCOMMIT\n"
    )
    refused = Node(Ruleset.parse(text), addresses=["172.18.0.2"])
    picture = show(refused.trace(Packet(CLIENT, "10.96.0.9", sport=1, dport=80)), "es")
    assert "rechazado" in picture.svg
    assert "icmp-port-unreachable" in picture.alt


def test_a_step_out_of_range_is_brought_back(node: Node) -> None:
    """The step stays within the way, whatever a slider or a cell asks for."""
    picture = show(node.trace(packet()), "en")
    picture.step = 10_000
    assert picture.step == len(picture.frames) - 1
    picture.step = -3
    assert picture.step == 0


def test_the_browser_gets_plain_data_and_nothing_from_outside(node: Node) -> None:
    """Frames are JSON; script and style name no address."""
    picture = show(node.trace(packet()), "en")
    assert json.loads(json.dumps(picture.frames)) == picture.frames
    for code in (picture._esm, picture._css):
        assert "http" not in code.replace("http://www.w3.org/2000/svg", "")
    assert repr(picture) == repr(show(node.trace(packet()), "en"))


def test_long_words_are_cut_with_a_sign() -> None:
    """What does not fit ends in an ellipsis."""
    assert shortened("abcdef", 4) == "abc…"
    assert shortened("abcd", 4) == "abcd"


@pytest.mark.parametrize("mode", ["nftables", "ipvs"])
def test_the_other_modes_have_pictures_too(mode: str) -> None:
    """Whatever rewrites the destination (a rule of nftables, IPVS itself) is told as a change."""
    service, slices = objects(1)
    plane = KubeProxy(mode=mode).data_plane([service], [slices])
    picture = show(Way(plane.trace(packet()), NAMES), "en")
    assert "destination 10.96.45.10:80 (backend-service) becomes 10.244.0.10:8080" in picture.alt
    assert "rule 0" not in picture.alt
    assert picture.svg.count("◆") >= 2
