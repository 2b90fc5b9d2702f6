"""Events, in both their forms: core/v1 (as stored) and events.k8s.io/v1.

Source: kubernetes pkg/printers/internalversion/printers.go (printEvent),
pkg/apis/events/v1/conversion.go.
"""

from __future__ import annotations

from labkit.embedded.kinds.ages import UNKNOWN, since
from labkit.embedded.kinds.base import Cells, Column, Json, Kind, at

RENAMED = {
    "regarding": "involvedObject",
    "note": "message",
    "deprecatedSource": "source",
    "deprecatedFirstTimestamp": "firstTimestamp",
    "deprecatedLastTimestamp": "lastTimestamp",
    "deprecatedCount": "count",
    "reportingController": "reportingComponent",
}
BACK = {core: new for new, core in RENAMED.items()}


def _source(event: Json) -> str:
    source = event.get("source") or {}
    words = [source.get("component"), source.get("host")]
    if not any(words):
        words = [event.get("reportingComponent"), event.get("reportingInstance")]
    return ", ".join(word for word in words if word)


def _object(event: Json) -> str:
    about = event.get("involvedObject") or {}
    kind, name = str(about.get("kind", "")).lower(), about.get("name")
    return f"{kind}/{name}" if name else kind


def _cells(event: Json, now: float) -> Cells:
    first = since(event.get("firstTimestamp") or event.get("eventTime"), now)
    last = since(event.get("lastTimestamp"), now)
    series, count = event.get("series"), event.get("count") or 1
    if series:
        last, count = since(series.get("lastObservedTime"), now), series.get("count", count)
    return [
        first if last == UNKNOWN else last,
        event.get("type", ""),
        event.get("reason", ""),
        _object(event),
        at(event, "involvedObject", "fieldPath", default=""),
        _source(event),
        str(event.get("message", "")).strip(),
        first,
        count,
        event["metadata"]["name"],
    ]


def _inbound(event: Json) -> Json:
    renamed = {RENAMED.get(key, key): value for key, value in event.items()}
    return {**renamed, "apiVersion": "v1"}


def _outbound(event: Json) -> Json:
    renamed = {BACK.get(key, key): value for key, value in event.items()}
    if not renamed.get("eventTime"):
        renamed["eventTime"] = _micro(renamed.get("deprecatedFirstTimestamp"))
    return {**renamed, "apiVersion": "events.k8s.io/v1"}


def _micro(stamp: str | None) -> str | None:
    """The field is required: an older event tells its first time there (clients refuse null)."""
    return stamp.replace("Z", ".000000Z") if stamp and "." not in stamp else stamp


COLUMNS = (
    Column("Last Seen"),
    Column("Type"),
    Column("Reason"),
    Column("Object"),
    Column("Subobject", wide=True),
    Column("Source", wide=True),
    Column("Message"),
    Column("First Seen", wide=True),
    Column("Count", "integer", wide=True),
    Column("Name", format="name", wide=True),
)

KIND = Kind(
    "Event",
    "events",
    short_names=("ev",),
    columns=COLUMNS,
    cells=_cells,
    create_on_update=True,
)
NEW_KIND = Kind(
    "Event",
    "events",
    "events.k8s.io",
    short_names=("ev",),
    columns=COLUMNS,
    cells=_cells,
    create_on_update=True,
    stored_as="events",
    inbound=_inbound,
    outbound=_outbound,
)
