"""What the kubelet remembers of one container of a Pod across its runs."""

from __future__ import annotations

from dataclasses import dataclass

from labkit.embedded.controllers.objects import seconds_of, timestamp
from labkit.embedded.interfaces import Json
from labkit.embedded.kubelet.container import Container
from labkit.embedded.kubelet.probes import Prober

FIRST_BACKOFF, LONGEST_BACKOFF = 10.0, 300.0
FORGIVEN_AFTER = 600.0
"""A container that ran this long starts again without back-off (twice the longest)."""


@dataclass(slots=True)
class Slot:
    """A container of the Pod's spec, its current run and what came before."""

    spec: Json
    init: bool
    run: Container | None = None
    runs: int = 0
    """How often it was started (the restart count is one less)."""
    image: str = ""
    identity: str = ""
    user: tuple[int, int] = (0, 0)
    """User and group of the image's processes."""
    container_id: str = ""
    started_at: float = 0.0
    waiting: tuple[str, str] = ("ContainerCreating", "")
    ended: Json | None = None
    """``terminated`` state of the newest run, when it is over."""
    last: Json | None = None
    """``terminated`` state of the run before."""
    started: bool = False
    ready: bool = False
    prober: Prober | None = None
    delay: float = 0.0
    retry_at: float = 0.0
    pull_delay: float = 0.0
    shown_until: float = 0.0
    """ErrImagePull is shown until then, ImagePullBackOff after it."""
    timer: bool = False
    """Someone rings when its back-off is over."""
    blocked: bool = False
    """It waits for a ConfigMap or a Secret."""

    @property
    def name(self) -> str:
        return str(self.spec["name"])

    @property
    def sidecar(self) -> bool:
        return self.init and self.spec.get("restartPolicy") == "Always"

    @property
    def running(self) -> bool:
        return self.run is not None and self.run.running

    @property
    def restarts(self) -> int:
        return max(0, self.runs - 1)

    @property
    def field(self) -> str:
        """The field path of its events."""
        kind = "initContainers" if self.init else "containers"
        return f"spec.{kind}{{{self.name}}}"

    def note_end(self) -> None:
        """Take the end of the run into the states."""
        run = self.run
        if run is None or run.running:
            return
        self.ended = {
            "exitCode": run.exit_code,
            "reason": run.stop_reason or ("Completed" if run.exit_code == 0 else "Error"),
            "startedAt": timestamp(self.started_at),
            "finishedAt": timestamp(run.finished_at or 0.0),
            "containerID": f"containerd://{run.identity}",
        }
        self._next_delay(run.finished_at or 0.0)
        self.run, self.started, self.ready = None, False, False

    def note_failed_start(self, reason: str, message: str, now: float) -> None:
        """The runtime could not start it: exit status 128, StartError."""
        self.ended = {
            "exitCode": 128,
            "reason": reason,
            "message": message,
            "startedAt": "1970-01-01T00:00:00Z",
            "finishedAt": timestamp(now),
            "containerID": f"containerd://{self.container_id}",
        }
        self._next_delay(now)
        self.run, self.started, self.ready = None, False, False

    def _next_delay(self, finished: float) -> None:
        """The first restart is at once, the next ones wait 10 s, 20 s ... 300 s."""
        if finished - self.started_at > FORGIVEN_AFTER:
            self.delay = 0.0
        self.retry_at = finished + self.delay
        self.delay = min(LONGEST_BACKOFF, self.delay * 2) if self.delay else FIRST_BACKOFF

    def restore(self, status: Json) -> None:
        """Continue from a container status that an earlier server wrote."""
        state, last = status.get("state") or {}, (status.get("lastState") or {}).get("terminated")
        self.runs = int(status.get("restartCount") or 0) + bool(status.get("containerID"))
        self.image, self.identity = status.get("image") or "", status.get("imageID") or ""
        self.container_id = str(status.get("containerID") or "").removeprefix("containerd://")
        self.ended, self.last = state.get("terminated"), last
        if "waiting" in state and last is not None:
            self.ended, self.last = last, None
        if "running" in state:
            self.started_at = seconds_of(state["running"].get("startedAt"))
        elif self.ended is not None:
            self.started_at = seconds_of(self.ended.get("startedAt"))
            finished = seconds_of(self.ended.get("finishedAt"))
            steps = max(0, self.runs - 1)
            waited = FIRST_BACKOFF * 2 ** (steps - 1) if steps else 0.0
            self.delay = min(LONGEST_BACKOFF, waited * 2 or FIRST_BACKOFF)
            self.retry_at = finished + min(LONGEST_BACKOFF, waited)
