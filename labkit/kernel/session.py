"""The lab of a session: opened when the kernel starts, told of under the first cell."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from labkit.errors import LabkitError

if TYPE_CHECKING:
    from labkit.lab.api import Lab


@dataclass(slots=True)
class Session:
    """``lab`` is None when it could not be opened; ``said`` is what there is to tell."""

    lab: Lab | None = None
    said: list[str] = field(default_factory=list)

    def begin(self) -> None:
        """Open the lab: KUBECONFIG and kubectl are set for this process from now on."""
        from labkit.lab.api import open_lab

        try:
            self.lab = open_lab(tell=self.said.append)
        except LabkitError as error:
            self.said.append(str(error))

    def tell(self, out: Callable[[str], None]) -> None:
        """Say it once: which cluster it is, or why there is none."""
        lines, self.said = self.said, []
        if lines and self.lab is not None:
            out(lines[0])
        elif lines:
            out("\n".join(lines))


def language() -> str:
    """The language of the notebook whose kernel this is."""
    from labkit.lab.api import lab_language

    return lab_language(None, os.environ)
