"""The kernel "ClusterIP Lab", started as Jupyter starts it and asked by Jupyter's own client."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labkit.kernel import spec
from tests.support import need

pytestmark = [pytest.mark.kubectl, pytest.mark.notebooks]
START, LIMIT = 60, 60


class Cell:
    """What came of one cell."""

    def __init__(self, client: Any, code: str) -> None:
        self.streams: list[str] = []
        self.errors: list[str] = []
        reply = client.execute_interactive(code, timeout=LIMIT, output_hook=self._take)
        self.status = reply["content"]["status"]

    def _take(self, message: dict[str, Any]) -> None:
        content = message["content"]
        if message["msg_type"] == "stream":
            self.streams.append(content["text"])
        elif message["msg_type"] == "error":
            self.errors.append("\n".join(content["traceback"]))

    @property
    def text(self) -> str:
        """All that was printed."""
        return "".join(self.streams)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A kernel installed below a folder of its own, and its client."""
    from labkit.cluster.kubectl import find_program
    from labkit.errors import ClusterError
    from labkit.words import Words

    try:
        found = find_program({}, Words("en"))
    except ClusterError:
        found = None
    need("kubectl", found, "no kubectl")
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import KernelManager

    prefix = tmp_path_factory.mktemp("prefix")
    home = tmp_path_factory.mktemp("home")
    folder = spec.install(Words("en"), prefix=str(prefix))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LABKIT_HOME", str(home))
        patch.setenv("LABKIT_LANG", "en")
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        specs = KernelSpecManager(kernel_dirs=[str(folder.parent)])
        manager = KernelManager(kernel_name=spec.NAME, kernel_spec_manager=specs)
        manager.start_kernel(cwd=str(home))
        try:
            made = manager.client()
            made.start_channels()
            made.wait_for_ready(timeout=START)
            yield made
            made.stop_channels()
        finally:
            manager.shutdown_kernel(now=True)
            manager.cleanup_resources()
            down = [sys.executable, "-m", "labkit", "down"]
            subprocess.run(down, capture_output=True, check=False, timeout=60)


def completions(client: Any, code: str) -> tuple[list[str], str]:
    """The words that Tab gives at the end of the code, and what they would replace."""
    client.complete(code)
    reply = client.get_shell_msg(timeout=LIMIT)
    while reply["msg_type"] != "complete_reply":
        reply = client.get_shell_msg(timeout=LIMIT)
    content = reply["content"]
    return content["matches"], code[content["cursor_start"] : content["cursor_end"]]


def test_the_session_starts_with_the_lab_open(client: Any) -> None:
    """The first cell says which cluster it is; lab and KUBECONFIG are there without a cell."""
    first = Cell(client, "import os; print(lab, os.path.exists(os.environ['KUBECONFIG']))")
    assert "embedded cluster" in first.text
    assert "Lab('embedded') True" in first.text
    assert "embedded cluster" not in Cell(client, "1").text


def test_a_kubectl_line_runs_as_typed(client: Any) -> None:
    """Alone, in a block, over two lines, among Python: as with a ``!`` in front of it."""
    assert "labkit-worker" in Cell(client, "kubectl get nodes").text
    mixed = Cell(client, "for i in range(2):\n    kubectl get node labkit-worker\nprint(i)")
    assert mixed.text.count("labkit-worker") == 2
    assert mixed.text.rstrip().endswith("1")
    assert "labkit-worker" in Cell(client, "kubectl get nodes \\\n  -o name").text
    path = Cell(client, "kubectl get nodes -o jsonpath='{.items[*].metadata.name}'")
    assert "labkit-control-plane labkit-worker" in path.text
    assert "labkit-worker" in Cell(client, "!kubectl get nodes -o name").text


def test_python_stays_python(client: Any) -> None:
    """A variable of that name, and the words inside a text of several lines, are left alone."""
    cell = Cell(
        client, "kubectl = 3\nprint(kubectl)\ntext = '''\nkubectl get nodes\n'''\nprint(len(text))"
    )
    assert cell.text.split() == ["3", "19"]
    assert cell.status == "ok"


def test_errors_come_short(client: Any) -> None:
    """An error of labkit is its sentence and the next step, one of Python a line: no traceback."""
    cell = Cell(client, "lab.ask(0)")
    assert cell.status == "error"
    assert cell.errors[0].startswith("UsageError: ")
    assert "Traceback" not in cell.errors[0]
    slip = Cell(client, "nobody")
    assert "NameError" in slip.errors[0]
    assert len(slip.errors[0].splitlines()) == 1
    assert "not found" in Cell(client, "kubectl get pod nobody").text


@pytest.mark.parametrize(
    ("code", "word", "replaces"),
    [
        ("kubectl desc", "describe", "desc"),
        ("kubectl get endpointsl", "endpointslices.discovery.k8s.io", "endpointsl"),
        ("kubectl get node labkit-w", "labkit-worker", "labkit-w"),
        ("x = 1\n!kubectl get node ", "labkit-control-plane", ""),
        ("kubectl get pods --all-n", "--all-namespaces", "--all-n"),
        ("import o\nos.pat", "path", "pat"),
    ],
)
def test_tab_completes_verbs_kinds_and_names(
    client: Any, code: str, word: str, replaces: str
) -> None:
    """What kubectl would complete, on kubectl lines; what IPython would, elsewhere."""
    if "os.pat" in code:
        Cell(client, "import os")
        code = "os.pat"
    matches, replaced = completions(client, code)
    assert any(match.split(".")[-1] == word or match == word for match in matches)
    assert replaced.endswith(replaces)


def test_it_is_removed_exactly(tmp_path: Path) -> None:
    """What was written goes; a stranger's file stays, and so does a stranger's kernel."""
    from labkit.errors import UsageError
    from labkit.words import Words

    words = Words("en")
    folder = spec.install(words, prefix=str(tmp_path))
    assert sorted(one.name for one in folder.iterdir()) == ["kernel.json", "logo-svg.svg"]
    spec.install(words, prefix=str(tmp_path))  # twice is no error
    note = folder / "note.txt"
    note.write_text("mine", encoding="utf-8")
    spec.uninstall(words, prefix=str(tmp_path))
    assert [one.name for one in folder.iterdir()] == ["note.txt"]
    with pytest.raises(UsageError, match="did not install"):
        spec.install(words, prefix=str(tmp_path))
    note.unlink()
    folder.rmdir()
    with pytest.raises(UsageError, match="no kernel"):
        spec.uninstall(words, prefix=str(tmp_path))
    with pytest.raises(UsageError, match="exclude"):
        spec.install(words, prefix=str(tmp_path), user=True)
