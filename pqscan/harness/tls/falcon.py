"""A Falcon key with a self-signed certificate for the loop-back server, on liboqs: no other library here makes one.

The certificate is written by hand (RFC 5280, section 4.1) with the private object identifiers of oqs-provider.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from pqscan.errors import WorkError
from pqscan.harness import liboqs
from pqscan.harness.tls.identity import ServerIdentity
from pqscan.registry.tls import SignatureScheme, signature_schemes

_OIDS = {"Falcon-512": "1.3.9999.3.11", "Falcon-1024": "1.3.9999.3.14"}  # oqs-provider with liboqs 0.10 and later
_COMMON_NAME = "2.5.4.3"
_LIFE_DAYS = 7


def falcon_scheme(component: str) -> SignatureScheme:
    """The private SignatureScheme of `Falcon-512` or `Falcon-1024` that oqs-provider has now."""
    rows = [row for row in signature_schemes() if row.components == (component,) and row.status == "private"]
    if not rows:
        raise WorkError(f"no code point of {component} is in the tables")
    return rows[0]


def falcon_identity(component: str, now: datetime, name: str = "loopback.invalid") -> ServerIdentity:
    """`component` is `Falcon-512` or `Falcon-1024`; the certificate holds for a week from a day before `now`.

    Raises LiboqsMissing, and WorkError where liboqs was built without Falcon."""
    oqs: Any = liboqs.load()  # Any: the binding comes without types.
    if component not in oqs.get_enabled_sig_mechanisms():
        raise WorkError(f"liboqs {liboqs.version()} was built without {component}")
    signer = oqs.Signature(component)
    public: bytes = signer.generate_keypair()
    algorithm = _der(0x30, _oid(_OIDS[component]))
    subject = _der(0x30, _der(0x31, _der(0x30, _oid(_COMMON_NAME) + _der(0x0C, name.encode()))))
    validity = _der(0x30, _time(now - timedelta(days=1)) + _time(now + timedelta(days=_LIFE_DAYS)))
    key = _der(0x30, algorithm + _der(0x03, b"\x00" + public))
    to_be_signed = _der(
        0x30, _der(0xA0, _der(0x02, b"\x02")) + _der(0x02, b"\x01") + algorithm + subject + validity + subject + key
    )
    certificate = _der(0x30, to_be_signed + algorithm + _der(0x03, b"\x00" + bytes(signer.sign(to_be_signed))))
    return ServerIdentity((certificate,), falcon_scheme(component).value, lambda data: bytes(signer.sign(data)))


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + content


def _oid(dotted: str) -> bytes:
    first, second, *rest = map(int, dotted.split("."))
    octets = bytearray((40 * first + second,))
    for arc in rest:
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(arc & 0x7F | 0x80)
        octets += bytes(reversed(groups))
    return _der(0x06, bytes(octets))


def _time(moment: datetime) -> bytes:
    return _der(0x17, moment.strftime("%y%m%d%H%M%SZ").encode())
