"""Who reaches what: one request from a Pod, a node or outside, and what came of it.

Nothing here is worked out: somebody asks, and the answer (or the silence) is written down.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

from labkit.clock import Clock
from labkit.cluster.base import ASK_ANYWHERE, Cluster
from labkit.cluster.kubectl import Kubectl
from labkit.errors import LabError, UsageError
from labkit.model.matrix import Matrix, Reached
from labkit.words import Words

ANSWERED, REFUSED, TIMEOUT = "answered", "refused", "timeout"
UNREACHABLE, UNKNOWN_NAME, RESET = "unreachable", "unknown-name", "reset"
OUTSIDE = "outside"
GRACE = 20.0
TARGET = re.compile(r"(?:http://)?([A-Za-z0-9.-]+)(?::(\d{1,5}))?(/\S*)?\Z")
WGET = (
    ("bad address", UNKNOWN_NAME), ("refused", REFUSED), ("timed out", TIMEOUT),
    ("unreachable", UNREACHABLE), ("No route to host", UNREACHABLE), ("reset", RESET),
    ("server returned error", ANSWERED),
)  # fmt: skip
"""What busybox' wget says, and what it means."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What became of one request.

    ``outcome`` is answered, refused, timeout, unreachable, unknown-name or reset; ``seconds``
    how long it took, ``said`` the body of the answer, ``why`` the error in the asker's words.
    """

    origin: str
    target: str
    outcome: str
    seconds: float
    said: str
    why: str
    words: Words

    @property
    def ok(self) -> bool:
        """Whether an answer came."""
        return self.outcome == ANSWERED

    @property
    def label(self) -> str:
        """The outcome in the lab's language, with a sign in front."""
        return self.words(f"asking.{self.outcome}")

    def __str__(self) -> str:
        said = self.said.strip().splitlines()[:1] or ([self.why] if self.why else [])
        tail = f": {said[0]}" if said else ""
        line = f"{self.origin} → {self.target}  {self.label}, {self.seconds:.3f} s"
        return line + tail

    __repr__ = __str__


@dataclass(frozen=True, slots=True)
class ReachTable:
    """Every origin's request to every target; ``cells`` are in the order of both."""

    origins: tuple[str, ...]
    targets: tuple[str, ...]
    cells: tuple[tuple[Reach, ...], ...]
    words: Words

    def __getitem__(self, place: tuple[str, str]) -> Reach:
        """The request from an origin to a target, by their titles."""
        return self.cells[self.origins.index(place[0])][self.targets.index(place[1])]

    def pictured(self) -> Matrix:
        """What ``show`` draws: a table to guess first and reveal then."""
        cells = {
            (origin, target): Reached(self[origin, target].ok, told(self[origin, target]))
            for origin in self.origins
            for target in self.targets
        }
        return Matrix(self.words("asking.caption"), self.origins, self.targets, cells)

    def __str__(self) -> str:
        rows = [("", *self.targets)]
        rows += [
            (origin, *(cell.label for cell in line))
            for origin, line in zip(self.origins, self.cells, strict=True)
        ]
        widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
        return "\n".join(
            "  ".join(text.ljust(widths[i]) for i, text in enumerate(row)).rstrip() for row in rows
        )

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{html.escape(one)}</th>' for one in self.targets)
        body = "".join(
            f'<tr><th scope="row">{html.escape(origin)}</th>'
            + "".join(f"<td>{html.escape(cell.label)}</td>" for cell in line)
            + "</tr>"
            for origin, line in zip(self.origins, self.cells, strict=True)
        )
        caption = html.escape(self.words("asking.caption"))
        return f"<table><caption>{caption}</caption><tr><td></td>{head}</tr>{body}</table>"


def told(answer: Reach) -> str:
    """The outcome with the first line of what was said, or of the error."""
    said = answer.said.strip().splitlines()[:1] or ([answer.why] if answer.why else [])
    return f"{answer.label}: {said[0][:80]}" if said else answer.label


class AsksAnywhere(Protocol):
    """A cluster with the capability ``ask-anywhere``."""

    def ask_from(self, origin: str, host: str, port: int, path: str, limit: float) -> Any: ...


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks in one cluster."""

    cluster: Cluster
    kubectl: Kubectl
    clock: Clock
    words: Words

    def reach(self, origin: str, target: str, limit: float) -> Reach:
        """``origin`` is a Pod (``name`` or ``namespace/name``), ``node/NAME`` or ``outside``;
        ``target`` is ``host[:port][/path]``.

        Raises ``UsageError`` for words it cannot take, ``LabError`` when the back end lacks what
        is needed.
        """
        found = TARGET.match(target)
        if found is None:
            raise UsageError(
                self.words("asking.target", target=target), self.words("asking.target.fix")
            )
        host, port, path = found[1], int(found[2] or 80), found[3] or "/"
        if ASK_ANYWHERE in self.cluster.capabilities:
            asker = cast(AsksAnywhere, self.cluster)
            said = asker.ask_from(self._place(origin), host, port, path, limit)
            return Reach(
                origin, target, said["outcome"], said["seconds"], said["said"], said["why"],
                self.words,
            )  # fmt: skip
        if origin == OUTSIDE or origin.startswith("node/"):
            raise LabError(
                self.words("asking.lacks", origin=origin, cluster=self.cluster.name),
                self.words("faults.lacks.fix"),
            )
        return self._by_wget(origin, target, f"http://{host}:{port}{path}", limit)

    def table(
        self, origins: Mapping[str, str], targets: Mapping[str, str], limit: float
    ) -> ReachTable:
        """Every origin asks every target; keys are the titles of rows and columns."""
        cells = tuple(
            tuple(self.reach(origin, target, limit) for target in targets.values())
            for origin in origins.values()
        )
        return ReachTable(tuple(origins), tuple(targets), cells, self.words)

    def _place(self, origin: str) -> str:
        """As the cluster's own path takes it."""
        if origin == OUTSIDE or origin.startswith("node/"):
            return origin
        return f"pod/{origin}" if "/" in origin else f"pod/{self.cluster.namespace}/{origin}"

    def _by_wget(self, origin: str, target: str, url: str, limit: float) -> Reach:
        """``kubectl exec POD -- wget``: works in every Pod that has busybox' wget."""
        namespace, _, pod = origin.rpartition("/")
        place = ("-n", namespace) if namespace else ()
        command = ("wget", "-q", "-T", str(max(1, round(limit))), "-O-", url)
        began = self.clock.monotonic()
        answer = self.kubectl.run("exec", *place, pod, "--", *command, timeout=limit + GRACE)
        seconds = self.clock.monotonic() - began
        if answer.ok:
            return Reach(origin, target, ANSWERED, seconds, answer.stdout, "", self.words)
        lines: Sequence[str] = answer.stderr.strip().splitlines()
        why = next((line for line in lines if line.startswith("wget:")), "")
        outcome = next((meaning for word, meaning in WGET if word in why), "")
        if not outcome:
            raise self.kubectl.failed(answer)
        return Reach(origin, target, outcome, seconds, "", why, self.words)
