"""A store that keeps the register in memory: as strict as the real one about what was there before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Self

from pqscan.errors import UsageError
from pqscan.readiness.act import Act
from pqscan.readiness.changes import Change, Document


class MemoryStore:
    def __init__(self) -> None:
        self.entries: dict[str, dict[str, Document]] = {}
        self.acts: list[Act] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        pass

    def register(self) -> Mapping[str, Mapping[str, Document]]:
        return {kind: dict(documents) for kind, documents in self.entries.items()}

    def change_register(self, changes: Sequence[Change], act: Act) -> None:
        for change in changes:
            if self.entries.get(change.kind, {}).get(change.code) != change.before:
                raise UsageError(f"{change.kind} {change.code} was changed by somebody else; try again")
        for change in changes:
            documents = self.entries.setdefault(change.kind, {})
            if change.after is None:
                del documents[change.code]
            else:
                documents[change.code] = change.after
        self.acts.append(act)
