"""The look of the grader's pages: no script, nothing fetched, both colour schemes, printable."""

from __future__ import annotations

import html

from labkit.words import Words, harmless

STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #f0f0f0; --page: #fff; --ink: #111;
  --link: #005a8e; --bar: #0072B2 }
@media (prefers-color-scheme: dark) { :root { --soft: #262626; --page: #121212; --ink: #eee;
  --link: #8cc8f0; --bar: #56B4E9 } }
html { background: var(--page); color: var(--ink) } a { color: var(--link) }
body { background: var(--page); font: 16px/1.5 system-ui, sans-serif; max-width: 76rem;
  margin: 1.5rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.2rem; margin-top: 2rem }
table { border-collapse: collapse; width: 100% } caption { text-align: left; padding: .3rem 0 }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--line);
  vertical-align: top } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums }
td.n { white-space: nowrap } .wide { overflow-x: auto }
a, th a { font-weight: normal } ul.tests { list-style: none; padding-left: 0 }
ul.tests > li { padding-left: 1.6em; text-indent: -1.6em; margin: .4rem 0 }
ul.tests > li > * { text-indent: 0; display: block } h3 { font-size: 1rem; margin: 1rem 0 .2rem }
.bar { display: inline-block; height: .8em; background: var(--bar); min-width: 1px }
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
    """Safe in HTML; signs that show nothing (escape sequences, reversals) are made visible."""
    return html.escape(harmless(str(value)), quote=True)


def prose(value: str) -> str:
    """A sentence, safe in HTML, with `code` as code."""
    parts = text(value).split("`")
    if len(parts) % 2 == 0:  # a mark without its other half is no mark
        return text(value)
    return "".join(f"<code>{one}</code>" if place % 2 else one for place, one in enumerate(parts))


def name(value: object) -> str:
    """A name from outside: its direction of writing does not turn the line round."""
    return f"<bdi>{text(value)}</bdi>"


def table(
    caption: str, head: list[str], rows: list[list[str]], numbers: str = "", label: str = ""
) -> str:
    """A table of cells that are HTML already; ``numbers`` marks columns set to the right.

    ``label`` names the region that scrolls on a narrow screen (by default the caption does).
    """
    label = label or caption
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
    told = f"<caption>{caption}</caption>" if caption else ""
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{label}">'
        f"<table>{told}<thead><tr>{top}</tr></thead>"
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )


def bar(part: float, said: str) -> str:
    """A bar of up to 12 em, with the number beside it; nothing is drawn for nothing."""
    if not part:
        return said
    return f'<span class="bar" style="width:{part * 12:.2f}em" aria-hidden="true"></span> {said}'
