"""The ruleset explorer: every rule explained, fields found in rules and back, packets asked."""

from __future__ import annotations

import gzip
import json
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import pytest

from labkit.dataplane.proxy import KubeProxy
from labkit.errors import UsageError
from labkit.lab.explore import CLIENT, CLUSTER_IP, objects
from labkit.model.rulebook import RuleBook
from labkit.ruleset.tables import Ruleset
from labkit.viz.show import show
from tests.support import ROOT

SVG = "{http://www.w3.org/2000/svg}"


def book(**changes: object) -> RuleBook:
    """The lab's Service of three Pods and its rules."""
    service, slices = objects(3)
    service = replace(service, **changes)  # type: ignore[arg-type]
    text = KubeProxy().save_text([service], [slices])
    return RuleBook(text, service, (slices,), CLIENT)


def rows_with(view: object, field: str) -> list[str]:
    """The rules that are marked for a field of that name."""
    names = [name for name, _ in view.fields]  # type: ignore[attr-defined]
    return [row["text"] for row in view.rows if names.index(field) in row["fields"]]  # type: ignore[attr-defined]


def test_every_rule_of_the_service_is_shown_and_explained() -> None:
    """2 + 3E rules for three endpoints, plus the two jumps that lead there; none without words."""
    view = show(book(), "en")
    assert len(view.rows) == 2 + 3 * 3 + 2
    assert all(row["why"] for row in view.rows)
    assert all(f"{row['text']}\n    {row['why']}" in view.picture().text for row in view.rows)


def test_fields_find_their_rules_and_back() -> None:
    """The ClusterIP stands in the rules that match it, targetPort in the DNATs, no field in all."""
    view = show(book(), "en")
    assert all(f"-d {CLUSTER_IP}/32" in text for text in rows_with(view, "spec.clusterIP"))
    assert len(rows_with(view, "spec.clusterIP")) == 2
    dnats = [row["text"] for row in view.rows if "DNAT" in row["text"]]
    assert set(dnats) <= set(rows_with(view, "targetPort"))
    assert len(rows_with(view, "endpoint")) == 3  # hairpin, DNAT, and the rule that chooses it


def test_affinity_shows_in_its_rules() -> None:
    """sessionAffinity comes back as --seconds and --rsource."""
    view = show(book(session_affinity="ClientIP", session_affinity_timeout=60), "en")
    marked = rows_with(view, "spec.sessionAffinity")
    assert marked
    assert all("recent" in text for text in marked)


def test_a_packet_can_be_asked_about() -> None:
    """The answer names the rules in the order of the packet, and ends that sum to all."""
    view = show(book(), "en")
    view.question = {**view.question, "asked": 1}
    path = view.answer["path"]
    assert path[0] == "nat PREROUTING 1"
    assert path[1].startswith("nat KUBE-SERVICES ")
    assert view.answer["text"].count("33.33%") == 3
    view.question = {**view.question, "destination": "nowhere"}
    assert "IP:port" in view.answer["text"]
    view.question = {**view.question, "destination": "10.96.0.1:80", "source": "x"}
    assert "x" in view.answer["text"]


def test_another_save_can_be_pasted() -> None:
    """A real node's save is read; nonsense is answered with a sentence, and the old stays."""
    view = show(Ruleset.parse(book().text), "en")
    before = len(view.rows)
    view.pasted = "hello"
    assert view.answer["text"]
    assert len(view.rows) == before
    view.pasted = "*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j ACCEPT\nCOMMIT\n"
    assert [row["place"] for row in view.rows] == ["nat PREROUTING 1"]
    assert "1 rules read" in view.answer["text"]


SAVES: dict[str, str] = json.loads(
    gzip.decompress((ROOT / "tests" / "golden" / "saves" / "saves.json.gz").read_bytes())
)


@pytest.mark.parametrize(
    "name", ["affinity_default/worker", "multiport/legacy", "lb_pending/worker2"]
)
def test_real_saves_have_pictures(name: str) -> None:
    """Saves of real nodes, with counters too: every rule explained, each Service drawn."""
    for text in (SAVES[name], Ruleset.parse(SAVES[name]).render({})):
        view = show(Ruleset.parse(text), "es")
        assert all(row["why"] for row in view.rows)
        names = [service for service, _ in view.services if service]
        assert names
        for service in names[:3]:
            view.service = service
            assert view.rows
            ElementTree.fromstring(view.drawing)
            assert ElementTree.fromstring(view.picture().svg).find(f"{SVG}title") is not None


def test_places_are_those_of_the_ruleset() -> None:
    """Table, chain and number of each shown rule name that very rule."""
    rules = Ruleset.parse(book().text)
    named = {f"{rule.table} {rule.chain} {rule.number}" for rule in rules.rules()}
    view = show(rules, "en")
    assert {row["place"] for row in view.rows} == named
    assert len(view.rows) == len(named)


def test_a_text_without_rules_is_refused() -> None:
    """An empty save has no picture, and the error says why."""
    with pytest.raises(UsageError, match="no rules"):
        show(Ruleset.parse("*nat\nCOMMIT\n"), "en")
