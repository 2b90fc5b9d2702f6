"""The operations of one resource in the order of Kubernetes' "API operations" tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.conformance.rest import Api, Body


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of a group, where its objects lie, and the label that marks ours."""

    api: Api
    group: str
    plural: str
    kind: str
    path: str
    marked: str
    """A label selector."""

    def at(self, name: str) -> str:
        return f"{self.path}/{name}"

    def listed(self) -> Body:
        found: Body = self.api.get(self.path, labelSelector=self.marked)
        return found

    def names(self) -> set[str]:
        return {each["metadata"]["name"] for each in self.listed()["items"]}


def check_discovery(resource: Resource) -> None:
    """The group, its v1 and the resource stand in the three documents of discovery."""
    api, group = resource.api, resource.group
    groups = api.get("/apis")["groups"]
    versions = [v["version"] for each in groups if each["name"] == group for v in each["versions"]]
    assert "v1" in versions
    assert "v1" in [each["version"] for each in api.get(f"/apis/{group}")["versions"]]
    listed = {each["name"]: each for each in api.get(f"/apis/{group}/v1")["resources"]}
    verbs = {"create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"}
    assert set(listed[resource.plural]["verbs"]) >= verbs


def check_reads(resource: Resource, made: list[Body]) -> Body:
    """Get and list, in the namespace and over all; the list is given back."""
    one = made[0]
    found = resource.api.get(resource.at(one["metadata"]["name"]))
    assert found["metadata"]["uid"] == one["metadata"]["uid"]
    listed = resource.listed()
    assert listed["kind"] == f"{resource.kind}List"
    assert _uids(listed["items"]) == _uids(made)
    everywhere = f"/apis/{resource.group}/v1/{resource.plural}"
    found = resource.api.get(everywhere, labelSelector=resource.marked)
    assert _uids(found["items"]) == _uids(made)
    return listed


def _uids(objects: list[Body]) -> list[str]:
    return sorted(each["metadata"]["uid"] for each in objects)


def check_changes(resource: Resource, name: str, since: str) -> None:
    """Patch and update; a watch from ``since`` sees both as MODIFIED, in order."""
    api, path = resource.api, resource.at(name)
    with api.watch(resource.path, resourceVersion=since, labelSelector=resource.marked) as events:
        patched = api.patch(path, {"metadata": {"annotations": {"patched": "true"}}})
        assert patched["metadata"]["annotations"]["patched"] == "true"
        assert int(patched["metadata"]["resourceVersion"]) > int(since)
        wanted = api.get(path)
        wanted["metadata"]["annotations"]["updated"] = "true"
        updated = api.put(path, wanted)
        assert updated["metadata"]["annotations"]["updated"] == "true"
        for annotation in ("patched", "updated"):
            event = next(events)
            assert (event["type"], event["object"]["metadata"]["name"]) == ("MODIFIED", name)
            assert event["object"]["metadata"]["annotations"][annotation] == "true"
    stale = api.ask("PUT", path, {**wanted, "spec": wanted.get("spec", {})})
    assert (stale.status, stale.body["reason"]) == (409, "Conflict")


def check_deletions(resource: Resource, name: str) -> None:
    """One by name (404 from then on), the rest by their label."""
    api = resource.api
    api.delete(resource.at(name))
    gone = api.ask("GET", resource.at(name))
    assert (gone.status, gone.body["kind"], gone.body["reason"]) == (404, "Status", "NotFound")
    assert len(resource.names()) == 2
    assert name not in resource.names()
    api.delete(resource.path, labelSelector=resource.marked)
    assert resource.names() == set()


def three(resource: Resource, make: Callable[[int], Body]) -> list[Body]:
    """Three objects; the names that ``generateName`` makes differ."""
    made: list[Any] = [resource.api.post(resource.path, make(number)) for number in range(3)]
    assert len({each["metadata"]["name"] for each in made}) == 3
    return made
