"""Which lists merge, and by which keys.

Two tables of facts about the same fields, keyed by (Go struct, JSON field):

``PATCH``  for strategic merge patch: the one merge key (empty for lists of scalars);
           source: the ``patchStrategy``/``patchMergeKey`` struct tags of k8s.io/api.
``LISTS``  for server-side apply: the keys of a list that is a map, ``()`` for a set;
           source: the ``+listType``/``+listMapKey`` markers.  Every other list is atomic.
"""

from __future__ import annotations

from collections.abc import Mapping

Field = tuple[str, str]


def _by_name(*fields: str) -> dict[Field, str]:
    return {
        (struct, field): "name" for struct, _, field in (text.partition(".") for text in fields)
    }


_CONDITIONS = {
    (f"{kind}Status", "conditions"): "type"
    for kind in (
        "StatefulSet Deployment DaemonSet ReplicaSet Job PersistentVolumeClaim Pod "
        "ReplicationController Service Node Namespace ServiceCIDR PodDisruptionBudget"
    ).split()
}
_CONTAINER = {
    (struct, field): key
    for struct in ("Container", "EphemeralContainer")
    for field, key in (
        ("ports", "containerPort"),
        ("env", "name"),
        ("volumeMounts", "mountPath"),
        ("volumeDevices", "devicePath"),
    )
}

PATCH: Mapping[Field, str] = {
    **_CONDITIONS,
    **_CONTAINER,
    **_by_name(
        "PodSpec.volumes", "PodSpec.initContainers", "PodSpec.containers",
        "PodSpec.ephemeralContainers", "PodSpec.imagePullSecrets", "PodSpec.schedulingGates",
        "PodSpec.resourceClaims", "PodSpec.evictionResponders",
        "PodStatus.resourceClaimStatuses", "ContainerStatus.allocatedResourcesStatus",
        "ServiceAccount.secrets", "CSINodeSpec.drivers",
    ),
    ("ContainerStatus", "volumeMounts"): "mountPath",
    ("PodSpec", "hostAliases"): "ip",
    ("PodSpec", "topologySpreadConstraints"): "topologyKey",
    ("PodStatus", "hostIPs"): "ip",
    ("PodStatus", "podIPs"): "ip",
    ("ServiceSpec", "ports"): "port",
    ("NodeSpec", "podCIDRs"): "",
    ("NodeStatus", "addresses"): "type",
    ("ObjectMeta", "ownerReferences"): "uid",
    ("ObjectMeta", "finalizers"): "",
}  # fmt: skip

# Structs that a strategic merge patch replaces instead of merging.
REPLACED: frozenset[Field] = frozenset({("PodDisruptionBudgetSpec", "selector")})

_PROTOCOL_TOO = {("Container", "ports"), ("EphemeralContainer", "ports"), ("ServiceSpec", "ports")}
_NOT_LISTS = {("PodStatus", "hostIPs")}

LISTS: Mapping[Field, tuple[str, ...]] = {
    **{
        field: (key, "protocol") if field in _PROTOCOL_TOO else (key,) if key else ()
        for field, key in PATCH.items()
        if field not in _NOT_LISTS
    },
    ("PodSpec", "topologySpreadConstraints"): ("topologyKey", "whenUnsatisfiable"),
    ("ResourceRequirements", "claims"): ("name",),
    ("ResourceStatus", "resources"): ("resourceID",),
    ("Endpoint", "addresses"): (),
    ("PodFailurePolicyOnExitCodesRequirement", "values"): (),
    ("UncountedTerminatedPods", "succeeded"): (),
    ("UncountedTerminatedPods", "failed"): (),
    ("CSIDriverSpec", "volumeLifecycleModes"): (),
}

# Defaults of list keys: a port without protocol has the key protocol=TCP.
KEY_DEFAULTS: Mapping[str, str] = {"protocol": "TCP"}

# Structs and maps that server-side apply owns as a whole.
ATOMIC_STRUCTS = frozenset(
    "CrossVersionObjectReference SecretReference FileKeySelector ObjectFieldSelector "
    "ResourceFieldSelector ConfigMapKeySelector SecretKeySelector NodeSelector NodeSelectorTerm "
    "TopologySelectorTerm EvictionResponder EndpointAddress ObjectReference LocalObjectReference "
    "TypedLocalObjectReference ScopeSelector ServiceBackendPort Subject RoleRef LabelSelector "
    "OwnerReference FieldsV1".split()
)
ATOMIC_MAPS: frozenset[Field] = frozenset(
    {("PodSpec", "nodeSelector"), ("ReplicationControllerSpec", "selector"),
     ("ServiceSpec", "selector"), ("Scheduling", "nodeSelector")}
)  # fmt: skip
