"""From a question and a zone to the answer that CoreDNS gives."""

from __future__ import annotations

from dataclasses import dataclass

from labkit.embedded.chance import Chance
from labkit.embedded.dns import wire
from labkit.embedded.dns.wire import Data, Message, Record, Soa
from labkit.embedded.dns.zone import Zone, pod_address
from labkit.plan import CLUSTER_DOMAIN

TTL = 30
MOST_ALIASES = 8


@dataclass(slots=True)
class Answerer:
    """Answers out of ``zone``; several addresses come in random order (plugin loadbalance)."""

    zone: Zone
    chance: Chance
    serial: int = 1

    def answer(self, question: Message) -> Message:
        """The whole answer; what is outside the cluster's names is SERVFAIL (no upstream)."""
        name = question.name.lower()
        if not self.knows(name):
            return self._message(question, code=wire.SERVFAIL)
        answers = self._records(question.name, name, question.kind)
        if answers:
            return self._message(question, answers, extra=self._targets(answers))
        code = wire.NOERROR if self._exists(name) else wire.NXDOMAIN
        return self._message(question, code=code, authority=(self._soa(name),))

    def knows(self, name: str) -> bool:
        """Whether the cluster's DNS is the authority for a name."""
        return f".{name}".endswith((f".{CLUSTER_DOMAIN}", ".in-addr.arpa"))

    def _exists(self, name: str) -> bool:
        return name in self.zone.names or pod_address(name) is not None

    def _records(self, shown: str, name: str, kind: int) -> tuple[Record, ...]:
        """Records of a type, along aliases; the name is spelled as it was asked for."""
        found: list[Record] = []
        for _ in range(MOST_ALIASES):
            data = self._data(name, kind)
            if data or kind == wire.CNAME:
                return (*found, *(Record(shown, kind, one, TTL) for one in data))
            alias = self._data(name, wire.CNAME)
            if not alias:
                return tuple(found)
            shown = str(alias[0])
            found.append(Record(name, wire.CNAME, shown, TTL))
            name = shown.lower()
        return tuple(found)

    def _data(self, name: str, kind: int) -> list[Data]:
        data = list(self.zone.records.get((name, kind), ()))
        pod = pod_address(name)
        if kind == wire.A and pod is not None:
            return [pod]
        if kind == wire.SOA and name == CLUSTER_DOMAIN:
            return [self._soa(name).data]
        for last in range(len(data) - 1, 0, -1):
            other = self.chance.below(last + 1)
            data[last], data[other] = data[other], data[last]
        return data

    def _targets(self, answers: tuple[Record, ...]) -> tuple[Record, ...]:
        """The addresses of the hosts that SRV records name."""
        names = {one.data.target for one in answers if isinstance(one.data, wire.Service)}
        return tuple(
            Record(name, wire.A, data, TTL)
            for name in sorted(names)
            for data in self._data(name, wire.A)
        )

    def _soa(self, name: str) -> Record:
        top = CLUSTER_DOMAIN if name.endswith(CLUSTER_DOMAIN) else "in-addr.arpa"
        data = Soa(f"ns.dns.{top}", f"hostmaster.{top}", self.serial, minimum=TTL)
        return Record(top, wire.SOA, data, TTL)

    def _message(
        self,
        question: Message,
        answers: tuple[Record, ...] = (),
        *,
        code: int = wire.NOERROR,
        authority: tuple[Record, ...] = (),
        extra: tuple[Record, ...] = (),
    ) -> Message:
        return Message(
            question.identifier, question.name, question.kind, code, True, False,
            answers, authority, extra, question.recursion,
        )  # fmt: skip
