# Lesson 7, exercises. How these files are written: CONTRIBUTING.md, "Exercises".

# %% exercise="07.1" part="task"
from labkit import check, exercise, hint

task = exercise("07.1")
task

# %% exercise="07.1" part="answer"
# BEGIN SOLUTION
deployment = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: APP}
spec:
  replicas: 2
  selector: {matchLabels: {app: APP}}
  template:
    metadata: {labels: {app: APP}}
    spec:
      topologySpreadConstraints:
      - maxSkew: 1
        topologyKey: kubernetes.io/hostname
        whenUnsatisfiable: DoNotSchedule
        nodeTaintsPolicy: Honor
        labelSelector: {matchLabels: {app: APP}}
      containers:
      - name: echo
        image: hashicorp/http-echo:1.0.0
        args: ["-listen=:8080", "-text=Hello from Pod $(POD_NAME) on node $(NODE_NAME)"]
        env:
        - {name: POD_NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
        - {name: NODE_NAME, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
""".replace("APP", task["app"])
service = f"""
apiVersion: v1
kind: Service
metadata: {{name: {task["service"]}}}
spec:
  selector: {{app: {task["app"]}}}
  ports: [{{port: 80, targetPort: 8080}}]
"""
client = f"""
apiVersion: v1
kind: Pod
metadata: {{name: {task["client"]}}}
spec:
  containers:
  - name: busybox
    image: busybox:1.36
    command: ["sh", "-c", "while true; do wget -q -O- http://{task["service"]}; echo; sleep 1; done"]
"""
# STARTER
# deployment = """
# ____
# """
# service = """
# ____
# """
# client = """
# ____
# """
# END SOLUTION
