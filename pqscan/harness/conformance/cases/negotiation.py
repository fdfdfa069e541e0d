"""What a first hello lists and how it is written: groups, suites, versions, GREASE, extensions that are missing, doubled or torn
(RFC 9846, sections 4.2.2, 4.3 and 9.2; RFC 8701)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pqscan.harness.conformance import bend
from pqscan.harness.conformance.case import Case, Kind, Peer
from pqscan.harness.conformance.script import Script
from pqscan.harness.conformance.seen import Progress
from pqscan.wire import builder
from pqscan.wire.tls.client_hello import ClientHello, KeyShareEntry
from pqscan.wire.tls.words import AlertDescription, ExtensionType, Version

_A = AlertDescription
_NOTHING_SHARED = (_A.HANDSHAKE_FAILURE, _A.INSUFFICIENT_SECURITY)
_GREASE = 0x2A2A
_UNLISTED_SUITES = (0x0AFA, 0x1A1A)
_ECDHE_SUITES = (0xC02B, 0xC02F, 0xC02C, 0xC030)
_NO_OVERLAP = "If the server is unable to negotiate a supported set of parameters [...] it MUST abort the handshake"
_MUST_IGNORE = "If the list contains cipher suites that the server does not recognize [...] the server MUST ignore those"
_MISSING = (
    "Servers receiving a ClientHello which does not conform to these requirements MUST abort the handshake with a "
    "missing_extension alert."
)
_SYNTAX = (
    "Peers which receive a message which cannot be parsed according to the syntax [...] MUST terminate the connection with a "
    "decode_error alert."
)
_LEFT_OVER = "receivers MUST abort the handshake with a decode_error alert if there is data left over after parsing the structure."
_NULL_ALONE = "with any other value in this field, the server MUST abort the handshake with an illegal_parameter alert."
_VERSIONS = "Servers [...] MUST ignore any unknown versions that are present in that extension."
Labelled = tuple[tuple[str, bend.Change], ...]


def changed(
    *changes: tuple[str, bend.Change], takes: bool = False, ends_at: Progress = Progress.PROTECTED
) -> Callable[[Peer], tuple[Script, ...]]:
    """Each change to a hello in the server's best group; carried to the end where the server is to take it."""

    def scripts(peer: Peer) -> tuple[Script, ...]:
        if peer.best is None:
            return ()
        end = Progress.APPLICATION if takes else ends_at
        group = (peer.best,)
        return tuple(Script(group, group, label=label, change_hello=change, ends_at=end) for label, change in changes)

    return scripts


def _best(peer: Peer, _script: Script) -> Script:
    group = (peer.best,) if peer.best is not None else ()
    return Script(group, group)


def _versions(*values: int, odd: bytes = b"", after: bytes = b"") -> bend.Change:
    data = builder.opaque8(builder.uint16_values(values) + odd) + after
    return bend.with_extension(ExtensionType.SUPPORTED_VERSIONS, data)


def _legacy(version: int) -> bend.Change:
    return lambda hello: replace(hello, legacy_version=version)


def _compression(methods: bytes) -> bend.Change:
    return lambda hello: replace(hello, compression_methods=methods)


def _doubled(kind: int) -> bend.Change:
    return lambda hello: replace(hello, extensions=((kind, bend.extension_of(hello, kind)), *(hello.extensions or ())))


def _with_unknown_twice(hello: ClientHello) -> ClientHello:
    return replace(hello, extensions=((0xFAFA, b""), (0xFAFA, b""), *(hello.extensions or ())))


def _with_trailing_byte(kind: int) -> bend.Change:
    return lambda hello: hello.with_extension(kind, bend.extension_of(hello, kind) + b"\x00")


def _grease_groups(hello: ClientHello) -> ClientHello:
    """As browsers do: a GREASE group first, with a share of one byte."""
    listed = builder.uint16(_GREASE) + bend.extension_of(hello, ExtensionType.SUPPORTED_GROUPS)[2:]
    hello = hello.with_extension(ExtensionType.SUPPORTED_GROUPS, builder.opaque16(listed))
    return bend.with_shares(hello, [KeyShareEntry(_GREASE, b"\x00"), *bend.shares_of(hello)])


def _grease_suites(hello: ClientHello) -> ClientHello:
    return replace(hello, cipher_suites=(_GREASE, *hello.cipher_suites, 0xFAFA))


def _grease_extensions(hello: ClientHello) -> ClientHello:
    return replace(hello, extensions=((0x3A3A, b""), *(hello.extensions or ()), (0x4A4A, b"\x00")))


def _grease_schemes(hello: ClientHello) -> ClientHello:
    listed = builder.uint16(_GREASE) + bend.extension_of(hello, ExtensionType.SIGNATURE_ALGORITHMS)[2:]
    return hello.with_extension(ExtensionType.SIGNATURE_ALGORITHMS, builder.opaque16(listed))


def _many_unknown_groups(hello: ClientHello) -> ClientHello:
    listed = bend.extension_of(hello, ExtensionType.SUPPORTED_GROUPS)[2:]
    unknown = builder.uint16_values(tuple(range(0xFC00, 0xFC00 + 40)))
    return hello.with_extension(ExtensionType.SUPPORTED_GROUPS, builder.opaque16(unknown + listed))


def _no_group(peer: Peer) -> tuple[Script, ...]:
    return (Script((0x0A0A, 0xFAFA), (), ends_at=Progress.RETRY),) if peer.best is not None else ()


def _no_suite(peer: Peer) -> tuple[Script, ...]:
    group = (peer.best,) if peer.best is not None else ()
    return (Script(group, group, suites=_UNLISTED_SUITES, ends_at=Progress.RETRY),) if group else ()


def _unknown_schemes(peer: Peer) -> tuple[Script, ...]:
    group = (peer.best,) if peer.best is not None else ()
    return (Script(group, group, schemes=(0x0A0A, 0xFEFE), ends_at=Progress.RETRY),) if group else ()


def _tls12_with_hybrids(peer: Peer) -> tuple[Script, ...]:
    """TLS 1.2 alone, ECDHE suites alone, and no group that TLS 1.2 could carry."""
    if not peer.hybrids:
        return ()
    return (Script(peer.hybrids, (), versions=(Version.TLS12,), suites=_ECDHE_SUITES, ends_at=Progress.PROTECTED),)


def _large(peer: Peer) -> tuple[Script, ...]:
    if peer.best is None:
        return ()
    group = (peer.best,)
    return tuple(Script(group, group, label=f"{size} bytes", size_bytes=size) for size in (1500, 4096, 8192, 16000))


def _no_session_id(peer: Peer) -> tuple[Script, ...]:
    group = (peer.best,) if peer.best is not None else ()
    return (Script(group, group, session_id_bytes=0),) if group else ()


CASES = (
    Case(
        "no-group-in-common",
        "RFC 9846, section 4.2.1",
        "If there is no overlap between the received supported_groups and the groups supported by the server, [it] MUST abort",
        Kind.REFUSE,
        _no_group,
        _NOTHING_SHARED,
        Progress.RETRY,
        control=_best,
    ),
    Case(
        "no-suite-in-common",
        "RFC 9846, section 4.2.1",
        _NO_OVERLAP,
        Kind.REFUSE,
        _no_suite,
        _NOTHING_SHARED,
        Progress.RETRY,
        control=_best,
    ),
    Case(
        "schemes-unknown",
        "RFC 9846, section 4.5.2",
        "the signature algorithm MUST be one offered in the client's signature_algorithms extension unless no valid certificate "
        "chain can be produced without unsupported algorithms",
        Kind.MAY_REFUSE,
        _unknown_schemes,
        _NOTHING_SHARED,
        Progress.RETRY,
        control=_best,
    ),
    Case(
        "tls12-hybrids-alone",
        "RFC 8422, section 5.1",
        "is unable to complete the ECC handshake while restricting itself to the enumerated curves [...] MUST NOT negotiate "
        "the use of an ECC cipher suite",
        Kind.REFUSE,
        _tls12_with_hybrids,
        (*_NOTHING_SHARED, _A.PROTOCOL_VERSION),
        needs="conformance.needs.hybrid",
        control=_best,
    ),
    Case(
        "grease-groups",
        "RFC 8701, section 3.2",
        "Servers MUST correctly ignore unknown values in a ClientHello",
        Kind.TAKE,
        changed(("", _grease_groups), takes=True),
    ),
    Case("grease-suites", "RFC 9846, section 4.2.2", _MUST_IGNORE, Kind.TAKE, changed(("", _grease_suites), takes=True)),
    Case(
        "grease-extensions",
        "RFC 9846, section 4.2.2",
        "Servers MUST ignore unrecognized extensions.",
        Kind.TAKE,
        changed(("", _grease_extensions), takes=True),
    ),
    Case(
        "grease-schemes",
        "RFC 8701, section 3.2",
        "Servers MUST correctly ignore unknown values in a ClientHello",
        Kind.TAKE,
        changed(("", _grease_schemes), takes=True),
    ),
    Case(
        "many-unknown-groups",
        "RFC 8701, section 3.2",
        "Servers MUST correctly ignore unknown values in a ClientHello",
        Kind.TAKE,
        changed(("", _many_unknown_groups), takes=True),
    ),
    Case(
        "versions-unknown",
        "RFC 9846, section 4.3.1",
        _VERSIONS,
        Kind.TAKE,
        changed(
            ("GREASE first", _versions(_GREASE, 0x0304)), ("TLS 1.4 and a draft", _versions(0x0305, 0x7F1C, 0x0304)), takes=True
        ),
    ),
    Case("versions-empty", "RFC 9846, section 6", _SYNTAX, Kind.REFUSE, changed(("", _versions())), (_A.DECODE_ERROR,)),
    Case(
        "versions-odd",
        "RFC 9846, section 6",
        _SYNTAX,
        Kind.REFUSE,
        changed(("", _versions(0x0304, odd=b"\x03"))),
        (_A.DECODE_ERROR,),
    ),
    Case(
        "extension-with-left-over",
        "RFC 9846, section 4.3",
        _LEFT_OVER,
        Kind.REFUSE,
        changed(
            ("supported_versions", _versions(0x0304, after=b"\x00")),
            ("key_share", _with_trailing_byte(ExtensionType.KEY_SHARE)),
            ("supported_groups", _with_trailing_byte(ExtensionType.SUPPORTED_GROUPS)),
            ("signature_algorithms", _with_trailing_byte(ExtensionType.SIGNATURE_ALGORITHMS)),
        ),
        (_A.DECODE_ERROR,),
    ),
    Case(
        "legacy-version",
        "RFC 9846, section 4.2.2",
        "A server which receives a legacy_version value not equal to 0x0303 MUST abort [...] with a protocol_version alert.",
        Kind.REFUSE,
        changed(("0x0304", _legacy(0x0304)), ("0x0302", _legacy(0x0302))),
        (_A.PROTOCOL_VERSION,),
        newer_than_rfc_8446=True,
    ),
    Case(
        "compression-methods",
        "RFC 9846, section 4.2.2",
        _NULL_ALONE,
        Kind.REFUSE,
        changed(
            ("null and deflate", _compression(b"\x00\x01")),
            ("null twice", _compression(b"\x00\x00")),
            ("deflate alone", _compression(b"\x01")),
        ),
        (_A.ILLEGAL_PARAMETER,),
    ),
    Case(
        "extension-twice",
        "RFC 9846, section 4.3",
        "There MUST NOT be more than one extension of the same type",
        Kind.MAY_REFUSE,
        changed(("key_share", _doubled(ExtensionType.KEY_SHARE)), ("supported_groups", _doubled(ExtensionType.SUPPORTED_GROUPS))),
        (_A.ILLEGAL_PARAMETER, _A.DECODE_ERROR),
    ),
    Case(
        "unknown-extension-twice",
        "RFC 9846, section 4.3",
        "There MUST NOT be more than one extension of the same type",
        Kind.MAY_REFUSE,
        changed(("", _with_unknown_twice)),
        (_A.ILLEGAL_PARAMETER, _A.DECODE_ERROR),
    ),
    Case(
        "no-signature-algorithms",
        "RFC 9846, section 9.2",
        _MISSING,
        Kind.REFUSE,
        changed(("", bend.without(ExtensionType.SIGNATURE_ALGORITHMS, ExtensionType.SIGNATURE_ALGORITHMS_CERT))),
        (_A.MISSING_EXTENSION,),
    ),
    Case(
        "no-supported-groups",
        "RFC 9846, section 9.2",
        _MISSING,
        Kind.REFUSE,
        changed(("", bend.without(ExtensionType.SUPPORTED_GROUPS))),
        (_A.MISSING_EXTENSION,),
    ),
    Case(
        "no-key-share",
        "RFC 9846, section 9.2",
        _MISSING,
        Kind.REFUSE,
        changed(("", bend.without(ExtensionType.KEY_SHARE)), ends_at=Progress.RETRY),
        (_A.MISSING_EXTENSION,),
        Progress.RETRY,
    ),
    Case(
        "hello-large",
        "RFC 7685, section 3; RFC 9846, section 5.1",
        "The record layer fragments information blocks into TLSPlaintext records carrying data in chunks of 2^14 bytes or less.",
        Kind.TAKE,
        _large,
    ),
    Case(
        "no-session-id",
        "RFC 9846, section 4.2.2",
        "Otherwise, it MUST be set as a zero-length list",
        Kind.TAKE,
        _no_session_id,
        control=_best,
    ),
)
