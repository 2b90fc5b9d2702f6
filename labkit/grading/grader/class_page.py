"""One page for a class: distribution, hardest exercises, beliefs by count, odd submissions."""

from __future__ import annotations

from collections.abc import Mapping

from labkit.grading.grader.overview import BINS, ClassView, share
from labkit.grading.grader.style import bar, name, page, table, text
from labkit.words import Words

Links = Mapping[str, str]
"""``LEARNER/SUBMISSION`` to the address of its feedback page."""


def class_page(view: ClassView, links: Links, beliefs: Mapping[str, str], words: Words) -> str:
    """The page; everything drawn is written beside it as well."""
    title = words("grade.class.title")
    parts = [
        f"<h1>{title}</h1>",
        f"<p>{_summary(view, words)}</p>",
        _distribution(view, words),
        _hardest(view, words),
        _beliefs(view, beliefs, words),
        _causes(view, words),
        _suspicions(view, links, words),
        _everybody(view, links, words),
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
    rows = [
        [text(one), text(title), bar(mean, f"{mean:.0%}"), str(count)]
        for one, title, mean, count in view.hardest
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
    rows = [[text(one), text(said), str(count)] for one, said, count in view.causes]
    head = [words(f"grade.class.{key}") for key in ("exercise", "cause", "learners")]
    caption = words("grade.class.causes.caption")
    return _section(words("grade.class.causes"), table(caption, head, rows, "  r"))


def _suspicions(view: ClassView, links: Links, words: Words) -> str:
    if not view.suspicions:
        return _section(words("grade.class.suspicious"), f"<p>{words('grade.class.none')}</p>")
    rows = [
        [
            _link(learner, submission, links),
            text("; ".join(words(f"grade.why.{key.removeprefix('run.')}") for key in why)),
        ]
        for learner, submission, why in view.suspicions
    ]
    head = [words("grade.class.learner"), words("grade.class.why")]
    caption = words("grade.class.suspicious.caption")
    return _section(words("grade.class.suspicious"), table(caption, head, rows))


def _everybody(view: ClassView, links: Links, words: Words) -> str:
    rows = []
    for one in sorted(view.results, key=lambda one: (one["learner"], one["lesson"])):
        states = ", ".join(
            f"{part['id']}: {words('grading.state.' + part['state'])}" for part in one["exercises"]
        )
        rows.append(
            [
                _link(one["learner"], one["submission"], links),
                text(one["lesson"]),
                f"{one['score']:g} / {one['max']}",
                text(states or one["problem"] or one["error"]),
            ]
        )
    head = [words(f"grade.class.{key}") for key in ("learner", "lesson", "points", "states")]
    return _section(
        words("grade.class.everybody"), table("", head, rows, "  r", words("grade.class.everybody"))
    )


def _link(learner: str, submission: str, links: Links) -> str:
    shown = f"{name(learner)} · {name(submission)}"
    target = links.get(f"{learner}/{submission}")
    return f'<a href="{text(target)}">{shown}</a>' if target else shown
