"""Label selectors and field selectors: parsed once, asked often.

Source: apimachinery/pkg/labels/selector.go, pkg/fields/selector.go,
apis/meta/v1/helpers.go (``LabelSelectorAsSelector``), and each resource's field label
conversion (pkg/apis/*/v1/conversion.go).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from labkit.embedded.schema.validate import errors, names
from labkit.embedded.status import Cause, bad_request

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Requirement:
    """One condition; ``operator`` is in, notin, exists, !, gt or lt."""

    key: str
    operator: str
    values: frozenset[str] = frozenset()

    def matches(self, labels: Labels) -> bool:
        value = labels.get(self.key)
        if self.operator == "in":
            return value is not None and value in self.values
        if self.operator == "notin":
            return value is None or value not in self.values
        if self.operator == "exists":
            return value is not None
        if self.operator == "!":
            return value is None
        return self._compares(value)

    def _compares(self, value: str | None) -> bool:
        if value is None or not re.fullmatch(r"[+-]?\d+", value):
            return False
        bound = int(next(iter(self.values)))
        return int(value) > bound if self.operator == "gt" else int(value) < bound


@dataclass(frozen=True, slots=True)
class LabelSelector:
    """All requirements together; none matches everything.  ``nothing`` matches no object."""

    requirements: tuple[Requirement, ...] = ()
    nothing: bool = False

    def matches(self, labels: Labels | None) -> bool:
        if self.nothing:
            return False
        known = labels or {}
        return all(requirement.matches(known) for requirement in self.requirements)


NOTHING = LabelSelector(nothing=True)


def from_map(labels: Labels | None) -> LabelSelector:
    """A Service's or a ReplicationController's selector (all equalities)."""
    pairs = (labels or {}).items()
    return LabelSelector(tuple(Requirement(key, "in", frozenset([value])) for key, value in pairs))


_OPERATORS = {"In": "in", "NotIn": "notin", "Exists": "exists", "DoesNotExist": "!"}


def from_label_selector(selector: Mapping[str, Any] | None) -> LabelSelector:
    """A LabelSelector object: None matches nothing, an empty one everything."""
    if selector is None:
        return NOTHING
    wanted = list(from_map(selector.get("matchLabels")).requirements)
    for each in selector.get("matchExpressions") or ():
        operator = _OPERATORS.get(each.get("operator", ""))
        if operator is None:
            raise bad_request(f'"{each.get("operator")}" is not a valid label selector operator')
        wanted.append(Requirement(each["key"], operator, frozenset(each.get("values") or ())))
    return LabelSelector(tuple(wanted))


def parse_labels(text: str) -> LabelSelector:
    """The query parameter ``labelSelector``; ``StatusError`` 400 with the parser's words."""
    return LabelSelector(tuple(_LabelParser(text).parse()))


_TOKEN = re.compile(r"\s*(?:(!=|==|=|!|,|\(|\)|<|>)|([^\s!=,()<>]+))")
_BINARY = {"=": "in", "==": "in", "in": "in", "!=": "notin", "notin": "notin", ">": "gt", "<": "lt"}
_EXPECTED = "expected: in, notin, =, ==, !=, gt, lt"


class _LabelParser:
    """Recursive descent over tokens; the empty token is the end of the text."""

    def __init__(self, text: str) -> None:
        self.tokens = [first or second for first, second in _TOKEN.findall(text)]
        self.at = 0

    def look(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        token = self.look()
        self.at += 1
        return token

    def parse(self) -> Iterator[Requirement]:
        token = self.look()
        while token:
            if not (token == "!" or _is_word(token)):
                raise bad_request(f"found '{token}', expected: !, identifier, or 'end of string'")
            yield self.requirement()
            token = self.take()
            if token not in (",", ""):
                raise bad_request(f"found '{token}', expected: ',' or 'end of string'")
            following = self.look()
            if token == "," and not (following == "!" or _is_word(following)):
                raise bad_request(f"found '{following}', expected: identifier after ','")
            token = following if token else ""

    def requirement(self) -> Requirement:
        absent = self.look() == "!"
        if absent:
            self.take()
        key = self.take()
        if not _is_word(key):
            raise _unable(f"found '{key}', expected: identifier")
        _check_key(key)
        if absent:
            return Requirement(key, "!")
        if self.look() in ("", ","):
            return Requirement(key, "exists")
        sign = self.take()
        operator = _BINARY.get(sign)
        if operator is None:
            raise _unable(f"found '{sign}', {_EXPECTED}")
        listed = sign in ("in", "notin")
        values = self.listed_values() if listed else {self.exact_value()}
        return _checked(Requirement(key, operator, frozenset(values)))

    def exact_value(self) -> str:
        if self.look() in ("", ","):
            return ""
        value = self.take()
        if not _is_word(value):
            raise _unable(f"found '{value}', expected: identifier")
        return value

    def listed_values(self) -> set[str]:
        token = self.take()
        if token != "(":
            raise _unable(f"found '{token}' expected: '('")
        values, last = set(), ","
        while (token := self.take()) != ")":
            if token == "," and last == ",":
                values.add("")
            elif _is_word(token) and last == ",":
                values.add(token)
            elif token != ",":
                raise _unable(f"found '{token}', expected: ',' or ')'")
            last = token
        return values if last != "," else values | {""}


def _is_word(token: str) -> bool:
    return bool(token) and token[0] not in "!=,()<>"


def _unable(why: str) -> Exception:
    return bad_request(f"unable to parse requirement: {why}")


def _text(causes: list[Cause]) -> str:
    texts = [f"{cause.field}: {cause.message}" for cause in causes]
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"


def _check_key(key: str) -> None:
    wrong = names.qualified_name(key)
    if wrong:
        raise _unable(_text([errors.invalid("<nil>", key, "; ".join(wrong))]))


def _checked(requirement: Requirement) -> Requirement:
    causes = []
    if requirement.operator in ("gt", "lt"):
        says = "for 'Gt', 'Lt' operators, the value must be an integer"
        causes = [
            errors.invalid("values[0]", value, says)
            for value in requirement.values
            if not re.fullmatch(r"[+-]?\d+", value)
        ]
    for at, value in enumerate(sorted(requirement.values)):
        wrong = names.label_value(value)
        if wrong:
            path = f"values[{at}][{requirement.key}]"
            causes.append(errors.invalid(path, value, "; ".join(wrong)))
    if causes:
        raise _unable(_text(causes))
    return requirement


# ---- field selectors -------------------------------------------------------------------------

Getter = Callable[[Mapping[str, Any]], str]


def _path(*keys: str) -> Getter:
    def get(obj: Mapping[str, Any]) -> str:
        value: Any = obj
        for key in keys:
            value = value.get(key) if isinstance(value, Mapping) else None
        if isinstance(value, bool):
            return "true" if value else "false"
        return "" if value is None else str(value)

    return get


def _paths(*dotted: str) -> dict[str, Getter]:
    return {path: _path(*path.split(".")) for path in dotted}


def _flag(*keys: str) -> Getter:
    get = _path(*keys)
    return lambda obj: get(obj) or "false"


def _event_source(obj: Mapping[str, Any]) -> str:
    return _path("source", "component")(obj) or _path("reportingComponent")(obj)


def _pod_ips(obj: Mapping[str, Any]) -> str:
    ips = (obj.get("status") or {}).get("podIPs") or ()
    return ",".join(each.get("ip", "") for each in ips)


_REFERENCE = "kind namespace name uid apiVersion resourceVersion fieldPath".split()
_METADATA = _paths("metadata.name", "metadata.namespace")

_FIELDS: Mapping[str, Mapping[str, Getter]] = {
    "pods": {
        **_METADATA,
        **_paths(
            "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName",
            "status.phase", "status.podIP", "status.nominatedNodeName",
        ),
        "spec.hostNetwork": _flag("spec", "hostNetwork"),
        "status.podIPs": _pod_ips,
    },
    "nodes": {**_paths("metadata.name"), "spec.unschedulable": _flag("spec", "unschedulable")},
    "namespaces": _paths("metadata.name", "status.phase", "name"),
    "services": {**_METADATA, **_paths("spec.clusterIP", "spec.type")},
    "secrets": {**_METADATA, **_paths("type")},
    "replicationcontrollers": {**_METADATA, **_paths("status.replicas")},
    "events": {
        **_METADATA,
        **_paths(*(f"involvedObject.{each}" for each in _REFERENCE)),
        **_paths("reason", "reportingComponent", "type"),
        "source": _event_source,
    },
    "events.events.k8s.io": {
        **_METADATA,
        **_paths(*(f"regarding.{each}" for each in _REFERENCE)),
        **_paths("reason", "reportingController", "type"),
    },
    "jobs.batch": {**_METADATA, "status.successful": _path("status", "succeeded")},
    "replicasets.apps": {**_METADATA, **_paths("status.replicas")},
}  # fmt: skip
_OLD_NAMES = {"pods": {"spec.host": "spec.nodeName"}}
_OWN_WORDS = frozenset(_FIELDS)


@dataclass(frozen=True, slots=True)
class FieldTerm:
    """One comparison: ``field=value``, or unequal when ``negated``."""

    field: str
    value: str
    negated: bool
    getter: Getter

    def matches(self, obj: Mapping[str, Any]) -> bool:
        return (self.getter(obj) == self.value) is not self.negated


@dataclass(frozen=True, slots=True)
class FieldSelector:
    """All terms together; none matches everything."""

    terms: tuple[FieldTerm, ...] = ()

    def matches(self, obj: Mapping[str, Any]) -> bool:
        return all(term.matches(obj) for term in self.terms)

    def exact(self, field: str) -> str | None:
        """The one value that ``field=value`` asks for, if any (an index may use it)."""
        found = [term.value for term in self.terms if term.field == field and not term.negated]
        return found[0] if found else None


def parse_fields(resource: str, text: str) -> FieldSelector:
    """The query parameter ``fieldSelector`` for ``pods``, ``deployments.apps`` ...

    Raises ``StatusError`` 400: a term that cannot be read, a field that the resource does not
    support.
    """
    terms = []
    for part in sorted(re.split(r"(?<!\\),", text)):
        if not part:
            continue
        shape = re.match(r"(.*?)(!=|==|=)(.*)", part, re.DOTALL)
        if shape is None:
            raise bad_request(f"invalid selector: '{text}'; can't understand '{part}'")
        field = _OLD_NAMES.get(resource, {}).get(shape[1], shape[1])
        value = re.sub(r"\\([,=\\])", r"\1", shape[3])
        terms.append(FieldTerm(field, value, shape[2] == "!=", _getter(resource, field)))
    return FieldSelector(tuple(terms))


def _getter(resource: str, field: str) -> Getter:
    getter = _FIELDS.get(resource, _METADATA).get(field)
    if getter is not None:
        return getter
    if resource in _OWN_WORDS:
        raise bad_request(f"field label not supported: {field}")
    raise bad_request(
        f'"{field}" is not a known field selector: only "metadata.name", "metadata.namespace"'
    )
