"""Who can be reached, who is seen as the sender, and what happens when nobody is there."""

from __future__ import annotations

from collections.abc import Iterator

from labkit.cluster.base import MULTI_NODE, NODE_RULES
from labkit.parity.differences import Difference, NotHere, compare
from labkit.parity.stage import Stage

TIMES = 40
"""Requests from which both of two Pods answer, but for one time in 2**39."""


def reach(stage: Stage) -> Iterator[Difference]:
    """The Service answers by its name and by its address, each Pod by its own."""
    names = {one.name for one in stage.backends()}
    for url in (
        "http://backend-service:80/hostname",
        f"http://{stage.address('backend-service')}/hostname",
        f"http://backend-service.{stage.cluster.namespace}/hostname",
        "http://headless:8080/hostname",
    ):
        answers = stage.ask("client-pod", url, 4)
        yield from compare(f"{url}: strangers", set(), set(answers) - names)
    for one in stage.backends():
        url = f"http://{one.address}:8080/hostname"
        yield from compare(url, [one.name], stage.ask("client-pod", url, 1))


def no_endpoints(stage: Stage) -> Iterator[Difference]:
    """A Service without endpoints refuses at once."""
    began = stage.clock.monotonic()
    answer = stage.run("client-pod", "wget -q -T 20 -O- http://nobody:80/")
    quick = stage.clock.monotonic() - began < 15
    yield from compare("no endpoints: status", 1, answer.status)
    yield from compare("no endpoints: refused", True, "refused" in answer.output)
    yield from compare("no endpoints: at once", True, quick)


def other_port(stage: Stage) -> Iterator[Difference]:
    """A port that the Service does not have does not answer."""
    answer = stage.run("client-pod", "wget -q -T 3 -O- http://backend-service:81/")
    yield from compare("another port: status", 1, answer.status)
    yield from compare("another port: nothing came", "", answer.stdout)


def source_of_a_pod(stage: Stage) -> Iterator[Difference]:
    """A Pod that asks through the Service is seen with its own address."""
    own = stage.client().address
    seen = stage.ask("client-pod", "http://backend-service/clientip", 20)
    yield from compare("seen from a Pod", {own}, {address_of(one) for one in seen})


def source_of_a_hairpin(stage: Stage) -> Iterator[Difference]:
    """A Pod that reaches itself through the Service is seen as the node's address on the Pods'
    side; when it reaches the other Pod it keeps its own."""
    one = stage.backends()[0]
    seen = stage.ask(one.name, "http://backend-service/clientip", TIMES)
    expected = {one.address, stage.pod_gateway(one.node)}
    yield from compare("seen from a backend Pod", expected, {address_of(item) for item in seen})


def source_of_a_node(stage: Stage) -> Iterator[Difference]:
    """A node is masqueraded: its address on the Pods' side for a Pod of its own, its own address
    for a Pod elsewhere."""
    capabilities = stage.cluster.capabilities
    if MULTI_NODE not in capabilities or NODE_RULES not in capabilities:
        raise NotHere
    backends = stage.backends()
    if len({one.node for one in backends}) < 2:
        raise NotHere
    node = backends[0].node
    stage.host_client(node)
    url = f"http://{stage.address('backend-service')}/clientip"
    seen = {address_of(one) for one in stage.ask("host-client", url, TIMES)}
    expected = {stage.pod_gateway(node), stage.node_address(node)}
    yield from compare(f"seen from node {node}", expected, seen)


def address_of(client: str) -> str:
    """The address in ``address:port``."""
    return client.rpartition(":")[0] or client
