"""Draw the lab as it ran: docs/lab-en.svg and docs/lab-es.svg, from real output of `labkit lab`.

    python tools/draw_lab.py        run the lab in both languages (in a cluster of its own) and draw

What is left out is marked with an ellipsis; nothing is made up.
"""

from __future__ import annotations

import html
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COLUMNS = 104
LINE, LEFT, TOP = 19, 18, 58
ALT = {
    "es": "Terminal: labkit lab aplica con kubectl un Deployment, un Service y un Pod cliente en "
    "dos nodos, hace 200 peticiones y cuenta quién respondió: un reparto al azar, no por turnos.",
    "en": "Terminal: labkit lab applies a Deployment, a Service and a client Pod with kubectl on "
    "two nodes, makes 200 requests and counts who answered: a random split, not turns.",
}


def run(language: str) -> list[str]:
    """The lines that the lab printed."""
    with tempfile.TemporaryDirectory(prefix="labkit-drawing-") as home:
        environment = {**os.environ, "LABKIT_HOME": home, "NO_COLOR": "1", "PYTHONUTF8": "1"}
        command = [sys.executable, "-m", "labkit", "lab", "--lang", language]
        done = subprocess.run(
            command, env=environment, stdout=subprocess.PIPE, encoding="utf-8", check=True
        )
    return done.stdout.splitlines()


def shortened(lines: list[str]) -> list[str]:
    """The steps and the count: from the nodes to the verdict, long rows cut in the open."""
    start = next(i for i, line in enumerate(lines) if line.startswith("1. "))
    end = next(i for i, line in enumerate(lines) if line.startswith("7. "))
    kept: list[str] = []
    hellos = 0
    for line in lines[start:end]:
        if line.startswith("Hello from"):
            hellos += 1
            if hellos > 3:
                continue
        elif line.startswith("$"):
            hellos = 0
        if line == "" and kept and (kept[-1] == "" or kept[-1].startswith(("Hello", "Connecting"))):
            continue
        kept.append(line if len(line) <= COLUMNS else line[: COLUMNS - 1] + "…")
    while kept and not kept[-1]:
        kept.pop()
    return kept


def drawing(lines: list[str], language: str) -> str:
    """A terminal window; commands bold and blue, headings bold, the rest plain."""
    width = LEFT * 2 + round(COLUMNS * 7.85)
    height = TOP + LINE * len(lines) + 14
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f"font-family=\"ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace\" "
        f'font-size="13"><title>{html.escape(ALT[language])}</title>'
        f'<rect x="1" y="1" width="{width - 2}" height="{height - 2}" rx="9" fill="#FBFBFB" '
        'stroke="#B8B8B8"/>'
        f'<path d="M1 36H{width - 1}" stroke="#D5D5D5"/>'
        '<circle cx="22" cy="19" r="6" fill="#D5D5D5"/><circle cx="42" cy="19" r="6" '
        'fill="#D5D5D5"/><circle cx="62" cy="19" r="6" fill="#D5D5D5"/>'
        f'<text x="{width // 2}" y="24" text-anchor="middle" fill="#555">'
        "python3 run.py lab</text>"
    ]
    for number, line in enumerate(lines):
        style = 'fill="#222"'
        if line.startswith("$"):
            style = 'fill="#005A8E" font-weight="bold"'
        elif line[:1].isdigit() and line[1:3] == ". ":
            style = 'fill="#111" font-weight="bold"'
        y = TOP + LINE * number
        parts.append(
            f'<text x="{LEFT}" y="{y}" xml:space="preserve" {style}>{html.escape(line)}</text>'
        )
    return "".join(parts) + "</svg>\n"


def main() -> int:
    """Run and draw both languages."""
    for language in ("es", "en"):
        print(f"running the lab ({language}) ...", file=sys.stderr, flush=True)
        text = drawing(shortened(run(language)), language)
        path = ROOT / "docs" / f"lab-{language}.svg"
        path.write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
