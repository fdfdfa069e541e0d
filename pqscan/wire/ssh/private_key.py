"""OpenSSH's private keys (PROTOCOL.key): the public half, which stands there in the clear, and by what the rest is locked; and
those of PuTTY (its manual, appendix C), which name both in text. Nothing of the private part is read."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from pqscan.errors import MalformedMessage
from pqscan.wire.cursor import Cursor
from pqscan.wire.ssh.fields import read_string, shown

MAGIC = b"openssh-key-v1\0"
_MOST_NAME = 128
_MOST_BLOB = 1 << 18
_MOST_PUTTY = 1 << 16
_HEADER = re.compile(rb"PuTTY-User-Key-File-([123]): ([!-~]{1,128})\r?\n")
_FIELD = re.compile(rb"^([A-Za-z0-9-]{1,40}): ([^\r\n]{0,256})\r?$", re.MULTILINE)
_PUBLIC = re.compile(rb"^Public-Lines: (\d{1,4})\r?\n((?:[A-Za-z0-9+/=]{1,80}\r?\n){1,4096})", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class SshPrivateKey:
    """`blob` is the public key as the protocol has it (RFC 4253, section 6.6). `cipher` is None for a key that is not locked."""

    form: str  # "openssh" or "putty-2" and the like
    blob: bytes
    cipher: str | None
    kdf: str | None


def read_openssh_key(data: bytes) -> SshPrivateKey:
    """The first key of the file; OpenSSH writes no other. Raises MalformedMessage."""
    if not data.startswith(MAGIC):
        raise MalformedMessage("it is no private key of OpenSSH: its first octets are others")
    cursor = Cursor(data[len(MAGIC) :])
    cipher = shown(read_string(cursor, "ciphername", most=_MOST_NAME), _MOST_NAME)
    kdf = shown(read_string(cursor, "kdfname", most=_MOST_NAME), _MOST_NAME)
    read_string(cursor, "kdfoptions", most=1 << 12)
    if cursor.uint32("number of keys") < 1:
        raise MalformedMessage("the file of OpenSSH says that it holds no key")
    blob = read_string(cursor, "public key", most=_MOST_BLOB)
    locked = cipher != "none"
    return SshPrivateKey("openssh", blob, cipher if locked else None, kdf if locked else None)


def read_putty_key(data: bytes) -> SshPrivateKey:
    """The key whose first line stands at the beginning. Raises MalformedMessage."""
    text = data[:_MOST_PUTTY]
    header, public = _HEADER.match(text), _PUBLIC.search(text)
    if header is None or public is None:
        raise MalformedMessage("it is no private key of PuTTY: the type or the public key is missing")
    fields = dict(_FIELD.findall(text[: public.start()]))
    lines = public[2].split()[: int(public[1])]
    try:
        blob = base64.b64decode(b"".join(lines), validate=True)
    except binascii.Error:
        raise MalformedMessage("the public key in the file of PuTTY is no Base64") from None
    cipher = shown(fields.get(b"Encryption", b"none").strip(), _MOST_NAME)
    derivation = re.search(rb"^Key-Derivation: ([!-~]{1,32})\r?$", text, re.MULTILINE)
    kdf = shown(derivation[1], _MOST_NAME) if derivation else "SHA-1"  # Version 2 hashes the passphrase (section C.4).
    form, is_locked = f"putty-{header[1].decode()}", cipher != "none"
    return SshPrivateKey(form, blob, cipher if is_locked else None, kdf if is_locked else None)
