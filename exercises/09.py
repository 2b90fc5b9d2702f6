# Lesson 9, exercises. How these files are written: CONTRIBUTING.md, "Exercises".

# %% exercise="09.1" part="task"
from labkit import check, exercise, hint

task = exercise("09.1")
task

# %% exercise="09.1" part="answer"
# BEGIN SOLUTION
ready = task["pod"]["Ready"]
node_port = ready and task["service"]["type"] == "NodePort"
inside = {"cluster-ip": ready, "node-port": node_port, "pod-ip": True}
matrix = {place: inside for place in ("pod", "other-namespace", "node")}
matrix["laptop"] = {"cluster-ip": False, "node-port": node_port, "pod-ip": False}
guard = "network-policy"
# STARTER
# matrix = {
#     "pod": {"cluster-ip": None, "node-port": None, "pod-ip": None},
#     "other-namespace": {"cluster-ip": None, "node-port": None, "pod-ip": None},
#     "node": {"cluster-ip": None, "node-port": None, "pod-ip": None},
#     "laptop": {"cluster-ip": None, "node-port": None, "pod-ip": None},
# }
# guard = None  # one of task["guards"]
# END SOLUTION
