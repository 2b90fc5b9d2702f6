"""Every kubectl command line for a cluster of the user's, as data."""

from __future__ import annotations

import json
from collections.abc import Mapping

from labkit.cluster.runner import Command

QUICK = "--request-timeout=10s"
ACCOUNT = "serviceaccount/default"


class Commands:
    """For one kubectl; what runs against the lab's own kubeconfig needs no context."""

    def __init__(self, kubectl: str) -> None:
        self._kubectl = kubectl

    def _command(self, *words: str, limit: float = 30.0, stdin: str = "") -> Command:
        return Command((self._kubectl, *words), limit, stdin)

    def contexts(self) -> Command:
        """The names of the user's contexts, one a line."""
        return self._command("config", "get-contexts", "-o", "name")

    def copy(self, context: str) -> Command:
        """One context with all that belongs to it, files written out: credentials, never to be
        logged."""
        options = ("--minify", "--flatten", "--raw", "--context", context)
        return self._command("config", "view", *options)

    def allow_privileged(self, namespace: str, label: str) -> Command:
        """Pod Security admission of the namespace, for the Pod that reads a node's rules."""
        words = ("label", "namespace", namespace, f"{label}=privileged", "--overwrite")
        return self._command(*words)

    def version(self) -> Command:
        """Does the cluster answer, and what is it?"""
        return self._command("version", "-o", "json", QUICK)

    def nodes(self) -> Command:
        return self._command("get", "nodes", "-o", "json", QUICK)

    def review(self, questions: str) -> Command:
        """Ask for rights; nothing is stored."""
        return self._command("create", "-f", "-", "-o", "json", stdin=questions, limit=60)

    def namespace(self, name: str) -> Command:
        return self._command("get", "namespace", name, "--ignore-not-found", "-o", "json", QUICK)

    def make_namespace(self, name: str, labels: Mapping[str, str]) -> Command:
        about = {"name": name, "labels": dict(labels)}
        text = json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": about})
        return self._command("create", "-f", "-", "-o", "json", stdin=text)

    def wait_account(self) -> Command:
        """Pods cannot be made before the namespace has its ServiceAccount."""
        return self._command("wait", "--for=create", ACCOUNT, "--timeout=60s", limit=75)

    def delete_namespace(self, name: str, uid: str) -> Command:
        """Delete this very namespace: one of the same name with another uid stays (409)."""
        text = json.dumps(
            {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": uid},
             "propagationPolicy": "Background"}
        )  # fmt: skip
        path = f"/api/v1/namespaces/{name}"
        return self._command("delete", "--raw", path, "-f", "-", stdin=text)

    def wait_gone(self, name: str, seconds: int) -> Command:
        return self._command(
            "wait", "--for=delete", f"namespace/{name}", f"--timeout={seconds}s", limit=seconds + 15
        )

    def delete_labelled(self, selector: str) -> Command:
        """What the lab made in a namespace that somebody else prepared."""
        kinds = "deployments,services,pods"
        return self._command("delete", kinds, "-l", selector, "--ignore-not-found", limit=120)

    def make_pod(self, manifest: str) -> Command:
        return self._command("create", "-f", "-", stdin=manifest)

    def wait_ended(self, pod: str, seconds: int) -> Command:
        """Until the Pod's container has run to its end, well or not."""
        return self._command(
            "wait", "--for=jsonpath={.status.containerStatuses[0].state.terminated}",
            f"pod/{pod}", f"--timeout={seconds}s", limit=seconds + 15,
        )  # fmt: skip

    def logs(self, pod: str) -> Command:
        return self._command("logs", f"pod/{pod}")

    def pod(self, name: str) -> Command:
        return self._command("get", "pod", name, "-o", "json", QUICK)

    def delete_pod(self, name: str) -> Command:
        return self._command(
            "delete",
            "pod",
            name,
            "--ignore-not-found",
            "--grace-period=0",
            "--force",
            "--wait=false",
        )
