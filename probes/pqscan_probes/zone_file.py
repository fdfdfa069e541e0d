"""Zones of the DNS at rest: keys and signatures of DNSSEC, what parents vouch for, keys of TLS and SSH that stand in zones; and
the keys of BIND beside them (K*.key, K*.private). Whose they are is not kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.model.certificate import PublicKey
from pqscan.model.key_facts import private_key_observation
from pqscan.model.observation import Observation, Subject, Support, Usage, Where
from pqscan.model.outcome import Chain, Facts
from pqscan.model.target import FileTarget
from pqscan.probe import FileSource, Mark
from pqscan.registry import dns as registry
from pqscan.registry.dns import DnsKind, KeyForm
from pqscan.registry.oids import by_oid
from pqscan.registry.quantum import QuantumClass
from pqscan.wire.dns.dnskey import PROTOCOL, read_dnskey
from pqscan.wire.dns.zone_text import ZonePrivateKey, ZoneRecord, read_record, read_zone_private_key

MOST_PLACES = 50_000
_MOST_FAILURES = 1_000
"""Of what begins as a record of one type and is none: each is gone through to an end that may be far."""
_PRIVATE = Mark("zone-private-key", "Private-key-format: v1.")
_RECORDS = (  # The word of a type, and where in the mark it begins.
    (Mark("zone-dnskey", "DNSKEY"), "DNSKEY", 0),
    (Mark("zone-rrsig", "RRSIG"), "RRSIG", 0),
    (Mark("zone-ds", " DS "), "DS", 1),  # A class and a time to live may stand in front of it, in either order, or neither.
    (Mark("zone-ds-tab", "\tDS\t"), "DS", 1),
    (Mark("zone-ds-tab-space", "\tDS "), "DS", 1),
    (Mark("zone-ds-space-tab", " DS\t"), "DS", 1),
    (Mark("zone-ds-small", " ds "), "DS", 1),
    (Mark("zone-ds-small-tab", "\tds\t"), "DS", 1),
    (Mark("zone-ds-small-tab-space", "\tds "), "DS", 1),
    (Mark("zone-ds-small-space-tab", " ds\t"), "DS", 1),
    (Mark("zone-tlsa", "TLSA"), "TLSA", 0),
    (Mark("zone-sshfp", "SSHFP"), "SSHFP", 0),
    (Mark("zone-dnskey-small", "dnskey"), "DNSKEY", 0),
    (Mark("zone-rrsig-small", "rrsig"), "RRSIG", 0),
    (Mark("zone-tlsa-small", "tlsa"), "TLSA", 0),
    (Mark("zone-sshfp-small", "sshfp"), "SSHFP", 0),
)
_NUMBERED = tuple(  # The same types as programs write them that do not know them (RFC 3597, section 5).
    (Mark(f"zone-{word}{number}", f"{word}{number}"), kind, f"{word}{number}")
    for number, kind in ((48, "DNSKEY"), (46, "RRSIG"), (43, "DS"), (52, "TLSA"), (44, "SSHFP"))
    for word in ("TYPE", "type")
)
_ENTRY_POINT, _REVOKED = 0x0001, 0x0080  # RFC 4034, section 2.1.1; RFC 5011, section 7
_EC = "1.2.840.10045.2.1"  # RFC 5480, section 2.1.1
_DIGITS = tuple(b"%d" % digit for digit in range(10))
_SPELLED = {
    "TLSA": (Subject.TLSA, (DnsKind.TLSA_USAGE, DnsKind.TLSA_SELECTOR, DnsKind.TLSA_MATCHING)),
    "SSHFP": (Subject.SSHFP, (DnsKind.SSHFP_ALGORITHM, DnsKind.SSHFP_FINGERPRINT)),
}


@dataclass(slots=True)
class _Found:
    """Each fact once, where it stands first: a signed zone says thousands of times the same. Those of which a comment speaks stand
    for themselves."""

    said_of: Callable[[Where], object]
    facts: dict[tuple[object, ...], Observation] = field(default_factory=dict)
    keys: dict[tuple[str, bytes], bytes] = field(default_factory=dict)
    failures: int = 0
    end: int = 0  # of the last record
    is_cut: bool = False

    def add(self, observation: Observation) -> None:
        o = observation
        said = None if o.where is None else self.said_of(o.where)
        self.facts.setdefault((o.subject, o.value, o.context, o.parameters, said), o)


class ZoneFileProbe:
    """Raises WrongProtocol where no record of these types and no key of BIND stands there."""

    name = "zone_file"
    marks = (_PRIVATE, *(mark for mark, _, _ in (*_RECORDS, *_NUMBERED)))

    async def run(self, target: FileTarget, source: FileSource) -> Facts:
        found = _Found(source.said_of)
        for mark, kind, at in _RECORDS:
            _read_all(source, mark, at, kind, "", found)
        for mark, kind, word in _NUMBERED:
            _read_all(source, mark, 0, kind, word, found)
        found.is_cut = found.is_cut or len(source.places(_PRIVATE).offsets) > MOST_PLACES
        for offset in source.places(_PRIVATE).offsets[:MOST_PLACES]:
            _read_private(source, offset, found)
        if not found.facts:
            raise WrongProtocol(f"{target.path} holds no record of DNSSEC and no key of BIND; leave it out")
        return Facts(
            observations=tuple(found.facts.values()),
            chains=tuple(Chain(None, f"dnskey {role}", (digest,)) for role, digest in found.keys),
            certificates=tuple(dict.fromkeys(found.keys.values())),
            complete=not found.is_cut,
        )


def _read_all(source: FileSource, mark: Mark, at: int, kind: str, word: str, found: _Found) -> None:
    places, found.failures, found.end = source.places(mark), 0, 0
    found.is_cut = found.is_cut or places.is_cut or len(places.offsets) > MOST_PLACES
    for offset in places.offsets[:MOST_PLACES]:
        _read(source, offset + at, kind, word, found)


def _read(source: FileSource, offset: int, kind: str, word: str, found: _Found) -> None:
    """A word that is no record is passed over: texts and programs name these types, too."""
    if offset < found.end:  # In a record: words of its Base64.
        return
    end = offset + len(word or kind)
    behind = source.data[end : end + 16].lstrip()
    if found.failures > _MOST_FAILURES:
        found.is_cut = True
        return
    try:
        record = read_record(source.data, offset, kind, word)
    except MalformedMessage:
        found.failures += behind[:1] in (b"(", b"\\", *_DIGITS)
        return
    found.end = record.end
    for observation in _FACTS[kind](record, source.where(offset), found):
        found.add(observation)


def _read_private(source: FileSource, offset: int, found: _Found) -> None:
    try:
        key = read_zone_private_key(source.data, offset)
    except MalformedMessage:
        return
    public = _public_half(key)
    found.add(private_key_observation(public, "bind", source.where(offset)))


def _public_half(key: ZonePrivateKey) -> PublicKey:
    """What the number of its algorithm says of a key: of one on a curve that is all."""
    row = registry.dnssec_algorithm(key.algorithm)
    oid = (row.oid if row is not None else None) or str(key.algorithm)
    named = (row.primitive if row is not None else None) or oid
    quantum_class = QuantumClass.UNKNOWN if row is None else row.quantum_class
    size = None if row is None or row.oid is None or row.key_bytes is None else 8 * row.key_bytes
    curve = by_oid(oid) if row is not None and row.key_form is KeyForm.POINT else None
    if curve is not None and size is not None:  # As X.509 has it, with both coordinates in the record.
        return PublicKey(_EC, curve.family, size // 2, curve.name, (), b"", quantum_class)
    return PublicKey(oid, named, key.size_bits or size, None, (), b"", quantum_class)


def _key(record: ZoneRecord, where: Where, found: _Found) -> Iterator[Observation]:
    flags, protocol, algorithm = record.numbers
    if protocol != PROTOCOL:
        return
    try:
        key = read_dnskey(record.rdata)
    except MalformedMessage:
        return
    role = "revoked" if flags & _REVOKED else "ksk" if flags & _ENTRY_POINT else "zsk"
    found.keys.setdefault((role, key.sha256), key.der)
    size = key.public_key.size_bits
    yield _of_algorithm(Subject.DNSSEC_ALGORITHM, algorithm, role, where, () if size is None else (("size_bits", size),))


def _signature(record: ZoneRecord, where: Where, _: _Found) -> Iterator[Observation]:
    yield _of_algorithm(Subject.DNSSEC_SIGNATURE, record.numbers[0], record.covered, where)


def _of_algorithm(
    subject: Subject, number: int, context: str, where: Where, parameters: tuple[tuple[str, str | int], ...] = ()
) -> Observation:
    row = registry.dnssec_algorithm(number)
    return Observation(
        subject,
        str(number),
        Support.OFFERED,
        context,
        name=None if row is None else row.name,
        quantum_class=QuantumClass.UNKNOWN if row is None else row.quantum_class,
        usage=Usage.PRESENT,
        parameters=parameters,
        where=where,
    )


def _delegation(record: ZoneRecord, where: Where, _: _Found) -> Iterator[Observation]:
    number, digest = record.numbers
    row, algorithm = registry.dns_number(DnsKind.DS_DIGEST, digest), registry.dnssec_algorithm(number)
    yield Observation(
        Subject.DS_DIGEST,
        str(digest),
        Support.OFFERED,
        name=None if row is None else row.name,
        usage=Usage.PRESENT,
        parameters=(("key_algorithm", number if algorithm is None else algorithm.name),),
        where=where,
    )


def _named(record: ZoneRecord, where: Where, _: _Found) -> Iterator[Observation]:
    subject, kinds = _SPELLED[record.type]
    rows = [registry.dns_number(kind, number) for kind, number in zip(kinds, record.numbers, strict=True)]
    spelled = [row.name for row in rows if row is not None]
    yield Observation(
        subject,
        " ".join(map(str, record.numbers)),
        Support.OFFERED,
        name=" ".join(spelled) if len(spelled) == len(rows) else None,
        usage=Usage.PRESENT,
        where=where,
    )


_FACTS: dict[str, Callable[[ZoneRecord, Where, _Found], Iterator[Observation]]] = {
    "DNSKEY": _key,
    "RRSIG": _signature,
    "DS": _delegation,
    "TLSA": _named,
    "SSHFP": _named,
}
