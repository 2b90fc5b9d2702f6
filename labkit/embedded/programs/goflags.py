"""Command lines as Go's package ``flag`` reads them: ``-name=value``, ``--name value``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Value = str | int | bool


class flag_error(Exception):  # noqa: N801 (Go's own name for it)
    """The command line cannot be read; the text is what goes to standard error."""


class GoFlags:
    """Flags with their defaults (whose type is theirs) and a line of help each."""

    def __init__(self, defaults: Mapping[str, Value], help_text: Mapping[str, str]) -> None:
        self.defaults = defaults
        self.help_text = help_text

    def parse(self, argv: Sequence[str]) -> tuple[dict[str, Value], list[str]]:
        """Values and what is left.  Raises ``flag_error`` with Go's words and the usage."""
        values = dict(self.defaults)
        words = list(argv[1:])
        while words and words[0].startswith("-") and words[0] != "-":
            word = words.pop(0)
            if word == "--":
                break
            name, equals, value = word.lstrip("-").partition("=")
            if name not in values:
                raise flag_error(self._unknown(argv[0], name))
            if isinstance(self.defaults[name], bool):
                values[name] = value.lower() in ("true", "1", "t") if equals else True
                continue
            if not equals:
                if not words:
                    raise flag_error(f"flag needs an argument: -{name}\n{self.usage(argv[0])}")
                value = words.pop(0)
            values[name] = self._typed(argv[0], name, value)
        return values, words

    def _unknown(self, program: str, name: str) -> str:
        if name in ("h", "help"):
            return self.usage(program)
        return f"flag provided but not defined: -{name}\n{self.usage(program)}"

    def _typed(self, program: str, name: str, value: str) -> Value:
        if not isinstance(self.defaults[name], int):
            return value
        try:
            return int(value, 0)
        except ValueError:
            said = f'invalid value "{value}" for flag -{name}: parse error'
            raise flag_error(f"{said}\n{self.usage(program)}") from None

    def usage(self, program: str) -> str:
        """What Go prints for ``-help``."""
        lines = [f"Usage of {program}:"]
        for name, default in sorted(self.defaults.items()):
            kind = "" if isinstance(default, bool) else type(default).__name__
            kind = {"str": " string", "int": " int", "": ""}[kind]
            plain = f'"{default}"' if isinstance(default, str) else str(default)
            shown = f" (default {plain})"
            lines.append(f"  -{name}{kind}")
            lines.append(f"    \t{self.help_text.get(name, '')}{shown if default else ''}")
        return "\n".join(lines) + "\n"
