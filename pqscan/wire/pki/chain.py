"""What can be told about several certificates together (RFC 5280, section 6): their order, and which signatures matter.

Names join a certificate to its issuer; where both encodings are at hand and `cryptography` knows the algorithm, the
signature itself must fit too.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pqscan.model.certificate import Certificate
from pqscan.wire.pki.strict import StrictCertificate

MOST_CERTIFICATES = 32  # of one chain; what comes after them is not ordered


def issued_by(certificate: Certificate, issuer: Certificate) -> bool:
    """True where the issuer's name fits and its signature, as far as that can be checked here, does too."""
    if certificate.issuer != issuer.subject:
        return False
    if certificate.sha256 == issuer.sha256:
        return certificate.self_signed
    signed, signer = StrictCertificate.load(certificate.der), StrictCertificate.load(issuer.der)
    return signed is None or signer is None or signed.is_signed_by(signer) is not False


def path(certificates: Sequence[Certificate]) -> tuple[Certificate, ...]:
    """From the first certificate up: each followed by its issuer, as far as the issuers are among the others, each once."""
    if not certificates:
        return ()
    found = [certificates[0]]
    others = list(certificates[1:MOST_CERTIFICATES])
    while not found[-1].self_signed:
        issuer = next((other for other in others if issued_by(found[-1], other)), None)
        if issuer is None:
            break
        found.append(issuer)
        others = [other for other in others if other.sha256 != issuer.sha256]
    return tuple(found)


def expected_order(certificates: Sequence[Certificate]) -> tuple[Certificate, ...]:
    """The path from the leaf up, then what does not belong to it, in the order in which it came."""
    along = path(certificates)
    on_path = {certificate.sha256 for certificate in along}
    return along + tuple(certificate for certificate in certificates if certificate.sha256 not in on_path)


def is_in_order(certificates: Sequence[Certificate]) -> bool:
    """True where every certificate but the last is directly followed by its issuer (RFC 5246, section 7.4.2)."""
    return len(path(certificates)) == len(certificates) and path(certificates) == tuple(certificates)


def signatures_that_count(certificates: Sequence[Certificate]) -> tuple[Certificate, ...]:
    """The certificates whose signature a verifier has to trust: those of the path below the trust anchor.

    The self-signature of a root proves nothing and does not count, the leaf's own neither where it is self-signed."""
    return tuple(certificate for certificate in path(certificates) if not certificate.self_signed)


def outlives(certificate: Certificate, day: date) -> bool | None:
    """Whether the certificate is still valid after that day (UTC); None where its end cannot be read."""
    return None if certificate.not_after is None else certificate.not_after.date() > day


def split_bundle(certificates: Sequence[Certificate]) -> tuple[tuple[Certificate, ...], ...]:
    """A file's certificates as chains: a new one begins wherever a certificate is not the issuer, by name, of the one before.

    A bundle of roots gives as many chains as it has roots."""
    chains: list[list[Certificate]] = []
    for certificate in certificates:
        before = chains[-1][-1] if chains else None
        follows = before is not None and before.issuer == certificate.subject and before.issuer != before.subject
        if follows and len(chains[-1]) < MOST_CERTIFICATES:
            chains[-1].append(certificate)
        else:
            chains.append([certificate])
    return tuple(tuple(chain) for chain in chains)
