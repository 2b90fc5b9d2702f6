"""``python -m bench.throughput``: HTTP requests a second from one Pod, in process, as JSON.

To another Pod's own address, and to a Service among two hundred of them.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.bench_scale import deployment
from labkit.clock import SystemClock
from labkit.embedded import system
from labkit.embedded.chance import chance
from labkit.embedded.http.client import exchange
from labkit.embedded.interfaces import Net
from labkit.embedded.machinery import Machinery
from labkit.embedded.store import Store

DEPLOYMENTS, REPLICAS, SERVICES = 10, 10, 200
REQUESTS, ROUNDS = 500, 5


async def main() -> None:
    """Measure, print."""
    api = Machinery(Store(), SystemClock(), chance(1))
    with tempfile.TemporaryDirectory() as folder:
        running = await system.start(api, SystemClock(), runtime_dir=Path(folder), seed=1)
        pods = await filled(api)
        net = running.control.net_of(f"pod/default/{pods[0]['metadata']['name']}")
        target = api.get("services", "default", "service-77")["spec"]["clusterIP"]
        found = {
            "direct": [await rate(net, pods[1]["status"]["podIP"], 8080) for _ in range(ROUNDS)],
            "service": [await rate(net, target, 80) for _ in range(ROUNDS)],
        }
        print(json.dumps(found))
        await running.stop()


async def filled(api: Machinery) -> list[dict[str, Any]]:
    """The Pods behind the Services, once all of them run."""
    for number in range(DEPLOYMENTS):
        body = deployment(f"web-{number}", REPLICAS)
        api.create("deployments.apps", "default", body)
    for number in range(SERVICES):
        selector = {"app": f"web-{number % DEPLOYMENTS}"}
        spec = {"selector": selector, "ports": [{"port": 80, "targetPort": 8080}]}
        body = {"metadata": {"name": f"service-{number}"}, "spec": spec}
        api.create("services", "default", body)
    pods: list[dict[str, Any]] = []
    while len(pods) < DEPLOYMENTS * REPLICAS:
        await asyncio.sleep(0.1)
        pods = [one for one in api.list("pods", "default") if one["status"]["phase"] == "Running"]
    await asyncio.sleep(3)  # the last slices and rules
    return pods


async def rate(net: Net, host: str, port: int) -> float:
    """Requests a second of processor time (others use this machine too), one after the other,
    each on a connection of its own."""
    await once(net, host, port)
    began = time.process_time()
    for _ in range(REQUESTS):
        await once(net, host, port)
    return REQUESTS / (time.process_time() - began)


async def once(net: Net, host: str, port: int) -> None:
    """One request, answered with 200."""
    stream = await net.connect(host, port, timeout=3)
    try:
        headers = (("Host", host), ("Connection", "close"))
        assert (await exchange(stream, "GET", "/", headers)).status == 200
    finally:
        stream.close()


if __name__ == "__main__":
    asyncio.run(main())
