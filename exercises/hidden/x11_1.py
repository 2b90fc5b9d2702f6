"""Hidden part of 11.1: the report on other logs, of three Pods as well."""

from labkit.grading.exercises import x11_1 as visible
from labkit.grading.exercises.x05_2 import RANDOM, TURNS, log
from labkit.grading.exercises.x11_1 import SAID  # noqa: F401
from labkit.grading.nouns import Test


def cases(task, draw):
    kinds = [(how, pods) for how in (RANDOM, "tied", TURNS) for pods in (2, 3)]
    return {"report": [[log(draw, how, 210, pods)] for how, pods in draw.shuffled(kinds)]}


TESTS = (
    Test("report", visible.report, "el informe, con otros datos", "the report, on other data", 2),
)

WRONG = {
    "option": "SOLUTION\ncleanup = cleanup + ['kubectl delete -f /etc/hostname']",
    "service_left": "SOLUTION\ncleanup = cleanup[1:]",
    "left": "SOLUTION\ncleanup = cleanup[:1]",
    "too_much": "SOLUTION\ncleanup = cleanup + ['kubectl delete configmaps --all']",
    "verb": "SOLUTION\ncleanup = ['kubectl get pods']",
    "elsewhere": "SOLUTION\ncleanup = ['kubectl delete pods -A --all']",
    "no_pod": "SOLUTION\nmanifests = manifests.replace('$(POD_NAME)', 'me')",
    "one_node": "SOLUTION\nimport re\nmanifests = re.sub(r'      topologySpread(.|\\n)*?(?=      containers)', '      nodeName: labkit-worker\\n', manifests)",
    "endpoints": "SOLUTION\nmanifests = manifests.replace('  selector: {app: ', '  selector: {app: x')",
    "tied": "SOLUTION\nold = report\ndef report(answers):\n    made = old(answers)\n    even = len(set(made['counts'].values())) == 1\n    return {**made, 'verdict': 'round-robin' if even else 'random'}",
}
