"""Which container of a Pod is meant, in the words of the real server.

Source: kubernetes pkg/registry/core/pod/strategy.go (streamLocation, validateContainer).
"""

from __future__ import annotations

from typing import Any

from labkit.embedded.api.site import Site
from labkit.embedded.interfaces import Runtime
from labkit.embedded.kinds.base import at
from labkit.embedded.status import StatusError, bad_request

Json = dict[str, Any]


def named(pod: Json, name: str) -> str:
    """The container's name, also when there is only one and none was said; 400 otherwise."""
    title = pod["metadata"]["name"]
    main = [c["name"] for c in at(pod, "spec", "containers", default=[])]
    first = [c["name"] for c in at(pod, "spec", "initContainers", default=[])]
    if name:
        if name not in main + first:
            raise bad_request(f"container {name} is not valid for pod {title}")
        return name
    if len(main) == 1:
        return str(main[0])
    message = f"a container name must be specified for pod {title}, choose one of: "
    message += f"[{' '.join(main)}]"
    if first:
        message += f" or one of the init containers: [{' '.join(first)}]"
    raise bad_request(message)


def runtime(site: Site) -> Runtime:
    """What runs the containers; 503 while it is not up."""
    if site.runtime is None:
        raise StatusError(503, "ServiceUnavailable", "the kubelets are not running yet")
    return site.runtime


def on_node(pod: Json) -> None:
    """400 for a Pod that is on no node yet."""
    if not at(pod, "spec", "nodeName"):
        name = pod["metadata"]["name"]
        raise bad_request(f"pod {name} does not have a host assigned")
