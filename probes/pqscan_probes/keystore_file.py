"""Key stores: PKCS#12, JKS and JCEKS. What is locked is told with its lock; passwords of the user's are tried on PKCS#12, and
neither they nor a private octet are kept. Certificates in the clear are found by the probe of certificates, as in any file."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, pkcs12

from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.model.certificate import Certificate, PublicKey
from pqscan.model.certificate_facts import observations_of
from pqscan.model.observation import Observation, Subject, Support, Usage, Where
from pqscan.model.outcome import Chain, Facts
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget
from pqscan.probe import FileSource, Mark
from pqscan.registry.quantum import QuantumClass
from pqscan.wire.keystore.jks import JavaKeyStore, LockedKey, read_java_key_store
from pqscan.wire.keystore.pkcs12 import Pkcs12, read_pkcs12
from pqscan.wire.pki.bare_key import read_bare_key
from pqscan.wire.pki.certificate import read_certificate
from pqscan.wire.pki.chain import split_bundle
from pqscan.wire.pki.private_key import Lock

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
_MOST_ROUNDS = 20_000_000
"""Of all tries together: a few seconds for each lock of the file."""
_DATA, _HEAD = bytes.fromhex("2a864886f70d0107"), 64  # The content of a PFX is one of PKCS#7 (RFC 7292, section 4).
_CONTEXT = "file"
_WHERE = Where(offset=0)


class KeystoreFileProbe:
    """Raises WrongProtocol where it is none. `passwords` are tried in their order after the empty one."""

    name = "keystore_file"
    marks = (*_PKCS12, *_JAVA)

    def __init__(self, passwords: tuple[str, ...] = ()) -> None:
        self._passwords = passwords

    async def run(self, target: FileTarget, source: FileSource) -> Facts:
        if not source.is_whole or len(source.data) > MOST_BYTES:
            raise MalformedMessage(f"{target.path} is larger than {MOST_BYTES} bytes, and key stores are not; leave it out")
        if any(source.places(mark).offsets for mark in _JAVA):
            return _of_java(read_java_key_store(source.data))
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
                return _of_opened(found, store)
        return None


def _of_opened(found: pkcs12.PKCS12KeyAndCertificates, store: Pkcs12) -> Facts:
    ders = [
        one.certificate.public_bytes(Encoding.DER)
        for one in ((found.cert, *found.additional_certs) if found.cert else found.additional_certs)
        if one is not None
    ]
    certificates = list(_read(ders))
    observations = [observation for one in certificates for observation in observations_of(one, _WHERE, _CONTEXT)]
    if found.key is not None:
        public = found.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        lock = store.keys[0] if store.keys else None
        observations.insert(0, _private(read_bare_key(public).public_key, "pkcs12", lock))
    return Facts(
        observations=tuple(observations),
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
    observations = [_private(None, "pkcs12", lock) for lock in store.keys]
    observations += [_locked_contents(lock) for lock in store.contents]
    if not observations:  # All in it is in the clear, and told by others.
        raise WrongProtocol("nothing in the PKCS#12 file is locked")
    locked = bool(store.contents)
    return Facts(
        tuple(observations), complete=not locked, detail=Reason.of("keystore_locked", count=len(store.contents)) if locked else None
    )


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
    public: PublicKey | None = None
    if key.certificate:
        try:
            public = read_certificate(key.certificate).public_key
        except MalformedMessage:
            public = None
    return _private(public, f"{kind}-secret" if key.is_secret else kind, Lock(key.locked_by))


def _private(public: PublicKey | None, form: str, lock: Lock | None) -> Observation:
    """A private key; `public` is the same key's public half, where something shows it."""
    stated: dict[str, str | int | None] = {
        "form": form,
        "parameter": None if public is None else public.parameter,
        "size_bits": None if public is None else public.size_bits,
        "locked_by": None if lock is None else lock.cipher or "unknown",
        "kdf": None if lock is None else lock.kdf,
        "prf": None if lock is None else lock.prf,
        "iterations": None if lock is None else lock.iterations,
    }
    return Observation(
        Subject.PRIVATE_KEY,
        form if public is None else public.oid,
        Support.OFFERED,
        context=_CONTEXT,
        name=None if public is None or public.algorithm == public.oid else public.algorithm,
        quantum_class=QuantumClass.UNKNOWN if public is None else public.quantum_class,
        usage=Usage.PRESENT,
        components=() if public is None else public.components,
        parameters=tuple((name, value) for name, value in stated.items() if value is not None),
        where=_WHERE,
    )


def _locked_contents(lock: Lock) -> Observation:
    stated = (("locked_by", lock.cipher or "unknown"), ("kdf", lock.kdf), ("prf", lock.prf), ("iterations", lock.iterations))
    return Observation(
        Subject.BEHAVIOUR,
        "locked_contents",
        Support.OFFERED,
        context=_CONTEXT,
        usage=Usage.PRESENT,
        parameters=tuple((name, value) for name, value in stated if value is not None),
        where=_WHERE,
    )
