"""Timelines that need no cluster: affinity timers and connections that stay, on a turned clock.

kube-proxy's rules are written, read and followed; the clock is turned by hand, so that three
hours pass at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from labkit.clock import ManualClock
from labkit.dataplane.plane import DataPlane
from labkit.dataplane.proxy import KubeProxy
from labkit.errors import UsageError
from labkit.lab.explore import CLIENT, label_of, objects, packet
from labkit.model.timeline import Event, Lane, Span, Timeline
from labkit.netfilter.state import NodeState
from labkit.words import Words


def affinity(times: Sequence[float], timeout: int, pods: int, seed: int, words: Words) -> Timeline:
    """One client's connections at ``times`` to a Service with ``sessionAffinity: ClientIP``."""
    moments = sorted(float(one) for one in times)
    if not moments or moments[0] < 0 or timeout < 1:
        raise UsageError("Give the seconds of one connection or more, none below 0.")
    service, slices = objects(pods)
    service = replace(service, session_affinity="ClientIP", session_affinity_timeout=timeout)
    plane = KubeProxy().data_plane([service], [slices])
    clock = ManualClock()
    state = plane.state(seed=seed, clock=clock, tracing=False)
    got = []
    for number, moment in enumerate(moments):
        clock.turn(moment - clock.monotonic())
        got.append(_goal(plane, state, number))
    end = moments[-1] + timeout
    owners, timers, events = [], [], []
    for i, (at, pod) in enumerate(zip(moments, got, strict=True)):
        until = moments[i + 1] if i + 1 < len(moments) else end
        owners.append(_pod_span(at, min(until, at + timeout), pod))
        timers.append(Span(at, min(until, at + timeout), "count", f"{timeout} s"))
        events.append(Event(at, _affinity_text(i, moments, got, timeout, words)))
    lanes = (
        Lane(words("timeline.affinity.client", address=CLIENT), tuple(owners), tuple(moments)),
        Lane(words("timeline.affinity.timer"), tuple(timers)),
    )
    title = words("timeline.affinity.title", timeout=timeout, pods=pods)
    return Timeline(title, lanes, tuple(events), end)


def _affinity_text(i: int, moments: list[float], got: list[str], timeout: int, words: Words) -> str:
    if i == 0:
        return words("timeline.affinity.first", pod=got[i])
    passed = moments[i] - moments[i - 1]
    key = "kept" if passed <= timeout else "expired"
    return words(f"timeline.affinity.{key}", passed=f"{passed:g}", pod=got[i])


def keepalive(seconds: int, leaves: float, pods: int, seed: int, words: Words) -> Timeline:
    """A connection that stays and a new one every second, while its Pod leaves the Service."""
    if pods < 2 or not 0 < leaves < seconds:
        raise UsageError("It takes 2 Pods or more, and a moment between the start and the end.")
    service, slices = objects(pods)
    plane = KubeProxy().data_plane([service], [slices])
    clock = ManualClock()
    state = plane.state(seed=seed, clock=clock, tracing=False)
    opened = plane.receive(packet(0), state)
    plane.receive(opened.packet.reply(), state)  # the Pod's SYN,ACK on its way back
    kept = label_of(opened.packet.destination)
    rest = replace(
        slices,
        endpoints=tuple(
            replace(one, ready=_name(one.addresses[0]) != kept) for one in slices.endpoints
        ),
    )
    after = KubeProxy().data_plane([service], [rest])
    stays, fresh = [], []
    for second in range(seconds):
        clock.turn(second - clock.monotonic())
        now = plane if second < leaves else after
        again = now.receive(replace(packet(0), flags="ACK"), state)
        stays.append(label_of(again.packet.destination))
        fresh.append(_goal(now, state, second + 1))
    return _keepalive_line(stays, fresh, kept, (seconds, leaves, pods), words)


def _keepalive_line(
    stays: list[str], fresh: list[str], kept: str, facts: tuple[int, float, int], words: Words
) -> Timeline:
    seconds, leaves, pods = facts
    counts = (
        Span(0, leaves, "count", str(pods)),
        Span(leaves, seconds, "count", str(pods - 1)),
    )
    lanes = (
        Lane(words("timeline.keepalive.kept"), _runs(stays)),
        Lane(
            words("timeline.keepalive.new"),
            tuple(_pod_span(i, i + 1, pod) for i, pod in enumerate(fresh)),
            tuple(float(i) for i in range(seconds)),
        ),
        Lane(words("timeline.keepalive.rules"), counts),
    )
    events = (
        Event(0, words("timeline.keepalive.open", pod=kept)),
        Event(leaves, words("timeline.keepalive.leaves", pod=kept, n=pods - 1)),
        Event(
            seconds,
            words("timeline.keepalive.end", pod=stays[-1], n=fresh.count(kept), of=len(fresh)),
        ),
    )
    title = words("timeline.keepalive.title", leaves=f"{leaves:g}", pod=kept)
    return Timeline(title, lanes, events, float(seconds))


def _runs(pods: list[str]) -> tuple[Span, ...]:
    """One span for each stretch with the same Pod."""
    spans: list[Span] = []
    for i, pod in enumerate(pods):
        if spans and spans[-1].label == pod:
            spans[-1] = replace(spans[-1], end=i + 1)
        else:
            spans.append(_pod_span(i, i + 1, pod))
    return tuple(spans)


def _pod_span(start: float, end: float, pod: str) -> Span:
    number = int(pod.rpartition("-")[2]) - 1
    return Span(start, end, "pod", pod, number)


def _goal(plane: DataPlane, state: NodeState, number: int) -> str:
    """Who gets the client's connection of that number."""
    return label_of(plane.receive(packet(number), state).packet.destination)


def _name(address: str) -> str:
    return label_of(f"{address}:0")
