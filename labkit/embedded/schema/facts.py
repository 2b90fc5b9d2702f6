"""Facts of the Go types that the client's metadata does not tell.

Source: the struct tags of k8s.io/api (``omitempty``, pointers, named string types).
"""

from __future__ import annotations

# Numbers and booleans that are no pointers and carry omitempty: zero means "not there".
ZERO_IS_ABSENT = frozenset(
    "active authenticated count denied deprecatedCount failed failureThreshold "
    "fullyLabeledReplicas globalDefault healthCheckNodePort hostIPC hostNetwork hostPID hostPort "
    "initialDelaySeconds minReadySeconds nodePort number numberAvailable numberUnavailable "
    "observedGeneration paused periodSeconds publishNotReadyAddresses readOnly readyReplicas "
    "stdin stdinOnce succeeded successThreshold tty unavailableReplicas unschedulable "
    "updatedNumberScheduled updatedReplicas generation".split()
)
ZERO_IS_ABSENT_OF = frozenset(
    {
        ("Probe", "timeoutSeconds"),
        ("DeploymentStatus", "replicas"),
        ("DeploymentStatus", "availableReplicas"),
        ("ReplicaSetStatus", "availableReplicas"),
        ("ReplicationControllerStatus", "availableReplicas"),
        ("StatefulSetStatus", "currentReplicas"),
        ("ScaleSpec", "replicas"),
    }
)

# Strings where the empty one is kept: pointers, and fields without omitempty.
EMPTY_STRING_KEPT = frozenset(
    {
        ("EndpointPort", "name"),
        ("EndpointPort", "appProtocol"),
        ("ServicePort", "appProtocol"),
        ("HostPathVolumeSource", "type"),
        ("PersistentVolumeClaimSpec", "storageClassName"),
        ("TypedLocalObjectReference", "apiGroup"),
        ("Event", "reportingComponent"),
        ("Event", "reportingInstance"),
        ("LeaseSpec", "holderIdentity"),
        ("ContainerStatus", "image"),
        ("ContainerStatus", "imageID"),
        ("HTTPHeader", "value"),
        ("Sysctl", "value"),
        ("RoleRef", "apiGroup"),
        ("Preconditions", "uid"),
        ("Preconditions", "resourceVersion"),
        ("Condition", "message"),
        ("Condition", "reason"),
    }
)

# Lists that are written even when they are empty (no omitempty).
EMPTY_LIST_KEPT = frozenset(
    {("EndpointSlice", "endpoints"), ("EndpointSlice", "ports"), ("Endpoint", "addresses"),
     ("Role", "rules"), ("ClusterRole", "rules"), ("NodeSelector", "nodeSelectorTerms"),
     ("PolicyRule", "verbs"), ("DeleteOptions", "dryRun")}
)  # fmt: skip

# Times that are no pointers and carry omitempty, which Go ignores for a struct: null is written.
NULL_KEPT = {
    "PodCondition": ("lastProbeTime",),
    "CoreV1Event": ("eventTime", "firstTimestamp", "lastTimestamp"),
}

# Named string types, for "cannot unmarshal number into ... of type v1.Protocol".
NAMED_STRINGS = {
    "protocol": "v1.Protocol",
    "imagePullPolicy": "v1.PullPolicy",
    "dnsPolicy": "v1.DNSPolicy",
    "sessionAffinity": "v1.ServiceAffinity",
    "internalTrafficPolicy": "v1.ServiceInternalTrafficPolicy",
    "externalTrafficPolicy": "v1.ServiceExternalTrafficPolicy",
    "ipFamilies": "v1.IPFamily",
    "ipFamilyPolicy": "v1.IPFamilyPolicy",
    "terminationMessagePolicy": "v1.TerminationMessagePolicy",
    "scheme": "v1.URIScheme",
    "effect": "v1.TaintEffect",
    "phase": "v1.PodPhase",
    "whenUnsatisfiable": "v1.UnsatisfiableConstraintAction",
    "uid": "types.UID",
    "addressType": "v1.AddressType",
    "preemptionPolicy": "v1.PreemptionPolicy",
    "accessModes": "v1.PersistentVolumeAccessMode",
}
NAMED_STRINGS_OF = {
    ("ServiceSpec", "type"): "v1.ServiceType",
    ("DeploymentStrategy", "type"): "v1.DeploymentStrategyType",
    ("PodSpec", "restartPolicy"): "v1.RestartPolicy",
    ("Secret", "type"): "v1.SecretType",
    ("Toleration", "operator"): "v1.TolerationOperator",
    ("LabelSelectorRequirement", "operator"): "v1.LabelSelectorOperator",
    ("NodeSelectorRequirement", "operator"): "v1.NodeSelectorOperator",
}

STRING_TYPES = frozenset({*NAMED_STRINGS.values(), *NAMED_STRINGS_OF.values()})


def zero_is_absent(struct: str, field: str) -> bool:
    """Whether 0 or false in this field is the same as not writing it."""
    return field in ZERO_IS_ABSENT or (struct, field) in ZERO_IS_ABSENT_OF


def go_string(struct: str, field: str) -> str:
    """The Go type of a string field."""
    return NAMED_STRINGS_OF.get((struct, field)) or NAMED_STRINGS.get(field, "string")
