"""Requests from this machine through ``kubectl port-forward``."""

from __future__ import annotations

import re
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from labkit.cluster.kubectl import Kubectl
from labkit.errors import LabError
from labkit.words import Words

OPENED = re.compile(r"Forwarding from 127\.0\.0\.1:(\d+)")
SECONDS = 60.0


def forward(kubectl: Kubectl, target: str, port: int, n: int, words: Words) -> list[str]:
    """``n`` requests, each with a connection of its own, through one port-forward.

    Gives the first line of each answer.  The tunnel listens on 127.0.0.1 alone, on a free port,
    and is closed at the end.  Raises ``LabError`` when it does not open or nobody answers.
    """
    answers: list[str] = []
    trouble: list[str] = []

    def on_line(line: str) -> bool:
        found = OPENED.search(line)
        if found is None:
            return True
        opener = build_opener(ProxyHandler({}))
        try:
            for _ in range(n):
                with opener.open(f"http://127.0.0.1:{found[1]}/", timeout=5) as answer:
                    answers.append(answer.read().decode("utf-8", "replace").splitlines()[0])
        except (URLError, OSError, IndexError) as error:
            trouble.append(str(error))
        return False

    command = ("port-forward", "--address", "127.0.0.1", target, f":{port}")
    said = kubectl.stream(*command, on_line=on_line, seconds=SECONDS)
    if len(answers) < n:
        why = trouble[0] if trouble else said.stderr.strip() or said.stdout.strip()
        raise LabError(words("lab.forward.silent", target=target, why=why))
    return answers
