"""The node's heartbeat: a Lease in kube-node-lease, renewed every ten seconds.

At the same beat the kubelet corrects what others have written of its node's health.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from labkit.embedded.controllers.objects import uid
from labkit.embedded.interfaces import Json
from labkit.embedded.kubelet.conditions import post_ready
from labkit.embedded.kubelet.machine import Machine
from labkit.embedded.status import StatusError

LEASES, WHERE = "leases.coordination.k8s.io", "kube-node-lease"
DURATION, RENEW_EVERY = 40, 10.0


def micro_timestamp(seconds: float) -> str:
    """``2026-11-22T21:35:38.000000Z``, as metav1.MicroTime is written."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Lease:
    """Renews one node's lease."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._work())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _work(self) -> None:
        while True:
            try:
                self._renew()
                post_ready(self._machine)
            except StatusError:
                pass
            await self._machine.clock.sleep(RENEW_EVERY)

    def _renew(self) -> None:
        cluster, title = self._machine.cluster, self._machine.plan.name
        now = micro_timestamp(self._machine.clock.now())
        found = cluster.get(LEASES, WHERE, title)
        if found is None:
            cluster.create(LEASES, self._fresh(title, now), manager="kubelet")
        else:
            cluster.patch(LEASES, found, {"spec": {"renewTime": now}}, manager="kubelet")

    def _fresh(self, title: str, now: str) -> Json:
        node = self._machine.node()
        owner = {"apiVersion": "v1", "kind": "Node", "name": title, "uid": uid(node)}
        return {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": title, "namespace": WHERE, "ownerReferences": [owner]},
            "spec": {
                "holderIdentity": title,
                "leaseDurationSeconds": DURATION,
                "renewTime": now,
            },
        }
