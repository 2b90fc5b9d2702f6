"""Fields with a fixed set of values, by (Go struct, JSON field).

Source: the ``+enum`` types of k8s.io/api v1.
"""

from __future__ import annotations

from collections.abc import Mapping

_PROTOCOLS = ("SCTP", "TCP", "UDP")
_PULL = ("Always", "IfNotPresent", "Never")
_OPERATORS = ("DoesNotExist", "Exists", "Gt", "In", "Lt", "NotIn")
_CONDITION = ("False", "True", "Unknown")

ENUMS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("Container", "imagePullPolicy"): _PULL,
    ("Container", "terminationMessagePolicy"): ("FallbackToLogsOnError", "File"),
    ("ContainerPort", "protocol"): _PROTOCOLS,
    ("DaemonSetUpdateStrategy", "type"): ("OnDelete", "RollingUpdate"),
    ("DeploymentStrategy", "type"): ("Recreate", "RollingUpdate"),
    ("EndpointPort", "protocol"): _PROTOCOLS,
    ("EndpointSlice", "addressType"): ("FQDN", "IPv4", "IPv6"),
    ("EphemeralContainer", "imagePullPolicy"): _PULL,
    ("HTTPGetAction", "scheme"): ("HTTP", "HTTPS"),
    ("HTTPIngressPath", "pathType"): ("Exact", "ImplementationSpecific", "Prefix"),
    ("CronJobSpec", "concurrencyPolicy"): ("Allow", "Forbid", "Replace"),
    ("JobSpec", "completionMode"): ("Indexed", "NonIndexed"),
    ("JobSpec", "podReplacementPolicy"): ("Failed", "TerminatingOrFailed"),
    ("NamespaceStatus", "phase"): ("Active", "Terminating"),
    ("NodeSelectorRequirement", "operator"): _OPERATORS,
    ("PersistentVolumeSpec", "persistentVolumeReclaimPolicy"): ("Delete", "Recycle", "Retain"),
    ("PodSpec", "dnsPolicy"): ("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"),
    ("PodSpec", "preemptionPolicy"): ("Never", "PreemptLowerPriority"),
    ("PodSpec", "restartPolicy"): ("Always", "Never", "OnFailure"),
    ("PodStatus", "phase"): ("Failed", "Pending", "Running", "Succeeded", "Unknown"),
    ("PodStatus", "qosClass"): ("BestEffort", "Burstable", "Guaranteed"),
    ("ServicePort", "protocol"): _PROTOCOLS,
    ("ServiceSpec", "externalTrafficPolicy"): ("Cluster", "Local"),
    ("ServiceSpec", "internalTrafficPolicy"): ("Cluster", "Local"),
    ("ServiceSpec", "ipFamilyPolicy"): ("PreferDualStack", "RequireDualStack", "SingleStack"),
    ("ServiceSpec", "sessionAffinity"): ("ClientIP", "None"),
    ("ServiceSpec", "type"): ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort"),
    ("StatefulSetSpec", "podManagementPolicy"): ("OrderedReady", "Parallel"),
    ("StatefulSetUpdateStrategy", "type"): ("OnDelete", "RollingUpdate"),
    ("Taint", "effect"): ("NoExecute", "NoSchedule", "PreferNoSchedule"),
    ("Toleration", "effect"): ("NoExecute", "NoSchedule", "PreferNoSchedule"),
    ("Toleration", "operator"): ("Equal", "Exists"),
    ("TopologySpreadConstraint", "whenUnsatisfiable"): ("DoNotSchedule", "ScheduleAnyway"),
    ("PodCondition", "status"): _CONDITION,
    ("NodeCondition", "status"): _CONDITION,
    ("DeploymentCondition", "status"): _CONDITION,
}
