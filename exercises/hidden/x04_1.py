"""Hidden part of 04.1: the captures are the learner's own; nothing more is tried."""

from labkit.grading.exercises.x04_1 import SAID, cases  # noqa: F401

TESTS = ()

WRONG = {
    "answer_first": "SOLUTION\norder = order[2:] + order[:2]",
    "vip_on_wire": "SOLUTION\norder = [order[1], order[0], *order[2:]]",
    "answer_early": "SOLUTION\norder = [order[0], order[2], order[1], order[3]]",
    "answer_swapped": "SOLUTION\norder = [*order[:2], order[3], order[2]]",
    "letters": "SOLUTION\norder = order[:3]",
    "kube_proxy": "SOLUTION\nrule = 'kube-proxy'",
    "dns": "SOLUTION\nrule = 'CoreDNS'",
    "chooses": "SOLUTION\nrule = 'KUBE-SVC'",
    "unchanged": "SOLUTION\nhairpin = 'pod'",
    "vip_source": "SOLUTION\nhairpin = 'vip'",
}
