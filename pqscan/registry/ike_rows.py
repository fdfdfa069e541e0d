"""What one row of the IKE registries holds (data/ike_transforms.toml): a number in a message of IKEv2 or IKEv1."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pqscan.registry.quantum import QuantumClass


class IkeKind(StrEnum):
    """The registry of a number. `key_exchange` are transform type 4 and, with the same numbers, the additional key exchanges of
    types 6 to 12 (RFC 9370, section 2.2.1); in IKEv1 the group descriptions. `hash` and `attribute` are of IKEv1 alone."""

    TRANSFORM_TYPE = "transform_type"
    ENCRYPTION = "encryption"
    PRF = "prf"
    INTEGRITY = "integrity"
    KEY_EXCHANGE = "key_exchange"
    AUTH_METHOD = "auth_method"
    SIGNATURE_HASH = "signature_hash"
    EXCHANGE_TYPE = "exchange_type"
    PAYLOAD_TYPE = "payload_type"
    NOTIFY = "notify"
    HASH = "hash"
    ATTRIBUTE = "attribute"


class IkeStatus(StrEnum):
    """`private`: from the ranges for private use, where another maker's number may mean something else; `obsolete`: taken back by a
    document, as all of IKEv1 is (RFC 9395)."""

    STANDARD = "standard"
    PRIVATE = "private"
    OBSOLETE = "obsolete"


@dataclass(frozen=True, slots=True)
class IkeNumber:
    """One number. `initiator_bytes` and `responder_bytes` are the public values in a Key Exchange payload; None where no source
    gives them. `classical_bits` is the strength of a traditional key exchange, `key_bits` the key sizes of a cipher (where there
    are several, a Key Length attribute tells which), `tag_bits` the size of what an integrity transform appends. `keywords` are
    strongSwan's spellings."""

    version: int
    kind: IkeKind
    value: int
    name: str
    quantum_class: QuantumClass
    status: IkeStatus
    components: tuple[str, ...]
    classical_bits: int | None
    nist_category: int | None
    key_bits: tuple[int, ...]
    tag_bits: int | None
    initiator_bytes: int | None
    responder_bytes: int | None
    keywords: tuple[str, ...]
    weak: tuple[str, ...]
    references: tuple[str, ...]
    notes: str = ""
