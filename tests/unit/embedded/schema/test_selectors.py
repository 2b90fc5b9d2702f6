"""Label and field selectors, by the Kubernetes documentation's own examples."""

from __future__ import annotations

from typing import Any

import pytest

from labkit.embedded.schema.field_selectors import parse_fields
from labkit.embedded.schema.selectors import from_label_selector, from_map, parse_labels
from labkit.embedded.status import StatusError

Json = dict[str, Any]

OBJECTS = {
    "web": {"app": "web", "tier": "front", "environment": "production"},
    "db": {"app": "db", "tier": "back", "environment": "qa"},
    "bare": {},
    "odd": {"app": "", "weight": "7"},
}


@pytest.mark.parametrize(
    ("selector", "matched"),
    [
        ("", {"web", "db", "bare", "odd"}),
        ("environment=production,tier=front", {"web"}),
        ("environment==qa", {"db"}),
        ("tier!=front", {"db", "bare", "odd"}),
        ("environment in (production, qa)", {"web", "db"}),
        ("tier notin (front)", {"db", "bare", "odd"}),
        ("app", {"web", "db", "odd"}),
        ("!app", {"bare"}),
        ("app=", {"odd"}),
        ("app in ()", {"odd"}),
        ("app in (,web)", {"web", "odd"}),
        ("weight>6,weight<8", {"odd"}),
        ("weight>7", set()),
        (" app = web , tier in ( front,back ) ", {"web"}),
        ("kubernetes.io/name notin (a)", {"web", "db", "bare", "odd"}),
    ],
)
def test_label_selectors_choose(selector: str, matched: set[str]) -> None:
    """Equality, sets, existence and its opposite, numbers."""
    parsed = parse_labels(selector)
    assert {name for name, labels in OBJECTS.items() if parsed.matches(labels)} == matched


@pytest.mark.parametrize(
    ("selector", "says"),
    [
        ("app=web,", "found '', expected: identifier after ','"),
        (
            "app web",
            "unable to parse requirement: found 'web', expected: in, notin, =, ==, !=, gt, lt",
        ),
        ("=web", "found '=', expected: !, identifier, or 'end of string'"),
        ("app=a=b", "found '=', expected: ',' or 'end of string'"),
        ("app in web", "unable to parse requirement: found 'web' expected: '('"),
    ],
)
def test_label_selectors_that_cannot_be_read(selector: str, says: str) -> None:
    """The parser's own words, as a 400."""
    with pytest.raises(StatusError) as refused:
        parse_labels(selector)
    assert (refused.value.code, refused.value.message) == (400, says)


def test_bad_values_name_key_and_value() -> None:
    """A value with a sign that labels cannot have is refused where it stands."""
    with pytest.raises(
        StatusError, match=r'values\[0\]\[app\]: Invalid value: "b@d": a valid label'
    ):
        parse_labels("app=b@d")


def test_label_selector_objects() -> None:
    """No selector matches nothing, an empty one everything, expressions join with labels."""
    assert not from_label_selector(None).matches({})
    assert from_label_selector({}).matches({})
    both = {
        "matchLabels": {"app": "web"},
        "matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["back"]}],
    }
    assert from_label_selector(both).matches(OBJECTS["web"])
    assert not from_label_selector(both).matches({"app": "web", "tier": "back"})
    assert from_map({"app": "web"}).matches(OBJECTS["web"])


POD: Json = {
    "metadata": {"name": "p", "namespace": "lab"},
    "spec": {"nodeName": "n", "restartPolicy": "Never"},
    "status": {"phase": "Running", "podIP": "10.244.0.2"},
}


@pytest.mark.parametrize(
    ("selector", "matches"),
    [
        ("status.phase=Running", True),
        ("spec.nodeName=n,status.phase!=Succeeded,status.phase!=Failed", True),
        ("metadata.name==p", True),
        ("metadata.namespace!=lab", False),
        ("spec.nodeName=", False),
        ("spec.hostNetwork=false", True),
        ("", True),
    ],
)
def test_field_selectors_choose(selector: str, matches: bool) -> None:
    """The selectors that kubectl describe node and kubectl wait send, and some others."""
    assert parse_fields("pods", selector).matches(POD) is matches


def test_events_are_found_by_what_they_tell_of() -> None:
    """``kubectl describe`` finds events by involvedObject.*."""
    event = {
        "involvedObject": {"name": "p", "kind": "Pod", "uid": "1"},
        "source": {"component": "k"},
    }
    found = parse_fields("events", "involvedObject.name=p,involvedObject.uid=1,source=k")
    assert found.matches(event)
    assert not found.matches({**event, "involvedObject": {"name": "q"}})


@pytest.mark.parametrize(
    ("resource", "selector", "says"),
    [
        ("pods", "spec.nope=1", "field label not supported: spec.nope"),
        ("deployments.apps", "spec.replicas=1", '"spec.replicas" is not a known field selector: '
         'only "metadata.name", "metadata.namespace"'),
        ("pods", "phase", "invalid selector: 'phase'; can't understand 'phase'"),
    ],
)  # fmt: skip
def test_field_selectors_that_are_not_supported(resource: str, selector: str, says: str) -> None:
    """Unknown fields and unreadable terms are a 400 that names them."""
    with pytest.raises(StatusError) as refused:
        parse_fields(resource, selector)
    assert (refused.value.code, refused.value.message) == (400, says)


def test_the_one_name_that_is_asked_for() -> None:
    """A list of one name can be answered by a look-up."""
    assert parse_fields("pods", "metadata.name=p").exact("metadata.name") == "p"
    assert parse_fields("pods", "metadata.name!=p").exact("metadata.name") is None
