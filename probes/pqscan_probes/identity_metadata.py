"""Reads the keys by which an identity service is trusted: SAML 2.0 metadata, and the key set of an OpenID provider (RFC 7517), as
files. Each key is told with what it is for; no private member is read."""

from __future__ import annotations

from dataclasses import dataclass, field

from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.model.certificate import Certificate
from pqscan.model.certificate_facts import observations_of
from pqscan.model.observation import Observation, Where
from pqscan.model.outcome import Chain, Facts
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget
from pqscan.probe import FileSource, Mark
from pqscan.wire.pki.certificate import read_certificate
from pqscan.wire.pki.jwk import read_jwk_set
from pqscan.wire.pki.saml import read_saml_metadata
from pqscan_probes.identity_keys import CONTEXTS, key_facts

MOST_BYTES = 16 << 20
_SAML = Mark("saml-metadata", "urn:oasis:names:tc:SAML:2.0:metadata")
_JWK = Mark("jwk", '"kty"')


@dataclass(slots=True)
class _Found:
    observations: list[Observation] = field(default_factory=list)
    certificates: list[tuple[Certificate, str]] = field(default_factory=list)  # with what it is for
    unreadable: int = 0
    is_cut: bool = False


class IdentityMetadataProbe:
    """Keys of an identity service, with their place in the file, of at most 16 MiB.

    Raises WrongProtocol where the file is neither of the two, or holds no key at all."""

    name = "identity_metadata"
    marks = (_SAML, _JWK)

    async def run(self, target: FileTarget, source: FileSource) -> Facts:
        data = source.data
        if not source.is_whole or len(data) > MOST_BYTES:
            raise MalformedMessage(f"{target.path} is larger than {MOST_BYTES} bytes, and metadata is not; leave it out")
        found = _of_saml(data) if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<" else _of_jwks(data)
        if found is None or not (found.observations or found.unreadable):
            raise WrongProtocol(f"{target.path} holds neither SAML metadata nor a set of JSON Web Keys with a key; leave it out")
        return Facts(
            observations=tuple(found.observations),
            chains=tuple(Chain(None, context, (one.sha256,)) for one, context in dict.fromkeys(found.certificates)),
            certificates=tuple({one.sha256: one.der for one, _ in found.certificates}.values()),
            complete=not (found.unreadable or found.is_cut),
            detail=Reason.of("identity_keys_unreadable", count=found.unreadable) if found.unreadable else None,
        )


def _of_saml(data: bytes) -> _Found | None:
    try:
        metadata = read_saml_metadata(data)
    except MalformedMessage:
        return None
    found = _Found(unreadable=metadata.without_certificate, is_cut=metadata.is_cut)
    for key in metadata.keys:
        _add_certificate(found, key.certificate, CONTEXTS[key.use], Where(line=key.line))
    return found


def _of_jwks(data: bytes) -> _Found | None:
    try:
        keys = read_jwk_set(data)
    except MalformedMessage:
        return None
    found = _Found(unreadable=keys.unreadable, is_cut=keys.is_cut)
    for number, key in enumerate(keys.keys):
        where, context = Where(symbol=f"keys[{number}]"), CONTEXTS[key.use]
        found.observations.extend(key_facts(key, where, context))
        if key.certificate:
            _add_certificate(found, key.certificate, context, where)
    return found


def _add_certificate(found: _Found, der: bytes, context: str, where: Where) -> None:
    try:
        certificate = read_certificate(der)
    except MalformedMessage:
        found.unreadable += 1
        return
    found.certificates.append((certificate, context))
    found.observations.extend(observations_of(certificate, where, context))
