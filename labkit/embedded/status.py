"""The API server's way to say no: ``Status`` objects, and the error that carries one.

Words and reasons as in k8s.io/apimachinery/pkg/api/errors/errors.go.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cause:
    """One field error: ``reason`` such as FieldValueInvalid, ``message`` without the field."""

    field: str
    reason: str
    message: str


class StatusError(Exception):
    """A refusal that goes to the client as a ``Status`` object with HTTP status ``code``."""

    def __init__(self, code: int, reason: str, message: str, details: Json | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details

    def to_dict(self) -> Json:
        """The ``Status`` object as JSON."""
        status: Json = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "code": self.code,
        }
        if self.details is not None:  # kubectl debug reads it, and breaks where there is none
            status["details"] = self.details
        return status


def qualified(resource: str, group: str) -> str:
    """``pods``, ``deployments.apps``."""
    return f"{resource}.{group}" if group else resource


def _about(name: str, group: str, kind: str) -> Json:
    details = {"name": name, "group": group, "kind": kind}
    return {key: value for key, value in details.items() if value}


def not_found(resource: str, group: str, name: str) -> StatusError:
    message = f'{qualified(resource, group)} "{name}" not found'
    return StatusError(404, "NotFound", message, _about(name, group, resource))


def no_such_path() -> StatusError:
    message = "the server could not find the requested resource"
    return StatusError(404, "NotFound", message, {})


def already_exists(resource: str, group: str, name: str) -> StatusError:
    message = f'{qualified(resource, group)} "{name}" already exists'
    return StatusError(409, "AlreadyExists", message, _about(name, group, resource))


def conflict(resource: str, group: str, name: str, why: str) -> StatusError:
    message = f'Operation cannot be fulfilled on {qualified(resource, group)} "{name}": {why}'
    return StatusError(409, "Conflict", message, _about(name, group, resource))


def modified(resource: str, group: str, name: str) -> StatusError:
    """The optimistic lock failed."""
    why = (
        "the object has been modified; "
        "please apply your changes to the latest version and try again"
    )
    return conflict(resource, group, name, why)


def bad_request(message: str) -> StatusError:
    return StatusError(400, "BadRequest", message)


def forbidden(resource: str, group: str, name: str, why: str) -> StatusError:
    message = f'{qualified(resource, group)} "{name}" is forbidden: {why}'
    return StatusError(403, "Forbidden", message, _about(name, group, resource))


def method_not_allowed(what: str = "") -> StatusError:
    message = what or "the server does not allow this method on the requested resource"
    return StatusError(405, "MethodNotAllowed", message, {})


def unsupported_media_type(message: str) -> StatusError:
    return StatusError(415, "UnsupportedMediaType", message)


def gone(message: str) -> StatusError:
    """A watch or a list continued from a resourceVersion that is no longer kept."""
    return StatusError(410, "Expired", message)


def internal(message: str) -> StatusError:
    return StatusError(500, "InternalError", f"Internal error occurred: {message}")


def invalid(kind: str, group: str, name: str, causes: Sequence[Cause]) -> StatusError:
    """422 with every cause, joined as ``field.ErrorList.ToAggregate`` joins them."""
    texts = list(dict.fromkeys(f"{cause.field}: {cause.message}" for cause in causes))
    joined = texts[0] if len(texts) == 1 else "[" + ", ".join(texts) + "]"
    shown = f"{kind}.{group}" if group else kind
    details = _about(name, group, kind)
    details["causes"] = [
        {"reason": cause.reason, "message": cause.message, "field": cause.field} for cause in causes
    ]
    return StatusError(422, "Invalid", f'{shown} "{name}" is invalid: {joined}', details)
