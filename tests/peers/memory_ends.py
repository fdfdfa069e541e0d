"""Ends of a handshake in memory, both of OpenSSL."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

from OpenSSL import SSL
from OpenSSL._util import lib as _openssl

from pqscan.demo.certificates import CertificateMaker, CertificateSpec, Identity, KeyKind

_LIBRARY: Any = _openssl


@cache
def _identity() -> Identity:
    kind = KeyKind.P_256
    return CertificateMaker(datetime.now(UTC)).identity(CertificateSpec(kind, kind), ("www.example.vn",))


def client_context(version: int | None = None, groups: bytes = b"X25519", method: int = SSL.TLS_CLIENT_METHOD) -> SSL.Context:
    return _limited(SSL.Context(method), version, groups)


def server_context(version: int | None = None, groups: bytes = b"X25519", method: int = SSL.TLS_SERVER_METHOD) -> SSL.Context:
    """With one certificate, of a P-256 key."""
    context = SSL.Context(method)
    context.use_privatekey(_key())
    context.use_certificate(_identity().chain[0])
    return _limited(context, version, groups)


def _key() -> Any:
    return _identity().key


def _limited(context: SSL.Context, version: int | None, groups: bytes) -> SSL.Context:
    if version is not None:
        context.set_min_proto_version(version)
        context.set_max_proto_version(version)
    assert _LIBRARY.SSL_CTX_set1_curves_list(context._context, groups) == 1
    return context
