"""Public keys at rest: in PEM and DER, in certification requests, and in files of SSH (authorized_keys, known_hosts, *.pub, those
of RFC 4716), where certificates of OpenSSH lie, too. Each is kept as the key by which others know it."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise

from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.model.certificate import Certificate
from pqscan.model.certificate_facts import observations_of
from pqscan.model.key_facts import public_key_observation
from pqscan.model.observation import Observation, Where
from pqscan.model.outcome import Chain, Facts
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget
from pqscan.probe import FileSource, Mark
from pqscan.wire.pki import spki
from pqscan.wire.pki.bare_key import looks_like_bare_key, read_bare_key
from pqscan.wire.pki.der import INTEGER, SEQUENCE, DerReader
from pqscan.wire.pki.pem import PRIVATE, block_at
from pqscan.wire.pki.request import read_requested_key
from pqscan.wire.ssh.host_key import read_host_key
from pqscan.wire.ssh.text_block import octets_of_block

MOST_KEYS = 10_000
_MOST_NUMBER = 8192  # octets of a modulus
_PEM = Mark("pem", "-----BEGIN ")
_DER = (
    Mark("spki", "30 ?? 30 ?? 06", is_hex=True, at_start=True),
    Mark("spki-middle", "30 81 ?? 30 ?? 06", is_hex=True, at_start=True),
    Mark("spki-large", "30 82 ?? ?? 30 ?? 06", is_hex=True, at_start=True),
)
_RSA = (  # RSAPublicKey alone (RFC 8017, A.1.1): a modulus above zero
    Mark("rsa-public", "30 82 ?? ?? 02 82 ?? ?? 00", is_hex=True, at_start=True),
    Mark("rsa-public-middle", "30 81 ?? 02 81 ?? 00", is_hex=True, at_start=True),
)
_HEADS = ("30 82 ?? ?? 30 82 ?? ??", "30 82 ?? ?? 30 81 ??", "30 81 ?? 30 81 ??", "30 81 ?? 30 ??")
_REQUEST = (  # Of another version than RFC 2986, section 4.1 has, where the subject shows that it is one: lists begin alike.
    *(
        Mark(f"request-{number}-{size}", f"{head} 02 01 ?? {subject} 31", is_hex=True, at_start=True)
        for number, head in enumerate(_HEADS)
        for size, subject in enumerate(("30 ??", "30 81 ??", "30 82 ?? ??"))
    ),
    Mark("request", "30 82 ?? ?? 30 82 ?? ?? 02 01 00 30", is_hex=True, at_start=True),
    Mark("request-middle", "30 82 ?? ?? 30 81 ?? 02 01 00 30", is_hex=True, at_start=True),
    Mark("request-small", "30 81 ?? 30 81 ?? 02 01 00 30", is_hex=True, at_start=True),
    Mark("request-smallest", "30 81 ?? 30 ?? 02 01 00 30", is_hex=True, at_start=True),
)
_SSH = Mark("ssh", " AAAA")  # Behind the name of its type a blob in Base64, that begins with a length of less than 2^14.
_SSH2 = Mark("ssh2", "---- BEGIN SSH2 PUBLIC KEY ----")
_SSH2_END = b"---- END SSH2 PUBLIC KEY ----"
_READERS: dict[str, Callable[[bytes], Certificate]] = {
    "PUBLIC KEY": read_bare_key,
    "RSA PUBLIC KEY": lambda der: read_bare_key(_spki_of_rsa(der)),
    "CERTIFICATE REQUEST": read_requested_key,
    "NEW CERTIFICATE REQUEST": read_requested_key,
}
_BLOB = re.compile(rb"AAAA[A-Za-z0-9+/]{8,}={0,2}")
_MOST_BLOB = 1 << 17  # characters
_MOST_NAME = 64  # characters of a type
_CONTEXT = "file"


@dataclass(slots=True)
class _Found:
    keys: list[tuple[Where, Certificate]] = field(default_factory=list)
    unreadable: int = 0
    is_cut: bool = False

    def add(self, read: Callable[[bytes], Certificate], data: bytes, where: Where) -> None:
        if len(self.keys) >= MOST_KEYS:
            self.is_cut = True
            return
        try:
            key = read(data)
            if PRIVATE in key.der:
                raise MalformedMessage("words of a private key stand in it")
            self.keys.append((where, key))
        except MalformedMessage:
            self.unreadable += 1


class PublicKeyFileProbe:
    """Public keys with their place in the file. Raises WrongProtocol where there is none."""

    name = "public_key_file"
    marks = (_PEM, *_DER, *_RSA, *_REQUEST, _SSH, _SSH2)

    async def run(self, target: FileTarget, source: FileSource) -> Facts:
        found = _Found()
        _read_pem(source, found)
        _read_der(source, found)
        _read_ssh(source, found)
        _read_ssh2(source, found)
        if not found.keys and not found.unreadable:
            raise WrongProtocol(f"{target.path} holds no public key; leave it out")
        if not found.keys:
            raise MalformedMessage(f"{target.path} has a public key that cannot be read; look at the file")
        kept = {key.sha256: key.der for _, key in found.keys}
        return Facts(
            observations=tuple(observation for where, key in found.keys for observation in _observations(key, where)),
            chains=tuple(Chain(None, _CONTEXT, (digest,)) for digest in kept),
            certificates=tuple(kept.values()),
            complete=not (found.unreadable or found.is_cut),
            detail=Reason.of("public_keys_unreadable", count=found.unreadable) if found.unreadable else None,
        )


def _read_pem(source: FileSource, found: _Found) -> None:
    for offset in source.places(_PEM).offsets:
        read = block_at(source.data, offset, _READERS)
        if read is None or read[0].is_mention or read[0].label not in _READERS:
            continue
        found.add(_READERS[read[0].label], read[0].der, source.where(offset))


def _read_der(source: FileSource, found: _Found) -> None:
    """A file that begins with a key or a request."""
    if not source.is_whole:
        return
    where = replace(source.where(0), line=None)
    if any(source.places(mark).offsets for mark in _DER) and looks_like_bare_key(source.data):
        found.add(read_bare_key, source.data, where)
        return
    is_rsa = any(source.places(mark).offsets for mark in _RSA)
    if is_rsa or any(source.places(mark).offsets for mark in _REQUEST):
        try:
            key = read_bare_key(_spki_of_rsa(source.data)) if is_rsa else read_requested_key(source.data)
        except MalformedMessage:
            return  # A private key, parameters and signatures begin alike.
        found.add(lambda _: key, b"", where)


def _read_ssh(source: FileSource, found: _Found) -> None:
    for offset in source.places(_SSH).offsets:
        blob = _BLOB.match(source.data, offset + 1, offset + 1 + _MOST_BLOB)
        if blob is None:
            continue
        try:
            octets = base64.b64decode(blob[0], validate=True)
        except binascii.Error:
            continue  # Words that look alike: an example in a text.
        if _names_type(source.data, offset, octets):
            found.add(read_host_key, octets, source.where(offset + 1))


def _read_ssh2(source: FileSource, found: _Found) -> None:
    """RFC 4716, section 3."""
    places = source.places(_SSH2).offsets
    for offset, following in pairwise((*places, len(source.data))):
        blob = octets_of_block(source.data, offset + len(_SSH2.pattern), following, _SSH2_END)
        if blob:
            found.add(read_host_key, blob, source.where(offset))


def _names_type(data: bytes, end: int, blob: bytes) -> bool:
    """Whether the type in the blob stands in front of `end`, as in every file of SSH (sshd(8), AUTHORIZED_KEYS FILE FORMAT)."""
    size = int.from_bytes(blob[:4])
    name = blob[4 : 4 + size]
    return 0 < size <= _MOST_NAME and data[max(0, end - size) : end] == name


def _spki_of_rsa(der: bytes) -> bytes:
    """RSAPublicKey (RFC 8017, A.1.1) as X.509 has it. Raises MalformedMessage."""
    inside = DerReader(der, set()).enter("RSAPublicKey", SEQUENCE)
    modulus, exponent = (inside.read(what, INTEGER).value for what in ("modulus", "publicExponent"))
    if not inside.exhausted:
        raise MalformedMessage("it is no public key of RSA: more than two numbers stand in it")
    if max(len(modulus), len(exponent)) > _MOST_NUMBER:
        raise MalformedMessage(f"a number of the key has more than {_MOST_NUMBER} octets")
    n, e = int.from_bytes(modulus), int.from_bytes(exponent)
    if not (n & e & 1 and 1 < e < n):  # Both are odd: parameters and signatures of DSA are two numbers, too.
        raise MalformedMessage("it is no public key of RSA: its numbers are those of something else")
    return spki.rsa(n, e)


def _observations(key: Certificate, where: Where) -> tuple[Observation, ...]:
    if not key.is_bare_key:
        return tuple(observations_of(key, where, _CONTEXT))
    return (public_key_observation(key.public_key, where, context=_CONTEXT),)
