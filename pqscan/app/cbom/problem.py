"""One thing that is wrong in a CBOM: a code with its place in the document."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pqscan.model.reason import Reason

MOST_SHOWN = 120  # characters of a text out of the document


class Severity(StrEnum):
    """Worst first. ERROR: readers are told something that is not so, or a secret. WARNING: something that readers need is not
    there, or two statements hardly go together. NOTE: it could be told better."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Problem:
    """`pointer` is a JSON pointer (RFC 6901) to what is wrong."""

    severity: Severity
    pointer: str
    reason: Reason

    @property
    def code(self) -> str:
        return self.reason.code


def problem(severity: Severity, pointer: str, code: str, **parameters: str | int) -> Problem:
    """Texts of the document are cut, so that no problem is longer than a line or two."""
    shown = {name: value[:MOST_SHOWN] if isinstance(value, str) else value for name, value in parameters.items()}
    return Problem(severity, pointer, Reason.of(code, **shown))
