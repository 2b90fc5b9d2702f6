"""The lab itself, step by step."""

from __future__ import annotations

from collections.abc import Iterator

from labkit.cluster.base import MULTI_NODE
from labkit.errors import LabkitError
from labkit.lab.run import LabRun, Surroundings, manifests_folder
from labkit.parity.differences import Difference, compare
from labkit.parity.stage import Stage

REQUESTS = 150


class Silent:
    """Shows nothing."""

    def heading(self, text: str) -> None: ...

    def command(self, text: str) -> None: ...

    def output(self, text: str) -> None: ...

    def note(self, text: str) -> None: ...

    def progress(self, text: str) -> None: ...


def lab_steps(stage: Stage) -> Iterator[Difference]:
    """Every step of the lab succeeds, and 150 answers are a fair draw."""
    nodes = 2 if MULTI_NODE in stage.cluster.capabilities else 1
    kubectl = stage.kubectl.inside(manifests_folder("fixed"))
    lab = LabRun(
        kubectl, Silent(), stage.clock, stage.words, REQUESTS,
        Surroundings(nodes, stage.cluster.labels),
    )  # fmt: skip
    try:
        lab.conclude(lab.measure(lab.build()))
        lab.clean_up()
    except LabkitError as error:
        lab.remove_leftovers()
        yield Difference("labkit lab", "every step", str(error))
        return
    judged = lab.record.judgement
    yield from compare("verdict", "random", judged.kind if judged else "none")
