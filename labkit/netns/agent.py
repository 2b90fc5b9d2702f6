"""The process that lives inside a network namespace of its own: ``python -m labkit.netns.agent``.

It reads one JSON request a line and writes one JSON answer a line.  The namespace has no name:
it ends with this process, and with it everything that was made in it (``cables.py`` makes its
interfaces).  A table of nftables, ``labkit_watch``, stands before all other hooks and after
them; it reports every packet that it sees, counts what it reports, and drops what Linux itself
answers before any rule counts it.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from labkit.netns import netlink, wire
from labkit.netns.cables import Cable, cable

OURS = 0x6C61
"""The priority (SO_PRIORITY) of packets that are sent here on purpose."""

GROUP = 7
WATCH = f"""
table inet labkit_watch {{
    counter came {{ }}
    counter made {{ }}
    counter kept {{ }}
    counter left {{ }}
    counter answered {{ }}
    chain before {{
        type filter hook prerouting priority -2147483648;
        iifname != "lo" counter name came
    }}
    chain first {{
        type filter hook output priority -2147483648;
        meta priority {OURS} counter name made accept
        icmpv6 type {{ 130-136, 143 }} drop
        meta l4proto igmp drop
        counter name answered log prefix "answer" group {GROUP} drop
    }}
    chain inside {{
        type filter hook input priority 2147483647;
        counter name kept log prefix "input" group {GROUP}
    }}
    chain last {{
        type filter hook postrouting priority 2147483647;
        counter name left log prefix "out" group {GROUP}
    }}
}}
"""
TRACKING = "add rule inet labkit_watch before ct state new\n"
"""Added later, so that conntrack remembers a packet before the last watch sees it."""

TRACING = f"""
insert rule inet labkit_watch before meta nftrace set 1
insert rule inet labkit_watch first meta priority {OURS} meta nftrace set 1
"""
SWITCHES = {
    "net.ipv4.ip_forward": "1",
    "net.ipv6.conf.all.forwarding": "1",
    "net.ipv4.icmp_ratemask": "0",
    "net.ipv6.icmp.ratemask": "",
    "net.ipv6.icmp.ratelimit": "0",
    "net.netfilter.nf_conntrack_tcp_be_liberal": "1",
    "net.netfilter.nf_conntrack_tcp_ignore_invalid_rst": "1",
    "net.ipv4.conf.all.rp_filter": "0",
    "net.ipv4.conf.all.send_redirects": "0",
}
OF_EACH = {"rp_filter": "0", "send_redirects": "0"}


def main() -> int:
    """Answer requests until the standard input ends."""
    allowed = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {allowed[os.getpid() % len(allowed)]})
    agent = Agent()
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"ok": agent.answer(request)}
        except OSError as error:
            answer = {"error": f"{request['op']}: {error.strerror or error}"}
        except subprocess.CalledProcessError as error:
            words = error.stderr.strip().splitlines() or [f"status {error.returncode}"]
            answer = {"error": f"{' '.join(error.cmd[:4])}: {words[0]}"}
        sys.stdout.write(json.dumps(answer, separators=(",", ":")) + "\n")
        sys.stdout.flush()
    return 0


class Agent:
    """The interfaces, the reports and what can be asked."""

    def __init__(self) -> None:
        self.cables: dict[str, Cable] = {}
        self.names: dict[int, str] = {}
        self.reports: socket.socket | None = None
        self.legacy: socket.socket | None = None
        self.tracer: socket.socket | None = None
        self.handles: dict[tuple[str, str, int], int] = {}
        self.events: list[list[Any]] = []
        self.traced: dict[int, int] = {}
        self.report_count = 0
        self.current = 0

    def answer(self, request: dict[str, Any]) -> Any:
        """What one request asks for."""
        does: Callable[..., Any] = getattr(self, f"do_{request['op']}")
        return does(**{name: value for name, value in request.items() if name != "op"})

    # ---- the node -----------------------------------------------------------

    def do_setup(self, interfaces: dict[str, list[str]], routes: list[list[str]]) -> str:
        """Interfaces with addresses, routes, switches and the watch."""
        lines = ["link set lo up"]
        for name in interfaces:
            if name != "lo":
                self.cables[name] = cable(name)
        switch(SWITCHES)
        for name, addresses in interfaces.items():
            if name != "lo":
                switch({f"net.ipv4.conf.{name}.{key}": value for key, value in OF_EACH.items()})
            lines.append(f"link set {name} arp off up" if name != "lo" else "link set lo up")
            for own in addresses:
                nodad = " nodad" if ":" in own else ""
                lines.append(f"addr add {own} dev {name}{nodad}")
        for cidr, iface, via in routes:
            six = "-6 " if ":" in cidr else ""
            hop = f" via {via} onlink" if via else ""
            lines.append(f"{six}route replace {cidr}{hop} dev {iface}")
        program(["ip", "-force", "-batch", "-"], "\n".join(one for one in lines if "-6" not in one))
        for one in lines:
            if "-6 route" in one:
                program(["ip", *one.split()])
        self.names = {socket.if_nametoindex(name): name for name in (*self.cables, "lo")}
        self._watch()
        return os.uname().release

    def _watch(self) -> None:
        program(["nft", "-f", "-"], WATCH)
        program(["nft", "-f", "-"], TRACKING)
        reports = netlink.channel()
        netlink.listen(reports, GROUP)
        reports.setblocking(False)
        self.reports = reports

    def do_tracing(self) -> None:
        """From now on every rule that a packet matches is reported."""
        if self.tracer is not None:
            return
        legacy = netlink.channel()
        for family in (socket.AF_INET, socket.AF_INET6):
            netlink.take_family(legacy, family)
        netlink.listen(legacy, 0, 64)
        tracer = netlink.channel(1 << netlink.TRACE_GROUP - 1)
        for one in (legacy, tracer):
            one.setblocking(False)
        self.legacy, self.tracer = legacy, tracer
        program(["nft", "-f", "-"], TRACING)

    def do_run(self, words: list[str], stdin: str = "") -> dict[str, Any]:
        """Run a program of the system in here: iptables-restore, iptables-save, conntrack."""
        done = subprocess.run(words, input=stdin, capture_output=True, text=True, check=False)
        return {"status": done.returncode, "out": done.stdout, "err": done.stderr}

    def do_loaded(self) -> None:
        """Other rules stand now: rule handles of nftables are new."""
        self.handles = {}

    def do_flush(self) -> None:
        """Forget all connections."""
        with netlink.channel(room=1 << 16) as channel:
            netlink.forget_connections(channel)

    def do_nfacct(self, names: list[str]) -> None:
        """Make the named counters that rules refer to."""
        with netlink.channel(room=1 << 16) as channel:
            for name in names:
                netlink.make_nfacct(channel, name)

    # ---- packets ------------------------------------------------------------

    def do_send(self, packets: list[list[Any]]) -> dict[str, Any]:
        """Send packets in order: [interface or "" (made here), bytes as hex, seconds to wait].

        The answer holds the reports, what the watch counted in the same time, how many
        packets made here found a way, and the second at which each was sent.
        """
        self._drain()
        before = self._counted()
        self.events, self.report_count, sent = [], 0, 0
        times: list[float] = []
        if self.tracer is not None and not self.handles:
            self.handles = handles()
        with raw(socket.AF_INET) as four, raw(socket.AF_INET6) as six:
            for self.current, (iface, data, pause) in enumerate(packets, 1):
                if pause:
                    time.sleep(pause)
                times.append(time.monotonic())
                payload = bytes.fromhex(data)
                if iface:
                    self.cables[iface].send(payload)
                else:
                    sent += emit(six if payload[0] >> 4 == 6 else four, payload)
                self._drain()
        self._drain()
        after = self._counted()
        counted = {name: after[name] - before[name] for name in after}
        reported = counted["kept"] + counted["left"] + counted["answered"]
        waited = time.monotonic() + 2
        while self.report_count < reported and time.monotonic() < waited:
            time.sleep(0.005)
            self._drain()
        self._drain()
        return {
            "events": self.events,
            "counted": counted,
            "reports": self.report_count,
            "made": sent,
            "times": times,
        }

    def _counted(self) -> dict[str, int]:
        text = program(["nft", "-j", "list", "counters", "table", "inet", "labkit_watch"])
        return {
            one["counter"]["name"]: one["counter"]["packets"]
            for one in json.loads(text)["nftables"]
            if "counter" in one
        }

    def _drain(self) -> None:
        """Read everything that was reported.

        A packet is on its way through Linux while it is written, so a reset that is reported
        now answers the packet that was sent last.
        """
        if self.legacy is not None:
            for body in bodies(self.legacy, netlink.LOG):
                self._legacy_trace(netlink.logged(body))
        if self.tracer is not None:
            for body in bodies(self.tracer, netlink.TABLES):
                self._nft_trace(netlink.traced(body))
        for body in bodies(self.reports, netlink.LOG):
            self.report_count += 1
            seen = netlink.logged(body)
            packet = wire.decode(seen.payload)
            if packet is not None:
                if seen.prefix == "answer" and packet.proto == wire.TCP:
                    packet = packet._replace(inner=self.current)
                self.events.append(
                    [
                        seen.prefix,
                        seen.mark,
                        self.names.get(seen.in_index, ""),
                        self.names.get(seen.out_index, ""),
                        *packet,
                    ]
                )

    def _legacy_trace(self, seen: netlink.Logged) -> None:
        """``TRACE: nat:PREROUTING:rule:3``."""
        head, _, rest = seen.prefix.strip().partition(" ")
        packet = wire.decode(seen.payload)
        if head == "TRACE:" and packet is not None:
            table, chain, kind, number = rest.split(":")
            self.events.append(["trace", packet.ordinal, table, chain, kind, int(number), "legacy"])

    def _nft_trace(self, seen: netlink.Traced) -> None:
        packet = wire.decode(seen.header) if seen.header else None
        if packet is not None:
            self.traced[seen.number] = packet.ordinal
        if seen.table == "labkit_watch" or not seen.kind:
            return
        number = self.handles.get((seen.table, seen.chain, seen.handle), 0)
        ordinal = self.traced.get(seen.number, 0)
        self.events.append(["trace", ordinal, seen.table, seen.chain, seen.kind, number, "nft"])


def raw(family: socket.AddressFamily) -> socket.socket:
    """A socket that sends whole IP packets as if a process of the node had made them."""
    made = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_PRIORITY, OURS)
    return made


def emit(sender: socket.socket, payload: bytes) -> bool:
    """Send one; False when there is no way for it, so that no rule sees it either."""
    packet = wire.decode(payload)
    assert packet is not None
    try:
        sender.sendto(payload, (packet.dst, 0))
    except OSError as error:
        if error.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EINVAL, errno.EACCES):
            return False
        if error.errno not in (errno.EPERM, errno.ECONNREFUSED):
            raise
    return True


def bodies(channel: socket.socket | None, subsystem: int) -> list[bytes]:
    """The messages that wait in a channel."""
    found: list[bytes] = []
    while channel is not None:
        try:
            data = channel.recv(1 << 17)
        except BlockingIOError:
            break
        found += [body for kind, body in netlink.messages(data) if kind >> 8 == subsystem]
    return found


def handles() -> dict[tuple[str, str, int], int]:
    """(table, chain, handle) of each rule in nftables -> its number in the chain."""
    numbers: dict[tuple[str, str], int] = {}
    found = {}
    for one in json.loads(program(["nft", "-j", "-a", "list", "ruleset"]))["nftables"]:
        rule = one.get("rule")
        if rule is not None and rule["family"] in ("ip", "ip6"):
            place = rule["table"], rule["chain"]
            numbers[place] = numbers.get(place, 0) + 1
            found[(*place, rule["handle"])] = numbers[place]
    return found


def program(words: list[str], stdin: str = "") -> str:
    """Run a program that must succeed."""
    done = subprocess.run(words, input=stdin, capture_output=True, text=True, check=True)
    return done.stdout


def switch(values: dict[str, str]) -> None:
    """Set switches of the kernel; those that this kernel does not have are passed over."""
    for name, value in values.items():
        path = "/proc/sys/" + name.replace(".", "/")
        try:
            with open(path, "w", encoding="ascii") as file:
                file.write(value + "\n")
        except FileNotFoundError:
            pass


if __name__ == "__main__":
    sys.exit(main())
