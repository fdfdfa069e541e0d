"""What the keys in certificates are there for, by where they are met: a server's signs, and agrees on keys where a suite says so;
one of an identity service is there for what its metadata says (saml-metadata-2.0-os, section 2.4.1.1; RFC 7517, section 4.2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from pqscan.model.observation import Profile, Subject, Support
from pqscan.model.outcome import Chain
from pqscan.model.trust_store import ANCHOR
from pqscan.policy.answers import suite_row
from pqscan.policy.chains import STANDING_ALONE
from pqscan.policy.use import ANY_USE, ENCRYPTION

_CERTIFICATE_KEY_AGREES = frozenset({"rsa_kex", "static_dh"})  # suites that agree on keys with the certificate's own key


@dataclass(slots=True)
class KeyRoles:
    """Digests of certificates, whose keys are met to sign and to agree on keys. One that is met for nothing else signs, unless it
    is met as what a system trusts alone: its key is told by the trust store."""

    signing: set[bytes] = field(default_factory=set)
    agreeing: set[bytes] = field(default_factory=set)
    anchoring: set[bytes] = field(default_factory=set)

    def meet(self, chains: Iterable[Chain], profile: Profile | None = None) -> None:
        """Takes in the chains of one target; `profile` is what it answered, None where that does not matter or is not known."""
        agrees = profile is not None and agrees_with_certificate(profile)
        for chain in chains:
            if chain.context == ANCHOR:
                self.anchoring.update(chain.certificates)
                continue
            if chain.context != ENCRYPTION:
                self.signing.update(chain.certificates)
            if chain.context in (ENCRYPTION, ANY_USE):
                self.agreeing.update(chain.certificates)
            elif agrees and chain.context not in STANDING_ALONE:
                self.agreeing.update(chain.certificates[:1])

    def signs(self, digest: bytes) -> bool:
        return digest in self.signing or (digest not in self.agreeing and digest not in self.anchoring)

    def agrees(self, digest: bytes) -> bool:
        return digest in self.agreeing


def agrees_with_certificate(profile: Profile) -> bool:
    """Whether the server accepts a suite in which the key of its certificate establishes keys."""
    for observation in profile.observations:
        if observation.subject is Subject.CIPHER_SUITE and observation.support is Support.ACCEPTED:
            row = suite_row(observation.value)
            if row is not None and _CERTIFICATE_KEY_AGREES.intersection(row.weak):
                return True
    return False
