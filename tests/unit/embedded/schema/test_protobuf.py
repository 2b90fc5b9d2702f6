"""Protobuf bodies: captured from the real kubectl, compared with what it prints as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from labkit.embedded.schema.decode import decode
from labkit.embedded.schema.fields import GVK
from labkit.embedded.schema.protobuf import MAGIC, MEDIA_TYPE, decode_protobuf
from labkit.embedded.status import StatusError
from tests.unit.embedded.schema.judge import kubectl, listening

Json = dict[str, Any]

COMMANDS = [
    "create namespace lab",
    "create deployment web --image=x:1 --port=80 --replicas=3",
    "create deployment two --image=a --image=b",
    "create configmap c --from-literal=a=b --from-literal=empty=",
    "create secret generic s --from-literal=password=ñandú",
    "create service clusterip s --tcp=80:http --tcp=81:8081",
    "create service clusterip s --clusterip=None",
    "create service nodeport s --tcp=80:8080 --node-port=30080",
    "create service externalname s --external-name=example.test",
    "create service loadbalancer s --tcp=80",
    "create serviceaccount builder",
]


def captured(words: list[str], home: Path) -> list[bytes]:
    """The protobuf bodies that a kubectl command sends."""
    with listening({}) as server:
        address = ("--server", f"http://127.0.0.1:{server.port}", "--cache-dir", str(home / "c"))
        kubectl(*address, *words, home=home)
        return [each.body for each in server.asked if each.media_type == MEDIA_TYPE]


@pytest.mark.parametrize("command", COMMANDS)
def test_what_kubectl_sends_is_what_it_prints(command: str, tmp_path: Path) -> None:
    """The decoded body is the object that ``--dry-run=client -o json`` prints."""
    bodies = captured(command.split(), tmp_path)
    assert len(bodies) == 1
    sent = decode_protobuf(bodies[0])
    done = kubectl(*command.split(), "--dry-run=client", "-o", "json", home=tmp_path)
    shown = json.loads(done.stdout)
    group, _, version = shown["apiVersion"].rpartition("/")
    gvk = GVK(group, version, shown["kind"])
    ours, theirs = decode(gvk, sent).obj, decode(gvk, shown).obj
    for obj in (ours, theirs):
        obj["metadata"].pop("namespace", None)  # kubectl takes it from the path or prints it
    assert ours == theirs


def test_access_reviews_are_read(tmp_path: Path) -> None:
    """``kubectl auth can-i`` asks in protobuf."""
    answers = {
        "/api/v1": (
            "application/json",
            json.dumps({
                "kind": "APIResourceList", "groupVersion": "v1",
                "resources": [{"name": "pods", "singularName": "pod", "namespaced": True,
                               "kind": "Pod", "verbs": ["get"]}],
            }).encode(),
        )
    }  # fmt: skip
    with listening(answers) as server:
        address = ("--server", f"http://127.0.0.1:{server.port}", "--cache-dir", str(tmp_path))
        kubectl(*address, "auth", "can-i", "create", "pods", "-n", "lab", home=tmp_path)
        bodies = [each.body for each in server.asked if each.media_type == MEDIA_TYPE]
    review = decode_protobuf(bodies[0])
    asked = review["spec"]["resourceAttributes"]
    assert review["kind"] == "SelfSubjectAccessReview"
    assert (asked["namespace"], asked["verb"], asked["resource"]) == ("lab", "create", "pods")


def test_every_truncated_body_is_a_400(tmp_path: Path) -> None:
    """A body cut anywhere is refused or read in part, never a traceback."""
    body = captured("create deployment web --image=x".split(), tmp_path)[0]
    codes = {refusal_code(body[:end]) for end in range(len(body))}
    assert codes <= {None, 400, 415} and 400 in codes


def refusal_code(body: bytes) -> int | None:
    """The code with which a body is refused, if it is."""
    try:
        decode_protobuf(body)
    except StatusError as refused:
        return refused.code
    return None


def test_negative_numbers_are_read() -> None:
    """An int32 below zero is a ten-byte varint (protobuf encoding, signed integers)."""
    minus_one = b"\xff" * 9 + b"\x01"
    spec = b"\x12" + bytes([1 + len(minus_one)]) + b"\x08" + minus_one
    kind = b"\x0a\x07apps/v1\x12\x0aDeployment"
    body = b"\x0a" + bytes([len(kind)]) + kind + b"\x12" + bytes([len(spec)]) + spec
    assert decode_protobuf(MAGIC + body)["spec"] == {"replicas": -1}


def test_an_unknown_kind_is_named() -> None:
    """A kind whose field numbers are not known is a 415 that names it."""
    kind = b"\x0a\x07batch/9\x12\x04Nope"
    body = MAGIC + b"\x0a" + bytes([len(kind)]) + kind
    with pytest.raises(StatusError, match="Nope in batch/9") as refused:
        decode_protobuf(body)
    assert refused.value.code == 415
