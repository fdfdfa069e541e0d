"""Signatures of files by keys of SSH (OpenSSH, PROTOCOL.sshsig), as Git keeps them, too."""

from __future__ import annotations

from dataclasses import dataclass

from pqscan.errors import MalformedMessage
from pqscan.model.certificate import Certificate
from pqscan.wire.cursor import Cursor
from pqscan.wire.ssh.fields import read_string
from pqscan.wire.ssh.host_key import read_host_key

MAGIC = b"SSHSIG\0\0\0\1"
_MOST_NAME = 128


@dataclass(frozen=True, slots=True)
class SshSignature:
    """`algorithm` is the name of the signature's, `hash` that of what hashed the message; both are ASCII without spaces."""

    key: Certificate
    algorithm: str
    hash: str


def read_ssh_signature(blob: bytes) -> SshSignature:
    """What `ssh-keygen -Y sign` writes, without its armour. Raises MalformedMessage."""
    cursor = Cursor(blob)
    if cursor.take(len(MAGIC), "the magic of the signature") != MAGIC:
        raise MalformedMessage("the signature is none of SSH, or of another version")
    key = read_host_key(read_string(cursor, "the public key"))
    read_string(cursor, "the namespace")
    read_string(cursor, "reserved octets")
    hashed = _name(read_string(cursor, "the hash"))
    return SshSignature(key, _name(read_string(Cursor(read_string(cursor, "the signature")), "the algorithm")), hashed)


def _name(octets: bytes) -> str:
    text = octets[:_MOST_NAME].decode("ascii", "replace")
    if not text or not all("!" <= letter <= "~" for letter in text):
        raise MalformedMessage("a name in the signature is none")
    return text
