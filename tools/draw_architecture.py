"""Draw the floors of labkit (docs/architecture.svg) from the table that the tests read.

python tools/draw_architecture.py           write the drawing
python tools/draw_architecture.py --check   exit 1 if it differs from the table
"""

from __future__ import annotations

import html
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.architecture.floors import FLOORS, PURE_UP_TO  # noqa: E402

DRAWING = ROOT / "docs" / "architecture.svg"
WIDTH, ROW, TOP = 760, 46, 44
WORDS = {
    0: "errors, addresses, time, words",
    1: "frozen nouns",
    2: "one kernel extension per file",
    3: "iptables-save text in and out",
    4: "rules written  |  rules followed",
    5: "the three modes side by side",
    6: "the embedded cluster  |  real Linux",
    7: "back ends, kubectl, doctor",
    8: "pictures",
    9: "the documented lab",
    10: "predictions",
    11: "the command line, the public names",
}


def drawing() -> str:
    """The SVG: the highest floor on top, a box for each room, one sentence beside each floor."""
    height = TOP + ROW * len(FLOORS) + 52
    alt = "Floors of labkit from the top: " + "; ".join(
        f"floor {number}: {', '.join(FLOORS[number])}" for number in reversed(range(len(FLOORS)))
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'font-family="sans-serif" font-size="14"><title>{html.escape(alt)}</title>'
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>'
        f'<text x="20" y="26" font-size="16" font-weight="bold">labkit: a floor imports only '
        "lower floors</text>"
    ]
    for number, rooms in enumerate(FLOORS):
        parts.append(floor(number, rooms, TOP + ROW * (len(FLOORS) - 1 - number)))
    base = TOP + ROW * len(FLOORS) + 20
    parts.append(
        f'<text x="20" y="{base}" fill="#333">Blue, floors 0 to {PURE_UP_TO}: pure Python, '
        "no cluster needed.</text>"
        f'<text x="20" y="{base + 20}" fill="#333">kubeproxy and netfilter meet only in text: '
        "one writes it, ruleset reads it, the other follows it.</text></svg>\n"
    )
    return "".join(parts)


def floor(number: int, rooms: tuple[str, ...], y: int) -> str:
    """One floor: its number, its words and its rooms side by side."""
    pure = number <= PURE_UP_TO
    fill, line = ("#DCEBF7", "#0072B2") if pure else ("#FBEBD0", "#B36F00")
    shown = [room for room in rooms if not room.startswith("__")]
    space = WIDTH - 90 - 320
    width = (space - 8 * (len(shown) - 1)) / len(shown)
    dash = "" if pure else ' stroke-dasharray="5 3"'
    parts = [f'<text x="20" y="{y + 25}" fill="#333">floor {number}</text>']
    for place, room in enumerate(shown):
        x = 90 + place * (width + 8)
        name = room if room in ("errors", "plan", "clock") else f"{room}/"
        parts.append(
            f'<rect x="{x:.1f}" y="{y + 4}" width="{width:.1f}" height="{ROW - 10}" rx="4" '
            f'fill="{fill}" stroke="{line}"{dash}/>'
            f'<text x="{x + width / 2:.1f}" y="{y + 27}" text-anchor="middle" '
            f'font-family="monospace">{name}</text>'
        )
    parts.append(f'<text x="{WIDTH - 300}" y="{y + 26}" fill="#333">{WORDS[number]}</text>')
    return "".join(parts)


def main() -> int:
    text = drawing()
    if "--check" in sys.argv[1:]:
        same = DRAWING.exists() and DRAWING.read_text(encoding="utf-8") == text
        if not same:
            print("docs/architecture.svg differs: python tools/draw_architecture.py")
        return 0 if same else 1
    DRAWING.write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
