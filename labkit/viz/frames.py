"""A packet's way cut into frames: what still and widget show at each step."""

from __future__ import annotations

from dataclasses import dataclass

from labkit.model.packet import Packet
from labkit.model.step import Step, Verdict
from labkit.model.tracetext import ending, said
from labkit.model.way import Way
from labkit.words import Words

FIELDS = ("src", "dst", "mark", "in", "out")


@dataclass(frozen=True, slots=True)
class Field:
    """One line of the header: its name, and its value before and after the step."""

    name: str
    before: str
    after: str

    @property
    def changed(self) -> bool:
        """Whether the step changes it."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Stage:
    """A place on the map: a table of a hook, conntrack, or the routing decision, which stands
    between the hooks (its ``hook`` is empty)."""

    hook: str
    name: str

    @property
    def place(self) -> str:
        """``PREROUTING · nat``; ``routing`` alone."""
        return " · ".join(filter(None, (self.hook, self.name)))


@dataclass(frozen=True, slots=True)
class Frame:
    """One step: the place, its title, the rule (if any), what happens, what the rule is for."""

    stage: int
    title: str
    rule: str
    said: str
    reason: str
    header: tuple[Field, ...]
    depth: int

    @property
    def changed(self) -> tuple[Field, ...]:
        """The lines of the header that this step changes."""
        return tuple(field for field in self.header if field.changed)

    @property
    def rewrites(self) -> bool:
        """Whether addresses, ports or the mark change (interfaces are only found, not written)."""
        return any(field.changed for field in self.header[:3])


@dataclass(frozen=True, slots=True)
class Film:
    """All places that the packet passes, in order, and a frame for each step."""

    title: str
    stages: tuple[Stage, ...]
    frames: tuple[Frame, ...]
    end: str
    exit: str
    passed: bool

    @property
    def hooks(self) -> list[tuple[str, list[int]]]:
        """The hooks in order, each with the numbers of its places; "" for what lies between."""
        groups: list[tuple[str, list[int]]] = []
        for number, stage in enumerate(self.stages):
            if not groups or groups[-1][0] != stage.hook:
                groups.append((stage.hook, []))
            groups[-1][1].append(number)
        return groups


def film_of(way: Way, lang: str) -> Film:
    """The frames of a packet's way, in one language."""
    say = Words("es" if lang == "es" else "en")
    stages: list[Stage] = []
    frames = []
    for step in way.trace.steps:
        stage = stage_of(step, say)
        if not stages or stages[-1] != stage:
            stages.append(stage)
        frames.append(frame_of(step, len(stages) - 1, way, say))
    where = say("way.on_node", node=way.node) if way.node else ""
    title = say("way.title", packet=flow_text(way.trace.start, way)) + where
    end = ending(way.trace, say.language)
    passed = way.trace.verdict is Verdict.ACCEPTED
    return Film(title, tuple(stages), tuple(frames), end, exit_of(way, say), passed)


def stage_of(step: Step, say: Words) -> Stage:
    """The place of a step: ``Stage("PREROUTING", "nat")``."""
    if step.table:
        return Stage(step.hook, step.table)
    if step.what == "route":
        return Stage("", say("way.route"))
    return Stage(step.hook, say("way.conntrack"))


def frame_of(step: Step, stage: int, way: Way, say: Words) -> Frame:
    """One step as a frame."""
    header = tuple(
        Field(say(f"way.{name}"), value_of(name, step.before, way), value_of(name, step.after, way))
        for name in FIELDS
    )
    rule = step.rule if step.number else ""
    phrase = said(step, say.language)
    return Frame(
        stage, title_of(step, say), rule, phrase, way.reasons.get(rule, ""), header, step.depth
    )


def title_of(step: Step, say: Words) -> str:
    """``KUBE-SERVICES, rule 3``; nothing for what no table does."""
    if not step.table:
        return ""
    key = "way.rule" if step.number else f"way.{step.what}"
    if key not in ("way.rule", "way.policy", "way.return"):
        return step.chain
    return say(key, chain=step.chain, number=step.number)


def value_of(name: str, packet: Packet, way: Way) -> str:
    """One field of the header, with the name of who lives at an address."""
    if name in ("src", "dst"):
        place = packet.source if name == "src" else packet.destination
        who = way.names.get(packet.src if name == "src" else packet.dst, "")
        return f"{place} ({who})" if who else place
    if name == "mark":
        return f"{packet.mark:#x}"
    return (packet.in_iface if name == "in" else packet.out_iface) or "—"


def flow_text(packet: Packet, way: Way) -> str:
    """``tcp 10.244.0.5 (client-pod) → 10.96.45.10:80 (backend-service)``."""
    source = way.names.get(packet.src, "") or packet.source
    target = way.names.get(packet.dst, "")
    goal = f"{target} ({packet.destination})" if target else packet.destination
    return f"{packet.proto.upper()} {source} → {goal}"


def exit_of(way: Way, say: Words) -> str:
    """The last station of the map."""
    trace = way.trace
    if trace.verdict is not Verdict.ACCEPTED:
        return say(f"way.{trace.verdict.value}")
    if trace.delivered_local:
        return say("way.to_process")
    return say("way.out_of", iface=trace.out_iface) if trace.out_iface else say("way.accepted")
