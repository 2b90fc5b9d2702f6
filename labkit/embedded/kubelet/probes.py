"""Probes: the kubelet asks the emulated Pod itself, over the node's network.

After pkg/probe/{http,tcp,exec} and pkg/kubelet/prober: words, defaults and thresholds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from labkit.clock import Clock
from labkit.embedded.http.dialing import dial_error
from labkit.embedded.http.tls import TlsError, over_tls
from labkit.embedded.interfaces import Json, Net

Execute = Callable[[list[str]], Awaitable[tuple[int, bytes]]]
"""Run a command in the container: exit status and output."""

LONGEST_OUTPUT = 10 * 1024
SETTLE = 0.05
"""A process that was just started gets this long before its first probe."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a probe asks: the Pod's address by the node's network, or a command inside."""

    net: Net
    address: str
    container: Json
    execute: Execute


class Prober:
    """The probes of one running container, each in a task of its own."""

    def __init__(
        self, target: Target, clock: Clock, on_result: Callable[[str, bool, str, bool], None]
    ) -> None:
        """``on_result(kind, ok, output, decided)``: ``decided`` when a threshold was reached."""
        self._target, self._clock, self._on_result = target, clock, on_result
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def start(self, kinds: tuple[str, ...]) -> None:
        """Start those of the container's probes that do not run yet."""
        for kind in kinds:
            spec = self._target.container.get(f"{kind}Probe")
            if spec and kind not in self._tasks:
                loop = asyncio.get_running_loop()
                self._tasks[kind] = loop.create_task(self._work(kind, spec))

    def stop(self, *kinds: str) -> None:
        """Stop some kinds of probe, or all."""
        for kind in kinds or tuple(self._tasks):
            task = self._tasks.get(kind)
            if task is not None and task is not asyncio.current_task():
                task.cancel()

    async def _work(self, kind: str, spec: Json) -> None:
        await self._clock.sleep(float(spec.get("initialDelaySeconds") or SETTLE))
        needed = {
            True: int(spec.get("successThreshold") or 1),
            False: int(spec.get("failureThreshold") or 3),
        }
        last, times = None, 0
        while True:
            ok, output = await self._once(spec)
            times = times + 1 if ok == last else 1
            last = ok
            self._on_result(kind, ok, output, times >= needed[ok])
            if times >= needed[ok] and (kind == "startup" or (kind == "liveness" and not ok)):
                return  # on hold: the container is restarted, with probes of its own
            await self._clock.sleep(float(spec.get("periodSeconds") or 10))

    async def _once(self, spec: Json) -> tuple[bool, str]:
        limit = float(spec.get("timeoutSeconds") or 1)
        work = asyncio.ensure_future(probe(spec, self._target))
        bell = asyncio.ensure_future(self._clock.sleep(limit))
        try:
            await asyncio.wait({work, bell}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                return work.result()
            return False, _timed_out(spec, self._target, limit)
        finally:
            work.cancel()
            bell.cancel()


async def probe(spec: Json, target: Target) -> tuple[bool, str]:
    """Ask once: did it succeed, and what the kubelet would say of it."""
    if "httpGet" in spec:
        return await _http(spec["httpGet"], target)
    if "tcpSocket" in spec:
        return await _tcp(spec["tcpSocket"], target)
    if "exec" in spec:
        status, output = await target.execute(list(spec["exec"].get("command") or []))
        return status == 0, output[:LONGEST_OUTPUT].decode("utf-8", "replace")
    return False, "gRPC probes are not emulated"


def port_of(container: Json, port: object) -> int:
    """A probe's port: a number, or the name of one of the container's ports."""
    if isinstance(port, int):
        return port
    for declared in container.get("ports") or []:
        if declared.get("name") == port:
            return int(declared["containerPort"])
    text = str(port)
    return int(text) if text.isdigit() else 0


def _url(action: Json, target: Target) -> str:
    host = action.get("host") or target.address
    port = port_of(target.container, action.get("port"))
    path = str(action.get("path") or "/")
    scheme = str(action.get("scheme") or "HTTP").lower()
    return f"{scheme}://{host}:{port}{path if path.startswith('/') else '/' + path}"


async def _http(action: Json, target: Target) -> tuple[bool, str]:
    url = _url(action, target)
    host, port = action.get("host") or target.address, port_of(target.container, action["port"])
    try:
        status = await _status_of(action, target, str(host), port)
    except TlsError as error:
        return False, f'Get "{url}": {_tls_error(error)}'
    except OSError as error:
        return False, f'Get "{url}": {dial_error(str(host), port, error)}'
    except (asyncio.IncompleteReadError, ValueError, IndexError):
        return False, f'Get "{url}": EOF'
    if 200 <= status < 400:
        return True, ""
    return False, f"HTTP probe failed with statuscode: {status}"


async def _status_of(action: Json, target: Target, host: str, port: int) -> int:
    stream = await target.net.connect(host, port)
    try:
        if str(action.get("scheme") or "HTTP").upper() == "HTTPS":
            stream = await over_tls(stream)
        headers = {str(h["name"]): str(h["value"]) for h in action.get("httpHeaders") or []}
        wanted = {"Host": f"{host}:{port}", "User-Agent": "kube-probe/1.36", "Accept": "*/*"}
        lines = [f"{k}: {v}" for k, v in {**wanted, **headers, "Connection": "close"}.items()]
        path = str(action.get("path") or "/")
        path = path if path.startswith("/") else "/" + path
        request = "\r\n".join([f"GET {path} HTTP/1.1", *lines, "", ""])
        await stream.write(request.encode())
        answer = await stream.readline()
        return int(answer.split()[1])
    finally:
        stream.close()


def _tls_error(error: TlsError) -> str:
    if str(error) == "EOF":
        return "EOF"
    return "http: server gave HTTP response to HTTPS client"


async def _tcp(action: Json, target: Target) -> tuple[bool, str]:
    host = str(action.get("host") or target.address)
    port = port_of(target.container, action.get("port"))
    try:
        stream = await target.net.connect(host, port)
    except OSError as error:
        return False, dial_error(host, port, error)
    stream.close()
    return True, ""


def _timed_out(spec: Json, target: Target, limit: float) -> str:
    if "httpGet" in spec:
        waiting = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
        return f'Get "{_url(spec["httpGet"], target)}": {waiting}'
    if "tcpSocket" in spec:
        host = spec["tcpSocket"].get("host") or target.address
        port = port_of(target.container, spec["tcpSocket"].get("port"))
        return f"dial tcp {host}:{port}: i/o timeout"
    command = " ".join(str(word) for word in (spec.get("exec") or {}).get("command") or [])
    return f'command timed out: "{command}" timed out after {limit:g}s'
