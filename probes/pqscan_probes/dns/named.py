"""Facts about names of a zone: mail servers, keys of TLS, SSH and DKIM that stand in the DNS, who may issue certificates.

What an answer says is not there is told as `none`, proven; what was not answered is unknown, and why."""

from __future__ import annotations

from collections.abc import Iterator

from pqscan.errors import MalformedMessage
from pqscan.model.observation import Observation, Subject, Support, Usage
from pqscan.registry import dns as registry
from pqscan.registry.dns import DnsKind
from pqscan.registry.oids import by_oid
from pqscan.registry.quantum import QuantumClass
from pqscan.wire.dns.dkim import read_dkim
from pqscan.wire.dns.ech import read_ech_kems
from pqscan_probes.dns.records import Binding, Caa, Mail, Query, Record, RecordType, Sshfp, Text, Tlsa
from pqscan_probes.dns.survey import Survey

_SUBJECTS = {
    RecordType.MX: Subject.MAIL_SERVER,
    RecordType.CAA: Subject.CAA,
    RecordType.TLSA: Subject.TLSA,
    RecordType.SSHFP: Subject.SSHFP,
    RecordType.HTTPS: Subject.ALPN_PROTOCOL,
    RecordType.SVCB: Subject.ALPN_PROTOCOL,
}
_BINDINGS = (RecordType.HTTPS, RecordType.SVCB)
_MOST_DATA = 64  # bytes of a digest or key that a parameter shows; a whole certificate in a TLSA record is cut
NONE, REST = "none", "*"


def named_facts(survey: Survey) -> Iterator[Observation]:
    """In the order of asking."""
    for query, answer in survey.answers.items():
        subject = _SUBJECTS.get(query.type)
        if subject is None:
            continue
        found = [fact for record in answer.records for fact in _of_record(record, query)]
        yield from found
        if not answer.records and query.type not in _BINDINGS:  # Most names have none, and lack nothing.
            yield Observation(subject, NONE, Support.REFUSED, query.name)
    for query, reason in survey.unanswered.items():
        subject = _SUBJECTS.get(query.type)
        if subject is not None:
            yield Observation(subject, REST, Support.UNKNOWN, query.name, parameters=(("reason", reason),))
    yield from _dkim(survey)


def _of_record(record: Record, query: Query) -> Iterator[Observation]:
    name = query.name
    match record:
        case Mail():
            parameters = (("preference", record.preference),)
            yield Observation(Subject.MAIL_SERVER, record.exchange or ".", Support.OFFERED, name, parameters=parameters)
        case Caa():
            yield Observation(Subject.CAA, f'{record.tag} "{record.value}"', Support.OFFERED, name)
        case Tlsa():
            value = f"{record.usage} {record.selector} {record.matching}"
            kinds = (DnsKind.TLSA_USAGE, DnsKind.TLSA_SELECTOR, DnsKind.TLSA_MATCHING)
            numbers = (record.usage, record.selector, record.matching)
            data = (("data", record.data[:_MOST_DATA].hex()),)
            yield Observation(Subject.TLSA, value, Support.OFFERED, name, name=_spelled(kinds, numbers), parameters=data)
        case Sshfp():
            value = f"{record.algorithm} {record.fingerprint_type}"
            spelled = _spelled((DnsKind.SSHFP_ALGORITHM, DnsKind.SSHFP_FINGERPRINT), (record.algorithm, record.fingerprint_type))
            data = (("data", record.fingerprint[:_MOST_DATA].hex()),)
            yield Observation(Subject.SSHFP, value, Support.OFFERED, name, name=spelled, parameters=data)
        case Binding():
            yield from _binding(record, name, query.type.value.lower())


def _binding(record: Binding, name: str, kind: str) -> Iterator[Observation]:
    """What a client is told before it connects (RFC 9460): protocols, and the key for encrypted hellos."""
    for protocol in record.alpn:
        yield Observation(Subject.ALPN_PROTOCOL, protocol, Support.OFFERED, name)
    if not record.alpn:
        yield Observation(Subject.BEHAVIOUR, f"{kind}_{'record' if record.priority else 'alias'}", Support.OFFERED, name)
    if not record.ech:
        return
    try:
        kems = read_ech_kems(record.ech)
    except MalformedMessage:
        yield Observation(Subject.BEHAVIOUR, "malformed_ech", Support.OFFERED, name)
        return
    for kem in kems:
        row = registry.dns_number(DnsKind.HPKE_KEM, kem)
        yield Observation(
            Subject.ECH_KEM,
            f"0x{kem:04x}",
            Support.OFFERED,
            name,
            name=None if row is None else row.name,
            quantum_class=QuantumClass.UNKNOWN if row is None else row.quantum_class,
        )


def _spelled(kinds: tuple[DnsKind, ...], numbers: tuple[int, ...]) -> str | None:
    """The registries' words for each number; None where one of them has none."""
    rows = [registry.dns_number(kind, number) for kind, number in zip(kinds, numbers, strict=True)]
    return " ".join(row.name for row in rows if row is not None) if all(row is not None for row in rows) else None


def _dkim(survey: Survey) -> Iterator[Observation]:
    """Keys by which mail is signed. Of the usual selectors only those that are there are told."""
    end = f"._domainkey.{survey.zone}"
    for query, answer in survey.answers.items():
        if query.type is not RecordType.TXT or not query.name.endswith(end):
            continue
        selector = query.name.removesuffix(end)
        found = [fact for record in answer.records if isinstance(record, Text) for fact in _dkim_key(record.data, selector)]
        yield from found
        if not found and selector in survey.selectors:
            yield Observation(Subject.PUBLIC_KEY, NONE, Support.REFUSED, f"DKIM {selector}", usage=Usage.USED)
    for selector in survey.selectors:
        reason = survey.unanswered.get(Query(f"{selector}{end}", RecordType.TXT))
        if reason is not None:
            parameters = (("reason", reason),)
            yield Observation(
                Subject.PUBLIC_KEY, REST, Support.UNKNOWN, f"DKIM {selector}", usage=Usage.USED, parameters=parameters
            )


def _dkim_key(record: bytes, selector: str) -> Iterator[Observation]:
    context = f"DKIM {selector}"
    try:
        found = read_dkim(record)
    except MalformedMessage:
        yield Observation(Subject.BEHAVIOUR, "malformed_dkim", Support.OFFERED, context)
        return
    if found is None:
        return
    if found.is_revoked:
        yield Observation(Subject.BEHAVIOUR, "dkim_revoked", Support.OFFERED, context)
    if found.key is None:
        return
    row = by_oid(found.key.oid)
    parameters: list[tuple[str, str | int]] = []
    if found.key.parameter is not None:
        parameters.append(("parameter", found.key.parameter))
    if found.key.size_bits is not None:
        parameters.append(("size_bits", found.key.size_bits))
    yield Observation(
        Subject.PUBLIC_KEY,
        found.key.oid,
        Support.OFFERED,
        context,
        name=None if row is None else row.family,
        quantum_class=found.key.quantum_class,
        usage=Usage.USED,
        parameters=tuple(parameters),
    )
