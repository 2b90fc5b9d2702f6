"""Hidden part of 05.2: other logs, some of three Pods."""

from labkit.grading.exercises.x05_2 import RANDOM, SAID, TESTS, TURNS, log  # noqa: F401


def cases(task, draw):
    kinds = [(how, pods) for how in (RANDOM, "tied", TURNS) for pods in (2, 3)]
    return {"judge_log": [[log(draw, how, 240, pods)] for how, pods in draw.shuffled(kinds)]}


_COUNT = "sum(one != other for one, other in zip(answers, answers[1:]))"
WRONG = {
    "balance": f"def judge_log(answers):\n    even = len({{answers.count(x) for x in answers}}) == 1\n    return ('round-robin' if even else 'random'), {_COUNT}",
    "repeats": f"def judge_log(answers):\n    s = {_COUNT}\n    return ('round-robin' if s == len(answers) - 1 else 'random'), len(answers) - 1 - s",
    "runs": f"def judge_log(answers):\n    s = {_COUNT}\n    return ('round-robin' if s == len(answers) - 1 else 'random'), s + 1",
    "constant": f"def judge_log(answers):\n    return 'round-robin', {_COUNT}",
    "pair": "def judge_log(answers):\n    return 'random'",
    "words": f"def judge_log(answers):\n    return 'azar', {_COUNT}",
}
