"""Tables to read, for beside the pictures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

NOT_DIGITS = str.maketrans("", "", ".,% \u00a0")


def plain_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Columns as wide as they need; a column of numbers stands to the right."""
    body = [list(row) for row in rows]
    whole = [list(heads), *body]
    widths = [max(len(row[i]) for row in whole) for i in range(len(heads))]
    right = [bool(body) and all(_number(row[i]) for row in body) for i in range(len(heads))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in whole
    )


def _number(cell: str) -> bool:
    return cell.count(".") < 2 and cell.translate(NOT_DIGITS).isdigit()
