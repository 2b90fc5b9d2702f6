"""``labkit replay`` beside iptables: the same packets, the counters of ``iptables-save -c``."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from labkit.netfilter.replay import INTERFACES, ROUTES, arrivals
from labkit.netns.linux import Linux
from tests.linux.rulesets import known
from tests.linux.wire import require_linux
from tests.support import ROOT

pytestmark = pytest.mark.linux
BACKENDS = ("nft", "legacy")
KEYS = ["verdict", "src", "sport", "dst", "dport", "mark", "out"]
BARE = """*nat
-A PREROUTING -d 10.96.0.1 -p tcp --dport 80 -j DNAT --to-destination 203.0.113.9:8080
-A POSTROUTING -s 10.244.0.0/16 -j MASQUERADE
COMMIT
*filter
:FORWARD DROP [0:0]
:OWN - [0:0]
:NEVER - [0:0]
-A INPUT -p udp -j REJECT
-A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT
-A FORWARD -m conntrack --ctstate NEW -m statistic --mode nth --every 3 --packet 0 -j OWN
-A FORWARD -p tcp --tcp-flags SYN,ACK SYN -j ACCEPT
-A OWN -p tcp -m mark --mark 0x4000/0x4000 -j REJECT --reject-with tcp-reset
COMMIT
*mangle
-A PREROUTING -s 10.244.1.4 -j MARK --or-mark 0x4000
COMMIT
"""


@pytest.fixture(autouse=True)
def _needs_linux() -> None:
    require_linux()


def packets() -> list[dict[str, Any]]:
    """SYNs, answers and datagrams of a few clients, to a Service, to strangers, to the node.

    No two clients have a port in common: of two Linux gives one another, by chance.
    """
    luck = random.Random(7)
    made = []
    for _ in range(400):
        number = luck.randrange(2, 6)
        client, port = f"10.244.1.{number}", luck.randrange(30000, 30010) + 100 * number
        there = {"src": client, "sport": port, "dport": 80}
        kind = luck.random()
        if kind < 0.5:
            made.append({**there, "dst": "10.96.0.1", "proto": "tcp", "flags": "S"})
        elif kind < 0.7:
            back = {"src": "203.0.113.9", "sport": 8080, "dst": "192.168.78.1", "dport": port}
            made.append({**back, "proto": "tcp", "flags": "SA"})
        elif kind < 0.8:
            made.append({**there, "dst": "10.96.0.1", "proto": "tcp", "flags": "A"})
        elif kind < 0.9:
            made.append({**there, "dst": "192.168.77.1", "proto": "udp"})
        else:
            made.append({**there, "dst": "198.51.100.1", "proto": "tcp", "flags": "S"})
    return made


def saved(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """(rules, policies) as counts of packets, read from iptables-save -c with plain splitting."""
    rules: dict[str, Any] = {}
    policies: dict[str, Any] = {}
    table = ""
    for line in text.splitlines():
        words = line.replace("[", "").replace("]", "").split()
        if line.startswith("*"):
            table = line[1:]
            rules[table], policies[table] = {}, {}
        elif line.startswith(":"):
            rules[table][words[0][1:]] = []
            if words[1] != "-":
                policies[table][words[0][1:]] = int(words[2].split(":")[0])
        elif line.startswith("["):
            rules[table][words[2]].append(int(words[0].split(":")[0]))
    return rules, policies


def replayed(tmp_path: Path, rules: str, sent: list[dict[str, Any]], *words: str) -> dict[str, Any]:
    """What ``labkit replay --json`` prints."""
    (tmp_path / "node.rules").write_text(rules)
    (tmp_path / "packets.jsonl").write_text("".join(json.dumps(one) + "\n" for one in sent))
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "labkit",
            "replay",
            str(tmp_path / "node.rules"),
            str(tmp_path / "packets.jsonl"),
            "--json",
            *words,
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize("backend", BACKENDS)
def test_counters_and_ends_are_those_of_linux(tmp_path: Path, backend: str) -> None:
    """Every counter of iptables-save -c, and every packet's end, for rules as people write them:
    built-in chains that are not declared, chains without rules, a policy that drops."""
    sent = packets()
    answer = replayed(tmp_path, BARE, sent, "--backend", backend)
    with Linux(INTERFACES, ROUTES) as linux:
        linux.load(BARE, backend)
        text = "".join(json.dumps(one) + "\n" for one in sent)
        ends = linux.send([one.packet for one in arrivals(text)])
        rules, policies = saved(linux.save())
    assert list(answer) == ["rules", "policies", "packets"]
    assert {t: answer["rules"][t] for t in rules} == rules
    assert {t: answer["policies"][t] for t in policies} == policies
    assert all(list(one) == KEYS for one in answer["packets"])
    for ours, real in zip(answer["packets"], ends, strict=True):
        assert ours["verdict"] == real.verdict.value
        if ours["verdict"] == "accepted":
            end = [real.src, real.sport, real.dst, real.dport, real.mark, real.out]
            assert [ours[key] for key in KEYS[1:]] == end
    verdicts = {one["verdict"] for one in answer["packets"]}
    assert verdicts == {"accepted", "dropped", "rejected"}


def test_kube_proxys_affinity_counts_as_on_linux(tmp_path: Path) -> None:
    """With session affinity the second connection of a client finds its entry in the list."""
    one = next(one for one in known() if one.name == "affinity_default/worker")
    service = next(
        line.split(" -d ")[1].split("/")[0]
        for line in one.text.splitlines()
        if line.startswith("-A KUBE-SERVICES") and " -d " in line and "backend" in line
    )
    sent = [
        {
            "src": f"10.244.0.{n % 9 + 2}",
            "dst": service,
            "proto": "tcp",
            "sport": 40000 + n,
            "dport": 80,
        }
        for n in range(90)
    ]
    answer = replayed(tmp_path, one.text, sent, "--local", "172.30.99.3", "--seed", "5")
    by_client: dict[str, set[str]] = {}
    for asked, end in zip(sent, answer["packets"], strict=True):
        by_client.setdefault(str(asked["src"]), set()).add(end["dst"])
    assert all(len(servers) == 1 for servers in by_client.values())
    assert len(set.union(*by_client.values())) == 2


def test_sets_and_local_addresses(tmp_path: Path) -> None:
    """--ipset fills the sets, --local makes an address one of the node's own."""
    rules = (
        "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n"
        "-A INPUT -m set --match-set ports dst\n-A FORWARD -m set --match-set ports dst\nCOMMIT\n"
    )
    sets = "create ports bitmap:port range 0-1023\nadd ports 80-81\n"
    (tmp_path / "sets.txt").write_text(sets)
    sent = [
        {"src": "10.1.1.1", "dst": dst, "proto": "tcp", "sport": 1000, "dport": port}
        for dst in ("172.18.0.3", "172.18.0.4")
        for port in (79, 80, 81, 82)
    ]
    words = ("--ipset", str(tmp_path / "sets.txt"), "--local", "172.18.0.3")
    answer = replayed(tmp_path, rules, sent, *words)
    with Linux({**INTERFACES, "lo": ("172.18.0.3/32",)}, ROUTES) as linux:
        linux.load(rules, "nft", 4, sets)
        linux.send([one.packet for one in arrivals("\n".join(map(json.dumps, sent)))])
        assert answer["rules"]["filter"] == saved(linux.save())[0]["filter"]
    assert answer["rules"]["filter"]["INPUT"] == [2]
    assert [one["out"] for one in answer["packets"]] == [""] * 4 + ["eth1"] * 4
