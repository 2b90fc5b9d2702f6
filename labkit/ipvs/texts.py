"""Text in: what ``ipvsadm -Sn`` (ipvsadm-save) and ``ipvsadm -Ln`` print.

The rule form keeps the order in which servers are added; the listing is sorted by address
(``--sort`` is the default of ipvsadm(8)), so a table read from it may start its cycles at
another server than the node does.
"""

from __future__ import annotations

from collections.abc import Mapping

from labkit.errors import RulesError
from labkit.ipvs.nouns import IpvsTable, Key, RealServer, VirtualServer
from labkit.model import address

_KINDS = {
    "-t": "tcp",
    "--tcp-service": "tcp",
    "-u": "udp",
    "--udp-service": "udp",
    "--sctp-service": "sctp",
}
_LISTED = {"TCP": "tcp", "UDP": "udp", "SCTP": "sctp"}


def read_table(text: str, names: Mapping[Key, str] | None = None) -> IpvsTable:
    """The table of a text of either form; ``names`` says which Service a virtual server is of.

    Raises :class:`RulesError` with line and word for what cannot be read.
    """
    reader = _Reader(names or {})
    for number, line in enumerate(text.splitlines(), start=1):
        reader.line = number
        words = line.split()
        if not words or words[0] in ("IP", "Prot") or words[:2] == ["->", "RemoteAddress:Port"]:
            continue
        if words[0] in ("-A", "--add-service"):
            reader.service(words[1:])
        elif words[0] in ("-a", "--add-server"):
            reader.server(words[1:])
        elif words[0] in _LISTED:
            reader.listed_service(words)
        elif words[0] == "->":
            reader.listed_server(words)
        else:
            raise reader.error("This is not a line of ipvsadm -Sn or ipvsadm -Ln.", words[0])
    return reader.table()


class _Reader:
    """Gathers virtual servers and their servers line by line."""

    def __init__(self, names: Mapping[Key, str]) -> None:
        self.names = names
        self.line = 0
        self.services: dict[Key, tuple[VirtualServer, list[RealServer]]] = {}
        self.last: Key | None = None

    def error(self, what: str, word: str, fix: str = "") -> RulesError:
        """An error that says where."""
        return RulesError(what, fix, line=self.line, word=word)

    def table(self) -> IpvsTable:
        """All that was read."""
        return IpvsTable(
            tuple(
                VirtualServer(
                    made.protocol,
                    made.address,
                    made.port,
                    made.scheduler,
                    made.persistence,
                    made.flags,
                    tuple(servers),
                    made.name,
                )
                for made, servers in self.services.values()
            )
        )

    def service(self, words: list[str]) -> None:
        """``-A -t IP:PORT -s rr [-p SECONDS] [-b FLAGS]``."""
        options = self._options(words)
        protocol, host, port = self._key(options)
        persistence = self._number(options.pop("-p", "0"))
        flags = tuple(flag for flag in options.pop("-b", "").split(",") if flag)
        self._add(protocol, host, port, options.pop("-s", "wlc"), persistence, flags)
        self._nothing_left(options)

    def server(self, words: list[str]) -> None:
        """``-a -t IP:PORT -r IP:PORT -m -w 1``."""
        options = self._options(words)
        key = self._key(options)
        if key not in self.services:
            raise self.error(
                "This virtual server is not there.",
                words[1] if words[1:] else "",
                "Its -A line must come first.",
            )
        host, port = self._endpoint(options.pop("-r", ""))
        weight = self._number(options.pop("-w", "1"))
        if options.pop("-m", None) is None:
            raise self.error(
                "Only masquerading (-m) is emulated.",
                " ".join(words),
                "kube-proxy uses nothing else.",
            )
        self._nothing_left(options)
        self.services[key][1].append(RealServer(host, port, weight))

    def listed_service(self, words: list[str]) -> None:
        """``TCP  IP:PORT rr [(flags)] [persistent SECONDS]``."""
        if len(words) < 3:
            raise self.error("A virtual server needs an address and a scheduler.", words[-1])
        host, port = self._endpoint(words[1])
        flags: tuple[str, ...] = ()
        persistence, rest = 0, words[3:]
        while rest:
            word = rest.pop(0)
            if word.startswith("("):
                flags = tuple(word.strip("()").split(","))
            elif word == "persistent" and rest:
                persistence = self._number(rest.pop(0))
            else:
                raise self.error("This word is not known here.", word)
        self._add(_LISTED[words[0]], host, port, words[2], persistence, flags)

    def listed_server(self, words: list[str]) -> None:
        """``-> IP:PORT Masq WEIGHT ACTIVE INACTIVE``; the connections are not read."""
        if self.last is None or len(words) < 4:
            raise self.error("This is not a line of a real server.", " ".join(words))
        if words[2] != "Masq":
            raise self.error(
                "Only masquerading (Masq) is emulated.", words[2], "kube-proxy uses nothing else."
            )
        host, port = self._endpoint(words[1])
        self.services[self.last][1].append(RealServer(host, port, self._number(words[3])))

    def _add(
        self,
        protocol: str,
        host: str,
        port: int,
        scheduler: str,
        persistence: int,
        flags: tuple[str, ...],
    ) -> None:
        key = (protocol, host, port)
        if key in self.services:
            raise self.error("This virtual server is there already.", host)
        name = self.names.get(key, "")
        made = VirtualServer(protocol, host, port, scheduler, persistence, flags, (), name)
        self.services[key] = (made, [])
        self.last = key

    def _options(self, words: list[str]) -> dict[str, str]:
        """Flags and their values; ``-m`` has none."""
        options: dict[str, str] = {}
        rest = list(words)
        while rest:
            word = rest.pop(0)
            if word == "-m":
                options[word] = ""
                continue
            if not word.startswith("-") or not rest:
                raise self.error("This option needs a value.", word)
            options[word] = rest.pop(0)
        return options

    def _key(self, options: dict[str, str]) -> Key:
        """The virtual server of a line."""
        for flag, protocol in _KINDS.items():
            if flag in options:
                return (protocol, *self._endpoint(options.pop(flag)))
        raise self.error("No virtual server is named.", "", "Write -t, -u or --sctp-service.")

    def _nothing_left(self, options: dict[str, str]) -> None:
        if options:
            raise self.error("This option is not known here.", next(iter(options)))

    def _endpoint(self, text: str) -> tuple[str, int]:
        """``10.0.0.1:80`` or ``[fd00::1]:80``."""
        host, colon, port = text.rpartition(":")
        number = self._number(port) if colon else 0
        if not 0 < number < 65536:
            raise self.error(
                "This is not an address with a port.", text, "Write it like 10.96.0.10:80."
            )
        return address.canonical(host.strip("[]")), number

    def _number(self, text: str) -> int:
        if not (text.isascii() and text.isdigit()):
            raise self.error("This is not a number.", text)
        return int(text)
