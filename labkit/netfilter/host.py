"""What a node is: its rules, ready for walking, its routing, its back end.

``node.py`` adds what one can ask of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from labkit.model.ipset import IpSets
from labkit.netfilter.check import check, check_sets
from labkit.netfilter.program import Block, in_order_of_loading, program, recent_lists
from labkit.netfilter.routes import Routing
from labkit.netfilter.stages import PARTS, Stage
from labkit.ruleset.tables import Ruleset


@dataclass(frozen=True, slots=True, init=False)
class Host:
    """A value; it holds no state.  ``programs`` are the blocks of each table's chains."""

    rules: Ruleset
    routing: Routing
    backend: str
    programs: dict[str, dict[str, Block]] = field(repr=False, compare=False)
    sets: IpSets
    _plans: dict[tuple[Stage, ...], tuple[Stage, ...]] = field(repr=False, compare=False)

    def _set(self, rules: Ruleset, routing: Routing, backend: str, sets: IpSets) -> None:
        """Fill in the value (it is frozen for everybody else)."""
        check(rules, backend)
        check_sets(rules, sets)
        object.__setattr__(self, "rules", rules)
        object.__setattr__(self, "routing", routing)
        object.__setattr__(self, "backend", backend)
        object.__setattr__(self, "sets", sets)
        lists = recent_lists(in_order_of_loading(rules, backend))
        programs = {name: program(table, lists, sets) for name, table in rules.tables.items()}
        object.__setattr__(self, "programs", programs)
        object.__setattr__(
            self,
            "_plans",
            {
                stages: tuple(stage for stage in reversed(stages) if self.has_work(stage))
                for stages in PARTS
            },
        )

    @property
    def reads_sport(self) -> bool:
        """Whether any rule looks at source ports."""
        return any(match.reads_sport for rule in self.rules.rules() for match in rule.matches)

    def has_work(self, stage: Stage) -> bool:
        """Whether a stage does anything: a table that is not there does not."""
        what, table, hook = stage
        return what != "table" or hook in self.programs.get(table, ())

    def plan(self, stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
        """The stages that do something here, the last one first."""
        return self._plans[stages]
