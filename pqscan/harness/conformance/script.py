"""What one connection of a case sends: a right TLS 1.3 client with hooks, each of which bends one thing.

A script without a change is its own control.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pqscan.harness.conformance.seen import Progress
from pqscan.harness.tls.keys import ConnectionKeys
from pqscan.harness.tls.records import framed
from pqscan.wire.key_agreement import COMPONENT_KEYS, KeyMaker, KeyShare
from pqscan.wire.tls.client_hello import ClientHello
from pqscan.wire.tls.record import encode_records
from pqscan.wire.tls.words import AlertDescription, ContentType, HandshakeType, Version

SUITES = (0x1301, 0x1302, 0x1303)
REQUEST = b"GET / HTTP/1.0\r\n\r\n"
CHANGE_CIPHER_SPEC = encode_records(ContentType.CHANGE_CIPHER_SPEC, Version.TLS12, b"\x01")
CLOSE_NOTIFY = b"\x01\x00"

Segments = tuple[bytes, ...]
"""Each is written by itself, so that it goes out as a TCP segment of its own where the network lets it."""


class Voice:
    """What a script speaks with once there are keys: seals records under handshake or application keys of the client."""

    def __init__(self, keys: ConnectionKeys, transcript: bytes, *, compatible: bool, certificate: bytes, ground: Ground) -> None:
        """`transcript` ends with the server's Finished; `certificate` is our empty Certificate message where one was asked for;
        of `ground`, what is asked and how."""
        self.keys = keys
        self.compatible = compatible
        self.asks_update = ground.asks_update
        self.closes_late = ground.closes_late
        self.request = ground.request
        self.certificate = certificate
        self._handshake = keys.protection(keys.client_handshake)
        self._application = keys.protection(keys.client_application)
        self._transcript = transcript + certificate

    def verify_data(self) -> bytes:
        """Of a right Finished."""
        return self.keys.client_handshake.finished_mac(self.transcript_hash())

    def transcript_hash(self) -> bytes:
        return self.keys.digest(self._transcript)

    def finished(self) -> bytes:
        """Our whole second flight as one handshake fragment: an empty Certificate where it was asked for, and Finished."""
        return self.certificate + framed(HandshakeType.FINISHED, self.verify_data())

    def handshake(self, kind: int, content: bytes) -> bytes:
        return self._handshake.seal(kind, content)

    def application(self, kind: int, content: bytes) -> bytes:
        return self._application.seal(kind, content)

    def farewell(self) -> bytes:
        """Our close_notify."""
        return self.application(ContentType.ALERT, CLOSE_NOTIFY)

    def closing(self) -> bytes:
        """What ends a request: our close_notify, or nothing where that waits for the answer."""
        return b"" if self.closes_late else self.farewell()

    def update_keys(self) -> None:
        """After a KeyUpdate of ours."""
        self._application = self.keys.next_client_application()


def unchanged(hello: ClientHello) -> ClientHello:
    return hello


def second_unchanged(second: ClientHello, first: ClientHello) -> ClientHello:
    return second


def in_one_record(message: bytes, version: int) -> Segments:
    return (encode_records(ContentType.HANDSHAKE, version, message),)


def usual_flight(voice: Voice) -> Segments:
    """Middlebox compatibility (RFC 9846, appendix E.4), then Finished."""
    prefix = CHANGE_CIPHER_SPEC if voice.compatible else b""
    return (prefix + voice.handshake(ContentType.HANDSHAKE, voice.finished()),)


def usual_request(voice: Voice) -> Segments:
    """A request and, mostly, our close_notify at once: whoever answers shows that it took our Finished, and nobody waits."""
    asked = key_update(voice) if voice.asks_update else b""
    data = voice.application(ContentType.APPLICATION_DATA, voice.request)
    return (asked + data + voice.closing(),)


def nothing_asked(voice: Voice) -> Segments:
    """Our close_notify alone: what comes all the same came unasked."""
    return (voice.farewell(),)


def key_update(voice: Voice) -> bytes:
    """A KeyUpdate that asks for one (RFC 9846, section 4.7.3); what follows is sealed with the new keys."""
    update = voice.application(ContentType.HANDSHAKE, framed(HandshakeType.KEY_UPDATE, b"\x01"))
    voice.update_keys()
    return update


@dataclass(frozen=True, slots=True)
class Script:
    """One connection. `groups` stand in supported_groups; `shares` are those of them that the hello carries real shares of,
    empty to ask for a HelloRetryRequest (RFC 9846, section 4.3.8).

    The hooks: `change_hello` and `change_second` (the second hello, then the first as sent) bend hellos; `frame` and
    `frame_second` put a message (with the record version) on the wire; `flight` and `request` say what follows the server's
    Finished. `ends_at`: we take our leave there, up to PROTECTED without computing any key. `keys` are key pairs to use instead
    of fresh ones. `label` tells variants apart.
    """

    groups: tuple[int, ...]
    shares: tuple[int, ...]
    label: str = ""
    versions: tuple[Version, ...] = (Version.TLS13,)
    suites: tuple[int, ...] = SUITES
    schemes: tuple[int, ...] | None = None
    session_id_bytes: int = 32
    size_bytes: int = 0
    change_hello: Callable[[ClientHello], ClientHello] = unchanged
    change_second: Callable[[ClientHello, ClientHello], ClientHello] = second_unchanged
    frame: Callable[[bytes, int], Segments] = in_one_record
    frame_second: Callable[[bytes, int], Segments] = in_one_record
    flight: Callable[[Voice], Segments] = usual_flight
    request: Callable[[Voice], Segments] = usual_request
    ends_at: Progress = Progress.APPLICATION
    keys: Mapping[int, KeyShare] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ground:
    """What every connection of one run stands on. `randomness(n)` gives n bytes. `asks_update`: the usual request begins with a
    KeyUpdate, for servers that answer no data; their own KeyUpdate then shows that they took our Finished. `data_tells`: data after
    our second flight is an answer to it; not so from a server that sends some unasked (RFC 9846, section 4.5.3). `closes_late`: our
    close_notify waits for the answer, for servers that answer nothing behind one (Postfix). `request` is the application data of
    the usual request."""

    randomness: Callable[[int], bytes]
    server_name: str | None = None
    makers: Mapping[str, KeyMaker] = field(default_factory=lambda: COMPONENT_KEYS)
    asks_update: bool = False
    data_tells: bool = True
    closes_late: bool = False
    request: bytes = REQUEST


GOODBYE = encode_records(ContentType.ALERT, Version.TLS12, bytes((1, AlertDescription.USER_CANCELED))) + encode_records(
    ContentType.ALERT, Version.TLS12, CLOSE_NOTIFY
)
"""Leaving in order before there are keys (RFC 9846, section 6.1)."""
