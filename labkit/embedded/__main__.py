"""``python -m labkit.embedded --state-dir DIR``: the process of the embedded cluster."""

from __future__ import annotations

import argparse
import asyncio
import logging
import math
import os
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

from labkit.embedded.server import SHORT_GRACE, Settings, make_folder, open_private, serve
from labkit.embedded.status import StatusError
from labkit.errors import LabkitError
from labkit.kubeproxy.config import MODES

GRACE = "LABKIT_GRACE"
LOG_BYTES = 1_000_000


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0 after an orderly end, that of the error when it could not start."""
    parser = argparse.ArgumentParser(prog="python -m labkit.embedded", description=__doc__)
    parser.add_argument("--state-dir", required=True, type=Path, help="where the cluster lives")
    parser.add_argument("--seed", type=int, help="repeatable names, addresses and choices")
    parser.add_argument("--port", type=int, default=0, help="default: one that is free")
    parser.add_argument("--proxy-mode", choices=MODES, default="", help="kube-proxy's mode")
    parser.add_argument(
        "--grace",
        type=_grace,
        default=os.environ.get(GRACE) or str(SHORT_GRACE),
        metavar="SECONDS",
        help="the longest that a container may take to end after SIGTERM; 'full' waits for the "
        f"Pod's whole terminationGracePeriodSeconds (default: ${GRACE}, else 1)",
    )
    options = parser.parse_args(arguments)
    settings = Settings(
        options.state_dir,
        options.seed,
        options.port,
        proxy_mode=options.proxy_mode,
        grace=options.grace,
    )
    try:
        make_folder(settings.state_dir)
        _log_to(settings.state_dir / "server.log")
        asyncio.run(serve(settings))
    except LabkitError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status
    except StatusError as refusal:
        sys.stderr.write(f"The cluster in {settings.state_dir} did not start: {refusal}.\n")
        return 1
    return 0


def _grace(text: str) -> float:
    """Seconds, or ``full`` for as long as the Pod says."""
    if text == "full":
        return math.inf
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < math.inf:
        message = f"{text!r} is no grace: give seconds, such as 5, or 'full' (--grace or ${GRACE})"
        raise argparse.ArgumentTypeError(message)
    return seconds


def _log_to(path: Path) -> None:
    """Warnings and errors into a file of bounded size; a full disk loses lines, nothing else."""
    open_private(path)
    handler = RotatingFileHandler(path, maxBytes=LOG_BYTES, backupCount=1, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    logging.raiseExceptions = False
    logging.captureWarnings(True)


if __name__ == "__main__":
    sys.exit(main())
