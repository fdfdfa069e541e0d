"""Private keys of SSH Communications Security (also Tectia; as import.c of PuTTY writes them) and those of SSH-1 (as authfile.c of
OpenSSH before 7.6 does): the public half where it stands in the clear, and by what the rest is locked. Nothing of the private part
is given."""

from __future__ import annotations

from dataclasses import dataclass

from pqscan.errors import MalformedMessage
from pqscan.wire.cursor import Cursor
from pqscan.wire.ssh.fields import read_string, shown

SSH1_MAGIC = b"SSH PRIVATE KEY FILE FORMAT 1.1\n\0"
_COM_MAGIC = 0x3F6FF9EB
_MOST_NAME = 128
_MOST_BLOB = 1 << 18
_MOST_NUMBER = 8192  # octets
_FAMILIES = {"if-modn": "RSA", "dl-modp": "DSA"}
_SSH1_CIPHERS = {1: "idea-cfb", 2: "des-cbc", 3: "3des-cbc", 4: "tss", 5: "rc4", 6: "blowfish-cbc"}  # of the protocol, section 3


@dataclass(frozen=True, slots=True)
class OldPrivateKey:
    """`family` is RSA or DSA; `blob` the public key as SSH-2 has it (RFC 4253, section 6.6), empty where it is locked away with the
    rest. `cipher` is None for a key that is not locked."""

    form: str  # "sshcom" or "ssh1"
    family: str
    blob: bytes
    cipher: str | None


def read_sshcom_key(data: bytes) -> OldPrivateKey:
    """The key in the octets of a block `SSH2 ENCRYPTED PRIVATE KEY`. Raises MalformedMessage."""
    cursor = Cursor(data)
    if cursor.uint32("magic") != _COM_MAGIC:
        raise MalformedMessage("it is no private key of SSH Communications Security, or cut off")
    if cursor.uint32("length") != len(data):
        raise MalformedMessage("it is no private key of SSH Communications Security, or cut off")
    kind = shown(read_string(cursor, "the type of a key", most=_MOST_NAME), _MOST_NAME)
    family = _FAMILIES.get(kind.partition("{")[0])
    if family is None:
        raise MalformedMessage("it is no private key of SSH Communications Security, or cut off")
    cipher = shown(read_string(cursor, "cipher", most=_MOST_NAME), _MOST_NAME)
    sealed = read_string(cursor, "encrypted part", most=_MOST_BLOB)
    if cipher != "none":
        return OldPrivateKey("sshcom", family, b"", cipher)
    inside = Cursor(read_string(Cursor(sealed), "private part", most=_MOST_BLOB))
    return OldPrivateKey("sshcom", family, _rsa(inside) if family == "RSA" else _dsa(inside), None)


def read_ssh1_key(data: bytes) -> OldPrivateKey:
    """The key that a file of SSH-1 begins with: its public half is never locked. Raises MalformedMessage."""
    if not data.startswith(SSH1_MAGIC):
        raise MalformedMessage("it is no private key of SSH-1, or cut off")
    cursor = Cursor(data[len(SSH1_MAGIC) :])
    number = cursor.uint8("cipher")
    cursor.uint32("reserved")
    bits = cursor.uint32("bits")
    n = _number(cursor, cursor.uint16("modulus"))
    e = _number(cursor, cursor.uint16("exponent"))
    if n.bit_length() != bits:
        raise MalformedMessage("it is no private key of SSH-1, or cut off")
    cipher = _SSH1_CIPHERS.get(number, f"cipher-{number}") if number else None
    return OldPrivateKey("ssh1", "RSA", _blob(b"ssh-rsa", e, n), cipher)


def _rsa(cursor: Cursor) -> bytes:
    e = _number(cursor, cursor.uint32("exponent"))
    _number(cursor, cursor.uint32("private exponent"))
    return _blob(b"ssh-rsa", e, _number(cursor, cursor.uint32("modulus")))


def _dsa(cursor: Cursor) -> bytes:
    if cursor.uint32("predefined group"):
        raise MalformedMessage("it is no private key of SSH Communications Security, or cut off")
    p, g, q, y = (_number(cursor, cursor.uint32(what)) for what in "pgqy")
    return _blob(b"ssh-dss", p, q, g, y)


def _number(cursor: Cursor, bits: int) -> int:
    octets = -(-bits // 8)
    if octets > _MOST_NUMBER:
        raise MalformedMessage(f"a number of the private key has more than {_MOST_NUMBER} octets")
    return int.from_bytes(cursor.take(octets, "number"))


def _blob(name: bytes, *numbers: int) -> bytes:
    parts = (name, *(number.to_bytes(number.bit_length() // 8 + 1 if number else 0) for number in numbers))
    return b"".join(len(part).to_bytes(4) + part for part in parts)
