# Lesson 8, exercises. How these files are written: CONTRIBUTING.md, "Exercises".

# %% exercise="08.1" part="task"
from labkit import check, exercise, hint

task = exercise("08.1")
task

# %% exercise="08.1" part="answer"
# BEGIN SOLUTION
services = f"""
apiVersion: v1
kind: Service
metadata: {{name: api, namespace: {task["web"]}}}
spec:
  selector: {{app: api}}
  ports: [{{port: 80, targetPort: 8080}}]
---
apiVersion: v1
kind: Service
metadata: {{name: redis, namespace: {task["data"]}}}
spec:
  selector: {{app: redis}}
  ports: [{{port: 6379}}]
"""
api_url = "http://api"
redis_host = f"redis.{task['data']}"
# STARTER
# services = """
# apiVersion: v1
# kind: Service
# metadata: {name: api, namespace: ____}
# spec:
#   selector: {app: ____}
#   ports: [{port: ____, targetPort: ____}]
# ---
# apiVersion: v1
# kind: Service
# metadata: {name: redis, namespace: ____}
# spec:
#   selector: {app: ____}
#   ports: [{port: ____}]
# """
# api_url = None  # TODO
# redis_host = None  # TODO
# END SOLUTION
