"""The committed notebooks are what their sources say, in both languages."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.support import ROOT
from tools import build_notebooks

SOURCES = sorted((ROOT / "notebooks" / "src").glob("[0-9][0-9]_*.py"))
NOTEBOOKS = sorted((ROOT / "notebooks").glob("??/*.ipynb"))
ADDRESS = re.compile(r"127\.0\.0\.1:\d|/(?:home|root|Users)/")


def cells(path: Path, kind: str) -> list[dict[str, Any]]:
    """The cells of one kind of a notebook."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    return [cell for cell in notebook["cells"] if cell["cell_type"] == kind]


def headings(path: Path) -> list[int]:
    """The levels of all headings of a notebook, in order."""
    text = "\n".join("".join(cell["source"]) for cell in cells(path, "markdown"))
    return [len(mark) for mark in re.findall(r"^(#{1,6}) ", text, flags=re.MULTILINE)]


def test_notebooks_are_what_their_sources_say(capsys: pytest.CaptureFixture[str]) -> None:
    """A rebuild of every lesson in both languages changes no file."""
    status = build_notebooks.main(["--check"])
    assert status == 0, capsys.readouterr().out


def test_a_changed_notebook_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The check goes red when one letter of one notebook differs from its source."""
    source = tmp_path / "notebooks" / "src" / "00_x.py"
    source.parent.mkdir(parents=True)
    source.write_text(
        '# %% [markdown] lang="es"\n# # Hola\n\n# %% [markdown] lang="en"\n# # Hello\n\n# %%\n1\n',
        encoding="utf-8",
    )
    monkeypatch.setattr(build_notebooks, "ROOT", tmp_path)
    monkeypatch.setattr(build_notebooks, "SOURCES", source.parent)
    assert build_notebooks.main([]) == 0
    assert build_notebooks.main(["--check"]) == 0
    built = tmp_path / "notebooks" / "es" / "00-x.ipynb"
    built.write_text(built.read_text(encoding="utf-8").replace("Hola", "Ola"), encoding="utf-8")
    assert build_notebooks.main(["--check"]) == 1
    assert "es/00-x.ipynb" in capsys.readouterr().out


def test_a_text_without_its_twin_is_refused(tmp_path: Path) -> None:
    """A Spanish cell that nobody wrote in English stops the build."""
    source = tmp_path / "01_x.py"
    source.write_text('# %% [markdown] lang="es"\n# # Hola\n\n# %%\n1\n', encoding="utf-8")
    with pytest.raises(ValueError, match="twin"):
        build_notebooks.build(source, "es")


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_both_languages_share_code_and_shape(source: Path) -> None:
    """Same code, ids and tags; as many texts; headings of the same levels in the same order."""
    spanish, english = (build_notebooks.target(source, lang) for lang in ("es", "en"))
    for part in ("id", "source", "metadata"):
        assert [cell[part] for cell in cells(spanish, "code")] == [
            cell[part] for cell in cells(english, "code")
        ]
    assert len(cells(spanish, "markdown")) == len(cells(english, "markdown"))
    assert headings(spanish) == headings(english)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_committed_outputs_hold_no_port_secret_or_path(path: Path) -> None:
    """Nothing of the machine that ran a lesson is published with it."""
    for cell in cells(path, "code"):
        text = json.dumps(cell["outputs"], ensure_ascii=False)
        assert not ADDRESS.search(text), f"{path.name}, cell {cell['id']}"
        assert "ename" not in text, f"{path.name}, cell {cell['id']} ended in an error"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_lessons_are_committed_with_their_outputs(path: Path) -> None:
    """A reader on a code host sees what every code cell gave."""
    without = [cell["id"] for cell in cells(path, "code") if cell["execution_count"] is None]
    assert not without, f"run: python tools/build_notebooks.py --execute {path.stem[:2]}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_code_cells_are_short_and_introduced(path: Path) -> None:
    """Median of at most 3 lines, none over 20, never more than two code cells in a row."""
    lengths = sorted(len("".join(cell["source"]).splitlines()) for cell in cells(path, "code"))
    assert lengths[len(lengths) // 2] <= 3
    assert lengths[-1] <= 20
    kinds = [cell["cell_type"][0] for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]]
    assert "ccc" not in "".join(kinds)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_links_between_lessons_resolve(path: Path) -> None:
    """Every relative link leads to a file of the repository."""
    for cell in cells(path, "markdown"):
        for link in re.findall(r"\]\(([^)#]+)\)", "".join(cell["source"])):
            if "://" not in link:
                assert (path.parent / link).exists(), f"{path.name}: {link}"


LOOSE = {
    "drawn": "who answered: drawn for each connection, and the client's loop draws in between",
    "waits": "what kubectl says while it waits for Pods",
    "dated": "a time, a version or a uid of an object",
}
"""Why the outputs of a cell may differ from the committed ones; all others are compared."""


def test_outputs_are_compared_but_where_a_reason_is_given() -> None:
    """A cell that nbval does not compare says why by a second tag; three of four are compared."""
    loose = code = 0
    for path in NOTEBOOKS:
        for cell in cells(path, "code"):
            tags = set(cell["metadata"].get("tags", ()))
            code += 1
            loose += "nbval-ignore-output" in tags
            reasons = tags & LOOSE.keys()
            assert len(reasons) == ("nbval-ignore-output" in tags), f"{path.name} {cell['id']}"
    assert loose <= code / 4
