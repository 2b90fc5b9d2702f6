"""Images on a node: present, pulled when asked for, or unknown.

Words as of pkg/kubelet/images/image_manager.go and containerd.  Nothing is downloaded: an
emulated image exists here or it does not, and when it does not the event lists those that do.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from labkit.embedded.events import Recorder
from labkit.embedded.interfaces import Image, Images, Json

ERR_PULL, BACK_OFF, NEVER = "ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull"


@dataclass(frozen=True, slots=True)
class Pulled:
    """An image that is on the node, its full name and its identity."""

    image: Image
    reference: str
    identity: str


class PullError(Exception):
    """The image is not there; ``reason`` is the waiting reason of the container."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def full_name(reference: str) -> str:
    """``docker.io/library/busybox:latest`` for ``busybox``."""
    first, _, rest = reference.partition("/")
    if not rest:
        reference = f"docker.io/library/{reference}"
    elif "." not in first and ":" not in first and first != "localhost":
        reference = f"docker.io/{reference}"
    last = reference.rsplit("/", 1)[-1]
    return reference if ":" in last or "@" in last else f"{reference}:latest"


def pull_policy(container: Json) -> str:
    """As declared; by default Always for ``:latest``, else IfNotPresent."""
    declared = container.get("imagePullPolicy")
    if declared:
        return str(declared)
    return "Always" if full_name(str(container["image"])).endswith(":latest") else "IfNotPresent"


class Puller:
    """The images of one node."""

    def __init__(self, images: Images, events: Recorder) -> None:
        self._images, self._events = images, events
        self._present: set[str] = set()

    def ensure(self, pod: Json, container: Json, field: str) -> Pulled:
        """See that the image is there, with the events of it.  Raises ``PullError``."""
        written = str(container["image"])
        name, policy = full_name(written), pull_policy(container)
        if policy == "Never" and name not in self._present and self._images.find(written) is None:
            message = f'Container image "{written}" is not present with pull policy of Never'
            self._events.warning(pod, NEVER, message, field=field)
            raise PullError(NEVER, message)
        if policy != "Always" and (name in self._present or policy == "Never"):
            return self._already(pod, written, name, field)
        self._events.normal(pod, "Pulling", f'Pulling image "{written}"', field=field)
        return self._pulled(pod, written, name, field)

    def quietly(self, container: Json) -> Pulled | None:
        """The image of a container that ran before the server was restarted."""
        written = str(container["image"])
        image = self._images.find(written)
        if image is None:
            return None
        self._present.add(full_name(written))
        return self._entry(image, full_name(written))

    def _already(self, pod: Json, written: str, name: str, field: str) -> Pulled:
        image = self._images.find(written)
        if image is None:
            raise PullError(ERR_PULL, self._unknown(name))
        message = (
            f'Container image "{written}" already present on machine and can be accessed by the pod'
        )
        self._events.normal(pod, "Pulled", message, field=field)
        self._present.add(name)
        return self._entry(image, name)

    def _pulled(self, pod: Json, written: str, name: str, field: str) -> Pulled:
        image = self._images.find(written)
        if image is None:
            why = self._unknown(name)
            message = f'Failed to pull image "{written}": {why}'
            self._events.warning(pod, "Failed", message, field=field)
            self._events.warning(pod, "Failed", f"Error: {ERR_PULL}", field=field)
            raise PullError(ERR_PULL, why)
        message = (
            f'Successfully pulled image "{written}" in 1ms (1ms including waiting). '
            f"Image size: {image.size} bytes."
        )
        self._events.normal(pod, "Pulled", message, field=field)
        self._present.add(name)
        return self._entry(image, name)

    def _unknown(self, name: str) -> str:
        there = ", ".join(self._images.names())
        return (
            f'failed to pull and unpack image "{name}": failed to resolve reference "{name}": '
            f"{name}: not found (the embedded cluster emulates these images: {there})"
        )

    def _entry(self, image: Image, name: str) -> Pulled:
        repository = name.rpartition(":")[0] if "@" not in name else name.partition("@")[0]
        digest = hashlib.sha256(name.encode()).hexdigest()
        return Pulled(image, name, f"{repository}@sha256:{digest}")
