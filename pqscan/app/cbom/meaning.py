"""What a component of a CBOM says of an algorithm, set beside what the registry says of that name or number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from pqscan.app.cbom.document import Component
from pqscan.app.importing.json_file import text
from pqscan.registry import cyclonedx
from pqscan.registry.algorithms import Function, by_name
from pqscan.registry.crypto_assets import MODES, CryptoAsset, Known, crypto_asset
from pqscan.registry.oids import ObjectIdentifier, by_oid
from pqscan.registry.quantum import QuantumClass

MOST_NAME = 200  # characters of a name that is looked up
_SIGNS = frozenset({"sign", "verify"})
_AGREES = frozenset({"encapsulate", "decapsulate", "keyderive"})
_RSA = re.compile(r"(?i)RSA-?\d{3,5}")
_ECDSA = re.compile(r"ecdsa[-_ ]?with[-_ ]?sha\d?[-_]?\d{1,3}|sha\d?-?\d{1,3}withecdsa")
_DETAILS = frozenset(
    {*MODES, "xts", "siv", "ocb", "eax", "wrap", "pad", "nopadding", "pkcs1padding", "pkcs5padding", "oaeppadding", "mgf1"}
)
_NUMBERED = re.compile(r"[0-2](\.(0|[1-9]\d{0,12})){1,30}")


@dataclass(frozen=True, slots=True)
class Meaning:
    """`of_name` is what the registry makes of the component's name, None where it knows none; `of_oid` the row of its OID."""

    of_name: CryptoAsset | None
    of_oid: ObjectIdentifier | None

    @property
    def quantum_class(self) -> QuantumClass:
        """Unknown where neither name nor number is known, or where they disagree."""
        found = {
            each
            for each in (
                None if self.of_name is None else self.of_name.quantum_class,
                None if self.of_oid is None else self.of_oid.quantum_class,
            )
            if each not in (None, QuantumClass.UNKNOWN)
        }
        return next(iter(found)) if len(found) == 1 else QuantumClass.UNKNOWN

    @property
    def nist_category(self) -> int | None:
        if self.of_name is not None and self.of_name.nist_category is not None:
            return self.of_name.nist_category
        return None if self.of_oid is None else self.of_oid.nist_category


def meaning_of(component: Component) -> Meaning:
    told = component.algorithm
    oid = text(component.asset.get("oid"))
    row = by_oid(oid) if _NUMBERED.fullmatch(oid) else None
    return Meaning(asset_of_name(component.name, function_of(told), _curve_told(component)), row)


def _curve_told(component: Component) -> str | None:
    """The curve by itself; of IBM's the parameter set, where it names one."""
    told = component.algorithm
    for name in ("ellipticCurve", "curve", "parameterSetIdentifier"):
        if (found := text(told.get(name))) and cyclonedx.curve_like(found.rpartition("/")[2][:MOST_NAME]) is not None:
            return found.rpartition("/")[2]
    return None


def asset_of_name(name: str, function: Function | None, curve: str | None = None) -> CryptoAsset | None:
    """The registry's meaning of a name; of a longer one (`ECDSA-P-256-SHA-256`, `RSA-PSS-SHA-256-2048`, `AES-128-GCM`) that of its
    beginning, where all that follows is a size, a curve, a hash or a mode. None where a part of it is not understood: a hybrid's
    name may begin with its traditional half."""
    if not name or len(name) > MOST_NAME:
        return None
    parts = re.split(r"[-_ /]", name)
    for end in range(len(parts), 0, -1):
        begun, rest = "-".join(parts[:end]), parts[end:]
        if (_is_row(begun) or _RSA.fullmatch(begun)) and _is_understood(rest):
            return crypto_asset(begun, function, _rest(rest, curve))
    folded = name.lower()
    if "withrsa" in folded or "withrsaencryption" in folded:
        return crypto_asset("RSA-PKCS1-1.5", Function.SIGNATURE)
    if _ECDSA.fullmatch(folded):
        return crypto_asset("ECDSA", Function.SIGNATURE, Known(parameter=curve))
    return None


def _is_row(spelling: str) -> bool:
    return by_name(spelling) is not None or cyclonedx.curve_like(spelling) is not None


def _is_understood(rest: list[str]) -> bool:
    """Whether every part is a size, a curve, a hash, a mode or a padding; curves and hashes may be of two parts (`P-256`)."""
    place = 0
    while place < len(rest):
        pair = "-".join(rest[place : place + 2])
        if place + 1 < len(rest) and _is_detail(pair):
            place += 2
        elif rest[place].lower() in _DETAILS or rest[place].isdecimal() or _is_detail(rest[place]):
            place += 1
        else:
            return False
    return True


def _is_detail(spelling: str) -> bool:
    row = by_name(spelling)
    if row is not None:
        return row.primitive in ("hash", "xof")
    return cyclonedx.curve_like(spelling) is not None


def _rest(parts: list[str], curve: str | None) -> Known:
    """A size or a curve among what follows in a name. The number of a hash (`SHA-256`) is none of a key."""
    numbers = [each for before, each in pairwise(["", *parts]) if each.isdecimal() and not _is_detail(f"{before}-{each}")]
    size = next((int(each) for each in reversed(numbers) if each.isascii() and 3 <= len(each) <= 5), None)
    named = next((each for each in _pairs(parts) if cyclonedx.curve_like(each) is not None), None)
    return Known(size_bits=None if named else size, parameter=named or curve)


def _pairs(parts: list[str]) -> list[str]:
    """Names of curves may hold what sets parts apart: `P-256`."""
    return [*("-".join(pair) for pair in pairwise(parts)), *parts]


def function_of(told: object) -> Function | None:
    """What an algorithm is used for, by its functions, else its primitive; None where that is not told."""
    if not isinstance(told, dict):
        return None
    functions = told.get("cryptoFunctions")
    named = {each for each in functions if isinstance(each, str)} if isinstance(functions, list) else set()
    primitive = text(told.get("primitive"))
    if (named & _SIGNS and not named & _AGREES) or primitive == "signature":
        return Function.SIGNATURE
    if named & _AGREES or primitive in ("kem", "key-agree", "pke"):
        return Function.KEY_ESTABLISHMENT
    return None
