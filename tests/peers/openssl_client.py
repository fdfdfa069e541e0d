"""A TLS client that is not pqscan's: OpenSSL 4.0 through pyOpenSSL, held to any choice of versions, groups, suites and schemes.

What the server answered is read from OpenSSL's message callback, so also what OpenSSL's interface does not tell.
"""

from __future__ import annotations

import socket
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from OpenSSL import SSL, crypto

_LIBRARY: Any = SSL._lib  # type: ignore[attr-defined]  # The untyped binding below pyOpenSSL.
_FFI: Any = SSL._ffi  # type: ignore[attr-defined]

_NAMES = tomllib.loads(Path(__file__).with_name("openssl_names.toml").read_text(encoding="utf-8"))
GROUPS: dict[str, str] = _NAMES["groups"]
SCHEMES: dict[str, str] = _NAMES["schemes"]
SUITES: dict[str, str] = _NAMES["suites"]
VERSIONS = {"TLS1.0": 0x0301, "TLS1.1": 0x0302, "TLS1.2": 0x0303, "TLS1.3": 0x0304}

_RETRY_RANDOM = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
_FFDHE_GROUPS = {2048: "0x0100", 3072: "0x0101", 4096: "0x0102", 6144: "0x0103", 8192: "0x0104"}
_FFDHE_START = bytes.fromhex("ffffffffffffffffadf85458a2bb4a9a")  # Every prime of RFC 7919 begins so.

CURRENT_CLIENT: dict[str, list[str]] = _NAMES["current_client"]


@dataclass(slots=True)
class Answer:
    """What one connection brought. `alert`: the server's fatal alert; `completed`: the handshake went through on both sides."""

    completed: bool = False
    alert: int | None = None
    version: str | None = None
    suite: str | None = None
    group: str | None = None
    scheme: str | None = None
    retried: bool = False
    client_certificate_requested: bool = False
    alpn: str | None = None
    chain: tuple[bytes, ...] = ()
    problem: str = ""
    messages: list[bytes] = field(default_factory=list, repr=False)

    @property
    def accepted(self) -> bool:
        """The server went along: its flight came whole, whatever it thinks of our (missing) certificate afterwards."""
        return self.completed or self.client_certificate_requested


def ask(
    address: str,
    port: int,
    *,
    versions: tuple[str, ...] = ("TLS1.2", "TLS1.3"),
    groups: tuple[str, ...] = tuple(GROUPS),
    shares: tuple[str, ...] = (),
    suites: tuple[str, ...] = tuple(SUITES),
    schemes: tuple[str, ...] = tuple(SCHEMES),
    name: str | None = None,
    alpn: tuple[str, ...] = (),
    client_suites: str | None = None,
    before: Callable[[socket.socket], None] | None = None,
) -> Answer:
    """One handshake that offers exactly this. No `shares`: one for the first group. `client_suites`: OpenSSL's list for TLS 1.2.
    `before` says what goes before TLS; nothing is asked under TLS then, and our own Finished is enough."""
    answer = Answer()
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_min_proto_version(VERSIONS[versions[0]])
    context.set_max_proto_version(VERSIONS[versions[-1]])
    old = client_suites or ":".join(SUITES[suite] for suite in suites if not suite.startswith("0x13"))
    context.set_cipher_list(f"{old or 'ECDHE-RSA-AES128-GCM-SHA256'}:@SECLEVEL=0".encode())
    new = ":".join(SUITES[suite] for suite in suites if suite.startswith("0x13"))
    context.set_tls13_ciphersuites(new.encode())
    native = context._context
    text = ":".join(("*" if group in shares else "") + GROUPS[group] for group in groups)
    assert _LIBRARY.SSL_CTX_set1_curves_list(native, text.encode()) == 1, text
    assert _LIBRARY.SSL_CTX_set1_sigalgs_list(native, ":".join(SCHEMES[scheme] for scheme in schemes).encode()) == 1
    if alpn:
        context.set_alpn_protos([protocol.encode() for protocol in alpn])

    def seen(sent: int, _version: int, kind: int, data: Any, length: int, _connection: object, _argument: object) -> None:
        if not sent and kind in (21, 22):
            _note(answer, kind, bytes(_FFI.buffer(data, length)))

    callback = _FFI.callback("void (*)(int, int, int, void *, size_t, SSL *, void *)", seen)
    _LIBRARY.SSL_CTX_set_msg_callback(native, callback)
    with socket.create_connection((address, port), timeout=10) as stream:
        stream.settimeout(None)  # pyOpenSSL wants it blocking; the kernel's own time-outs bound it.
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, b"\x0a" + bytes(15))
        if before is not None:
            before(stream)
        connection = SSL.Connection(context, stream)
        connection.set_connect_state()
        if name is not None:
            connection.set_tlsext_host_name(name.encode())
        try:
            connection.do_handshake()
            if before is None:
                connection.send(b"GET / HTTP/1.0\r\n\r\n")
                connection.recv(1)  # In TLS 1.3 only now is it known that the server finished, too.
            answer.completed = True
        except SSL.Error as error:
            answer.problem = repr(error)
    return answer


def current_client(
    address: str, port: int, name: str | None = None, before: Callable[[socket.socket], None] | None = None
) -> Answer:
    """What OpenSSL 3.5 with its defaults would get."""
    return ask(
        address,
        port,
        groups=tuple(CURRENT_CLIENT["groups"]),
        shares=tuple(CURRENT_CLIENT["shares"]),
        suites=tuple(CURRENT_CLIENT["suites"]),
        schemes=tuple(CURRENT_CLIENT["schemes"]),
        name=name,
        client_suites="DEFAULT",
        before=before,
    )


def _note(answer: Answer, kind: int, data: bytes) -> None:
    if kind == 21:
        if len(data) == 2 and (data[0] == 2):
            answer.alert = data[1]
        return
    answer.messages.append(data)
    body = data[4:]
    if data[0] == 2:
        _note_server_hello(answer, body)
    elif data[0] == 8:
        answer.alpn = _alpn(body[2:]) or answer.alpn
    elif data[0] == 11:
        answer.chain = _chain(body, answer.version == "TLS1.3")
    elif data[0] == 12:
        _note_server_key_exchange(answer, body)
    elif data[0] == 13:
        answer.client_certificate_requested = True
    elif data[0] == 15:
        answer.scheme = _point(body[:2])


def _note_server_hello(answer: Answer, body: bytes) -> None:
    version = body[:2]
    after = 35 + body[34]
    answer.suite = _point(body[after : after + 2])
    extensions = _extensions(body[after + 5 :])
    version = extensions.get(43, version)
    answer.version = {number: name for name, number in VERSIONS.items()}.get(int.from_bytes(version, "big"), version.hex())
    answer.alpn = _alpn_value(extensions.get(16, b"")) or answer.alpn
    if 51 in extensions:
        answer.group = _point(extensions[51][:2])
    if body[2:34] == _RETRY_RANDOM:
        answer.retried = True


def _note_server_key_exchange(answer: Answer, body: bytes) -> None:
    if answer.suite is not None and SUITES[answer.suite].startswith(("DHE", "ADH")):
        length = int.from_bytes(body[:2], "big")
        prime = body[2 : 2 + length]
        bits = int.from_bytes(prime, "big").bit_length()
        answer.group = _FFDHE_GROUPS[bits] if prime.startswith(_FFDHE_START) else f"dh:{bits}"
        rest = body[2 + length :]
        for _ in range(2):  # The generator and the public value.
            rest = rest[2 + int.from_bytes(rest[:2], "big") :]
    else:
        answer.group = _point(body[1:3])
        rest = body[4 + body[3] :]
    if answer.version == "TLS1.2" and len(rest) > 4:
        answer.scheme = _point(rest[:2])


def _extensions(data: bytes) -> dict[int, bytes]:
    found = {}
    while len(data) >= 4:
        length = int.from_bytes(data[2:4], "big")
        found[int.from_bytes(data[:2], "big")] = data[4 : 4 + length]
        data = data[4 + length :]
    return found


def _alpn(extensions: bytes) -> str | None:
    return _alpn_value(_extensions(extensions).get(16, b""))


def _alpn_value(value: bytes) -> str | None:
    return value[3:].decode("ascii") if value else None


def _chain(body: bytes, tls13: bool) -> tuple[bytes, ...]:
    rest = body[1 + body[0] + 3 :] if tls13 else body[3:]
    found = []
    while rest:
        length = int.from_bytes(rest[:3], "big")
        found.append(rest[3 : 3 + length])
        rest = rest[3 + length :]
        if tls13:
            rest = rest[2 + int.from_bytes(rest[:2], "big") :]
    return tuple(found)


def _point(data: bytes) -> str:
    return f"0x{int.from_bytes(data, 'big'):04x}"


def describe_key(der: bytes) -> str:
    """`RSA-2048`, `P-256`, `Ed25519`, `ML-DSA-65`: the subject key of a certificate, as `cryptography` reads it."""
    key = crypto.load_certificate(crypto.FILETYPE_ASN1, der).to_cryptography().public_key()
    kind = type(key).__name__
    size: int = getattr(key, "key_size", 0)
    if "RSA" in kind:
        return f"RSA-{size}"
    if kind.startswith("EC"):
        return f"P-{size}"
    if "MLDSA" in kind:
        return f"ML-DSA-{kind.removeprefix('MLDSA')[:2]}"
    return kind.removesuffix("PublicKey")


def describe_signature(der: bytes) -> str:
    """The dotted OID of a certificate's signature algorithm."""
    return crypto.load_certificate(crypto.FILETYPE_ASN1, der).to_cryptography().signature_algorithm_oid.dotted_string
