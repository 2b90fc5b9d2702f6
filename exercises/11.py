# Lesson 11, exercises. How these files are written: CONTRIBUTING.md, "Exercises".

# %% exercise="11.1" part="task"
from labkit import check, exercise, hint

task = exercise("11.1")
task

# %% exercise="11.1" part="answer"
# BEGIN SOLUTION
manifests = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: SERVICE}
spec:
  replicas: REPLICAS
  selector: {matchLabels: {app: SERVICE}}
  template:
    metadata: {labels: {app: SERVICE}}
    spec:
      topologySpreadConstraints:
      - maxSkew: 1
        topologyKey: kubernetes.io/hostname
        whenUnsatisfiable: DoNotSchedule
        labelSelector: {matchLabels: {app: SERVICE}}
      containers:
      - name: echo
        image: hashicorp/http-echo:1.0.0
        args: ["-listen=:8080", "-text=Hello from $(POD_NAME)"]
        env: [{name: POD_NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]
---
apiVersion: v1
kind: Service
metadata: {name: SERVICE}
spec:
  selector: {app: SERVICE}
  ports: [{port: PORT, targetPort: 8080}]
"""
for word, value in (("SERVICE", "service"), ("REPLICAS", "replicas"), ("PORT", "port")):
    manifests = manifests.replace(word, str(task[value]))


def report(answers):
    switches = sum(one != other for one, other in zip(answers, answers[1:]))
    verdict = "round-robin" if switches == len(answers) - 1 else "random"
    counts = {name: answers.count(name) for name in set(answers)}
    return {"counts": counts, "switches": switches, "verdict": verdict}


cleanup = [
    f"kubectl delete service {task['service']}",
    f"kubectl delete deployment {task['service']}",
]
# STARTER
# manifests = """
# ____
# """
#
#
# def report(answers):
#     return None  # TODO
#
#
# cleanup = []
# END SOLUTION
