"""Who asks from outside the cluster: the host on which the nodes run (a laptop, say).

It has an address on the nodes' network and no other way: no route to Pods, none to ClusterIPs,
none to the internet.  The nodes' default route leads here, and ends here.

It can answer Pods (on kind their packets are masqueraded on leaving the cluster, which comes to
the same), and so it has the way back; what it begins itself does not go that way.
"""

from __future__ import annotations

from labkit.clock import Clock
from labkit.embedded.network.machine import UPLINK, Machine
from labkit.netfilter.routes import Route
from labkit.plan import NODE_GATEWAY, NODE_NETWORK, NODES, POD_CIDR, NodePlan
from labkit.ruleset.tables import Ruleset

OUTSIDE = NodePlan("outside", NODE_GATEWAY, "", "", False)
RULES = f"""*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A FORWARD -j REJECT --reject-with icmp-net-unreachable
-A OUTPUT -d {POD_CIDR} -m conntrack --ctstate NEW -j REJECT --reject-with icmp-net-unreachable
COMMIT
"""


class Outside(Machine):
    """A machine that forwards nothing, and begins nothing towards Pods."""

    def __init__(self, clock: Clock, seed: int) -> None:
        super().__init__(OUTSIDE, clock, seed)
        self.set_rules(RULES, Ruleset.parse(RULES))

    def routes(self) -> tuple[Route, ...]:
        back = (Route(plan.pod_cidr, UPLINK, plan.address) for plan in NODES)
        return (*back, Route(NODE_NETWORK, UPLINK))
