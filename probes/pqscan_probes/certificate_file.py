"""Reads the certificates of one file, PEM (RFC 7468) or DER, by its content; private keys are told of, never read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.model.certificate import Certificate
from pqscan.model.certificate_facts import observations_of
from pqscan.model.observation import Observation, Subject, Support, Usage, Where
from pqscan.model.outcome import Chain, Facts
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget
from pqscan.probe import FileSource
from pqscan.registry.quantum import QuantumClass
from pqscan.wire.pki.certificate import read_certificate
from pqscan.wire.pki.chain import split_bundle
from pqscan.wire.pki.der import SEQUENCE, DerReader
from pqscan.wire.pki.pem import PemBlock, scan_pem

MOST_BYTES = 64 << 20
MOST_CERTIFICATES = 10_000
MOST_PRIVATE_KEYS = 1_000
MOST_BLOCKS = 100_000  # of any kind, broken ones included

_TRUSTED = "TRUSTED CERTIFICATE"  # OpenSSL's: a certificate, then what it is trusted for
_CERTIFICATES = frozenset({"CERTIFICATE", "X509 CERTIFICATE", _TRUSTED})
_PRIVATE_KEY = "PRIVATE KEY"  # the end of every label of a private key, OPENSSH's included
_CONTEXT = "file"


@dataclass(slots=True)
class _Found:
    certificates: list[tuple[Certificate, Where]]
    private_keys: list[PemBlock]
    unreadable: int = 0  # blocks that say they are certificates and are none
    first_unreadable: int = 0  # the line of the first of them
    cut: bool = False


class CertificateFileProbe:
    """Certificates of a file with their place in it. Costs one read of at most 64 MiB.

    Raises WrongProtocol where the file holds neither a certificate nor a private key, MalformedMessage where every
    certificate in it is beyond reading."""

    name = "certificate_file"

    async def run(self, target: FileTarget, source: FileSource) -> Facts:
        data = source.read(MOST_BYTES + 1)
        found = _read_pem(data[:MOST_BYTES])
        if not found.certificates and not found.private_keys:
            if found.unreadable:
                raise MalformedMessage(
                    f"{target.path} has a certificate at line {found.first_unreadable} that cannot be read; look at the file"
                )
            found = _read_der(data[:MOST_BYTES], target)
        found.cut = found.cut or len(data) > MOST_BYTES
        chains = split_bundle([certificate for certificate, _ in found.certificates])
        return Facts(
            observations=tuple(_observations(found)),
            chains=tuple(Chain(None, _CONTEXT, tuple(one.sha256 for one in chain)) for chain in chains),
            certificates=tuple({one.sha256: one.der for one, _ in found.certificates}.values()),
            complete=not (found.cut or found.unreadable),
            detail=_detail(found),
        )


def _read_pem(data: bytes) -> _Found:
    found = _Found([], [])
    for number, block in enumerate(scan_pem(data, wanted=_CERTIFICATES)):
        if number >= MOST_BLOCKS:
            found.cut = True
            break
        if block.label.endswith(_PRIVATE_KEY):
            if len(found.private_keys) < MOST_PRIVATE_KEYS:
                found.private_keys.append(block)
            else:
                found.cut = True
        elif block.label in _CERTIFICATES:
            if len(found.certificates) >= MOST_CERTIFICATES:
                found.cut = True
                break
            try:
                certificate = read_certificate(_certificate_of(block))
            except MalformedMessage:
                found.unreadable += 1
                found.first_unreadable = found.first_unreadable or block.line
            else:
                found.certificates.append((certificate, Where(line=block.line, offset=block.offset)))
    return found


def _certificate_of(block: PemBlock) -> bytes:
    if block.label != _TRUSTED:
        return block.der
    return DerReader(block.der, set()).read("Certificate", SEQUENCE).encoded


def _read_der(data: bytes, target: FileTarget) -> _Found:
    try:
        certificate = read_certificate(data)
    except MalformedMessage as error:
        raise WrongProtocol(f"{target.path} holds no certificate, neither as PEM nor as DER; leave it out") from error
    return _Found([(certificate, Where(offset=0))], [])


def _detail(found: _Found) -> Reason | None:
    if found.unreadable:
        return Reason.of("certificates_unreadable", count=found.unreadable, line=found.first_unreadable)
    if found.cut:
        return Reason.of("file_cut", certificates=len(found.certificates))
    return None


def _observations(found: _Found) -> Iterator[Observation]:
    for certificate, where in found.certificates:
        yield from observations_of(certificate, where, _CONTEXT)
    for block in found.private_keys:
        yield Observation(
            Subject.PRIVATE_KEY,
            block.label,
            Support.OFFERED,
            context=_CONTEXT,
            quantum_class=QuantumClass.UNKNOWN,
            usage=Usage.PRESENT,
            where=Where(line=block.line, offset=block.offset),
        )
