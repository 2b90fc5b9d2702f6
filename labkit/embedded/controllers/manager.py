"""All controllers of the embedded cluster."""

from __future__ import annotations

from labkit.embedded.controllers.cluster import Cluster
from labkit.embedded.controllers.cronjob import CronJobController
from labkit.embedded.controllers.daemonset import DaemonSetController
from labkit.embedded.controllers.deployment import DeploymentController
from labkit.embedded.controllers.disruption import DisruptionController
from labkit.embedded.controllers.endpoints import EndpointsController
from labkit.embedded.controllers.endpointslice import EndpointSliceController
from labkit.embedded.controllers.endpointslicemirroring import EndpointSliceMirroringController
from labkit.embedded.controllers.expiry import EventExpiry
from labkit.embedded.controllers.garbage import GarbageCollector
from labkit.embedded.controllers.job import JobController
from labkit.embedded.controllers.namespaces import NamespaceController
from labkit.embedded.controllers.nodehealth import NodeHealth
from labkit.embedded.controllers.nodes import NodeController
from labkit.embedded.controllers.replicaset import ReplicaSetController, ReplicationManager
from labkit.embedded.controllers.resourcequota import ResourceQuotaController
from labkit.embedded.controllers.runtime import Controller
from labkit.embedded.controllers.serviceaddresses import ServiceAddressController
from labkit.embedded.controllers.servicecidrs import ServiceCidrController
from labkit.embedded.controllers.statefulset import StatefulSetController

CONTROLLERS: tuple[type[Controller], ...] = (
    NamespaceController,
    DeploymentController,
    ReplicaSetController,
    ReplicationManager,
    DaemonSetController,
    StatefulSetController,
    JobController,
    CronJobController,
    DisruptionController,
    ResourceQuotaController,
    EndpointSliceController,
    EndpointsController,
    EndpointSliceMirroringController,
    ServiceAddressController,
    ServiceCidrController,
    GarbageCollector,
    NodeController,
    NodeHealth,
    EventExpiry,
)


class ControllerManager:
    """Makes, starts and stops them."""

    def __init__(self, cluster: Cluster) -> None:
        self.controllers = [make(cluster) for make in CONTROLLERS]

    def start(self) -> None:
        for controller in self.controllers:
            controller.start()

    async def stop(self) -> None:
        for controller in self.controllers:
            await controller.stop()
