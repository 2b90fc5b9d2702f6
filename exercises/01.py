# Lesson 1, exercises. How these files are written: CONTRIBUTING.md, "Exercises".

# %% exercise="01.1" part="task"
from labkit import check, exercise, hint

task = exercise("01.1")
task["cluster"]

# %% exercise="01.1" part="answer"
def find_vip(cluster):
    # BEGIN SOLUTION
    vip, interfaces, rules = cluster["vip"], [], []
    for name, node in cluster["nodes"].items():
        for interface, addresses in node["interfaces"].items():
            if vip in addresses:
                interfaces.append(f"{name}/{interface}")
        words = node["rules"].replace("/32", " ").replace(":", " ").split()
        if vip in words:
            rules.append(name)
    return {"interfaces": interfaces, "rules": rules}
    # STARTER
    # return None  # TODO
    # END SOLUTION
