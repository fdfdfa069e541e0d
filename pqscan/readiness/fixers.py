"""Who must change it (R38): the unit itself, a vendor, an authority upstream, or the centre; each with its reason.

A signature hangs on whoever issued the certificate; key establishment on whoever delivers or runs the system. Authorities of the
two national chains (RSA-4096 until 2039 to 2049) are known by their key. A name alone is compared as UTF-8 bytes of its NFC form,
never by a pattern, and is a hint: anyone can write it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path

from pqscan.model.certificate import Certificate
from pqscan.model.reason import Reason
from pqscan.policy.rule import Purpose
from pqscan.readiness.system import Hosting, System, SystemKind
from pqscan.readiness.years import DATA, sourced
from pqscan.registry.quantum import QuantumClass
from pqscan.registry.table import read_table

_SHA256 = re.compile(r"[0-9a-f]{64}")


class Fixer(StrEnum):
    UNIT = "unit"
    VENDOR = "vendor"
    UPSTREAM = "upstream"
    CENTRAL = "central"
    OUTSIDE = "outside"  # not ours to say: the cipher body decides


@dataclass(frozen=True, slots=True)
class Fix:
    """Who, by name where it is known, and why."""

    fixer: Fixer
    who: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Authority:
    """A certification authority of a national chain. `answers` is who runs it, `spki_sha256` its key."""

    id: str
    answers: str
    subject: str
    spki_sha256: bytes
    not_after: date
    reference: str


def same_name(one: str, other: str) -> bool:
    """Whether two distinguished names (RFC 4514) are the same text: NFC, byte for byte; case and order count."""
    return unicodedata.normalize("NFC", one).encode("utf-8", "surrogatepass") == unicodedata.normalize("NFC", other).encode(
        "utf-8", "surrogatepass"
    )


@cache
def national_authorities(path: Path = DATA / "national_authorities.toml") -> tuple[Authority, ...]:
    """Raises DataError."""
    found: list[Authority] = []
    for row in read_table(path, "authority"):
        identity, key = row.text("id"), row.text("spki_sha256")
        row.text("chain", among=("official_duty", "public"))
        if not _SHA256.fullmatch(key):
            raise row.wrong("spki_sha256 must be 64 hexadecimal digits in lower case")
        if any(known.id == identity or known.spki_sha256.hex() == key for known in found):
            raise row.wrong("it stands there twice")
        answers, subject, until = row.text("answers"), row.text("subject"), row.day("not_after")
        found.append(Authority(identity, answers, subject, bytes.fromhex(key), until, sourced(row)[0]))
    return tuple(found)


def fixer(purpose: Purpose, system: System | None, chain: Sequence[Certificate] = ()) -> Fix:
    """Who must change what is vulnerable. `chain` are the certificates that were served, leaf first."""
    if system is not None and system.carries_state_secrets:
        return Fix(Fixer.OUTSIDE, system.lead_authority, Reason.of("fixer_outside"))
    if purpose is Purpose.SIGNATURE and chain:
        issued = _upstream(chain)
        if issued is not None:
            return issued
    found = None if system is None else (_vendor(system) or _centre(system))
    if found is not None:
        return found
    if purpose is Purpose.SIGNATURE and chain:
        return Fix(Fixer.UNIT, _operator(system), Reason.of("fixer_unit_own_certificate"))
    who = _operator(system)
    if not who:
        return Fix(Fixer.UNIT, "", Reason.of("fixer_unit_unnamed"))
    return Fix(Fixer.UNIT, who, Reason.of("fixer_unit", who=who))


def _upstream(chain: Sequence[Certificate]) -> Fix | None:
    """An issuer that signs with a traditional key; None where the leaf is self-signed or its issuer's signature resists already."""
    leaf = chain[0]
    if leaf.self_signed or leaf.signature.quantum_class in (QuantumClass.POST_QUANTUM, QuantumClass.PQT_HYBRID):
        return None
    for certificate in chain[1:]:
        for authority in national_authorities():
            if certificate.public_key.spki_sha256 == authority.spki_sha256:
                code = "fixer_upstream_national"
                until = authority.not_after.isoformat()
                reason = Reason.of(code, authority=authority.subject, answers=authority.answers, date=until)
                return Fix(Fixer.UPSTREAM, authority.answers, reason)
    sent = {certificate.subject for certificate in chain}
    for certificate in chain:
        for authority in national_authorities():
            if same_name(certificate.issuer, authority.subject) and certificate.issuer not in sent:
                return Fix(Fixer.UPSTREAM, authority.answers, Reason.of("fixer_upstream_national_named", answers=authority.answers))
    return Fix(Fixer.UPSTREAM, leaf.issuer, Reason.of("fixer_upstream_issuer", issuer=leaf.issuer))


def _vendor(system: System) -> Fix | None:
    if system.vendor and system.is_agile is False:
        return Fix(Fixer.VENDOR, system.vendor, Reason.of("fixer_vendor_not_agile", vendor=system.vendor))
    if system.hosting is Hosting.CLOUD:
        if system.vendor:
            return Fix(Fixer.VENDOR, system.vendor, Reason.of("fixer_vendor_cloud", vendor=system.vendor))
        return Fix(Fixer.VENDOR, "", Reason.of("fixer_vendor_cloud_unnamed"))
    if system.vendor and system.is_agile is None:
        return Fix(Fixer.VENDOR, system.vendor, Reason.of("fixer_vendor_unknown_agility", vendor=system.vendor))
    return None


def _centre(system: System) -> Fix | None:
    """What one body runs for many. Where the unit operates it itself, it is the unit's."""
    runs_itself = system.operator is not None and system.operator == system.owner
    who = system.operator or ""
    if system.kind is SystemKind.NATIONAL_DATABASE:
        return Fix(Fixer.CENTRAL, who, Reason.of("fixer_central_database"))
    if system.kind is SystemKind.SHARED and not runs_itself:
        return Fix(Fixer.CENTRAL, who, Reason.of("fixer_central_shared"))
    if system.hosting is Hosting.DATA_CENTRE and not runs_itself:
        return Fix(Fixer.CENTRAL, who, Reason.of("fixer_central_hosted"))
    return None


def _operator(system: System | None) -> str:
    return "" if system is None else system.operator or system.owner or ""
