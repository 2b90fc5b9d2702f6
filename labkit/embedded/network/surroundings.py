"""What the network must know of the API's objects: policies, and delays of Pods and nodes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from labkit.embedded.interfaces import Api, Json
from labkit.embedded.mirror import Mirror
from labkit.embedded.network.links import Links
from labkit.embedded.network.policies import Policies

POLICIES, PODS = "networkpolicies.networking.k8s.io", "pods"
NAMESPACES, NODES = "namespaces", "nodes"


class Surroundings:
    """Follows four kinds; ``policies`` and ``links`` are made anew when someone asks."""

    def __init__(self, api: Api) -> None:
        self._mirror = Mirror(api, (POLICIES, PODS, NAMESPACES, NODES))
        self._seen = 0
        self._policies = Policies()
        self._links = Links()

    @property
    def policies(self) -> Policies:
        """As they stand now."""
        self._refresh()
        return self._policies

    @property
    def links(self) -> Links:
        """As they stand now."""
        self._refresh()
        return self._links

    def start(self) -> None:
        """List everything, then follow every change."""
        self._mirror.start()

    async def stop(self) -> None:
        """End the watches."""
        await self._mirror.stop()

    def _refresh(self) -> None:
        if self._seen == self._mirror.changes:
            return
        self._seen = self._mirror.changes
        every = self._mirror.all
        pods = list(_addressed(every(PODS)))
        self._policies = Policies(every(POLICIES), pods, every(NAMESPACES))
        self._links.learn(pods, every(NODES))


def _addressed(pods: Iterable[Json]) -> Iterator[tuple[str, Json]]:
    """Pods that have an address of their own, with it; finished ones have given it back."""
    for pod in pods:
        status = pod.get("status") or {}
        address = status.get("podIP")
        alive = status.get("phase") not in ("Succeeded", "Failed")
        if address and alive and not pod["spec"].get("hostNetwork"):
            yield address, pod
