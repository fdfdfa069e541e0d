"""Records: how a hello is cut into them, and what no record may be (RFC 9846, sections 5 to 5.4)."""

from __future__ import annotations

from collections.abc import Callable

from pqscan.harness.conformance.case import Case, Kind, Peer
from pqscan.harness.conformance.script import (
    CHANGE_CIPHER_SPEC,
    Script,
    Segments,
    Voice,
    in_one_record,
    key_update,
    usual_flight,
    usual_request,
)
from pqscan.harness.conformance.seen import Progress
from pqscan.wire import builder
from pqscan.wire.tls.record import MOST_PLAINTEXT
from pqscan.wire.tls.words import AlertDescription, ContentType, HandshakeType

_A = AlertDescription
_HANDSHAKE, _APPLICATION, _CCS = ContentType.HANDSHAKE, ContentType.APPLICATION_DATA, ContentType.CHANGE_CIPHER_SPEC
_UNEXPECTED = (_A.UNEXPECTED_MESSAGE,)
_UNLISTED_TYPE = 99
_FRAGMENTED = "Handshake messages MAY be coalesced into a single TLSPlaintext record or fragmented across several records"
_NO_OTHERS = "if a handshake message is split over two or more records, there MUST NOT be any other records between them."
_BOUNDARY = (
    "Implementations MUST verify that all messages immediately preceding a key change align with a record boundary; if not, then "
    "they MUST terminate the connection with an unexpected_message alert."
)
_CCS_OTHER = "receives any other change_cipher_spec value or [...] a protected change_cipher_spec record MUST abort the handshake"
_CCS_PLACE = (
    "before the first ClientHello message or after the peer's Finished message, it MUST be treated as an unexpected record type"
)
_CCS_DROP = "MUST simply drop it without further processing"
_UNKNOWN = (
    "If a TLS implementation receives an unexpected record type, it MUST terminate the connection with an unexpected_message alert."
)
_OVERFLOW = (
    "An endpoint that receives a record that exceeds this length MUST terminate the connection with a record_overflow alert."
)
_EMPTY = "Implementations MUST NOT send zero-length fragments of Handshake types"
_EMPTY_PROTECTED = (
    "Handshake and Alert records that have a zero-length TLSInnerPlaintext.content; if such a message is received, the receiving "
    "implementation MUST terminate the connection with an unexpected_message alert."
)
Framing = Callable[[bytes, int], Segments]
Flight = Callable[[Voice], Segments]


def raw(kind: int, content: bytes, version: int = 0x0303) -> bytes:
    """A record of any type and length, in the clear."""
    return bytes((kind,)) + builder.uint16(version) + len(content).to_bytes(2, "big") + content


def framed(*framings: tuple[str, Framing], takes: bool = False, size_bytes: int = 0) -> Callable[[Peer], tuple[Script, ...]]:
    def scripts(peer: Peer) -> tuple[Script, ...]:
        if peer.best is None:
            return ()
        group, end = (peer.best,), Progress.APPLICATION if takes else Progress.PROTECTED
        return tuple(
            Script(group, group, label=label, frame=frame, ends_at=end, size_bytes=size_bytes) for label, frame in framings
        )

    return scripts


def spoken(*flights: tuple[str, Flight], request: Flight = usual_request) -> Callable[[Peer], tuple[Script, ...]]:
    """What comes instead of the client's usual second flight, and of its request."""

    def scripts(peer: Peer) -> tuple[Script, ...]:
        group = (peer.best,) if peer.best is not None else ()
        return (
            tuple(Script(group, group, label=label, flight=flight, request=request) for label, flight in flights) if group else ()
        )

    return scripts


def requested(*requests: tuple[str, Flight]) -> Callable[[Peer], tuple[Script, ...]]:
    """What comes after a right Finished instead of the usual request."""

    def scripts(peer: Peer) -> tuple[Script, ...]:
        group = (peer.best,) if peer.best is not None else ()
        return tuple(Script(group, group, label=label, request=request) for label, request in requests) if group else ()

    return scripts


def _segments(size: int) -> Framing:
    def frame(message: bytes, version: int) -> Segments:
        whole = in_one_record(message, version)[0]
        return tuple(whole[at : at + size] for at in range(0, len(whole), size))

    return frame


def _records(size: int) -> Framing:
    def frame(message: bytes, version: int) -> Segments:
        return (b"".join(raw(_HANDSHAKE, message[at : at + size], version) for at in range(0, len(message), size)),)

    return frame


def _header_alone(message: bytes, version: int) -> Segments:
    return (raw(_HANDSHAKE, message[:4], version) + raw(_HANDSHAKE, message[4:], version),)


def _interleaved(message: bytes, version: int) -> Segments:
    half = len(message) // 2
    return (raw(_HANDSHAKE, message[:half], version) + CHANGE_CIPHER_SPEC + raw(_HANDSHAKE, message[half:], version),)


def _after(prefix: bytes) -> Framing:
    return lambda message, version: (prefix + in_one_record(message, version)[0],)


def _uncut(message: bytes, version: int) -> Segments:
    """One record, whatever its length."""
    return (raw(_HANDSHAKE, message, version),)


def _followed(message: bytes, version: int) -> Segments:
    """Another handshake message behind the hello, in its record."""
    return (raw(_HANDSHAKE, message + bytes((HandshakeType.KEY_UPDATE, 0, 0, 1, 0)), version),)


def _in_version(record_version: int) -> Framing:
    return lambda message, _version: in_one_record(message, record_version)


def _before_flight(extra: Callable[[Voice], bytes]) -> Flight:
    """Something else, then the usual flight."""
    return lambda voice: (extra(voice), *usual_flight(voice))


def _oversized(voice: Voice) -> bytes:
    return raw(_APPLICATION, bytes(MOST_PLAINTEXT + 257))


def _cut_finished(voice: Voice) -> Segments:
    message, prefix = voice.finished(), CHANGE_CIPHER_SPEC if voice.compatible else b""
    return (prefix + b"".join(voice.handshake(_HANDSHAKE, message[at : at + 10]) for at in range(0, len(message), 10)),)


def _padded_finished(voice: Voice) -> Segments:
    """The inner type, then zeros: what follows the type is padding (section 5.4)."""
    prefix = CHANGE_CIPHER_SPEC if voice.compatible else b""
    content = voice.finished() + bytes((_HANDSHAKE,)) + bytes(199)
    return (prefix + voice.handshake(0, content),)


def _finished_and_more(voice: Voice) -> Segments:
    prefix = CHANGE_CIPHER_SPEC if voice.compatible else b""
    return (prefix + voice.handshake(_HANDSHAKE, voice.finished() + bytes((HandshakeType.KEY_UPDATE, 0, 0, 1, 0))),)


def _finished_and_update(voice: Voice) -> Segments:
    """A server that reads the rest of the record under the next keys has taken a KeyUpdate: what follows goes by it."""
    flight = _finished_and_more(voice)
    voice.update_keys()
    return flight


def _without_ccs(voice: Voice) -> Segments:
    return (voice.handshake(_HANDSHAKE, voice.finished()),)


def _two_ccs(voice: Voice) -> Segments:
    return (CHANGE_CIPHER_SPEC * 2 + voice.handshake(_HANDSHAKE, voice.finished()),)


def _empty_data_first(voice: Voice) -> Segments:
    empty = b"".join(voice.application(_APPLICATION, b"") for _ in range(3))
    return (empty + usual_request(voice)[0],)


def _request_after(extra: bytes) -> Flight:
    return lambda voice: (extra + usual_request(voice)[0],)


def _small_records(voice: Voice) -> Segments:
    data = b"".join(voice.application(_APPLICATION, voice.request[at : at + 1]) for at in range(len(voice.request)))
    asked = key_update(voice) if voice.asks_update else b""
    return (data + asked + voice.closing(),)


_AFTER = Progress.APPLICATION
CASES = (
    Case(
        "hello-in-segments",
        "RFC 9846, section 5",
        "Received data is verified, decrypted, reassembled",
        Kind.TAKE,
        framed(
            ("of 200 bytes", _segments(200)),
            (
                "the first of 3 bytes",
                lambda message, version: (in_one_record(message, version)[0][:3], in_one_record(message, version)[0][3:]),
            ),
            takes=True,
        ),
    ),
    Case(
        "hello-in-records",
        "RFC 9846, section 5.1",
        _FRAGMENTED,
        Kind.TAKE,
        framed(("of 100 bytes", _records(100)), ("the header alone first", _header_alone), takes=True),
    ),
    Case(
        "record-version",
        "RFC 9846, section 5.1",
        "This field is deprecated and MUST be ignored for all purposes.",
        Kind.TAKE,
        framed(("0x0303", _in_version(0x0303)), ("0x0301", _in_version(0x0301)), takes=True),
    ),
    Case(
        "hello-interleaved",
        "RFC 9846, section 5.1",
        _NO_OTHERS,
        Kind.REFUSE,
        framed(("", _interleaved)),
        _UNEXPECTED,
        excuses_stateless=True,
    ),
    Case(  # Some servers send their flight before they look at what is left of the record: only at the end can be told.
        "hello-and-more-in-its-record",
        "RFC 9846, section 5.1",
        _BOUNDARY,
        Kind.REFUSE,
        framed(("", _followed), takes=True),
        _UNEXPECTED,
        _AFTER,
    ),
    Case(
        "empty-record-before-hello",
        "RFC 9846, section 5.1",
        _EMPTY,
        Kind.MAY_REFUSE,
        framed(("", _after(raw(_HANDSHAKE, b"", 0x0301)))),
        _UNEXPECTED,
    ),
    Case(  # The hello is as long as its record, lest a server refuse what stands behind it and not the length.
        "record-too-long",
        "RFC 9846, section 5.1",
        _OVERFLOW,
        Kind.REFUSE,
        framed(("", _uncut), size_bytes=MOST_PLAINTEXT + 1),
        (_A.RECORD_OVERFLOW,),
    ),
    Case(
        "ccs-before-hello",
        "RFC 9846, section 5",
        _CCS_PLACE,
        Kind.REFUSE,
        framed(("", _after(CHANGE_CIPHER_SPEC))),
        _UNEXPECTED,
        excuses_stateless=True,
    ),
    Case(
        "unknown-type-before-hello",
        "RFC 9846, section 5",
        _UNKNOWN,
        Kind.REFUSE,
        framed(("", _after(raw(_UNLISTED_TYPE, b"\x00")))),
        _UNEXPECTED,
    ),
    Case(
        "ccs-other-value",
        "RFC 9846, section 5",
        _CCS_OTHER,
        Kind.REFUSE,
        spoken(
            ("value 2", _before_flight(lambda voice: raw(_CCS, b"\x02"))),
            ("two bytes", _before_flight(lambda voice: raw(_CCS, b"\x01\x01"))),
        ),
        _UNEXPECTED,
        _AFTER,
    ),
    Case(
        "ccs-protected",
        "RFC 9846, section 5",
        _CCS_OTHER,
        Kind.REFUSE,
        spoken(("", _before_flight(lambda voice: voice.handshake(_CCS, b"\x01")))),
        _UNEXPECTED,
        _AFTER,
    ),
    Case(
        "ccs-after-finished",
        "RFC 9846, section 5",
        _CCS_PLACE,
        Kind.REFUSE,
        requested(("", _request_after(CHANGE_CIPHER_SPEC))),
        _UNEXPECTED,
        _AFTER,
    ),
    Case("ccs-twice", "RFC 9846, section 5", _CCS_DROP, Kind.TAKE, spoken(("", _two_ccs)), since=_AFTER),
    Case(
        "ccs-absent",
        "RFC 9846, appendix E.4",
        "the client can opt to provide a session ID or not",
        Kind.TAKE,
        spoken(("", _without_ccs)),
        since=_AFTER,
    ),
    Case(
        "unknown-type-after-keys",
        "RFC 9846, section 5",
        _UNKNOWN,
        Kind.REFUSE,
        spoken(
            ("in the clear", _before_flight(lambda voice: raw(_UNLISTED_TYPE, b"\x00"))),
            ("protected", _before_flight(lambda voice: voice.handshake(_UNLISTED_TYPE, b"\x00"))),
        ),
        _UNEXPECTED,
        _AFTER,
    ),
    Case(
        "protected-record-too-long",
        "RFC 9846, section 5.2",
        _OVERFLOW,
        Kind.REFUSE,
        spoken(("", _before_flight(_oversized))),
        (_A.RECORD_OVERFLOW,),
        _AFTER,
    ),
    Case(
        "protected-record-empty",
        "RFC 9846, section 5.4",
        _EMPTY_PROTECTED,
        Kind.REFUSE,
        spoken(
            ("handshake", _before_flight(lambda voice: voice.handshake(_HANDSHAKE, b""))),
            ("alert", _before_flight(lambda voice: voice.handshake(ContentType.ALERT, b""))),
        ),
        _UNEXPECTED,
        _AFTER,
    ),
    Case(
        "padding-alone",
        "RFC 9846, section 5.4",
        "does not find a non-zero octet in the cleartext, it MUST terminate the connection with an unexpected_message alert.",
        Kind.REFUSE,
        spoken(("", _before_flight(lambda voice: voice.handshake(0, bytes(16))))),
        _UNEXPECTED,
        _AFTER,
    ),
    Case(
        "padded-finished",
        "RFC 9846, section 5.4",
        "All encrypted TLS records can be padded",
        Kind.TAKE,
        spoken(("", _padded_finished)),
        since=_AFTER,
    ),
    Case("finished-in-records", "RFC 9846, section 5.1", _FRAGMENTED, Kind.TAKE, spoken(("", _cut_finished)), since=_AFTER),
    Case(
        "finished-and-more-in-its-record",
        "RFC 9846, section 5.1",
        _BOUNDARY,
        Kind.REFUSE,
        spoken(("dropped", _finished_and_more), ("read under the next keys", _finished_and_update)),
        _UNEXPECTED,
        _AFTER,
    ),
    Case(
        "empty-application-data",
        "RFC 9846, section 5.1",
        "Zero-length fragments of Application Data [...] MAY be sent",
        Kind.TAKE,
        requested(("", _empty_data_first)),
        since=_AFTER,
    ),
    Case(
        "request-byte-by-byte",
        "RFC 9846, section 5.1",
        "Application Data fragments MAY be split across multiple records or coalesced into a single record.",
        Kind.TAKE,
        requested(("", _small_records)),
        since=_AFTER,
    ),
)
