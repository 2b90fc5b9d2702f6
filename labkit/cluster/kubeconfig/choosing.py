"""Which context and namespace the user asked for, and whether labkit may go there."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from labkit.cluster import base
from labkit.cluster.kubeconfig import copying
from labkit.cluster.kubeconfig.commands import Commands
from labkit.cluster.kubeconfig.production import looks_like_production
from labkit.cluster.kubeconfig.record import Record
from labkit.cluster.runner import Runner
from labkit.errors import ClusterError, UsageError
from labkit.words import Words

NAMESPACE = "labkit-lab"
NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\Z")
RESERVED = re.compile(r"default\Z|kube-")


@dataclass(frozen=True, slots=True)
class Asked:
    """``confirmed`` says that a context which looks like production is meant; ``node_pod`` that
    a privileged Pod may read a node's rules."""

    context: str
    namespace: str
    confirmed: bool
    node_pod: bool


def asked_for(wishes: base.Wishes, environment: Mapping[str, str], record: Record | None) -> Asked:
    """What the command line says, else the environment, else what is in use.

    ``LABKIT_YES_THIS_ONE`` confirms the context that it names, and no other.
    """
    context = wishes.context or environment.get("LABKIT_CONTEXT", "")
    namespace = wishes.namespace or environment.get("LABKIT_NAMESPACE", "")
    context = context or (record.context if record else "")
    node_pod = wishes.allow_node_pod or bool(environment.get("LABKIT_ALLOW_NODE_POD"))
    return Asked(
        context=context,
        namespace=namespace or (record.namespace if record else NAMESPACE),
        confirmed=wishes.yes_this_one or environment.get("LABKIT_YES_THIS_ONE", "") == context,
        node_pod=node_pod or (record is not None and record.node_pod),
    )


def copied(asked: Asked, runner: Runner, commands: Commands, words: Words) -> str:
    """The context as a kubeconfig of its own, with the lab's namespace.

    Raises ``UsageError`` for a namespace that cannot be, ``ClusterError`` for a context that is
    not named, does not exist, or looks like production.  ``runner`` keeps no log: the text holds
    credentials.
    """
    check_namespace(asked.namespace, words)
    names = [name for name in runner.run(commands.contexts()).out.split("\n") if name]
    if not asked.context:
        raise no_context(names, runner.environment, words)
    if asked.context not in names:
        what = words("kubeconfig.unknown", context=asked.context)
        raise ClusterError(what, no_context(names, runner.environment, words).fix)
    text = runner.check(commands.copy(asked.context)).out
    suspect = looks_like_production(*copying.read_names(text).all())
    if suspect and not asked.confirmed:
        raise ClusterError(
            words("kubeconfig.production", context=asked.context, name=suspect),
            words("kubeconfig.production.fix", context=asked.context),
        )
    return copying.with_namespace(text, asked.namespace, runner.environment)


def check_namespace(namespace: str, words: Words) -> None:
    """``UsageError`` for a name that is none, or one of Kubernetes' own."""
    if not NAME.match(namespace) or RESERVED.match(namespace):
        raise UsageError(
            words("kubeconfig.bad_namespace", namespace=namespace),
            words("kubeconfig.bad_namespace.fix"),
        )


def no_context(names: list[str], environment: Mapping[str, str], words: Words) -> ClusterError:
    """No context was named: the error lists those there are, or where they would be."""
    if names:
        fix = words("kubeconfig.no_context.fix", names=", ".join(names))
    else:
        paths = os.pathsep.join(map(str, copying.files(environment)))
        fix = words("kubeconfig.no_context.none", files=paths)
    return ClusterError(words("kubeconfig.no_context"), fix)
