"""``labkit explain``: rules of every mode in words, from the text alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from labkit.cli.app import run
from labkit.dataplane.proxy import KubeProxy
from tests.unit.ipvs.cluster import NODE, SERVICES, SLICES

Capture = pytest.CaptureFixture[str]


def ask(capsys: Capture, *words: str, lang: str = "en") -> tuple[int, str, str]:
    """Status, stdout and stderr of one command."""
    status = run(list(words), {"LABKIT_LANG": lang})
    captured = capsys.readouterr()
    return status, captured.out, captured.err


@pytest.fixture(params=["iptables", "nftables", "ipvs"])
def shown(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A file with what a node of the small cluster shows in one mode."""
    path = tmp_path / f"{request.param}.rules"
    proxy = KubeProxy(mode=request.param, node=NODE)
    path.write_text(proxy.listing(SERVICES, SLICES), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_rule_has_a_sentence(capsys: Capture, shown: str, lang: str) -> None:
    """In each mode every rule is known, and the JSON has it word for word with its line."""
    status, out, _ = ask(capsys, "explain", shown, "--json", lang=lang)
    assert status == 0
    lines = Path(shown).read_text(encoding="utf-8").splitlines()
    rules = json.loads(out)["rules"]
    assert len(rules) > 20
    for rule in rules:
        assert rule["known"], rule
        assert rule["rule"] in lines[rule["line"] - 1]
        assert "{" not in rule["sentence"] and "  " not in rule["sentence"]


def test_one_service(capsys: Capture, tmp_path: Path) -> None:
    """Only the rules of the Service that is asked for; an unknown one gets the names there are."""
    for mode in ("iptables", "nftables"):
        path = tmp_path / f"{mode}.rules"
        path.write_text(KubeProxy(mode=mode, node=NODE).listing(SERVICES, SLICES), encoding="utf-8")
        status, out, _ = ask(capsys, "explain", str(path), "--service", "web", "--json")
        found = json.loads(out)["rules"]
        assert status == 0 and len(found) > 5
        assert {rule["service"] for rule in found} == {"default/web:http"}
        assert {rule["endpoint"] for rule in found} >= {""}
        status, _, err = ask(capsys, "explain", str(path), "--service", "nobody")
        assert status == 2 and "default/web" in err


def test_rules_of_others_are_said_to_be(capsys: Capture, tmp_path: Path) -> None:
    """Docker's and a firewall's rules are named as not kube-proxy's, and counted."""
    path = tmp_path / "mixed.rules"
    path.write_text(
        "*nat\n:KUBE-MARK-MASQ - [0:0]\n-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000\n"
        "-A POSTROUTING -s 172.17.0.0/16 -j MASQUERADE\nCOMMIT\n"
    )
    status, out, _ = ask(capsys, "explain", str(path))
    assert status == 0
    assert "Not one of kube-proxy's rules." in out and "1 of 2 are not kube-proxy's." in out
    path.write_text("table inet mine {\n\tchain services {\n\t\tjump other\n\t}\n}\n")
    status, out, _ = ask(capsys, "explain", str(path), "--json")
    assert [rule["known"] for rule in json.loads(out)["rules"]] == [False]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hello\n", "There are no rules here"),
        ('*nat\n-A KUBE-SERVICES -m comment --comment "x\n', "line 2"),
    ],
)
def test_bad_input(capsys: Capture, tmp_path: Path, text: str, said: str) -> None:
    """What holds no rules, or is torn, is one line and status 2."""
    path = tmp_path / "bad.rules"
    path.write_text(text)
    status, out, err = ask(capsys, "explain", str(path))
    assert status == 2 and out == "" and said in err
    assert len(err.strip().splitlines()) == 1
    status, _, err = ask(capsys, "explain", str(path), "--node", "a")
    assert status == 2 and "--node" in err
