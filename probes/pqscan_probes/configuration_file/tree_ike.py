"""IKE and IPsec as network devices spell them: groups, transforms, and key exchanges on top of a group (RFC 9370)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from pqscan.model.observation import Confidence, Observation, Subject
from pqscan.registry.config_trees import Means, folded, words
from pqscan.registry.ike import IkeKind, IkeNumber, IkeStatus, ike_number
from pqscan.registry.quantum import QuantumClass, together_with_another
from pqscan.wire.config.node import name_shown
from pqscan_probes.configuration_file.told import Line

if TYPE_CHECKING:
    from pqscan_probes.configuration_file.tree_values import Value

IKE = frozenset(
    {
        Means.IKE_VERSION,
        Means.IKE_GROUPS,
        Means.IKE_ADDITIONAL,
        Means.IKE_ENCRYPTION,
        Means.IKE_INTEGRITY,
        Means.IKE_PRF,
        Means.IKE_PROPOSALS,
    }
)
_KINDS = {
    Means.IKE_ENCRYPTION: ((IkeKind.ENCRYPTION, Subject.IKE_ENCRYPTION),),
    Means.IKE_INTEGRITY: ((IkeKind.INTEGRITY, Subject.IKE_INTEGRITY),),
    Means.IKE_PRF: ((IkeKind.PRF, Subject.IKE_PRF),),
    Means.IKE_PROPOSALS: (
        (IkeKind.ENCRYPTION, Subject.IKE_ENCRYPTION),
        (IkeKind.INTEGRITY, Subject.IKE_INTEGRITY),
        (IkeKind.PRF, Subject.IKE_PRF),
    ),
}
_GROUP = re.compile(r"(?:group)?([0-9]{1,5})", re.IGNORECASE)
_SIZES = frozenset({"128", "192", "256"})
_VERSION = re.compile(r"(?:ike)?v?([12])(?:-only)?", re.IGNORECASE)
MakeLine = Callable[["Value", int], Line]


def ike_observations(values: tuple[Value, ...], line_of: MakeLine) -> Iterator[Observation]:
    """What one proposal offers; IKEv1 knows nothing of additional key exchanges (RFC 9370 is of IKEv2).

    Where an additional key exchange is demanded, a group says that by itself it agrees on nothing."""
    groups = [(value, word, line) for value in values if value.directive.means is Means.IKE_GROUPS for word, line in value.words()]
    versions = {version for value in values for version, _, _ in _versions(value)}
    additional = [] if versions == {"IKEv1"} else [value for value in values if value.directive.means is Means.IKE_ADDITIONAL]
    found = [(value, number, line) for value in additional for number, line in _numbers(value)]
    bases = tuple(number for _, word, _ in groups if (number := group_number(word)) is not None)
    demanded = [value for value in additional if not _is_optional(value) and any(_resists(number) for number, _ in _numbers(value))]
    for rank, (value, number, line) in enumerate(found, 1):
        yield _of_esp(value, _additional(line_of(value, line), number, bases, rank))
    for rank, (value, word, line) in enumerate(groups, len(found) + 1):
        told = _of_esp(value, _group(line_of(value, line), word, rank))
        yield replace(told, parameters=(*told.parameters, ("with_additional", "yes"))) if demanded else told
    for value in values:
        for version, line, confidence in _versions(value):
            yield line_of(value, line).version(version, confidence)
        if value.directive.means in _KINDS:
            yield from _transforms(value, line_of)


def _versions(value: Value) -> Iterator[tuple[str, int, Confidence]]:
    """The versions of IKE that a value names, each with its line."""
    for word, line in value.words() if value.directive.means is Means.IKE_VERSION else ():
        found = _VERSION.fullmatch(word)
        if found is not None:
            yield f"IKEv{found[1]}", line, value.confidence


def _of_esp(value: Value, told: Observation) -> Observation:
    """What is of ESP says so: its key exchange adds to keys that come from IKE."""
    return replace(told, parameters=(*told.parameters, ("protocol", "esp"))) if value.directive.esp else told


def group_number(word: str) -> int | None:
    """`14`, `group14`, `mlkem768`; None where it is no group."""
    found = _GROUP.fullmatch(word)
    if found is not None:
        return int(found[1])
    named = words().ike.get((IkeKind.KEY_EXCHANGE, folded(word)))
    return None if named is None else named.value


def _numbers(value: Value) -> Iterator[tuple[int, int]]:
    for word, line in value.words():
        number = group_number(word)
        if number:  # 0 is none (RFC 9370, section 2.2.1).
            yield number, line


def _is_optional(value: Value) -> bool:
    return any(word in value.directive.optional for word, _ in value.words())


def _row(number: int) -> IkeNumber | None:
    """Of a group; a number for private use means what its maker says, and no table of another's."""
    row = ike_number(IkeKind.KEY_EXCHANGE, number)
    return None if row is None or row.status is IkeStatus.PRIVATE else row


def _resists(number: int) -> bool:
    row = _row(number)
    return row is not None and together_with_another(row.quantum_class) is QuantumClass.PQT_HYBRID


def _group(line: Line, word: str, rank: int) -> Observation:
    number = group_number(word)
    value = name_shown(word) if number is None else str(number)
    return line.ike(Subject.IKE_KEY_EXCHANGE, value, None if number is None else _row(number), rank)


def _additional(line: Line, number: int, bases: tuple[int, ...], rank: int) -> Observation:
    under = next((each for base in bases if (each := _row(base)) is not None), None)
    return line.ike_additional(number, _row(number), under, rank)


def _transforms(value: Value, line_of: MakeLine) -> Iterator[Observation]:
    """Words of transforms; what no row knows is passed over, for devices have words for much else in the same line."""
    meanings, rank = words().ike, 0
    for word, line in _joined(value):
        rank += 1
        parts = (
            (word,)
            if any((kind, folded(word)) in meanings for kind, _ in _KINDS[value.directive.means])
            else tuple(word.split("-"))
        )
        for place, part in enumerate(parts):
            for kind, subject in _KINDS[value.directive.means]:
                known = meanings.get((kind, folded(part)))
                if known is None or (kind is IkeKind.INTEGRITY and len(parts) > 1 and not place):
                    continue
                row = ike_number(kind, known.value)
                told = line_of(value, line).ike(subject, str(known.value), row, rank, known.key_bits)
                yield _of_esp(value, told)
                if kind is not IkeKind.INTEGRITY or not part.startswith("prf"):
                    break


def _joined(value: Value) -> Iterator[tuple[str, int]]:
    """Words with the size that stands apart from them: `esp-aes 256`."""
    waiting: tuple[str, int] | None = None
    for word, line in value.words():
        if waiting is not None and word in _SIZES:
            yield f"{waiting[0]} {word}", waiting[1]
            waiting = None
            continue
        if waiting is not None:
            yield waiting
        waiting = word, line
    if waiting is not None:
        yield waiting
