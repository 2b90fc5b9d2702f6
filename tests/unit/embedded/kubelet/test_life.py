"""The life of containers: start, end, restart, probes, deletion, a killed server."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from labkit.clock import ManualClock
from labkit.embedded.status import StatusError
from labkit.embedded.store import Store
from tests.unit.embedded.controllers.lab import Lab, deployment, pod, run


def state(lab: Lab, name: str, index: int = 0, field: str = "containerStatuses") -> dict[str, Any]:
    """One container's status."""
    return lab.get("pods", name)["status"][field][index]


def conditions(lab: Lab, name: str) -> dict[str, str]:
    """The Pod's conditions."""
    return {c["type"]: c["status"] for c in lab.get("pods", name)["status"]["conditions"]}


def test_a_pod_runs_as_on_kind(tmp_path: Path) -> None:
    """Events word for word as ``kubectl describe pod`` printed them on kind, status complete."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create("pods", pod("first"))
            place = {"kubernetes.io/hostname": lab.get("pods", "first")["spec"]["nodeName"]}
            await lab.create("pods", pod("client-pod", nodeSelector=place))
            found = lab.get("pods", "client-pod")
            node = found["spec"]["nodeName"]
            assert [e[:3] for e in lab.events("client-pod")] == [
                ("default-scheduler", "Scheduled",
                 f"Successfully assigned default/client-pod to {node}"),
                ("kubelet", "Pulled", 'Container image "lab:1" already present on machine and '
                                      "can be accessed by the pod"),
                ("kubelet", "Created", "Container created"),
                ("kubelet", "Started", "Container started"),
            ]  # fmt: skip
            paths = {
                e["involvedObject"].get("fieldPath")
                for e in lab.api.list("events", "default")
                if e["reason"] == "Started" and e["involvedObject"]["name"] == "client-pod"
            }
            assert paths == {"spec.containers{web}"}
            assert list(conditions(lab, "client-pod").items()) == [
                ("PodReadyToStartContainers", "True"),
                ("Initialized", "True"),
                ("Ready", "True"),
                ("ContainersReady", "True"),
                ("PodScheduled", "True"),
            ]
            status = state(lab, "client-pod")
            assert status["containerID"].startswith("containerd://")
            assert len(status["containerID"]) == len("containerd://") + 64
            assert (status["ready"], status["started"], status["restartCount"]) == (True, True, 0)

    run(work())


@pytest.mark.parametrize(
    ("code", "policy", "phase", "reason"),
    [
        (0, "Never", "Succeeded", "Completed"),
        (3, "Never", "Failed", "Error"),
        (0, "OnFailure", "Succeeded", "Completed"),
    ],
)
def test_the_end_of_a_pod(tmp_path: Path, code: int, policy: str, phase: str, reason: str) -> None:
    """Phase, reason and exit status of a container that ended for good."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create("pods", pod("a", "exit", str(code), restartPolicy=policy))
            assert lab.get("pods", "a")["status"]["phase"] == phase
            ended = state(lab, "a")["state"]["terminated"]
            assert (ended["exitCode"], ended["reason"]) == (code, reason)
            assert state(lab, "a")["ready"] is False
            assert "a" not in lab.world.network.attached.values()

    run(work())


def test_crash_loop_back_off(tmp_path: Path) -> None:
    """The first restart at once, then after 10 s, 20 s, 40 s; the words of the kubelet."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create("pods", pod("a", "exit", "1"))
            uid = lab.get("pods", "a")["metadata"]["uid"]
            status = state(lab, "a")
            assert status["restartCount"] == 1
            assert status["state"]["waiting"] == {
                "reason": "CrashLoopBackOff",
                "message": f"back-off 10s restarting failed container=web pod=a_default({uid})",
            }
            assert status["lastState"]["terminated"]["exitCode"] == 1
            said = f"Back-off restarting failed container web in pod a_default({uid})"
            assert ("kubelet", "BackOff", said, 1) in lab.events("a")
            counts = []
            for seconds in (9, 2, 18, 3, 36, 5):
                await lab.advance(seconds)
                counts.append(state(lab, "a")["restartCount"])
            assert counts == [1, 2, 2, 3, 3, 4]
            assert lab.get("pods", "a")["status"]["phase"] == "Running"
            assert conditions(lab, "a")["Ready"] == "False"
            assert lab.events("a", "Started")[0][3] == 5
            assert lab.events("a", "BackOff")[0][3] == 4

    run(work())


def test_on_failure_restarts_until_it_works(tmp_path: Path) -> None:
    """A container that ran for more than ten minutes starts again without back-off."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create("pods", pod("a", "exit", "1", "700"))
            await lab.advance(701)
            assert state(lab, "a")["restartCount"] == 1
            await lab.advance(701)
            assert state(lab, "a")["restartCount"] == 2
            assert "running" in state(lab, "a")["state"]

    run(work())


def test_unknown_image(tmp_path: Path) -> None:
    """ErrImagePull, then ImagePullBackOff; the event names the images that exist here."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create("pods", pod("a", container={"image": "nginx"}))
            assert state(lab, "a")["state"]["waiting"]["reason"] == "ErrImagePull"
            await lab.advance(2)
            waiting = state(lab, "a")["state"]["waiting"]
            assert waiting["reason"] == "ImagePullBackOff"
            assert waiting["message"].startswith(
                'Back-off pulling image "nginx": ErrImagePull: failed to pull and unpack image '
                '"docker.io/library/nginx:latest": failed to resolve reference '
                '"docker.io/library/nginx:latest": '
            )
            assert "lab:1, lab:2" in waiting["message"]
            said = [e[1:3] for e in lab.events("a")[1:]]
            assert said[0] == ("Pulling", 'Pulling image "nginx"')
            assert said[1][1].startswith('Failed to pull image "nginx": failed to pull and unpack')
            assert said[2:] == [
                ("Failed", "Error: ErrImagePull"),
                ("BackOff", 'Back-off pulling image "nginx"'),
                ("Failed", "Error: ImagePullBackOff"),
            ]
            await lab.advance(10)
            assert lab.events("a", "Pulling")[0][3] == 2
            with pytest.raises(StatusError) as refused:
                await lab.log(lab.get("pods", "a"))
            assert refused.value.message == (
                'container "web" in pod "a" is waiting to start: trying and failing to pull image'
            )

    run(work())


def test_unknown_command(tmp_path: Path) -> None:
    """StartError with runc's words and exit status 128, then back-off."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create("pods", pod("a", "nope", restartPolicy="Never"))
            ended = state(lab, "a")["state"]["terminated"]
            assert (ended["exitCode"], ended["reason"]) == (128, "StartError")
            assert 'exec: "nope": executable file not found in $PATH' in ended["message"]
            assert lab.get("pods", "a")["status"]["phase"] == "Failed"

    run(work())


def test_init_containers_go_first(tmp_path: Path) -> None:
    """One after the other; the main container waits with PodInitializing."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            init = [
                {"name": "one", "image": "lab:1", "command": ["exit", "0", "5"]},
                {"name": "two", "image": "lab:1", "command": ["exit", "0", "5"]},
            ]
            await lab.create("pods", pod("a", initContainers=init))
            field = "initContainerStatuses"
            assert "running" in state(lab, "a", 0, field)["state"]
            assert state(lab, "a", 1, field)["state"]["waiting"]["reason"] == "PodInitializing"
            assert state(lab, "a")["state"] == {"waiting": {"reason": "PodInitializing"}}
            assert conditions(lab, "a")["Initialized"] == "False"
            await lab.advance(6)
            assert "running" in state(lab, "a", 1, field)["state"]
            await lab.advance(6)
            assert "running" in state(lab, "a")["state"]
            assert conditions(lab, "a")["Ready"] == "True"

    run(work())


def test_readiness(tmp_path: Path) -> None:
    """Three failures make it unready, one success ready again; the container keeps running."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            probe = {"httpGet": {"path": "/ok", "port": 8080}, "periodSeconds": 1}
            await lab.create("pods", pod("a", container={"readinessProbe": probe}))
            assert conditions(lab, "a")["Ready"] == "False"
            await lab.advance(1)
            assert conditions(lab, "a")["Ready"] == "True"
            await lab.exec(lab.get("pods", "a"), ["code", "503"])
            await lab.advance(2)
            assert conditions(lab, "a")["Ready"] == "True"
            await lab.advance(2)
            assert conditions(lab, "a")["Ready"] == "False"
            said = "Readiness probe failed: HTTP probe failed with statuscode: 503"
            assert lab.events("a", "Unhealthy")[0][2] == said
            await lab.exec(lab.get("pods", "a"), ["code", "200"])
            await lab.advance(1.5)
            assert conditions(lab, "a")["Ready"] == "True"
            assert state(lab, "a")["restartCount"] == 0

    run(work())


def test_liveness_and_startup(tmp_path: Path) -> None:
    """A failing liveness probe restarts the container; a startup probe holds it back."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            live = {"tcpSocket": {"port": 9999}, "periodSeconds": 1, "failureThreshold": 2}
            start = {"httpGet": {"port": 8080}, "initialDelaySeconds": 5, "periodSeconds": 1}
            await lab.create(
                "pods", pod("a", container={"livenessProbe": live, "startupProbe": start})
            )
            await lab.advance(4)
            assert (state(lab, "a")["started"], state(lab, "a")["ready"]) == (False, False)
            assert lab.events("a", "Unhealthy") == []
            await lab.advance(2)
            assert state(lab, "a")["started"] is True
            await lab.advance(3)
            assert state(lab, "a")["restartCount"] == 1
            address = lab.get("pods", "a")["status"]["podIP"]
            said = f"dial tcp {address}:9999: connect: connection refused"
            assert lab.events("a", "Unhealthy")[0][2] == f"Liveness probe failed: {said}"
            killing = "Container web failed liveness probe, will be restarted"
            assert lab.events("a", "Killing")[0][2] == killing

    run(work())


def test_exec_probe(tmp_path: Path) -> None:
    """An exec probe runs in the container."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            for name, code in (("good", "0"), ("bad", "1")):
                probe = {"exec": {"command": ["exit", code]}, "periodSeconds": 1}
                await lab.create("pods", pod(name, container={"readinessProbe": probe}))
            await lab.advance(2)
            assert conditions(lab, "good")["Ready"] == "True"
            assert conditions(lab, "bad")["Ready"] == "False"

    run(work())


def test_termination_grace(tmp_path: Path) -> None:
    """SIGTERM ends a server at once; what ignores it is killed after the (capped) grace."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create("pods", pod("polite"))
            await lab.create("pods", pod("stubborn", "stubborn"))
            for name in ("polite", "stubborn"):
                lab.api.delete("pods", "default", name)
            await lab.settle()
            assert not lab.exists("pods", "polite")
            assert lab.exists("pods", "stubborn")
            said = ("kubelet", "Killing", "Stopping container web", 1)
            assert said in lab.events("stubborn")
            await lab.advance(1.1)
            assert not lab.exists("pods", "stubborn")
            assert set(lab.world.network.attached.values()).isdisjoint({"polite", "stubborn"})

    run(work())


def test_force_delete(tmp_path: Path) -> None:
    """``--force --grace-period=0``: the object and the process are gone at once."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create("pods", pod("a", "stubborn"))
            lab.api.delete("pods", "default", "a", grace_seconds=0)
            await lab.settle()
            assert not lab.exists("pods", "a")
            assert "a" not in lab.world.network.attached.values()

    run(work())


def test_a_killed_server_comes_back(tmp_path: Path) -> None:
    """Every Pod as it was: address, restart count, container, start time; logs continue."""

    async def work() -> None:
        clock, store = ManualClock(), Store(str(tmp_path / "db"))
        lab = await Lab(tmp_path, store, clock).__aenter__()
        await lab.create("deployments.apps", deployment())
        await lab.create("pods", pod("crash", "exit", "1"))
        await lab.create("pods", pod("over", "exit", "0", restartPolicy="Never"))
        await lab.advance(15)
        before = {p["metadata"]["name"]: p for p in lab.pods()}
        name = next(n for n in before if n.startswith("web"))
        log = await lab.log(before[name])
        await lab.__aexit__()
        store.close()
        async with Lab(tmp_path, Store(str(tmp_path / "db")), clock) as lab:
            after = {p["metadata"]["name"]: p for p in lab.pods()}
            assert after.keys() == before.keys()
            for title, found in after.items():
                assert found["status"]["podIP"] == before[title]["status"]["podIP"]
                assert (
                    found["status"]["containerStatuses"]
                    == (before[title]["status"]["containerStatuses"])
                )
            assert (await lab.log(after[name])).startswith(log)
            assert len(await lab.log(after[name])) > len(log)
            assert set(lab.world.network.attached) >= {
                p["status"]["podIP"] for n, p in after.items() if n != "over"
            }
            code, _ = await lab.exec(after[name], ["exit", "7"])
            assert code == 7
            await lab.create("pods", pod("new"))
            addresses = [p["status"]["podIP"] for n, p in after.items() if n != "over"]
            assert lab.get("pods", "new")["status"]["podIP"] not in addresses

    run(work())


def test_active_deadline(tmp_path: Path) -> None:
    """A Pod that outstays activeDeadlineSeconds fails, in the kubelet's words."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create("pods", pod("a", "stubborn", activeDeadlineSeconds=20))
            await lab.advance(19)
            assert lab.get("pods", "a")["status"]["phase"] == "Running"
            await lab.advance(2)
            status = lab.get("pods", "a")["status"]
            assert (status["phase"], status["reason"]) == ("Failed", "DeadlineExceeded")
            said = "Pod was active on the node longer than the specified deadline"
            assert status["message"] == said
            assert "terminated" in state(lab, "a")["state"]

    run(work())


def test_a_command_that_is_never_found(tmp_path: Path) -> None:
    """Tried again at once, then after 10 s: a container that cannot start is in back-off too."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create("pods", pod("a", "nope"))
            for seconds, restarts in ((5, 1), (8, 2), (15, 2), (8, 3)):
                await lab.advance(seconds)
                found = state(lab, "a")
                assert found["restartCount"] == restarts
                assert found["state"]["waiting"]["reason"] == "CrashLoopBackOff"
                assert found["lastState"]["terminated"]["reason"] == "StartError"

    run(work())


def test_a_failed_liveness_probe_kills_once(tmp_path: Path) -> None:
    """While a container ends after its probe failed, nobody asks it again."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            probe = {"exec": {"command": ["exit", "1"]}, "periodSeconds": 1, "failureThreshold": 1}
            made = pod("a", "stubborn", container={"livenessProbe": probe})
            await lab.create("pods", made)
            await lab.advance(8)
            assert state(lab, "a")["restartCount"] == 1
            assert sum(count for _, _, _, count in lab.events("a", "Killing")) == 2
            assert sum(count for _, _, _, count in lab.events("a", "Unhealthy")) == 2

    run(work())


def test_the_whole_grace(tmp_path: Path) -> None:
    """Without a cap what ignores SIGTERM has its 30 s, or as many as the deletion grants."""

    async def work() -> None:
        async with Lab(tmp_path, grace=math.inf) as lab:
            for name, asked, waits in (("a", None, 30), ("b", 7, 7)):
                await lab.create("pods", pod(name, "stubborn"))
                lab.api.delete("pods", "default", name, grace_seconds=asked)
                await lab.advance(waits - 1)
                assert state(lab, name)["state"].keys() == {"running"}
                await lab.advance(2)
                assert not lab.exists("pods", name)

    run(work())


def test_a_side_car(tmp_path: Path) -> None:
    """An init container that always restarts runs beside the main one, is counted, comes back
    when it ends, and is stopped when the main one is through."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            side = {"name": "side", "image": "lab:1", "restartPolicy": "Always"}
            made = pod("a", "exit", "0", "20", restartPolicy="Never")
            made["spec"]["initContainers"] = [{**side, "command": ["exit", "1", "5"]}]
            await lab.create("pods", made)
            await lab.advance(2)
            status = lab.get("pods", "a")["status"]
            assert status["phase"] == "Running"
            assert status["initContainerStatuses"][0]["state"].keys() == {"running"}
            assert status["containerStatuses"][0]["state"].keys() == {"running"}
            await lab.advance(6)
            side_status = lab.get("pods", "a")["status"]["initContainerStatuses"][0]
            assert (side_status["restartCount"], "running" in side_status["state"]) == (1, True)
            await lab.advance(16)
            status = lab.get("pods", "a")["status"]
            assert status["phase"] == "Succeeded"
            assert status["initContainerStatuses"][0]["state"].keys() == {"terminated"}

    run(work())
