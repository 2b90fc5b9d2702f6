"""Decoding: strict, with the words of the real decoder, and canonical values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from labkit.embedded.schema import quantity
from labkit.embedded.schema.decode import decode, decode_patched
from labkit.embedded.schema.fields import GVK
from labkit.embedded.status import StatusError
from tests.unit.embedded.schema.judge import kubectl

Json = dict[str, Any]
SERVICE = GVK("", "v1", "Service")
POD = GVK("", "v1", "Pod")
CANNOT = 'Service in version "v1" cannot be handled as a Service: '


def refusal(gvk: GVK, body: str, validation: str = "Strict") -> str:
    """The message of the 400 that a body gets."""
    with pytest.raises(StatusError) as refused:
        decode(gvk, body, validation=validation)
    assert refused.value.code == 400
    return refused.value.message


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ('{"spec": {"a": 1, "ports": [{"b": 2}]}}',
         CANNOT + 'strict decoding error: unknown field "spec.a", unknown field "spec.ports[0].b"'),
        ('{"spec": {"type": "A", "type": "B"}}',
         CANNOT + 'strict decoding error: duplicate field "spec.type"'),
        ('{"metadata": {"labels": {"a": 1}}}',
         CANNOT + "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels "
         "of type string"),
        ('{"spec": {"ports": {}}}',
         CANNOT + "json: cannot unmarshal object into Go struct field ServiceSpec.spec.ports "
         "of type []v1.ServicePort"),
        ('{"spec": {"ports": [{"port": 1.5}]}}',
         CANNOT + "json: cannot unmarshal number 1.5 into Go struct field "
         "ServicePort.spec.ports.port of type int32"),
        ('{"spec": {"ports": [{"port": 3000000000}]}}',
         CANNOT + "json: cannot unmarshal number 3000000000 into Go struct field "
         "ServicePort.spec.ports.port of type int32"),
        ('{"spec": {"ports": [{"targetPort": true}]}}',
         CANNOT + "json: cannot unmarshal bool into Go value of type int32"),
        ('{"spec": {"publishNotReadyAddresses": "yes"}}',
         CANNOT + "json: cannot unmarshal string into Go struct field "
         "ServiceSpec.spec.publishNotReadyAddresses of type bool"),
        ('{"apiVersion": "v2", "kind": "Service"}',
         "the API version in the data (v2) does not match the expected API version (v1)"),
    ],
)  # fmt: skip
def test_strict_decoding_speaks_as_the_server_does(body: str, says: str) -> None:
    """Unknown and duplicate fields, wrong types, wrong versions."""
    assert refusal(SERVICE, body) == says


def test_a_wrong_type_trumps_unknown_fields() -> None:
    """As in the server: strict errors are only told of when the rest could be decoded."""
    body = '{"spec": {"nope": 1, "ports": "x"}}'
    assert "cannot unmarshal" in refusal(SERVICE, body)
    assert "cannot unmarshal" in refusal(SERVICE, body, "Ignore")


def test_warn_keeps_going_and_warns() -> None:
    """The unknown field is dropped and told of; Ignore drops it in silence."""
    body = '{"spec": {"selctor": {"a": "b"}, "type": "NodePort"}}'
    warned = decode(SERVICE, body, validation="Warn")
    assert warned.warnings == ('unknown field "spec.selctor"',)
    assert warned.obj["spec"] == {"type": "NodePort"}
    assert decode(SERVICE, body, validation="Ignore").warnings == ()


@pytest.mark.parametrize("body", ["", "[]", "no", '{"a"'])
def test_what_is_no_object_is_a_400(body: str) -> None:
    """A body that is no JSON object is refused and named as such, never a traceback."""
    assert "the object provided is unrecognized (must be of type Service)" in refusal(SERVICE, body)


def test_nulls_and_zero_values_are_dropped_and_pointers_kept() -> None:
    """What Go would not write back is not there; a zero behind a pointer is."""
    spec = {"selector": None, "clusterIP": "", "ports": [{"port": 80, "nodePort": 0, "name": ""}]}
    body = json.dumps({"metadata": {"labels": {}, "creationTimestamp": None}, "spec": spec})
    obj = decode(SERVICE, body).obj
    assert obj["metadata"] == {}
    assert obj["spec"] == {"ports": [{"port": 80}]}
    scaled = decode(GVK("apps", "v1", "Deployment"), '{"spec": {"replicas": 0}}').obj
    assert scaled["spec"] == {"replicas": 0}


def test_a_decoded_object_decodes_to_itself() -> None:
    """Decoding is idempotent: patches decode the live object again."""
    body = {"spec": {"containers": [{"name": "c", "resources": {"limits": {"cpu": "1500m"}}}]}}
    once = decode(POD, json.dumps(body)).obj
    assert decode_patched(POD, once, patch="").obj == once


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({"limits": {"cpu": "lots"}}, quantity.FORMAT_WRONG),
        ({"limits": {"cpu": "1Q"}}, quantity.FORMAT_WRONG),
        ({"limits": {"cpu": "1mm"}}, quantity.SUFFIX_WRONG),
    ],
)
def test_bad_quantities_are_refused(value: Json, says: str) -> None:
    """The regular expression, or the suffix, as resource.Quantity says it."""
    body = json.dumps({"spec": {"containers": [{"name": "c", "resources": value}]}})
    assert refusal(POD, body).endswith(says)


def test_times_come_back_in_utc() -> None:
    """metav1.Time is whole seconds in UTC, MicroTime six digits."""
    lease = GVK("coordination.k8s.io", "v1", "Lease")
    body = '{"spec": {"renewTime": "2026-01-01T02:00:00.5+02:00"}}'
    assert decode(lease, body).obj["spec"]["renewTime"] == "2026-01-01T00:00:00.500000Z"
    refused = refusal(POD, '{"metadata": {"creationTimestamp": "yesterday"}}')
    assert 'parsing time "yesterday"' in refused


QUANTITIES = (
    "0 1 100m 1000m 0.5 1.5 .5 1e3 1E 12E 2000k 1024 1024Mi 1.5Gi 0.1Ki 64Mi 1025Ki 1500m 1e-3 "
    "123456789 3G 0.0001 1.1 512Ki 1048576 1Ti 5e-1 2.5M 10n"
).split()


def test_quantities_are_written_as_kubectl_writes_them(tmp_path: Path) -> None:
    """The canonical form is that of the real resource.Quantity inside kubectl."""
    hard = ",".join(f"labkit.test/q{at}={text}" for at, text in enumerate(QUANTITIES))
    words = ("create", "quota", "q", f"--hard={hard}", "--dry-run=client", "-o", "json")
    done = kubectl(*words, home=tmp_path)
    assert done.returncode == 0, done.stderr
    real = json.loads(done.stdout)["spec"]["hard"]
    ours = [quantity.canonical(text) for text in QUANTITIES]
    assert ours == [real[f"labkit.test/q{at}"] for at in range(len(QUANTITIES))]


@pytest.mark.parametrize("text", QUANTITIES)
def test_quantities_have_the_value_that_the_official_client_gives(text: str) -> None:
    """parse and the client's parse_quantity agree exactly; canonical keeps the value."""
    from kubernetes.utils import parse_quantity

    if "e-" not in text and "E" not in text[:-1]:
        assert quantity.parse(text) == parse_quantity(text)
    assert quantity.parse(quantity.canonical(text)) == quantity.parse(text)
