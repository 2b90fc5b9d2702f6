"""One page for a class: distribution, hardest exercises, beliefs by count, odd submissions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from labkit.grading import catalog
from labkit.grading.grader.overview import BINS, ClassView, share
from labkit.grading.grader.style import bar, name, page, prose, table, text
from labkit.words import Words


def class_page(view: ClassView, beliefs: Mapping[str, str], words: Words) -> str:
    """The page; everything drawn is written beside it as well."""
    title = words("grade.class.title")
    parts = [
        f"<h1>{title}</h1>",
        f"<p>{_summary(view, words)}</p>",
        _distribution(view, words),
        _hardest(view, words),
        _beliefs(view, beliefs, words),
        _causes(view, words),
        _suspicions(view, words),
        _everybody(view, words),
    ]
    return page(title, "".join(parts), words)


def _summary(view: ClassView, words: Words) -> str:
    shares = sorted(share(one) for one in view.results)
    middle = shares[len(shares) // 2] if shares else 0.0
    learners = len({one["learner"] for one in view.results})
    failed = sum(1 for one in view.results if not one["graded"])
    told = words(
        "grade.class.summary", n=len(view.results), learners=learners, median=f"{middle:.0%}"
    )
    return told + (" " + words("grade.class.failed", n=failed) if failed else "")


def _section(title: str, inner: str) -> str:
    return f"<h2>{title}</h2>{inner}"


def _distribution(view: ClassView, words: Words) -> str:
    most = max(view.shares) or 1
    rows = []
    for place, count in enumerate(view.shares):
        low, high = place * 100 // BINS, (place + 1) * 100 // BINS
        rows.append([f"{low}–{high} %", bar(count / most, str(count))])
    head = [words("grade.class.share"), words("grade.class.submissions")]
    caption = words("grade.class.distribution.caption")
    return _section(words("grade.class.distribution"), table(caption, head, rows))


def _hardest(view: ClassView, words: Words) -> str:
    titles = {one.id: one.text("title", words.language) for one in catalog.exercises().values()}
    rows = [
        [text(one), text(titles.get(one, "")), bar(mean, f"{mean:.0%}"), str(count)]
        for one, mean, count in view.hardest
    ]
    head = [words(f"grade.class.{key}") for key in ("exercise", "title.column", "mean", "count")]
    caption = words("grade.class.hardest.caption")
    return _section(words("grade.class.hardest"), table(caption, head, rows, "   r"))


def _beliefs(view: ClassView, beliefs: Mapping[str, str], words: Words) -> str:
    if not view.beliefs:
        return _section(words("grade.class.beliefs"), f"<p>{words('grade.class.none')}</p>")
    most = view.beliefs[0][1]
    rows = [
        [text(one), text(beliefs.get(one, "")), bar(count / most, str(count))]
        for one, count in view.beliefs
    ]
    head = [words(f"grade.class.{key}") for key in ("number", "belief", "learners")]
    caption = words("grade.class.beliefs.caption")
    return _section(words("grade.class.beliefs"), table(caption, head, rows))


def _causes(view: ClassView, words: Words) -> str:
    if not view.causes:
        return ""
    rows = [[text(one), prose(said), str(count)] for one, said, count in view.causes]
    head = [words(f"grade.class.{key}") for key in ("exercise", "cause", "learners")]
    caption = words("grade.class.causes.caption")
    return _section(words("grade.class.causes"), table(caption, head, rows, "  r"))


def _suspicions(view: ClassView, words: Words) -> str:
    if not view.suspicions:
        return _section(words("grade.class.suspicious"), f"<p>{words('grade.class.none')}</p>")
    rows = [
        [
            _link(one),
            text("; ".join(words(f"grade.why.{key.removeprefix('run.')}") for key in why)),
        ]
        for one, why in view.suspicions
    ]
    head = [words("grade.class.learner"), words("grade.class.why")]
    caption = words("grade.class.suspicious.caption")
    return _section(words("grade.class.suspicious"), table(caption, head, rows))


def _everybody(view: ClassView, words: Words) -> str:
    rows = []
    for one in sorted(view.results, key=lambda one: (one["learner"], one["lesson"])):
        states = ", ".join(
            f"{part['id']}: {words('grading.state.' + part['state'])}" for part in one["exercises"]
        )
        rows.append(
            [
                _link(one),
                text(one["lesson"]),
                f"{one['score']:g} / {one['max']}",
                text(states or one["problem"] or one["error"]),
            ]
        )
    head = [words(f"grade.class.{key}") for key in ("learner", "lesson", "points", "states")]
    return _section(
        words("grade.class.everybody"), table("", head, rows, "  r", words("grade.class.everybody"))
    )


def _link(result: Mapping[str, Any]) -> str:
    """To the feedback of one submission; its address is a path, in which ``?`` is no question."""
    shown = f"{name(result['learner'])} · {name(result['submission'])}"
    return f'<a href="{text(quote(result["page"]))}">{shown}</a>'
