"""The API over HTTP: who may come in, forms of answers, bodies, pages, watches, errors."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.embedded.api.conftest import Client

Json = dict[str, Any]
MAPS = "/api/v1/namespaces/default/configmaps"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"


def _map(name: str, **labels: str) -> Json:
    metadata = {"name": name, "labels": labels}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"a": "ñ"}}


# ---- who may come in -------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/api", "/version", "/wrong/api/v1/pods", "/labkit/v1/info"])
def test_without_the_secret(client: Client, path: str) -> None:
    """Nothing is told without the secret, not even which paths there are."""
    answer = client.raw("GET", path)
    assert (answer.status, answer.json["reason"]) == (403, "Forbidden")
    assert client.raw("POST", path, b"{}").status == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example:80"},
        {"Host": "127.0.0.1:1"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
    ],
)
def test_strangers(client: Client, headers: dict[str, str]) -> None:
    """A browser's page of another site does not come in, even if it knows the secret."""
    assert client.raw("GET", f"/{client.secret}/version", headers=headers).status == 403


def test_localhost_by_name(client: Client) -> None:
    """localhost with our port is us, also as an origin."""
    ours = f"localhost:{client.port}"
    headers = {"Host": ours, "Origin": f"http://{ours}"}
    assert client.raw("GET", f"/{client.secret}/version", headers=headers).status == 200


# ---- discovery -------------------------------------------------------------------------------


def test_both_discoveries_agree(client: Client) -> None:
    """The aggregated document and the older ones name the same resources and verbs."""
    new: dict[str, list[str]] = {}
    for root in ("/api", "/apis"):
        answer = client.ask("GET", root, Accept=DISCOVERY)
        assert "as=APIGroupDiscoveryList" in answer.headers["content-type"]
        for group in answer.json["items"]:
            for version in group["versions"]:
                for each in version["resources"]:
                    name = f"{group['metadata']['name']}/{each['resource']}"
                    new[name] = each["verbs"]
                    for part in each.get("subresources", []):
                        new[f"{name}/{part['subresource']}"] = part["verbs"]
    old: dict[str, list[str]] = {}
    groups = [
        g["preferredVersion"]["groupVersion"] for g in client.ask("GET", "/apis").json["groups"]
    ]
    for path in ("/api/v1", *(f"/apis/{group}" for group in groups)):
        answer = client.ask("GET", path)
        group = answer.json["groupVersion"].rpartition("/")[0]
        old |= {f"{group}/{each['name']}": each["verbs"] for each in answer.json["resources"]}
    assert new == old
    assert "/pods/exec" in new


@pytest.mark.parametrize("path", ["/healthz", "/livez", "/readyz"])
def test_health(client: Client, path: str) -> None:
    """The health paths say ok."""
    assert client.ask("GET", path).body == b"ok"


# ---- objects ---------------------------------------------------------------------------------


def test_life_of_an_object(client: Client) -> None:
    """Created, read, changed and deleted, with the right status each time."""
    made = client.ask("POST", MAPS, _map("life"))
    assert made.status == 201
    assert made.json["data"] == {"a": "ñ"}
    assert client.ask("GET", f"{MAPS}/life").json == made.json
    change = b'{"data":{"b":"c"}}'
    merged = client.ask(
        "PATCH", f"{MAPS}/life", change, Content_Type="application/merge-patch+json"
    )
    assert merged.json["data"] == {"a": "ñ", "b": "c"}
    gone = client.ask("DELETE", f"{MAPS}/life")
    assert (gone.status, gone.json["status"]) == (200, "Success")
    assert gone.json["details"]["uid"] == made.json["metadata"]["uid"]
    missing = client.ask("GET", f"{MAPS}/life")
    assert missing.status == 404
    assert missing.json["message"] == 'configmaps "life" not found'
    assert missing.json["details"] == {"name": "life", "kind": "configmaps"}


def test_yaml_and_protobuf_bodies(client: Client) -> None:
    """A body may be YAML; a Namespace as kubectl sends it in protobuf is understood."""
    text = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: by-yaml}\n"
    assert client.ask("POST", MAPS, text, Content_Type="application/yaml").status == 201
    meta = b"\x0a\x06lab-pb"
    message = b"\x0a" + bytes([len(meta)]) + meta
    kind = b"\x0a\x02v1\x12\x09Namespace"
    body = b"k8s\x00\x0a" + bytes([len(kind)]) + kind + b"\x12" + bytes([len(message)]) + message
    media = "application/vnd.kubernetes.protobuf"
    made = client.ask("POST", "/api/v1/namespaces", body, Content_Type=media)
    assert (made.status, made.json["metadata"]["name"]) == (201, "lab-pb")


def test_unknown_bodies(client: Client) -> None:
    """Another media type is 415, what is no JSON 400, too much 413: each with a Status."""
    xml = client.ask("POST", MAPS, b"<a/>", Content_Type="text/xml")
    assert (xml.status, xml.json["reason"]) == (415, "UnsupportedMediaType")
    broken = client.ask("POST", MAPS, b"{", Content_Type="application/json")
    assert (broken.status, broken.json["reason"]) == (400, "BadRequest")
    patch = client.ask("PATCH", f"{MAPS}/x", b"{}", Content_Type="application/json")
    assert patch.status == 415
    large = client.ask("POST", MAPS, b" " * (3 * 1024 * 1024 + 1))
    assert (large.status, large.json["reason"]) == (413, "RequestEntityTooLarge")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nothings", 404),
        ("GET", "/apis/apps/v2/deployments", 404),
        ("GET", "/apis/nothing", 404),
        ("GET", "/nothing", 404),
        ("POST", "/nothing", 404),
        ("GET", "/api/v1/configmaps/a", 404),
        ("POST", "/api/v1/configmaps", 405),
        ("PUT", MAPS, 405),
        ("POST", f"{MAPS}/a", 405),
        ("GET", f"{MAPS}/a/status", 404),
        ("GET", "/api/v1/namespaces/default/pods/p/proxy/x/y", 404),
        ("DELETE", "/api/v1/namespaces", 405),
        ("GET", f"{MAPS}?limit=many", 400),
        ("GET", f"{MAPS}?fieldSelector=data.x=1", 400),
        ("GET", f"{MAPS}?labelSelector=((", 400),
        ("GET", f"{MAPS}?watch=1&resourceVersion=word", 400),
        ("GET", f"{MAPS}?continue=nonsense", 400),
    ],
)
def test_wrong_requests(client: Client, method: str, path: str, status: int) -> None:
    """Every wrong request has its code and a Status that says what is wrong."""
    answer = client.ask(method, path, b"{}" if method in ("POST", "PUT") else None)
    assert answer.status == status
    assert answer.json["kind"] == "Status"
    assert answer.json["code"] == status
    assert answer.json["message"]


def test_field_validation(client: Client) -> None:
    """An unknown field is refused, warned of or dropped, as asked; warned of by default."""
    wrong = {**_map("fields"), "unknown": 1}
    strict = client.ask("POST", f"{MAPS}?fieldValidation=Strict&dryRun=All", wrong)
    assert strict.status == 400
    assert 'unknown field "unknown"' in strict.json["message"]
    for query in ("dryRun=All", "dryRun=All&fieldValidation=Warn"):
        warned = client.ask("POST", f"{MAPS}?{query}", wrong)
        assert warned.status == 201
        assert warned.headers["warning"] == '299 - "unknown field \\"unknown\\""'
    silent = client.ask("POST", f"{MAPS}?dryRun=All&fieldValidation=Ignore", wrong)
    assert silent.status == 201
    assert "warning" not in silent.headers
    assert client.ask("GET", f"{MAPS}/fields").status == 404


def test_deprecated_kind_warns(client: Client) -> None:
    """Endpoints come with the warning of the real server."""
    answer = client.ask("GET", "/api/v1/endpoints")
    assert "v1 Endpoints is deprecated in v1.33+" in answer.headers["warning"]


def test_pages(client: Client) -> None:
    """A list can be read in pages that together are the whole, in order."""
    names = [f"page-{number}" for number in range(5)]
    for name in names:
        client.ask("POST", MAPS, _map(name, of="pages"))
    found, token, left = [], "", []
    for _ in range(3):
        answer = client.ask("GET", f"{MAPS}?limit=2&labelSelector=of%3Dpages&continue={token}").json
        found += [item["metadata"]["name"] for item in answer["items"]]
        token = answer["metadata"].get("continue", "")
        left.append(bool(token))
    assert found == names
    assert left == [True, True, False]
    whole = client.ask("GET", f"{MAPS}?limit=1").json["metadata"]
    count = len(client.ask("GET", MAPS).json["items"])
    assert whole["remainingItemCount"] == count - 1


def test_table(client: Client) -> None:
    """A table has the kind's columns and a row for each object, with as much of it as asked."""
    client.ask("POST", MAPS, _map("row", of="table"))
    path = f"{MAPS}?labelSelector=of%3Dtable"
    table = client.ask("GET", path, Accept=TABLE).json
    assert [column["name"] for column in table["columnDefinitions"]] == ["Name", "Data", "Age"]
    (row,) = table["rows"]
    assert row["cells"][:2] == ["row", 1]
    assert row["object"]["kind"] == "PartialObjectMetadata"
    assert "data" not in row["object"]
    full = client.ask("GET", f"{path}&includeObject=Object", Accept=TABLE).json["rows"][0]
    assert full["object"]["data"] == {"a": "ñ"}


def test_not_acceptable(client: Client) -> None:
    """Who takes nothing that there is gets 406; who also takes JSON gets JSON."""
    media = "application/vnd.kubernetes.protobuf"
    assert client.ask("GET", MAPS, Accept=media).status == 406
    assert client.ask("GET", MAPS, Accept=f"{media},application/json").status == 200


def test_delete_collection(client: Client) -> None:
    """Only what the selector names is deleted."""
    client.ask("POST", MAPS, _map("one", of="many"))
    client.ask("POST", MAPS, _map("two", of="many"))
    client.ask("POST", MAPS, _map("three", of="other"))
    answer = client.ask("DELETE", f"{MAPS}?labelSelector=of%3Dmany").json
    assert [item["metadata"]["name"] for item in answer["items"]] == ["one", "two"]
    assert client.ask("GET", f"{MAPS}/three").status == 200


# ---- watches ---------------------------------------------------------------------------------


def test_watch_list(client: Client) -> None:
    """sendInitialEvents: each object, then the bookmark that ends the beginning."""
    client.ask("POST", MAPS, _map("seen", of="watch"))
    query = (
        "watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"
        "&allowWatchBookmarks=true&labelSelector=of%3Dwatch"
    )
    added, mark = client.stream(f"{MAPS}?{query}", 2)
    assert (added["type"], added["object"]["metadata"]["name"]) == ("ADDED", "seen")
    assert mark["type"] == "BOOKMARK"
    assert mark["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}
    assert int(mark["object"]["metadata"]["resourceVersion"]) >= int(
        added["object"]["metadata"]["resourceVersion"]
    )


def test_watch_list_needs_its_match(client: Client) -> None:
    """sendInitialEvents without resourceVersionMatch is refused, so that clients fall back."""
    assert client.ask("GET", f"{MAPS}?watch=true&sendInitialEvents=true").status == 422


def test_watch_ends_in_time(client: Client) -> None:
    """timeoutSeconds ends the stream; a boolean may be written as Python writes it."""
    answer = client.ask("GET", f"{MAPS}?watch=True&timeoutSeconds=1&labelSelector=of%3Dnobody")
    assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize("no", ["0", "false", "False", "f"])
def test_no_watch(client: Client, no: str) -> None:
    """``watch=0`` and the like, as Go reads booleans, are a list."""
    assert client.ask("GET", f"{MAPS}?watch={no}").json["kind"] == "ConfigMapList"


def test_watch_of_the_past(client: Client) -> None:
    """A watch from a number gives what came after it."""
    version = client.ask("GET", MAPS).json["metadata"]["resourceVersion"]
    client.ask("POST", MAPS, _map("after"))
    (event,) = client.stream(f"{MAPS}?watch=true&resourceVersion={version}", 1)
    assert (event["type"], event["object"]["metadata"]["name"]) == ("ADDED", "after")


# ---- other -----------------------------------------------------------------------------------


def test_openapi(client: Client) -> None:
    """The index of v3 leads to documents with schemas; v2 is there in protobuf."""
    index = client.ask("GET", "/openapi/v3").json["paths"]
    url = index["api/v1"]["serverRelativeURL"]
    schemas = client.raw("GET", url).json["components"]["schemas"]
    assert "io.k8s.api.core.v1.Service" in schemas
    assert client.ask("GET", "/openapi/v2").body.startswith(b"\n\x032.0")
    assert client.ask("GET", "/openapi/v3/apis/nothing/v1").status == 404


def test_streams_need_an_upgrade(client: Client) -> None:
    """exec without a WebSocket, or for a Pod on no node, is 400 with words."""
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p"},
        "spec": {"containers": [{"name": "c", "image": "x"}]},
    }
    client.ask("POST", "/api/v1/namespaces/default/pods", pod)
    path = "/api/v1/namespaces/default/pods/p"
    answer = client.ask("GET", f"{path}/exec?command=a&stdout=true")
    assert (answer.status, answer.json["message"]) == (400, "pod p does not have a host assigned")
    assert client.ask("POST", f"{path}/exec?command=a&stdout=true").status == 400
    assert client.ask("GET", f"{path}/log").body == b""
    missing = client.ask("GET", "/api/v1/namespaces/default/pods/q/exec?command=a&stdout=1")
    assert missing.json["message"] == 'pods "q" not found'


def test_own_paths_without_a_system(client: Client) -> None:
    """labkit's paths answer with a Status when there is nothing to show."""
    assert json.loads(client.ask("GET", "/labkit/v1/info").body)["pid"] > 0
    assert client.ask("GET", "/labkit/v1/nodes/none/rules").status == 404
    assert client.ask("GET", "/labkit/v1/else").status == 404
    assert client.ask("POST", "/labkit/v1/info").status == 405
