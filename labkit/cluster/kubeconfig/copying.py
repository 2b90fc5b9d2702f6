"""The lab's own kubeconfig: one context of the user's, with the lab's namespace.

kubectl itself merges, minifies and flattens the user's files, so that what it and the official
clients understand (client certificates, tokens, exec plugins, ``proxy-url``, a CA) is what the
lab uses.  The user's files are only read.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Names:
    """What a context is called, and what it points to."""

    context: str
    cluster: str
    user: str
    server: str

    def all(self) -> tuple[str, ...]:
        return (self.context, self.cluster, self.user, self.server)


def read_names(text: str) -> Names:
    """The names in a minified kubeconfig."""
    config = yaml.safe_load(text)
    one = config["contexts"][0]
    server = config["clusters"][0]["cluster"].get("server", "")
    about = one["context"]
    return Names(one["name"], about.get("cluster", ""), about.get("user", ""), server)


def with_namespace(text: str, namespace: str, environment: Mapping[str, str]) -> str:
    """The same kubeconfig with the lab's namespace in its context.

    A command of an exec plugin that is named relative to the user's file is named in full: ours
    lies elsewhere.
    """
    config: Json = yaml.safe_load(text)
    config["contexts"][0]["context"]["namespace"] = namespace
    config["current-context"] = config["contexts"][0]["name"]
    for entry in config.get("users") or []:
        plugin = (entry.get("user") or {}).get("exec")
        if plugin and is_relative(str(plugin.get("command", ""))):
            origin = file_of_user(str(entry["name"]), environment)
            plugin["command"] = str((origin.parent / plugin["command"]).resolve())
    return yaml.safe_dump(config, sort_keys=False)


def is_relative(command: str) -> bool:
    """Whether it is a path below the kubeconfig's folder (a bare name is looked for on PATH)."""
    return bool(command) and not os.path.isabs(command) and os.path.basename(command) != command


def files(environment: Mapping[str, str]) -> list[Path]:
    """The user's kubeconfig files, as kubectl finds them."""
    listed = environment.get("KUBECONFIG", "")
    if listed:
        return [Path(part) for part in listed.split(os.pathsep) if part]
    home = environment.get("HOME") or environment.get("USERPROFILE") or str(Path.home())
    return [Path(home) / ".kube" / "config"]


def file_of_user(name: str, environment: Mapping[str, str]) -> Path:
    """The file that defines a user: the first one that has it, as kubectl merges them."""
    there = files(environment)
    for path in there:
        try:
            config = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        except (OSError, ValueError, yaml.YAMLError):
            continue
        if any(entry.get("name") == name for entry in config.get("users") or []):
            return path
    return there[0] if there else Path.cwd() / "config"
