"""What can be done to an emulated cluster that no API object says: power, and asking from anywhere.

Behind the paths ``/labkit/v1/nodes/NAME/power`` and ``/labkit/v1/connections``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from labkit.clock import Clock
from labkit.embedded.controllers.manager import ControllerManager
from labkit.embedded.controllers.nodehealth import GRACE, NodeHealth
from labkit.embedded.http.client import exchange
from labkit.embedded.http.messages import BadMessage, Response
from labkit.embedded.interfaces import Api, Json, NameNotFound, Net, Power
from labkit.embedded.kubelet.node import Kubelet
from labkit.embedded.programs.sockets import why
from labkit.embedded.programs.timing import TimeIsUp, within
from labkit.embedded.status import bad_request, not_found

LONGEST = 120.0
ANSWERED, REFUSED, TIMEOUT = "answered", "refused", "timeout"
UNREACHABLE, UNKNOWN_NAME, RESET = "unreachable", "unknown-name", "reset"
MOST_BODY = 4096


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one connection.

    ``outcome`` is answered, refused, timeout, unreachable, unknown-name or reset; ``said`` the
    body of the answer, ``why`` the error in Linux's words; ``address`` what the name meant.
    """

    outcome: str
    seconds: float
    address: str = ""
    status: int = 0
    said: str = ""
    why: str = ""


class Control:
    """The cluster's switches."""

    def __init__(
        self,
        api: Api,
        clock: Clock,
        power: Power,
        kubelets: Mapping[str, Kubelet],
        manager: ControllerManager,
    ) -> None:
        self._api, self._clock, self._power = api, clock, power
        self._kubelets, self._manager = kubelets, manager

    async def switch(self, node: str, on: bool, grace: float | None = None) -> None:
        """A node's power.  ``grace`` are the seconds until a silent node is NotReady; without
        it they are what they are on a real cluster."""
        for controller in self._manager.controllers:
            if isinstance(controller, NodeHealth):
                controller.graces[node] = GRACE if on or grace is None else grace
                controller.queue.add(("", node))
        kubelet = self._kubelets[node]
        if on:
            self._power.switch_on(node)
            kubelet.switch_on()
        elif kubelet.running:
            self._power.switch_off(node)
            await kubelet.switch_off()

    def net_of(self, origin: str) -> Net:
        """``outside``, ``node/NAME`` or ``pod/NAMESPACE/NAME``.  Raises ``StatusError``."""
        kind, _, rest = origin.partition("/")
        if origin == "outside":
            return self._power.outside_net()
        if kind == "node" and rest in self._kubelets:
            return self._power.node_net(rest)
        namespace, _, name = rest.partition("/")
        if kind != "pod" or not name:
            raise bad_request(f"from: {origin!r} is neither outside, node/NAME nor pod/NS/NAME")
        pod = self._api.get("pods", namespace, name)
        kubelet = self._kubelets.get(str(pod["spec"].get("nodeName", "")))
        worker = kubelet.worker(pod) if kubelet is not None else None
        if worker is None or worker.net is None:
            raise not_found("pods", "", name)
        return worker.net

    async def ask(self, wish: Json) -> Json:
        """One HTTP request from somewhere in the emulated network."""
        net = self.net_of(str(wish.get("from", "")))
        host = str(wish.get("host", ""))
        try:
            port, limit = int(wish.get("port", 80)), min(LONGEST, float(wish.get("timeout", 3)))
        except (TypeError, ValueError):
            raise bad_request("port and timeout must be numbers") from None
        found = await attempt(net, self._clock, host, port, str(wish.get("path", "/")), limit)
        return asdict(found)


async def attempt(net: Net, clock: Clock, host: str, port: int, path: str, limit: float) -> Answer:
    """Look the name up, connect, ask, and say what came of it."""
    began, where = clock.monotonic(), [""]
    code, said = 0, ""
    try:
        response = await within(clock, limit, _asked(net, where, host, port, path, limit))
        code, said = response.status, response.body[:MOST_BODY].decode("utf-8", "replace")
        outcome, error = ANSWERED, ""
    except NameNotFound:
        outcome, error = UNKNOWN_NAME, f"bad address '{host}'"
    except (TimeIsUp, TimeoutError):
        outcome, error = TIMEOUT, "Connection timed out" if where[0] else "No answer from the DNS"
    except ConnectionRefusedError as refusal:
        outcome, error = REFUSED, why(refusal)
    except ConnectionError as broken:
        outcome, error = RESET, why(broken)
    except OSError as failure:
        outcome, error = UNREACHABLE, why(failure)
    except (BadMessage, asyncio.IncompleteReadError):
        outcome, error = ANSWERED, "not HTTP"
    return Answer(outcome, round(clock.monotonic() - began, 6), where[0], code, said, error)


async def _asked(
    net: Net, where: list[str], host: str, port: int, path: str, limit: float
) -> Response:
    """One request; ``where`` takes the address as soon as it is known."""
    where[0] = (await net.resolve(host))[0]
    stream = await net.connect(where[0], port, timeout=limit)
    try:
        headers = (("Host", f"{host}:{port}"), ("Connection", "close"))
        return await exchange(stream, "GET", path, headers)
    finally:
        stream.close()
