"""Transcripts of a real cluster, and what of them may differ from run to run."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BACKEND = "nginx:1.27"
CLIENT = "busybox:1.36"

_RANDOM = (
    (re.compile(r"\b10\.244\.\d+\.\d+\b"), "POD-IP"),
    (re.compile(r"\b10\.96\.(?!0\.1\b)\d+\.\d+\b"), "SERVICE-IP"),
    (re.compile(r"\bbackend-app-[a-z0-9]{6,10}-[a-z0-9]{5}\b"), "BACKEND-POD"),
    (re.compile(r"\bbackend-app-[a-z0-9]{6,10}\b"), "BACKEND-SET"),
    (re.compile(r"\bbackend-service-[a-z0-9]{5}\b"), "BACKEND-SLICE"),
    (re.compile(r"\b(\d+h)?(\d+m)?\d+s\b"), "AGE"),
    (re.compile(r"((?:Creation|Start)[A-Za-z]*|Start Time|Started|Node):.*"), r"\1: ..."),
    (re.compile(r"(Container ID|Image ID):.*"), r"\1: ..."),
    (re.compile(r"\bkube-api-access-[a-z0-9]{5}\b"), "kube-api-access-RANDOM"),
    (re.compile(r"assigned default/client-pod to .*"), "assigned default/client-pod to NODE"),
    # That cluster gave its Pods a second bundle of certificates, which kind does not.
    (re.compile(r" +ConfigMapName: +openshift-service-ca.crt\n +Optional: +false\n"), ""),
    (re.compile(re.escape(BACKEND)), "lab/backend:1"),
    (re.compile(r" {2,}"), "  "),
    (re.compile(r"-{4,}"), "----"),
)


@dataclass(frozen=True, slots=True)
class Transcript:
    """One command against the real cluster, and what it answered."""

    id: str
    arguments: tuple[str, ...]
    stdin: str | None
    status: int
    out: str
    err: str


def _arguments(line: str) -> tuple[str, ...]:
    """The words of a recorded command; the last may be JSON or a template with blanks."""
    head, mark, tail = line.partition(" -p ")
    words = head.split(" ", 4) if "jsonpath=" in head else head.split()
    return (*words, "-p", tail) if mark else tuple(words)


def _image(text: str | None) -> str | None:
    if text is None:
        return None
    return text.replace("BACKEND", BACKEND).replace("CLIENT", CLIENT)


def transcripts() -> dict[str, Transcript]:
    """All of them by their id."""
    path = Path(__file__).with_name("transcripts.json")
    found: dict[str, Transcript] = {}
    for item in json.loads(path.read_text(encoding="utf-8")):
        line = item["kubectl"].replace("CLIENT", CLIENT)
        found[item["id"]] = _transcript(item, line)
    return found


def _transcript(item: dict[str, Any], line: str) -> Transcript:
    return Transcript(
        item["id"],
        _arguments(line),
        _image(item["stdin"]),
        item["exit"],
        item["stdout"],
        item["stderr"],
    )


def settled(text: str) -> str:
    """A text with everything random or measured replaced by a word."""
    for pattern, word in _RANDOM:
        text = pattern.sub(word, text)
    return text
