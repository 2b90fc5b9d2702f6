"""The manifests: the seed's word for word, the corrected ones in what they correct."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Any

import pytest
import yaml

from labkit.cluster.base import RIGHTS
from labkit.cluster.embedded import EmbeddedCluster
from labkit.cluster.kind.backend import KindCluster
from labkit.errors import LabError, UsageError
from labkit.lab import files
from labkit.words import Words
from tests.support import ROOT

SEED = ROOT / "docs" / "seed" / "clusterip-service.es.md"


def blocks() -> dict[str, str]:
    """The YAML blocks of the seed that have a file's name before them."""
    text = SEED.read_text(encoding="utf-8")
    found = re.findall(r"`([a-z-]+\.yaml)`:\s*```yaml\n(.*?)\n *```", text, re.DOTALL)
    return {name: textwrap.dedent(block) + "\n" for name, block in found}


def read(which: str, name: str) -> Any:
    """One manifest as an object."""
    return yaml.safe_load(files.text_of(which, name))


def test_seed_word_for_word() -> None:
    """The seed's three manifests stand here as the seed's text prints them, to the letter."""
    found = blocks()
    assert set(found) == set(files.FILES)
    for name in files.FILES:
        assert files.text_of("seed", name) == found[name]


def test_fixed_deployment() -> None:
    """The corrected Deployment: the Pod's name by fieldRef, a pinned tag, spread as a promise."""
    pod = read("fixed", files.BACKEND)["spec"]["template"]["spec"]
    container = pod["containers"][0]
    names = {one["name"]: one["valueFrom"]["fieldRef"]["fieldPath"] for one in container["env"]}
    assert names == {"POD_NAME": "metadata.name", "NODE_NAME": "spec.nodeName"}
    assert container["args"] == [
        "-listen=:8080",
        "-text=Hello from Pod $(POD_NAME) on node $(NODE_NAME)",
    ]
    assert container["image"] == "hashicorp/http-echo:1.0.0"
    assert pod["topologySpreadConstraints"] == [
        {
            "maxSkew": 1,
            "topologyKey": "kubernetes.io/hostname",
            "whenUnsatisfiable": "DoNotSchedule",
            "nodeTaintsPolicy": "Honor",
            "labelSelector": {"matchLabels": {"app": "backend"}},
            "matchLabelKeys": ["pod-template-hash"],
        }
    ]


def test_fixed_differs_only_where_it_corrects() -> None:
    """With the corrections taken back, the corrected manifests are the seed's."""
    deployment = read("fixed", files.BACKEND)
    pod = deployment["spec"]["template"]["spec"]
    del pod["topologySpreadConstraints"]
    container = pod["containers"][0]
    container["image"] = "hashicorp/http-echo:latest"
    container["env"] = [one for one in container["env"] if one["name"] != "POD_NAME"]
    container["args"][1] = container["args"][1].replace("$(POD_NAME)", "$(HOSTNAME)")
    assert deployment == read("seed", files.BACKEND)
    assert read("fixed", files.SERVICE) == read("seed", files.SERVICE)
    client = read("fixed", files.CLIENT)
    client["spec"]["containers"][0]["image"] = "busybox:latest"
    assert client == read("seed", files.CLIENT)


def test_copy_leaves_what_is_there(tmp_path: Path) -> None:
    """A file that the learner has changed is not written over; the others are copied."""
    mine = tmp_path / files.SERVICE
    mine.write_text("mine", encoding="utf-8")
    written = files.copy_into(tmp_path, "fixed", Words("en"))
    assert mine.read_text(encoding="utf-8") == "mine"
    assert {path.name for path in written} == {files.BACKEND, files.CLIENT}
    assert (tmp_path / files.CLIENT).read_text(encoding="utf-8") == files.text_of(
        "fixed", files.CLIENT
    )


def test_copy_refuses(tmp_path: Path) -> None:
    """An unknown variant and a folder that cannot be made are refused in one sentence."""
    with pytest.raises(UsageError, match=r"fixed.*seed"):
        files.copy_into(tmp_path, "broken", Words("en"))
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(LabError, match="cannot be written"):
        files.copy_into(tmp_path / "file" / "folder", "seed", Words("en"))


def test_roles_come_along_where_rights_are_checked(tmp_path: Path) -> None:
    """An ingress controller's roles are in the set on a cluster that checks rights, for the
    account of the lab's namespace; on the embedded one they are not."""
    files.copy_into(tmp_path / "here", "ingress", Words("en"))
    files.copy_into(tmp_path / "there", "ingress", Words("en"), rights_in="class-3")
    here, there = ({path.name for path in (tmp_path / one).iterdir()} for one in ("here", "there"))
    assert there - here == {"ingress-rights.yaml"}
    documents = yaml.safe_load_all((tmp_path / "there" / "ingress-rights.yaml").read_text("utf-8"))
    role, binding = documents
    account = next(
        one
        for one in yaml.safe_load_all((tmp_path / "there" / "ingress-controller.yaml").read_text())
        if one["kind"] == "ServiceAccount"
    )
    assert binding["roleRef"]["name"] == role["metadata"]["name"]
    assert binding["subjects"][0]["name"] == account["metadata"]["name"]
    assert binding["subjects"][0]["namespace"] == "class-3"


@pytest.mark.parametrize(("cluster", "rights"), [(KindCluster, True), (EmbeddedCluster, False)])
def test_kind_checks_rights(cluster: Any, rights: bool) -> None:
    """The real API server checks rights, the embedded one does not."""
    assert (RIGHTS in cluster.capabilities) == rights
