"""Key stores: PKCS#12, JKS and JCEKS, and those of Bouncy Castle (BKS, UBER, BCFKS). What is locked is told with its lock;
passwords of the user's are tried on PKCS#12, and neither they nor a private octet are kept. Certificates in the clear are found by
the probe of certificates, as in any file."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import replace

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, pkcs12

from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.model.certificate import Certificate, PublicKey
from pqscan.model.certificate_facts import observations_of
from pqscan.model.key_facts import locked_contents, private_key_observation
from pqscan.model.observation import Observation, Where
from pqscan.model.outcome import Chain, Facts
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget
from pqscan.probe import FileSource, Mark
from pqscan.wire.keystore.bouncy_castle import CastleKeyStore, StoredKey, begins_with_entry, read_bcfks, read_bouncy_castle
from pqscan.wire.keystore.jks import JavaKeyStore, LockedKey, read_java_key_store
from pqscan.wire.keystore.pkcs12 import Pkcs12, read_pkcs12
from pqscan.wire.pki.bare_key import read_bare_key
from pqscan.wire.pki.certificate import read_certificate
from pqscan.wire.pki.chain import split_bundle
from pqscan.wire.pki.private_key import Lock
from pqscan.wire.pki.unlocking import rounds_of, unlocked

MOST_BYTES = 16 << 20
MOST_ITERATIONS = 1_000_000
"""A password is not tried on a file that asks for more: each try would take seconds, and the file chooses."""
_PKCS12 = (  # PFX: a sequence, then version 3 (RFC 7292, section 4).
    Mark("pkcs12", "30 82 ?? ?? 02 01 03 30", is_hex=True, at_start=True),
    Mark("pkcs12-middle", "30 81 ?? 02 01 03 30", is_hex=True, at_start=True),
    Mark("pkcs12-large", "30 83 ?? ?? ?? 02 01 03 30", is_hex=True, at_start=True),
    Mark("pkcs12-ber", "30 80 02 01 03 30", is_hex=True, at_start=True),
)
_JAVA = (
    Mark("jks", "fe ed fe ed 00 00 00", is_hex=True, at_start=True),
    Mark("jceks", "ce ce ce ce 00 00 00", is_hex=True, at_start=True),
)
_CASTLE = (  # Version 1 or 2, then a salt of 20 octets.
    Mark("bks", "00 00 00 02 00 00 00 14", is_hex=True, at_start=True),
    Mark("bks-1", "00 00 00 01 00 00 00 14", is_hex=True, at_start=True),
)
_BCFKS = (  # A sequence, a sequence, PBES2 as the first algorithm in it.
    Mark("bcfks", "30 82 ?? ?? 30 82 ?? ?? 30 ?? 06 09 2a 86 48 86 f7 0d 01 05 0d", is_hex=True, at_start=True),
    Mark("bcfks-middle", "30 82 ?? ?? 30 82 ?? ?? 30 81 ?? 06 09 2a 86 48 86 f7 0d 01 05 0d", is_hex=True, at_start=True),
    Mark("bcfks-small", "30 82 ?? ?? 30 81 ?? 30 ?? 06 09 2a 86 48 86 f7 0d 01 05 0d", is_hex=True, at_start=True),
)
_MOST_ROUNDS = 20_000_000
"""Of all tries together: a few seconds for each lock of the file."""
_DATA, _HEAD = bytes.fromhex("2a864886f70d0107"), 64  # The content of a PFX is one of PKCS#7 (RFC 7292, section 4).
_CONTEXT = "file"
_UNKNOWN = "locked_key"
_WHERE = Where(offset=0)


class KeystoreFileProbe:
    """Raises WrongProtocol where it is none. `passwords` are tried in their order after the empty one."""

    name = "keystore_file"
    marks = (*_PKCS12, *_JAVA, *_CASTLE, *_BCFKS)

    def __init__(self, passwords: tuple[str, ...] = ()) -> None:
        self._passwords = passwords

    async def run(self, target: FileTarget, source: FileSource) -> Facts:
        if not source.is_whole or len(source.data) > MOST_BYTES:
            raise MalformedMessage(f"{target.path} is larger than {MOST_BYTES} bytes, and key stores are not; leave it out")
        if any(source.places(mark).offsets for mark in _JAVA):
            return _of_java(read_java_key_store(source.data))
        if any(source.places(mark).offsets for mark in _CASTLE):
            return _of_castle(_read_castle(target, source.data))
        if any(source.places(mark).offsets for mark in _BCFKS):
            return _of_castle(read_bcfks(source.data))
        try:
            store = read_pkcs12(source.data)
        except MalformedMessage as error:
            if _DATA not in source.data[:_HEAD]:
                raise WrongProtocol(f"{target.path} holds no PKCS#12; leave it out") from error
            raise MalformedMessage(f"{target.path} holds a PKCS#12 that cannot be read ({error}); look at the file") from error
        return self._opened(source.data, store) or _of_pkcs12(store)

    def _opened(self, data: bytes, store: Pkcs12) -> Facts | None:
        """What a password shows; None where none fits."""
        if store.iterations > MOST_ITERATIONS or not (store.keys or store.contents):
            return None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Old ciphers are what is looked for.
            words = (None, b"", *(word.encode("utf-8") for word in self._passwords))
            for password in words[: max(2, _MOST_ROUNDS // max(1, store.iterations))]:
                try:
                    found = pkcs12.load_pkcs12(data, password)
                except Exception:  # noqa: S112  # A wrong password, or a kind of key that the library does not read.
                    continue
                return _of_opened(found, store, password or b"")
        return None


def _read_castle(target: FileTarget, data: bytes) -> CastleKeyStore:
    """So few octets begin other files, too: what cannot be read and has no entry either is none."""
    try:
        return read_bouncy_castle(data)
    except MalformedMessage as error:
        if begins_with_entry(data):
            raise MalformedMessage(f"{target.path} holds a BKS that cannot be read ({error}); look at the file") from error
        raise WrongProtocol(f"{target.path} is no key store of Bouncy Castle; leave it out") from error


def _of_opened(found: pkcs12.PKCS12KeyAndCertificates, store: Pkcs12, password: bytes) -> Facts:
    """The library shows the first private key alone; the others are opened here."""
    ders = [
        one.certificate.public_bytes(Encoding.DER)
        for one in ((found.cert, *found.additional_certs) if found.cert else found.additional_certs)
        if one is not None
    ]
    certificates = list(_read(ders))
    observations = [observation for one in certificates for observation in observations_of(one, _WHERE, _CONTEXT)]
    keys: list[Observation] = []
    if found.key is not None:
        public = found.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        lock = store.keys[0].lock if store.keys else None
        keys.append(_private(read_bare_key(public).public_key, "pkcs12", lock))
    left = _MOST_ROUNDS
    for bag in store.keys[len(keys) :]:
        left -= max(1, rounds_of(bag.der))
        opened = unlocked(bag.der, password, bag.lock) if left >= 0 else None
        keys.append(_private(None if opened is None else opened.public, "pkcs12", bag.lock))
    keys.extend(_private(None, "pkcs12-secret", lock) for lock in store.secrets)
    return Facts(
        observations=(*keys, *observations),
        chains=tuple(Chain(None, _CONTEXT, tuple(one.sha256 for one in chain)) for chain in split_bundle(certificates)),
        certificates=tuple({one.sha256: one.der for one in certificates}.values()),
    )


def _read(ders: list[bytes]) -> Iterator[Certificate]:
    for der in ders:
        try:
            yield read_certificate(der)
        except MalformedMessage:
            continue


def _of_pkcs12(store: Pkcs12) -> Facts:
    observations = [_private(None, "pkcs12", bag.lock) for bag in store.keys]
    observations += [_private(None, "pkcs12-secret", lock) for lock in store.secrets]
    observations += [locked_contents(_WHERE, lock.stated) for lock in store.contents]
    if not observations:  # All in it is in the clear, and told by others.
        raise WrongProtocol("nothing in the PKCS#12 file is locked")
    return _locked(observations, len(store.contents))


def _locked(observations: list[Observation], locked: int) -> Facts:
    return Facts(tuple(observations), complete=not locked, detail=Reason.of("keystore_locked", count=locked) if locked else None)


def _of_java(store: JavaKeyStore) -> Facts:
    observations = [_of_java_key(store.kind, key) for key in store.keys]
    if not observations:
        raise WrongProtocol("no key lies in the key store, and its certificates are told by others")
    return Facts(
        tuple(observations),
        complete=not store.is_cut,
        detail=Reason.of("keystore_secret_key") if store.is_cut else None,
    )


def _of_java_key(kind: str, key: LockedKey) -> Observation:
    return _private(_shown_by(key.certificate), f"{kind}-secret" if key.is_secret else kind, Lock(key.locked_by))


def _of_castle(store: CastleKeyStore) -> Facts:
    """Keys in the clear are told by others, as certificates are."""
    keys = [key for key in store.keys if key.lock is not None]
    observations = [_private(_shown_by(key.certificate), _form(store.kind, key), key.lock) for key in keys]
    observations += [locked_contents(_WHERE, lock.stated) for lock in store.contents]
    if not observations:
        raise WrongProtocol("no locked key lies in the key store, and what is in the clear is told by others")
    return _locked(observations, len(store.contents))


def _form(kind: str, key: StoredKey) -> str:
    return kind if key.kind == "private" else f"{kind}-{key.kind}"


def _shown_by(certificate: bytes) -> PublicKey | None:
    """The public half of a key, by the certificate that stands beside it."""
    try:
        return read_certificate(certificate).public_key if certificate else None
    except MalformedMessage:
        return None


def _private(public: PublicKey | None, form: str, lock: Lock | None) -> Observation:
    """Of a key that nothing shows its algorithm is not known, which is told as of one in a file of its own."""
    told = private_key_observation(public, form, _WHERE, lock=() if lock is None else lock.stated)
    return told if public is not None else replace(told, value=_UNKNOWN)
