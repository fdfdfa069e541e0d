"""What a signature's AlgorithmIdentifier says: algorithm and hash (RFC 5280, section 4.1.1.2; PSS: RFC 4055, section 3.1)."""

from __future__ import annotations

from pqscan.errors import MalformedMessage
from pqscan.model.certificate import PublicKey, SignatureAlgorithm
from pqscan.registry.oids import by_oid
from pqscan.wire.pki.algorithms import Identified, read_algorithm
from pqscan.wire.pki.der import SEQUENCE, DerReader, Element
from pqscan.wire.pki.flaw import Flaw

_RSASSA_PSS = "1.2.840.113549.1.1.10"
_PSS_HASH = 0xA0  # [0] HashAlgorithm DEFAULT sha1
_NO_HASH_OF_ITS_OWN = ("intrinsic", "recommended", "specified")
_FAMILY_OF_KEY = {"RSA-PKCS1v15": "RSA", "RSA-PSS": "RSA", "ECDSA": "EC", "SM2": "EC"}  # where signatures are spelled otherwise


def can_have_made(key: PublicKey, signature: SignatureAlgorithm) -> bool:
    """Whether a key of this algorithm makes such signatures; True where no source lists one of the two.

    Parameter sets with a number of their own (ML-DSA-65) sign under that number alone."""
    of_key, of_signature = by_oid(key.oid), by_oid(signature.oid)
    if of_key is None or of_signature is None or key.oid == signature.oid:
        return True
    families = {_FAMILY_OF_KEY.get(row.family, row.family) for row in (of_key, of_signature)}
    return len(families) == 1 and (of_signature.kind == "signature" or families == {"RSA"})


def read_signature_algorithm(reader: DerReader, algorithm: Element, signature_bytes: int | None) -> SignatureAlgorithm:
    """How the issuer signed. Adds to the flaws: `bad_signature_parameters`, and `signature_size` where the signature has
    not the size that this algorithm's signatures have. Raises MalformedMessage where the algorithm's number cannot be read."""
    identified = read_algorithm(reader.inside(algorithm))
    row = identified.row
    hash_name = row.hash if row is not None else None
    if identified.oid == _RSASSA_PSS:
        hash_name = _pss_hash(identified, reader)
    elif hash_name in _NO_HASH_OF_ITS_OWN:
        hash_name = None
    exact = row is not None and row.status == "standard" and not row.components
    expected = row.signature_bytes if row is not None and exact else None
    if expected is not None and signature_bytes is not None and signature_bytes != expected:
        reader.flaws.add(Flaw.SIGNATURE_SIZE)
    return SignatureAlgorithm(
        oid=identified.oid,
        algorithm=identified.name,
        hash=hash_name,
        components=identified.components,
        quantum_class=identified.quantum_class,
    )


def _pss_hash(identified: Identified, reader: DerReader) -> str | None:
    """The hash among RSASSA-PSS-params; SHA-1 is what an absent one means."""
    if identified.parameters is None or identified.parameters.tag != SEQUENCE:
        reader.flaws.add(Flaw.BAD_SIGNATURE_PARAMETERS)
        return None
    parameters = reader.inside(identified.parameters)
    try:
        if parameters.next_tag != _PSS_HASH:
            return "sha1"
        hashing = read_algorithm(parameters.enter("hashAlgorithm", _PSS_HASH).enter("HashAlgorithm", SEQUENCE))
    except MalformedMessage:
        reader.flaws.add(Flaw.BAD_SIGNATURE_PARAMETERS)
        return None
    row = by_oid(hashing.oid)
    return row.name if row is not None else hashing.oid
