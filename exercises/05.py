# Lesson 5, exercises. How these files are written: CONTRIBUTING.md, "Exercises".

# %% exercise="05.1" part="task"
from labkit import check, exercise, hint

task = exercise("05.1")
task


# %% exercise="05.1" part="answer"
def chain(n):
    # BEGIN SOLUTION
    return [1 / (n - place) for place in range(n)]
    # STARTER
    # return None  # TODO
    # END SOLUTION


# %% exercise="05.2" part="task"
task = exercise("05.2")
task["answers"][:6]


# %% exercise="05.2" part="answer"
def judge_log(answers):
    # BEGIN SOLUTION
    switches = sum(one != other for one, other in zip(answers, answers[1:]))
    verdict = "round-robin" if switches == len(answers) - 1 else "random"
    return verdict, switches
    # STARTER
    # return None  # TODO
    # END SOLUTION
