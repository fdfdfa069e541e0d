"""Private keys at rest, in PEM, DER, and the formats of OpenSSH, PuTTY, SSH Communications Security and SSH-1: algorithm, size,
form, and by what a locked one is locked. Of the private part nothing is kept; a public half that stands beside it is, as the key by
which others know it. Passwords of the user's are tried where a lock hides what the key is; most of SSH hide it not."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import zip_longest

from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.model.key_facts import private_key_observation
from pqscan.model.observation import Observation, Where
from pqscan.model.outcome import Chain, Facts
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget
from pqscan.probe import FileSource, Mark
from pqscan.registry.quantum import QuantumClass
from pqscan.wire.pki.der import element_at
from pqscan.wire.pki.pem import PemBlock, block_at
from pqscan.wire.pki.private_key import Lock, PrivateKey, read_private_key
from pqscan.wire.pki.unlocking import MOST_ROUNDS, rounds_of, unlocked, unlocked_in_pem
from pqscan.wire.ssh.host_key import read_host_key
from pqscan.wire.ssh.old_private_key import SSH1_MAGIC, OldPrivateKey, read_ssh1_key, read_sshcom_key
from pqscan.wire.ssh.private_key import SshPrivateKey, read_openssh_key, read_putty_key
from pqscan.wire.ssh.text_block import octets_of_block

MOST_KEYS = 10_000
_MOST_DER = 1 << 20
_MOST_OCTETS = 256 << 20
"""Of all elements of one piece together: those that overlap could be read for hours."""
_MOST_PUTTY = 1 << 16
_PEM = Mark("pem", "-----BEGIN ")
_PUTTY = Mark("putty", "PuTTY-User-Key-File-")
_SSHCOM = Mark("sshcom", "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----")
_SSHCOM_END = b"---- END SSH2 ENCRYPTED PRIVATE KEY ----"
_SSH1 = Mark("ssh1", SSH1_MAGIC.hex(), is_hex=True, at_start=True)
_PKCS8 = (  # A sequence, version 0 or 1, an AlgorithmIdentifier (RFC 5958, section 2).
    Mark("pkcs8", "30 82 ?? ?? 02 01 00 30 ?? 06", is_hex=True),
    Mark("pkcs8-1", "30 82 ?? ?? 02 01 01 30 ?? 06", is_hex=True),
    Mark("pkcs8-middle", "30 81 ?? 02 01 00 30 ?? 06", is_hex=True),
    Mark("pkcs8-middle-1", "30 81 ?? 02 01 01 30 ?? 06", is_hex=True),  # Ed448 with its public key
    Mark("pkcs8-parameters", "30 82 ?? ?? 02 01 00 30 82 ?? ?? 06", is_hex=True),  # DSA and DH with their numbers
    Mark("pkcs8-parameters-middle", "30 82 ?? ?? 02 01 00 30 81 ?? 06", is_hex=True),
    Mark("pkcs8-small", "30 ?? 02 01 00 30 ?? 06", is_hex=True),
    Mark("pkcs8-small-1", "30 ?? 02 01 01 30 ?? 06", is_hex=True),
)
_AT_START = (  # Too common elsewhere: RSA and DSA, an elliptic curve, a locked key.
    Mark("pkcs1", "30 82 ?? ?? 02 01 00 02", is_hex=True, at_start=True),
    Mark("sec1", "30 ?? 02 01 01 04", is_hex=True, at_start=True),
    Mark("sec1-middle", "30 81 ?? 02 01 01 04", is_hex=True, at_start=True),
    Mark("pbe", "30 82 ?? ?? 30 ?? 06 09 2a 86 48 86 f7 0d 01 05", is_hex=True, at_start=True),
    Mark("pbe-middle", "30 81 ?? 30 ?? 06 09 2a 86 48 86 f7 0d 01 05", is_hex=True, at_start=True),
    Mark("pbe-pkcs12", "30 82 ?? ?? 30 ?? 06 0a 2a 86 48 86 f7 0d 01 0c", is_hex=True, at_start=True),
)
_SHORT_KEY, _MOST_NOUGHTS = 48, 7  # octets of a key of X25519 or Ed25519 in PKCS#8, its last 32 the key itself
_LABELS = frozenset({"PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY"})
_OPENSSH = "OPENSSH PRIVATE KEY"
_OLD_LOCK = re.compile(rb"Proc-Type: ?4,ENCRYPTED[\\rn\s\"'#>/*;+-]{1,40}DEK-Info: ?([A-Za-z0-9-]{1,40})(?:,([0-9A-Fa-f]{16,32}))?")
_PUTTY_HEADER = re.compile(rb"PuTTY-User-Key-File-\d: [!-~]")
_ROUNDS_OF_ALL = 20_000_000
"""Of all tries in one file together: a few seconds."""
_LOCKED = "locked_key"
_RSA, _DSA = "1.2.840.113549.1.1.1", "1.2.840.10040.4.1"
_OLD = {
    "RSA PRIVATE KEY": ("pkcs1", _RSA, "RSA"),
    "EC PRIVATE KEY": ("sec1", "1.2.840.10045.2.1", "EC"),
    "DSA PRIVATE KEY": ("dsa", _DSA, "DSA"),
}
_OLD_KDF = "MD5"  # of the passphrase, in files of SSH Communications Security and of SSH-1
_STATEFUL = ("HSS", "LMS", "XMSS", "id-xmss")
_CONTEXT = "file"
_WIDEST = 512  # octets after a BEGIN in which its headers stand


@dataclass(slots=True)
class _Tries:
    """Passwords, and how many rounds of deriving keys from them the file may still cost."""

    passwords: tuple[bytes, ...]
    left: int = _ROUNDS_OF_ALL

    def __call__(self, rounds: int, open_by: Callable[[bytes], PrivateKey | None]) -> PrivateKey | None:
        """What the first password shows that fits; None where none does, or where trying costs too much."""
        for password in self.passwords if rounds <= MOST_ROUNDS else ():
            self.left -= max(1, rounds)
            if self.left < 0:
                break
            found = open_by(password)
            if found is not None:
                return found
        return None


@dataclass(slots=True)
class _Found:
    tries: _Tries
    observations: list[Observation] = field(default_factory=list)
    public: dict[bytes, bytes] = field(default_factory=dict)  # blobs of SSH by digest
    unreadable: int = 0
    is_cut: bool = False

    def add(self, key: PrivateKey, where: Where) -> None:
        if len(self.observations) >= MOST_KEYS:
            self.is_cut = True
            return
        self.observations.append(_observation(key, where))

    def add_read(self, read: Callable[[], PrivateKey], where: Where) -> None:
        try:
            self.add(read(), where)
        except MalformedMessage:
            self.unreadable += 1


class PrivateKeyFileProbe:
    """Private keys with their place in the file. Raises WrongProtocol where there is none."""

    name = "private_key_file"
    marks = (_PEM, _PUTTY, _SSHCOM, _SSH1, *_PKCS8, *_AT_START)

    def __init__(self, passwords: tuple[str, ...] = ()) -> None:
        """`passwords` are tried in their order after the empty one."""
        self._passwords = (b"", *(word.encode("utf-8") for word in passwords))

    async def run(self, target: FileTarget, source: FileSource) -> Facts:
        found = _Found(_Tries(self._passwords))
        _read_pem(source, found)
        _read_der(source, found)
        _read_putty(source, found)
        _read_old_ssh(source, found)
        if not found.observations and not found.unreadable:
            raise WrongProtocol(f"{target.path} holds no private key; leave it out")
        if not found.observations:
            raise MalformedMessage(f"{target.path} has a private key that cannot be read; look at the file")
        return Facts(
            observations=tuple(found.observations),
            chains=tuple(Chain(None, _CONTEXT, (digest,)) for digest in found.public),
            certificates=tuple(found.public.values()),
            complete=not (found.unreadable or found.is_cut),
            detail=Reason.of("private_keys_unreadable", count=found.unreadable) if found.unreadable else None,
        )


def _read_pem(source: FileSource, found: _Found) -> None:
    for offset in source.places(_PEM).offsets:
        label = _label(source.data, offset)
        if label != _OPENSSH and label not in _LABELS:
            continue
        read = block_at(source.data, offset)
        if read is None or read[0].is_mention:
            continue
        block, where = read[0], source.where(offset)
        if not block.whole:
            found.unreadable += 1
        elif label == _OPENSSH:
            _add_ssh(found, read_openssh_key, block.der, where)
        else:
            found.add_read(partial(_of_block, source, block, offset, found.tries), where)


def _label(data: bytes, offset: int) -> str:
    start = offset + len(_PEM.pattern)
    return data[start : start + 64].partition(b"-----")[0].decode("ascii", "replace")


def _of_block(source: FileSource, block: PemBlock, offset: int, tries: _Tries) -> PrivateKey:
    found = _OLD_LOCK.search(source.data, offset, offset + _WIDEST)
    if found is None or block.label not in _OLD:
        return _of_der(block.der, tries)
    form, oid, algorithm = _OLD[block.label]  # The size is locked away with the key (RFC 1421, section 4.6.1.3).
    dek, vector = found[1].decode("ascii"), (found[2] or b"").decode("ascii")
    salt = bytes.fromhex(vector[: len(vector) & ~1])
    lock = Lock(dek, "MD5", None, 1)
    opened = tries(1, lambda password: unlocked_in_pem(block.der, dek, salt, password, lock))
    return opened or PrivateKey(form, oid, algorithm, QuantumClass.TRADITIONAL, lock=lock)


def _of_der(der: bytes, tries: _Tries) -> PrivateKey:
    """The key; one that is locked as what it is, where a password shows that."""
    key = read_private_key(der)
    lock = key.lock
    if lock is None:
        return key
    return tries(rounds_of(der), lambda password: unlocked(der, password, lock)) or key


def _read_der(source: FileSource, found: _Found) -> None:
    offsets = {offset for mark in _PKCS8 for offset in source.places(mark).offsets}
    for mark in _AT_START:
        offsets.update(source.places(mark).offsets)
    left = _MOST_OCTETS
    for offset in sorted(offsets):
        der = element_at(source.data, offset, _MOST_DER)
        left -= len(der)
        if left < 0:
            found.is_cut = True
            return
        try:
            key = _of_der(der, found.tries)
        except MalformedMessage:
            continue  # Other structures begin alike: a message for a recipient, an attribute.
        if offset and (key.oid is None or key.quantum_class is QuantumClass.UNKNOWN):
            continue
        if offset and _is_beginning_alone(source.data[offset : offset + _SHORT_KEY]):
            continue
        found.add(key, replace(source.where(offset), line=None))


def _is_beginning_alone(data: bytes) -> bool:
    """Whether a program holds here what every key of X25519 or Ed25519 begins with, to write one, and what follows is not drawn by
    chance: seven octets of nought among 32 come once in 10^10 keys (compiled Python of `cryptography` has fifteen)."""
    return data[:2] == b"\x30\x2e" and len(data) == _SHORT_KEY and data[-32:].count(0) >= _MOST_NOUGHTS


def _read_putty(source: FileSource, found: _Found) -> None:
    offsets = source.places(_PUTTY).offsets
    for offset, behind in zip_longest(offsets, offsets[1:], fillvalue=len(source.data)):
        if _PUTTY_HEADER.match(source.data, offset):
            _add_ssh(found, read_putty_key, source.data[offset : min(behind, offset + _MOST_PUTTY)], source.where(offset))


def _read_old_ssh(source: FileSource, found: _Found) -> None:
    places = source.places(_SSHCOM).offsets
    for offset, behind in zip_longest(places, places[1:], fillvalue=len(source.data)):
        data = octets_of_block(source.data, offset + len(_SSHCOM.pattern), behind, _SSHCOM_END)
        if data:
            _add_old_ssh(found, read_sshcom_key, data, source.where(offset))
    if source.places(_SSH1).offsets:
        _add_old_ssh(found, read_ssh1_key, source.data[:_MOST_PUTTY], replace(source.where(0), line=None))


def _add_old_ssh(found: _Found, read: Callable[[bytes], OldPrivateKey], data: bytes, where: Where) -> None:
    try:
        key = read(data)
    except MalformedMessage:
        found.unreadable += 1
        return
    if key.blob:
        _add_ssh(found, lambda _: SshPrivateKey(key.form, key.blob, key.cipher, _OLD_KDF if key.cipher else None), b"", where)
    else:  # The size is locked away with the key.
        oid = _RSA if key.family == "RSA" else _DSA
        found.add(PrivateKey(key.form, oid, key.family, QuantumClass.TRADITIONAL, lock=Lock(key.cipher, _OLD_KDF)), where)


def _add_ssh(found: _Found, read: Callable[[bytes], SshPrivateKey], data: bytes, where: Where) -> None:
    try:
        key = read(data)
        public = read_host_key(key.blob)
    except MalformedMessage:
        found.unreadable += 1
        return
    shape = public.public_key
    lock = Lock(key.cipher, key.kdf) if key.cipher is not None else None
    parameter, components = shape.parameter, shape.components
    found.add(
        PrivateKey(key.form, shape.oid, shape.algorithm, shape.quantum_class, shape.size_bits, parameter, components, None, lock),
        where,
    )
    found.public[public.sha256] = key.blob


def _observation(key: PrivateKey, where: Where) -> Observation:
    stated = (
        ("encoding", key.encoding),
        ("state", "one_time" if (key.algorithm or "").startswith(_STATEFUL) else None),
    )
    others = tuple((name, value) for name, value in stated if value is not None)
    lock = () if key.lock is None else key.lock.stated
    observation = private_key_observation(key.public, key.form, where, lock=lock, others=others)
    return observation if key.public is not None else replace(observation, value=_LOCKED)
