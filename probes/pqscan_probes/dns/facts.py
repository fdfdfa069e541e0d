"""Turns what was asked of a zone into facts: the zone's keys and signatures, and what its parent says of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime

from pqscan.errors import MalformedMessage
from pqscan.model.observation import Confidence, Observation, Subject, Support
from pqscan.model.outcome import Chain, Evidence, Facts, OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.registry import dns as registry
from pqscan.registry.dns import DnsKind
from pqscan.registry.quantum import QuantumClass
from pqscan.wire.dns.dnskey import looks_like_dnskey, read_dnskey
from pqscan_probes.dns.named import named_facts
from pqscan_probes.dns.records import Ds, Key, Nsec3Parameters, Query, Rcode, RecordType, Signature
from pqscan_probes.dns.survey import Survey

_DNSSEC = "DNSSEC"
_ZONE_KEY, _ENTRY_POINT, _REVOKED = 0x0100, 0x0001, 0x0080  # RFC 4034, section 2.1.1; RFC 5011, section 7
_PROTOCOL = 3
_DIGESTS = {1: "sha1", 2: "sha256", 4: "sha384"}  # the others cannot be computed here
_CORE = (RecordType.DNSKEY, RecordType.DS)


def facts_of(survey: Survey, evidence: Evidence | None) -> Facts:
    """Everything that was learned, in the words of the model."""
    if not survey.is_apex:
        return _no_zone(survey, evidence)
    observations = [*_zone(survey), *named_facts(survey)]
    missing = [kind for kind in _CORE if survey.answer(survey.zone, kind) is None]
    detail, status = None, OutcomeStatus.COMPLETED
    if survey.trouble:
        detail = Reason.of("dns_stopped", why=survey.trouble)
        status = OutcomeStatus.TIMED_OUT if survey.trouble == "silence" else OutcomeStatus.COMPLETED
    elif missing:
        why = survey.unanswered.get(Query(survey.zone, missing[0]), "not_asked")
        detail = Reason.of("dns_no_answer", type=missing[0].value, why=why)
    chains, keys = _chains(survey)
    return Facts(
        observations=tuple(dict.fromkeys(observations)),
        chains=chains,
        certificates=keys,
        depth=survey.depth,
        asked=registry.EDITION,
        complete=detail is None,
        status=status,
        detail=detail,
        evidence=evidence,
    )


def _no_zone(survey: Survey, evidence: Evidence | None) -> Facts:
    """The name begins no zone, or the server says nothing of it."""
    soa = survey.soa
    rcode = Rcode.NOERROR if soa is None else soa.rcode
    parent = None if soa is None else soa.zone
    if rcode == Rcode.REFUSED:
        reason = Reason.of("dns_refused_zone", zone=survey.zone)
    elif rcode == Rcode.SERVFAIL:
        reason = Reason.of("dns_failed_zone", zone=survey.zone)
    elif rcode == Rcode.NXDOMAIN:
        reason = Reason.of("dns_no_such_name", zone=survey.zone)
    elif rcode != Rcode.NOERROR:
        reason = Reason.of("dns_error_zone", zone=survey.zone, number=rcode)
    elif soa is not None and soa.aliases:
        reason = Reason.of("dns_alias", zone=survey.zone, name=soa.aliases[0])
    elif parent and parent != survey.zone:
        reason = Reason.of("dns_no_zone", zone=survey.zone, parent=parent)
    else:
        reason = Reason.of("dns_unknown_zone", zone=survey.zone)
    return Facts((), complete=False, depth=survey.depth, status=OutcomeStatus.REJECTED, detail=reason, evidence=evidence)


def _zone(survey: Survey) -> Iterator[Observation]:
    keys = [key for key in survey.keys if _is_zone_key(key)]
    yield _signed(survey, keys)
    if len(keys) < len(survey.keys):
        yield Observation(Subject.BEHAVIOUR, "dnskey_not_of_zone", Support.OFFERED)
    for key in keys:
        yield _algorithm(key)
    for kind in (RecordType.DNSKEY, RecordType.SOA):
        answer = survey.answer(survey.zone, kind)
        found = () if answer is None else answer.signatures
        for signature in found:
            yield _signature(signature)
        if any(signature.verified is False for signature in found):
            yield Observation(Subject.BEHAVIOUR, "dnssec_signature_wrong", Support.OFFERED, kind.value)
        if keys and answer is not None and not found:
            yield Observation(Subject.BEHAVIOUR, "dnssec_signature_missing", Support.OFFERED, kind.value)
    yield from _delegation(survey, keys)
    yield from _denial(survey)


def _signed(survey: Survey, keys: list[Key]) -> Observation:
    """DNSSEC as a version of the protocol: accepted with keys and a signature over them; refused where it is proven that there are
    neither keys nor a DS record at the parent; else unknown, and why."""
    answer = survey.answer(survey.zone, RecordType.DNSKEY)
    if answer is None:
        return _unknown(
            Subject.PROTOCOL_VERSION, _DNSSEC, survey.unanswered.get(Query(survey.zone, RecordType.DNSKEY), "not_asked")
        )
    if keys:
        if answer.signatures:
            return Observation(Subject.PROTOCOL_VERSION, _DNSSEC, Support.ACCEPTED)
        return _unknown(Subject.PROTOCOL_VERSION, _DNSSEC, "no_signatures")
    if absence := _no_ds(survey):
        return _unknown(Subject.PROTOCOL_VERSION, _DNSSEC, absence)
    return Observation(Subject.PROTOCOL_VERSION, _DNSSEC, Support.REFUSED)


def _no_ds(survey: Survey) -> str:
    """Why it is not proven that the parent has no DS record; empty where the parent's own answer says so: an SOA record of a zone
    above stands behind it (RFC 4035, section 3.1.4.1: the child's own server answers for itself)."""
    query = Query(survey.zone, RecordType.DS)
    answer = survey.answers.get(query)
    if answer is None:
        return survey.unanswered.get(query, "not_asked")
    if answer.records:
        return "contradiction"
    owner = answer.zone
    above = owner is not None and owner != survey.zone and (not owner or survey.zone.endswith(f".{owner}"))
    return "" if answer.is_absence and above else "parent_not_asked"


def _algorithm(key: Key) -> Observation:
    row = registry.dnssec_algorithm(key.algorithm)
    size = _size(key)
    return Observation(
        Subject.DNSSEC_ALGORITHM,
        str(key.algorithm),
        Support.OFFERED,
        "revoked" if key.flags & _REVOKED else "ksk" if key.flags & _ENTRY_POINT else "zsk",
        name=None if row is None else row.name,
        quantum_class=QuantumClass.UNKNOWN if row is None else row.quantum_class,
        parameters=() if size is None else (("size_bits", size),),
    )


def _size(key: Key) -> int | None:
    try:
        return read_dnskey(key.rdata).public_key.size_bits
    except MalformedMessage:
        return None


def _signature(signature: Signature) -> Observation:
    row = registry.dnssec_algorithm(signature.algorithm)
    return Observation(
        Subject.DNSSEC_SIGNATURE,
        str(signature.algorithm),
        Support.OFFERED,
        signature.covered,
        name=None if row is None else row.name,
        quantum_class=QuantumClass.UNKNOWN if row is None else row.quantum_class,
        confidence=Confidence.CONFIRMED if signature.verified else Confidence.OBSERVED,
    )


def _delegation(survey: Survey, keys: list[Key]) -> Iterator[Observation]:
    """What the parent vouches for. Keys that it vouches for none of are an island: they are there, and nobody validates by them."""
    found = [each for each in survey.records(survey.zone, RecordType.DS) if isinstance(each, Ds)]
    for ds in found:
        row, algorithm = registry.dns_number(DnsKind.DS_DIGEST, ds.digest_type), registry.dnssec_algorithm(ds.algorithm)
        yield Observation(
            Subject.DS_DIGEST,
            str(ds.digest_type),
            Support.OFFERED,
            name=None if row is None else row.name,
            parameters=(("key_algorithm", ds.algorithm if algorithm is None else algorithm.name),),
        )
    computable = [ds for ds in found if ds.digest_type in _DIGESTS]
    if (
        computable
        and len(computable) == len(found)
        and keys
        and not any(_matches(survey.zone, k, ds) for k in keys for ds in found)
    ):
        yield Observation(Subject.BEHAVIOUR, "ds_matches_no_key", Support.OFFERED)
    if keys and not found and not _no_ds(survey):
        yield Observation(Subject.BEHAVIOUR, "dnssec_island", Support.OFFERED)


def _matches(zone: str, key: Key, ds: Ds) -> bool:
    """RFC 4034, section 5.1.4: the digest over the name of the zone and the key's RDATA."""
    if (key.tag, key.algorithm) != (ds.tag, ds.algorithm) or ds.digest_type not in _DIGESTS:
        return False
    owner = b"".join(bytes((len(label),)) + label for label in zone.encode("ascii").split(b".")) + b"\0"
    return hashlib.new(_DIGESTS[ds.digest_type], owner + key.rdata, usedforsecurity=False).digest() == ds.digest


def _denial(survey: Survey) -> Iterator[Observation]:
    """How the zone proves that a name is not there: NSEC, which lets anyone walk it, or NSEC3 with its work factor."""
    for each in survey.records(survey.zone, RecordType.NSEC3PARAM):
        if isinstance(each, Nsec3Parameters):
            row = registry.dns_number(DnsKind.NSEC3_HASH, each.hash)
            parameters: tuple[tuple[str, str | int], ...] = (
                ("hash", each.hash if row is None else row.name),
                ("iterations", each.iterations),
                ("salt_bytes", each.salt_bytes),
            )
            yield Observation(Subject.DENIAL_OF_EXISTENCE, "NSEC3", Support.OFFERED, parameters=parameters)
    if survey.records(survey.zone, RecordType.NSEC):
        yield Observation(Subject.DENIAL_OF_EXISTENCE, "NSEC", Support.OFFERED)


def _chains(survey: Survey) -> tuple[tuple[Chain, ...], tuple[bytes, ...]]:
    """Each key of the zone by its role; each signature with the time for which it is made, and the key that made it; each DS record
    with the key for which the parent vouches. Two keys may share a tag (RFC 4034, appendix B): neither is left out."""
    kept = {hashlib.sha256(key.rdata).digest(): key for key in survey.keys if looks_like_dnskey(key.rdata)}
    chains = [Chain(None, f"dnskey {_role(key)}", (digest,)) for digest, key in kept.items()]
    for kind in (RecordType.DNSKEY, RecordType.SOA):
        answer = survey.answer(survey.zone, kind)
        for each in () if answer is None else answer.signatures:
            times = f"{kind.value} {_time(each.inception)}/{_time(each.expiration)}"
            made = (digest for digest, key in kept.items() if (key.tag, key.algorithm) == (each.tag, each.algorithm))
            chains += [Chain(None, f"dnssec_signature {times}", (digest,)) for digest in made]
    for ds in survey.records(survey.zone, RecordType.DS):
        if isinstance(ds, Ds):
            chains += [Chain(None, "ds", (digest,)) for digest, key in kept.items() if _matches(survey.zone, key, ds)]
    ordered = sorted(set(chains), key=lambda chain: (chain.context, chain.certificates))  # Servers turn records round.
    return tuple(ordered), tuple(sorted(key.rdata for key in kept.values()))


def _role(key: Key) -> str:
    return "revoked" if key.flags & _REVOKED else "ksk" if key.flags & _ENTRY_POINT else "zsk"


def _is_zone_key(key: Key) -> bool:
    return key.protocol == _PROTOCOL and bool(key.flags & _ZONE_KEY)


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _unknown(subject: Subject, value: str, reason: str) -> Observation:
    return Observation(subject, value, Support.UNKNOWN, parameters=(("reason", reason),))
