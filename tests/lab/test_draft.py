"""One's own Service to rules: counted by kube-proxy's arithmetic, refused as the API refuses."""

from __future__ import annotations

from typing import Any

import pytest

from labkit.errors import UsageError
from labkit.lab.draft import as_yaml, draft, manifest_of, rules_for
from labkit.model.ruletext import RuleText
from labkit.viz.show import show
from labkit.words import Words

SERVICE: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web"},
    "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080}]},
}
ENGLISH, SPANISH = Words("en"), Words("es")


def changed(**spec: Any) -> str:
    """The manifest with other fields in its spec."""
    return as_yaml({**SERVICE, "spec": {**SERVICE["spec"], **spec}})


@pytest.mark.parametrize("endpoints", [1, 2, 5])
def test_a_service_of_n_endpoints_has_2_and_3n_rules(endpoints: int) -> None:
    """kube-proxy writes two rules for the Service and three for each endpoint; none without one
    but a REJECT."""
    assert len(rules_for(changed(), endpoints, "iptables", ENGLISH)) == 2 + 3 * endpoints
    (only,) = rules_for(changed(), 0, "iptables", ENGLISH)
    assert "-j REJECT" in only.text


def test_affinity_adds_a_rule_for_each_endpoint() -> None:
    """sessionAffinity: ClientIP puts one --rcheck before the draw for each endpoint; IPVS and
    nftables show its seconds in their own words."""
    text = changed(sessionAffinity="ClientIP")
    rules = [rule.text for rule in rules_for(text, 3, "iptables", ENGLISH)]
    assert sum("--rcheck --seconds 10800" in rule for rule in rules) == 3
    assert len(rules) == 2 + 4 * 3
    assert any("persistent 10800" in one.text for one in rules_for(text, 3, "ipvs", ENGLISH))
    assert any("timeout 3h" in one.text for one in rules_for(text, 3, "nftables", ENGLISH))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [", "Línea 1"),
        ("", "un solo objeto"),
        ("apiVersion: v1\nkind: Pod", "«v1 Pod»"),
        (changed().replace("selector", "selectors"), 'unknown field "spec.selectors"'),
        (changed(ports=[{"port": 80000}]), "must be between 1 and 65535"),
        (changed(sessionAffinity="Cookie"), 'Unsupported value: "Cookie"'),
        (changed(externalTrafficPolicy="Local"), "spec.externalTrafficPolicy"),
    ],
)
def test_what_the_api_would_not_take_is_one_sentence(text: str, told: str) -> None:
    """In the learner's language, with the line or with the API server's own words."""
    with pytest.raises(UsageError) as caught:
        rules_for(text, 2, "iptables", SPANISH)
    assert told in caught.value.what
    assert "\n" not in caught.value.what


def test_the_editor_shows_what_comes_and_goes() -> None:
    """More Pods bring rules, a wrong text changes nothing, and comparing anew starts from here."""
    widget = show(draft(SERVICE, 2, ENGLISH), "en")
    widget.endpoints = 3
    kinds = [row["kind"] for row in widget.rows]
    assert len(kinds) - kinds.count("gone") == 2 + 3 * 3
    assert kinds.count("added") - kinds.count("gone") == 3
    before = widget.rows
    widget.manifest = "a: ["
    assert widget.wrong.startswith("Line 1")
    assert widget.rows == before
    widget.manifest = changed()
    widget.rebased += 1
    assert {row["kind"] for row in widget.rows} == {"same"}


def test_what_the_server_put_in_is_left_out() -> None:
    """A stored Service becomes what one would have written."""
    stored = {**SERVICE, "status": {"loadBalancer": {}}}
    stored["metadata"] = {"name": "web", "namespace": "default", "uid": "x"}
    stored["spec"] = {**SERVICE["spec"], "clusterIPs": ["10.96.0.7"], "ipFamilies": ["IPv4"]}
    assert manifest_of(stored) == SERVICE


def test_rules_as_text_stay_text_and_wrap_by_words() -> None:
    """RuleText is a str, searches by line, and its HTML holds every line escaped."""
    text = RuleText('-A x --comment "a <b>"\n-A y')
    assert text == '-A x --comment "a <b>"\n-A y'
    assert text.having("y") == "-A y"
    shown = text._repr_mimebundle_()
    assert shown["text/plain"] == text
    assert "a &lt;b&gt;" in shown["text/html"]
