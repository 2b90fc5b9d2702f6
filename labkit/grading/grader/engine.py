"""papermill's engine with bounds: output is counted as it comes, time is counted in all."""

from __future__ import annotations

import json
from typing import Any

from labkit.clock import SystemClock
from labkit.grading.grader.limits import DEAD, DONE, FLOOD, SLOW


def bounded_engine(state: dict[str, Any], limits: dict[str, int]) -> type:
    """An engine class whose runs write into ``state`` which cell they are in and how they end."""
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.engines import Engine

    clock = SystemClock()

    class Client(PapermillNotebookClient):  # type: ignore[misc]
        """Counts what a cell prints; ends the kernel when it is too much or too late."""

        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            self.end = clock.monotonic() + limits["total_seconds"]
            self.printed = 0

        def execute_cell(self, cell: Any, *more: Any, **named: Any) -> Any:
            state["cell"] = cell.metadata.get("labkit", "")
            self.printed = 0
            left = self.end - clock.monotonic()
            self.timeout = max(1, min(limits["cell_seconds"], int(left)))
            try:
                return super().execute_cell(cell, *more, **named)
            except CellTimeoutError:
                _ended(state, SLOW)
                raise
            except DeadKernelError:
                _ended(state, DEAD)
                raise

        def process_message(self, message: Any, *more: Any, **named: Any) -> Any:
            self.printed += _size(message)
            if self.printed > limits["output"]:
                if state["ended"] == DONE:
                    _ended(state, FLOOD)
                    self.km.provisioner.process.kill()
                return None
            return super().process_message(message, *more, **named)

    class Bounded(Engine):  # type: ignore[misc]
        """The engine that papermill asks for by name."""

        @classmethod
        def execute_managed_notebook(
            cls, nb_man: Any, kernel_name: str, start_timeout: int = 30, **_more: Any
        ) -> Any:
            """Run the cells of ``nb_man``."""
            client = Client(nb_man, kernel_name=kernel_name, startup_timeout=start_timeout)
            client.allow_errors = False
            return client.execute()

    return Bounded


def _ended(state: dict[str, Any], how: str) -> None:
    if state["ended"] == DONE:
        state["ended"] = how


def _size(message: Any) -> int:
    content = message.get("content", {})
    text = content.get("text")
    if isinstance(text, str):
        return len(text)
    return len(json.dumps(content, default=str)) if content else 0
