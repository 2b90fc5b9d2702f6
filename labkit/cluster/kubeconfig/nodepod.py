"""A node's rules, read by a privileged Pod that lives for seconds; made only when allowed.

The Pod enters the node's mount and network namespaces and runs the node's own ``iptables-save``;
where that knows no chain of kube-proxy (nftables mode), ``nft list ruleset``.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

from labkit.cluster.kubeconfig.commands import Commands
from labkit.cluster.runner import Done, Runner, short, uninterrupted
from labkit.errors import CommandFailed
from labkit.words import Words

IMAGE = "busybox:1.36"
LIFE = 60
PLACES = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/bin/aux"
"""Where nodes keep their programs; the last is k3s'."""

SCRIPT = f"""\
PATH={PLACES}
node() {{ nsenter -t 1 -m -n -- "$@"; }}
rules=$(node iptables-save COUNTERS 2>/dev/null)
case "$rules" in
*KUBE-SERVICES*) echo "$rules" ;;
*) node nft list ruleset ;;
esac
"""


def manifest(name: str, node: str, labels: Mapping[str, str], *, counters: bool) -> str:
    """The Pod as JSON.  It is put on its node by name, past every taint, and needs no token."""
    script = SCRIPT.replace(" COUNTERS", " -c" if counters else "")
    container = {
        "name": "rules",
        "image": IMAGE,
        "imagePullPolicy": "IfNotPresent",
        "command": ["sh", "-c", script],
        "securityContext": {"privileged": True},
    }
    spec = {
        "nodeName": node,
        "hostNetwork": True,
        "hostPID": True,
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": 0,
        "activeDeadlineSeconds": LIFE,
        "automountServiceAccountToken": False,
        "tolerations": [{"operator": "Exists"}],
        "containers": [container],
    }
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": dict(labels)},
        "spec": spec,
    }
    return json.dumps(pod)


class NodeReader:
    """Makes the Pod, reads what it prints, and removes it whatever happens."""

    def __init__(
        self, runner: Runner, commands: Commands, words: Words, labels: Mapping[str, str]
    ) -> None:
        self._runner = runner
        self._commands = commands
        self._words = words
        self._labels = labels

    def read(self, node: str, fields: Mapping[str, object], *, counters: bool) -> str:
        """The rules of the node; ``CommandFailed`` with the reason why they cannot be had."""
        runner, commands = self._runner, self._commands
        pod = f"labkit-node-rules-{secrets.token_hex(4)}"
        text = manifest(pod, node, self._labels, counters=counters)
        runner.check(commands.make_pod(text), fields)
        try:
            runner.run(commands.wait_ended(pod, LIFE))
            said = runner.run(commands.logs(pod))
            status = json.loads(runner.check(commands.pod(pod), fields).out)["status"]
        finally:
            with uninterrupted():
                runner.run(commands.delete_pod(pod))
        if status.get("phase") != "Succeeded" or not said.ok:
            raise self._failed(node, said, status)
        return said.out

    def _failed(self, node: str, said: Done, status: Mapping[str, Any]) -> CommandFailed:
        """The reason from the Pod's output, or why it never ran."""
        lines = [line for line in said.text.splitlines() if line.strip()]
        states = [one.get("state") or {} for one in status.get("containerStatuses") or []]
        waiting = [one["waiting"].get("reason", "") for one in states if "waiting" in one]
        reason = next(iter([*waiting, *lines[-1:], str(status.get("phase", "?"))]))
        return CommandFailed(
            self._words("kubeconfig.node_pod", node=node, reason=short(reason)),
            self._words("kubeconfig.node_pod.fix"),
            command=said.command.words,
            status=said.status,
            output=said.text,
        )
