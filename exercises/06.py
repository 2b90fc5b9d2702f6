# Lesson 6, exercises. How these files are written: CONTRIBUTING.md, "Exercises".

# %% exercise="06.1" part="task"
from labkit import check, exercise, hint

task = exercise("06.1")
task

# %% exercise="06.1" part="answer"
cures = {
    # BEGIN SOLUTION
    "keep-alive": "new-connections",
    "grpc": "headless-client-balancing",
    "login": "client-ip-affinity",
    "database": "statefulset-pod-names",
    # STARTER
    # "keep-alive": None,
    # "grpc": None,
    # "login": None,
    # "database": None,
    # END SOLUTION
}

# %% exercise="06.2" part="task"
task = exercise("06.2")
task

# %% exercise="06.2" part="answer"
# BEGIN SOLUTION
client = "for i in $(seq {requests}); do curl -s http://{service}; done".format(**task)
# STARTER
# address = f"http://{task['service']} "
# client = "curl -s " + address * task["requests"]  # TODO: one change
# END SOLUTION
