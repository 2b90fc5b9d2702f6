"""Elements of sets and maps, named ones and those written into a rule."""

from __future__ import annotations

from collections.abc import Sequence

from labkit.errors import UsageError
from labkit.nft.fields import TYPES, Field, read
from labkit.nft.nouns import Element, Key, Verdict
from labkit.nft.words import Reader

VERDICTS = ("accept", "drop", "return", "continue")


def read_elements(
    reader: Reader, key: Sequence[Field], valued: bool, numbers: Sequence[Field] | None = None
) -> tuple[Element, ...]:
    """``{ A . B : goto C, ... }``; ``numbers`` are the types of values that are no verdicts."""
    reader.need("{")
    found = []
    reader_skip_lines(reader)
    while not reader.skip("}"):
        start = reader.at
        fits = read_key(reader, key)
        _skip_times(reader)
        comment = reader.quoted() if reader.skip("comment") else ""
        value: Verdict | tuple[int, ...] | None = None
        if valued:
            reader.need(":")
            value = read_verdict(reader) if numbers is None else _numbers(reader, numbers)
        found.append(Element(fits, value, comment, reader.raw(start)))
        reader_skip_lines(reader)
        if not reader.skip(",") and reader.next != "}":
            raise reader.error("Between elements stands a comma.")
        reader_skip_lines(reader)
    return tuple(found)


def reader_skip_lines(reader: Reader) -> None:
    """Elements may be written over several lines."""
    while reader.skip("\n"):
        pass


def read_key(reader: Reader, key: Sequence[Field]) -> Key:
    """One value for each field, with dots between them."""
    spans = []
    for number, field in enumerate(key):
        if number:
            reader.need(".")
        spans.append(read_value(reader, field))
    return tuple(spans)


def read_value(reader: Reader, field: Field) -> tuple[int, int] | str:
    """One value of a field, or a range of them."""
    try:
        span = read(field, reader.next)
    except (ValueError, UsageError) as error:
        what = error.what if isinstance(error, UsageError) else f"{reader.next!r} {error}."
        raise reader.error(what) from None
    reader.take()
    return span


def read_verdict(reader: Reader) -> Verdict:
    """``accept``, ``goto CHAIN`` ..."""
    word = reader.next
    if word in VERDICTS:
        return Verdict(reader.take())
    if word in ("jump", "goto"):
        reader.take()
        return Verdict(word, reader.take())
    raise reader.unknown("This verdict is not known.")


def _numbers(reader: Reader, fields: Sequence[Field]) -> tuple[int, ...]:
    """The values of a map: an address, perhaps with a port."""
    key = read_key(reader, fields)
    return tuple(span[0] for span in key if not isinstance(span, str))


def _skip_times(reader: Reader) -> None:
    """``timeout 3h expires 2h59m``: how long an element of a dynamic set has left."""
    while reader.next in ("timeout", "expires"):
        reader.take()
        reader.seconds()


def types_of(text: str) -> tuple[Field, ...]:
    """``ipv4_addr . inet_service`` as fields."""
    return tuple(TYPES[name] for name in text.split(" . "))
