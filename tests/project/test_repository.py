"""What people find when they open the repository is there, true and their own to use."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.support import ROOT, need

# Package registries and their mirrors: an address in a file would tie everyone to it.
REGISTRIES = ("pypi", "pythonhosted", "npmjs", "anaconda", "jsdelivr", "unpkg", "crates")
ADDRESS = re.compile(r"\b(" + "|".join(REGISTRIES) + r")\.(org|com|io|net)\b", re.IGNORECASE)
# A folder on one person's machine means nothing on another's.
SOMEBODYS_FOLDER = re.compile(r"(?<![\w.])/(home|Users|root)/(?!(?:USER|jovyan|me|you)\b)\w+")
LESSON_ROW = re.compile(r"^\|\s*(\d+)\s*\|(.*)\|$", re.MULTILINE)
READMES = ("README.md", "README.es.md")


def tracked() -> list[Path]:
    """Every file of the repository."""
    listed = subprocess.run(["git", "ls-files", "-z"], check=False, capture_output=True, cwd=ROOT)
    need("git", listed.returncode == 0, "this is not a git checkout")
    paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    return [path for path in paths if path.is_file()]


def text_of(path: Path) -> str:
    """The text of a file; "" for pictures and packed tables."""
    data = path.read_bytes()
    return "" if b"\0" in data else data.decode("utf-8")


def test_no_file_names_a_registry() -> None:
    """Where packages come from is a matter of whoever installs them."""
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in tracked()
        for match in ADDRESS.finditer(text_of(path))
    ]
    assert not found, "\n".join(found)


def test_no_file_names_a_folder_of_one_machine() -> None:
    """No path under somebody's home is written down, in outputs of notebooks neither."""
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in tracked()
        for match in SOMEBODYS_FOLDER.finditer(text_of(path))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "text", ["https://" + "pypi" + ".org/simple", "cdn." + "jsdelivr" + ".net"]
)
def test_an_address_would_be_noticed(text: str) -> None:
    """The pattern for registries finds the usual ones."""
    assert ADDRESS.search(text)


def test_text_is_utf8_with_plain_line_ends() -> None:
    """Every text file can be read everywhere: UTF-8, line ends as on Unix."""
    for path in tracked():
        assert "\r" not in text_of(path), path


def test_the_licence_is_whole() -> None:
    """LICENSE is the Apache License 2.0 from its title to its end."""
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Version 2.0, January 2004" in text
    assert all(f"   {number}. " in text for number in range(1, 10))
    assert "END OF TERMS AND CONDITIONS" in text


def test_both_readmes_show_the_same_course() -> None:
    """The two tables have the same twelve lessons, and a link only where a lesson exists."""
    for name, lang in zip(READMES, ("en", "es"), strict=True):
        text = (ROOT / name).read_text(encoding="utf-8")
        rows = dict(LESSON_ROW.findall(text))
        assert sorted(rows, key=int) == [str(number) for number in range(12)], name
        for number, row in rows.items():
            existing = list((ROOT / "notebooks" / lang).glob(f"{int(number):02d}-*.ipynb"))
            assert ("](" in row) == bool(existing), f"{name}, lesson {number}"


@pytest.mark.parametrize("name", [*READMES, "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_lead_somewhere(name: str) -> None:
    """Every relative link and picture of a page exists."""
    text = (ROOT / name).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)", text):
        if not target.startswith(("https://", "mailto:")):
            assert (ROOT / target).exists(), f"{name}: {target}"


@pytest.mark.parametrize("name", READMES)
def test_the_readme_gives_the_two_commands(name: str) -> None:
    """Both commands stand in the README as .ci/run and people type them."""
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "\npython3 run.py lab\n" in text
    assert "\npython3 run.py test\n" in text


def test_ci_installs_what_is_missing_and_runs_the_readmes_command(tmp_path: Path) -> None:
    """.ci/run asks apt only for missing packages, requires every group, and calls run.py."""
    need("bash", Path("/bin/bash").exists(), "no /bin/bash")
    said = tmp_path / "said"
    stubs = {
        "dpkg-query": '[ "$4" = ipset ] || echo install ok installed',
        "apt-get": f'echo "apt-get $*" >> {said}',
        "python3": f'echo "python3 $* $LABKIT_REQUIRE" >> {said}; exit 7',
    }
    for name, script in stubs.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [str(ROOT / ".ci" / "run")],
        check=False,
        capture_output=True,
        env={**os.environ, "PATH": path},
        cwd=tmp_path,
    )
    assert done.returncode == 7
    *before, last = said.read_text().splitlines()
    groups = "linux,kubectl,chromium,bwrap,hunspell,mount,dask,getent,bash,binder"
    assert last == f"python3 run.py test {groups}"
    if os.geteuid() == 0:
        assert before[0].startswith("apt-get update")
        assert before[1].endswith("install -q -y --no-install-recommends ipset")
    else:
        assert before == []
        assert b"ipset" in done.stderr
