"""A JupyterLab server on the loopback and a headless Chromium in front of it."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Server:
    """Where the server answers, the secret it wants, and whose it is."""

    port: int
    token: str
    app: str = "jupyterlab"

    def url(self, notebook: str) -> str:
        """The address that opens a notebook, in JupyterLab in a fresh workspace."""
        place = {"jupyterlab": "lab/tree", "notebook": "notebooks", "voila": "voila/render"}
        return f"http://127.0.0.1:{self.port}/{place[self.app]}/{notebook}?token={self.token}&reset"


def find_chromium() -> str | None:
    """The browser's program, if there is one."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    return None


@contextmanager
def jupyter_server(folder: Path, home: Path, app: str = "jupyterlab") -> Iterator[Server]:
    """JupyterLab, Notebook 7 or Voila on ``folder`` with settings and a lab of its own below
    ``home``."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = secrets.token_hex(16)
    private = {
        name: str(home / name.lower())
        for name in (
            "JUPYTER_CONFIG_DIR",
            "JUPYTER_DATA_DIR",
            "JUPYTER_RUNTIME_DIR",
            "JUPYTERLAB_SETTINGS_DIR",
            "JUPYTERLAB_WORKSPACES_DIR",
            "IPYTHONDIR",
            "LABKIT_HOME",
        )
    }
    environment = {**os.environ, **private}
    environment.pop("LABKIT_LANG", None)
    settings = Path(private["JUPYTERLAB_SETTINGS_DIR"]) / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True, exist_ok=True)
    news = settings / "notification.jupyterlab-settings"
    news.write_text('{"fetchNews": "false"}', encoding="utf-8")
    # Where there is no config the stock kernels are still found: they belong to this Python.
    command = [sys.executable, "-m", *command_of(app, folder, port, token)]
    log = (home / "jupyter.log").open("wb")
    server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        ready = "" if app == "voila" else "api/status"
        _wait(f"http://127.0.0.1:{port}/{ready}?token={token}", server, home / "jupyter.log")
        yield Server(port, token, app)
    finally:
        server.terminate()
        server.wait(timeout=30)
        log.close()
        subprocess.run(
            [sys.executable, "-m", "labkit", "down"],
            env=environment,
            capture_output=True,
            check=False,
            timeout=60,
        )


def command_of(app: str, folder: Path, port: int, token: str) -> list[str]:
    """The module that serves, and its options: the loopback, that port, nothing from outside."""
    if app == "voila":
        return [
            "voila", str(folder), "--no-browser", "--Voila.ip=127.0.0.1", f"--port={port}",
            "--Voila.port_retries=0", "--VoilaConfiguration.theme=light",
        ]  # fmt: skip
    kind = {"jupyterlab": "LabApp", "notebook": "JupyterNotebookApp"}[app]
    return [
        app, "--no-browser", "--allow-root",
        "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={token}", f"--{kind}.expose_app_in_browser=True",
        "--LabApp.news_url=", "--LabApp.extension_manager=readonly",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        f"--ServerApp.root_dir={folder}",
    ]  # fmt: skip


def _wait(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while time.monotonic() < end:
        if server.poll() is not None:
            break
        try:
            with opener.open(address, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"JupyterLab did not answer: {log.read_text(errors='replace')[-2000:]}")


def run_all(page: Any, address: str) -> list[dict[str, Any]]:
    """Open a notebook, run every cell, and give back its code cells as JSON.

    Waits on the application's own promises, not on what the page looks like.
    """
    page.goto(address)
    page.wait_for_function("window.jupyterapp && window.jupyterapp.restored", timeout=60_000)
    page.evaluate("window.jupyterapp.restored")
    page.wait_for_function(
        """() => {
          const panel = window.jupyterapp.shell.currentWidget;
          return panel && panel.context && panel.context.isReady
            && panel.sessionContext.session
            && panel.sessionContext.session.kernel
            && panel.sessionContext.session.kernel.status === 'idle';
        }""",
        timeout=60_000,
    )
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    cells: list[dict[str, Any]] = page.evaluate(
        """() => window.jupyterapp.shell.currentWidget.context.model.toJSON().cells
                 .filter(cell => cell.cell_type === 'code')"""
    )
    return cells
