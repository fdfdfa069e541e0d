"""Which transforms of a gateway a tool reported: by type, and by number as pqscan tells it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

Transforms = frozenset[tuple[str, str]]
_ENCRYPTION, _PRF, _INTEGRITY = "ike_encryption", "ike_prf", "ike_integrity"
_GROUP, _ADDITIONAL = "ike_key_exchange", "ike_additional_key_exchange"
_TYPES = {1: _ENCRYPTION, 2: _PRF, 3: _INTEGRITY, 4: _GROUP, 6: _ADDITIONAL}


def taken_by(policies: Iterable[Iterable[tuple[int, int, int | None]]]) -> Transforms:
    """What a gateway of these policies takes: each transform as type, number and bits of its key."""
    return frozenset(
        (_TYPES[kind], f"{value}/{bits}" if bits else str(value)) for policy in policies for kind, value, bits in policy
    )


def in_pqscan(document: str) -> Transforms:
    """From pqscan-inventory/1: what was accepted in IKEv2."""
    return frozenset(
        (one["subject"], one["value"])
        for profile in json.loads(document)["profiles"].values()
        for one in profile["observations"]
        if one["subject"] in _TYPES.values() and one["support"] in ("accepted", "selected") and one["context"] != "IKEv1"
    )


def ml_kem_in_pqscan(document: str) -> frozenset[str]:
    """By name."""
    return frozenset(
        one["name"]
        for profile in json.loads(document)["profiles"].values()
        for one in profile["observations"]
        if one["subject"] == _ADDITIONAL and one["support"] in ("accepted", "selected")
    )


def in_ike_scan(text: str) -> int:
    """How many transforms of the handshake that came back `--ikev2 --multiline` names."""
    line = next((line for line in text.splitlines() if line.strip().startswith("SA=")), "")
    return len(re.findall(r"\b(?:Encr|Prf|Integ|DH_Group)=", line))


def in_cryptolyzer(document: str) -> int:
    """How many `--output-format json ikev2 ciphers` lists."""
    try:
        told = json.loads(document)
    except ValueError:
        return 0
    lists = ("encryption_algorithms", "pseudorandom_functions", "integrity_algorithms", "diffie_hellman_groups")
    return sum(len(told.get(name) or ()) for name in lists) if isinstance(told, dict) else 0
