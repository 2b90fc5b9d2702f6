"""Hidden part of 10.1: mended for good? Everything once more, then scaled up."""

from labkit.grading.exercises import x10_1 as visible
from labkit.grading.exercises.x10_1 import NAMES, SAID, cases  # noqa: F401
from labkit.grading.nouns import Test, because


def scaled(sight):
    """With two replicas each, every Service has two endpoints."""
    stage = sight.cluster
    stage.run("scale", "deployment", "--all", "--replicas=2")
    for name in NAMES:
        if stage.endpoints(name, 2) < 2:
            return because("still_empty", name=name)
    return None


TESTS = (
    Test("accepted", visible.accepted, "se aplica en otro clúster", "applies to another cluster"),
    Test("scaled", scaled, "aguanta con más réplicas", "holds with more replicas", 2, "accepted"),
)

WRONG = {
    "still_empty": "SOLUTION\nfixed = fixed.replace('selector: {app: cart}', 'selector: {app: basket}')",
    "still_refused": "SOLUTION\nfixed = fixed.replace('targetPort: 8080', 'targetPort: 8088')",
    "stranger": "SOLUTION\nfixed = fixed.replace('selector: {app: cart}', 'selector: {app: users}')",
    "unnamed": "SOLUTION\ncauses = {**causes, 'cart': 'the moon'}",
    "generic.kubectl": "SOLUTION\nfixed = fixed.replace('kind: Service', 'kind: Servise')",
}
