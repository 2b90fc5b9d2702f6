"""Print the cheat sheets: docs/cheatsheet-en.pdf and docs/chuleta-es.pdf, from their pages.

    python tools/print_cheatsheets.py      needs Chromium or Chrome on the PATH

The pages hold their own style for one sheet of A4; a longer one is refused.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent / "docs"
SHEETS = ("cheatsheet-en", "chuleta-es")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WHEN = re.compile(rb"(/(?:CreationDate|ModDate) \()D:[^)]*(\))")


def browser() -> str:
    """The path of a browser that can print."""
    for name in BROWSERS:
        if path := shutil.which(name):
            return path
    sys.exit("No Chromium on the PATH: install it (Debian: apt install chromium), then run again.")


def print_page(page: Path) -> bytes:
    """The PDF of a page, without the hour at which it was printed."""
    with tempfile.TemporaryDirectory(prefix="labkit-print-") as folder:
        made = Path(folder, "sheet.pdf")
        flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile"]
        command = [browser(), *flags, "--no-pdf-header-footer", f"--print-to-pdf={made}"]
        subprocess.run([*command, page.as_uri()], check=True, capture_output=True, timeout=120)
        return WHEN.sub(rb"\1D:20000101000000+00'00'\2", made.read_bytes())


def pages_in(pdf: bytes) -> int:
    """How many sheets a PDF of Chromium's has."""
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def main() -> int:
    """Print both; returns the exit status."""
    for name in SHEETS:
        pdf = print_page(DOCS / f"{name}.html")
        if pages_in(pdf) != 1:
            print(f"docs/{name}.html takes {pages_in(pdf)} sheets of A4: shorten it to one.")
            return 1
        (DOCS / f"{name}.pdf").write_bytes(pdf)
        print(f"docs/{name}.pdf: {len(pdf) // 1024} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
