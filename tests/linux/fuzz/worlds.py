"""The small worlds in which random rules and packets meet: addresses of one IP family each."""

from __future__ import annotations

from dataclasses import dataclass

HOOKS = {
    "raw": ("PREROUTING", "OUTPUT"),
    "mangle": ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"),
    "nat": ("PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"),
    "filter": ("INPUT", "FORWARD", "OUTPUT"),
}
PORTS = (22, 53, 79, 80, 81, 443, 444)


@dataclass(frozen=True)
class World:
    """Addresses of one IP family.  ``sets`` is what ``ipset save`` prints of its ipsets."""

    family: int
    clients: tuple[str, ...]
    servers: tuple[str, ...]
    own: tuple[str, ...]
    nets: tuple[str, ...]
    ends: tuple[str, ...]
    masks: tuple[str, ...]
    ranges: tuple[str, ...]
    refusals: tuple[str, ...]
    errors: tuple[tuple[int, int], ...]
    netmap: str
    sets: str

    @property
    def far(self) -> tuple[str, ...]:
        """Where packets may go."""
        return self.servers + self.own

    @property
    def icmp(self) -> str:
        """The name of its ICMP."""
        return "icmp" if self.family == 4 else "ipv6-icmp"


FOUR = World(
    4,
    clients=(*(f"10.244.1.{i}" for i in range(2, 9)), "198.51.100.7"),
    servers=("203.0.113.9", "203.0.113.10", "10.96.0.1", "10.96.0.2", "8.8.8.8"),
    own=("192.168.77.1", "192.168.78.1"),
    nets=(
        "10.244.0.0/16",
        "10.244.1.0/30",
        "10.244.1.4",
        "203.0.113.8/31",
        "203.0.113.9",
        "10.96.0.0/16",
        "10.96.0.1",
        "8.0.0.0/5",
        "192.168.77.1",
        "10.0.0.2/255.0.0.7",
        "192.168.0.0/16",
    ),
    ends=("203.0.113.9", "203.0.113.10", "10.244.1.4", "192.168.77.1"),
    masks=("255.255.255.255", "255.255.255.252", "255.255.0.0"),
    ranges=("203.0.113.9-203.0.113.14", "10.244.1.4-10.244.1.6"),
    refusals=(
        "icmp-net-unreachable",
        "icmp-host-unreachable",
        "icmp-port-unreachable",
        "icmp-proto-unreachable",
        "icmp-net-prohibited",
        "icmp-host-prohibited",
        "icmp-admin-prohibited",
    ),
    errors=((3, 0), (3, 1), (3, 3), (3, 13), (11, 0), (12, 0)),
    netmap="203.0.113.8/30",
    sets="""create s4ip hash:ip family inet
add s4ip 10.244.1.3
add s4ip 203.0.113.9
create s4net hash:net family inet
add s4net 10.244.1.4/30
add s4net 10.244.1.6 nomatch
add s4net 203.0.113.0/24
create s4ipport hash:ip,port family inet
add s4ipport 10.96.0.1,tcp:80
add s4ipport 203.0.113.9,udp:53
add s4ipport 10.244.1.2,tcp:1000-1005
create s4port bitmap:port range 0-1023
add s4port 53
add s4port 80-81
""",
)
SIX = World(
    6,
    clients=(*(f"fd00:1::{i}" for i in range(2, 9)), "2001:db8::7"),
    servers=("2001:db8:1::9", "2001:db8:1::a", "fd00:96::1", "fd00:96::2", "2600::8"),
    own=("fd00:77::1", "fd00:78::1"),
    nets=(
        "fd00:1::/64",
        "fd00:1::4/126",
        "fd00:1::4",
        "2001:db8:1::8/125",
        "2001:db8:1::9",
        "fd00:96::/32",
        "fd00:96::1",
        "2000::/3",
        "fd00:77::1",
        "fd00::/9",
    ),
    ends=("2001:db8:1::9", "2001:db8:1::a", "fd00:1::4", "fd00:77::1"),
    masks=("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffc"),
    ranges=("2001:db8:1::9-2001:db8:1::e", "fd00:1::4-fd00:1::6"),
    refusals=(
        "icmp6-no-route",
        "icmp6-adm-prohibited",
        "icmp6-addr-unreachable",
        "icmp6-port-unreachable",
        "icmp6-policy-fail",
        "icmp6-reject-route",
    ),
    errors=((1, 0), (1, 1), (1, 4), (3, 0), (4, 0)),
    netmap="2001:db8:1::8/126",
    sets="""create s6ip hash:ip family inet6
add s6ip fd00:1::3
add s6ip 2001:db8:1::9
create s6net hash:net family inet6
add s6net fd00:1::4/126
add s6net fd00:1::6 nomatch
create s6ipport hash:ip,port family inet6
add s6ipport fd00:96::1,tcp:80
add s6ipport 2001:db8:1::9,udp:53
""",
)
WORLDS = {4: FOUR, 6: SIX}
