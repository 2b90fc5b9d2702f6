"""IPython's kernel with the lab open."""

from __future__ import annotations

from typing import Any

from ipykernel.ipkernel import IPythonKernel

from labkit import __version__
from labkit.kernel.completion import complete, is_kubectl, line_before
from labkit.kernel.lines import KubectlLine
from labkit.kernel.session import Session


class LabKernel(IPythonKernel):
    """A Python kernel: all that runs under ``python3`` runs here alike."""

    implementation = "clusterip-lab"
    implementation_version = __version__

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)  # type: ignore[no-untyped-call]
        self.session_of_lab = Session()
        shell: Any = self.shell
        shell.input_transformer_manager.token_transformers.append(KubectlLine)
        shell.InteractiveTB.set_mode("Minimal")  # `%xmode Context` brings the tracebacks back
        self.session_of_lab.begin()
        if self.session_of_lab.lab is not None:
            shell.push({"lab": self.session_of_lab.lab}, interactive=False)
            shell.ex("from labkit import show")
        shell.events.register("pre_run_cell", self._first_cell)

    def _first_cell(self, info: Any) -> None:
        self.session_of_lab.tell(lambda text: print(text, flush=True))  # noqa: T201
        shell: Any = self.shell
        shell.events.unregister("pre_run_cell", self._first_cell)

    def do_complete(self, code: str, cursor_pos: int | None) -> Any:
        """kubectl lines are completed by kubectl, all else by IPython."""
        cursor = len(code) if cursor_pos is None else cursor_pos
        lab = self.session_of_lab.lab
        if lab is None or not is_kubectl(line_before(code, cursor)[1]):
            return super().do_complete(code, cursor_pos)  # type: ignore[no-untyped-call]
        found = complete(lab.program, code, cursor)
        suggestions = found.suggestions if found else ()
        start = found.start if found else cursor
        types = [
            {"start": start, "end": cursor, "text": one.word, "type": one.about[:40] or "kubectl"}
            for one in suggestions
        ]
        return {
            "matches": [one.word for one in suggestions],
            "cursor_start": start,
            "cursor_end": cursor,
            "metadata": {"_jupyter_types_experimental": types},
            "status": "ok",
        }
