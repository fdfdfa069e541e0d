"""Exports of certificate stores of Windows from its registry (.reg): each certificate is a value `Blob` in hexadecimal, in which
its properties and the certificate itself stand one after another ([MS-GPEF], section 2.2.1.1.1).

Stores in files (.sst) hold the same elements as octets ([MS-OSHARED], section 2.3.2.5.5): certificates in them are found where
they lie."""

from __future__ import annotations

import re

from pqscan.errors import MalformedMessage

_CERTIFICATE = 32  # CERT_CERT_PROP_ID
_HEAD = 12  # property, encoding and length, each in four octets, the lowest first
_MOST_ELEMENTS = 256
_MOST_TEXT = 8 << 20
_HEX = re.compile(rb"[0-9A-Fa-f, \t\\\r\n]*")
_BETWEEN = b", \t\\\r\n"


def read_registry_blob(text: bytes, position: int) -> bytes:
    """The certificate in the value whose hexadecimal octets begin at `position`; empty where its elements hold none. Raises
    MalformedMessage where they are no elements."""
    found = _HEX.match(text, position, position + _MOST_TEXT)
    digits = b"" if found is None else found[0].translate(None, _BETWEEN)
    try:
        return read_elements(bytes.fromhex(digits.decode("ascii")))
    except ValueError:
        raise MalformedMessage("the value is not written in whole octets") from None


def read_elements(blob: bytes) -> bytes:
    """The certificate among the elements of a store, empty where there is none. Raises MalformedMessage."""
    at = 0
    for _ in range(_MOST_ELEMENTS):
        if at == len(blob):
            return b""
        if at + _HEAD > len(blob):
            break
        kind = int.from_bytes(blob[at : at + 4], "little")
        size = int.from_bytes(blob[at + 8 : at + _HEAD], "little")
        at += _HEAD + size
        if at > len(blob):
            break
        if kind == _CERTIFICATE:
            return blob[at - size : at]
    raise MalformedMessage("it is no element of a certificate store: a length reaches beyond the end")
