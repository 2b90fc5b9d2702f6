"""The one error tree of labkit.

::

    LabkitError                  anything a user can act on: one sentence, then the next step
    ├── UsageError               the command line or a call was given something it cannot take
    ├── RulesError               a text of rules cannot be read (source, line, word)
    │   └── UnsupportedExtension a match, target or option that labkit does not know
    ├── LinuxUnavailable         this machine's Linux cannot be asked, or did not answer in full
    ├── BatchUnsupported         the NumPy mode cannot do this ruleset right, so it refuses
    ├── ObjectsError             a Service, EndpointSlice, Node or configuration cannot be read
    ├── ClusterError             the cluster cannot be started, reached or removed
    │   └── CommandFailed        a program that labkit ran (kubectl, kind ...) failed
    └── LabError                 a step of the lab did not do what it says

Every error carries ``what`` (one sentence: what went wrong, and where) and ``fix``
(the next step).  ``str(error)`` is both, on one line.  A traceback is for bugs of labkit
alone: the command line prints ``str(error)`` and exits with ``exit_status``.
"""

from __future__ import annotations


class LabkitError(Exception):
    """Anything a user can act on.

    ``what`` says in one sentence what went wrong and where, ``fix`` what to do next
    (may be empty when ``what`` says it already).
    """

    exit_status = 1

    def __init__(self, what: str, fix: str = "") -> None:
        super().__init__(what, fix)
        self.what = what
        self.fix = fix

    def _render_traceback_(self) -> list[str]:
        """What IPython shows instead of a traceback: the sentence and the next step."""
        return [f"{type(self).__name__}: {self}"]

    def __str__(self) -> str:
        return f"{self.what} {self.fix}".rstrip() if self.fix else self.what


class UsageError(LabkitError):
    """The command line, or a call, was given something it cannot take."""

    exit_status = 2


class RulesError(LabkitError):
    """A text of rules cannot be read.  ``line`` counts from 1; 0 means the whole text."""

    exit_status = 2

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


class UnsupportedExtension(RulesError):
    """A match, target or option that labkit does not know; it is never assumed to match."""


class BatchUnsupported(LabkitError):
    """The NumPy mode cannot do this ruleset right (order-dependent state), so it refuses."""


class LinuxUnavailable(LabkitError):
    """This machine's Linux cannot be asked, or an answer of its was lost."""

    exit_status = 2


class ObjectsError(LabkitError):
    """A Service, EndpointSlice, Node or configuration cannot be read."""

    exit_status = 2


class ClusterError(LabkitError):
    """The cluster cannot be started, reached or removed."""


class CommandFailed(ClusterError):
    """A program that labkit ran failed.  Carries the command, its status and what it said."""

    def __init__(
        self, what: str, fix: str = "", *, command: tuple[str, ...], status: int, output: str
    ) -> None:
        super().__init__(what, fix)
        self.command = command
        self.status = status
        self.output = output


class LabError(LabkitError):
    """A step of the lab did not do what it says."""
