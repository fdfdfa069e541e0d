"""Reads what is kept among certificates, whatever kind it is: X.509 in DER, a public key alone as its SubjectPublicKeyInfo, a key
of SSH as its blob, a DNSKEY as its RDATA."""

from __future__ import annotations

from pqscan.model.certificate import Certificate
from pqscan.wire.pki.bare_key import looks_like_bare_key, read_bare_key
from pqscan.wire.pki.certificate import read_certificate

_BLOB = b"\x00\x00\x00"  # of SSH: the length of the algorithm's name (RFC 4253, section 6.6); DER begins with a tag
_DNSKEY = (b"\x00", b"\x01")  # the first octet of its flags (RFC 4034, section 2.1.1)


def read_kept(data: bytes) -> Certificate:
    """Its facts; `kind` says which it is. Raises MalformedMessage."""
    if data.startswith(_BLOB):
        from pqscan.wire.ssh.host_key import read_host_key  # Few stores hold one.

        return read_host_key(data)
    if data.startswith(_DNSKEY):
        from pqscan.wire.dns.dnskey import looks_like_dnskey, read_dnskey

        if looks_like_dnskey(data):
            return read_dnskey(data)
    return read_bare_key(data) if looks_like_bare_key(data) else read_certificate(data)
