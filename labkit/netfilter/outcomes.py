"""Exact mode: every branch of every random rule, with its exact probability.

The frame is forked at a random rule; integers out of powers of two carry the weight, since
the kernel keeps each probability in 31 bits.  Nothing of the state changes.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from labkit.model import address
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
    merged: dict[End, list[tuple[int, int]]] = {}
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
        merged.setdefault(ending(frame), []).append((frame.weight, frame.exponent))
    ends = [Outcome(end[0], end[1], *added(parts), *end[2:]) for end, parts in merged.items()]
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
            if line.draw is not None and len(line.matches) == 1:
                drawn = line.matches[0].odds(frame)
                if 0 < drawn < CERTAIN:
                    miss = frame.fork()
                    weigh(miss, CERTAIN - drawn)
                    weigh(frame, drawn)
                    open_.append((miss, walk.fork()))
                    walk.apply(frame, line)
                    continue
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
    """Multiply the frame's probability by odds / 2**31.

    Twos are cancelled at once, so that the weight stays odd and as short as it can be.
    """
    twos = (odds & -odds).bit_length() - 1
    frame.weight *= odds >> twos
    frame.exponent += BITS - twos


End = tuple[Any, ...]
"""The fields of an outcome without its weight."""


def end_of(frame: Frame) -> Outcome:
    """Where the frame ended, without its weight.  A random source port is shown as 0."""
    verdict, destination, *more = ending(frame)
    return Outcome(verdict, destination, 0, 0, *more)


def ending(frame: Frame) -> End:
    """The same as a tuple, for there may be thousands."""
    return (
        frame.verdict,
        endpoint(frame.dst, frame.dport, frame.family),
        frame.reject_with,
        frame.masqueraded,
        frame.dnat,
        frame.local,
        endpoint(frame.src, 0 if frame.random_port else frame.sport, frame.family),
        "" if frame.local else frame.out_iface,
        frame.service,
    )


def endpoint(host: int, port: int, family: int) -> str:
    """``10.96.45.10:80``, or the bare address where there is no port."""
    text = address.text(host, family)
    if not port:
        return text
    return f"[{text}]:{port}" if family == 6 else f"{text}:{port}"


def weighted(end: Outcome, parts: list[tuple[int, int]]) -> Outcome:
    """The outcome with the sum of its parts' weights."""
    total, exponent = added(parts)
    return replace(end, numerator=total, exponent=exponent)


def added(parts: list[tuple[int, int]]) -> tuple[int, int]:
    """The sum of weights (numerator, power of two)."""
    if len(parts) == 1:
        return parts[0]
    exponent = max(e for _, e in parts)
    return sum(weight << (exponent - e) for weight, e in parts), exponent
