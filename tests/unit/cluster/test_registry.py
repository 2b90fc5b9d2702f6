"""Back ends are chosen in the open."""

from __future__ import annotations

from pathlib import Path

import pytest

from labkit.clock import SystemClock
from labkit.cluster import base, embedded, registry
from labkit.cluster.paths import Home
from labkit.errors import ClusterError, UsageError
from labkit.words import Words

WORDS = Words("en")


def choose(name: str, folder: Path) -> registry.Choice:
    """Choose with an empty runtime folder."""
    return registry.choose(name, Home(folder), {}, SystemClock(), WORDS)


def test_auto_takes_the_first_that_can(tmp_path: Path) -> None:
    """With nothing but Python here, that is the embedded one."""
    assert choose("auto", tmp_path).cluster.name == "embedded"


def test_unknown_name_is_refused(tmp_path: Path) -> None:
    """A name that is none is refused, and the names there are are listed."""
    with pytest.raises(UsageError, match=r"minikube.*auto, embedded"):
        choose("minikube", tmp_path)


def test_why_none_can(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When none can run, the reason of each is told; asked by name, its own fix is."""
    monkeypatch.setattr(embedded, "find_spec", lambda _name: None)
    with pytest.raises(ClusterError, match=r"embedded: .*tornado"):
        choose("auto", tmp_path)
    with pytest.raises(ClusterError, match="pip install tornado"):
        choose("embedded", tmp_path)


def test_embedded_offers_what_lessons_ask_for(tmp_path: Path) -> None:
    """Lessons ask for capabilities, and the embedded cluster has them."""
    cluster = choose("embedded", tmp_path).cluster
    assert {base.NODE_RULES, base.MULTI_NODE, base.EXEC} <= cluster.capabilities


def test_the_environment_chooses_where_nobody_else_did(tmp_path: Path) -> None:
    """``LABKIT_BACKEND`` decides for ``auto`` alone, and a name in it that is none is refused."""
    environment = {"LABKIT_BACKEND": "minikube"}
    with pytest.raises(UsageError, match="minikube"):
        registry.choose("auto", Home(tmp_path), environment, SystemClock(), WORDS)
    found = registry.choose("embedded", Home(tmp_path), environment, SystemClock(), WORDS)
    assert found.cluster.name == "embedded"


def test_wish_for_another_back_end_is_refused(tmp_path: Path) -> None:
    """What a back end cannot grant is refused by the option's name, never ignored."""
    wishes = base.Wishes(image="kindest/node:v1.35.0")
    with pytest.raises(UsageError, match="--image"):
        registry.choose("embedded", Home(tmp_path), {}, SystemClock(), WORDS, wishes)


def test_auto_takes_the_cluster_that_is_up(tmp_path: Path) -> None:
    """A cluster on record is taken even where it could not be started again."""
    folder = tmp_path / "embedded"
    folder.mkdir()
    assert choose("embedded", tmp_path).cluster.recorded() == 0
    (folder / "objects.db").write_text("", encoding="utf-8")
    found = choose("auto", tmp_path)
    assert found.cluster.recorded() > 0
    assert found.passed_over == ()
