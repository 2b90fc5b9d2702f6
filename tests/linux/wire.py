"""A node of real Linux in a network namespace, between a client and a sink.

::

    client --cli0-- node --up0-- sink
                 10.244.1.1   172.18.0.3      (default route of the node: via 172.18.0.1)

Packets are made by hand and put on the wire by the client or by the sink; what arrives at
either end is dropped there, so nothing answers that the test did not send.
"""

from __future__ import annotations

import os
import shutil
import socket
import struct
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from labkit.model.packet import Packet, flag_bits, protocol_number
from labkit.netfilter import Node, Route
from labkit.ruleset import Ruleset
from tests.support import need

INTERFACES = {"cli0": ("10.244.1.1/24",), "up0": ("172.18.0.3/16",)}
ROUTES = (
    Route("10.244.1.0/24", "cli0"),
    Route("172.18.0.0/16", "up0"),
    Route("0.0.0.0/0", "up0", "172.18.0.1"),
)
SENDER = """
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
for line in sys.stdin:
    where, data = line.split()
    s.sendto(bytes.fromhex(data), (where, 0))
"""


def require_linux() -> None:
    """Skip (or fail, where it is required) without root and the tools."""
    missing = [
        tool
        for tool in ("ip", "iptables-legacy-restore", "iptables-nft-restore", "conntrack")
        if not shutil.which(tool)
    ]
    need("linux", sys.platform == "linux" and os.geteuid() == 0, "needs root on Linux")
    need("linux", not missing, f"not installed: {', '.join(missing)}")
    made = subprocess.run(["unshare", "-n", "true"], capture_output=True, check=False)
    need("linux", made.returncode == 0, "network namespaces are not allowed here")


def run(*words: str, stdin: str | None = None) -> str:
    """Run a program; its output."""
    done = subprocess.run(words, input=stdin, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(words)}: {done.stderr}"
    return done.stdout


@dataclass
class RealNode:
    """The namespaces of one test, and the back end of iptables in use."""

    backend: str
    name: str

    def inside(self, who: str, *words: str, stdin: str | None = None) -> str:
        """Run a program in the namespace of client, node or sink."""
        return run("ip", "netns", "exec", f"{self.name}-{who}", *words, stdin=stdin)

    def load(self, text: str) -> None:
        """Load rules; nfacct objects cannot be made here, so that match is taken out."""
        tool = f"iptables-{self.backend}-restore"
        self.inside("node", tool, stdin=without_nfacct(text))

    def refuses(self, text: str) -> bool:
        """Whether iptables-restore refuses the text."""
        words = ("ip", "netns", "exec", f"{self.name}-node", f"iptables-{self.backend}-restore")
        done = subprocess.run(words, input=text, capture_output=True, text=True, check=False)
        return done.returncode != 0

    def save(self, counters: bool = True) -> str:
        """iptables-save without its comment lines."""
        words = [f"iptables-{self.backend}-save", *(["-c"] if counters else [])]
        text = self.inside("node", *words)
        return "".join(f"{line}\n" for line in text.splitlines() if not line.startswith("#"))

    def counts(self) -> dict[tuple[str, str, int], int]:
        """Packets counted by each rule."""
        return {
            rule.key: rule.counters[0] if rule.counters else 0
            for rule in Ruleset.parse(self.save()).rules()
        }

    def send(self, packets: Iterable[Packet], who: str = "client") -> None:
        """Put the packets on the wire, in order."""
        lines = "".join(f"{p.dst} {wire(p).hex()}\n" for p in packets)
        self.inside(who, sys.executable, "-S", "-c", SENDER, stdin=lines)

    def connections(self) -> list[str]:
        """conntrack -L."""
        return self.inside("node", "conntrack", "-L").splitlines()


@contextmanager
def real_node(backend: str) -> Iterator[RealNode]:
    """A node with its neighbours; all three namespaces are removed at the end."""
    require_linux()
    name = f"labkit-test-{os.getpid()}-{backend}"
    node = RealNode(backend, name)
    made: list[str] = []
    try:
        for who in ("client", "node", "sink"):
            run("ip", "netns", "add", f"{name}-{who}")
            made.append(f"{name}-{who}")
            node.inside(who, "ip", "link", "set", "lo", "up")
        _connect(node)
        yield node
    finally:
        for namespace in made:
            run("ip", "netns", "del", namespace)


def _connect(node: RealNode) -> None:
    """Cables, addresses, routes and switches of the kernel."""
    for iface, who, own, other in (
        ("cli0", "client", "10.244.1.1/24", "10.244.1.254/24"),
        ("up0", "sink", "172.18.0.3/16", "172.18.0.1/16"),
    ):
        node.inside(
            "node",
            "ip",
            "link",
            "add",
            iface,
            "type",
            "veth",
            "peer",
            "eth0",
            "netns",
            f"{node.name}-{who}",
        )
        node.inside("node", "ip", "addr", "add", own, "dev", iface)
        node.inside(who, "ip", "addr", "add", other, "dev", "eth0")
        node.inside(who, "ip", "link", "set", "eth0", "up")
        node.inside("node", "ip", "link", "set", iface, "up")
        node.inside(who, "ip", "route", "add", "default", "via", own.partition("/")[0])
        node.inside(who, "iptables-nft", "-t", "raw", "-A", "PREROUTING", "-j", "DROP")
        neighbour = node.inside(who, "cat", "/sys/class/net/eth0/address").strip()
        if iface == "cli0":
            batch = "".join(
                f"neigh replace 10.244.1.{last} lladdr {neighbour} dev {iface}\n"
                for last in range(2, 254)
            )
            node.inside("node", "ip", "-batch", "-", stdin=batch)
    node.inside("node", "ip", "route", "add", "default", "via", "172.18.0.1")
    for switch in (
        "net.ipv4.ip_forward=1",
        "net.ipv4.conf.all.rp_filter=0",
        "net.ipv4.conf.cli0.rp_filter=0",
        "net.ipv4.conf.up0.rp_filter=0",
        "net.ipv6.conf.all.disable_ipv6=1",
        "net.ipv4.conf.all.send_redirects=0",
        "net.ipv4.conf.cli0.send_redirects=0",
    ):
        node.inside("node", "sysctl", "-qw", switch)


def emulated(rules: str, backend: str) -> Node:
    """The same node in the emulator."""
    return Node(
        Ruleset.parse(without_nfacct(rules)),
        interfaces=INTERFACES,
        routes=ROUTES,
        backend=backend,
    )


def without_nfacct(text: str) -> str:
    """The rules without the matches on named counters."""
    lines = []
    for line in text.splitlines():
        before, found, after = line.partition(" -m nfacct --nfacct-name ")
        lines.append(before + " " + after.split(None, 1)[1] if found else line)
    return "\n".join(lines) + "\n"


def wire(packet: Packet) -> bytes:
    """The packet as bytes, with right checksums."""
    proto = protocol_number(packet.proto)
    src, dst = socket.inet_aton(packet.src), socket.inet_aton(packet.dst)
    ports = struct.pack("!HH", packet.sport, packet.dport)
    if proto == 6:
        head = 20
        body = ports + struct.pack("!IIBBHHH", 1, 1, 5 << 4, flag_bits(packet.flags), 8192, 0, 0)
    elif proto == 17:
        head = 8
        body = ports + struct.pack("!HH", packet.length - 20, 0)
    elif proto == 1:
        head = 8
        body = struct.pack("!BBHHH", packet.icmp_type, packet.icmp_code, 0, packet.sport, 1)
    else:
        head, body = 0, b""
    body += b"\0" * (packet.length - 20 - head)
    if proto in (6, 17):
        pseudo = src + dst + struct.pack("!BBH", 0, proto, len(body))
        at = 16 if proto == 6 else 6
        body = body[:at] + struct.pack("!H", checksum(pseudo + body)) + body[at + 2 :]
    elif proto == 1:
        body = body[:2] + struct.pack("!H", checksum(body)) + body[4:]
    head_bytes = struct.pack(
        "!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 0, 0, packet.ttl, proto, 0, src, dst
    )
    return head_bytes + body


def checksum(data: bytes) -> int:
    """The checksum of the Internet protocols (RFC 1071)."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
