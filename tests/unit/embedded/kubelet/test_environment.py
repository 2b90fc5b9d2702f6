"""What a container sees: variables, files, names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.unit.embedded.controllers.lab import Lab, pod, run, service


def config(name: str, **data: str) -> dict[str, Any]:
    """A ConfigMap."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


async def shown(lab: Lab, made: dict[str, Any]) -> dict[str, str]:
    """Create a Pod that prints what it sees; its lines as key and value."""
    made["spec"]["restartPolicy"] = "Never"
    made["spec"]["containers"][0]["command"] = ["show"]
    await lab.create("pods", made)
    text = await lab.log(lab.get("pods", made["metadata"]["name"]))
    pairs = (line.split("=" if "=" in line.split(":")[0] else ": ", 1) for line in
             text.splitlines())  # fmt: skip
    return {pair[0]: pair[1] for pair in pairs}


def test_env_in_order(tmp_path: Path) -> None:
    """Later variables may use earlier ones; references to unknown ones stay as written."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            env = [
                {"name": "LATE", "value": "$(EARLY)"},
                {"name": "EARLY", "value": "one"},
                {"name": "BOTH", "value": "$(EARLY)-$$(EARLY)-$(HOSTNAME)"},
                {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
                {"name": "ME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
                {"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
                {"name": "TIER", "valueFrom": {"fieldRef": {"fieldPath":
                                                            "metadata.labels['tier']"}}},
                {"name": "CPU", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu",
                                                                   "divisor": "1m"}}},
                {"name": "MEM", "valueFrom": {"resourceFieldRef": {
                    "resource": "requests.memory", "divisor": "1Mi"}}},
            ]  # fmt: skip
            limits = {"requests": {"memory": "1500Ki"}, "limits": {"cpu": "250m"}}
            made = pod("a", labels={"tier": "t1"}, container={"env": env, "resources": limits})
            got = await shown(lab, made)
            found = lab.get("pods", "a")
            assert got["LATE"] == "$(EARLY)"
            assert got["BOTH"] == "one-$(EARLY)-$(HOSTNAME)"
            assert got["NODE"] == found["spec"]["nodeName"]
            assert (got["ME"], got["TIER"]) == ("a", "t1")
            assert got["IP"] == found["status"]["podIP"]
            assert (got["CPU"], got["MEM"]) == ("250", "2")
            assert got["HOSTNAME"] == "a"

    run(work())


def test_hostname_is_not_expanded_in_args(tmp_path: Path) -> None:
    """The seed's mistake: HOSTNAME comes from the runtime, so ``$(HOSTNAME)`` stays (M7)."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            made = pod("a", "say", "$(HOSTNAME) on $(NODE_NAME)")
            field = {"fieldRef": {"fieldPath": "spec.nodeName"}}
            made["spec"]["containers"][0]["env"] = [{"name": "NODE_NAME", "valueFrom": field}]
            await lab.create("pods", made)
            found = lab.get("pods", "a")
            assert await lab.log(found) == f"$(HOSTNAME) on {found['spec']['nodeName']}\n"

    run(work())


def test_service_links(tmp_path: Path) -> None:
    """Services that exist when the Pod starts leave variables, later ones do not (M32)."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            ports = [{"name": "http", "port": 80, "targetPort": 8080}]
            made = await lab.create("services", service("my-web", ports=ports))
            address = made["spec"]["clusterIP"]
            got = await shown(lab, pod("a"))
            assert got["MY_WEB_SERVICE_HOST"] == address
            assert got["MY_WEB_SERVICE_PORT"] == "80"
            assert got["MY_WEB_SERVICE_PORT_HTTP"] == "80"
            assert got["MY_WEB_PORT"] == f"tcp://{address}:80"
            assert got["MY_WEB_PORT_80_TCP"] == f"tcp://{address}:80"
            assert got["MY_WEB_PORT_80_TCP_PROTO"] == "tcp"
            assert got["MY_WEB_PORT_80_TCP_PORT"] == "80"
            assert got["MY_WEB_PORT_80_TCP_ADDR"] == address
            assert got["KUBERNETES_SERVICE_HOST"] == "10.96.0.1"
            assert got["KUBERNETES_SERVICE_PORT_HTTPS"] == "443"
            bare = await shown(lab, pod("b", enableServiceLinks=False))
            assert "MY_WEB_SERVICE_HOST" not in bare
            assert bare["KUBERNETES_SERVICE_HOST"] == "10.96.0.1"

    run(work())


def test_config_maps_and_secrets(tmp_path: Path) -> None:
    """By key, all at once with a prefix, and as files."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create("configmaps", config("c", color="red", size="9"))
            secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}}
            await lab.create("secrets", {**secret, "stringData": {"key": "hush"}})
            container = {
                "envFrom": [{"configMapRef": {"name": "c"}, "prefix": "C_"}],
                "env": [
                    {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "s", "key": "key"}}},
                    {"name": "NOT", "valueFrom": {"configMapKeyRef": {
                        "name": "none", "key": "x", "optional": True}}},
                    {"name": "SUM", "value": "$(C_color)/$(KEY)"},
                ],
                "volumeMounts": [
                    {"name": "c", "mountPath": "/etc/c"},
                    {"name": "s", "mountPath": "/etc/s"},
                    {"name": "d", "mountPath": "/etc/d"},
                ],
            }  # fmt: skip
            items = [{"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}}]
            volumes = [
                {"name": "c", "configMap": {"name": "c"}},
                {"name": "s", "secret": {"secretName": "s"}},
                {"name": "d", "downwardAPI": {"items": items}},
            ]
            made = pod("a", labels={"app": "x"}, container=container, volumes=volumes)
            got = await shown(lab, made)
            assert (got["C_color"], got["C_size"], got["KEY"]) == ("red", "9", "hush")
            assert got["SUM"] == "red/hush"
            assert "NOT" not in got
            assert got["/etc/c/color"] == "b'red'"
            assert got["/etc/s/key"] == "b'hush'"
            assert got["/etc/d/labels"] == repr(b'app="x"')

    run(work())


def test_a_missing_config_map_is_waited_for(tmp_path: Path) -> None:
    """CreateContainerConfigError in the kubelet's words, and a start when the object comes."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            source = {"configMapRef": {"name": "late"}}
            await lab.create("pods", pod("a", container={"envFrom": [source]}))
            (status,) = lab.get("pods", "a")["status"]["containerStatuses"]
            assert status["state"]["waiting"] == {
                "reason": "CreateContainerConfigError",
                "message": 'configmap "late" not found',
            }
            said = ("kubelet", "Failed", 'Error: configmap "late" not found', 1)
            assert said in lab.events("a")
            await lab.create("configmaps", config("late", a="b"))
            assert lab.get("pods", "a")["status"]["phase"] == "Running"

    run(work())


def test_files_of_the_runtime(tmp_path: Path) -> None:
    """/etc/hosts, /etc/resolv.conf, /etc/hostname and the service account, as in any Pod."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            got = await shown(lab, pod("a"))
            address = lab.get("pods", "a")["status"]["podIP"]
            assert got["/etc/resolv.conf"] == repr(
                b"search default.svc.cluster.local svc.cluster.local cluster.local\n"
                b"nameserver 10.96.0.10\noptions ndots:5\n"
            )
            assert f"{address}\\ta\\n" in got["/etc/hosts"]
            assert got["/etc/hostname"] == repr(b"a\n")
            account = "/var/run/secrets/kubernetes.io/serviceaccount"
            assert got[f"{account}/namespace"] == repr(b"default")
            assert f"{account}/token" in got
            assert f"{account}/ca.crt" in got

    run(work())


def test_an_empty_dir_is_shared(tmp_path: Path) -> None:
    """What an init container leaves in an emptyDir, the main one finds."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            mount = [{"name": "d", "mountPath": "/d"}]
            made = pod("a", container={"volumeMounts": mount}, volumes=[
                {"name": "d", "emptyDir": {}}])  # fmt: skip
            await lab.create("pods", made)
            worker = lab.system.runtime._worker(lab.get("pods", "a"))  # type: ignore[attr-defined]
            worker.slot("web").run._setup.files["/d/x"] = b"1"
            assert worker.volumes["d"]["x"] == b"1"

    run(work())
