"""A certificate to its row and back. DER is kept: it is public, and a better reader may find more in it later."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import Row

from pqscan.errors import MalformedMessage
from pqscan.model.certificate import Certificate, PublicKey, SignatureAlgorithm
from pqscan.registry.quantum import QuantumClass
from pqscan.store.rows import whole

UNREADABLE = "unreadable"  # the `malformed` code of bytes that are no certificate at all


def read_stored(der: bytes, digest: bytes, read: Callable[[bytes], Certificate]) -> Certificate:
    """The certificate's facts; bytes that hold none give an empty certificate that says so, for the digest is a fact too."""
    try:
        return read(der)
    except MalformedMessage:
        unknown = QuantumClass.UNKNOWN
        key = PublicKey("", "unknown", None, None, (), b"", unknown)
        signature = SignatureAlgorithm("", "unknown", None, (), unknown)
        return Certificate(digest, "", "", "", None, None, key, signature, malformed=(UNREADABLE,))


def certificate_row(number: int, facts: Certificate, der: bytes) -> dict[str, object]:
    """The row's values by column."""
    key, signature = facts.public_key, facts.signature
    return {
        "id": number,
        "sha256": facts.sha256,
        "subject": facts.subject,
        "issuer": facts.issuer,
        "serial": facts.serial,
        "not_before": facts.not_before,
        "not_after": facts.not_after,
        "key_oid": key.oid,
        "key_algorithm": key.algorithm,
        "key_size_bits": key.size_bits,
        "key_parameter": key.parameter,
        "key_components": list(key.components),
        "spki_sha256": key.spki_sha256,
        "key_quantum_class": key.quantum_class.value,
        "signature_oid": signature.oid,
        "signature_algorithm": signature.algorithm,
        "signature_hash": signature.hash,
        "signature_components": list(signature.components),
        "signature_quantum_class": signature.quantum_class.value,
        "key_usage": list(facts.key_usage),
        "extended_key_usage": list(facts.extended_key_usage),
        "is_ca": facts.is_ca,
        "self_signed": facts.self_signed,
        "malformed": list(facts.malformed),
        "der": der,
        "kind": facts.kind,
    }


def certificate_of(row: Row[Any], names: tuple[str, ...]) -> Certificate:
    """The facts of a row of `certificate` (Any: columns of many types); without `der` where it was read without."""
    values = row._mapping
    return Certificate(
        bytes(cast("bytes", values["sha256"])),
        cast("str", values["subject"]),
        _shared(cast("str", values["issuer"])),
        cast("str", values["serial"]),
        cast("datetime | None", values["not_before"]),
        cast("datetime | None", values["not_after"]),
        PublicKey(
            _shared(cast("str", values["key_oid"])),
            _shared(cast("str", values["key_algorithm"])),
            None if values["key_size_bits"] is None else whole(values["key_size_bits"]),
            cast("str | None", values["key_parameter"]),
            _words(values["key_components"]),
            bytes(cast("bytes", values["spki_sha256"])),
            QuantumClass(values["key_quantum_class"]),
        ),
        SignatureAlgorithm(
            _shared(cast("str", values["signature_oid"])),
            _shared(cast("str", values["signature_algorithm"])),
            cast("str | None", values["signature_hash"]),
            _words(values["signature_components"]),
            QuantumClass(values["signature_quantum_class"]),
        ),
        names,
        _words(values["key_usage"]),
        _words(values["extended_key_usage"]),
        bool(values["is_ca"]),
        bool(values["self_signed"]),
        _words(values["malformed"]),
        bytes(cast("bytes", values["der"])) if "der" in values else b"",
        kind=_shared(cast("str", values["kind"])),
    )


@lru_cache(maxsize=4096)
def _shared(text: str) -> str:
    """Issuers and algorithms repeat over thousands of certificates: they are kept in memory once."""
    return text


@lru_cache(maxsize=1024)
def _shared_words(words: tuple[str, ...]) -> tuple[str, ...]:
    return words


def _words(value: object) -> tuple[str, ...]:
    return _shared_words(tuple(cast("list[str]", value)))
