"""The suite: every check in order, and what it found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from labkit.errors import CommandFailed, LabError
from labkit.lab import questions
from labkit.parity.checks.balance import affinity, fair_draw, fair_draw_of_three, local_policy
from labkit.parity.checks.dns import dns
from labkit.parity.checks.lab import lab_steps
from labkit.parity.checks.noderules import node_rules
from labkit.parity.checks.paths import (
    no_endpoints,
    other_port,
    reach,
    source_of_a_hairpin,
    source_of_a_node,
    source_of_a_pod,
)
from labkit.parity.checks.shapes import shapes
from labkit.parity.checks.transcripts import transcripts
from labkit.parity.differences import Difference, NotHere
from labkit.parity.stage import MADE, Stage

Check = Callable[[Stage], Iterator[Difference]]
CHECKS: tuple[Check, ...] = (
    transcripts,
    shapes,
    dns,
    reach,
    no_endpoints,
    other_port,
    source_of_a_pod,
    source_of_a_hairpin,
    source_of_a_node,
    fair_draw,
    affinity,
    local_policy,
    node_rules,
    fair_draw_of_three,
)
"""On the stage, in this order."""

ALONE: tuple[Check, ...] = (lab_steps,)
"""Before the stage stands: these make and remove their own objects."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one check found.  ``here`` is False where the cluster does not allow it."""

    name: str
    about: str
    differences: tuple[Difference, ...] = ()
    here: bool = True
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        return not self.differences


def run_check(check: Check, stage: Stage) -> Result:
    """Run one; a command that fails is a difference like any other."""
    name, about = check.__name__.replace("_", " "), " ".join((check.__doc__ or "").split())
    began = stage.clock.monotonic()
    try:
        found = tuple(check(stage))
        here = True
    except NotHere:
        found, here = (), False
    except CommandFailed as error:
        found, here = (Difference(name, "every command succeeds", str(error)),), True
    return Result(name, about, found, here, stage.clock.monotonic() - began)


def refuse_leftovers(stage: Stage) -> None:
    """``LabError`` when objects of our names are there: they may be somebody's work."""
    answer = stage.kubectl.check("get", *MADE, "--ignore-not-found", "-o", "name")
    names = [*questions.leftovers(stage.kubectl), *answer.stdout.split()]
    if names:
        raise LabError(
            stage.words("lab.leftovers", names=", ".join(dict.fromkeys(names))),
            stage.words("parity.leftovers.fix"),
        )


def run_all(stage: Stage, told: Callable[[str], None]) -> Iterable[Result]:
    """Every result as it comes; ``told`` hears what is done next.  The stage is always cleared."""
    refuse_leftovers(stage)
    for check in ALONE:
        told(check.__name__.replace("_", " "))
        yield run_check(check, stage)
    try:
        told(stage.words("parity.stage"))
        stage.set_up()
        for check in CHECKS:
            told(check.__name__.replace("_", " "))
            yield run_check(check, stage)
    finally:
        told(stage.words("parity.clear"))
        stage.tear_down()
