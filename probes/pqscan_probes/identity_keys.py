"""Keys by which an identity service is trusted, wherever its metadata was read: in a file, or behind an address. No probe itself.

Each key is a fact with its place and use, and is kept: its certificate where it has one, else the key alone as X.509 has it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from pqscan.errors import BeyondBounds, MalformedMessage
from pqscan.model.certificate import Certificate
from pqscan.model.certificate_facts import observations_of
from pqscan.model.observation import Observation, Subject, Support, Usage, Where
from pqscan.model.outcome import Chain
from pqscan.registry.oids import by_oid
from pqscan.registry.quantum import QuantumClass
from pqscan.wire.pki.bare_key import read_bare_key
from pqscan.wire.pki.certificate import read_certificate
from pqscan.wire.pki.jwk import JsonWebKey, read_jwk_set
from pqscan.wire.pki.saml import read_saml_metadata

MOST_KEYS = 10_000
CONTEXTS = {"sig": "signing", "enc": "encryption", "": "any_use"}


@dataclass(slots=True)
class IdentityKeys:
    """What one document holds. `kept` are certificates and keys with what they are for; `unreadable` counts keys that are none."""

    observations: list[Observation] = field(default_factory=list)
    kept: list[tuple[Certificate, str]] = field(default_factory=list)
    unreadable: int = 0
    is_cut: bool = False

    @property
    def chains(self) -> tuple[Chain, ...]:
        return tuple(Chain(None, context, (one.sha256,)) for one, context in dict.fromkeys(self.kept))

    @property
    def contents(self) -> tuple[bytes, ...]:
        """The bytes of what is kept, each once."""
        return tuple({one.sha256: one.der for one, _ in self.kept}.values())


def read_identity_keys(data: bytes, symbol: str = "", most: int = MOST_KEYS) -> IdentityKeys | None:
    """The first `most` keys of SAML 2.0 metadata or of a set of JSON Web Keys; `symbol` is where the document lies, empty for a
    file. None where it is neither. Raises BeyondBounds where it is one of them, and not read for its depth or what it declares."""
    try:
        if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
            return _of_saml(data, Where(symbol=symbol or None), most)
        return _of_jwks(data, f"{symbol} " if symbol else "", most)
    except BeyondBounds:
        raise
    except MalformedMessage:
        return None


def _of_saml(data: bytes, where: Where, most: int) -> IdentityKeys:
    metadata = read_saml_metadata(data)
    found = IdentityKeys(unreadable=metadata.without_certificate, is_cut=metadata.is_cut or len(metadata.keys) > most)
    for key in metadata.keys[:most]:
        _add_certificate(found, key.certificate, CONTEXTS[key.use], replace(where, line=key.line))
    return found


def _of_jwks(data: bytes, start: str, most: int) -> IdentityKeys:
    keys = read_jwk_set(data)
    found = IdentityKeys(unreadable=keys.unreadable, is_cut=keys.is_cut or len(keys.keys) > most)
    for number, key in enumerate(keys.keys[:most]):
        where, context = Where(symbol=f"{start}keys[{number}]"), CONTEXTS[key.use]
        found.observations.extend(key_facts(key, where, context))
        if key.certificate:
            _add_certificate(found, key.certificate, context, where)
        elif key.public:
            add_key(found, key.public, context)
    return found


def _add_certificate(found: IdentityKeys, der: bytes, context: str, where: Where) -> None:
    try:
        certificate = read_certificate(der)
    except MalformedMessage:
        found.unreadable += 1
        return
    found.kept.append((certificate, context))
    found.observations.extend(observations_of(certificate, where, context))


def add_key(found: IdentityKeys, der: bytes, context: str) -> None:
    """A key that cannot be read back is told as what it says that it is, and not kept."""
    try:
        found.kept.append((read_bare_key(der), context))
    except MalformedMessage:
        return


def key_facts(key: JsonWebKey, where: Where, context: str) -> Iterator[Observation]:
    """What a key says of itself, as JSON or COSE; a symmetric one (`oct`) is no public key, and only told to be there."""
    row = None if key.oid is None else by_oid(key.oid)
    parameters: list[tuple[str, str | int]] = []
    if key.parameter is not None:
        parameters.append(("parameter", key.parameter))
    if key.size_bits is not None:
        parameters.append(("size_bits", key.size_bits))
    halves = ((Subject.PUBLIC_KEY, key.kty != "oct"), (Subject.PRIVATE_KEY, key.is_private))
    for subject in (half for half, is_there in halves if is_there):
        yield Observation(
            subject,
            key.oid or key.kty,
            Support.OFFERED,
            context=context,
            name=None if row is None else row.family if row.quantum_class is QuantumClass.TRADITIONAL else row.name,
            quantum_class=QuantumClass.UNKNOWN if row is None else row.quantum_class,
            usage=Usage.PRESENT,
            components=() if row is None else row.components,
            parameters=tuple(parameters),
            where=where,
        )
