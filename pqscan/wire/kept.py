"""Reads what is kept among certificates, whatever kind it is: X.509 in DER, or a key of SSH as its blob."""

from __future__ import annotations

from pqscan.model.certificate import Certificate
from pqscan.wire.pki.certificate import read_certificate

_BLOB = b"\x00\x00\x00"  # of SSH: the length of the algorithm's name (RFC 4253, section 6.6); DER begins with a tag


def read_kept(data: bytes) -> Certificate:
    """Its facts; `kind` says which it is. Raises MalformedMessage."""
    if not data.startswith(_BLOB):
        return read_certificate(data)
    from pqscan.wire.ssh.host_key import read_host_key  # Few stores hold one.

    return read_host_key(data)
