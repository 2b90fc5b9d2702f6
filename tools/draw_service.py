"""Draw the way through a ClusterIP Service: cluster-ip-service.svg beside each language's lessons.

    python tools/draw_service.py     run the lab (in a cluster of its own) and draw

The client Pod, the rules that kube-proxy wrote on its node, and the backends on two nodes are those
of a lab that really ran; the thick arrow is a real trace through those rules.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labkit import Lab
    from labkit.model.clustermap import ClusterMap

ROOT = Path(__file__).resolve().parent.parent


def connection(lab: Lab) -> Callable[[int], ClusterMap]:
    """The map with the n-th connection of the client."""
    return lambda number: lab.map(connection=number)


def crosses(given: ClusterMap) -> bool:
    """Whether the connection ends on the other node: the draw decides, we only wait for it."""
    goal = given.pod_at(given.flow.chosen) if given.flow else None
    return goal is not None and given.flow is not None and goal.node != given.flow.node


def main() -> int:
    """One lab, one connection, a drawing for each language."""
    from labkit import open_lab
    from labkit.viz.show import show

    with tempfile.TemporaryDirectory(prefix="labkit-drawing-") as home:
        os.environ["LABKIT_HOME"] = home
        try:
            lab = open_lab("embedded", seed=1, lang="en")
            lab.ask(1)
            given = next(one for one in map(connection(lab), range(1, 50)) if crosses(one))
            for language in ("es", "en"):
                path = ROOT / "notebooks" / language / "cluster-ip-service.svg"
                path.write_text(show(given, language).svg + "\n", encoding="utf-8")
                print(f"written: {path.relative_to(ROOT)}")
            lab.close()
        finally:
            subprocess.run([sys.executable, "-m", "labkit", "down"], check=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
