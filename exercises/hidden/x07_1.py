"""Hidden part of 07.1: the Pods are deleted and come back; the promise must still hold."""

from labkit.grading.exercises import x07_1 as visible
from labkit.grading.exercises.x07_1 import cases  # noqa: F401
from labkit.grading.nouns import Test

SAID = visible.SAID


def again(sight):
    """After all Pods were replaced they stand on two nodes again."""
    label = f"app={sight.task.data['app']}"
    sight.cluster.run("delete", "pods", "-l", label, "--wait=true", "--grace-period=1")
    return visible.two_nodes(sight) or visible.endpoints(sight)


TESTS = (
    Test("accepted", visible.accepted, "se aplica en otro clúster", "applies to another cluster"),
    Test("again", again, "la promesa se cumple otra vez", "the promise holds again", 2, "accepted"),
)

WRONG = {
    "literal": "SOLUTION\ndeployment = deployment.replace('$(POD_NAME)', '$(HOSTNAME)')",
    "luck": "SOLUTION\nimport re\ndeployment = re.sub(r'      topologySpread(.|\\n)*?(?=      containers)', '', deployment)",
    "one_node": "SOLUTION\nimport re\ndeployment = re.sub(r'      topologySpread(.|\\n)*?(?=      containers)', '      nodeName: labkit-worker\\n', deployment)",
    "endpoints": "SOLUTION\nservice = service.replace('app: ' + task['app'], 'app: backend')",
    "unanswered": "SOLUTION\nservice = service.replace('8080', '80')",
    "replicas": "SOLUTION\ndeployment = deployment.replace('replicas: 2', 'replicas: 3')",
    "no_object": "SOLUTION\nservice = service.replace(task['service'], 'backend-service')",
    "uneven": "SOLUTION\nservice = service.replace('spec:', 'spec:\\n  sessionAffinity: ClientIP')",
    "silent": "SOLUTION\nclient = client.replace('wget -q -O- http://' + task['service'], 'date')",
}
