"""The documented lab, from start to clean-up: each step is the kubectl command that it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Protocol

from labkit.clock import Clock
from labkit.cluster.kubectl import Answer, Kubectl, shown
from labkit.errors import LabError
from labkit.lab import questions, steps
from labkit.lab.answers import SENTENCE, Answers, Place, read_answers
from labkit.lab.steps import Step
from labkit.lab.verdict import Judgement
from labkit.words import Words

REPLICAS = 2
ENDPOINTS_LIMIT = 30.0
FAIR = ("random", "round-robin", "too-few")


class Reporter(Protocol):
    """Who shows the lab while it happens."""

    def heading(self, text: str) -> None: ...

    def command(self, text: str) -> None:
        """A command that is about to run, as one would type it."""
        ...

    def output(self, text: str) -> None:
        """What it answered, whole lines without the last line end."""
        ...

    def note(self, text: str) -> None:
        """A sentence of ours."""
        ...

    def progress(self, text: str) -> None:
        """Replaces itself; not part of the record."""
        ...


@dataclass(frozen=True, slots=True)
class StepResult:
    """One command of the record: as typed, its exit status, all it printed, seconds."""

    command: str
    status: int
    output: str
    seconds: float


@dataclass(slots=True)
class Record:
    """What happened so far; it is there for a failed or interrupted lab too."""

    steps: list[StepResult] = field(default_factory=list)
    answers: Answers | None = None
    judgement: Judgement | None = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The cluster around the lab: on how many nodes (two are enough) Pods may run, and what the
    lab's objects are labelled with there."""

    nodes: int = REPLICAS
    labels: Mapping[str, str] = field(default_factory=dict)


OWN_CLUSTER = Surroundings()


class LabRun:
    """Runs the lab against a cluster that is up.  ``kubectl`` stands in the manifests' folder."""

    def __init__(
        self,
        kubectl: Kubectl,
        reporter: Reporter,
        clock: Clock,
        words: Words,
        requests: int,
        place: Surroundings = OWN_CLUSTER,
    ) -> None:
        self.record = Record()
        self._kubectl = kubectl
        self._report = reporter
        self._clock = clock
        self._words = words
        self._requests = requests
        self._place = place

    def refuse_leftovers(self) -> None:
        """``LabError`` when objects of the lab's names are there: they may be somebody's work."""
        names = questions.leftovers(self._kubectl)
        if names:
            raise LabError(
                self._words("lab.leftovers", names=", ".join(names)),
                self._words("lab.leftovers.fix"),
            )

    def remove_leftovers(self) -> None:
        """Delete objects of the lab's names, whoever made them."""
        self._kubectl.check("delete", *steps.OBJECTS, "--ignore-not-found", "--grace-period=1")

    def build(self) -> tuple[Place, ...]:
        """Nodes, backend, Service and client; gives the backend's Pods."""
        for one in (steps.NODES, *steps.BACKEND_STEPS):
            self._do(one)
        places = self._two_on_two()
        for one in steps.SERVICE_STEPS[:-1]:
            self._do(one)
        self._wait_endpoints(len(places))
        for one in (steps.SERVICE_STEPS[-1], *steps.CLIENT_STEPS):
            self._do(one)
        self._follow()
        return places

    def measure(self, places: tuple[Place, ...]) -> Answers:
        """The burst, its tally and its verdict; ``LabError`` when an answer is missing or odd."""
        node = questions.client_node(self._kubectl)
        answer = self._burst()
        answers = read_answers(answer.stdout.splitlines(), places, node, self._words.language)
        self.record.answers, self.record.judgement = answers, answers.judge()
        if len(answers) != self._requests:
            raise LabError(
                self._words("lab.missing_answers", got=len(answers), n=self._requests),
                self._words("lab.silent.fix"),
            )
        strangers = sorted(set(answers.labels) - {place.pod for place in places})
        if strangers:
            raise LabError(self._words("lab.strangers", names=", ".join(strangers)))
        return answers

    def conclude(self, answers: Answers) -> None:
        """Print tally and verdict; ``LabError`` for a split that no proxy mode makes."""
        judged = answers.judge()
        self._report.heading(self._words("lab.head.tally"))
        if answers.literal:
            self._report.note(self._words("lab.literal"))
        self._report.output(answers.summary())
        if judged.kind not in FAIR:
            said = self._words(f"lab.verdict.{judged.kind}", n=judged.answers)
            raise LabError(self._words("lab.not_fair", verdict=said))

    def clean_up(self) -> None:
        """The three deletes of the text; ``LabError`` when something stays."""
        for one in steps.CLEANUP_STEPS:
            self._do(one)
        names = questions.leftovers(self._kubectl)
        if names:
            raise LabError(self._words("lab.not_cleaned", names=", ".join(names)))

    # ---- single steps --------------------------------------------------------------------

    def _do(self, one: Step) -> Answer:
        """Run a step, show it, keep it; a failing command is ``CommandFailed``."""
        self._announce(one)
        answer = self._kubectl.run(*one.command, timeout=180.0)
        self._report.output(answer.output.rstrip("\n"))
        self._keep(answer)
        if one.command[0] == "apply":
            steps.label(self._kubectl, one.command[-1], self._place.labels)
        return answer

    def _announce(self, one: Step) -> None:
        if one.heading:
            self._report.heading(self._words(one.heading, n=self._requests))
        self._report.command(shown(one.command))

    def _keep(self, answer: Answer) -> Answer:
        self.record.steps.append(
            StepResult(shown(answer.words), answer.status, answer.output, answer.seconds)
        )
        if not answer.ok:
            raise self._kubectl.failed(answer)
        return answer

    def _follow(self) -> None:
        """``logs -f`` until five answers came; it never ends by itself."""
        self._announce(steps.FOLLOW)
        seen = 0

        def on_line(line: str) -> bool:
            nonlocal seen
            self._report.output(line)
            seen += bool(SENTENCE.search(line))
            return seen < steps.FOLLOWED_ANSWERS

        answer = self._stream(steps.FOLLOW, on_line, steps.FOLLOW_LIMIT)
        self._keep(answer)
        if seen == 0:
            raise LabError(
                self._words("lab.silent", seconds=round(steps.FOLLOW_LIMIT)),
                self._words("lab.silent.fix"),
            )
        self._report.note(self._words("lab.stopped"))

    def _burst(self) -> Answer:
        one = steps.burst(self._requests)
        self._announce(one)
        came = 0

        def on_line(line: str) -> bool:
            nonlocal came
            came += 1
            if came <= steps.FOLLOWED_ANSWERS:
                self._report.output(line)
            self._report.progress(self._words("lab.burst.progress", done=came, n=self._requests))
            return True

        answer = self._keep(self._stream(one, on_line, steps.BURST_LIMIT))
        if came > steps.FOLLOWED_ANSWERS:
            self._report.note(self._words("lab.burst.sample", n=came, seconds=answer.seconds))
        return answer

    def _stream(self, one: Step, on_line: Callable[[str], bool], limit: float) -> Answer:
        return self._kubectl.stream(*one.command, on_line=on_line, seconds=limit)

    # ---- checks between the steps --------------------------------------------------------

    def _two_on_two(self) -> tuple[Place, ...]:
        places = questions.backend_places(self._kubectl)
        nodes = {place.node for place in places}
        if len(places) != REPLICAS or len(nodes) < min(REPLICAS, self._place.nodes):
            raise LabError(
                self._words("lab.spread", pods=len(places), nodes=len(nodes)),
                self._words("lab.spread.fix"),
            )
        return places

    def _wait_endpoints(self, wanted: int) -> None:
        """Until the Service's slices hold all Pods (on a real cluster that takes a second)."""
        end = self._clock.monotonic() + ENDPOINTS_LIMIT
        while questions.ready_endpoints(self._kubectl) < wanted:
            if self._clock.monotonic() > end:
                raise LabError(
                    self._words("lab.endpoints", n=wanted, seconds=round(ENDPOINTS_LIMIT)),
                    self._words("lab.endpoints.fix"),
                )
            Event().wait(0.2)


def manifests_folder(which: str) -> Path:
    """The folder of labkit itself in which a variant's manifests stand."""
    return Path(__file__).resolve().parent / "manifests" / which
