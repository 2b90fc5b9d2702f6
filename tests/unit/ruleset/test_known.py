"""Lines that an earlier text had: read by memory, they mean what they mean when read anew."""

from __future__ import annotations

import pytest

from labkit.errors import RulesError
from labkit.ruleset.tables import KnownLines, Ruleset

WEB = "-A KUBE-SERVICES -d 10.96.0.{n}/32 -p tcp -m tcp --dport 80 -j KUBE-SVC-{n}"
LOGGED = "-A KUBE-SERVICES -d 10.96.0.9/32 -j LOG"
FOUR = "-A KUBE-SERVICES -s 10.0.0.1/32 -j MARK --set-xmark 0x1/0x1"


def saved(*lines: str, chains: tuple[str, ...] = (), table: str = "nat") -> str:
    """A table with KUBE-SERVICES, some chains of Services, and these rules."""
    names = ("KUBE-SERVICES", *(f"KUBE-SVC-{n}" for n in range(5)), *chains)
    return "\n".join([f"*{table}", *(f":{name} - [0:0]" for name in names), *lines, "COMMIT", ""])


TEXTS = (
    saved(WEB.format(n=1), WEB.format(n=2), LOGGED, LOGGED, FOUR, FOUR),
    saved(WEB.format(n=0), WEB.format(n=1), f"[7:420] {WEB.format(n=2)}", FOUR, LOGGED),
    saved(WEB.format(n=1), LOGGED, LOGGED, chains=("LOG",)),
    saved(WEB.format(n=2), WEB.format(n=1), LOGGED, LOGGED),
    saved(WEB.format(n=2), LOGGED, table="mangle"),
    saved("-A KUBE-SERVICES -s 10.0.0.1,10.0.0.2 -j RETURN", FOUR, WEB.format(n=1)),
    saved("-A KUBE-SERVICES -s 10.0.0.1,10.0.0.2 -j RETURN", FOUR, WEB.format(n=1)),
)


@pytest.mark.parametrize("order", [TEXTS, TEXTS[::-1]], ids=["forwards", "backwards"])
def test_known_lines_mean_the_same(order: tuple[str, ...]) -> None:
    """One text after another gives the rules, and the places, that each gives alone."""
    known = KnownLines()
    for text in order:
        again, alone = Ruleset.parse(text, known=known), Ruleset.parse(text)
        assert again == alone
        assert [one.line for one in again.rules()] == [one.line for one in alone.rules()]


def test_what_was_known_is_not_read_anew() -> None:
    """The second text's rules hold the very values of the first one's."""
    known = KnownLines()
    text = saved(*(WEB.format(n=n) for n in range(5)))
    first, second = (list(Ruleset.parse(text, known=known).rules()) for _ in range(2))
    assert all(one.header is two.header for one, two in zip(first[1:], second[1:], strict=True))


def test_a_known_line_is_still_refused_elsewhere() -> None:
    """DROP stands in table filter; the same line in nat is refused although it was read before."""
    known = KnownLines()
    line = "-A KUBE-SERVICES -d 10.96.0.{n}/32 -j DROP"
    both = [line.format(n=1), line.format(n=2)]
    Ruleset.parse(saved(*both, table="filter"), known=known)
    with pytest.raises(RulesError):
        Ruleset.parse(saved(*both), known=known)
