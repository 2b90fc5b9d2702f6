"""Cron schedules against the cases that robfig/cron, the parser of kube-controller-manager, has."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from labkit.embedded.schema.cron import CronError, parse, zone_of


def moment(text: str) -> datetime:
    """A time as the table writes it: ``2012-07-09 14:45``."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "schedule", "then"),
    [
        ("2012-07-09 14:45", "0/15 * * * *", "2012-07-09 15:00"),
        ("2012-07-09 14:59:59", "0/15 * * * *", "2012-07-09 15:00"),
        ("2012-07-09 15:45", "20-35/15 * * * *", "2012-07-09 16:20"),
        ("2012-07-09 23:46", "*/15 * * * *", "2012-07-10 00:00"),
        ("2012-07-09 23:45", "20-35/15 * * * *", "2012-07-10 00:20"),
        ("2012-07-09 23:35:51", "20-35/15 1/2 * * *", "2012-07-10 01:20"),
        ("2012-07-09 23:35:51", "20-35/15 10-12 * * *", "2012-07-10 10:20"),
        ("2012-07-09 23:35:51", "20-35/15 1/2 */2 * *", "2012-07-11 01:20"),
        ("2012-07-09 23:35:51", "20-35/15 * 9-20 Jul *", "2012-07-10 00:20"),
        ("2012-07-09 23:35", "0 0 9 Apr-Oct ?", "2012-08-09 00:00"),
        ("2012-07-09 23:35", "0 0 * Feb Mon", "2013-02-04 00:00"),
        ("2012-07-09 23:35", "0 0 * Feb Mon/2", "2013-02-01 00:00"),
        ("2012-12-31 23:59:45", "* * * * *", "2013-01-01 00:00"),
        ("2012-07-09 23:35", "0 0 29 Feb ?", "2016-02-29 00:00"),
        ("2012-07-14 12:00", "0 0 1,15 * Sun", "2012-07-15 00:00"),
        ("2012-07-14 12:00", "30 8 ? Jul Sun", "2012-07-15 08:30"),
        ("2012-07-09 15:04", "@hourly", "2012-07-09 16:00"),
        ("2012-07-08 01:00", "@weekly", "2012-07-15 00:00"),
        ("2012-07-08 00:00", "@monthly", "2012-08-01 00:00"),
        ("2012-07-09 14:45:10", "@every 1m30s", "2012-07-09 14:46:40"),
    ],
)
def test_next(now: str, schedule: str, then: str) -> None:
    """The first moment after now that fits."""
    assert parse(schedule).after(moment(now).timestamp()) == moment(then).timestamp()


@pytest.mark.parametrize("schedule", ["0 0 30 Feb ?", "0 0 31 Apr ?"])
def test_never(schedule: str) -> None:
    """A day that no month has never comes."""
    assert parse(schedule).after(moment("2012-07-09 23:35").timestamp()) is None


def test_time_zone() -> None:
    """The fields are read in the CronJob's own time zone."""
    zone = zone_of("America/New_York")
    found = parse("0 9 * * *").after(moment("2012-07-09 12:00").timestamp(), zone)
    assert found == moment("2012-07-09 13:00").timestamp()


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        ("* * * *", "expected exactly 5 fields, found 4: [* * * *]"),
        ("70 * * * *", "end of range (70) above maximum (59): 70"),
        ("5-3 * * * *", "beginning of range (5) beyond end of range (3): 5-3"),
        ("* * 0 * *", "beginning of range (0) below minimum (1): 0"),
        ("*/0 * * * *", "step of range should be a positive number: */0"),
        ("1/2/3 * * * *", "too many slashes: 1/2/3"),
        ("1-2-3 * * * *", "too many hyphens: 1-2-3"),
        ("x * * * *", 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'),
        ("@never", "unrecognized descriptor: @never"),
    ],
)
def test_refusals(schedule: str, words: str) -> None:
    """What is no schedule is refused in the parser's words."""
    with pytest.raises(CronError) as error:
        parse(schedule)
    assert str(error.value) == words
