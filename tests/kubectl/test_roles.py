"""Roles and their bindings: what kubectl makes of them, and what the server keeps to."""

from __future__ import annotations

import pytest

from tests.kubectl.conftest import Cluster, refused

pytestmark = pytest.mark.kubectl


def may(cluster: Cluster, who: str, where: str, *words: str) -> str:
    """The answer of ``kubectl auth can-i``."""
    return cluster.kubectl("auth", "can-i", *words, f"--as={who}", "-n", where).out.strip()


def test_a_role_for_a_user(cluster: Cluster, space: str) -> None:
    """Jane may read Pods where she was bound, and nothing else, nowhere else."""
    cluster.done("create", "role", "reader", "--verb=get,list", "--resource=pods", "-n", space)
    cluster.done("create", "rolebinding", "read", "--role=reader", "--user=jane", "-n", space)
    assert may(cluster, "jane", space, "list", "pods") == "yes"
    assert may(cluster, "jane", space, "delete", "pods") == "no"
    assert may(cluster, "jane", "default", "list", "pods") == "no"
    listed = cluster.kubectl("get", "pods", "-n", space, "--as=jane")
    assert (listed.status, listed.err.strip()) == (0, f"No resources found in {space} namespace.")
    assert (
        'secrets is forbidden: User "jane" cannot list resource "secrets" in API group "" '
        f'in the namespace "{space}"'
    ) in refused(cluster, "get", "secrets", "-n", space, "--as=jane")


def test_a_cluster_role_for_a_service_account(cluster: Cluster, space: str) -> None:
    """``view`` in one namespace: Deployments are shown, Secrets and changes are refused."""
    cluster.done("create", "serviceaccount", "robot", "-n", space)
    account = f"{space}:robot"
    cluster.done(
        "create", "rolebinding", "see", "--clusterrole=view",
        f"--serviceaccount={account}", "-n", space,
    )  # fmt: skip
    robot = f"system:serviceaccount:{account}"
    assert may(cluster, robot, space, "watch", "deployments.apps") == "yes"
    assert may(cluster, robot, space, "get", "pods", "--subresource=log") == "yes"
    assert may(cluster, robot, space, "get", "secrets") == "no"
    assert may(cluster, robot, "default", "watch", "deployments.apps") == "no"
    said = refused(cluster, "create", "configmap", "c", "-n", space, f"--as={robot}")
    assert f'User "{robot}" cannot create resource "configmaps"' in said
    table = cluster.done("get", "rolebinding", "see", "-o", "wide", "-n", space)
    assert table.split("\n")[1].split()[1] == "ClusterRole/view"
    assert f"{space}/robot" in table


def test_a_group_in_the_whole_cluster(cluster: Cluster, space: str) -> None:
    """A ClusterRoleBinding counts everywhere, for whoever is in the group."""
    name = f"nodes-{space}"
    cluster.done("create", "clusterrole", name, "--verb=get,list", "--resource=nodes")
    try:
        cluster.done("create", "clusterrolebinding", name, f"--clusterrole={name}", "--group=ops")
        said = cluster.kubectl("get", "nodes", "--as=kim", "--as-group=ops", "-o", "name")
        assert said.out.count("node/") >= 2
        assert "at the cluster scope" in refused(cluster, "get", "nodes", "--as=kim")
    finally:
        cluster.kubectl("delete", "clusterrolebinding,clusterrole", name)


def test_what_cannot_be(cluster: Cluster, space: str) -> None:
    """A role without verbs, and a binding that is to change its role, are refused."""
    head = "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r}\n"
    role = head + "rules: [{apiGroups: [''], resources: [pods], verbs: []}]"
    said = refused(cluster, "apply", "-n", space, "-f", "-", stdin=role)
    assert "rules[0].verbs: Required value: verbs must contain at least one value" in said
    cluster.done("create", "rolebinding", "b", "--clusterrole=view", "--user=u", "-n", space)
    patch = '{"roleRef": {"name": "edit"}}'
    said = refused(cluster, "patch", "rolebinding", "b", "-n", space, "--type=merge", "-p", patch)
    assert "cannot change roleRef" in said


def test_the_roles_that_every_cluster_has(cluster: Cluster) -> None:
    """They are there from the start, and kubectl describes them."""
    names = cluster.done("get", "clusterroles", "-o", "name").split()
    assert {f"clusterrole.rbac.authorization.k8s.io/{n}" for n in ("cluster-admin", "view")} <= set(
        names
    )
    described = cluster.done("describe", "clusterrole", "cluster-admin")
    assert "*.*" in described
    reconciled = cluster.kubectl("auth", "can-i", "--list", "--as=nobody")
    assert "selfsubjectaccessreviews.authorization.k8s.io" in reconciled.out
