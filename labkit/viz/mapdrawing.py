"""The map of the cluster as SVG: nodes as columns, Pods as cards, the connection as arrows.

All arrows run along gutters: from the client up to the rules of its own node, from there down a
bus beside the Pods.  That is also the truth of it: another node's rules see nothing of it.
"""

from __future__ import annotations

from labkit.model.clustermap import ClusterMap, Flow, MapNode, MapPod
from labkit.viz import svg
from labkit.words import Words

WIDTH = 820
GAP = 24
COLUMNS = 3
TOP = 78
HEAD = 50
RULES = 54
CARD = 48
SPACE = 10
LANE = 18
Points = list[tuple[float, float]]


class Drawing:
    """The map's places, and what stands on them."""

    def __init__(self, given: ClusterMap, say: Words) -> None:
        self.map, self.say = given, say
        self.columns = min(max(len(given.nodes), 1), COLUMNS)
        self.width = (WIDTH - 4 - GAP * (self.columns - 1)) / self.columns
        most = max((len(given.pods_of(node.name)) for node in given.nodes), default=0)
        self.node_height = HEAD + RULES + LANE + 12 + max(most, 1) * (CARD + SPACE) + 6
        rows = -(-len(given.nodes) // self.columns) if given.nodes else 0
        self.top = TOP if given.service else 8
        self.height = self.top + rows * (self.node_height + GAP)

    def parts(self) -> list[str]:
        """Everything, the ground first."""
        made = [self._service()] if self.map.service else []
        made += [self._node(number, node) for number, node in enumerate(self.map.nodes)]
        if self.map.flow:
            made += self._arrows(self.map.flow)
        return made

    # ---- places ----------------------------------------------------------------------

    def corner(self, number: int) -> tuple[float, float]:
        """The top left corner of a node."""
        row, column = divmod(number, self.columns)
        return 2 + column * (self.width + GAP), self.top + row * (self.node_height + GAP)

    def card(self, pod: MapPod) -> tuple[float, float]:
        """The top left corner of a Pod's card."""
        number = self.number(pod.node)
        x, y = self.corner(number)
        row = self.map.pods_of(pod.node).index(pod)
        return x + 62, y + HEAD + RULES + LANE + 12 + row * (CARD + SPACE)

    @property
    def card_width(self) -> float:
        """What is left between the two gutters."""
        return self.width - 62 - 34

    def number(self, node: str) -> int:
        """The place of a node in the row."""
        return next(i for i, one in enumerate(self.map.nodes) if one.name == node)

    # ---- things ----------------------------------------------------------------------

    def _service(self) -> str:
        service = self.map.service
        assert service is not None
        wide = 460
        x = (WIDTH - wide) / 2
        where = f"{service.name} · ClusterIP {service.address}:{service.port}"
        lines = [
            svg.text(WIDTH / 2, 24, where, text_anchor="middle", font_weight="bold"),
            svg.text(
                WIDTH / 2,
                42,
                self.say("map.virtual"),
                text_anchor="middle",
                font_size=12,
                fill=svg.QUIET,
            ),
        ]
        frame = svg.box(x, 4, wide, 48, stroke_dasharray="5 4", fill=svg.PAPER, stroke=svg.ACCENT)
        threads = [
            svg.tag(
                "path",
                d=f"M{WIDTH / 2} 52V62H{self.corner(i)[0] + self.width / 2}V{TOP}",
                fill="none",
                stroke=svg.ACCENT,
                stroke_dasharray="2 4",
            )
            for i in range(min(len(self.map.nodes), self.columns))
        ]
        return "".join([*threads, frame, *lines])

    def _node(self, number: int, node: MapNode) -> str:
        x, y = self.corner(number)
        facts = self.say("map.pods_cidr", address=node.address or "?", cidr=node.pod_cidr or "?")
        parts = [
            svg.box(x, y, self.width, self.node_height, rx=10),
            svg.text(x + 14, y + 21, node.name, font_weight="bold"),
            svg.text(x + 14, y + 38, svg.shortened(facts, self._letters()), font_size=12),
            self._rules(x, y + HEAD, node),
        ]
        here = self.map.pods_of(node.name)
        parts += [self._card(pod) for pod in here]
        if not here:
            top = y + HEAD + RULES + LANE + 40
            parts.append(svg.text(x + 62, top, self.say("map.no_pods"), fill=svg.QUIET))
        return "".join(parts)

    def _letters(self) -> int:
        return int(self.width / 6.7)

    def _rules(self, x: float, y: float, node: MapNode) -> str:
        flow, service = self.map.flow, self.map.service
        passes = flow is not None and flow.node == node.name
        name = service.name.rpartition("/")[2] if service else ""
        key = "map.rules" if service and node.rules is not None else "map.rules.none"
        said = ""
        if flow:
            how = (
                self.say("map.refused", how=flow.refused) if flow.refused else self.say("map.dnat")
            )
            said = how if passes else self.say("map.idle")
        colour = svg.ACCENT if passes else svg.LINE
        title = self.say(key, n=node.rules, service=name)
        return "".join(
            [
                svg.box(
                    x + 12,
                    y,
                    self.width - 24,
                    RULES,
                    fill=svg.WARM if passes else svg.PAPER,
                    stroke=colour,
                    stroke_width=2 if passes else 1,
                ),
                svg.text(x + 24, y + 22, svg.shortened(title, self._letters() - 4)),
                svg.text(
                    x + 24,
                    y + 41,
                    svg.shortened(said, self._letters()),
                    font_size=12,
                    fill=svg.QUIET,
                ),
            ]
        )

    def _said(self, flow: Flow, passes: bool) -> str:
        if not passes:
            words = self.say("map.idle")
        elif flow.refused:
            words = self.say("map.refused", how=flow.refused)
        else:
            words = self.say("map.dnat")
        return svg.shortened(words, self._letters())

    def _card(self, pod: MapPod) -> str:
        x, y = self.card(pod)
        good = pod.state == "ready"
        role = role_of(pod, self.map)
        facts = f"{pod.address or '—'} · {self.say(f'map.{role}')}"
        edge = {"client": svg.ACCENT, "backend": svg.GOOD}.get(role, svg.LINE)
        letters = int(self.card_width / 7.3)
        state = self.say(f"map.{pod.state}")
        return "".join(
            [
                svg.box(
                    x,
                    y,
                    self.card_width,
                    CARD,
                    fill=svg.PAPER,
                    stroke=edge if good else svg.BAD,
                    stroke_dasharray=None if good else "4 3",
                ),
                svg.tag("rect", x=x, y=y + 6, width=5, height=CARD - 12, fill=edge),
                svg.text(x + 14, y + 20, svg.shortened_name(pod.name, letters), font_weight="bold"),
                svg.text(x + 14, y + 38, facts, font_size=12),
                svg.text(
                    x + self.card_width - 10,
                    y + 38,
                    state,
                    font_size=12,
                    text_anchor="end",
                    fill=svg.GOOD if good else svg.BAD,
                ),
            ]
        )

    # ---- the connection --------------------------------------------------------------

    def _arrows(self, flow: Flow) -> list[str]:
        client = next((pod for pod in self.map.pods if pod.name == flow.pod), None)
        if client is None:
            return []
        made = [svg.arrow(self.to_rules(client), stroke=svg.ACCENT, stroke_width=3)]
        ends = [(address, self.map.pod_at(address)) for address in flow.chances]
        ends.sort(key=lambda end: end[0] == flow.chosen)  # the thick one is drawn over the others
        for address, pod in ends:
            if pod is None:
                continue
            way, chosen = self.to_pod(flow, pod), address == flow.chosen
            made.append(
                svg.arrow(
                    way,
                    stroke=svg.ACCENT if chosen else svg.QUIET,
                    stroke_width=3 if chosen else 1.5,
                    stroke_dasharray=None if chosen else "5 4",
                )
            )
            made.append(self._chance(flow, address, way[-1], chosen))
        return made

    def _chance(self, flow: Flow, address: str, end: tuple[float, float], chosen: bool) -> str:
        words = short_chance(float(flow.chances[address]))
        return svg.text(
            end[0] - 4,
            end[1] - 7,
            words,
            text_anchor="end",
            font_size=12,
            font_weight="bold" if chosen else None,
            fill=svg.ACCENT if chosen else svg.INK,
        )

    def to_rules(self, client: MapPod) -> Points:
        """From the client's card up the right gutter to the rules of its node."""
        x, y = self.card(client)
        right = self.corner(self.number(client.node))[0] + self.width - 18
        bottom = self.corner(self.number(client.node))[1] + HEAD + RULES
        middle = y + CARD / 2
        return [(x + self.card_width, middle), (right, middle), (right, bottom)]

    def to_pod(self, flow: Flow, pod: MapPod) -> Points:
        """From the rules of the client's node down the bus of the Pod's node to its card."""
        here, there = self.number(flow.node), self.number(pod.node)
        (x, y), (x0, y0) = self.corner(there), self.corner(here)
        card_x, card_y = self.card(pod)
        middle, bus = card_y + CARD / 2, x + 24
        lane = y + HEAD + RULES + LANE
        if here == there:
            return [(bus, y + HEAD + RULES), (bus, middle), (card_x, middle)]
        side = x0 + self.width - 12 if there > here else x0 + 12
        gap = x - GAP / 2 if there > here else x + self.width + GAP / 2
        start = y0 + HEAD + RULES / 2
        return [
            (side, start), (gap, start), (gap, lane), (bus, lane), (bus, middle), (card_x, middle)
        ]  # fmt: skip

    def token(self) -> str:
        """The whole way of this connection as a path, for the packet that runs along it."""
        flow = self.map.flow
        client = next((pod for pod in self.map.pods if flow and pod.name == flow.pod), None)
        goal = self.map.pod_at(flow.chosen) if flow else None
        if flow is None or client is None:
            return ""
        points = self.to_rules(client)
        if goal is not None:
            points = [*points, *self.to_pod(flow, goal)]
        return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def role_of(pod: MapPod, given: ClusterMap) -> str:
    """``client``, ``backend`` or ``other``."""
    if given.flow and pod.name == given.flow.pod:
        return "client"
    return "backend" if pod.backend else "other"


def short_chance(chance: float) -> str:
    """``1/3`` when it is that but for the last of 31 bits, else a percentage."""
    for pods in range(1, 101):
        if abs(chance - 1 / pods) < 1e-8:
            return f"1/{pods}" if pods > 1 else "1"
    return f"{chance:.1%}"
