"""A skipped group of tests is loud, and a failure where it is required."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT, need, needed


def test_a_missing_group_is_skipped_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without LABKIT_REQUIRE a missing judge skips, and the reason says what is missing."""
    monkeypatch.delenv("LABKIT_REQUIRE", raising=False)
    with pytest.raises(pytest.skip.Exception, match="linux: no iptables"):
        need("linux", False, "no iptables")


def test_a_required_group_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """With LABKIT_REQUIRE the same is a failure; other groups still skip."""
    monkeypatch.setenv("LABKIT_REQUIRE", "kubectl,linux")
    with pytest.raises(pytest.fail.Exception, match="linux: no iptables"):
        need("linux", False, "no iptables")
    with pytest.raises(pytest.skip.Exception):
        need("chromium", "", "no chromium")


def test_what_is_available_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """An available judge changes nothing, required or not."""
    monkeypatch.setenv("LABKIT_REQUIRE", "linux")
    need("linux", "/usr/sbin/iptables", "no iptables")


@pytest.mark.parametrize(("required", "closing"), [("", "2 skipped"), ("moon", "2 failed")])
def test_the_summary_names_the_group(tmp_path: Path, required: str, closing: str) -> None:
    """The end of a run lists each skipped group with its count and reason."""
    lines = ["from tests.support import need"]
    for name in ("test_a", "test_b"):
        lines += [f"def {name}():", "    need('moon', None, 'it is cloudy')"]
    (tmp_path / "test_moon.py").write_text("\n".join(lines))
    plain = ["-p", "no:nbval", "-o", "addopts=", "-p", "tests.conftest", "--rootdir", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *plain, str(tmp_path / "test_moon.py")],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PATH": "", "LABKIT_REQUIRE": required, "HOME": str(tmp_path)},
    )
    assert closing in done.stdout
    listed = "NOT RUN ON THIS MACHINE" in done.stdout
    assert listed == (not required)
    assert ("    2  moon: it is cloudy" in done.stdout) == (not required)


def test_a_module_that_a_group_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is imported; one that is not installed is a failure where its group is required."""
    monkeypatch.setenv("LABKIT_REQUIRE", "moon")
    assert needed("moon", "json").loads("1") == 1
    with pytest.raises(pytest.fail.Exception, match="moon: no no_such_module"):
        needed("moon", "no_such_module")
