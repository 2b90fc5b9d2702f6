"""Rules and packets on the command line, end to end: files in, kube-proxy's text out, asked."""

from __future__ import annotations

import io
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
    ("mode", "start", "backend"),
    [
        ("iptables", "*filter\n", "-> 10.244.1.1:8080"),
        ("nftables", "table ip kube-proxy {\n", "10.244.1.1 . 8080"),
        ("ipvs", "# ipvsadm -Ln\n", "  -> 10.244.1.1:8080"),
    ],
)
def test_rules_of_each_mode(
    capsys: Capture, tmp_path: Path, mode: str, start: str, backend: str
) -> None:
    """The mode is asked for by the option or the configuration; every text is read by ``odds``."""
    objects = write(tmp_path / "objects.yaml", SERVICE, slices(2))
    config = tmp_path / "config.yaml"
    config.write_text(f"mode: {mode}\n", encoding="utf-8")
    status, text, err = ask(capsys, "rules", "-f", objects, "--mode", mode)
    assert status == 0 and err == ""
    assert text.startswith(start) and backend in text
    assert ask(capsys, "rules", "-f", objects, "--proxy-config", str(config))[1] == text
    _, shown, _ = ask(capsys, "rules", "-f", objects, "--mode", mode, "--save")
    (tmp_path / "shown").write_text(shown, encoding="utf-8")
    _, out, err = ask(capsys, "odds", str(tmp_path / "shown"), "--to", "10.96.45.10:80", "--json")
    assert list(json.loads(out)["shares"].values()) == [["1", "2"], ["1", "2"]], err


def test_rules_from_standard_input(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A List as JSON on standard input beside a file: what kubectl prints can be piped in."""
    node = {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": "worker"},
        "status": {"addresses": [{"type": "InternalIP", "address": "172.18.0.3"}]},
    }
    network = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "ServiceCIDR",
        "metadata": {"name": "kubernetes"},
        "spec": {"cidrs": ["10.96.0.0/16"]},
    }
    given = {"apiVersion": "v1", "kind": "List", "items": [SERVICE, node, network]}
    raw = io.TextIOWrapper(io.BytesIO(json.dumps(given).encode()))
    monkeypatch.setattr("sys.stdin", raw)
    more = write(tmp_path / "slices.yaml", slices(1))
    status, text, err = ask(capsys, "rules", "-f", "-", "-f", more, "--mode", "nftables")
    assert status == 0 and err == ""
    assert "elements = { 172.18.0.3 }" in text, "the first Node's address takes NodePorts"
    assert "ip daddr 10.96.0.0/16 drop" in text, "addresses that no Service has"


def test_what_kube_proxy_passes_over(capsys: Capture, tmp_path: Path) -> None:
    """Each bad object is skipped and named on standard error, the others get their rules."""
    bare = {**SERVICE, "metadata": {"name": "bare"}, "spec": {"clusterIP": "10.96.45.11"}}
    same = {**SERVICE, "metadata": {"name": "same"}}
    wrong: dict[str, Any] = {**slices(1), "addressType": "IPv6"}
    wrong["metadata"] = {**wrong["metadata"], "name": "six"}
    broken: dict[str, Any] = slices(1)
    broken["metadata"] = {**broken["metadata"], "name": "broken"}
    broken["endpoints"] = [{"addresses": ["10.244.1.300"]}]
    portless: dict[str, Any] = {**slices(1), "ports": [{"name": "", "port": 0}]}
    portless["metadata"] = {**portless["metadata"], "name": "portless"}
    bad_address = {**SERVICE, "metadata": {"name": "far"}, "spec": {"clusterIP": "10.96.45.1111"}}
    everything = (SERVICE, slices(2), bare, same, wrong, broken, portless, bad_address)
    config = tmp_path / "config.yaml"
    config.write_text("masqueradeALL: true\n", encoding="utf-8")
    path = write(tmp_path / "objects.yaml", *everything)
    status, text, err = ask(capsys, "rules", "-f", path, "--proxy-config", str(config))
    assert status == 0
    assert text.count("default/web -> 10.244.1.") == 2
    for word in (
        "default/bare: has no ports",
        "default/same: claims 10.96.45.10:80/TCP (default/web)",
        "default/six: holds addresses of type IPv6",
        "default/broken: '10.244.1.300' is not an IP address",
        "default/portless: port '' has no number",
        "default/far: '10.96.45.1111' is not an IP address",
        "has no field masqueradeALL",
    ):
        assert word in err, word
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("rules", "-f", "{dir}/none.yaml"), "none.yaml"),
        (("rules", "-f", "{dir}/bad.yaml"), "bad.yaml"),
        (("rules", "-f", "{dir}/binary"), "not UTF-8"),
        (("rules", "-f", "{dir}"), "cannot be read"),
        (("rules", "-f", "-", "-f", "-"), "only once"),
        (("rules", "-f", "{dir}/ok.yaml", "--proxy-config", "{dir}/bit.yaml"), "line 2, '77'"),
        (("rules", "-f", "{dir}/node.yaml", "--node", "b"), "There are: a."),
        (("rules", "--mode", "ipvs"), "--mode needs -f"),
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
    (tmp_path / "bit.yaml").write_text("iptables:\n  masqueradeBit: 77\n", encoding="utf-8")
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "a"}}
    (tmp_path / "node.yaml").write_text(yaml.safe_dump(node), encoding="utf-8")
    (tmp_path / "ok.rules").write_text("*nat\nCOMMIT\n", encoding="utf-8")
    (tmp_path / "bad.rules").write_text("*nat\nnonsense\nCOMMIT\n", encoding="utf-8")
    unknown = "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -m quota2 -j DROP\nCOMMIT\n"
    (tmp_path / "unknown.rules").write_text(unknown, encoding="utf-8")
    status, out, err = ask(capsys, *(word.replace("{dir}", str(tmp_path)) for word in words))
    assert status == 2
    assert out == ""
    assert said in err
    assert len(err.strip().splitlines()) == 1
