"""``labkit replay``: what it takes and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support import labkit

RULES = """*mangle
:PREROUTING ACCEPT [0:0]
-A PREROUTING -p tcp -m tcp --tcp-flags SYN,ACK,FIN,RST,PSH,URG SYN
-A PREROUTING -p tcp -m tcp --tcp-flags SYN,ACK,FIN,RST,PSH,URG SYN,ACK
-A PREROUTING -p tcp -m tcp --tcp-flags SYN,ACK,FIN,RST,PSH,URG FIN,PSH,URG
-A PREROUTING -p tcp -m tcp --tcp-flags SYN,ACK,FIN,RST,PSH,URG RST,ACK
-A PREROUTING -p tcp -m tcp --tcp-flags ALL NONE
COMMIT
"""
PACKET = {"src": "10.0.0.5", "dst": "10.0.0.9", "proto": "tcp", "sport": 4000, "dport": 80}


@pytest.fixture
def rules(tmp_path: Path) -> str:
    """The rules in a file."""
    path = tmp_path / "node.rules"
    path.write_text(RULES)
    return str(path)


def test_letters_are_tcp_flags(rules: str) -> None:
    """S, SA, FPU, RA and none are just those flags."""
    lines = [json.dumps({**PACKET, "flags": flags}) for flags in ("S", "SA", "FPU", "RA", "")]
    done = labkit("replay", rules, "-", "--json", stdin="\n".join(lines))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rules"]["mangle"]["PREROUTING"] == [1, 1, 1, 1, 1]


def test_without_json_it_prints_what_iptables_save_would(rules: str) -> None:
    """The save with counters on stdout; the sum, in the reader's language, on stderr."""
    done = labkit("replay", rules, "-", stdin=json.dumps(PACKET) + "\n", lang="es")
    assert "[1:60] -A PREROUTING -p tcp -m tcp --tcp-flags FIN,SYN,RST,PSH,ACK,URG SYN" in (
        done.stdout.splitlines()
    )
    assert done.stderr == "1 paquetes: 1 aceptados\n"


def test_no_packets_are_no_error(rules: str) -> None:
    """An empty file counts nothing."""
    done = labkit("replay", rules, "-", "--json", stdin="\n")
    assert done.returncode == 0 and json.loads(done.stdout)["packets"] == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "Line 1 is not JSON"),
        ("[]", "Line 1 is not a JSON object"),
        ("[" * 100_000, "Line 1 is not JSON"),
        ('{"dst": "10.0.0.1"}', "Line 1 has no src"),
        (json.dumps({**PACKET, "dst": "10.0.0.256"}), "10.0.0.256"),
        (json.dumps({**PACKET, "dst": "fd00::1"}), "different IP families"),
        (json.dumps({**PACKET, "dport": 70000}), "70000"),
        (json.dumps({**PACKET, "dport": "80"}), "dport must be a number"),
        (json.dumps({**PACKET, "dport": True}), "dport must be a number"),
        (json.dumps({**PACKET, "proto": "quic"}), "quic"),
        (json.dumps({**PACKET, "flags": "X"}), "X"),
        (json.dumps({**PACKET, "port": 80}), "no field 'port'"),
        ('{"src": "10.0.0.5", "dst": "10.0.0.9", "at": NaN}', "at"),
        (json.dumps({**PACKET, "at": 5}) + "\n" + json.dumps({**PACKET, "at": 4}), "Line 2"),
    ],
)
def test_a_bad_line_is_named(rules: str, line: str, said: str) -> None:
    """Status 2 and one sentence with the line; nothing on stdout."""
    done = labkit("replay", rules, "-", "--json", stdin=line)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) <= 2 and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--local", "nowhere"], "nowhere"),
        (["--seed", "x"], "--seed"),
        (["--backend", "both"], "both"),
        (["--ipset", "/nowhere/sets"], "/nowhere/sets"),
        (["--ipset", "-"], "(-)"),
    ],
)
def test_a_bad_option_is_named(rules: str, words: list[str], said: str) -> None:
    """Status 2 and one sentence."""
    done = labkit("replay", rules, "-", *words, stdin=json.dumps(PACKET))
    assert done.returncode == 2 and said in done.stderr
    assert len(done.stderr.splitlines()) <= 2 and "Traceback" not in done.stderr
