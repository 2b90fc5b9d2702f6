"""The house stands as docs/architecture.md says: floors, owners, sizes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.architecture import floors
from tests.architecture.house import House, long_parts
from tests.support import ROOT

Check = Callable[[House], list[str]]
CHECKS: tuple[Check, ...] = (
    House.strangers,
    House.upward,
    House.inner,
    House.cycles,
    House.trespassers,
    House.own_clocks,
    House.too_long,
)


@pytest.fixture(scope="module")
def labkit() -> House:
    """The package as it stands here, read once."""
    return House(ROOT / "labkit")


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_labkit_keeps_its_own_rules(labkit: House, check: Check) -> None:
    """No file of labkit breaks the rule."""
    broken = check(labkit)
    assert not broken, "\n".join(broken)


def test_helpers_keep_the_ceilings() -> None:
    """run.py, the tools and the benchmarks keep the same ceilings as labkit."""
    paths = [ROOT / "run.py", *(ROOT / "tools").rglob("*.py"), *(ROOT / "bench").rglob("*.py")]
    broken = [sentence for path in paths for sentence in long_parts(path)]
    assert not broken, "\n".join(broken)


def test_every_room_is_described() -> None:
    """Each room of labkit has its line in docs/architecture.md."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = {path.name for path in (ROOT / "labkit").iterdir() if (path / "__init__.py").exists()}
    missing = sorted(room for room in rooms if f"`{room}/`" not in text)
    assert not missing, f"docs/architecture.md does not tell what these are for: {missing}"


# ---- the judge is judged: each rule, broken on purpose -----------------------------------

# check, file, what it holds, and a word that the complaint must contain
PLANTED: tuple[tuple[Check, str, str, str], ...] = (
    (House.strangers, "attic.py", "", "attic"),
    (House.strangers, "attic/__init__.py", "", "attic"),
    (House.upward, "xt/mark.py", "from labkit.netfilter import walk", "netfilter"),
    (House.upward, "xt/mark.py", "import labkit.cli", "cli"),
    (House.upward, "model/packet.py", "from labkit import open_lab", "__init__"),
    (House.upward, "model/packet.py", "from ..xt import mark", "xt"),
    (House.upward, "kubeproxy/a.py", "def f():\n    from labkit.netfilter import b", "netfilter"),
    (House.upward, "plan.py", "from labkit.clock import Clock", "clock"),
    (House.inner, "embedded/schema/a.py", "from labkit.embedded import store", "store"),
    (House.inner, "embedded/kinds/a.py", "from ..api import server", "api"),
    (House.trespassers, "embedded/a.py", "from kubernetes import client", "kubernetes"),
    (House.trespassers, "embedded/a.py", "def f():\n    import kubernetes.client", "kubernetes"),
    (House.trespassers, "netfilter/walk.py", "import numpy as np", "numpy"),
    (House.trespassers, "xt/mark.py", "import numpy", "inside the function"),
    (House.trespassers, "lab/a.py", "import matplotlib.pyplot", "viz"),
    (House.trespassers, "cli/a.py", "import ipywidgets", "viz"),
    (House.trespassers, "lab/a.py", "import anywidget", "viz"),
    (House.trespassers, "netfilter/a.py", "import subprocess", "cluster"),
    (House.trespassers, "netfilter/a.py", "from random import choice", "draws"),
    (House.trespassers, "embedded/a.py", "import time", "clock"),
    (House.trespassers, "ruleset/a.py", "import tornado", "pure"),
    (House.trespassers, "errors.py", "import yaml", "pure"),
    (House.own_clocks, "lab/a.py", "import datetime\ndatetime.datetime.now()", "clock"),
    (House.too_long, "lab/a.py", "x = 1\n" * (floors.LONGEST_FILE + 1), "lines"),
    (
        House.too_long,
        "lab/a.py",
        "def f():\n" + "    x = 1\n" * floors.LONGEST_FUNCTION,
        "f has",
    ),
)


@pytest.mark.parametrize(("check", "file", "text", "word"), PLANTED)
def test_a_broken_rule_is_noticed(
    tmp_path: Path, check: Check, file: str, text: str, word: str
) -> None:
    """A rule broken on purpose is found, with the file's name."""
    complaints = check(House(a_sound_house(tmp_path, {file: text})))
    assert len(complaints) == 1, complaints
    assert file.removesuffix("/__init__.py") in complaints[0]
    assert word in complaints[0]


def test_a_circle_is_noticed(tmp_path: Path) -> None:
    """Two modules that import each other, one of them inside a function, are a circle."""
    house = a_sound_house(
        tmp_path,
        {
            "lab/a.py": "from labkit.lab import b",
            "lab/b.py": "def f():\n    from labkit.lab.a import x",
        },
    )
    (circle,) = House(house).cycles()
    assert "lab.a" in circle
    assert "lab.b" in circle


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_sound_house_has_no_complaints(tmp_path: Path, check: Check) -> None:
    """What the rules allow is not complained about."""
    house = a_sound_house(
        tmp_path,
        {
            "xt/mark.py": "def f():\n    import numpy",
            "netfilter/batch.py": "import numpy\nfrom labkit.xt import mark",
            "netfilter/draws.py": "import random",
            "cluster/a.py": "import kubernetes, subprocess\nfrom labkit import __version__",
            "embedded/kinds/a.py": "from labkit.embedded.schema import b",
            "viz/a.py": "import typing\nif typing.TYPE_CHECKING:\n    import kubernetes",
        },
    )
    assert check(House(house)) == []


def a_sound_house(folder: Path, files: dict[str, str]) -> Path:
    """A package called labkit with some rooms, and these files in it."""
    package = folder / "labkit"
    for name in ("", "model", "xt", "netfilter", "embedded", "embedded/schema", "cli"):
        (package / name).mkdir(exist_ok=True)
        (package / name / "__init__.py").write_text("")
    for name, text in {"embedded/store.py": "", **files}.items():
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / "__init__.py").touch()
        path.write_text(text + "\n")
    return package
