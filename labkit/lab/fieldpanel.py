"""Buttons that change one field of the lab's Service, and what a client notices then."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from labkit.cluster.kubectl import Kubectl
from labkit.lab.questions import get_json, ready_endpoints
from labkit.lab.steps import CLIENT_NAME, SERVICE_NAME
from labkit.model.panel import Action, Panel
from labkit.words import Words

GOOD: dict[str, Any] = {
    "selector": {"app": "backend"},
    "ports": [{"port": 80, "targetPort": 8080, "protocol": "TCP"}],
}
CHANGES: dict[str, dict[str, Any]] = {
    "target": {"ports": [{"port": 80, "targetPort": 80, "protocol": "TCP"}]},
    "name": {"ports": [{"port": 80, "targetPort": "http", "protocol": "TCP"}]},
    "port": {"ports": [{"port": 8081, "targetPort": 8080, "protocol": "TCP"}]},
    "udp": {"ports": [{"port": 80, "targetPort": 8080, "protocol": "UDP"}]},
    "selector": {"selector": {"app": "bakend"}},
}
SECONDS = 2


class FieldPanel:
    """Each button puts the Service as it should be, but for one field; the client asks again."""

    def __init__(self, kubectl: Kubectl, words: Words, settle: Callable[[], None]) -> None:
        self._kubectl, self._words, self._settle = kubectl, words, settle

    def panel(self) -> Panel:
        """The buttons, the Service's fields and the client's experience."""
        return Panel(
            self._words("lab.fields.title", service=SERVICE_NAME),
            (
                *(Action(self._words(f"lab.fields.{key}"), self._set(key)) for key in CHANGES),
                Action(self._words("lab.fields.good"), self._set("")),
            ),
            self.view,
        )

    def _set(self, key: str) -> Callable[[], str]:
        wanted = {**GOOD, **CHANGES.get(key, {})}
        patch = [
            {"op": "replace", "path": f"/spec/{field}", "value": value}
            for field, value in wanted.items()
        ]

        def run() -> str:
            words = ("patch", "service", SERVICE_NAME, "--type=json", "-p", json.dumps(patch))
            self._kubectl.check(*words)
            self._settle()
            return self._words("lab.fields.done" if key else "lab.fields.mended")

        return run

    def _endpoints(self) -> str:
        """How many addresses, and at which port: ``2 :8080``."""
        label = f"kubernetes.io/service-name={SERVICE_NAME}"
        slices = get_json(self._kubectl, "endpointslices", "-l", label)["items"]
        ports = [str(one.get("port")) for item in slices for one in item.get("ports") or []]
        return f"{ready_endpoints(self._kubectl)} :{', '.join(ports) or '<unset>'}"

    def view(self) -> str:
        """What the Service says, how many endpoints it has, and one request to port 80."""
        spec = get_json(self._kubectl, "service", SERVICE_NAME)["spec"]
        port = spec["ports"][0]
        rows = [
            ("selector", ", ".join(f"{k}: {v}" for k, v in spec["selector"].items())),
            ("port", f"{port['port']}/{port['protocol']}"),
            ("targetPort", str(port["targetPort"])),
            ("endpoints", self._endpoints()),
        ]
        url = f"http://{SERVICE_NAME}"
        asked = ("exec", CLIENT_NAME, "--", "wget", "-T", str(SECONDS), "-q", "-O-", url)
        answer = self._kubectl.run(*asked)
        said = (answer.stdout or answer.stderr).strip().splitlines()
        rows.append((f"wget {url}", said[0] if said else ""))
        width = max(len(name) for name, _ in rows)
        return "\n".join(f"{name.ljust(width)}  {value}" for name, value in rows)
