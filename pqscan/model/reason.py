"""A reason: a code with parameters, rendered to text in the reader's language only at the very end."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is so: a code of `pqscan.locale.reasons` and its parameters, sorted by name."""

    code: str
    parameters: tuple[tuple[str, str | int], ...] = ()

    @classmethod
    def of(cls, code: str, **parameters: str | int) -> Reason:
        return cls(code, tuple(sorted(parameters.items())))
