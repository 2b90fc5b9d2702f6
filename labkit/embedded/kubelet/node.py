"""The kubelet of one node: hears of its Pods and gives each a worker; renews the node's lease."""

from __future__ import annotations

import asyncio

from labkit.embedded.controllers.objects import namespace, pod_finished, uid
from labkit.embedded.interfaces import Json
from labkit.embedded.kubelet.admission import refusal
from labkit.embedded.kubelet.lease import Lease
from labkit.embedded.kubelet.machine import Machine
from labkit.embedded.kubelet.pod import PodWorker
from labkit.embedded.kubelet.restoring import restore

PODS = "pods"


class Kubelet:
    """One node's kubelet."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self._workers: dict[str, PodWorker] = {}
        self._lease = Lease(machine)
        self.running = False

    def start(self) -> None:
        """Take over the Pods that are here already, then hear of changes."""
        self._take_over(resume=True)
        self.machine.cluster.informer(PODS).on_change(self._pod_changed)
        for resource in ("configmaps", "secrets"):
            self.machine.cluster.informer(resource).on_change(self._data_changed)

    async def switch_off(self) -> None:
        """The node has no power any more: nobody renews its lease, its processes are gone."""
        workers = list(self._workers.values())
        await self.stop()
        for worker in workers:
            worker.unplug()

    def switch_on(self) -> None:
        """The node boots: the containers of its Pods start again."""
        if not self.running:
            self._take_over(resume=False)
            for worker in self._workers.values():
                worker.poke()

    def _take_over(self, *, resume: bool) -> None:
        self.running = True
        pods = [p for p in self.machine.cluster.all(PODS) if self._is_mine(p)]
        for pod in pods:
            address = (pod.get("status") or {}).get("podIP")
            if address and not pod["spec"].get("hostNetwork") and not pod_finished(pod):
                self.machine.addresses.reserve(address, uid(pod))
        for pod in pods:
            worker = self._workers[uid(pod)] = PodWorker(self.machine, pod)
            restore(worker, resume=resume)
        self._lease.start()

    async def stop(self) -> None:
        """Stop the processes; the objects stay as they are."""
        self.running = False
        await self._lease.stop()
        for worker in self._workers.values():
            worker.close()
        await asyncio.sleep(0)
        self._workers.clear()

    def worker(self, pod: Json) -> PodWorker | None:
        """The worker of a Pod, by its uid."""
        return self._workers.get(uid(pod))

    def _is_mine(self, pod: Json) -> bool:
        return bool(pod["spec"].get("nodeName") == self.machine.plan.name)

    def _pod_changed(self, kind: str, pod: Json) -> None:
        if not self.running or not self._is_mine(pod):
            return
        worker = self._workers.get(uid(pod))
        if kind == "DELETED":
            if worker is not None:
                del self._workers[uid(pod)]
                worker.close()
                worker.release()
            return
        if worker is None:
            worker = self._admitted(pod)
        worker.changed(pod)

    def _admitted(self, pod: Json) -> PodWorker:
        """A worker for a Pod that is new here; what the node cannot take fails at once."""
        others = [other.pod for other in self._workers.values()]
        worker = self._workers[uid(pod)] = PodWorker(self.machine, pod)
        node, started = self.machine.node(), (pod.get("status") or {}).get("containerStatuses")
        why = refusal(pod, node, others) if node and not started else None
        if why is not None:
            worker.reject(*why)
        return worker

    def _data_changed(self, kind: str, obj: Json) -> None:
        """A ConfigMap or a Secret came: those who waited for it look again."""
        for worker in self._workers.values():
            if namespace(worker.pod) == namespace(obj):
                worker.data_changed()
