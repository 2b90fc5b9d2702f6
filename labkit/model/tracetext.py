"""A trace as text that a learner reads in a terminal, in English and in Spanish."""

from __future__ import annotations

from typing import Protocol

from labkit.model.packet import Packet
from labkit.model.step import Step, Verdict


class Told(Protocol):
    """What is asked of a trace in order to tell it."""

    @property
    def start(self) -> Packet: ...
    @property
    def packet(self) -> Packet: ...
    @property
    def verdict(self) -> Verdict: ...
    @property
    def reject_with(self) -> str: ...
    @property
    def delivered_local(self) -> bool: ...
    @property
    def out_iface(self) -> str: ...
    @property
    def via(self) -> str: ...
    def steps_in(self, lang: str) -> tuple[Step, ...]: ...


PHRASES = {
    "en": {
        "packet": "packet",
        "state": "connection tracking: {note}",
        "translate": "known connection, addresses rewritten: {after}",
        "route": "routing decision: {note}",
        "policy": "end of the chain, policy {note}",
        "jump": "matches, jumps to {note}",
        "goto": "matches, goes to {note} (and not back)",
        "return": "back to the calling chain",
        "accept": "matches: ACCEPT",
        "drop": "matches: DROP",
        "reject": "matches: REJECT with {note}",
        "match": "matches: {note}",
        "miss": "does not match",
        "chance": "could match, but the draw fell otherwise: on to the next rule",
        "nat": "matches: {note}",
        "becomes": "now {after}",
        "accepted_out": "leaves through {iface}{via}: {packet}",
        "accepted_local": "is delivered to this node: {packet}",
        "via": " (next hop {via})",
        "dropped": "is dropped; the sender hears nothing",
        "rejected": "is rejected; the sender is told {how}",
    },
    "es": {
        "packet": "paquete",
        "state": "seguimiento de conexiones: {note}",
        "translate": "conexión conocida, direcciones reescritas: {after}",
        "route": "decisión de encaminamiento: {note}",
        "policy": "fin de la cadena, política {note}",
        "jump": "coincide, salta a {note}",
        "goto": "coincide, va a {note} (y no vuelve)",
        "return": "vuelve a la cadena anterior",
        "accept": "coincide: ACCEPT",
        "drop": "coincide: DROP",
        "reject": "coincide: REJECT con {note}",
        "match": "coincide: {note}",
        "miss": "no coincide",
        "chance": "podía coincidir, pero el sorteo decidió que no: pasa a la regla siguiente",
        "nat": "coincide: {note}",
        "becomes": "ahora {after}",
        "accepted_out": "sale por {iface}{via}: {packet}",
        "accepted_local": "se entrega a este nodo: {packet}",
        "via": " (siguiente salto {via})",
        "dropped": "se descarta; quien lo envió no recibe nada",
        "rejected": "se rechaza; quien lo envió recibe {how}",
    },
}


def render(trace: Told, lang: str = "en") -> str:
    """The whole trace, one line for the stage and two for each rule."""
    words = PHRASES[lang]
    lines = [f"{words['packet']}: {trace.start}"]
    stage: tuple[str, str] | None = None
    for step in trace.steps_in(lang):
        if step.table and (step.hook, step.table) != stage:
            lines.append(f"{step.hook}  [{step.table}]")
        stage = (step.hook, step.table) if step.table else None
        lines.extend(_step(step, lang))
    lines.append(f"=> {_end(trace, words)}")
    return "\n".join(lines) + "\n"


def said(step: Step, lang: str = "en") -> str:
    """What happens in one step, in a few words."""
    key = {"conntrack": "state"}.get(step.what, step.what)
    if key == "miss" and step.note == "chance":
        key = "chance"
    words = PHRASES[lang]
    return words.get(key, words["match"]).format(note=step.note, after=step.after)


def ending(trace: Told, lang: str = "en") -> str:
    """Where the packet went."""
    return _end(trace, PHRASES[lang])


def _step(step: Step, lang: str) -> list[str]:
    """The lines of one step, indented by the depth of jumps."""
    phrase = said(step, lang)
    if step.what in ("conntrack", "translate", "route"):
        return [f"{step.hook}  {phrase}"]
    pad = "  " * (step.depth + 1)
    if not step.number:
        return [f"{pad}{step.chain}: {phrase}"]
    lines = [f"{pad}{step.chain} {step.number}: {step.rule}", f"{pad}    {phrase}"]
    if step.changed:
        lines[-1] += f"; {PHRASES[lang]['becomes'].format(after=step.after)}"
    return lines


def _end(trace: Told, words: dict[str, str]) -> str:
    """The last line: where the packet went."""
    if trace.verdict is Verdict.DROPPED:
        return words["dropped"]
    if trace.verdict is Verdict.REJECTED:
        return words["rejected"].format(how=trace.reject_with)
    if trace.delivered_local:
        return words["accepted_local"].format(packet=trace.packet)
    via = words["via"].format(via=trace.via) if trace.via else ""
    return words["accepted_out"].format(iface=trace.out_iface, via=via, packet=trace.packet)
