"""Target practice: several ways to ask a ClusterIP, through each mode of kube-proxy.

Every outcome is worked out by sending that packet through the rules that kube-proxy writes in
that mode; nothing here knows which of them get an answer.
"""

from __future__ import annotations

from labkit.dataplane.proxy import KubeProxy
from labkit.kubeproxy.config import MODES
from labkit.lab.explore import CLIENT, CLUSTER_IP, PORT, TARGET_PORT, objects
from labkit.model.packet import Packet
from labkit.model.trace import Trace, Verdict
from labkit.model.trials import Choice, Trials
from labkit.words import Words

SHOTS: dict[str, Packet] = {
    "ping": Packet(CLIENT, CLUSTER_IP, "icmp", icmp_type=8),
    f"TCP {PORT}": Packet(CLIENT, CLUSTER_IP, "tcp", 40000, PORT),
    f"TCP {TARGET_PORT}": Packet(CLIENT, CLUSTER_IP, "tcp", 40000, TARGET_PORT),
    f"UDP {PORT}": Packet(CLIENT, CLUSTER_IP, "udp", 40000, PORT),
}


def practice(words: Words, replicas: int = 2) -> Trials:
    """Each shot at the Service's address in each mode, with what comes back."""
    service, slices = objects(replicas)
    planes = {mode: KubeProxy(mode=mode).data_plane([service], [slices]) for mode in MODES}
    outcomes: dict[tuple[str, ...], str] = {
        (name, mode): told(plane.trace(packet), packet, words)
        for name, packet in SHOTS.items()
        for mode, plane in planes.items()
    }
    return Trials(
        words("lab.practice.title", address=CLUSTER_IP, port=PORT, target=TARGET_PORT),
        (
            Choice(words("lab.practice.how"), tuple(SHOTS)),
            Choice(words("lab.practice.mode"), tuple(MODES)),
        ),
        outcomes,
        words("lab.practice.outcome"),
    )


def told(trace: Trace, sent: Packet, words: Words) -> str:
    """What the client notices, and why."""
    if trace.verdict is Verdict.REJECTED:
        return words("lab.practice.rejected", told=trace.reject_with)
    if trace.verdict is Verdict.DROPPED:
        return words("lab.practice.dropped")
    if trace.delivered_local:
        return words("lab.practice.node")
    if trace.packet.dst == sent.dst:
        return words("lab.practice.lost", address=sent.dst)
    return words("lab.practice.answer", pod=trace.packet.dst, port=trace.packet.dport)
