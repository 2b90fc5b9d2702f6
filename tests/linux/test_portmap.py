"""The rules of host ports beside kube-proxy's: Linux loads them, and does the same with them."""

from __future__ import annotations

import pytest

from labkit.embedded.network.portmap import PodPorts, PortMap, added
from labkit.netns.verify import verify
from labkit.ruleset import Ruleset
from tests.linux.rulesets import BACKENDS, known
from tests.linux.wire import require_linux

pytestmark = pytest.mark.linux

NODE = "172.18.0.3"
MANY = [PortMap("tcp", "", 9000 + number, number) for number in range(1, 18)]
PODS = (
    PodPorts("a1", "10.244.1.20", "10.244.1.0/24", (PortMap("tcp", "127.0.0.1", 54323, 8080),)),
    PodPorts("b2", "10.244.1.21", "10.244.1.0/24", (PortMap("tcp", NODE, 54323, 8080),)),
    PodPorts(
        "c3", "10.244.1.22", "10.244.1.0/24",
        (PortMap("udp", NODE, 54323, 8080), *MANY),
    ),
)  # fmt: skip


@pytest.mark.parametrize("backend", BACKENDS)
def test_linux_agrees(backend: str) -> None:
    """Three Pods with one number, and one with more ports than a rule can name."""
    require_linux()
    save = next(one for one in known() if one.name == "base2/worker")
    rules = Ruleset.parse(added(save.text, PODS))
    assert len([r for r in rules["nat"]["CNI-HOSTPORT-DNAT"].rules if "multiport" in r.text]) == 5
    found = verify(rules, backend, local=(NODE,))
    assert found.packets > 100
    assert not found.differences, found.differences[0]
