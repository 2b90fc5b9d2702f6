"""Real iptables takes our text, and prints it back as we say it does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, assume, given, settings

from labkit.kubeproxy.syncer import Syncer
from tests.golden.kubeproxy.ruletext import chains
from tests.property.kubeproxy_clusters import Cluster, clusters
from tests.support import need

pytestmark = pytest.mark.linux

PROGRAMS = ("unshare", "iptables-nft", "iptables-legacy", "ip6tables-nft", "ip6tables-legacy")


@pytest.fixture(scope="module", autouse=True)
def _linux() -> None:
    """These tests need root, network namespaces and both kinds of iptables."""
    need("linux", sys.platform == "linux" and os.geteuid() == 0, "not root on Linux")
    missing = [name for name in PROGRAMS if not shutil.which(name)]
    need("linux", not missing, f"missing {', '.join(missing)} (apt install iptables)")
    tried = subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False)
    need("linux", tried.returncode == 0, "no network namespaces here")


def iptables(cluster: Cluster, *texts: str) -> str:
    """Load texts one after the other in a namespace of its own; what is saved then.

    A cluster CIDR of everything makes kube-proxy write ``! -s 0.0.0.0/0``, which iptables-nft
    refuses to load: such clusters are asked of iptables-legacy alone.
    """
    refused = any("! -s 0.0.0.0/0" in text or "! -s ::/0" in text for text in texts)
    assume(not (refused and cluster.proxy.backend == "nft"))
    program = "iptables" if cluster.proxy.family == "ipv4" else "ip6tables"
    program += f"-{cluster.proxy.backend}"
    script = ""
    for number, text in enumerate(texts):
        script += f"{program}-restore --noflush --counters <<'END{number}' || exit 9\n"
        script += f"{text}END{number}\n"
    done = subprocess.run(
        ["unshare", "--net", "sh", "-c", f"{script}{program}-save"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def own(text: str) -> dict[tuple[str, str], list[str]]:
    """The chains that a restore text makes (the built-in ones, canaries and an empty
    KUBE-FIREWALL are made by other commands at kube-proxy's start)."""
    return {
        key: lines
        for key, lines in chains(text).items()
        if key[1].startswith("KUBE-")
        and key[1] != "KUBE-PROXY-CANARY"
        and (lines or key[1] != "KUBE-FIREWALL")
    }


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(clusters(nfacct=False))
def test_iptables_prints_what_save_text_says(cluster: Cluster) -> None:
    """Loaded into iptables and saved again, the restore text reads as our saved text; and
    the saved text itself can be loaded and comes back unchanged."""
    restore = cluster.proxy.restore_text(cluster.services, cluster.slices)
    save = cluster.proxy.save_text(cluster.services, cluster.slices)
    assert own(iptables(cluster, restore)) == own(save)
    assert chains(iptables(cluster, save)) == chains(save)


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(clusters(nfacct=False))
def test_iptables_takes_partial_syncs(cluster: Cluster) -> None:
    """Real iptables takes a full sync, a partial one with fewer slices, one without any
    Service, and ends up with the rules that the syncer says are there."""
    syncer = Syncer(cluster.proxy)
    texts = [
        syncer.sync(cluster.services, cluster.slices).text,
        syncer.sync(cluster.services, cluster.slices[1:]).text,
    ]
    assert own(iptables(cluster, *texts)) == own(syncer.save_text())
    texts.append(syncer.sync((), ()).text)
    assert own(iptables(cluster, *texts)) == own(syncer.save_text())
