"""Every kind of object that the embedded cluster serves."""

from __future__ import annotations

from labkit.embedded.kinds import (
    absent,
    addresses,
    config,
    endpoints,
    endpointslice,
    event,
    jobs,
    namespace,
    networking,
    node,
    pod,
    policy,
    quota,
    rbac,
    review,
    service,
    workloads,
)
from labkit.embedded.kinds.base import Kind

KINDS: tuple[Kind, ...] = (
    config.CONFIG_MAP,
    endpoints.KIND,
    event.KIND,
    absent.LIMIT_RANGE,
    namespace.KIND,
    node.KIND,
    absent.VOLUME_CLAIM,
    absent.VOLUME,
    pod.KIND,
    workloads.REPLICATION_CONTROLLER,
    quota.KIND,
    config.SECRET,
    config.SERVICE_ACCOUNT,
    service.KIND,
    workloads.CONTROLLER_REVISION,
    workloads.DAEMON_SET,
    workloads.DEPLOYMENT,
    workloads.REPLICA_SET,
    workloads.STATEFUL_SET,
    review.SELF_SUBJECT_REVIEW,
    review.LOCAL_ACCESS_REVIEW,
    review.SELF_SUBJECT_ACCESS_REVIEW,
    review.SELF_SUBJECT_RULES_REVIEW,
    review.SUBJECT_ACCESS_REVIEW,
    absent.AUTOSCALER,
    absent.OLDER_AUTOSCALER,
    jobs.CRON_JOB,
    jobs.JOB,
    policy.LEASE,
    endpointslice.KIND,
    event.NEW_KIND,
    networking.INGRESS_CLASS,
    addresses.SERVICE_CIDR,
    addresses.IP_ADDRESS,
    networking.INGRESS,
    networking.NETWORK_POLICY,
    policy.DISRUPTION_BUDGET,
    rbac.CLUSTER_ROLE_BINDING,
    rbac.CLUSTER_ROLE,
    rbac.ROLE_BINDING,
    rbac.ROLE,
)
"""In the order of discovery: the core group first, then the groups by name."""

BY_RESOURCE = {kind.resource: kind for kind in KINDS}
BY_PATH = {(kind.group, kind.version, kind.plural): kind for kind in KINDS}
BY_TYPE = {(kind.api_version, kind.kind): kind for kind in KINDS}
GROUP_VERSIONS = tuple(dict.fromkeys((kind.group, kind.version) for kind in KINDS))
