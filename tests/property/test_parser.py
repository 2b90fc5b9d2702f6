"""Laws of the parser: what one line means does not depend on its neighbours; nothing breaks it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit.errors import LabkitError, RulesError
from labkit.ruleset import Ruleset

SETTINGS = settings(max_examples=150, deadline=None)

PIECES = st.one_of(
    st.sampled_from(
        [
            "-p tcp",
            "-p udp",
            "! -p tcp",
            "-m tcp",
            "-m comment",
            "-m statistic",
            "--mode random",
            "--comment plain",
            '--comment "two words"',
            '--comment "a -d 10.0.0.9 b"',
            '--comment "q \\" -j X"',
            "--comment -j",
            "-j LOG",
            "--log-prefix -j",
            "-m recent",
            '--log-prefix "x -d 10.0.0.1 y"',
            "--set",
            "--rcheck",
            "--name KUBE",
            "--name -j",
            "-j ACCEPT",
            "-j DNAT",
            "-j A",
            "-g B",
            "-j REJECT",
            "!",
            "--syn",
            "-c 1 2",
            "-m mark",
            "--mark 0x1",
            "--to-destination 10.0.0.1:80",
            "--dport=81",
            "-m  tcp",
            "--rsource",
            '-d "10.0.0.1"',
            '--dport "80"',
            "-s 10.0.0.1,10.0.0.2",
            "-s fd00::1",
            "-i eth0",
            '--comment ""',
            "--comment x\x0b",
            "-j ACCEPTED",
            "--probability 0.5",
        ]
    ),
    st.integers(0, 300).map(lambda n: f"-s 10.0.0.{n}/32"),
    st.integers(0, 40).map(lambda n: f"! -d 10.0.0.0/{n}"),
    st.integers(0, 70000).map(lambda n: f"--dport {n}"),
    st.integers(0, 11).map(lambda n: f"--probability {n / 10}"),
)
LINES = st.tuples(st.sampled_from("AB"), st.lists(PIECES, max_size=6)).map(
    lambda made: " ".join([f"-A {made[0]}", *made[1]])
)


def table(*lines: str) -> str:
    """Table nat with two chains."""
    return "\n".join(["*nat", ":A - [0:0]", ":B - [0:0]", *lines, "COMMIT", ""])


def reading(text: str) -> list[tuple[object, ...]] | str:
    """What the rules mean, or the sentence that refuses them."""
    try:
        rules = Ruleset.parse(text, family=4)
    except LabkitError as error:
        return re.sub(r"line \d+", "line", f"{type(error).__name__} {error.what}")
    return [(r.chain, r.header, r.matches, r.target, r.text) for r in rules.rules()]


@SETTINGS
@given(st.lists(LINES, min_size=2, max_size=12), st.data())
def test_a_line_means_the_same_after_any_other_line(lines: list[str], data: st.DataObject) -> None:
    """Lines of one shape are read by a short way: it gives what the long way gives."""
    alone = {line: reading(table(line)) for line in lines}
    readable = [line for line in lines if isinstance(alone[line], list)]
    if readable:
        together = data.draw(st.lists(st.sampled_from(readable), max_size=20))
        wanted = [rule for line in together for rule in alone[line]]
        found = reading(table(*together))
        assert isinstance(found, list)
        assert sorted(map(repr, found)) == sorted(map(repr, wanted))
        for line in lines:
            if line not in readable:
                assert reading(table(*together, line)) == alone[line]


@SETTINGS
@given(st.integers(0, 255), st.integers(0, 65536), st.integers(0, 33), st.booleans())
def test_the_second_line_of_a_shape_is_checked_like_the_first(
    octet: int, port: int, prefix: int, wrong: bool
) -> None:
    """Other numbers in the same places are read, and refused, as they would be alone."""
    first = "-A A -s 10.0.0.1/32 -p tcp -m tcp --dport 80 -j B"
    chain = "A" if wrong else "B"
    second = f"-A {chain} -s 10.0.{octet}.1/{prefix} -p tcp -m tcp --dport {port} -j A"
    alone, after = reading(table(second)), reading(table(first, second))
    if isinstance(alone, str):
        assert after == alone
        with pytest.raises(RulesError) as caught:
            Ruleset.parse(table(first, second))
        assert caught.value.line == 5
    else:
        assert isinstance(after, list)
        assert alone[0] in after
