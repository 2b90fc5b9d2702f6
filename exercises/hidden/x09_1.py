"""Hidden part of 09.1: the cluster is the learner's own; nothing more is tried."""

from labkit.grading.exercises.x09_1 import SAID, cases  # noqa: F401

TESTS = ()

WRONG = {
    "outside_vip": "SOLUTION\nmatrix = {**matrix, 'laptop': {**matrix['laptop'], 'cluster-ip': True}}",
    "outside_pod": "SOLUTION\nmatrix = {**matrix, 'laptop': {**matrix['laptop'], 'pod-ip': True}}",
    "pod_ip": "SOLUTION\nmatrix = {**matrix, 'pod': {**matrix['pod'], 'pod-ip': False}}",
    "vip_guards": "SOLUTION\nguard = 'cluster-ip'",
    "namespace_guards": "SOLUTION\nguard = 'namespace'",
    "rbac_guards": "SOLUTION\nguard = 'rbac'",
    "blank": "SOLUTION\nmatrix = {**matrix, 'node': {}}",
}
