# Lesson 3, exercises. How these files are written: CONTRIBUTING.md, "Exercises".

# %% exercise="03.1" part="task"
from labkit import check, exercise, hint

task = exercise("03.1")
task

# %% exercise="03.1" part="answer"
deployment = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: hello}
spec:
  replicas: 2
  selector: {matchLabels: {app: greeter}}
  template:
    metadata: {labels: {app: greeter}}
    spec:
      containers:
      - name: hello
        image: hashicorp/http-echo:1.0.0
        # BEGIN SOLUTION
        args: ["-listen=:8080", "-text=Hello from Pod $(POD) on node $(NODE)"]
        env:
        - {name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
        - {name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
        # STARTER
        # args: ["-listen=:8080", "-text=Hello from Pod $(HOSTNAME) on node $(NODE)"]
        # env:
        # - {name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
        # END SOLUTION
"""

# %% exercise="03.1" part="answer"
# BEGIN SOLUTION
service = f"""
apiVersion: v1
kind: Service
metadata: {{name: {task["service"]}}}
spec:
  selector: {{app: greeter}}
  ports:
  - protocol: TCP
    port: {task["port"]}
    targetPort: 8080
"""
# STARTER
# service = """
# apiVersion: v1
# kind: ____
# metadata: {name: ____}
# spec:
#   selector: {app: ____}
#   ports:
#   - protocol: ____
#     port: ____
#     targetPort: ____
# """
# END SOLUTION
