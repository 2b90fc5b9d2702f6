"""The chain that chooses an endpoint: rules in order, each with a probability of its own.

kube-proxy writes 1/N, 1/(N-1) ... 1/2 and a last rule without condition
(``writeServiceToEndpointRules`` in ``pkg/proxy/iptables/proxier.go``), so that each endpoint gets
1/N of all connections.  Two ways to get it wrong are here as well, to compare.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from labkit.errors import UsageError

Kind = Literal["fair", "naive", "cumulative", "own"]
KINDS: tuple[Kind, ...] = ("fair", "naive", "cumulative")
MOST = 64
_LARGEST = 10_000


@dataclass(frozen=True, slots=True)
class Branch:
    """One rule: the share of connections that ``reach`` it, its own ``probability``, and the
    ``share`` of all connections that it takes: the product."""

    label: str
    reach: Fraction
    probability: Fraction

    @property
    def share(self) -> Fraction:
        """What the rule takes of all connections."""
        return self.reach * self.probability


@dataclass(frozen=True, slots=True)
class ChanceChain:
    """``probabilities`` of the rules in order: fractions, numbers, or texts such as ``"1/3"``.

    >>> chain = ChanceChain.fair(3)
    >>> [str(branch.share) for branch in chain.branches]
    ['1/3', '1/3', '1/3']
    >>> f"{float(ChanceChain.naive(3).lost):.1%}"
    '29.6%'

    ``show(ChanceChain.fair(3))`` draws it as a tree.  Raises ``UsageError`` for a probability
    that is none.
    """

    probabilities: tuple[Fraction, ...]
    labels: tuple[str, ...] = ()
    kind: Kind = "own"

    def __init__(
        self,
        probabilities: Sequence[Fraction | float | str],
        labels: Sequence[str] = (),
        kind: Kind = "own",
    ) -> None:
        given = tuple(_probability(one, place) for place, one in enumerate(probabilities, start=1))
        if not 1 <= len(given) <= _LARGEST:
            raise UsageError("A chain has at least one rule.", 'For example ["1/2", 1].')
        names = tuple(labels) or tuple(f"Pod {i}" for i in range(1, len(given) + 1))
        if len(names) != len(given):
            raise UsageError(f"{len(names)} labels for {len(given)} rules.")
        object.__setattr__(self, "probabilities", given)
        object.__setattr__(self, "labels", names)
        object.__setattr__(self, "kind", kind)

    @classmethod
    def fair(cls, pods: int) -> ChanceChain:
        """As kube-proxy writes it: 1/N, 1/(N-1) ... 1."""
        return cls([Fraction(1, pods - i) for i in range(_count(pods))], kind="fair")

    @classmethod
    def naive(cls, pods: int) -> ChanceChain:
        """1/N in every rule: some connections match none and get lost."""
        return cls([Fraction(1, pods)] * _count(pods), kind="naive")

    @classmethod
    def cumulative(cls, pods: int) -> ChanceChain:
        """1/N, 2/N ... 1, as if each rule did not see only what the rules before it left."""
        return cls([Fraction(i + 1, pods) for i in range(_count(pods))], kind="cumulative")

    @classmethod
    def of_kind(cls, kind: Kind, pods: int) -> ChanceChain:
        """``fair``, ``naive`` or ``cumulative`` by name."""
        if kind not in KINDS:
            raise UsageError(f"There is no chain {kind!r}.", f"Known: {', '.join(KINDS)}.")
        makers = {"fair": cls.fair, "naive": cls.naive, "cumulative": cls.cumulative}
        return makers[kind](pods)

    @property
    def branches(self) -> tuple[Branch, ...]:
        """The rules with what reaches them."""
        reach, made = Fraction(1), []
        for label, probability in zip(self.labels, self.probabilities, strict=True):
            made.append(Branch(label, reach, probability))
            reach *= 1 - probability
        return tuple(made)

    @property
    def lost(self) -> Fraction:
        """The share of connections that no rule takes."""
        return 1 - sum((branch.share for branch in self.branches), Fraction(0))

    def rules_text(self, address: str = "10.96.0.50", port: int = 80) -> str:
        """The chain as ``iptables-restore`` reads it: Pod i is 10.244.0.(i), port 8080.

        Probabilities are printed as kube-proxy prints them, with ten places.
        """
        chains, rules = ["KUBE-SVC-EXAMPLE"], []
        for i, probability in enumerate(self.probabilities, start=1):
            draw = (
                ""
                if probability == 1
                else f"-m statistic --mode random --probability {float(probability):.10f} "
            )
            chains.append(f"KUBE-SEP-{i}")
            rules.append(f"-A KUBE-SVC-EXAMPLE {draw}-j KUBE-SEP-{i}")
            goal = f"10.244.{i // 250}.{i % 250}:8080"
            rules.append(f"-A KUBE-SEP-{i} -p tcp -m tcp -j DNAT --to-destination {goal}")
        first = f"-A PREROUTING -d {address}/32 -p tcp -m tcp --dport {port} -j KUBE-SVC-EXAMPLE"
        heads = [f":{name} - [0:0]" for name in chains]
        return "\n".join(["*nat", ":PREROUTING ACCEPT [0:0]", *heads, first, *rules, "COMMIT", ""])


def _count(pods: int) -> int:
    if not isinstance(pods, int) or not 1 <= pods <= _LARGEST:
        raise UsageError(f"{pods!r} is not a number of Pods.", "Take 1 or more.")
    return pods


def _probability(given: Fraction | float | str, place: int) -> Fraction:
    """A probability as a fraction: 1/3 written as 0.3333333333 stays what it is."""
    try:
        value = Fraction(given)
    except (ValueError, TypeError, ZeroDivisionError, OverflowError):
        value = Fraction(-1)
    if not 0 <= value <= 1:
        raise UsageError(
            f"Rule {place}: {given!r} is not a probability.", 'Take 0 to 1, such as "1/3" or 0.5.'
        )
    return value
