"""What makes two findings the same one: a key over what stays when the same weakness is seen again.

In it are who shows the weakness (the target without the name as typed, and the probe), which rule of which policy speaks of
it, and of what: the subject and the algorithm's code point or identifier. Not in it: runs, times, contexts, and whatever a
renewed certificate changes. Of certificates it tells the server's own from those of its issuers, because others change them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from pqscan.errors import UsageError
from pqscan.model.observation import Subject
from pqscan.model.target import FileTarget, NetworkTarget, Target
from pqscan.policy.finding import Finding

KEY_BYTES = 32
SHORTEST_PREFIX = 4  # hex digits by which a person may name a finding

_LISTED = {
    Subject.SELECTED_GROUP.value: Subject.NAMED_GROUP.value,
    Subject.SELECTED_SIGNATURE_SCHEME.value: Subject.SIGNATURE_SCHEME.value,
    Subject.SELECTED_CIPHER_SUITE.value: Subject.CIPHER_SUITE.value,
    Subject.SELECTED_VERSION.value: Subject.PROTOCOL_VERSION.value,
    Subject.SELECTED_KEX_METHOD.value: Subject.KEX_METHOD.value,
    Subject.SELECTED_HOST_KEY.value: Subject.HOST_KEY.value,
    Subject.SELECTED_ENCRYPTION.value: Subject.ENCRYPTION.value,
    Subject.SELECTED_MAC.value: Subject.MAC.value,
}
"""What the pinned client got, and the list in which a deeper scan finds the same thing."""
OWN, ISSUER = "own", "issuer"


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A weakness without its target. `value` is the code point or object identifier that the finding names; `role` is empty but
    for certificates: `own` for the server's, `issuer` for the others of its chain."""

    policy: str
    rule: str
    subject: str
    value: str
    role: str = ""


def mark_of(finding: Finding, role: str = "") -> Mark:
    """The mark of a finding. What a client got is the same weakness as what a list of the same subject holds."""
    return Mark(finding.policy, finding.rule, _LISTED.get(finding.subject, finding.subject), finding.value, role)


@dataclass(frozen=True, slots=True)
class Identity:
    """A target through its moves. `tenancy` is empty, or the day (ISO 8601) on which the address was given to somebody else,
    because the one before has moved away and has taken its history along."""

    target: Target
    tenancy: str = ""


@dataclass(frozen=True, slots=True)
class Alias:
    """A host that moved: from the day `since` on, what `new` shows is the history of `old`. A person says so, no scan can."""

    old: Target
    new: Target
    since: date


def plain(target: Target) -> Target:
    """The target without the name as it was typed, which is no part of its identity."""
    return replace(target, host=None) if isinstance(target, NetworkTarget) and target.host is not None else target


class Moves:
    """All moves that are known."""

    def __init__(self, aliases: Iterable[Alias] = ()) -> None:
        """Raises UsageError where a target moves to itself, or two moves of one day contradict each other."""
        self._arrivals: dict[Target, list[Alias]] = {}
        self._departures: dict[Target, list[Alias]] = {}
        for alias in sorted(aliases, key=lambda alias: alias.since):
            old, new = plain(alias.old), plain(alias.new)
            if old == new:
                raise UsageError("a target cannot move to itself: name the old place and the new one")
            _add(self._arrivals, new, Alias(old, new, alias.since))
            _add(self._departures, old, Alias(old, new, alias.since))

    def concern(self, target: Target) -> bool:
        """Whether anything ever moved to this target or away from it."""
        if not self._arrivals:  # As mostly: whatever departed has arrived somewhere.
            return False
        found = plain(target)
        return found in self._arrivals or found in self._departures

    def days(self, target: Target) -> tuple[date, ...]:
        """The days on which who stands at this target changed, in their order."""
        found = plain(target)
        moves = (*self._arrivals.get(found, ()), *self._departures.get(found, ()))
        return tuple(sorted({alias.since for alias in moves}))

    def identity(self, target: Target, day: date) -> Identity:
        """Who stood at this target on a day. Every step goes to an earlier day, so that moves in a circle end."""
        found = plain(target)
        arrived = _newest(self._arrivals.get(found, ()), day)
        departed = _newest(self._departures.get(found, ()), day)
        if arrived is not None and (departed is None or departed.since <= arrived.since):
            return self.identity(arrived.old, date.fromordinal(arrived.since.toordinal() - 1))
        return Identity(found, "" if departed is None else departed.since.isoformat())


def _add(moves: dict[Target, list[Alias]], place: Target, alias: Alias) -> None:
    known = moves.setdefault(place, [])
    if any(other.since == alias.since for other in known):
        raise UsageError(f"two moves of {alias.since.isoformat()} concern one target: a target moves once a day")
    known.append(alias)


def _newest(aliases: Iterable[Alias], day: date) -> Alias | None:
    return max((alias for alias in aliases if alias.since <= day), key=lambda alias: alias.since, default=None)


def target_fields(target: Target) -> Mapping[str, str | int | list[str] | None]:
    """What makes the target itself, by name."""
    if isinstance(target, FileTarget):
        return {"machine": target.machine, "path": target.path, "members": list(target.members)}
    return {
        "address": target.address,
        "port": target.port,
        "server_name": target.server_name,
        "transport": target.transport.value,
        "starttls": target.starttls,
        "site": target.site,
    }


class Keys:
    """Makes the keys of one target's findings: what they share is encoded once."""

    def __init__(self, identity: Identity, probe: str) -> None:
        document = [target_fields(identity.target), identity.tenancy, probe]
        encoded = json.dumps(document, ensure_ascii=True, separators=(",", ":"), sort_keys=True)
        self._begun = hashlib.sha256(encoded.encode() + b"\n")

    def key(self, mark: Mark) -> bytes:
        """32 bytes: SHA-256 over the target and the mark, as canonical JSON."""
        begun = self._begun.copy()
        begun.update(_encoded(mark))
        return begun.digest()


_known: dict[Mark, bytes] = {}
_MOST_KNOWN = 20_000


def _encoded(mark: Mark) -> bytes:
    """Marks repeat over all targets that answer alike."""
    found = _known.get(mark)
    if found is None:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        document = [mark.policy, mark.rule, mark.subject, mark.value, mark.role]
        found = _known[mark] = json.dumps(document, ensure_ascii=True, separators=(",", ":")).encode()
    return found


def finding_key(target: Target, probe: str, finding: Finding, role: str = "") -> bytes:
    """The key of a finding on a target that never moved."""
    return Keys(Identity(plain(target)), probe).key(mark_of(finding, role))
