"""The sets and rules of IPVS mode, loaded by the real ipset and iptables and printed back."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from labkit.kubeproxy.config import KubeProxyConfig
from tests.support import need
from tests.unit.ipvs.cluster import CONFIG, texts

SCRIPT = """set -e
ipset restore < sets
iptables-restore --noflush --counters < restore
iptables-save > first
iptables-restore < saved
iptables-save > second
ipset save > sets.back
"""


@pytest.fixture
def tools() -> None:
    """Root, network namespaces, ipset and iptables with sets."""
    need("linux", sys.platform == "linux" and os.geteuid() == 0, "needs root on Linux")
    missing = [name for name in ("ipset", "iptables-save", "unshare") if not shutil.which(name)]
    need("linux", not missing, f"not installed: {', '.join(missing)}")
    made = subprocess.run(
        ["unshare", "-n", "ipset", "list"], capture_output=True, check=False, timeout=30
    )
    need("linux", made.returncode == 0, "no ipsets in a network namespace here")


def rules_of(text: str) -> list[str]:
    """Tables and rules, without counters, comments and declarations."""
    return [line for line in text.splitlines() if line.startswith(("-A", "*"))]


def without_ipvs(text: str) -> str:
    """Leave out ``-m ipvs``: many kernels have no IPVS."""
    return "".join(line for line in text.splitlines(True) if "-m ipvs" not in line)


@pytest.mark.usefixtures("tools")
@pytest.mark.parametrize(
    "config",
    [CONFIG, KubeProxyConfig(mode="ipvs", masquerade_all=True), KubeProxyConfig(mode="ipvs")],
    ids=["cluster-cidr", "masquerade-all", "no-detector"],
)
def test_linux_prints_the_same(config: KubeProxyConfig, tmp_path: Path) -> None:
    """ipset and iptables load our texts and print sets and rules exactly as we do."""
    made = texts(config=config)
    (tmp_path / "sets").write_text(made.sets)
    (tmp_path / "restore").write_text(without_ipvs(made.restore))
    (tmp_path / "saved").write_text(without_ipvs(made.saved))
    run = subprocess.run(
        ["unshare", "-n", "sh", "-c", SCRIPT],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr
    wanted = rules_of(without_ipvs(made.saved))
    jumps = [
        line for line in wanted if re.match(r"-A (PREROUTING|INPUT|FORWARD|OUTPUT|POSTR)", line)
    ]
    assert sorted(rules_of((tmp_path / "second").read_text())) == sorted(wanted)
    # What was restored is the same without the jumps, which are made one by one.
    first = rules_of((tmp_path / "first").read_text())
    assert sorted(first) == sorted(line for line in wanted if line not in jumps)
    for chain in {line.split()[1] for line in wanted if line.startswith("-A KUBE")}:
        mine = [line for line in wanted if line.startswith(f"-A {chain} ")]
        assert [line for line in first if line.startswith(f"-A {chain} ")] == mine
    back = re.sub(r" initval \S+", "", (tmp_path / "sets.back").read_text())
    assert sorted(back.splitlines()) == sorted(made.sets.splitlines())
