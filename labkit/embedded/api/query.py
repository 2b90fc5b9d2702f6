"""Reading query parameters as Go's API server reads them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from labkit.embedded.status import StatusError, bad_request

TRUE = ("1", "t", "T", "true", "TRUE", "True")
FALSE = ("0", "f", "F", "false", "FALSE", "False")
NUMBER = re.compile(r"[+-]?[0-9]+")
VALIDATIONS = ("Ignore", "Warn", "Strict")


class Query:
    """The parameters of one request; the last value wins where one is asked for."""

    def __init__(self, arguments: Mapping[str, Sequence[bytes]]) -> None:
        self._arguments = arguments

    def text(self, name: str, default: str = "") -> str:
        values = self.many(name)
        return values[0] if values else default

    def many(self, name: str) -> list[str]:
        return [value.decode("utf-8", "replace") for value in self._arguments.get(name, ())]

    def flag(self, name: str) -> bool:
        """A boolean by strconv.ParseBool; anything else that is there counts as true
        (apimachinery Convert_Slice_string_To_bool)."""
        values = self.many(name)
        if not values:
            return False
        return values[0] not in FALSE

    def number(self, name: str) -> int | None:
        """A whole number; 400 when it is none."""
        value = self.text(name)
        if not value:
            return None
        shown = value[:100]
        if NUMBER.fullmatch(value) is None:
            raise bad_request(f'strconv.ParseInt: parsing "{shown}": invalid syntax')
        if len(value) > 20 or not -(1 << 63) <= int(value) < 1 << 63:
            raise bad_request(f'strconv.ParseInt: parsing "{shown}": value out of range')
        return int(value)

    def dry_run(self) -> bool:
        """``dryRun=All`` is the only form there is."""
        values = [value for value in self.many("dryRun") if value]
        if any(value != "All" for value in values):
            raise StatusError(
                422,
                "Invalid",
                f'Options.meta.k8s.io "" is invalid: dryRun: Unsupported value: "{values[0]}": '
                'supported values: "All"',
            )
        return bool(values)

    def validation(self) -> str:
        """``fieldValidation``; the server's default is to warn."""
        value = self.text("fieldValidation") or "Warn"
        if value not in VALIDATIONS:
            shown = ", ".join(f'"{each}"' for each in ("", *VALIDATIONS))
            raise StatusError(
                422,
                "Invalid",
                f'CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: '
                f'"{value}": supported values: {shown}',
            )
        return value
