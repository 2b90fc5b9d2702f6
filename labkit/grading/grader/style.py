"""The look of the grader's pages: no script, nothing fetched, both colour schemes, printable."""

from __future__ import annotations

import html

from labkit.words import Words

STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8882; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 1.5rem auto;
  padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.2rem; margin-top: 2rem }
table { border-collapse: collapse; width: 100% } caption { text-align: left; padding: .3rem 0 }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--line);
  vertical-align: top } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums }
.bar { display: inline-block; height: .8em; background: #0072B2; min-width: 1px }
.ok { border-left: .5rem solid #009E73 } .no { border-left: .5rem solid #D55E00 }
.off { border-left: .5rem solid #888 } .exercise { padding: .2rem 1rem; margin: 1rem 0;
  background: var(--soft) } pre { white-space: pre-wrap; overflow-wrap: anywhere;
  background: var(--soft); padding: .5rem; margin: .5rem 0; font-size: .85rem }
.beside { display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); gap: 2rem }
@media (max-width: 60rem) { .beside { display: block } }
@media print { body { margin: 0 } }
"""


def page(title: str, body: str, words: Words) -> str:
    """A whole page; ``body`` is HTML already, ``title`` is not."""
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    return (
        f'<!DOCTYPE html>\n<html lang="{words.language}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{text(title)}</title><style>{STYLE}</style></head>"
        f"<body><main>{body}</main></body></html>\n"
    )


def text(value: object) -> str:
    """Safe in HTML."""
    return html.escape(str(value), quote=True)


def table(caption: str, head: list[str], rows: list[list[str]], numbers: str = "") -> str:
    """A table of cells that are HTML already; ``numbers`` marks columns set to the right."""
    kinds = [
        ' class="n"' if numbers[place : place + 1] == "r" else "" for place in range(len(head))
    ]
    top = "".join(
        f'<th scope="col"{kind}>{one}</th>' for one, kind in zip(head, kinds, strict=True)
    )
    lines = []
    for row in rows:
        first, *others = row
        cells = "".join(
            f"<td{kind}>{one}</td>" for one, kind in zip(others, kinds[1:], strict=True)
        )
        lines.append(f'<tr><th scope="row"{kinds[0]}>{first}</th>{cells}</tr>')
    return (
        f"<table><caption>{caption}</caption><thead><tr>{top}</tr></thead>"
        f"<tbody>{''.join(lines)}</tbody></table>"
    )


def bar(part: float, said: str) -> str:
    """A bar of up to 12 em, with the number beside it."""
    return f'<span class="bar" style="width:{part * 12:.2f}em" aria-hidden="true"></span> {said}'
