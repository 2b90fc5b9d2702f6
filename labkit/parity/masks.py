"""What may differ between two runs: addresses, ages, random names, images, the namespace."""

from __future__ import annotations

import re

RANDOM = (
    (re.compile(r"\bbackend-app-[a-z0-9]{6,10}-[a-z0-9]{5}\b"), "BACKEND-POD"),
    (re.compile(r"\bbackend-app-[a-z0-9]{6,10}\b"), "BACKEND-SET"),
    (re.compile(r"\bbackend-service-[a-z0-9]{5}\b"), "BACKEND-SLICE"),
    (re.compile(r"\b(lab/backend:1|registry\.k8s\.io/e2e-test-images/agnhost:[0-9.]+)"), "IMAGE"),
    (re.compile(r"\b\d{1,3}(\.\d{1,3}){3}\b"), "ADDRESS"),
    (re.compile(r"\b(\d+d)?(\d+h)?(\d+m)?\d+s\b|\b\d+m\b"), "AGE"),
    (re.compile(r"^(\w+) +\d+/\d+ +.*AGE$", re.MULTILINE), r"\1 AGE"),
    (re.compile(r" {2,}"), "  "),
    (re.compile(r" +$", re.MULTILINE), ""),
)


def masked(text: str, namespace: str) -> str:
    """The text with everything random or measured replaced by a word."""
    for pattern, word in RANDOM:
        text = pattern.sub(word, text)
    return text if namespace == "default" else re.sub(rf"\b{namespace}\b", "default", text)
