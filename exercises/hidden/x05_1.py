"""Hidden part of 05.1: other numbers of endpoints, up to 64."""

from labkit.grading.exercises.x05_1 import SAID, TESTS  # noqa: F401


def cases(task, draw):
    return {"chain": [[n] for n in (draw.between(7, 20), draw.between(21, 63), 64)]}


WRONG = {
    "same_share": "def chain(n):\n    return [1 / n] * n",
    "skewed": "def chain(n):\n    return [1 / n, (n - 1) / n] + [1] * (n - 2) if n > 2 else [0.5, 1][2 - n:]",
    "no_last": "def chain(n):\n    return [1 / (n - i) for i in range(n - 1)]",
    "length": "def chain(n):\n    return [0.25, 1 / 3, 0.5, 1]",
    "percent": "def chain(n):\n    return [100 / (n - i) for i in range(n)]",
    "first_takes_all": "def chain(n):\n    return [1 / (i + 1) for i in range(n)]",
    "late": "def chain(n):\n    return [1 / (n + 1)] * (n - 1) + [1] if n > 1 else [1]",
    "not_a_list": "def chain(n):\n    return '1/n'",
}
