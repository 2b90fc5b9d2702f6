"""``/coredns`` as the image agnhost brings it: answers from the plugin ``hosts`` of a Corefile.

After CoreDNS' plugin/hosts (hosts.go): addresses by name, names by address, NXDOMAIN for the rest.
"""

from __future__ import annotations

import posixpath

from labkit.embedded.dns import wire
from labkit.embedded.dns.resolver import is_address
from labkit.embedded.dns.server import BANNER, connections, datagrams
from labkit.embedded.dns.zone import Zone, reverse
from labkit.embedded.interfaces import Process
from labkit.embedded.programs import kit, paths
from labkit.embedded.programs.signals import until_terminated

TTL = 3600
USUAL = "Corefile"


async def coredns(process: Process) -> int:
    """``coredns [-conf FILE]`` until SIGTERM; 1 when the file cannot be read."""
    words = list(process.argv[1:])
    path = words[words.index("-conf") + 1] if "-conf" in words[:-1] else USUAL
    try:
        text = paths.read(process, path).decode("utf-8", "replace")
    except OSError as error:
        kit.err(process, f"loading Caddyfile via flag: open {path}: {paths.why(error).lower()}\n")
        return 1
    source = Hosts(zone_of(process, text))
    listeners = [
        process.net.listen_udp(53, datagrams(source)),
        process.net.listen(53, connections(source)),
    ]
    kit.out(process, BANNER)
    await until_terminated(process, listeners)
    return 0


class Hosts:
    """``server.Source``: what a zone says, and nothing else."""

    def __init__(self, zone: Zone) -> None:
        self._zone = zone

    def answer(self, question: wire.Message) -> wire.Message:
        """Records of this type; an empty answer when the name has others."""
        name = question.name.lower()
        found = self._zone.records.get((name, question.kind), [])
        records = tuple(wire.Record(question.name, question.kind, each, TTL) for each in found)
        known = any(each == name for each, _ in self._zone.records)
        return wire.Message(
            question.identifier, question.name, question.kind,
            wire.NOERROR if known else wire.NXDOMAIN, True, False, records, (), (),
            question.recursion,
        )  # fmt: skip


def zone_of(process: Process, corefile: str) -> Zone:
    """The lines inside every ``hosts [FILE] {...}``, and those of its file."""
    zone, inside = Zone(), False
    for line in corefile.splitlines():
        words = line.partition("#")[0].split()
        if words[:1] == ["hosts"]:
            inside = words[-1] == "{"
            if len(words) > 1 and words[1] != "{":
                where = posixpath.join("/", words[1])
                text = process.files.get(where, b"").decode("utf-8", "replace")
                for each in text.splitlines():
                    _add(zone, each.partition("#")[0].split())
        elif inside and words == ["}"]:
            inside = False
        elif inside:
            _add(zone, words)
    return zone


def _add(zone: Zone, words: list[str]) -> None:
    if len(words) > 1 and is_address(words[0]):
        for name in words[1:]:
            zone.add(name.lower().rstrip("."), wire.A, words[0])
            zone.add(reverse(words[0]), wire.PTR, name.rstrip("."))
