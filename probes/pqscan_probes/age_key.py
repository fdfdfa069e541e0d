"""Keys of age in any text: recipients (`age1...`) and identities (`AGE-SECRET-KEY-...`), those of X25519, hybrids and tagged ones.
Recipients of plugins are told by the name of the plugin. Words without a right check are no key."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from operator import itemgetter

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.model.certificate import PublicKey
from pqscan.model.key_facts import private_key_observation, public_key_observation
from pqscan.model.observation import Observation, Where
from pqscan.model.outcome import Chain, Facts
from pqscan.model.target import FileTarget
from pqscan.probe import FileSource, Mark
from pqscan.registry.age import age_recipient
from pqscan.registry.quantum import QuantumClass
from pqscan.wire.age import MOST_KEY, AgeKey, read_age_key
from pqscan.wire.keystore.lone_key import of_info, of_name
from pqscan.wire.pki import spki

MOST_KEYS = 1000
_MOST_LETTERS = 4 << 20  # of all words that are tried in one piece: a second
_RECIPIENT = re.compile(rb"age1[0-9a-z-]{12,%d}" % MOST_KEY)
_IDENTITY = re.compile(rb"AGE-SECRET-KEY-[0-9A-Z-]{12,128}")
_FIRST = Mark("age-recipient", "age1", at_start=True)
_RECIPIENTS = tuple(  # Behind what stands in front of a value; as a part of words those letters are too common.
    Mark(f"age-recipient-{ord(sign):02x}", f"{sign}age1", in_text=True) for sign in " \t\n\"'`:=,>[("
)
_IDENTITIES = Mark("age-identity", "AGE-SECRET-KEY-")
_OIDS = {"X25519": "1.3.101.110", "mlkem768x25519": "1.3.6.1.4.1.62253.25722"}  # that of X-Wing, which it is
_TAGGED = "p256tag"
_FORM = "age"
_CONTEXT = "file"


@dataclass(slots=True)
class _Found:
    observations: list[Observation] = field(default_factory=list)
    public: dict[bytes, bytes] = field(default_factory=dict)
    is_cut: bool = False

    def add(self, key: AgeKey, where: Where) -> None:
        """Raises MalformedMessage where the key is none after all."""
        if len(self.observations) >= MOST_KEYS:
            self.is_cut = True
            return
        public, info = _public(key)
        if key.is_private:
            self.observations.append(private_key_observation(public, _FORM, where, context=_CONTEXT))
            return
        self.observations.append(public_key_observation(public, where, others=(("form", _FORM),), context=_CONTEXT))
        if info:
            self.public[public.spki_sha256] = info


class AgeKeyProbe:
    """Raises WrongProtocol where there is none."""

    name = "age_key"
    marks = (_FIRST, *_RECIPIENTS, _IDENTITIES)

    async def run(self, target: FileTarget, source: FileSource) -> Facts:
        found = _Found()
        _read(source, found)
        if not found.observations:
            raise WrongProtocol(f"{target.path} holds no key of age; leave it out")
        return Facts(
            observations=tuple(found.observations),
            chains=tuple(Chain(None, _CONTEXT, (digest,)) for digest in found.public),
            certificates=tuple(found.public.values()),
            complete=not found.is_cut,
        )


def _read(source: FileSource, found: _Found) -> None:
    begins = [(offset, _IDENTITY) for offset in source.places(_IDENTITIES).offsets]
    begins += [(offset, _RECIPIENT) for offset in source.places(_FIRST).offsets]
    begins += [(offset + 1, _RECIPIENT) for mark in _RECIPIENTS for offset in source.places(mark).offsets]
    left = _MOST_LETTERS
    for offset, text in sorted(begins, key=itemgetter(0)):
        word = text.match(source.data, offset)
        if word is None:
            continue
        left -= len(word[0])
        if left < 0:
            found.is_cut = True
            return
        try:
            found.add(read_age_key(word[0].rstrip(b"-").decode("ascii")), source.where(offset))
        except MalformedMessage:
            continue


def _public(key: AgeKey) -> tuple[PublicKey, bytes]:
    """The public half as facts, and as X.509 has it where it can."""
    oid, row = (None, None) if key.is_of_plugin else (_OIDS.get(key.kind), age_recipient(key.kind))
    if oid is not None and key.is_private:
        return of_name(_FORM, oid).public, b""
    if oid is not None or (row is not None and key.kind == _TAGGED):
        lone = of_info(_FORM, False, _elliptic(key.public) if oid is None else spki.whole(oid, key.public))
        return lone.public, lone.info
    if row is None:
        return PublicKey(key.kind, key.kind, None, None, (), b"", QuantumClass.UNKNOWN), b""
    algorithm, bits = row.algorithm, 8 * len(key.public)
    return PublicKey(key.kind, algorithm.name, bits, row.parameter, algorithm.components, b"", algorithm.quantum_class), b""


def _elliptic(compressed: bytes) -> bytes:
    """A point of P-256 as X.509 has it, whole. Raises MalformedMessage where it lies beside the curve."""
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), compressed)
    except ValueError:
        raise MalformedMessage("it is no key of age, or one with a wrong letter") from None
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
