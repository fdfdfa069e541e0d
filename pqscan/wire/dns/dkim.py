"""A DKIM key record (RFC 6376, section 3.6.1; RFC 8463): a list of tags in a TXT record, with the public key in base64."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from pqscan.errors import MalformedMessage
from pqscan.model.certificate import PublicKey
from pqscan.wire.pki import spki
from pqscan.wire.pki.der import SEQUENCE, DerReader
from pqscan.wire.pki.flaw import Flaw
from pqscan.wire.pki.keys import read_public_key

MOST_RECORD = 1 << 14
_ED25519 = "1.3.101.112"
_ED25519_BYTES = 32
_KINDS = ("rsa", "ed25519")


@dataclass(frozen=True, slots=True)
class DkimKey:
    """`kind` is the tag `k`; `key` None where the record takes the key back (an empty `p`), or is of a kind that is not read."""

    kind: str
    key: PublicKey | None
    is_revoked: bool


def read_dkim(record: bytes) -> DkimKey | None:
    """The key of a record; None where the text is no DKIM record (another version, or no tag `p`). Raises MalformedMessage where it
    is one and its key cannot be read."""
    if len(record) > MOST_RECORD:
        raise MalformedMessage(f"a DKIM record of {len(record)} bytes, at most {MOST_RECORD} are read")
    tags = _tags(record)
    if tags is None or "p" not in tags or tags.get("v", "DKIM1") != "DKIM1":
        return None
    kind, text = tags.get("k", "rsa").lower(), "".join(tags["p"].split())
    if not text:
        return DkimKey(kind if kind in _KINDS else "", None, True)
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise MalformedMessage("the key of a DKIM record is no base64") from None
    if kind == "rsa":
        return DkimKey(kind, _read(key), False)
    if kind == "ed25519":
        if len(key) != _ED25519_BYTES:
            raise MalformedMessage(f"an Ed25519 key of {len(key)} bytes in a DKIM record")
        return DkimKey(kind, _read(spki.whole(_ED25519, key)), False)
    return DkimKey("", None, False)


def _tags(record: bytes) -> dict[str, str] | None:
    """RFC 6376, section 3.2: `name=value` with semicolons between; None for anything else."""
    try:
        text = record.decode("ascii")
    except UnicodeDecodeError:
        return None
    found: dict[str, str] = {}
    for part in text.split(";"):
        if not part.strip():
            continue
        name, equals, value = part.partition("=")
        if not equals or name.strip() in found:
            return None
        found[name.strip()] = value.strip()
    return found


def _read(info: bytes) -> PublicKey:
    reader = DerReader(info, set[Flaw]())
    key = read_public_key(reader, reader.read("SubjectPublicKeyInfo", SEQUENCE))
    if Flaw.BAD_PUBLIC_KEY in reader.flaws:
        raise MalformedMessage("the key of a DKIM record is not built as its algorithm demands")
    return key
