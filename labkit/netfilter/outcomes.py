"""Exact mode: every branch of every random rule, with its exact probability.

The frame is forked at a random rule; integers out of powers of two carry the weight, since
the kernel keeps each probability in 31 bits.  Nothing of the state changes.
"""

from __future__ import annotations

from functools import partial

from labkit.model.packet import Packet
from labkit.model.trace import Outcome, Outcomes
from labkit.netfilter.passage import Passage
from labkit.netfilter.program import Line
from labkit.netfilter.stages import Stage
from labkit.netfilter.walk import Walk
from labkit.netfilter.witness import Idle
from labkit.xt.base import CERTAIN
from labkit.xt.frame import Frame

BITS = 31


def outcomes(passage: Passage, packet: Packet, stages: tuple[Stage, ...]) -> Outcomes:
    """All ends of the packet's way; equal ends are one outcome.  The passage is an exact one."""
    waiting = [passage.begin(packet, stages)]
    merged: dict[Outcome, list[tuple[int, int]]] = {}
    idle = Idle()
    while waiting:
        frame = waiting.pop()
        while frame.verdict is None:
            assert frame.path is not None
            stage = frame.path.pop()
            if stage[0] != "table":
                passage.do(frame, stage)
                continue
            branches = idle.through(frame, stage, partial(explore, passage, frame, stage))
            frame = branches[0]
            waiting.extend(reversed(branches[1:]))
        merged.setdefault(end_of(frame), []).append((frame.weight, frame.exponent))
    ends = tuple(weighted(end, parts) for end, parts in merged.items())
    return Outcomes(packet, tuple(sorted(ends, key=lambda o: (o.verdict.value, o.destination))))


def explore(passage: Passage, frame: Frame, stage: Stage) -> list[Frame]:
    """One table: the frames that come out of it, one for each way the draws can fall."""
    _, table, hook = stage
    frame.hook, frame.table = hook, table
    walk = Walk(passage.node.programs[table][hook], hook, None)
    frame.chain = hook
    done: list[Frame] = []
    open_: list[tuple[Frame, Walk]] = [(frame, walk)]
    while open_:
        frame, walk = open_.pop()
        while (line := walk.line(frame)) is not None:
            hits, misses = decide(line, frame)
            for miss in misses:
                if miss is not frame:
                    open_.append((miss, walk.fork()))
            for hit in hits:
                if hit is not frame:
                    twin = walk.fork()
                    twin.apply(hit, line)
                    open_.append((hit, twin))
            if frame in hits:
                walk.apply(frame, line)
        assert walk.result is not None
        passage.settle(frame, walk.result)
        done.append(frame)
    return done


def decide(line: Line, frame: Frame) -> tuple[list[Frame], list[Frame]]:
    """The frames for which the rule matches, and those for which it does not.

    One of them is the frame itself; a draw that can fall both ways makes the other.
    """
    misses: list[Frame] = []
    for match in line.matches:
        if not match.RANDOM:
            if not match.matches(frame):
                return [], [*misses, frame]
            continue
        odds = match.odds(frame)
        if odds == 0:
            return [], [*misses, frame]
        if odds < CERTAIN:
            other = frame.fork()
            weigh(other, CERTAIN - odds)
            weigh(frame, odds)
            misses.append(other)
    return [frame], misses


def weigh(frame: Frame, odds: int) -> None:
    """Multiply the frame's probability by odds / 2**31, kept short by cancelling twos."""
    weight, exponent = frame.weight * odds, frame.exponent + BITS
    spare = min((weight & -weight).bit_length() - 1, exponent)
    frame.weight, frame.exponent = weight >> spare, exponent - spare


def end_of(frame: Frame) -> Outcome:
    """Where the frame ended, without its weight.  A random source port is shown as 0."""
    seen = frame.seen()
    source = seen.src if frame.random_port or not seen.sport else seen.source
    return Outcome(
        frame.verdict,
        seen.destination,
        0,
        0,
        frame.reject_with,
        frame.masqueraded,
        frame.dnat,
        frame.local,
        source,
        "" if frame.local else frame.out_iface,
        frame.service,
    )


def weighted(end: Outcome, parts: list[tuple[int, int]]) -> Outcome:
    """The outcome with the sum of its parts' weights."""
    exponent = max(e for _, e in parts)
    total = sum(weight << (exponent - e) for weight, e in parts)
    return Outcome(
        end.verdict,
        end.destination,
        total,
        exponent,
        end.reject_with,
        end.masqueraded,
        end.dnat,
        end.delivered_local,
        end.source,
        end.out_iface,
        end.service,
    )
