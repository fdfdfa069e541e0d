"""The policies at hand: those that come with pqscan, and beside them a user's own. Of one id the user's own counts, since a
national pack overrides an international one; what was replaced is said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache

from pqscan.errors import UsageError
from pqscan.policy import editions
from pqscan.policy.rows import DATA_FOLDER, Document
from pqscan.policy.rule import PolicyEdition


@dataclass(frozen=True, slots=True)
class Shelf:
    """`own` are the user's packs by id. What comes with pqscan is read when it is asked for."""

    own: Mapping[str, PolicyEdition]

    @classmethod
    def of(cls, packs: Iterable[PolicyEdition] = ()) -> Shelf:
        """Raises UsageError for two packs of one id, and for one that calls itself the floor: that is no policy to choose."""
        found: dict[str, PolicyEdition] = {}
        for pack in packs:
            if pack.id == editions.FLOOR:
                raise UsageError(f"a policy cannot have the id {pack.id}: that is today's floor, which no pack replaces")
            if pack.id in found:
                raise UsageError(f"two policies have the id {pack.id}: keep one of them in the folder")
            found[pack.id] = replace(pack, is_own=True, replaces=_replaces(pack))
        return cls(found)

    def policy(self, identifier: str) -> PolicyEdition:
        """Raises UsageError where no policy has this id."""
        if identifier in self.own:
            return self.own[identifier]
        if identifier != editions.FLOOR and identifier not in editions.EDITION_FILES:
            raise UsageError(f"There is no policy {identifier!r}; choose among {', '.join(self.names())}.")
        return editions.policy(identifier)

    def names(self) -> tuple[str, ...]:
        """Ids in the order of presentation: as they are shipped, then the user's own."""
        return (*editions.EDITION_FILES, *sorted(set(self.own) - set(editions.EDITION_FILES)))

    def policies(self) -> tuple[PolicyEdition, ...]:
        return tuple(map(self.policy, self.names()))

    def default_policies(self) -> tuple[PolicyEdition, ...]:
        """Vietnam, and beside it the reading that it names."""
        first = self.policy(editions.DEFAULT_POLICY)
        return (first,) if first.reading is None else (first, self.policy(first.reading))


def _replaces(pack: PolicyEdition) -> bool:
    """Whether the pack takes the place of a shipped one. An edition that came with pqscan once is no replacement: it is what an
    old report was made with, and makes it again."""
    return pack.id in editions.EDITION_FILES and pack.digest not in known_digests().get(pack.id, ())


@cache
def known_digests() -> Mapping[str, frozenset[str]]:
    """The digests of all editions of each policy that ever came with pqscan. Raises DataError."""
    found: dict[str, set[str]] = {}
    for row in Document.read(DATA_FOLDER / "known_editions.toml").rows("edition"):
        found.setdefault(row.text("policy"), set()).add(row.text("digest"))
        row.text("edition")
        row.done()
    return {policy: frozenset(digests) for policy, digests in found.items()}
