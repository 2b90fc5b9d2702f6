"""Links inside the repository lead somewhere: the file is there, and so is the heading."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from urllib.parse import unquote

import nbformat
import pytest

from tests.support import ROOT

LINK = re.compile(
    r"(?<!!)\[[^\]\[]*\]\(([^()\s]+(?:\([^()]*\))?[^()\s]*)\)|\b(?:href|src)=\"([^\"]+)\""
)
PICTURE = re.compile(r"!\[[^\]]*\]\(([^()\s]+)\)")
CODE = re.compile(r"^(```|~~~).*?^\1|`[^`\n]*`", flags=re.MULTILINE | re.DOTALL)


def pages() -> list[Path]:
    """The repository's Markdown, and the lessons."""
    command = ["git", "ls-files", "*.md", "notebooks/*.ipynb"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split() if "seed" not in name and "tests/" not in name]


def text_of(path: Path) -> str:
    """Its Markdown, without code."""
    if path.suffix != ".ipynb":
        return CODE.sub(" ", path.read_text(encoding="utf-8"))
    cells = nbformat.read(path, as_version=4).cells
    text = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return CODE.sub(" ", text)


def anchors(path: Path) -> set[str]:
    """The headings of a page as a code host names them."""
    raw = path.read_text(encoding="utf-8") if path.suffix == ".md" else text_of(path)
    outside = re.sub(r"^(```|~~~).*?^\1", "", raw, flags=re.MULTILINE | re.DOTALL)
    found: list[str] = []
    for title in re.findall(r"^#{1,6} +(.+?) *$", outside, flags=re.MULTILINE):
        slug = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
        found.append(f"{slug}-{found.count(slug)}" if slug in found else slug)
    return set(found)


def broken(path: Path) -> list[str]:
    """The links of a page that lead nowhere."""
    text = text_of(path)
    links = [one or other for one, other in LINK.findall(text)] + PICTURE.findall(text)
    found = []
    for link in links:
        if re.match(r"[a-z]+:|//|/", link):
            continue  # another site
        name, _, heading = link.partition("#")
        target = (path.parent / unquote(name)).resolve() if name else path
        if not target.exists() or (
            heading and target.suffix == ".md" and unquote(heading) not in anchors(target)
        ):
            found.append(link)
    return found


@pytest.mark.parametrize("path", pages(), ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files_and_headings(path: Path) -> None:
    """Every link without a scheme leads to a file that is there, and to a heading that it has."""
    assert broken(path) == []


def test_a_broken_link_is_noticed(tmp_path: Path) -> None:
    """A file that is not there, and a heading that is called otherwise; code holds no links."""
    (tmp_path / "there.md").write_text("# Ein Titel: *zwei*\n\n## One\n", encoding="utf-8")
    page = tmp_path / "page.md"
    page.write_text(
        "[a](there.md) [b](there.md#ein-titel-zwei) [c](gone.md) [d](there.md#two) [e](#here)\n"
        "`[f](g)` ![h](none.svg) [i](https://example.org/x)\n\n# Here\n",
        encoding="utf-8",
    )
    assert broken(page) == ["gone.md", "there.md#two", "none.svg"]
