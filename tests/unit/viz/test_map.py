"""The map says where Pods are and where a connection goes, in picture, text and table alike."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from fractions import Fraction

import pytest

from labkit.errors import LabError
from labkit.model.clustermap import ClusterMap, Flow, LiveMap, MapNode, MapPod, MapService
from labkit.viz.mapdrawing import Drawing, short_chance
from labkit.viz.show import show
from labkit.words import Words
from tests.support import ROOT

SVG = "{http://www.w3.org/2000/svg}"
THIRD = Fraction(715827883, 2**31)
"""1/3 as Linux keeps it."""


def cluster(chosen: str = "10.244.1.7") -> ClusterMap:
    """Two nodes; a client on the first, three Pods behind the Service, one of them not ready."""
    nodes = tuple(MapNode(name, f"172.18.0.{i}", f"10.244.{i}.0/24", 8) for i, name in
                  enumerate(("one", "two")))  # fmt: skip
    pods = (
        MapPod("client-pod", "one", "10.244.0.4"),
        MapPod("back-a", "one", "10.244.0.3", backend=True),
        MapPod("back-b", "two", "10.244.1.7", backend=True),
        MapPod("back-c", "two", "10.244.1.8", state="not-ready", backend=True),
    )
    chances = {"10.244.0.3": THIRD, "10.244.1.7": 1 - THIRD}
    flow = Flow("client-pod", "one", chances, chosen)
    return ClusterMap(nodes, pods, MapService("shop", "10.96.0.9", 80), flow)


def test_text_and_alt_name_every_pod_its_place_and_its_chance() -> None:
    """A reader without eyes for the picture learns the same from its words."""
    picture = show(cluster(), "en")
    rows = {line.split()[0]: line for line in picture.text.splitlines()[1:]}
    assert "two" in rows["back-b"]
    assert "not ready" in rows["back-c"]
    assert "1/3" in rows["back-a"]
    assert "66.7%" in rows["back-b"]
    assert "2 ready endpoints" in picture.alt
    assert "This time the draw gives back-b, on two" in picture.alt


def test_the_drawing_is_one_well_formed_still() -> None:
    """It parses, has its alt text as title, names all Pods, and needs no style sheet."""
    picture = show(cluster(), "es")
    root = ElementTree.fromstring(picture.svg)
    words = [one.text for one in root.iter(f"{SVG}text")]
    assert {"client-pod", "back-a", "back-b", "back-c"} <= set(words)
    assert root.find(f"{SVG}title").text == picture.alt  # type: ignore[union-attr]
    assert "var(--" not in picture.svg


def test_no_two_cards_overlap_and_all_lie_in_their_node() -> None:
    """With many Pods on few nodes every card has a place of its own inside its node."""
    nodes = tuple(MapNode(f"n{i}") for i in range(4))
    pods = tuple(MapPod(f"p{i}", f"n{i % 4}", f"10.0.0.{i}") for i in range(30))
    drawing = Drawing(ClusterMap(nodes, pods), Words("en"))
    corners = [drawing.card(pod) for pod in pods]
    assert len(set(corners)) == len(pods)
    for pod, (x, y) in zip(pods, corners, strict=True):
        left, top = drawing.corner(drawing.number(pod.node))
        assert left < x < x + drawing.card_width < left + drawing.width
        assert top < y < y + 48 < top + drawing.node_height


def test_the_token_runs_from_client_to_the_chosen_pod() -> None:
    """The path starts at the client's card and ends at that of the chosen Pod."""
    given = cluster()
    drawing = Drawing(given, Words("en"))
    path = [tuple(map(float, pair.split())) for pair in drawing.token()[1:].split("L")]
    client, goal = given.pods[0], given.pods[2]
    x, y = drawing.card(client)
    assert path[0] == (pytest.approx(x + drawing.card_width, abs=0.1), pytest.approx(y + 24, abs=1))
    x, y = drawing.card(goal)
    assert path[-1] == (pytest.approx(x, abs=0.1), pytest.approx(y + 24, abs=1))


def test_an_empty_cluster_and_a_refused_connection_have_pictures() -> None:
    """Nothing there yet, or nobody to answer: the map says so instead of failing."""
    empty = show(ClusterMap((MapNode("one"),)), "en")
    assert "There is no Service" in empty.alt
    flow = Flow("client-pod", "one", refused="rejected icmp-port-unreachable")
    lonely = ClusterMap((MapNode("one", rules=1),), (MapPod("client-pod", "one", "10.0.0.1"),),
                        MapService("shop", "10.96.0.9", 80), flow)  # fmt: skip
    assert "rejected icmp-port-unreachable" in show(lonely, "en").alt


def test_the_live_map_counts_connections_and_says_what_went_wrong() -> None:
    """Each connection sent is counted for the Pod that got it; an error is said, not raised."""
    turns = {1: "10.244.1.7", 2: "10.244.0.3", 3: "10.244.1.7"}

    def measure(number: int) -> ClusterMap:
        if number > 3:
            raise LabError("the cluster is away", "Run `labkit up`.")
        return cluster(turns[number])

    view = show(LiveMap(measure), "en")
    view.sent += 1
    view.asked += 1
    view.sent += 1
    assert view.received == {"back-b": 2, "back-a": 1}
    view.sent += 1
    assert "the cluster is away" in view.said
    assert "the draw gives back-b" in view.picture().alt


def test_chances_are_short_and_true() -> None:
    """1/N as Linux keeps it reads 1/N; what is not that reads as a percentage."""
    assert short_chance(float(THIRD)) == "1/3"
    assert short_chance(1.0) == "1"
    assert short_chance(0.22) == "22.0%"


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_committed_drawing_shows_two_nodes_and_a_client(language: str) -> None:
    """The drawing of the docs: a client Pod, two backends on two nodes, 1/2 each."""
    svg = (ROOT / "notebooks" / language / "cluster-ip-service.svg").read_text(encoding="utf-8")
    words = [one.text or "" for one in ElementTree.fromstring(svg).iter(f"{SVG}text")]
    assert {"labkit-control-plane", "labkit-worker", "client-pod"} <= set(words)
    assert sum(bool(re.fullmatch("backend-app-.*", word)) for word in words) == 2
    assert words.count("1/2") == 2
