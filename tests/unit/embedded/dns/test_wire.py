"""DNS messages, judged by dnspython."""

from __future__ import annotations

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest

from labkit.embedded.dns import wire
from labkit.embedded.dns.wire import Message, Record, Service, Soa

NAME = "backend.default.svc.cluster.local"


def test_a_question_is_what_dnspython_reads() -> None:
    """Identifier, name, type and the wish for recursion."""
    for kind in (wire.A, wire.AAAA, wire.SRV, wire.PTR):
        read = dns.message.from_wire(wire.query(4711, NAME, kind))
        assert read.id == 4711
        assert read.flags == dns.flags.RD
        assert read.question[0].to_text() == f"{NAME}. IN {dns.rdatatype.to_text(kind)}"


def test_an_answer_is_what_dnspython_reads() -> None:
    """Addresses, aliases, services and authority, with compressed names."""
    target = f"10-244-1-6.{NAME}"
    message = Message(
        7, NAME, wire.A,
        answers=(
            Record(NAME, wire.A, "10.96.45.10"), Record(NAME, wire.CNAME, "example.org"),
            Record(f"_http._tcp.{NAME}", wire.SRV, Service(0, 100, 80, target)),
            Record("10.45.96.10.in-addr.arpa", wire.PTR, NAME),
            Record(NAME, wire.TXT, b"\x051.1.0"),
        ),
        authority=(
            Record("cluster.local", wire.SOA, Soa("ns.dns.cluster.local", "hostmaster.x", 9)),
        ),
        extra=(Record(target, wire.A, "10.244.1.6"),),
    )  # fmt: skip
    read = dns.message.from_wire(wire.answer(message))
    assert read.rcode() == dns.rcode.NOERROR
    assert read.flags & dns.flags.QR
    assert read.flags & dns.flags.AA
    assert [one.to_text() for one in read.answer] == [
        f"{NAME}. 30 IN A 10.96.45.10",
        f"{NAME}. 30 IN CNAME example.org.",
        f"_http._tcp.{NAME}. 30 IN SRV 0 100 80 {target}.",
        f"10.45.96.10.in-addr.arpa. 30 IN PTR {NAME}.",
        f'{NAME}. 30 IN TXT "1.1.0"',
    ]
    soa = "ns.dns.cluster.local. hostmaster.x. 9 7200 1800 86400 30"
    assert [one.to_text() for one in read.authority] == [f"cluster.local. 30 IN SOA {soa}"]
    assert [one.to_text() for one in read.additional] == [f"{target}. 30 IN A 10.244.1.6"]


def test_what_dnspython_writes_is_read() -> None:
    """Our parser on dnspython's bytes gives the same records."""
    question = dns.message.make_query(NAME, "A")
    said = dns.message.make_response(question)
    said.answer.append(dns.rrset.from_text(f"{NAME}.", 30, "IN", "A", "10.96.45.10", "10.0.0.1"))
    said.answer.append(dns.rrset.from_text(f"_a.{NAME}.", 5, "IN", "SRV", f"1 2 3 {NAME}."))
    said.authority.append(dns.rrset.from_text("c.local.", 9, "IN", "SOA", "a.b. c.d. 1 2 3 4 5"))
    read = wire.parse(said.to_wire())
    assert (read.name, read.kind, read.response) == (NAME, wire.A, True)
    assert sorted(str(one.data) for one in read.answers[:2]) == ["10.0.0.1", "10.96.45.10"]
    assert read.answers[2].data == Service(1, 2, 3, NAME)
    assert read.authority[0].data == Soa("a.b", "c.d", 1, 2, 3, 4, 5)


def test_a_long_answer_is_cut_off_for_udp() -> None:
    """More than 512 bytes: the TC flag and no records; over TCP all of them."""
    records = tuple(Record(NAME, wire.A, f"10.244.1.{number}") for number in range(60))
    message = Message(1, NAME, wire.A, answers=records)
    short = dns.message.from_wire(wire.answer(message))
    assert short.flags & dns.flags.TC
    assert not short.answer
    whole = dns.message.from_wire(wire.answer(message, limit=None))
    assert len(whole.answer[0]) == 60


@pytest.mark.parametrize(
    "data",
    [b"", b"\0" * 11, wire.query(1, NAME, 1)[:-3], b"\0" * 5 + b"\1" + b"\0" * 6 + b"\xc0\x0c" * 4],
    ids=["empty", "short head", "short question", "pointer in a circle"],
)
def test_rubbish_is_refused(data: bytes) -> None:
    """Bytes that are no message raise BadDns, nothing else, and never hang."""
    with pytest.raises(wire.BadDns):
        wire.parse(data)
