# Lesson 2, exercises. How these files are written: CONTRIBUTING.md, "Exercises".

# %% exercise="02.1" part="task"
from labkit import check, exercise, hint

task = exercise("02.1")
task

# %% exercise="02.1" part="answer"
# BEGIN SOLUTION
app, pods, slices = task["service"]["name"], {pod["name"]: True for pod in task["pods"]}, []
for event in task["events"]:
    name = event.split()[0].removeprefix("pod/").rstrip(":")
    if event.startswith("kubectl delete pod") or event.startswith("kubectl label pod"):
        del pods[event.split()[3]]
    elif "Ready=False" in event:
        pods[name] = False
    slices.append([pod for pod, ready in pods.items() if ready])
# STARTER
# slices = [
#     None,  # after event 1: ["name", ...]
#     None,
#     None,
#     None,
#     None,
# ]
# END SOLUTION
