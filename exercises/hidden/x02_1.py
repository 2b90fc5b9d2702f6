"""Hidden part of 02.1: the events are the learner's own; nothing more is tried."""

from labkit.grading.exercises.x02_1 import SAID, cases  # noqa: F401

TESTS = ()

_MODEL = """
pods, slices = {{pod["name"]: [True, True] for pod in task["pods"]}}, []
for event in task["events"]:
    if event.startswith("kubectl delete pod"):
        {delete}
    elif event.startswith("kubectl label pod"):
        {relabel}
    elif event.startswith("kubectl label deployment"):
        {deployment}
    else:
        pods[event.split()[0].removeprefix("pod/").rstrip(":")] = [True, {unready}]
    slices.append([name for name, (match, ready) in pods.items() if match and ready])
"""
_RIGHT = {
    "delete": "del pods[event.split()[3]]",
    "relabel": "pods[event.split()[3]][0] = False",
    "deployment": "pass",
    "unready": "False",
}


def _believing(**wrong):
    return _MODEL.format(**{**_RIGHT, **wrong})


WRONG = {
    "running": _believing(unready="True"),
    "relabel": _believing(relabel="pass"),
    "deployment": _believing(deployment="[pod.__setitem__(0, False) for pod in pods.values()]"),
    "stale": _believing(delete="pass"),
    "five": "slices = [['a']]",
}
