"""Texts of YAML or JSON to plain values, with the line on which each field stands."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from labkit.errors import ObjectsError
from labkit.model.fields import Path


class DocumentError(ObjectsError):
    """A file cannot be read: ``source``, ``line`` (from 1; 0: unknown) and ``word`` say where."""

    def __init__(
        self, what: str, fix: str = "", *, source: str = "", line: int = 0, word: str = ""
    ) -> None:
        self.source = source
        self.line = line
        self.word = word
        where = ", ".join(
            part
            for part in (source, f"line {line}" if line else "", repr(word) if word else "")
            if part
        )
        super().__init__(f"{where}: {what}" if where else what, fix)


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a file.  ``node`` is what the YAML reader saw, for line numbers."""

    source: str
    value: Any
    node: Any = None

    def line(self, path: Path) -> int:
        """The line of a field, or of the nearest thing around it that is there; 0: unknown."""
        node, line = self.node, 0
        for step in (*path, None):
            if node is None:
                break
            line = node.start_mark.line + 1
            node = _child(node, step)
        return line


def read_documents(source: str, text: str) -> list[Document]:
    """All documents of a text; empty ones are left out.  Raises :class:`DocumentError`."""
    import yaml

    if text.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
        return _read_json(source, text)
    try:
        loader = _loader()(text)
        try:
            documents = []
            while loader.check_node():
                node = loader.get_node()
                documents.append(Document(source, loader.construct_document(node), node))
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        raise _yaml_error(source, text, error) from None
    except (ValueError, RecursionError, TypeError) as error:
        raise DocumentError(f"This is not YAML: {error}.", source=source) from None
    return [document for document in documents if document.value is not None]


def _read_json(source: str, text: str) -> list[Document]:
    """A JSON text; where it can, the YAML reader finds the lines."""
    import yaml

    try:
        value = json.loads(text.lstrip("\ufeff"))
    except (json.JSONDecodeError, RecursionError) as error:
        line = getattr(error, "lineno", 0)
        position = getattr(error, "pos", 0)
        word = (text[position:].split() or [""])[0][:20]
        message = getattr(error, "msg", "it is nested too deeply")
        raise DocumentError(
            f"This is not JSON: {message}.", source=source, line=line, word=word
        ) from None
    try:
        node = yaml.compose(text.replace("\t", " "), Loader=_loader())
    except yaml.YAMLError:
        node = None
    return [Document(source, value, node)]


def _loader() -> type[Any]:
    """YAML as Kubernetes reads it: a date stays text."""
    import yaml

    class Loader(yaml.SafeLoader):
        """SafeLoader without timestamps."""

    Loader.yaml_implicit_resolvers = {
        first: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:timestamp"]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    return Loader


def _yaml_error(source: str, text: str, error: Any) -> DocumentError:
    """What the YAML reader did not like, and the word at which it stopped."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    if mark is None:
        return DocumentError(f"This is not YAML: {problem}.", source=source)
    rows = text.splitlines()
    row = rows[mark.line] if mark.line < len(rows) else ""
    word = (row[mark.column :].split() or row.split() or [""])[0][:20]
    return DocumentError(
        f"This is not YAML: {problem}.", source=source, line=mark.line + 1, word=word
    )


def _child(node: Any, step: str | int | None) -> Any:
    """The node of a field or an item, or None."""
    if isinstance(step, str) and isinstance(node.value, list):
        for pair in node.value:
            if isinstance(pair, tuple) and pair[0].value == step:
                return pair[1]
    if isinstance(step, int) and isinstance(node.value, list) and step < len(node.value):
        found = node.value[step]
        return None if isinstance(found, tuple) else found
    return None
