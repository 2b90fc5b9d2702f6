"""What the network must know of the API's objects: policies, and delays of Pods and nodes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from labkit.embedded.interfaces import Api, Json
from labkit.embedded.network.links import Links
from labkit.embedded.network.policies import Policies

POLICIES, PODS = "networkpolicies.networking.k8s.io", "pods"
NAMESPACES, NODES = "namespaces", "nodes"
WATCHED = (POLICIES, PODS, NAMESPACES, NODES)


class Surroundings:
    """Follows four kinds; ``policies`` and ``links`` are made anew when someone asks."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._known: dict[str, dict[tuple[str, str], Json]] = {kind: {} for kind in WATCHED}
        self._watches: list[Any] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._stale = True
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
        since = self._api.version()
        for kind, known in self._known.items():
            known.update((_key(obj), obj) for obj in self._api.list(kind))
            watch = self._api.watch(kind, since=since)
            self._watches.append(watch)
            self._tasks.append(asyncio.ensure_future(self._follow(watch, known)))

    async def stop(self) -> None:
        """End the watches."""
        for watch in self._watches:
            watch.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _follow(self, watch: Any, known: dict[tuple[str, str], Json]) -> None:
        async for event in watch:
            if event.type in ("ADDED", "MODIFIED"):
                known[_key(event.object)] = event.object
            elif event.type == "DELETED":
                known.pop(_key(event.object), None)
            else:
                continue
            self._stale = True

    def _refresh(self) -> None:
        if not self._stale:
            return
        self._stale = False
        of = self._known
        pods = list(_addressed(of[PODS]))
        self._policies = Policies(of[POLICIES].values(), pods, of[NAMESPACES].values())
        self._links.learn(pods, of[NODES].values())


def _addressed(pods: dict[tuple[str, str], Json]) -> Iterator[tuple[str, Json]]:
    """Pods that have an address of their own, with it; finished ones have given it back."""
    for pod in pods.values():
        status = pod.get("status") or {}
        address = status.get("podIP")
        alive = status.get("phase") not in ("Succeeded", "Failed")
        if address and alive and not pod["spec"].get("hostNetwork"):
            yield address, pod


def _key(obj: Json) -> tuple[str, str]:
    return obj["metadata"].get("namespace", ""), obj["metadata"]["name"]
