"""What tests of every kind share.

A group of tests whose outside judge is missing (``linux``, ``kubectl``, ``chromium``, ...) is
skipped with a reason that the summary repeats; with ``LABKIT_REQUIRE=linux,kubectl`` in the
environment, as in CI, the same is a failure.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPResponse
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import pytest

ROOT = Path(__file__).resolve().parent.parent
SKIPPED_GROUP = "group not run here: "
Found = TypeVar("Found")


def need(group: str, available: object, reason: str) -> None:
    """Go on if ``available`` is true; else skip, or fail where the group is required.

    Call it in a test, in a fixture, or at the top of a module.  ``reason`` says what is missing
    and how to get it: "no iptables (apt install iptables)".
    """
    if available:
        return
    message = f"{SKIPPED_GROUP}{group}: {reason}"
    if group in os.environ.get("LABKIT_REQUIRE", "").split(","):
        pytest.fail(f"{message} (LABKIT_REQUIRE asks for it)", pytrace=False)
    pytest.skip(message, allow_module_level=True)


def needed(group: str, name: str) -> Any:
    """A module that a group's tests stand on, imported; without it the group cannot run."""
    try:
        return import_module(name)
    except ImportError as error:
        return need(group, None, f"no {error.name or name} (pip install -r requirements.lock)")


def labkit(*words: str, stdin: str = "", lang: str = "en") -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own: its status and what it printed."""
    return subprocess.run(
        [sys.executable, "-m", "labkit", "--lang", lang, *words],
        cwd=ROOT,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )


def eventually(ask: Callable[[], Found], within: float = 30, every: float = 0.05) -> Found:
    """What ``ask`` gives as soon as that is true; fails with what it gave last.

    For what follows a change only after a while: a controller's object, a node's rules.
    """
    end = time.monotonic() + within
    while not (found := ask()):
        assert time.monotonic() < end, f"after {within} s still {found!r}"
        time.sleep(every)
    return found


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers (lower case) and body of an HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @classmethod
    def of(cls, response: HTTPResponse) -> Answer:
        """The whole of an answer that has begun."""
        headers = {name.lower(): value for name, value in response.getheaders()}
        return cls(response.status, headers, response.read())

    @property
    def json(self) -> Any:
        """The body, which must be JSON."""
        return json.loads(self.body)
