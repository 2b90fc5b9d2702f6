"""Hidden part of 06.2: measured once more, in another cluster."""

from labkit.grading.exercises.x06_2 import SAID, TESTS, cases  # noqa: F401

WRONG = {
    "shared": "client = f\"for i in $(seq 30); do curl -s http://{task['service']} http://{task['service']}; done\"",
    "pinned": "client = 'curl -s ' + f\"http://{task['service']} \" * task['requests']",
    "few": "client = f\"for i in $(seq 20); do curl -s http://{task['service']}; done\"",
    "many": "client = f\"for i in $(seq 99); do curl -s http://{task['service']}; done\"",
    "none": "client = f\"for i in $(seq {task['requests']}); do curl -s http://backend; done\"",
}
