"""Results as plain tuples for the way between processes: pickle writes and reads those several times faster than dataclasses.

Only our own processes send and read them. Equal profiles, chains and certificates become one object, which a batch holds once.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from pqscan.model.observation import Profile
from pqscan.model.outcome import Chain, Evidence, Outcome
from pqscan.model.target import FileTarget, NetworkTarget, Target
from pqscan.scan.work import Result

Packed = tuple[Any, ...]  # Any: fields of many types in the order of their dataclass.

_TARGET_FIELDS = attrgetter(*NetworkTarget.__dataclass_fields__)
_OUTCOME_FIELDS = attrgetter(*Outcome.__dataclass_fields__)
_RESULT_REST = attrgetter(*tuple(Result.__dataclass_fields__)[2:])
_NAMES = tuple(Outcome.__dataclass_fields__)
_TARGET, _PROFILE, _CHAINS, _CERTIFICATES, _EVIDENCE = map(
    _NAMES.index, ("target", "profile", "chains", "certificates", "evidence")
)
_MOST_PROFILES = 1000
_MOST_CERTIFICATES = 4000


class Packer:
    """Packs results; remembers, bounded, what it packed before, so that equal content is the same object."""

    def __init__(self) -> None:
        self._profiles: dict[bytes, Profile] = {}
        self._chains: dict[tuple[Chain, ...], tuple[Chain, ...]] = {}
        self._certificates: dict[bytes, bytes] = {}

    def pack(self, result: Result) -> Packed:
        if (
            len(self._profiles) > _MOST_PROFILES
            or len(self._certificates) > _MOST_CERTIFICATES
            or len(self._chains) > _MOST_CERTIFICATES  # One certificate makes a chain for every name that was asked for.
        ):
            self._profiles.clear()
            self._chains.clear()
            self._certificates.clear()
        rest = _RESULT_REST(result)
        return (result.index, tuple(map(self._outcome, result.outcomes)), *rest)

    def _outcome(self, outcome: Outcome) -> Packed:
        fields: list[Any] = list(_OUTCOME_FIELDS(outcome))  # Any: see Packed.
        if type(outcome.target) is NetworkTarget:
            fields[_TARGET] = _TARGET_FIELDS(outcome.target)
        profile = outcome.profile
        if profile is not None:
            fields[_PROFILE] = self._profiles.setdefault(profile.digest, profile)
            fields[_CHAINS] = self._chains.setdefault(outcome.chains, outcome.chains)
            fields[_CERTIFICATES] = tuple([self._certificates.setdefault(der, der) for der in outcome.certificates])
        if outcome.evidence is not None:
            fields[_EVIDENCE] = (outcome.evidence.sent, outcome.evidence.received)
        return tuple(fields)


def unpack(packed: Packed) -> Result:
    """The result that was packed."""
    index, outcomes, *rest = packed
    return Result(index, tuple(map(_unpack_outcome, outcomes)), *rest)


def _unpack_outcome(packed: Packed) -> Outcome:
    fields: list[Any] = list(packed)  # Any: see Packed.
    target: Target | tuple[Any, ...] = fields[_TARGET]
    if not isinstance(target, NetworkTarget | FileTarget):
        fields[_TARGET] = NetworkTarget(*target)
    if fields[_EVIDENCE] is not None:
        fields[_EVIDENCE] = Evidence(*fields[_EVIDENCE])
    return Outcome(*fields)
