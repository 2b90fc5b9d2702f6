"""The state file is believed only when it is whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from labkit.cluster import control

WHOLE = {"pid": 7, "port": 1, "secret": "hush", "started": "", "version": "1"}


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '{"pid": 7}', json.dumps({**WHOLE, "port": "x"}), "\x00\x01"],
)
def test_broken_state_is_no_state(tmp_path: Path, text: str) -> None:
    """A missing, half written or foreign file is the same as none."""
    path = tmp_path / "state.json"
    assert control.read_state(path) is None
    path.write_text(text, encoding="utf-8")
    assert control.read_state(path) is None


def test_state_does_not_show_its_secret(tmp_path: Path) -> None:
    """The secret is in the value and not in its repr."""
    path = tmp_path / "state.json"
    path.write_text(json.dumps(WHOLE), encoding="utf-8")
    state = control.read_state(path)
    assert state is not None
    assert state.secret == "hush"
    assert "hush" not in repr(state)


@pytest.mark.parametrize("port", [1, 0, -1, 70000])
def test_nobody_there(port: int) -> None:
    """A port on which nobody listens, or that is none, is no answer and no exception."""
    reply = control.ask(control.State(1, port, "hush"), "/readyz", timeout=2.0)
    assert reply.status == 0
    assert control.info(control.State(1, port, "hush"), timeout=2.0) is None
