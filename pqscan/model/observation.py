"""One fact and the profile that facts of one outcome form. No target, no time, no certificate, no judgement in them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pqscan.registry.quantum import QuantumClass


class Subject(StrEnum):
    """What an observation is about. Closed; grows by adding members, never by changing one (the JSON contract)."""

    PROTOCOL_VERSION = "protocol_version"
    NAMED_GROUP = "named_group"
    CIPHER_SUITE = "cipher_suite"
    SIGNATURE_SCHEME = "signature_scheme"
    CERTIFICATE_KEY = "certificate_key"
    CERTIFICATE_SIGNATURE = "certificate_signature"
    SELECTED_VERSION = "selected_version"
    SELECTED_GROUP = "selected_group"
    SELECTED_CIPHER_SUITE = "selected_cipher_suite"
    SELECTED_SIGNATURE_SCHEME = "selected_signature_scheme"
    GROUP_SELECTION = "group_selection"  # "hello_retry_upgrade" or "takes_offered_share"
    CLIENT_CERTIFICATE = "client_certificate"  # "requested" (a CertificateRequest came) or "not_requested"
    ALPN_PROTOCOL = "alpn_protocol"
    DEFAULT_SITE = "default_site"  # what a hello without a server name gets: "same", "other_certificate", "alert"
    BEHAVIOUR = "behaviour"  # an anomaly worth telling: "large_hello_intolerant", "selected_not_offered", ...
    SOFTWARE = "software"  # what the peer says of itself; safe to show, never to believe
    KEX_METHOD = "kex_method"  # SSH, and the lists that follow (RFC 4253, section 7.1)
    HOST_KEY = "host_key"
    ENCRYPTION = "encryption"
    MAC = "mac"
    COMPRESSION = "compression"
    GROUP_EXCHANGE_SIZE = "group_exchange_size"  # bits of the field that a server chose; `asked_bits` tells for which wishes
    SELECTED_KEX_METHOD = "selected_kex_method"
    SELECTED_HOST_KEY = "selected_host_key"
    SELECTED_ENCRYPTION = "selected_encryption"
    SELECTED_MAC = "selected_mac"
    IKE_KEY_EXCHANGE = "ike_key_exchange"  # transform types of IKEv2 (RFC 7296, section 3.3.2), attributes of IKEv1
    IKE_ADDITIONAL_KEY_EXCHANGE = "ike_additional_key_exchange"  # on top of a traditional one (RFC 9370)
    IKE_ENCRYPTION = "ike_encryption"
    IKE_PRF = "ike_prf"  # in IKEv1 the hash
    IKE_INTEGRITY = "ike_integrity"
    IKE_AUTHENTICATION = "ike_authentication"  # IKEv2: hashes of signatures that are verified (RFC 7427); IKEv1: the method
    DNSSEC_ALGORITHM = "dnssec_algorithm"  # of a key of a zone; `context` is its role: "ksk", "zsk", "revoked"
    DNSSEC_SIGNATURE = "dnssec_signature"  # algorithm of an RRSIG record; `context` is the type of record that it covers
    DS_DIGEST = "ds_digest"  # by what the parent vouches for a key of the zone
    DENIAL_OF_EXISTENCE = "denial_of_existence"  # "NSEC" or "NSEC3"
    TLSA = "tlsa"  # and what follows: `context` is the name at which the record stands
    SSHFP = "sshfp"
    CAA = "caa"
    MAIL_SERVER = "mail_server"
    ECH_KEM = "ech_kem"
    PRIVATE_KEY = "private_key"
    PUBLIC_KEY = "public_key"
    ALGORITHM = "algorithm"  # by its name in registry/data/algorithms.toml; `context` is what for, None where nothing tells
    DOCUMENT_SIGNATURE = "document_signature"  # OID or name of what signs a file; `context` is the form ("pdf", "cms", "xml", ...)
    DOCUMENT_ENCRYPTION = "document_encryption"  # of what establishes the key of an encrypted file
    LIBRARY = "library"  # cryptography that a program is linked with, a manifest asks for or a system has installed


class Support(StrEnum):
    OFFERED = "offered"
    ACCEPTED = "accepted"
    SELECTED = "selected"
    REFUSED = "refused"
    UNKNOWN = "unknown"

    @property
    def shows_use(self) -> bool:
        """True where the peer itself showed that it can: offered, accepted or selected."""
        return self is _ACCEPTED or self is _OFFERED or self is _SELECTED


_OFFERED, _ACCEPTED, _SELECTED = Support.OFFERED, Support.ACCEPTED, Support.SELECTED
"""Asked millions of times for a large store: a member by its own name is found in a tenth of the time that its class takes."""


class RankBasis(StrEnum):
    HELLO_RETRY = "hello_retry"
    REAL_SHARES = "real_shares"
    LIST_ORDER = "list_order"


class Usage(StrEnum):
    NEGOTIATED = "negotiated"
    CONFIGURED = "configured"
    PRESENT = "present"
    USED = "used"
    LINKED = "linked"
    MENTIONED = "mentioned"


class Confidence(StrEnum):
    """`confirmed`: the cryptography was carried through; `observed`: the peer said so; `inferred`: concluded."""

    CONFIRMED = "confirmed"
    OBSERVED = "observed"
    INFERRED = "inferred"


class Preference(StrEnum):
    SERVER = "server"
    CLIENT = "client"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, order=True)
class Where:
    """Where in a file a fact stands; None where that does not apply."""

    line: int | None = None
    offset: int | None = None
    symbol: str | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """One fact.

    `value` is the code point as text: `0x11ec` (lower case, four digits) for 16-bit TLS registries, `TLS1.3` for
    versions, a dotted OID, a name where the protocol uses names. `name` is the registry's spelling, None where the
    value is not listed; `candidates` are all names where one value has several meanings. `context` says where the
    fact holds (a version such as `TLS1.2`), None where that means nothing. `rank` 1 is the server's first choice.
    """

    subject: Subject
    value: str
    support: Support
    context: str | None = None
    name: str | None = None
    candidates: tuple[str, ...] = ()
    rank: int | None = None
    rank_basis: RankBasis | None = None
    quantum_class: QuantumClass = QuantumClass.NOT_PUBLIC_KEY
    usage: Usage = Usage.NEGOTIATED
    confidence: Confidence = Confidence.OBSERVED
    components: tuple[str, ...] = ()
    parameters: tuple[tuple[str, str | int], ...] = ()
    where: Where | None = None

    def __hash__(self) -> int:
        """Enough to tell facts apart quickly: an answer is put together of the same few for thousands of targets, and a file holds
        the same at thousands of places."""
        return hash((self.value, self.context, self.where))


IMPORTED, IMPORTED_NAMES = "import", "import_names"
"""Depths of what another program's file told (`pqscan import`): of cryptography; of nothing but what speaks there."""


@dataclass(frozen=True, slots=True)
class Profile:
    """The observations of one outcome. Equal content, equal `digest`: stored once, shared by all targets that answer alike.

    `asked` is the edition of what was asked (which code points), so that two profiles are compared like with like.
    `complete` is False where the attempt ended early; such a profile never replaces a complete one.
    """

    probe: str
    depth: str
    asked: str
    complete: bool
    observations: tuple[Observation, ...]
    preference: tuple[tuple[str, Preference], ...] = ()
    digest: bytes = b""  # 32 bytes, SHA-256 of the canonical form; set by `canonical`

    @property
    def is_imported(self) -> bool:
        """Whether another program told it. Then it is never complete, and no state rests on it."""
        return self.depth in (IMPORTED, IMPORTED_NAMES)
