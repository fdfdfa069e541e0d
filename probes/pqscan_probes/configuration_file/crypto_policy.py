"""The one word of crypto-policies that chooses the policy of a system (`/etc/crypto-policies/config`, `state/current`): `DEFAULT`,
`FIPS:OSPP`, `DEFAULT:TEST-PQ` (crypto-policies(7), update-crypto-policies(8)).

The word alone could stand in any file, so the folder counts as well. What a policy stands for, the installed package decides; a
module for post-quantum algorithms puts hybrid groups in front of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pqscan.model.observation import Confidence, Observation, Subject
from pqscan.model.target import FileTarget
from pqscan.probe import FileSource, Mark
from pqscan.wire.config.setting import shown
from pqscan_probes.configuration_file.told import Line

MOST_OCTETS = 1 << 14
_PATHS = ("crypto-policies/config", "crypto-policies/state/current")
_WORD = re.compile(r"[A-Z][A-Z0-9-]{1,40}(?::[A-Z0-9][A-Z0-9-]{0,40}){0,20}\Z")
_MODULES = {"PQ": True, "TEST-PQ": True, "NO-PQ": False}
_HYBRID = "X25519MLKEM768"
MARKS = (
    *(
        Mark(f"crypto policy {word}", word, at_start=True)
        for word in ("DEFAULT", "LEGACY", "FUTURE", "FIPS", "NEXT", "EMPTY", "BSI")
    ),
    Mark("crypto policy to choose", "a single keyword, the crypto policy"),
)


def chosen_policy(target: FileTarget, source: FileSource) -> tuple[str, int] | None:
    """The word and the place of its first octet; None where the file is no such choice."""
    if not "/".join((target.path, *target.members)).endswith(_PATHS):
        return None
    if len(source.data) > MOST_OCTETS:
        return None
    found: list[tuple[str, int]] = []
    place = 0
    for line in source.data.decode("latin-1").split("\n"):
        word = line.partition("#")[0].strip()
        if word:
            found.append((word, place + line.index(word)))
        place += len(line) + 1
    return found[0] if len(found) == 1 and _WORD.match(found[0][0]) else None


def of_policy(word: str, place: int, source: FileSource) -> Iterator[Observation]:
    """What the policy puts in force as far as its modules tell; the rest is the installed version's."""
    line = Line("global", shown(word), source.where(place))
    modules = [_MODULES[each] for each in word.split(":")[1:] if each in _MODULES]
    if modules and modules[-1]:
        yield line.group(_HYBRID, 1, Confidence.INFERRED)
    yield line.open(Subject.NAMED_GROUP, "configuration_default")
