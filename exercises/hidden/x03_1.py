"""Hidden part of 03.1: the same manifests in a namespace where a stranger's Pod listens too."""

import json

from labkit.grading.exercises import x03_1 as visible
from labkit.grading.exercises.x03_1 import cases, pods_of, url  # noqa: F401
from labkit.grading.nouns import Said, Test, because

SAID = {
    **visible.SAID,
    "stranger": Said(
        "El Service también elige Pods de otra aplicación.",
        "The Service chooses Pods of another application too.",
        "¿Qué etiqueta tienen solo los tuyos?",
        "Which label do only yours have?",
        "M3",
    ),
}


def apart(sight):
    """After a Pod of another application came, still only ours answer."""
    stage = sight.cluster
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "stranger", "labels": {"team": "other"}},
        "spec": {
            "containers": [
                {
                    "name": "echo",
                    "image": "hashicorp/http-echo:1.0.0",
                    "args": ["-listen=:8080", "-text=stranger"],
                }
            ]
        },
    }
    stage.apply(json.dumps(pod))
    stage.settle(1, "team=other")
    said = stage.ask(url(sight), 20)
    return because("stranger") if "stranger" in said or len(said) < 20 else None


TESTS = (
    Test("again", visible.accepted, "se aplica en otro clúster", "applies to another cluster"),
    Test("apart", apart, "solo responden los suyos", "only its own answer", 1, "again"),
)

_SERVICE = """
service = f'''
apiVersion: v1
kind: Service
metadata: {{{{name: {name}}}}}
spec:
  selector: {{{{app: {app}}}}}
  ports: [{{{{protocol: TCP, port: {port}, targetPort: {target}}}}}]
'''
"""
_GOOD = {"name": "{task['service']}", "app": "greeter", "port": "{task['port']}", "target": "8080"}


def _service(**wrong):
    return "SOLUTION" + _SERVICE.format(**{**_GOOD, **wrong})


WRONG = {
    "literal": "SOLUTION\ndeployment = deployment.replace('$(POD)', '$(HOSTNAME)')",
    "no_pod": "SOLUTION\ndeployment = deployment.replace('Pod $(POD)', 'Pod hello')",
    "selector": _service(app="hello"),
    "target_port": _service(target="{task['port']}"),
    "port": _service(port="8079"),
    "no_service": _service(name="hello"),
    "node": "SOLUTION\ndeployment = deployment.replace('$(NODE)', 'this one')",
    "generic.kubectl": _service(port="http"),
    "generic.blanks": "SOLUTION\nservice = service.replace('greeter', '____')",
}
