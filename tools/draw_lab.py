"""Draw the lab as it ran: docs/lab-en.svg and docs/lab-es.svg, from real output of `labkit lab`.

    python tools/draw_lab.py        run the lab in both languages (in a cluster of its own) and draw

Each step keeps its command and the first lines of its answer; what is left out is marked with an
ellipsis, and nothing is made up.  The two Pods of the backend have a colour each, wherever their
names appear, so that one sees who answered.
"""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COLUMNS = 102
CELL, LINE, LEFT, TOP = 7.85, 19, 20, 60
POD = re.compile(r"backend-app-[a-z0-9]+-[a-z0-9]{5}")
COLOURS = ("#0063A6", "#B04A00")  # 6.1 and 5.6 to 1 on the background; told apart by everyone
INK, QUIET, PAPER, FRAME = "#24292F", "#57606A", "#FCFCFA", "#C9CDD2"
LEFT_OUT = ("kubectl rollout status", "kubectl wait", "kubectl get endpointslices")
HELLOS = 4
ALT = {
    "es": (
        "Una terminal con `python3 run.py lab`",
        "Con kubectl se aplican un Deployment, un Service y un Pod cliente en dos nodos; tras 200 "
        "peticiones se cuenta quién respondió: un reparto al azar, no por turnos.",
    ),
    "en": (
        "A terminal with `python3 run.py lab`",
        "A Deployment, a Service and a client Pod are applied with kubectl on two nodes; after "
        "200 requests it is counted who answered: a random split, not turns.",
    ),
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
    """From the nodes to the verdict, without the steps that only wait and most of the answers."""
    start = next(i for i, line in enumerate(lines) if line.startswith("1. "))
    end = next(i for i, line in enumerate(lines) if line.startswith("7. "))
    kept: list[str] = []
    for block in blocks(lines[start:end]):
        if block[0].startswith(tuple(f"$ {command}" for command in LEFT_OUT)):
            if kept[-1] != "…":
                kept.append("…")
        else:
            kept += fitted(fewer_answers(block))
        if block[-1] == "":
            kept.append("")
    return without_end(kept)


def blocks(lines: list[str]) -> list[list[str]]:
    """A heading, or a command with what it answered."""
    found: list[list[str]] = []
    for line in lines:
        if not found or begins(line):
            found.append([])
        found[-1].append(line)
    return found


def begins(line: str) -> bool:
    """Whether this is a command or a heading."""
    return line.startswith("$") or (line[:1].isdigit() and line[1:3] == ". ")


def fewer_answers(block: list[str]) -> list[str]:
    """The first answers of many, and an ellipsis; no blank lines between them."""
    kept: list[str] = []
    hellos = 0
    for line in block:
        if line.startswith("Hello from"):
            hellos += 1
            if hellos > HELLOS:
                continue
        if line:
            kept.append(line)
    if hellos > HELLOS and not any(line.startswith("…") for line in kept):
        kept.insert(len(kept) - 1, "…")
    return kept


def fitted(block: list[str]) -> list[str]:
    """Lines as wide as the window: a table loses its last columns, a sentence is wrapped."""
    kept: list[str] = []
    cut = 0
    for line in block:
        if len(line) > COLUMNS and line == line.upper() and not line.startswith("$"):
            starts = [found.end() for found in re.finditer(r" {2,}", line)]
            cut = max(start for start in starts if start < COLUMNS)
        if cut:
            kept.append(line[:cut] + "…")
        else:
            kept += wrapped(line)
    return kept


def wrapped(line: str) -> list[str]:
    """A long line broken at blanks; what follows is indented."""
    kept = []
    while len(line) > COLUMNS:
        place = line.rindex(" ", 0, COLUMNS)
        kept.append(line[:place])
        line = "    " + line[place + 1 :]
    return [*kept, line]


def without_end(lines: list[str]) -> list[str]:
    """Without blank lines at the end."""
    while lines and not lines[-1]:
        lines = lines[:-1]
    return lines


def drawing(lines: list[str], language: str) -> str:
    """A terminal window; the text stays text, so that it can be read, searched and copied."""
    width = LEFT * 2 + round(COLUMNS * CELL)
    height = TOP + LINE * len(lines) + 8
    pods = sorted(set(POD.findall("\n".join(lines))))
    parts = frame(width, height, language)
    bold = False
    for number, line in enumerate(lines):
        goes_on = bold and line.startswith("    ")
        bold = goes_on or begins(line) or number == len(lines) - 1
        if line:
            y = TOP + LINE * number
            look = ' font-weight="bold"' if bold else quiet(line)
            inside = coloured(line, pods)
            parts.append(f'<text x="{LEFT}" y="{y}" xml:space="preserve"{look}>{inside}</text>')
    return "\n".join([*parts, "</svg>", ""])


def frame(width: int, height: int, language: str) -> list[str]:
    """The window, and what is read out instead of it."""
    title, about = ALT[language]
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" aria-labelledby="title about" '
        f"font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', "
        f'monospace" font-size="13" fill="{INK}">',
        f'<title id="title">{html.escape(title)}</title>',
        f'<desc id="about">{html.escape(about)}</desc>',
        f'<rect x="1" y="1" width="{width - 2}" height="{height - 2}" rx="10" fill="{PAPER}" '
        f'stroke="{FRAME}"/>',
        f'<path d="M1 36H{width - 1}" stroke="{FRAME}"/>',
        *(f'<circle cx="{x}" cy="18.5" r="6" fill="{FRAME}"/>' for x in (22, 42, 62)),
        f'<text x="{width // 2}" y="23" text-anchor="middle" fill="{QUIET}">'
        "python3 run.py lab</text>",
    ]


def quiet(line: str) -> str:
    """What was left out, and what is said about it, is grey."""
    return f' fill="{QUIET}"' if line.startswith(("…", "(")) else ""


def coloured(line: str, pods: list[str]) -> str:
    """The line with the names of the Pods in their colours, and the prompt quiet."""
    text = html.escape(line, quote=False)
    for pod, colour in zip(pods, COLOURS, strict=True):
        text = text.replace(pod, f'<tspan fill="{colour}" font-weight="bold">{pod}</tspan>')
    if text.startswith("$ "):
        text = f'<tspan fill="{QUIET}" font-weight="normal">$</tspan>{text[1:]}'
    return text


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
