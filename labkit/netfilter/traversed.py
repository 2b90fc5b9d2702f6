"""How many rules Linux looked at on a packet's way, from the events of its trace."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from labkit.ruleset.tables import Ruleset
from labkit.xt.base import ACCEPT, DROP, GOTO, JUMP, RETURN

ENDS = ("policy", "reject", ACCEPT, DROP)
"""After these the next event is of another table."""


def traversed(rules: Ruleset, events: Iterable[tuple[Any, ...]]) -> int:
    """The number of rules that were tested, whether they matched or not.

    A walk passes every rule of a chain up to the one that matches, and goes on behind it
    after coming back; ``depth`` in the events says how many chains wait.
    """
    looked = 0
    at: dict[int, int] = {}
    chain: dict[int, str] = {}
    ended = True
    for _, table, name, number, _, result, _, _, depth, _ in events:
        if not table:
            ended = True
            continue
        if ended:
            at, chain, ended = {0: 0}, {}, False
        chain.setdefault(depth, name)
        if number:
            looked += number - at.get(depth, 0)
            at[depth], chain[depth] = number, name
            if result is JUMP:
                at[depth + 1] = 0
                chain.pop(depth + 1, None)
            elif result is GOTO:
                at[depth] = 0
                chain.pop(depth, None)
            elif result is RETURN:
                at[depth] = -1
        elif at.get(depth, 0) >= 0:
            looked += len(rules[table][chain.get(depth, name)]) - at.get(depth, 0)
        ended = result in ENDS
    return looked
