"""Cron schedules: five fields, their words, and the next moment that fits.

After github.com/robfig/cron v3 (ParseStandard), which the CronJob controller uses: ``*`` and ``?``
are everything; of day of month and day of week one is enough when both are written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class CronError(ValueError):
    """No schedule; the text is the parser's."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field's range and the names it knows."""

    low: int
    high: int
    names: Mapping[str, int]


_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_DAYS = "sun mon tue wed thu fri sat".split()
FIELDS = (
    Field(0, 59, {}),
    Field(0, 23, {}),
    Field(1, 31, {}),
    Field(1, 12, {name: number for number, name in enumerate(_MONTHS, 1)}),
    Field(0, 6, {name: number for number, name in enumerate(_DAYS)}),
)
MACROS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?[hms])+")
_LOOK_AHEAD = timedelta(days=5 * 366)
"""A schedule that fits nothing in five years (31 February) fits nothing."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When to run; ``every`` seconds, or the values that each field may have."""

    minutes: frozenset[int] = frozenset()
    hours: frozenset[int] = frozenset()
    days: frozenset[int] = frozenset()
    months: frozenset[int] = frozenset()
    weekdays: frozenset[int] = frozenset()
    any_day: bool = False
    """Day of month or day of week is a star: both must fit."""
    every: float = 0.0

    def after(self, moment: float, zone: tzinfo = UTC) -> float | None:
        """The first moment later than ``moment`` (seconds since 1970); None when there is none."""
        if self.every:
            return float(int(moment + self.every))
        start = datetime.fromtimestamp(int(moment), UTC)
        found = start.replace(second=0) + timedelta(minutes=1)
        while found - start < _LOOK_AHEAD:
            local = found.astimezone(zone)
            if not self._day(local):
                midnight = local.replace(hour=0, minute=0) + timedelta(days=1)
                found = max(found + timedelta(minutes=1), midnight.astimezone(UTC))
            elif local.hour not in self.hours:
                found += timedelta(minutes=60 - local.minute)
            elif local.minute not in self.minutes:
                found += timedelta(minutes=1)
            else:
                return found.timestamp()
        return None

    def _day(self, moment: datetime) -> bool:
        if moment.month not in self.months:
            return False
        fits = moment.day in self.days, (moment.weekday() + 1) % 7 in self.weekdays
        return all(fits) if self.any_day else any(fits)


def parse(text: str) -> Schedule:
    """A schedule, or ``CronError`` in the parser's words."""
    if text.startswith("@every "):
        return Schedule(every=_duration(text.removeprefix("@every "), text))
    if text.startswith("@") and text not in MACROS:
        raise CronError(f"unrecognized descriptor: {text}")
    words = MACROS.get(text, text).split()
    if len(words) != len(FIELDS):
        raise CronError(f"expected exactly 5 fields, found {len(words)}: [{' '.join(words)}]")
    minutes, hours, days, months, weekdays = (
        _field(word, field) for word, field in zip(words, FIELDS, strict=True)
    )
    star = any(word[0] in "*?" and "/" not in word for word in (words[2], words[4]))
    return Schedule(minutes, hours, days, months, weekdays, any_day=star)


def zone_of(name: str | None) -> tzinfo:
    """The time zone of a CronJob; UTC when none is said.  ``CronError`` for one nobody knows."""
    if not name:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise CronError(f"unknown time zone {name}") from None


def _duration(text: str, whole: str) -> float:
    if not _DURATION.fullmatch(text):
        raise CronError(f'failed to parse duration {whole}: time: invalid duration "{text}"')
    parts = re.findall(r"(\d+(?:\.\d+)?)([hms])", text)
    return max(1.0, float(int(sum(float(number) * _UNITS[unit] for number, unit in parts))))


def _field(text: str, field: Field) -> frozenset[int]:
    return frozenset().union(*(_range(part, field) for part in text.split(",")))


def _range(text: str, field: Field) -> frozenset[int]:
    head, *steps = text.split("/")
    low, *rest = head.split("-")
    if len(rest) > 1:
        raise CronError(f"too many hyphens: {text}")
    if len(steps) > 1:
        raise CronError(f"too many slashes: {text}")
    if low in ("*", "?"):
        first, last = field.low, field.high
    else:
        first = _number(low, field.names)
        last = _number(rest[0], field.names) if rest else first
        if steps and not rest:
            last = field.high
    step = _number(steps[0], {}) if steps else 1
    _check(first, last, step, field, text)
    return frozenset(range(first, last + 1, step))


def _check(first: int, last: int, step: int, field: Field, text: str) -> None:
    if first < field.low:
        raise CronError(f"beginning of range ({first}) below minimum ({field.low}): {text}")
    if last > field.high:
        raise CronError(f"end of range ({last}) above maximum ({field.high}): {text}")
    if first > last:
        raise CronError(f"beginning of range ({first}) beyond end of range ({last}): {text}")
    if step == 0:
        raise CronError(f"step of range should be a positive number: {text}")


def _number(text: str, names: Mapping[str, int]) -> int:
    if text.lower() in names:
        return names[text.lower()]
    try:
        number = int(text)
    except ValueError:
        raise CronError(
            f'failed to parse int from {text}: strconv.Atoi: parsing "{text}": invalid syntax'
        ) from None
    if number < 0:
        raise CronError(f"negative number ({number}) not allowed: {text}")
    return number
