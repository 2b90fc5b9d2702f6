"""A packet's way through a node with nftables: base chains in the order of their priorities.

The stages between them (connection tracking, NAT, routing) are those of ``passage.py``.
"""

from __future__ import annotations

from typing import Protocol

from labkit.netfilter import stages
from labkit.netfilter.nftprogram import Block, Line
from labkit.netfilter.nftsteps import MISS
from labkit.netfilter.passage import DROPPED, REJECTED, Passage
from labkit.netfilter.routes import Routing
from labkit.netfilter.stages import Stage
from labkit.netfilter.state import NodeState
from labkit.nft.nouns import NftRuleset, Verdict
from labkit.xt.frame import Frame

Key = tuple[str, str, int]
"""Table, chain and number of a rule."""

Base = tuple[int, str, str, str]
"""Priority, type, table, chain."""

TRACK, DST_NAT, SRC_NAT = -200, -100, 100
"""Where connection tracking and NAT stand among the chains (netfilter_ipv4.h)."""


def base_chains(rules: NftRuleset) -> dict[str, list[Base]]:
    """The base chains of each hook; of two with one priority the later one comes first
    (nf_hook_entries_grow in netfilter/core.c)."""
    found: dict[str, list[Base]] = {}
    for table in rules.tables.values():
        for chain in table.chains.values():
            if chain.hook is not None:
                one = (chain.hook.priority, chain.hook.type, table.name, chain.name)
                found.setdefault(chain.hook.hook.upper(), []).insert(0, one)
    return {hook: sorted(chains, key=lambda one: one[0]) for hook, chains in found.items()}


def plans(rules: NftRuleset) -> dict[tuple[Stage, ...], tuple[Stage, ...]]:
    """The stages of each part of a way, the last one first."""
    bases = base_chains(rules)
    return {part: tuple(reversed(_with_chains(part, bases))) for part in stages.PARTS}


def _with_chains(part: tuple[Stage, ...], bases: dict[str, list[Base]]) -> list[Stage]:
    """The fixed stages of the part, filter chains between them by priority."""
    hooks = list(dict.fromkeys(hook for _, _, hook in part))
    made: list[Stage] = []
    for hook in hooks:
        filters = [base for base in bases.get(hook, []) if base[1] == "filter"]
        for stage in (one for one in part if one[2] == hook and one[0] != "table"):
            limit = _priority(stage)
            early = [base for base in filters if base[0] < limit]
            filters = filters[len(early) :]
            made += [("table", f"{table}\0{chain}", hook) for _, _, table, chain in early]
            made.append(stage)
        made += [("table", f"{table}\0{chain}", hook) for _, _, table, chain in filters]
    return made


def _priority(stage: Stage) -> float:
    """Chains with a smaller priority come before this stage."""
    what, side, _ = stage
    if what == "track":
        return TRACK
    if what == "nat":
        return DST_NAT if side == "dst" else SRC_NAT
    if what in ("routeout",):
        return float("-inf")
    return DST_NAT if what == "recheck" else float("inf")


class NftHost(Protocol):
    """What a node with nftables holds for a passage: blocks, nat chains by hook, their side."""

    blocks: dict[tuple[str, str], Block]
    nat_chains: dict[str, tuple[str, ...]]
    nat_side: dict[tuple[str, str], str]
    routing: Routing


class NftPassage(Passage):
    """Takes frames through base chains.

    ``seen`` collects the rules that matched, with their order; ``rules`` and ``lookups``
    count what was asked on the way.
    """

    __slots__ = ("nft", "seen", "rules")

    def __init__(self, node: NftHost, state: NodeState, exact: bool = False) -> None:
        super().__init__(node, state, exact)  # type: ignore[arg-type]
        self.nft = node
        self.seen: list[Key] | None = None
        self.rules = 0

    def table(self, frame: Frame, table: str, hook: str) -> None:
        """One base chain."""
        where, _, name = table.partition("\0")
        block = self.nft.blocks[where, name]
        if frame.family not in block.families or self._nat_is_done(frame, where, name):
            return
        frame.table = where
        if self.walk(frame, block, hook).kind == "drop":
            frame.verdict = REJECTED if frame.reject_with else DROPPED

    def _nat_is_done(self, frame: Frame, table: str, chain: str) -> bool:
        """Later nat chains are not asked once one has decided (nf_nat_inet_fn)."""
        kind = self.nft.nat_side.get((table, chain), "")
        if not kind:
            return False
        return bool(frame.ct.dst_done if kind == "dst" else frame.ct.src_done)

    def _nat(self, frame: Frame, kind: str, hook: str) -> None:
        """Chains of type nat are asked only while this side is undecided."""
        entry = frame.ct
        if entry is None:
            return
        assert frame.path is not None
        frame.path.append(("bind", kind, hook))
        decided = entry.dst_done if kind == "dst" else entry.src_done
        if not decided and not frame.reply and frame.ctstate in ("NEW", "RELATED"):
            chains = self.nft.nat_chains.get(hook, ())
            frame.path.extend(("table", name, hook) for name in reversed(chains))

    def walk(self, frame: Frame, base: Block, hook: str) -> Verdict:
        """From the base chain until a verdict or its policy (nft_do_chain)."""
        stack: list[tuple[Block, int]] = []
        block, at = base, 0
        while True:
            if at == len(block.lines):
                verdict = Verdict("return")
            else:
                line = block.lines[at]
                at += 1
                verdict = self._rule(frame, line, hook, len(stack))
            match verdict.kind:
                case "accept" | "drop":
                    return verdict
                case "jump":
                    stack.append((block, at))
                    block, at = block.blocks[verdict.chain], 0
                case "goto":
                    block, at = block.blocks[verdict.chain], 0
                case "return" if stack:
                    self._note_return(frame, block, hook, len(stack))
                    block, at = stack.pop()
                case "return":
                    return self._policy(frame, base, hook)

    def _rule(self, frame: Frame, line: Line, hook: str, depth: int) -> Verdict:
        """One rule; ``continue`` when the next one is to be asked."""
        self.rules += 1
        self.lookups += line.lookups
        frame.chain, frame.rule = line.rule.chain, line.rule
        before = frame.snap() if frame.events is not None else None
        verdict: Verdict | None = None
        for step in line.steps:
            verdict = step(frame)
            if verdict is not None:
                break
        if verdict is MISS:
            if frame.noting:
                self._note(frame, line, hook, depth, before, Verdict("miss"))
            elif frame.events is not None and before != frame.snap():
                self._note(frame, line, hook, depth, before, Verdict("continue"))
            return Verdict("continue")
        if not self.exact:
            self.state.counters.add(line.rule.key, frame.length, frame.count)
        if self.seen is not None:
            self.seen.append(line.rule.key)
        verdict = verdict or Verdict("continue")
        if frame.events is not None:
            self._note(frame, line, hook, depth, before, verdict)
        return verdict

    def _note(
        self, frame: Frame, line: Line, hook: str, depth: int, before: object, verdict: Verdict
    ) -> None:
        """A line of the trace."""
        what, note = verdict.kind, verdict.chain
        last = type(line.rule.statements[-1]).__name__
        if what == "drop" and frame.reject_with:
            what, note = "reject", frame.reject_with
        elif last in ("Nat", "Masquerade"):
            what, note = "nat", "masquerade" if last == "Masquerade" else frame.seen().destination
        assert frame.events is not None
        frame.events.append(
            (
                hook,
                line.rule.table,
                line.rule.chain,
                line.rule.number,
                line.rule,
                what,
                before,
                frame.snap(),
                depth,
                note,
            )
        )

    def _note_return(self, frame: Frame, block: Block, hook: str, depth: int) -> None:
        if frame.events is not None:
            seen = frame.snap()
            frame.events.append(
                (hook, block.table, block.name, 0, None, "return", seen, seen, depth, "")
            )

    def _policy(self, frame: Frame, base: Block, hook: str) -> Verdict:
        """The base chain's policy decides."""
        if frame.events is not None:
            seen = frame.snap()
            frame.events.append(
                (hook, base.table, base.name, 0, None, "policy", seen, seen, 0, base.policy)
            )
        return Verdict("drop" if base.policy == "drop" else "accept")


__all__ = ["NftPassage", "base_chains", "plans"]
