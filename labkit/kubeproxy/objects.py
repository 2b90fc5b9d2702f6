"""Files in: Services, EndpointSlices, Nodes and ServiceCIDRs from YAML or JSON.

Several documents in a file and Lists (``List``, ``ServiceList`` ...) are taken apart.  Other
kinds are ignored with a note, since a learner's file holds Deployments as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from labkit.errors import ObjectsError
from labkit.kubeproxy.documents import Document, DocumentError, read_documents
from labkit.kubeproxy.notes import Note
from labkit.model.fields import FieldError, Path
from labkit.model.service import EndpointSlice, NodeInfo, Service, ServiceCidr

_READERS = {
    ("v1", "Service"): Service,
    ("discovery.k8s.io/v1", "EndpointSlice"): EndpointSlice,
    ("v1", "Node"): NodeInfo,
    ("networking.k8s.io/v1", "ServiceCIDR"): ServiceCidr,
}
_LISTS = {
    ("v1", "List"): "",
    ("v1", "ServiceList"): "Service",
    ("v1", "NodeList"): "Node",
    ("discovery.k8s.io/v1", "EndpointSliceList"): "EndpointSlice",
    ("networking.k8s.io/v1", "ServiceCIDRList"): "ServiceCIDR",
}

Noun = Service | EndpointSlice | NodeInfo | ServiceCidr


@dataclass(frozen=True, slots=True)
class Objects:
    """What the files held, each kind in the order of the files; of two alike the later."""

    services: tuple[Service, ...] = ()
    slices: tuple[EndpointSlice, ...] = ()
    nodes: tuple[NodeInfo, ...] = ()
    notes: tuple[Note, ...] = ()
    service_cidrs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Item:
    """One object, with the document that it stands in and the way to it."""

    document: Document
    path: Path
    value: Mapping[str, Any]
    api_version: str
    kind: str

    def error(self, what: str, fix: str = "", path: Path = (), word: str = "") -> DocumentError:
        """An error that says on which line."""
        line = self.document.line((*self.path, *path))
        return DocumentError(what, fix, source=self.document.source, line=line, word=word)


def load_objects(texts: Iterable[tuple[str, str]]) -> Objects:
    """Read (name of the source, text) pairs.

    Raises :class:`DocumentError` (an :class:`ObjectsError`) with source, line and word for a
    text that cannot be read and for an object that no API server would have taken.
    """
    found: dict[tuple[str, str], Noun] = {}
    notes = []
    for source, text in texts:
        for document in read_documents(source, text):
            for item in _items(document, (), document.value, "", ""):
                reader = _READERS.get((item.api_version, item.kind))
                if reader is None:
                    notes.append(Note("kind", _subject(item), item.kind))
                    continue
                noun = _read(item, reader)
                key = (item.kind, f"{getattr(noun, 'namespace', '')}/{noun.name}")
                if found.pop(key, None) is not None:
                    notes.append(Note("twice", _subject(item)))
                found[key] = noun
    nouns = found.values()
    return Objects(
        services=tuple(noun for noun in nouns if isinstance(noun, Service)),
        slices=tuple(noun for noun in nouns if isinstance(noun, EndpointSlice)),
        nodes=tuple(noun for noun in nouns if isinstance(noun, NodeInfo)),
        notes=tuple(notes),
        service_cidrs=tuple(
            cidr for noun in nouns if isinstance(noun, ServiceCidr) for cidr in noun.cidrs
        ),
    )


def _items(
    document: Document, path: Path, value: Any, api_version: str, kind: str
) -> Iterator[_Item]:
    """The objects of a document, Lists taken apart; kind and version as the List gives them."""
    item = _Item(document, path, value, api_version, kind)
    if not isinstance(value, Mapping):
        word = str(value)[:20]
        raise item.error(
            "This is not an object.", "Every object needs kind and apiVersion.", word=word
        )
    api_version = _header(item, "apiVersion") or api_version
    kind = _header(item, "kind") or kind
    for name, text in (("kind", kind), ("apiVersion", api_version)):
        if not text:
            raise item.error(f"The object has no {name}.", f"Add {name}: to it.")
    item = replace(item, api_version=api_version, kind=kind)
    of_kind = _LISTS.get((api_version, kind))
    if of_kind is None:
        yield item
        return
    entries = value.get("items") or []
    if not isinstance(entries, list):
        raise item.error("items of a List must be a list.", path=("items",), word="items")
    inherited = api_version if of_kind else ""
    for index, entry in enumerate(entries):
        yield from _items(document, (*path, "items", index), entry, inherited, of_kind)


def _header(item: _Item, name: str) -> str:
    """``kind`` or ``apiVersion``, which must be text."""
    value = item.value.get(name)
    if value is None or isinstance(value, str):
        return value or ""
    raise item.error(f"{name} must be text.", path=(name,), word=str(value)[:20])


def _read(item: _Item, reader: type[Noun]) -> Noun:
    """The noun; an error of a field gets its file and line."""
    try:
        return reader.from_dict(item.value)
    except FieldError as error:
        raise item.error(error.what, error.fix, error.path, str(error.value)[:40]) from None
    except ObjectsError as error:
        raise item.error(error.what, error.fix) from None


def _subject(item: _Item) -> str:
    """``Deployment default/web``, from whatever is there."""
    meta = item.value.get("metadata")
    meta = meta if isinstance(meta, Mapping) else {}
    name = "/".join(str(meta[word]) for word in ("namespace", "name") if meta.get(word))
    return f"{item.kind} {name}".strip()
