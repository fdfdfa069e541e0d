"""Reads the keys by which an identity service is trusted: SAML 2.0 metadata, and the key set of an OpenID provider (RFC 7517), as
files. Each key is told with what it is for; no private member is read."""

from __future__ import annotations

from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.model.outcome import Facts
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget
from pqscan.probe import FileSource, Mark
from pqscan_probes.identity_keys import read_identity_keys

MOST_BYTES = 16 << 20
_SAML = Mark("saml-metadata", "urn:oasis:names:tc:SAML:2.0:metadata")
_JWK = Mark("jwk", '"kty"')


class IdentityMetadataProbe:
    """Keys of an identity service, with their place in the file, of at most 16 MiB.

    Raises WrongProtocol where the file is neither of the two, or holds no key at all."""

    name = "identity_metadata"
    marks = (_SAML, _JWK)

    async def run(self, target: FileTarget, source: FileSource) -> Facts:
        data = source.data
        if not source.is_whole or len(data) > MOST_BYTES:
            if source.offset or source.data.lstrip()[:1] not in (b"<", b"{"):
                raise WrongProtocol(f"{target.path} holds words of metadata among other things; leave it out")
            raise MalformedMessage(f"{target.path} is larger than {MOST_BYTES} bytes, and metadata is not; leave it out")
        found = read_identity_keys(data)
        if found is None or not (found.observations or found.unreadable):
            raise WrongProtocol(f"{target.path} holds neither SAML metadata nor a set of JSON Web Keys with a key; leave it out")
        return Facts(
            observations=tuple(found.observations),
            chains=found.chains,
            certificates=found.contents,
            complete=not (found.unreadable or found.is_cut),
            detail=Reason.of("identity_keys_unreadable", count=found.unreadable) if found.unreadable else None,
        )
