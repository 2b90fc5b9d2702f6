"""Hidden part of 06.1: the cures are chosen, nothing more is tried."""

from labkit.grading.exercises.x06_1 import SAID, cases  # noqa: F401

TESTS = ()

WRONG = {
    "replicas": "SOLUTION\ncures['keep-alive'] = 'more-replicas'",
    "cookie": "SOLUTION\ncures['login'] = 'cookie'",
    "any_pod": "SOLUTION\ncures['database'] = 'cluster-ip'",
    "one_connection": "SOLUTION\ncures['grpc'] = 'client-ip-affinity'",
    "sticks_more": "SOLUTION\ncures['keep-alive'] = 'client-ip-affinity'",
    "not_that": "SOLUTION\ncures['login'] = 'new-connections'",
    "blank": "SOLUTION\ncures['login'] = None",
    "unknown": "SOLUTION\ncures['login'] = 'magic'",
}
