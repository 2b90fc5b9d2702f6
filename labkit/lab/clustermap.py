"""The map of the cluster as it is now: asked with kubectl, and of the nodes' own rules."""

from __future__ import annotations

from collections.abc import Callable

from labkit.cluster.kubectl import Kubectl
from labkit.dataplane.plane import DataPlane
from labkit.dataplane.read import mode_of
from labkit.lab.noderules import SOURCE_PORT, luck, node_with_rules, rules_of_service
from labkit.lab.questions import Json, get_json, is_ready
from labkit.model.clustermap import ClusterMap, Flow, MapNode, MapPod, MapService
from labkit.model.packet import Packet
from labkit.model.service import SERVICE_NAME_LABEL
from labkit.model.step import Verdict

RulesOf = Callable[[str], str]


def map_now(
    kubectl: Kubectl, rules_of: RulesOf | None, client: str, service: str, number: int
) -> ClusterMap:
    """Nodes, the namespace's Pods, the Service, and connection ``number`` of the client to it.

    ``rules_of`` gives the rules of a node by its name; without it there is no connection.
    What does not exist (yet) is left out of the map; nothing is raised for it.
    """
    namespace, _, name = service.partition("/")
    found = get_json(kubectl, "nodes,pods,services,endpointslices", "-n", namespace)["items"]
    kinds: dict[str, list[Json]] = {}
    for item in found:
        kinds.setdefault(item["kind"], []).append(item)
    about = next((one for one in kinds.get("Service", []) if one["metadata"]["name"] == name), None)
    listed = addresses_of(kinds.get("EndpointSlice", []), name)
    pods = tuple(pod_of(item, listed) for item in kinds.get("Pod", []) if node_of(item))
    place = place_of(about, service)
    rules = rules_of if about and rules_of else None
    nodes = tuple(node_of_map(item, rules, service) for item in kinds.get("Node", []))
    asking = next((pod for pod in pods if pod.name == client and pod.address), None)
    flow = None
    if place and asking and rules_of:
        emulated = node_with_rules(kubectl, asking.node, rules_of(asking.node))
        flow = flow_of(emulated, asking, place, number)
    return ClusterMap(nodes, pods, place, flow)


def node_of(item: Json) -> str:
    """The node of a Pod, "" while it has none."""
    return str(item["spec"].get("nodeName", ""))


def addresses_of(slices: list[Json], service: str) -> set[str]:
    """Every address, ready or not, in the slices of the Service."""
    return {
        address
        for item in slices
        if (item["metadata"].get("labels") or {}).get(SERVICE_NAME_LABEL) == service
        for endpoint in item.get("endpoints") or []
        for address in endpoint["addresses"]
    }


def pod_of(item: Json, listed: set[str]) -> MapPod:
    """A Pod with its state."""
    status = item.get("status", {})
    address = status.get("podIP", "")
    state = "ready" if is_ready(item) else "not-ready"
    if item["metadata"].get("deletionTimestamp"):
        state = "terminating"
    elif not address:
        state = "pending"
    return MapPod(item["metadata"]["name"], node_of(item), address, state, address in listed)


def place_of(about: Json | None, service: str) -> MapService | None:
    """The Service with a ClusterIP and a port; None for a headless one, too."""
    spec = about["spec"] if about else {}
    address, ports = spec.get("clusterIP", "None"), spec.get("ports") or []
    if address in ("", "None") or not ports:
        return None
    return MapService(service.rpartition("/")[2], address, int(ports[0]["port"]))


def node_of_map(item: Json, rules_of: RulesOf | None, service: str) -> MapNode:
    """A node; ``rules_of`` None leaves its rules uncounted."""
    name = item["metadata"]["name"]
    addresses = item.get("status", {}).get("addresses") or []
    address = next((one["address"] for one in addresses if one["type"] == "InternalIP"), "")
    count = None
    if rules_of and mode_of(text := rules_of(name)) != "ipvs":  # IPVS names no Services
        lines = rules_of_service(text, service).splitlines()
        count = sum(line.startswith(("-A", "\t\t")) for line in lines)
    return MapNode(name, address, item["spec"].get("podCIDR", ""), count)


def flow_of(plane: DataPlane, client: MapPod, service: MapService, number: int) -> Flow:
    """Where a new connection of the client goes: exactly, and this time."""
    packet = Packet(client.address, service.address, sport=SOURCE_PORT, dport=service.port)
    chances = {
        place.rpartition(":")[0]: chance
        for place, chance in plane.shares(packet).items()
        if not place.startswith(f"{service.address}:")
    }
    turn = number if plane.mode == "ipvs" else 0
    trace = plane.trace(packet, seed=luck(service.address, number), ordinal=turn)
    refused = "" if trace.verdict is Verdict.ACCEPTED and chances else trace.label
    chosen = trace.packet.dst if trace.packet.dst in chances else ""
    return Flow(client.name, client.node, chances, chosen, refused)
