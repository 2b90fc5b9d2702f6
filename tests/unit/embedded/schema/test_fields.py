"""The table of fields, judged by the official client's models."""

from __future__ import annotations

import gzip
import importlib
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from labkit.embedded.schema import enums, facts, merge_keys
from labkit.embedded.schema.fields import GVK, kinds, model, model_of
from tests.support import ROOT

TABLES = ROOT / "labkit" / "embedded" / "schema" / "tables"
SERVED = [
    GVK("", "v1", "Pod"), GVK("", "v1", "Service"), GVK("", "v1", "Event"),
    GVK("", "v1", "Node"), GVK("", "v1", "ConfigMap"), GVK("", "v1", "Secret"),
    GVK("apps", "v1", "Deployment"), GVK("apps", "v1", "ReplicaSet"),
    GVK("apps", "v1", "StatefulSet"), GVK("batch", "v1", "Job"),
    GVK("discovery.k8s.io", "v1", "EndpointSlice"), GVK("events.k8s.io", "v1", "Event"),
    GVK("coordination.k8s.io", "v1", "Lease"), GVK("policy", "v1", "Eviction"),
    GVK("autoscaling", "v1", "Scale"), GVK("rbac.authorization.k8s.io", "v1", "Role"),
    GVK("authorization.k8s.io", "v1", "SelfSubjectAccessReview"),
    GVK("storage.k8s.io", "v1", "StorageClass"), GVK("networking.k8s.io", "v1", "Ingress"),
]  # fmt: skip


@pytest.mark.parametrize("gvk", SERVED, ids=lambda gvk: f"{gvk.group or 'core'}/{gvk.kind}")
def test_each_kind_has_the_fields_of_the_clients_model(gvk: GVK) -> None:
    """Names of the top-level fields are those of the official model."""
    import kubernetes.client

    known = model_of(gvk)
    assert known is not None and known.go == gvk.kind
    name = known.name if hasattr(kubernetes.client, known.name) else f"V1{known.name}"
    official = getattr(kubernetes.client, name)
    assert set(known.fields) == set(official.attribute_map.values())


def test_widths_and_special_types_are_those_of_go() -> None:
    """Facts that the client's types blur: int64, quantities, times, ports that may be names."""
    assert model("PodSpec").fields["terminationGracePeriodSeconds"] == "i64"
    assert model("ServicePort").fields["port"] == "i32"
    assert model("ServicePort").fields["targetPort"] == "is"
    assert model("ResourceRequirements").fields["limits"] == "{q"
    assert model("NodeStatus").fields["allocatable"] == "{q"
    assert model("LeaseSpec").fields["renewTime"] == "mt"
    assert model("Secret").fields["data"] == "{y"
    assert model("ObjectMeta").fields["creationTimestamp"] == "t"


def test_every_type_that_is_referred_to_is_in_the_table() -> None:
    """No field points at a struct that is missing."""
    for name in kinds().values():
        for kind in model(name).fields.values():
            inner = kind.lstrip("[{")
            if inner.startswith("@"):
                assert model(inner[1:]).fields


def test_the_tables_of_facts_speak_of_fields_that_exist() -> None:
    """A misspelt struct or field in merge keys, enums or facts would never be used."""
    table = json.loads(gzip.decompress((TABLES / "fields.json.gz").read_bytes()))["models"]
    fields: dict[str, set[str]] = {}
    for go, found, _ in table.values():
        fields.setdefault(go, set()).update(found)
    pairs = [*merge_keys.PATCH, *merge_keys.LISTS, *merge_keys.ATOMIC_MAPS, *enums.ENUMS]
    pairs += [*facts.ZERO_IS_ABSENT_OF, *facts.EMPTY_STRING_KEPT, *facts.EMPTY_LIST_KEPT]
    pairs += [*facts.NAMED_STRINGS_OF]
    assert [pair for pair in pairs if pair[1] not in fields.get(pair[0], ())] == []


def test_the_committed_table_is_what_the_tool_makes(monkeypatch: pytest.MonkeyPatch) -> None:
    """tools/make_fields.py gives the committed table again from the installed client."""
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    sys.modules.pop("make_fields", None)
    make: Any = importlib.import_module("make_fields")
    known = make.models()
    made = {"models": known, "kinds": make.kinds(known)}
    committed = gzip.decompress(Path(TABLES / "fields.json.gz").read_bytes())
    assert json.loads(json.dumps(made)) == json.loads(committed)
