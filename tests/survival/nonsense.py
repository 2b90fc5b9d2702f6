"""Requests that no honest client sends: methods, paths, queries, headers and bodies by chance."""

# ruff: noqa: E501 (tables of nonsense)

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.survival import samples

JSON = "application/json"
SPACE = "/api/v1/namespaces/fuzz"
VICTIM = f"{SPACE}/configmaps/victim"
TARGETS = (
    f"{SPACE}/configmaps",
    VICTIM,
    f"{SPACE}/services",
    f"{SPACE}/services/victim",
    f"{SPACE}/services/victim/status",
    f"{SPACE}/pods",
    f"{SPACE}/pods/victim",
    f"{SPACE}/pods/victim/log",
    f"{SPACE}/pods/victim/binding",
    f"{SPACE}/pods/victim/eviction",
    f"{SPACE}/pods/victim/exec",
    f"{SPACE}/pods/victim/attach",
    f"{SPACE}/pods/victim/portforward",
    f"{SPACE}/pods/victim/ephemeralcontainers",
    f"{SPACE}/secrets",
    f"{SPACE}/events",
    f"{SPACE}/endpoints/victim",
    "/api/v1/namespaces/fuzz/finalize",
    "/api/v1/nodes/labkit-worker/status",
    "/apis/apps/v1/namespaces/fuzz/deployments",
    "/apis/apps/v1/namespaces/fuzz/deployments/victim",
    "/apis/apps/v1/namespaces/fuzz/deployments/victim/scale",
    "/apis/apps/v1/namespaces/fuzz/statefulsets",
    "/apis/batch/v1/namespaces/fuzz/jobs",
    "/apis/batch/v1/namespaces/fuzz/cronjobs",
    "/apis/networking.k8s.io/v1/namespaces/fuzz/networkpolicies",
    "/apis/discovery.k8s.io/v1/namespaces/fuzz/endpointslices",
    "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    "/labkit/v1/connections",
    "/labkit/v1/nodes/labkit-worker/rules",
    "/labkit/v1/nodes/nobody/power",
    "/labkit/v1/info",
    "/openapi/v3/apis/apps/v1",
    "/version",
    "/readyz",
    "/apis",
    "/",
    "",
)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT", "BREW")
USUAL = ("GET", "POST", "PUT", "PATCH", "DELETE")
MEDIA = (
    "application/json",
    "application/yaml",
    "application/vnd.kubernetes.protobuf",
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
    "application/apply-patch+yaml",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=",
    "text/plain",
    "application/json; charset=utf-16",
    "",
    ";;;",
    "a" * 3000,
)
ACCEPTS = (
    "application/json",
    "*/*",
    "text/html",
    "application/vnd.kubernetes.protobuf",
    "application/json;as=Table;v=v1;g=meta.k8s.io",
    "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
    "application/json;as=Nothing;v=v9;g=",
    ",,;=;,",
    "",
)
QUERIES = (
    "limit=-1", "limit=x", "limit=999999999999999999999", "continue=%00%ff", "continue=eyJ2IjoxfQ",
    "continue=bnVsbA", "resourceVersion=-5", "resourceVersion=x", "resourceVersion=1e5",
    "watch=true&timeoutSeconds=1&resourceVersion=999999999", "watch=1&timeoutSeconds=-3",
    "watch=true&timeoutSeconds=1&resourceVersion=-1", "watch=true&sendInitialEvents=true",
    "watch=true&timeoutSeconds=x", "labelSelector=(((", "labelSelector=a%20in%20(b",
    "labelSelector=%ff%fe", "fieldSelector=spec.nodeName", "fieldSelector=a.b.c%3D%3D1",
    "fieldSelector=metadata.name%3D%00", "fieldValidation=Never", "dryRun=Some", "dryRun=All",
    "fieldManager=" + "m" * 500, "fieldManager=%0a%0dX", "force=true", "gracePeriodSeconds=x",
    "gracePeriodSeconds=-9", "propagationPolicy=Never", "orphanDependents=maybe", "tailLines=-1",
    "tailLines=x", "sinceTime=yesterday", "sinceSeconds=-1", "limitBytes=0", "container=%00",
    "container=nobody", "follow=true&limitBytes=1", "command=a&stdout=true", "ports=0,99999,-1,x",
    "pretty=true", "&&&===", "%", "a=%zz", "includeObject=All", "timeout=forever", "counters=x",
    "fieldValidation=Strict", "resourceVersionMatch=Exact&resourceVersion=1",
)  # fmt: skip
HOSTS = ("evil.example", "127.0.0.1:1", "localhost", "", "127.0.0.1@evil.example", "[::1]", "\xff")
ORIGINS = ("http://evil.example", "null", "https://127.0.0.1", "file://", "http://localhost:1")


@dataclass(frozen=True, slots=True)
class Request:
    """One request.  ``mark`` stands in everything of it that could be stored."""

    mark: str
    method: str
    path: str
    body: bytes | None
    headers: dict[str, str]
    secret: bool = True


class Maker:
    """Makes requests; the same seed makes the same ones."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self._bodies: tuple[Callable[[str], bytes], ...] = (
            self._object, self._object, self._object, self._wrong_types, self._patch, self._patch,
            self._operations, _deep_lists, _deep_maps, _deep_yaml, _large, _laughs, _knot,
            _numbers, _surrogates, self._protobuf, self._garbage, self._torn, _dates, _keys,
        )  # fmt: skip

    def request(self, number: int) -> Request:
        """The next one: mostly nearly right, else wrong in every part."""
        mark = f"fz{number}x"
        return self._near(mark) if self._dice.random() < 0.6 else self._wild(mark)

    def _near(self, mark: str) -> Request:
        """An object or a patch as the server wants it, changed in a place or two."""
        dice = self._dice
        kind = dice.choice(list(samples.KINDS))
        right = samples.right(kind, mark)
        one = samples.changed(right, dice)
        victim = f"{kind}/victim" + dice.choice(("", "", "/status", "/scale"))
        query = dice.choice(("", "", "?dryRun=All", "?fieldValidation=Strict"))
        method, path, media, body = dice.choice(
            (
                ("POST", kind, JSON, samples.text(one)),
                ("POST", kind, JSON, samples.text(one)),
                ("PUT", victim, JSON, samples.text(one)),
                ("PATCH", victim, MEDIA[4], samples.text(one)),
                ("PATCH", victim, MEDIA[5], samples.text(one)),
                ("PATCH", victim, MEDIA[3], samples.text(samples.operations(right, dice, mark))),
                ("PATCH", f"{kind}/{mark}?fieldManager={mark}", MEDIA[6], samples.text(one)),
                ("POST", kind, MEDIA[1], dice.choice((_laughs, _knot, _dates, _keys, _deep_yaml))(mark)),
                ("POST", kind, JSON, dice.choice((_deep_lists, _numbers, _surrogates))(mark)),
                ("DELETE", f"{kind}/nobody", JSON, samples.text(one)),
            )
        )  # fmt: skip
        query = query if "?" not in path else ""
        return Request(mark, method, path + query, body, {"Content-Type": media, "Accept": JSON})

    def _wild(self, mark: str) -> Request:
        dice = self._dice
        method = dice.choice(METHODS if dice.random() < 0.15 else USUAL)
        path = dice.choice(TARGETS)
        if dice.random() < 0.15:
            path = self._odd(path, mark)
        elif dice.random() < 0.1:
            path += f"/{mark}"
        queries = [dice.choice(QUERIES) for _ in range(dice.choice((0, 0, 1, 2)))]
        if method == "GET" and "watch" in "&".join(queries):
            queries.append("timeoutSeconds=1")
        if queries:
            path += "?" + "&".join(queries)
        headers = {"Content-Type": dice.choice(MEDIA), "Accept": dice.choice(ACCEPTS)}
        if dice.random() < 0.6:
            headers = {"Content-Type": dice.choice(MEDIA[:7]), "Accept": "application/json"}
        if dice.random() < 0.05:
            headers["Host"] = dice.choice(HOSTS)
        if dice.random() < 0.05:
            headers["Origin"] = dice.choice(ORIGINS)
        if dice.random() < 0.05:
            headers["Impersonate-User"] = dice.choice(("", mark, "system:admin", "\xe9"))
        if dice.random() < 0.05:
            headers["Upgrade"], headers["Connection"] = "websocket", "Upgrade"
        body: bytes | None = dice.choice(self._bodies)(mark)
        if method in ("GET", "HEAD") and dice.random() < 0.8:
            body = None
        return Request(mark, method, path, body, headers, dice.random() > 0.06)

    def _odd(self, path: str, mark: str) -> str:
        return self._dice.choice(
            (
                path.replace("/", "//"), path + "/../../" + mark, path + "%00" + mark, path + "%ff",
                path.replace("fuzz", "%66uzz"), path.replace("fuzz", "FUZZ" + mark), "/" * 500,
                path + "/" + "a" * 5000, path.replace("v1", "v2beta9"), path + "%2f%2e%2e%2f",
                path.replace("s/", "/"), path + "/status/scale/log", path + ";" + mark, "/" + mark,
                path.replace("fuzz", "%25252e%25252e"), path + "\xe9\xff", path + "?" * 9,
            )
        )  # fmt: skip

    def _object(self, mark: str) -> bytes:
        """An object that is right, or nearly so."""
        dice = self._dice
        spec: Any = dice.choice(
            ({}, None, [], "x", {"ports": [{"port": dice.choice((80, -1, 70000, "x", 1.5, None))}]},
             {"replicas": dice.choice((-1, 2**40, 1.5, "1", True))}, {"containers": [{}]},
             {"containers": [{"name": "c", "image": "\x00"}], "nodeName": mark},
             {"selector": {"matchLabels": {"a": mark}}, "template": {"metadata": None}},
             {"schedule": dice.choice(("* * *", "99 * * * *", mark)), "jobTemplate": {}})
        )  # fmt: skip
        names = (
            mark,
            mark,
            "Ü" + mark,
            mark + "/..",
            "\x00" + mark,
            mark * 90,
            "",
            None,
            5,
            "victim",
        )
        kinds = ("ConfigMap", "Pod", "Service", "Deployment", "Nothing", 7, None, "Secret", "Event")
        versions = ("v1", "apps/v1", "v9", 1, None, "a/b/c")
        data = {
            "a": mark,
            dice.choice(("ok", "..", "", "\x00", "k" * 300)): dice.choice((mark, 1, None)),
        }
        labels = {dice.choice(("a", "", "-", "a/b/c", "\ud83d")): dice.choice((mark, 7, "x" * 99))}
        obj: dict[str, Any] = {
            "metadata": {
                "name": dice.choice(names), "labels": labels, "annotations": {"a": mark},
                "generateName": dice.choice((None, mark, "\n")),
                "finalizers": dice.choice(([], [mark], "x", [1])),
                "resourceVersion": dice.choice((None, "", "1", "x", 5)),
                "managedFields": dice.choice((None, [{}], [{"fieldsV1": {"f:a": 1}}], "x")),
                "ownerReferences": dice.choice((None, [{}], [{"uid": mark, "kind": 5}])),
            },
            "spec": spec, "data": data, dice.choice(("status", "stringData", mark)): {"a": mark},
        }  # fmt: skip
        if dice.random() < 0.7:
            obj |= {"kind": dice.choice(kinds), "apiVersion": dice.choice(versions)}
        return json.dumps(obj).encode()

    def _wrong_types(self, mark: str) -> bytes:
        values = ("[]", "null", "1", '"x"', "true", "", "{}", '{"metadata":[]}', '{"metadata":null}',
                  '{"metadata":{"name":{}}}', '{"a":1,"a":2}', '{"kind":{}}', '{"items":[]}')  # fmt: skip
        return self._dice.choice(values).encode()

    def _patch(self, mark: str) -> bytes:
        return json.dumps(
            self._dice.choice(
                (
                    {"metadata": {"labels": {"a": mark}, "name": "other"}},
                    {"metadata": None},
                    {"data": {"a": mark, "$patch": "replace"}},
                    {"data": None, "$patch": "explode"},
                    {"spec": {"$setElementOrder/containers": [{"name": mark}, 5], "containers": 7}},
                    {"spec": {"containers": [{"$patch": "delete"}, {"name": None}, mark]}},
                    {"spec": {"ports": [{"$patch": "merge", "port": "x"}], "$retainKeys": 7}},
                    {"metadata": {"$deleteFromPrimitiveList/finalizers": {"a": 1}}},
                    {"metadata": {"finalizers": [mark], "$setElementOrder/finalizers": 5}},
                    {"spec": {"template": {"spec": {"volumes": [{"$retainKeys": [1]}]}}}},
                    {"apiVersion": "v9", "kind": "Nothing", "metadata": {"uid": mark}},
                    {"status": {"conditions": [{"type": mark}, {"type": []}]}, "spec": mark},
                    {"spec": {"replicas": mark}},
                )
            )
        ).encode()

    def _operations(self, mark: str) -> bytes:
        dice = self._dice
        paths = ("/metadata/labels/a", "/data/a", "", "/", "x", "/metadata/labels/~9", "/spec/ports/-1",
                 "/spec/ports/99999999999", "/data/-", "/spec", None, 5, "/metadata/managedFields")  # fmt: skip
        verbs = ("add", "replace", "remove", "move", "copy", "test", "explode", None, 5)
        one: Any = {
            "op": dice.choice(verbs),
            "path": dice.choice(paths),
            "value": dice.choice((mark, {}, [])),
        }
        many = [one] * dice.choice((1, 2, 11_000)) if dice.random() < 0.3 else [one]
        extra: Any = dice.choice(
            ([], [{}], [5], [{"op": "move", "from": "", "path": "/data/a"}], [None])
        )
        return json.dumps(many + extra).encode()

    def _protobuf(self, mark: str) -> bytes:
        dice = self._dice

        def field(number: int, data: bytes) -> bytes:
            size, head = len(data), bytes([number << 3 | 2])
            while size > 127:
                head, size = head + bytes([size & 127 | 128]), size >> 7
            return head + bytes([size]) + data

        kind = dice.choice(
            (b"ConfigMap", b"Pod", b"Deployment", b"DeleteOptions", b"\xff", b"Status")
        )
        version = dice.choice((b"v1", b"apps/v1", b"", b"\xff"))
        raw = dice.choice((self._garbage(mark), field(1, field(1, mark.encode())), b"\xff" * 50))
        for _ in range(dice.choice((0, 1, 3, 2000))):
            raw = field(dice.choice((1, 2, 3)), raw)[:200_000]
        return b"k8s\0" + field(1, field(1, version) + field(2, kind)) + field(2, raw)

    def _garbage(self, mark: str) -> bytes:
        return self._dice.randbytes(self._dice.choice((0, 1, 7, 300)))

    def _torn(self, mark: str) -> bytes:
        whole = bytearray(self._object(mark))
        for _ in range(self._dice.choice((1, 3))):
            whole[self._dice.randrange(len(whole))] = self._dice.randrange(256)
        return bytes(
            whole[: self._dice.randrange(len(whole))] if self._dice.random() < 0.4 else whole
        )


def _deep_lists(mark: str) -> bytes:
    return (
        b'{"metadata":{"name":"%s"},"data":' % mark.encode() + b"[" * 90_000 + b"]" * 90_000 + b"}"
    )


def _deep_maps(mark: str) -> bytes:
    return b'{"a":' * 20_000 + b"1" + b"}" * 20_000


def _deep_yaml(mark: str) -> bytes:
    return b"metadata: " + b"{a: " * 3000 + b"1" + b"}" * 3000


def _large(mark: str) -> bytes:
    return json.dumps({"metadata": {"name": mark}, "data": {"a": "x" * (3 << 20)}}).encode()


def _laughs(mark: str) -> bytes:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for one in range(1, 12):
        lines.append(f"a{one}: &a{one} [{', '.join([f'*a{one - 1}'] * 10)}]")
    head = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {mark}, annotations: {{a: *a11}}}}"
    return ("\n".join(lines) + "\n" + head).encode()


def _knot(mark: str) -> bytes:
    return (
        b"apiVersion: v1\nkind: ConfigMap\nmetadata: &m {name: x, annotations: {a: *m}}\ndata: *m\n"
    )


def _numbers(mark: str) -> bytes:
    return (
        b'{"metadata":{"name":"%s","generation":1e999,"labels":{"a":NaN}},"spec":{"replicas":-Infinity,'
        b'"ports":[{"port":%s}]}}' % (mark.encode(), b"9" * 5000)
    )


def _surrogates(mark: str) -> bytes:
    return (
        b'{"metadata":{"name":"%s","annotations":{"a":"\\ud800","b":"\xed\xa0\x80"}},'
        b'"data":{"a":"\\udfff\\ud800","b":"\xff\xfe","c":"\\u0000"}}' % mark.encode()
    )


def _dates(mark: str) -> bytes:
    return (
        f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {mark}, creationTimestamp: 2020-01-01}}\n"
        "data: {a: 2020-01-01, b: !!binary aGk=, c: !!set {x, y}, d: 0x1F, e: .nan, f: ~, g: yes}\n"
    ).encode()


def _keys(mark: str) -> bytes:
    return (
        f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {mark}}}\n"
        "data: {1: a, null: b, 2020-01-01: c, [x]: d, {y: z}: e, true: f}\n"
    ).encode()
