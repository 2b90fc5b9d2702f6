# Lesson 4, exercises. How these files are written: CONTRIBUTING.md, "Exercises".

# %% exercise="04.1" part="task"
from labkit import check, exercise, hint

task = exercise("04.1")
task

# %% exercise="04.1" part="answer"
# BEGIN SOLUTION
ends = {capture["capture"]: (capture["src"], capture["dst"]) for capture in task["captures"]}
asked = next(name for name, (_, dst) in ends.items() if dst.startswith("10.96."))
received = next(name for name, (src, _) in ends.items() if src.startswith("10.96."))
sent = next(name for name, (src, _) in ends.items() if src == ends[asked][0] and name != asked)
answered = next(name for name in ends if name not in (asked, sent, received))
order = [asked, sent, answered, received]
rule, hairpin = "KUBE-SEP", "node"
# STARTER
# order = None  # ["A", "B", "C", "D"] in the packet's order
# rule = None  # one of task["rules"]
# hairpin = None  # one of task["sources"]
# END SOLUTION
