"""What costs much is imported late: asked of Python itself, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = ("IPython", "anywidget", "ipywidgets", "kubernetes", "matplotlib", "numpy", "papermill")


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("labkit", (*HEAVY, "tornado", "yaml")),
        ("labkit.cli", (*HEAVY, "tornado", "yaml")),
        ("labkit.kubeproxy", (*HEAVY, "tornado", "yaml")),
        ("labkit.netfilter", (*HEAVY, "tornado", "yaml")),
        ("labkit.embedded.server", HEAVY),
        ("labkit.lab", HEAVY),
        ("labkit.lab.api", (*HEAVY, "tornado", "yaml")),
        ("labkit.viz", ("kubernetes", "papermill", "tornado")),
    ],
)
def test_importing_is_light(module: str, heavy: tuple[str, ...]) -> None:
    """Importing the module alone loads none of the heavy libraries."""
    assert loaded(module, heavy) == []


def test_a_heavy_import_would_be_noticed() -> None:
    """The question finds a library that is loaded."""
    assert loaded("numpy", HEAVY) == ["numpy"]


def loaded(module: str, libraries: tuple[str, ...]) -> list[str]:
    """Which of the libraries a fresh Python holds after importing the module."""
    code = f"import json, sys, {module}; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return sorted(set(json.loads(done.stdout)) & set(libraries))
