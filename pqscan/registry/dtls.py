"""The versions of DTLS with those of TLS that each of them carries over datagrams, spelled as in every output."""

from __future__ import annotations

DTLS = "dtls"
"""The probe of TLS over datagrams; its facts name the versions of DTLS."""
TLS_OF_DTLS = {
    "DTLS1.0": "TLS1.1",  # RFC 4347, section 1
    "DTLS1.2": "TLS1.2",  # RFC 6347, section 1
    "DTLS1.3": "TLS1.3",  # RFC 9147, section 1
}
"""There is no DTLS 1.1: its numbers were brought in line with those of TLS."""
DTLS_OF_TLS = {tls: dtls for dtls, tls in TLS_OF_DTLS.items()}


def as_tls(version: str) -> str:
    """The version of TLS that a version is, where it is one of DTLS; any other text as it is."""
    return TLS_OF_DTLS.get(version, version)


def as_dtls(version: str) -> str:
    """The other way round."""
    return DTLS_OF_TLS.get(version, version)
