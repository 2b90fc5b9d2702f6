"""Files in: what is read, what is noted, what is refused and where."""

from __future__ import annotations

import json

import pytest

from labkit.errors import LabkitError
from labkit.kubeproxy.documents import DocumentError
from labkit.kubeproxy.notes import review
from labkit.kubeproxy.objects import load_objects

SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: web
  creationTimestamp: 2026-01-02T03:04:05Z
  labels: {date: 2026-01-02}
spec:
  clusterIP: 10.96.0.1
  ports:
    - port: 80
      targetPort: http
"""
SLICE = """\
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
endpoints: [{addresses: [10.244.0.5], conditions: {}, targetRef: {kind: Pod, name: web-a}}]
ports: [{port: 8080}]
"""


def test_documents_lists_and_json_are_taken_apart() -> None:
    """Several documents, Lists of both kinds, JSON: all give the same objects."""
    import yaml

    both = [yaml.load(text, Loader=yaml.BaseLoader) for text in (SERVICE, SLICE)]
    both[0]["spec"]["ports"] = [{"port": 80, "targetPort": "http"}]
    both[1]["ports"] = [{"port": 8080}]
    as_list = {"apiVersion": "v1", "kind": "List", "items": both}
    of_kind = {
        "apiVersion": "v1",
        "kind": "ServiceList",
        "items": [{key: both[0][key] for key in ("metadata", "spec")}],
    }
    ways = [
        [("a", f"---\n{SERVICE}---\n---\n{SLICE}")],
        [("a", SERVICE), ("b", SLICE)],
        [("a", json.dumps(as_list, indent="\t"))],
        [("a", json.dumps(of_kind)), ("b", SLICE)],
    ]
    for way in ways:
        found = load_objects(way)
        assert [item.key for item in found.services] == ["default/web"]
        assert found.services[0].ports[0].target_port == "http"
        assert dict(found.services[0].labels) == {"date": "2026-01-02"}
        assert found.slices[0].service_key == "default/web"
        assert found.slices[0].endpoints[0].target == "web-a"
        assert found.slices[0].endpoints[0].ready
        assert found.notes == ()


def test_other_kinds_are_ignored_with_a_note_in_both_languages() -> None:
    """A Deployment in the same file, or somebody else's Service, is no error."""
    text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\n"
    text += "---\napiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: x}\n"
    found = load_objects([("f.yaml", text)])
    assert found.services == ()
    assert [note.subject for note in found.notes] == ["Deployment shop/web", "Service x"]
    assert "ignored" in str(found.notes[0])
    assert "se ignora" in found.notes[0].text("es")


def test_the_later_of_two_counts() -> None:
    """As with kubectl apply, and a note says so."""
    found = load_objects([("a", SERVICE), ("b", SERVICE.replace("port: 80", "port: 81"))])
    assert [item.ports[0].port for item in found.services] == [81]
    assert [note.code for note in found.notes] == ["twice"]


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        (SERVICE.replace("port: 80", "port: eighty"), 10, "eighty"),
        (SERVICE.replace("port: 80", "port: 80000"), 10, "80000"),
        (SERVICE.replace("port: 80", "port: true"), 10, "True"),
        (SERVICE.replace("name: web", 'name: "we b"'), 4, "we b"),
        (SERVICE.replace("  clusterIP", "  type: Clusterip\n  clusterIP"), 8, "Clusterip"),
        (SERVICE + "  sessionAffinity: IP\n", 12, "IP"),
        (SERVICE.replace("kind: Service\n", ""), 1, ""),
        (SERVICE.replace("apiVersion: v1\n", ""), 1, ""),
        (SERVICE.replace("kind: Service", "kind: [x]"), 2, "['x']"),
        (SERVICE.partition("  ports:")[0] + "  ports: 80\n", 9, "80"),
        (SERVICE.replace("spec:\n", "spec:\n\tclusterIP: x\n"), 8, "clusterIP:"),
        (SERVICE + "metadata: {name: x\n", 13, ""),
        ("- 1\n- 2\n", 1, "[1, 2]"),
        ("just words\n", 1, "just words"),
        ('{"kind": "Service",\n "apiVersion": v1}', 2, "v1}"),
        ('{"apiVersion": "v1", "kind": "Service",\n "metadata": {"name": 7}}', 2, "7"),
        ("apiVersion: v1\nkind: List\nitems: {a: b}\n", 3, "items"),
        (SERVICE.replace("10.96.0.1", "!!python/object:os.system x"), 8, ""),
    ],
)
def test_a_bad_file_is_one_sentence_with_file_line_and_word(
    text: str, line: int, word: str
) -> None:
    """What no API server would have taken is refused where it stands, never a traceback."""
    with pytest.raises(DocumentError) as caught:
        load_objects([("web.yaml", text)])
    error = caught.value
    assert isinstance(error, LabkitError)
    assert (error.source, error.line) == ("web.yaml", line)
    assert word in error.word
    assert str(error).startswith(f"web.yaml, line {line}")
    assert "\n" not in str(error)


def test_what_kube_proxy_passes_over_is_said() -> None:
    """Each object without rules, and each part that is passed over, has its note."""
    text = SERVICE.replace("clusterIP: 10.96.0.1", "type: ClusterIP").replace("web", "a")
    text += "---\n" + SERVICE.replace("10.96.0.1", "None").replace("web", "b")
    text += "---\n" + SERVICE.replace("web", "c").replace("10.96.0.1", "10.96.0.x")
    text += "---\n" + SERVICE.replace("web", "d").replace("10.96.0.1", "fd00::1")
    text += "---\n" + SERVICE.partition("  ports:")[0].replace("web", "e")
    text += "---\n" + SERVICE + "  externalIPs: [x]\n  loadBalancerSourceRanges: [10.0.0.1]\n"
    text += "---\n" + SERVICE.replace("web", "f") + "  type: ExternalName\n"
    text += "---\n" + SLICE.replace("10.244.0.5", "10.244.0.500").replace("port: 8080", "name: x")
    text += "---\n" + SLICE.replace("web", "lost")
    text += "---\n" + SLICE.replace("web-1", "w6").replace("IPv4", "IPv6")
    text += "---\n" + SLICE.replace("{kubernetes.io/service-name: web}", "{}").replace("web-1", "w")
    found = load_objects([("f", text)])
    notes = review(found.services, found.slices)
    assert [(note.subject.rpartition("/")[2], note.code) for note in notes] == [
        ("a", "no-cluster-ip"),
        ("b", "headless"),
        ("c", "bad-address"),
        ("d", "other-family"),
        ("e", "no-ports"),
        ("web", "bad-address"),
        ("web", "bad-range"),
        ("f", "external-name"),
        ("web-1", "port-zero"),
        ("web-1", "bad-address"),
        ("lost-1", "orphan"),
        ("w6", "slice-family"),
        ("w", "no-service"),
    ]
    for note in notes:
        assert note.text("en") != note.text("es")
        assert "{" not in note.text("es") + note.text("en")
