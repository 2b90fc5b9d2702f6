"""Server-side apply and managedFields, by the rules and examples of its documentation."""

from __future__ import annotations

import json
from typing import Any

import pytest

from labkit.embedded.schema import defaults, fieldset, managed, strategy
from labkit.embedded.schema.apply import apply
from labkit.embedded.schema.decode import decode
from labkit.embedded.schema.fields import GVK
from labkit.embedded.schema.managed import managed_fields_after
from labkit.embedded.status import StatusError

Json = dict[str, Any]
DEPLOYMENT = GVK("apps", "v1", "Deployment")
CONFIG_MAP = GVK("", "v1", "ConfigMap")


def nginx(replicas: int | None = 3, image: str = "nginx:1.14.2") -> Json:
    """The Deployment of the Kubernetes documentation's page on server-side apply."""
    container = {"name": "nginx", "image": image}
    pod = {"metadata": {"labels": {"app": "nginx"}}, "spec": {"containers": [container]}}
    spec: Json = {"selector": {"matchLabels": {"app": "nginx"}}, "template": pod}
    if replicas is not None:
        spec["replicas"] = replicas
    metadata = {"name": "nginx-deployment", "labels": {"app": "nginx"}}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}


def stored(gvk: GVK, obj: Json) -> Json:
    """The object as the server would keep it."""
    decoded = decode(gvk, json.dumps(obj)).obj
    kept = strategy.prepared_for_create(gvk, defaults.defaulted(gvk, decoded))
    kept["metadata"]["uid"] = "u"
    return kept


def applied(live: Json | None, config: Json, manager: str, *, force: bool = False) -> Json:
    """Apply and keep."""
    made = apply(DEPLOYMENT, live, config, manager=manager, now="2026-01-01T00:00:00Z", force=force)
    return stored(DEPLOYMENT, made.obj)


def updated(live: Json, change: Json, manager: str) -> Json:
    """An ordinary update that merges ``change`` into the spec."""
    new = {**live, "spec": {**live["spec"], **change}}
    entries = managed_fields_after(
        DEPLOYMENT, live, new, manager=manager, now="2026-01-02T00:00:00Z"
    )
    return {**new, "metadata": {**new["metadata"], "managedFields": entries}}


def owned(obj: Json) -> dict[str, Json]:
    """Manager to its fields."""
    return {entry["manager"]: entry["fieldsV1"] for entry in obj["metadata"]["managedFields"]}


# What a real cluster shows for the Deployment that ``kubectl create deployment`` makes.
REAL_CREATE: Json = {
    "f:metadata": {"f:labels": {".": {}, "f:app": {}}},
    "f:spec": {
        "f:progressDeadlineSeconds": {},
        "f:replicas": {},
        "f:revisionHistoryLimit": {},
        "f:selector": {},
        "f:strategy": {
            "f:rollingUpdate": {".": {}, "f:maxSurge": {}, "f:maxUnavailable": {}},
            "f:type": {},
        },
        "f:template": {
            "f:metadata": {"f:labels": {".": {}, "f:app": {}}},
            "f:spec": {
                "f:containers": {
                    'k:{"name":"nginx"}': {
                        ".": {},
                        "f:image": {},
                        "f:imagePullPolicy": {},
                        "f:name": {},
                        "f:resources": {},
                        "f:terminationMessagePath": {},
                        "f:terminationMessagePolicy": {},
                    }
                },
                "f:dnsPolicy": {},
                "f:restartPolicy": {},
                "f:schedulerName": {},
                "f:securityContext": {},
                "f:terminationGracePeriodSeconds": {},
            },
        },
    },
}


def test_a_created_object_is_owned_as_on_a_real_cluster() -> None:
    """An Update entry for all fields but the status and the identity."""
    obj = stored(DEPLOYMENT, nginx())
    now = "2026-01-01T00:00:00Z"
    entries = managed_fields_after(DEPLOYMENT, None, obj, manager="kubectl-create", now=now)
    assert entries == [
        {
            "apiVersion": "apps/v1",
            "fieldsType": "FieldsV1",
            "fieldsV1": REAL_CREATE,
            "manager": "kubectl-create",
            "operation": "Update",
            "time": now,
        }
    ]


def test_an_applier_owns_what_it_says_and_no_more() -> None:
    """Defaults have no owner; list items are owned by their keys."""
    fields = owned(applied(None, nginx(), "kubectl"))["kubectl"]
    containers = {'k:{"name":"nginx"}': {".": {}, "f:image": {}, "f:name": {}}}
    template = {"f:metadata": {"f:labels": {"f:app": {}}}, "f:spec": {"f:containers": containers}}
    assert fields == {
        "f:metadata": {"f:labels": {"f:app": {}}},
        "f:spec": {"f:replicas": {}, "f:selector": {}, "f:template": template},
    }


def test_one_conflict_has_the_documented_words() -> None:
    """The message of the documentation, with the path and the manager of an update."""
    live = updated(applied(None, nginx(), "kubectl"), {"replicas": 2}, "kube-controller-manager")
    with pytest.raises(StatusError) as refused:
        applied(live, nginx(), "kubectl")
    assert refused.value.code == 409
    says = 'conflict with "kube-controller-manager" using apps/v1'
    assert refused.value.message == f"Apply failed with 1 conflict: {says}: .spec.replicas"
    cause = {"reason": "FieldManagerConflict", "message": says, "field": ".spec.replicas"}
    assert refused.value.details == {"causes": [cause]}


def test_several_conflicts_are_listed_by_manager() -> None:
    """Each path on a line of its own; an applier is named without a version."""
    live = applied(None, nginx(), "one")
    with pytest.raises(StatusError) as refused:
        applied(live, nginx(5, "nginx:2"), "two")
    assert refused.value.message == (
        'Apply failed with 2 conflicts: conflicts with "one":\n- .spec.replicas\n'
        '- .spec.template.spec.containers[name="nginx"].image'
    )


def test_force_takes_ownership() -> None:
    """The field changes hands, the rest stays shared."""
    live = applied(applied(None, nginx(), "one"), nginx(5), "two", force=True)
    assert live["spec"]["replicas"] == 5
    assert "f:replicas" in owned(live)["two"]["f:spec"]
    assert "f:replicas" not in owned(live)["one"]["f:spec"]
    assert "f:selector" in owned(live)["one"]["f:spec"]


def test_the_same_value_is_no_conflict_but_shared() -> None:
    """Two appliers that agree both own the field; giving it up leaves it to the other."""
    live = applied(applied(None, nginx(), "one"), nginx(), "two")
    assert all("f:replicas" in fields["f:spec"] for fields in owned(live).values())
    left = applied(live, nginx(None), "one")
    assert left["spec"]["replicas"] == 3
    assert applied(left, nginx(None), "two")["spec"]["replicas"] == 1  # nobody's: the default


def test_what_the_last_owner_drops_is_removed() -> None:
    """A label and a variable go; what a container got by default goes with the container."""
    first = nginx()
    first["metadata"]["labels"]["tier"] = "x"
    pod = first["spec"]["template"]["spec"]
    pod["containers"][0]["env"] = [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
    pod["containers"].append({"name": "side", "image": "s"})
    live = applied(None, first, "kubectl")
    second = nginx()
    second["spec"]["template"]["spec"]["containers"][0]["env"] = [{"name": "B", "value": "2"}]
    made = applied(live, second, "kubectl")
    containers = made["spec"]["template"]["spec"]["containers"]
    assert made["metadata"]["labels"] == {"app": "nginx"}
    assert [each["name"] for each in containers] == ["nginx"]
    assert containers[0]["env"] == [{"name": "B", "value": "2"}]


def test_an_item_stays_while_another_owns_a_part_of_it() -> None:
    """The first applier drops a container of which a second one owns a variable."""
    first, second = nginx(), nginx()
    side = {"name": "side", "image": "s"}
    first["spec"]["template"]["spec"]["containers"].append(side)
    env = [{"name": "A", "value": "1"}]
    second["spec"]["template"]["spec"]["containers"].append({"name": "side", "env": env})
    live = applied(applied(None, first, "one"), second, "two")
    containers = applied(live, nginx(), "one")["spec"]["template"]["spec"]["containers"]
    assert [each["name"] for each in containers] == ["nginx", "side"]
    assert containers[1]["env"] == env and "image" not in containers[1]


def with_pod(live: Json, pod: Json, manager: str) -> Json:
    """An ordinary update of the template's PodSpec."""
    template = live["spec"]["template"]
    spec = {**template["spec"], **pod}
    return updated(live, {"template": {**template, "spec": spec}}, manager)


def test_a_struct_stays_while_another_owns_a_field_in_it() -> None:
    """The applier drops its empty struct, and the updater's field in it remains."""
    config = nginx()
    config["spec"]["template"]["spec"]["securityContext"] = {}
    live = with_pod(applied(None, config, "kubectl"), {"securityContext": {"runAsUser": 7}}, "m")
    made = applied(live, nginx(), "kubectl")
    assert made["spec"]["template"]["spec"]["securityContext"] == {"runAsUser": 7}


def test_an_item_goes_although_another_owns_a_field_in_it() -> None:
    """A container belongs to who applied it; an injected variable does not hold it."""
    first = nginx()
    first["spec"]["template"]["spec"]["containers"].append({"name": "side", "image": "s"})
    live = applied(None, first, "kubectl")
    containers = live["spec"]["template"]["spec"]["containers"]
    injected = [containers[0], {**containers[1], "env": [{"name": "A", "value": "1"}]}]
    live = with_pod(live, {"containers": injected}, "injector")
    made = applied(live, nginx(), "kubectl")
    assert [each["name"] for each in made["spec"]["template"]["spec"]["containers"]] == ["nginx"]


def test_handing_over_replicas_to_the_autoscaler() -> None:
    """The documented way: the user drops the field that another has come to own."""
    live = updated(applied(None, nginx(), "kubectl"), {"replicas": 7}, "hpa")
    made = applied(live, nginx(None), "kubectl")
    assert made["spec"]["replicas"] == 7


def test_applying_the_same_again_changes_nothing() -> None:
    """Nothing new is said, so object and times stay."""
    live = applied(None, nginx(), "kubectl")
    again = apply(DEPLOYMENT, live, nginx(), manager="kubectl", now="2027-01-01T00:00:00Z")
    assert not again.changed
    assert again.obj["metadata"]["managedFields"] == live["metadata"]["managedFields"]


def test_kubectl_may_take_over_from_client_side_apply() -> None:
    """What last-applied says and nobody changed since is no conflict for kubectl."""
    obj = nginx()
    note = {"kubectl.kubernetes.io/last-applied-configuration": json.dumps(nginx())}
    obj["metadata"]["annotations"] = note
    live = stored(DEPLOYMENT, obj)
    live["metadata"]["managedFields"] = managed_fields_after(
        DEPLOYMENT, None, live, manager="kubectl-client-side-apply", now="2026-01-01T00:00:00Z"
    )
    assert applied(live, nginx(5), "kubectl")["spec"]["replicas"] == 5
    with pytest.raises(StatusError, match=r"kubectl-client-side-apply.*\.spec\.replicas"):
        applied(live, nginx(5), "somebody-else")


def test_an_untracked_object_belongs_to_before_first_apply() -> None:
    """An object without managedFields is not tracked by updates, and conflicts at first apply."""
    live = stored(DEPLOYMENT, nginx())
    assert managed_fields_after(DEPLOYMENT, live, live, manager="m", now="") == []
    with pytest.raises(StatusError, match=r'"before-first-apply" using apps/v1: \.spec\.replicas'):
        applied(live, nginx(4), "kubectl")


def test_an_update_takes_only_what_it_changes() -> None:
    """The changed field moves to the updater, from its own older entry and from others."""
    live = updated(applied(None, nginx(), "kubectl"), {"replicas": 2}, "scaler")
    again = updated(live, {"replicas": 4}, "scaler")
    assert owned(again)["scaler"] == {"f:spec": {"f:replicas": {}}}
    assert len(again["metadata"]["managedFields"]) == 2
    assert "f:replicas" not in owned(again)["kubectl"]["f:spec"]


def test_status_is_owned_through_its_subresource_alone() -> None:
    """The status entry names its subresource; an ordinary write owns no status."""
    live = applied(None, nginx(), "kubectl")
    new = {**live, "status": {"replicas": 3, "observedGeneration": 1}}
    now = "2026-01-02T00:00:00Z"
    entries = managed_fields_after(
        DEPLOYMENT, live, new, manager="kcm", now=now, subresource="status"
    )
    mine = next(entry for entry in entries if entry["manager"] == "kcm")
    assert mine["subresource"] == "status"
    assert mine["fieldsV1"] == {"f:status": {"f:observedGeneration": {}, "f:replicas": {}}}
    ordinary = managed_fields_after(DEPLOYMENT, live, new, manager="kcm", now=now)
    assert [entry["manager"] for entry in ordinary] == ["kubectl"]


@pytest.mark.parametrize(
    "change",
    [{"apiVersion": "apps/v2"}, {"metadata": {"name": "x", "managedFields": []}}],
)
def test_configurations_that_cannot_be_applied(change: Json) -> None:
    """Another version, or managedFields in the configuration, is a 400."""
    with pytest.raises(StatusError) as refused:
        apply(DEPLOYMENT, None, {**nginx(), **change}, manager="m", now="")
    assert refused.value.code == 400


def test_unknown_fields_are_told_in_the_typed_converters_words() -> None:
    """Server-side apply says "field not declared in schema"; strict decoding comes later."""
    config = nginx()
    config["spec"]["replica"] = 3
    with pytest.raises(StatusError, match=r"\.spec\.replica: field not declared in schema"):
        apply(DEPLOYMENT, None, config, manager="m", now="")


def test_fields_survive_being_written_and_read() -> None:
    """FieldsV1 of sets, keys and dotted parents reads back to the same paths."""
    obj = stored(DEPLOYMENT, nginx())
    obj["metadata"]["finalizers"] = ["x/a"]
    paths = frozenset(fieldset.all_paths(managed.shape_of(DEPLOYMENT), obj, ()))
    owned_paths = frozenset(path for path in paths if path)
    assert frozenset(fieldset.decode(fieldset.encode(owned_paths))) == owned_paths
    assert 'v:"x/a"' in fieldset.encode(owned_paths)["f:metadata"]["f:finalizers"]


def test_apply_is_pure() -> None:
    """Neither the live object nor the configuration is changed."""
    live = applied(None, nginx(), "kubectl")
    config = nginx(None)
    before = json.dumps([live, config])
    apply(DEPLOYMENT, live, config, manager="kubectl", now="")
    assert json.dumps([live, config]) == before


def test_a_config_maps_keys_are_owned_one_by_one() -> None:
    """Two managers can each own keys of one map."""
    base = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}
    one = apply(CONFIG_MAP, None, {**base, "data": {"a": "1"}}, manager="one", now="t1").obj
    two = apply(CONFIG_MAP, one, {**base, "data": {"b": "2"}}, manager="two", now="t2").obj
    assert two["data"] == {"a": "1", "b": "2"}
    gone = apply(CONFIG_MAP, two, {**base}, manager="one", now="t3").obj
    assert gone["data"] == {"b": "2"}
