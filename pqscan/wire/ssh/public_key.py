"""SSH public keys as they stand in blobs: RFC 4253, section 6.6; RFC 5656; RFC 8709; OpenSSH's security keys (PROTOCOL.u2f);
draft-sfluhrer-ssh-mldsa; the composite of draft-miller-sshm-mldsa44-ed25519-composite-sigs.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from pqscan.errors import MalformedMessage
from pqscan.model.certificate import PublicKey
from pqscan.registry.quantum import QuantumClass
from pqscan.registry.ssh import SshKind, ssh_algorithm
from pqscan.wire.cursor import Cursor
from pqscan.wire.pki import spki
from pqscan.wire.pki.der import SEQUENCE, DerReader
from pqscan.wire.pki.flaw import Flaw
from pqscan.wire.pki.keys import read_public_key
from pqscan.wire.ssh.fields import read_mpint, read_string, shown

MOST_TYPE = 128
_MOST_RAW = 1 << 16
_ECDSA = "ecdsa-sha2-"
_CERTIFICATE_END = "-cert-v01@openssh.com"
_DOTTED = re.compile(r"[0-2](\.(0|[1-9][0-9]{0,8})){1,12}")
_SECURITY_KEYS = {"sk-ssh-ed25519@openssh.com": "ssh-ed25519", "sk-ecdsa-sha2-nistp256@openssh.com": "ecdsa-sha2-nistp256"}
_NAMED = frozenset((*spki.WHOLE, *_SECURITY_KEYS, "ssh-rsa", "ssh-dss"))


@dataclass(frozen=True, slots=True)
class SshPublicKey:
    """`type` is the name in the blob; `info` the SubjectPublicKeyInfo of the same key, b"" where it has none; `application` what a
    security key is bound to, None for any other key."""

    type: str
    info: bytes
    application: bytes | None = None


def certified_type(key_type: str) -> str | None:
    """The type of the key in an OpenSSH certificate of that type, None where it is no certificate. Security keys keep their
    domain; OpenSSH 10.6 spells composite ones without any."""
    if key_type == "ssh-mldsa44-ed25519-cert":
        return "ssh-mldsa44-ed25519"
    plain = key_type.removesuffix(_CERTIFICATE_END)
    if plain == key_type:
        return None
    return f"{plain}@openssh.com" if plain.startswith("sk-") or plain == "ssh-mldsa44-ed25519" else plain


def knows_type(key_type: str) -> bool:
    """Whether a plain key of this type can be read."""
    return key_type in _NAMED or key_type.startswith(_ECDSA)


def read_type(cursor: Cursor) -> str:
    """The name that a blob begins with. Raises MalformedMessage."""
    return shown(read_string(cursor, "the type of a host key", most=MOST_TYPE), MOST_TYPE)


def read_fields(cursor: Cursor, key_type: str) -> SshPublicKey:
    """What stands after the type of a plain key. Raises MalformedMessage, also for a type that `knows_type` does not."""
    base = _SECURITY_KEYS.get(key_type, key_type)
    if base == "ssh-rsa":
        exponent, modulus = read_mpint(cursor, "ssh-rsa e"), read_mpint(cursor, "ssh-rsa n")
        info = spki.rsa(modulus, exponent)
    elif base == "ssh-dss":
        p, q, g, y = (read_mpint(cursor, f"ssh-dss {what}") for what in "pqgy")
        info = spki.dsa(p, q, g, y)
    elif base in spki.WHOLE:
        info = spki.whole(spki.WHOLE[base], read_string(cursor, f"{base} key", most=_MOST_RAW))
    elif base.startswith(_ECDSA):
        curve = shown(read_string(cursor, "the curve of an ECDSA key", most=MOST_TYPE), MOST_TYPE)
        point = read_string(cursor, "the point of an ECDSA key", most=_MOST_RAW)
        if base != _ECDSA + curve:
            raise MalformedMessage(f"an {base} key names the curve {curve}")
        oid = spki.CURVES.get(curve, curve)
        if not _DOTTED.fullmatch(oid):
            raise MalformedMessage(f"an ECDSA key names the curve {curve}, which is neither known nor an object identifier")
        info = spki.elliptic(oid, point)
    else:
        raise MalformedMessage(f"a key of type {key_type} cannot be read")
    application = read_string(cursor, "the application of a security key", most=_MOST_RAW) if base != key_type else None
    return SshPublicKey(key_type, info, application)


def described(key: SshPublicKey, flaws: set[Flaw]) -> PublicKey:
    """The key as facts, in the words that the same key has in X.509."""
    reader = DerReader(key.info, flaws)
    return read_public_key(reader, reader.read("SubjectPublicKeyInfo", SEQUENCE))


def unread(key_type: str, blob: bytes) -> PublicKey:
    """What is known of a key by its type alone."""
    row = ssh_algorithm(SshKind.HOST_KEY, key_type)
    return PublicKey(
        oid="",
        algorithm=key_type,
        size_bits=None,
        parameter=None,
        components=row.components if row is not None and len(row.components) > 1 else (),
        spki_sha256=hashlib.sha256(blob).digest(),
        quantum_class=row.quantum_class if row is not None else QuantumClass.UNKNOWN,
    )
