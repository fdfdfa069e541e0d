"""OpenSSL contexts made from server specifications. Private keys go to OpenSSL in memory; nothing secret touches the disk."""

from __future__ import annotations

import tempfile
from base64 import encodebytes
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from OpenSSL import SSL, crypto

from pqscan.demo.certificates import Identity
from pqscan.demo.spec import ServerSpec
from pqscan.errors import WorkError

_LIBRARY: Any = SSL._lib  # type: ignore[attr-defined]  # The untyped binding below pyOpenSSL: it alone sets groups and schemes.
_FFI: Any = SSL._ffi  # type: ignore[attr-defined]  # As above; makes C callbacks.

_VERSION_NUMBERS = {
    "TLS1.0": SSL.TLS1_VERSION,
    "TLS1.1": SSL.TLS1_1_VERSION,
    "TLS1.2": SSL.TLS1_2_VERSION,
    "TLS1.3": SSL.TLS1_3_VERSION,
}
# The 1024-bit prime of the Second Oakley Group (RFC 2409, section 6.2), generator 2: what old servers used for years.
_PRIMES = {
    1024: int(
        "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B"
        "302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE6"
        "49286651ECE65381FFFFFFFFFFFFFFFF",
        16,
    )
}


@dataclass(frozen=True, slots=True)
class ServerContext:
    """A context to accept connections with. `kept` holds what OpenSSL points at and Python must not free."""

    context: SSL.Context
    kept: tuple[object, ...] = field(repr=False, default=())


def server_context(spec: ServerSpec, identities: tuple[Identity, ...], second: tuple[Identity, ...] = ()) -> ServerContext:
    """The context for `spec` with its identities; `second` are those of its second site.

    Raises WorkError where the OpenSSL at hand does not know what the specification asks for."""
    try:
        context = _bare_context(spec, identities)
        kept: list[object] = []
        if spec.alpn:
            context.set_alpn_select_callback(_alpn_selector(tuple(name.encode() for name in spec.alpn)))
        if spec.requests_client_certificate:
            context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT)
            for identity in identities:
                context.add_client_ca(identity.root)
        if spec.needs_sni or spec.second_site is not None:
            other = _bare_context(spec, second) if spec.second_site is not None else None
            callback = _name_callback(spec, other)
            _LIBRARY.SSL_CTX_set_tlsext_servername_callback(context._context, callback)
            kept += [callback, other]
    except (SSL.Error, crypto.Error) as error:
        raise WorkError(f"OpenSSL does not take the configuration of the demo server {spec.name}: {error}.") from error
    return ServerContext(context, tuple(kept))


def _bare_context(spec: ServerSpec, identities: tuple[Identity, ...]) -> SSL.Context:
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(_VERSION_NUMBERS[spec.versions[0]])
    context.set_max_proto_version(_VERSION_NUMBERS[spec.versions[-1]])
    suites = spec.suites or "ECDHE-RSA-AES256-GCM-SHA384"  # OpenSSL wants one; unused where TLS 1.3 alone is spoken.
    context.set_cipher_list(f"{suites}:@SECLEVEL={spec.security_level}".encode())
    native = context._context
    if _LIBRARY.SSL_CTX_set1_curves_list(native, spec.groups.replace(" ", "").encode()) != 1:
        raise SSL.Error(f"groups {spec.groups}")
    if spec.signature_schemes and _LIBRARY.SSL_CTX_set1_sigalgs_list(native, spec.signature_schemes.encode()) != 1:
        raise SSL.Error(f"signature schemes {spec.signature_schemes}")
    context.set_options(SSL.OP_NO_RENEGOTIATION | (SSL.OP_CIPHER_SERVER_PREFERENCE if spec.prefer_server else 0))
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    with tempfile.TemporaryDirectory(
        prefix="pqscan-demo-"
    ) as folder:  # Mode 0700. OpenSSL reads chains and DH primes from files only.
        for number, identity in enumerate(identities):
            chain = Path(folder, f"chain{number}.pem")
            chain.write_bytes(identity.chain_pem)
            context.use_certificate_chain_file(str(chain))
            key = crypto.load_privatekey(crypto.FILETYPE_ASN1, identity.key_der)
            if _LIBRARY.SSL_CTX_use_PrivateKey(native, key._pkey) != 1:  # pyOpenSSL's own method does not know ML-DSA keys.
                raise SSL.Error("private key")
        if spec.dh_bits is not None:
            prime = Path(folder, "dh.pem")
            prime.write_bytes(_dh_parameters(_PRIMES[spec.dh_bits]))
            context.load_tmp_dh(str(prime))
    return context


def _dh_parameters(prime: int) -> bytes:
    """PKCS #3 DHParameter with generator 2, as PEM. Written here because `cryptography` is about to drop finite-field DH.

    The prime's top bit is set, so its INTEGER takes a leading zero; two octets of length serve all sizes in use."""
    number = b"\0" + prime.to_bytes((prime.bit_length() + 7) // 8, "big")
    integers = b"\x02\x82" + len(number).to_bytes(2, "big") + number + b"\x02\x01\x02"
    body = encodebytes(b"\x30\x82" + len(integers).to_bytes(2, "big") + integers)
    return b"-----BEGIN DH PARAMETERS-----\n" + body + b"-----END DH PARAMETERS-----\n"


def _alpn_selector(ours: tuple[bytes, ...]) -> Any:  # Any: pyOpenSSL's own sentinel for "none" has no name for its type.
    def select(_: SSL.Connection, theirs: list[bytes]) -> Any:
        return next((name for name in ours if name in theirs), SSL.NO_OVERLAPPING_PROTOCOLS)

    return select


def _name_callback(spec: ServerSpec, other: SSL.Context | None) -> Any:  # Any: a C function pointer.
    """RFC 6066, section 3. OpenSSL sends unrecognized_name (112) where the callback says that the alert is fatal."""

    def choose(connection: object, _alert: object, _argument: object) -> int:
        asked = _LIBRARY.SSL_get_servername(connection, 0)  # 0: TLSEXT_NAMETYPE_host_name
        name = _FFI.string(asked).decode("ascii", "replace") if asked != _FFI.NULL else None
        if other is not None and name == spec.second_site:
            _LIBRARY.SSL_set_SSL_CTX(connection, other._context)
        elif spec.needs_sni and name != spec.host:
            return int(_LIBRARY.SSL_TLSEXT_ERR_ALERT_FATAL)
        return int(_LIBRARY.SSL_TLSEXT_ERR_OK)

    return _FFI.callback("int (*)(SSL *, int *, void *)", choose)
