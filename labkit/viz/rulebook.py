"""The ruleset explorer: rules explained where one points, a Service's fields beside them, a packet
asked about, another save pasted."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

import traitlets

from labkit.errors import LabkitError, UnsupportedExtension, UsageError
from labkit.model.packet import Packet
from labkit.model.rulebook import RuleBook, fields_of
from labkit.netfilter.node import Node
from labkit.ruleset.tables import Ruleset
from labkit.viz.chaingraph import graph, graph_alt
from labkit.viz.picture import Picture
from labkit.viz.ruleread import ReadRule, read_rules, rules_for, services_of
from labkit.viz.svg import still
from labkit.viz.widget import Live, script, style
from labkit.words import Words

SHOWN = 300
LAST_PORT = 65535
WORDS = (
    *("service", "fields", "rules", "point", "table", "ask", "source", "destination"),
    *("protocol", "hook", "go", "paste", "paste.label", "read"),
)


class RulesExplorer(Live):
    """Rules with their explanations.

    Traits that may be set from Python as well: ``service`` ("" for all) chooses whose rules are
    shown; ``question`` asks about a packet (``source``, ``destination``, ``protocol``, ``hook``)
    and fills ``answer``; ``pasted`` is another text to read.
    """

    _esm = script("rulebook")
    _css = style("rulebook")
    service = traitlets.Unicode("").tag(sync=True)
    services: traitlets.List[Any] = traitlets.List().tag(sync=True)
    drawing = traitlets.Unicode("").tag(sync=True)
    said = traitlets.Unicode("").tag(sync=True)
    rows: traitlets.List[Any] = traitlets.List().tag(sync=True)
    fields: traitlets.List[Any] = traitlets.List().tag(sync=True)
    hooks: traitlets.List[Any] = traitlets.List().tag(sync=True)
    heads: traitlets.List[Any] = traitlets.List().tag(sync=True)
    question: traitlets.Dict[Any, Any] = traitlets.Dict().tag(sync=True)
    answer: traitlets.Dict[Any, Any] = traitlets.Dict().tag(sync=True)
    pasted = traitlets.Unicode("").tag(sync=True)

    def __init__(self, book: RuleBook, lang: str = "es") -> None:
        self._say = Words("es" if lang == "es" else "en")
        say = self._say
        super().__init__(
            words={key: say(f"rulebook.{key}") for key in WORDS},
            heads=[say(f"rulebook.head.{head}") for head in ("place", "rule", "why")],
            hooks=[[hook, say(f"rulebook.hook.{hook}")] for hook in ("prerouting", "output")],
            question=first_question(book),
        )
        self._read(book, own=book.service.key if book.service else "")
        self.observe(self._choose, names=["service"])
        self.observe(self._asked, names=["question"])
        self.observe(self._paste, names=["pasted"])

    def _read(self, book: RuleBook, own: str) -> None:
        ruleset = Ruleset.parse(book.text)
        rules = read_rules(ruleset, self._say.language)
        if not rules:
            raise UsageError(self._say("rulebook.no_rules"))
        self._rules = rules
        self._own, self._ruleset, self._fields = own, ruleset, fields_of(book)
        self.services = [["", self._say("rulebook.every")]] + [
            [name, name] for name in services_of(self._rules)
        ]
        self.service = self._own if [self._own, self._own] in self.services else ""
        self._draw()

    def _choose(self, change: Any) -> None:
        self._draw()

    def _shown(self) -> tuple[ReadRule, ...]:
        return rules_for(self._rules, self.service)[:SHOWN]

    def _draw(self) -> None:
        shown, say = self._shown(), self._say
        of_all = rules_for(self._rules, self.service)
        fields = self._fields if self.service == self._own else ()
        with self.hold_trait_notifications():
            self.title = self._title()
            self.fields = [[one.name, one.value] for one in fields]
            self.rows = [
                {
                    "place": rule.place,
                    "text": rule.text,
                    "why": rule.why,
                    "fields": [i for i, one in enumerate(fields) if rule.shows(one)],
                }
                for rule in shown
            ]
            cut = say("rulebook.cut", shown=len(shown), n=len(of_all))
            self.said = cut if len(shown) < len(of_all) else ""
            self.drawing = graph(shown, graph_alt(shown, say), say)

    def _title(self) -> str:
        shown = rules_for(self._rules, self.service)
        if self.service:
            return self._say("rulebook.title.of", service=self.service, n=len(shown))
        services = len(self.services) - 1
        return self._say("rulebook.title", n=len(shown), services=services)

    def _paste(self, change: Any) -> None:
        try:
            self._read(RuleBook(self.pasted), own="")
        except LabkitError as error:
            self.answer = {"text": unread(error, self._say), "path": []}
            return
        self.answer = {"text": self._say("rulebook.read.done", n=len(self._rules)), "path": []}

    def _asked(self, change: Any) -> None:
        try:
            self.answer = self._ask(self.question)
        except UsageError as error:
            self.answer = {"text": error.what, "path": []}
        except LabkitError as error:
            self.answer = {"text": unread(error, self._say), "path": []}

    def _ask(self, asked: dict[str, Any]) -> dict[str, Any]:
        """The way of the packet, the rules that match, and every possible end."""
        say = self._say
        packet = packet_of(asked, say)
        node = Node(self._ruleset)
        hook = "output" if asked.get("hook") == "output" else "prerouting"
        trace = node.trace(packet, hook=hook)
        matched = [s for s in trace.steps if s.number and s.what != "miss"]
        path = [f"{step.table} {step.chain} {step.number}" for step in matched]
        odds = node.outcomes(packet, hook=hook).by_label
        ends = "; ".join(f"{label} {float(chance):.2%}" for label, chance in odds.items())
        rules = (
            say("rulebook.matched", rules=" → ".join(path))
            if path
            else say("rulebook.matched.none")
        )
        text = f"{rules} {say('rulebook.odds', odds=ends)}"
        return {"text": text, "path": path, "way": trace.text(say.language)}

    def picture(self) -> Picture:
        """The graph of chains, and every rule with its sentence."""
        shown, say = self._shown(), self._say
        alt = graph_alt(shown, say)
        lines = [f"{rule.text}\n    {rule.why}" for rule in shown]
        text = "\n".join([self._title(), *lines, *([self.said] if self.said else [])])
        return Picture(still(graph(shown, alt, say)), alt, text)


def first_question(book: RuleBook) -> dict[str, Any]:
    """A packet of a Pod to the Service, to start from."""
    service = book.service
    goal = f"{service.cluster_ip}:{service.ports[0].port}" if service and service.ports else ""
    return {
        "source": book.client or "10.244.0.200",
        "destination": goal or "10.96.0.1:443",
        "protocol": "tcp",
        "hook": "prerouting",
    }


def packet_of(asked: dict[str, Any], say: Words) -> Packet:
    """The packet that is asked about.  Raises ``UsageError``."""
    address, _, port = str(asked.get("destination", "")).strip().rpartition(":")
    if not address or not port.isdigit() or int(port) > LAST_PORT:
        raise UsageError(say("rulebook.not_address"))
    source, proto = str(asked.get("source", "")).strip(), str(asked.get("protocol", "tcp"))
    goal = address.strip("[]")
    for given in (source, goal):
        try:
            ip_address(given)
        except ValueError:
            raise UsageError(say("rulebook.not_ip", address=given)) from None
    if (":" in source) != (":" in goal):
        raise UsageError(say("rulebook.families", source=source, goal=goal))
    return Packet(source, goal, proto, sport=40000, dport=int(port))


def unread(error: LabkitError, say: Words) -> str:
    """One sentence about a text that is no ruleset, or one with what is not emulated."""
    line, word = getattr(error, "line", 0), getattr(error, "word", "")
    if not line:
        return error.what
    kind = "unknown" if isinstance(error, UnsupportedExtension) else "unread"
    return say(f"rulebook.{kind}", line=line, word=word)
