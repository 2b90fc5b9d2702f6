"""``python -m labkit.embedded --state-dir DIR``: the process of the embedded cluster."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from pathlib import Path

from labkit.embedded.server import Settings, serve
from labkit.errors import LabkitError


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0 after an orderly end, that of the error when it could not start."""
    parser = argparse.ArgumentParser(prog="python -m labkit.embedded", description=__doc__)
    parser.add_argument("--state-dir", required=True, type=Path, help="where the cluster lives")
    parser.add_argument("--seed", type=int, help="repeatable names, addresses and choices")
    parser.add_argument("--port", type=int, default=0, help="default: one that is free")
    options = parser.parse_args(arguments)
    settings = Settings(options.state_dir, options.seed, options.port)
    try:
        asyncio.run(serve(settings))
    except LabkitError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status
    return 0


if __name__ == "__main__":
    logging.captureWarnings(True)
    sys.exit(main())
