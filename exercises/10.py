# Lesson 10, exercises. How these files are written: CONTRIBUTING.md, "Exercises".

# %% exercise="10.1" part="task"
from labkit import check, exercise, hint

task = exercise("10.1")
print(task["causes"], task["manifests"], sep="\n\n")

# %% exercise="10.1" part="answer"
# BEGIN SOLUTION
import re

probe = "\n        readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 1}"
signs = {
    "replicas": r"replicas: 0",
    "image": r"http-ecco",
    "loopback": r"127\.0\.0\.1",
    "readiness": r"8081",
    "selector": r"-app\}",
    "target-port": r"targetPort: 80\}",
    "named-port": r"targetPort: http\}",
    "node-selector": r"nodeSelector",
}
causes = {}
for deployment, service in zip(*[iter(task["manifests"].split("---\n"))] * 2):
    name = re.search(r"metadata: \{name: (\w+)\}", deployment)[1]
    causes[name] = next(c for c, sign in signs.items() if re.search(sign, deployment + service))
fixed = task["manifests"].replace("replicas: 0", "replicas: 1").replace("http-ecco", "http-echo")
fixed = fixed.replace("127.0.0.1", "").replace("8081", "8080").replace("-app}", "}")
fixed = re.sub(r"targetPort: (80|http)\}", "targetPort: 8080}", fixed)
fixed = re.sub(r"\n +nodeSelector: .*", "", fixed)
# STARTER
# causes = {"orders": None, "users": None, "cart": None, "stock": None}
# fixed = task["manifests"]  # TODO: .replace("what is wrong", "what is right") or a text of yours
# END SOLUTION
