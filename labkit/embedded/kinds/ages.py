"""Ages as kubectl shows them, and the timestamps they are counted from.

The steps of ``duration.HumanDuration`` (apimachinery util/duration): two units while they are
small, one when they are not.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

MINUTE, HOUR, DAY = 60, 3600, 86400
YEAR = 365 * DAY
UNKNOWN = "<unknown>"


def rfc3339(seconds: float) -> str:
    """``metav1.Time``: UTC to the second."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_time(stamp: str) -> float:
    """Seconds since 1970 of an RFC 3339 time, fractions and offsets included; ``ValueError``."""
    return datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp()


def _pair(big: int, unit: str, small: int, small_unit: str) -> str:
    return f"{big}{unit}{small}{small_unit}" if small else f"{big}{unit}"


def human_duration(seconds: float) -> str:
    """``119s``, ``2m``, ``7m38s``, ``3h5m``, ``47h``, ``2d3h``, ``9d``, ``2y30d``."""
    s = int(seconds)
    if s < -1:
        return "<invalid>"
    if s < 0:
        return "0s"
    if s < 2 * MINUTE:
        return f"{s}s"
    if s < 10 * MINUTE:
        return _pair(s // MINUTE, "m", s % MINUTE, "s")
    if s < 3 * HOUR:
        return f"{s // MINUTE}m"
    if s < 8 * HOUR:
        return _pair(s // HOUR, "h", s // MINUTE % 60, "m")
    if s < 2 * DAY:
        return f"{s // HOUR}h"
    if s < 8 * DAY:
        return _pair(s // DAY, "d", s // HOUR % 24, "h")
    if s < 2 * YEAR:
        return f"{s // DAY}d"
    if s < 8 * YEAR:
        return _pair(s // YEAR, "y", s // DAY % 365, "d")
    return f"{s // YEAR}y"


def since(stamp: Any, now: float) -> str:
    """The age of a timestamp; ``<unknown>`` when there is none."""
    if not stamp:
        return UNKNOWN
    try:
        return human_duration(now - parse_time(str(stamp)))
    except ValueError:
        return UNKNOWN


def age(obj: dict[str, Any], now: float) -> str:
    """The AGE column."""
    return since(obj["metadata"].get("creationTimestamp"), now)
