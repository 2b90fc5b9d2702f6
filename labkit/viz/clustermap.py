"""The two-node map: a still of the cluster as it is, and a live one that asks again."""

from __future__ import annotations

from collections import Counter
from typing import Any

import traitlets

from labkit.errors import LabkitError
from labkit.model.clustermap import ClusterMap, LiveMap
from labkit.viz import svg
from labkit.viz.mapdrawing import WIDTH, Drawing, role_of, short_chance
from labkit.viz.picture import Picture
from labkit.viz.tables import plain_table
from labkit.viz.widget import Live, script
from labkit.words import Words

HEADS = ("pod", "node", "address", "state", "role", "chance")


class ClusterMapView(Live):
    """The map of a cluster, with buttons to send another connection and to ask again.

    >>> show(lab)                                          # doctest: +SKIP

    From Python: ``sent`` counts connections (``view.sent += 1`` sends one), ``asked`` counts how
    often the cluster was asked.  ``received`` tells how many each Pod got.
    """

    _esm = script("clustermap")
    drawing = traitlets.Unicode("").tag(sync=True)
    way = traitlets.Unicode("").tag(sync=True)
    said = traitlets.Unicode("").tag(sync=True)
    heads: traitlets.List[Any] = traitlets.List().tag(sync=True)
    rows: traitlets.List[Any] = traitlets.List().tag(sync=True)
    sent = traitlets.Int(1).tag(sync=True)
    asked = traitlets.Int(0).tag(sync=True)

    def __init__(self, live: LiveMap, lang: str = "es") -> None:
        self._live, self._lang = live, lang
        self._say = Words("es" if lang == "es" else "en")
        self.received: Counter[str] = Counter()
        self._shown = live.measure(1)
        say = self._say
        super().__init__(
            title=map_title(self._shown, say),
            heads=[say(f"map.head.{head}") for head in (*HEADS, "got")],
            words={
                key: say(f"map.{key}") for key in ("send", "refresh", "follow", "legend", "table")
            },
        )
        self._draw(count=True)
        self.observe(self._again, names=["sent", "asked"])

    def _again(self, change: Any) -> None:
        try:
            self._shown = self._live.measure(self.sent)
        except LabkitError as error:
            self.said = str(error)
            return
        self._draw(count=change["name"] == "sent")

    def _draw(self, *, count: bool) -> None:
        given = self._shown
        goal = given.pod_at(given.flow.chosen) if given.flow else None
        if goal is not None and count:
            self.received[goal.name] += 1
        drawing = Drawing(given, self._say)
        alt = map_alt(given, self._say)
        with self.hold_trait_notifications():
            self.title = map_title(given, self._say)
            self.way = drawing.token()
            self.rows = [[*row, self._got(row[0])] for row in table_rows(given, self._say)]
            self.said = alt
            self.drawing = svg.document(WIDTH, drawing.height, *drawing.parts(), alt=alt)

    def _got(self, pod: str) -> str:
        return str(self.received[pod]) if pod in self.received else ""

    def picture(self) -> Picture:
        """The map as it is shown now."""
        return map_picture(self._shown, self._lang)


def map_picture(given: ClusterMap, lang: str) -> Picture:
    """The still of a map, with its table."""
    say = Words("es" if lang == "es" else "en")
    drawing = Drawing(given, say)
    alt = map_alt(given, say)
    parts = drawing.parts()
    height = drawing.height
    if given.flow:
        words = say("map.legend")
        parts.append(svg.text(2, height + 6, words, font_size=12, fill=svg.QUIET))
        height += 18
    heads = [say(f"map.head.{head}") for head in HEADS]
    table = plain_table(heads, table_rows(given, say))
    return Picture(svg.still(svg.document(WIDTH, height, *parts, alt=alt)), alt, table)


def map_title(given: ClusterMap, say: Words) -> str:
    """What the map is of."""
    if given.service is None:
        return say("map.title.empty")
    return say("map.title", service=given.service.name)


def table_rows(given: ClusterMap, say: Words) -> list[list[str]]:
    """A row for each Pod, node by node."""
    chances = given.flow.chances if given.flow else {}
    rows = []
    for node in given.nodes:
        for pod in given.pods_of(node.name):
            chance = chances.get(pod.address)
            rows.append(
                [
                    pod.name,
                    pod.node,
                    pod.address,
                    say(f"map.{pod.state}"),
                    say(f"map.{role_of(pod, given)}"),
                    "" if chance is None else short_chance(float(chance)),
                ]
            )
    return rows


def map_alt(given: ClusterMap, say: Words) -> str:
    """Nodes, Pods, the Service, and where a connection goes."""
    service = given.service
    ready = sum(pod.backend and pod.state == "ready" for pod in given.pods)
    about = (
        say("map.alt.no_service")
        if service is None
        else say(
            "map.alt.service",
            service=service.name,
            address=service.address,
            port=service.port,
            ready=ready,
        )
    )
    return say(
        "map.alt",
        nodes=len(given.nodes),
        pods=len(given.pods),
        service=about,
        flow=flow_alt(given, say),
    )


def flow_alt(given: ClusterMap, say: Words) -> str:
    """The connection in a sentence."""
    flow = given.flow
    if flow is None:
        return say("map.alt.no_flow")
    if flow.refused:
        return say("map.alt.refused", pod=flow.pod, how=flow.refused)
    ends = [
        say("map.alt.chance", pod=pod.name, node=pod.node, chance=short_chance(float(chance)))
        for address, chance in flow.chances.items()
        if (pod := given.pod_at(address)) is not None
    ]
    goal = given.pod_at(flow.chosen)
    chosen = say("map.alt.chosen", pod=goal.name, node=goal.node) if goal else ""
    return say("map.alt.flow", pod=flow.pod, node=flow.node, chances="; ".join(ends), chosen=chosen)
