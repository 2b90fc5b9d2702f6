"""Rules and packets on the command line, end to end: files in, kube-proxy's text out, asked."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

from labkit.cli.app import run
from tests.golden.kubeproxy.ruletext import normalised, rows

Capture = pytest.CaptureFixture[str]
SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web", "namespace": "default"},
    "spec": {"clusterIP": "10.96.45.10", "ports": [{"port": 80, "targetPort": 8080}]},
}


def slices(count: int) -> dict[str, Any]:
    """An EndpointSlice with so many ready endpoints."""
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": "web-1",
            "namespace": "default",
            "labels": {"kubernetes.io/service-name": "web"},
        },
        "addressType": "IPv4",
        "ports": [{"name": "", "port": 8080, "protocol": "TCP"}],
        "endpoints": [{"addresses": [f"10.244.1.{i + 1}"]} for i in range(count)],
    }


def write(path: Path, *objects: Any) -> str:
    """Objects as one YAML file."""
    path.write_text(yaml.safe_dump_all(objects), encoding="utf-8")
    return str(path)


def ask(capsys: Capture, *words: str) -> tuple[int, str, str]:
    """Status, stdout and stderr of one command, in English."""
    status = run(list(words), {"LABKIT_LANG": "en"})
    captured = capsys.readouterr()
    return status, captured.out, captured.err


@pytest.fixture
def three(capsys: Capture, tmp_path: Path) -> str:
    """A file with the rules of a Service with three endpoints."""
    objects = write(tmp_path / "objects.yaml", SERVICE, slices(3))
    status, text, _ = ask(capsys, "rules", "-f", objects, "--save")
    assert status == 0
    path = tmp_path / "three.rules"
    path.write_text(text, encoding="utf-8")
    return str(path)


CLUSTERS = rows("clusters.jsonl.gz")


@pytest.mark.parametrize("row", CLUSTERS[:3], ids=lambda row: row["variant"])
def test_rules_from_files_are_kube_proxys(
    capsys: Capture, tmp_path: Path, row: dict[str, Any]
) -> None:
    """Services, slices, Nodes and configuration from files give what kube-proxy v1.36 wrote."""
    objects = write(
        tmp_path / "objects.yaml",
        {"apiVersion": "v1", "kind": "List", "items": row["services"]},
        {"apiVersion": "v1", "kind": "List", "items": row["endpointSlices"]},
        {"apiVersion": "v1", "kind": "List", "items": row["nodes"]},
    )
    for saved in ("worker", "worker2"):
        config = tmp_path / "config.yaml"
        config.write_text(row["config"][f"kind-{saved}"], encoding="utf-8")
        status, text, err = ask(
            capsys, "rules", "-f", objects, "--proxy-config", str(config), "--save"
        )
        assert status == 0, err
        assert normalised(text) == normalised(row[saved])


def test_odds_of_three(capsys: Capture, three: str) -> None:
    """Three endpoints: the shares that 31-bit thresholds make of 1/3 and 1/2; they sum to 1."""
    status, out, _ = ask(capsys, "odds", three, "--to", "10.96.45.10:80", "--json")
    assert status == 0
    found = {
        one["destination"]: Fraction(int(one["numerator"]), 1 << one["powerOfTwo"])
        for one in json.loads(out)["outcomes"]
    }
    first = Fraction(round(0.3333333333 * 2**31), 2**31)
    assert found == {
        "10.244.1.1:8080": first,
        "10.244.1.2:8080": (1 - first) / 2,
        "10.244.1.3:8080": (1 - first) / 2,
    }
    _, table, _ = ask(capsys, "odds", three, "--to", "10.96.45.10:80")
    assert "715827883/2^31" in table
    assert "33.33333335 %" in table


def test_simulate_agrees_with_odds(capsys: Capture, three: str) -> None:
    """A million connections: each endpoint's count within the exact band, the sum exact, and the
    same seed the same counts."""
    words = ("simulate", three, "--to", "10.96.45.10:80", "-n", "1000000", "--seed", "5", "--json")
    _, out, _ = ask(capsys, *words)
    counts = {one["label"]: one["connections"] for one in json.loads(out)["outcomes"]}
    assert sum(counts.values()) == 1_000_000
    sigma = (1_000_000 * 2 / 9) ** 0.5
    assert all(abs(count - 1_000_000 / 3) < 6 * sigma for count in counts.values())
    again = json.loads(ask(capsys, *words)[1])["outcomes"]
    assert {one["label"]: one["connections"] for one in again} == counts


def test_trace_in_both_languages(capsys: Capture, three: str) -> None:
    """The packet's way ends at one of the endpoints; the sentences follow the language."""
    words = ("trace", three, "--to", "10.96.45.10:80", "--from", "10.244.0.9")
    status, english, _ = ask(capsys, *words)
    assert status == 0
    assert "DNAT --to-destination 10.244.1." in english
    assert "matches, jumps to KUBE-SERVICES" in english
    _, spanish, _ = ask(capsys, *words, "--lang", "es")
    assert "coincide, salta a KUBE-SERVICES" in spanish
    _, data, _ = ask(capsys, *words, "--json")
    assert json.loads(data)["verdict"] == "accepted"


def test_rules_of_what_is_passed_over(capsys: Capture, tmp_path: Path) -> None:
    """A headless Service gets no rules; that is said on stderr, not among the rules."""
    headless = {**SERVICE, "spec": {**SERVICE["spec"], "clusterIP": "None"}}  # type: ignore[dict-item]
    path = write(tmp_path / "objects.yaml", headless)
    status, out, err = ask(capsys, "rules", "-f", path)
    assert status == 0
    assert "default/web" not in out
    assert "headless" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("rules", "-f", "{dir}/none.yaml"), "none.yaml"),
        (("rules", "-f", "{dir}/bad.yaml"), "bad.yaml"),
        (("rules", "-f", "{dir}/binary"), "not UTF-8"),
        (("rules", "-f", "{dir}"), "cannot be read"),
        (("rules", "-f", "-", "-f", "-"), "only once"),
        (("rules", "-f", "{dir}/ok.yaml", "--proxy-config", "{dir}/nft.yaml"), "nftables"),
        (("rules", "-f", "{dir}/ok.yaml", "--counters"), "running node"),
        (("rules", "--save"), "--save needs -f"),
        (("rules", "-f", "{dir}/ok.yaml", "--family", "ipv5"), "ipv5"),
        (("odds", "{dir}/bad.rules", "--to", "10.0.0.1:80"), "line 2"),
        (("odds", "{dir}/unknown.rules", "--to", "10.0.0.1:80"), "quota2"),
        (("odds", "{dir}/ok.rules", "--to", "10.0.0.1"), "IP:PORT"),
        (("odds", "{dir}/ok.rules", "--to", "10.0.0.1:0"), "not a port"),
        (("odds", "{dir}/ok.rules", "--to", "10.0.0.1:70000"), "70000"),
        (("odds", "{dir}/ok.rules", "--to", "web:80"), "'web' is not an IP address"),
        (("odds", "{dir}/ok.rules", "--to", "10.0.0.1:80", "--from", "fd00::1"), "families"),
        (("odds", "{dir}/ok.rules", "--to", "10.0.0.1:80", "--local", "me"), "'me'"),
        (("simulate", "{dir}/ok.rules", "--to", "10.0.0.1:80", "-n", "0"), "-n takes"),
    ],
)
def test_bad_input_is_one_line(
    capsys: Capture, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    """Files and addresses that are none: status 2 and one line with what, where and what to do."""
    (tmp_path / "bad.yaml").write_text("kind: [", encoding="utf-8")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "ok.yaml").write_text(yaml.safe_dump(SERVICE), encoding="utf-8")
    (tmp_path / "nft.yaml").write_text("mode: nftables\n", encoding="utf-8")
    (tmp_path / "ok.rules").write_text("*nat\nCOMMIT\n", encoding="utf-8")
    (tmp_path / "bad.rules").write_text("*nat\nnonsense\nCOMMIT\n", encoding="utf-8")
    unknown = "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -m quota2 -j DROP\nCOMMIT\n"
    (tmp_path / "unknown.rules").write_text(unknown, encoding="utf-8")
    status, out, err = ask(capsys, *(word.replace("{dir}", str(tmp_path)) for word in words))
    assert status == 2
    assert out == ""
    assert said in err
    assert len(err.strip().splitlines()) == 1
