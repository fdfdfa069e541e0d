"""The client's second flight and what follows it: Finished, KeyUpdate, messages out of place, the end (RFC 9846, sections
4.5.3, 4.7.3 and 6.1)."""

from __future__ import annotations

from collections.abc import Callable

from pqscan.harness.conformance.case import Case, Kind, Peer, Ruling
from pqscan.harness.conformance.cases.records import raw, requested, spoken
from pqscan.harness.conformance.script import (
    CHANGE_CIPHER_SPEC,
    REQUEST,
    Script,
    Segments,
    Voice,
    key_update,
    nothing_asked,
    usual_request,
)
from pqscan.harness.conformance.seen import Ended, Progress, Seen
from pqscan.harness.tls.records import framed
from pqscan.model.reason import Reason
from pqscan.model.trial import TrialVerdict
from pqscan.wire.tls.words import AlertDescription, ContentType, HandshakeType

_A = AlertDescription
_HANDSHAKE, _APPLICATION = ContentType.HANDSHAKE, ContentType.APPLICATION_DATA
_FINISHED_WRONG = (
    "Recipients of Finished messages MUST verify that the contents are correct and if incorrect MUST terminate the connection "
    "with a decrypt_error alert."
)
_DEPROTECT = "If the decryption fails, the receiver MUST terminate the connection with a bad_record_mac alert."
_ELSEWHEN = "receives a ClientHello at any other time, it MUST terminate the connection with an unexpected_message alert."
_EARLY_UPDATE = (
    "Implementations that receive a KeyUpdate message prior to receiving a Finished message MUST terminate the connection with an "
    "unexpected_message alert."
)
_UPDATE_VALUE = "If an implementation receives any other value, it MUST terminate the connection with an illegal_parameter alert."
_UPDATE_ANSWER = "the receiver MUST send a KeyUpdate of its own [...] prior to sending its next Application Data record."
_OUT_OF_PLACE = "An inappropriate message (e.g., the wrong handshake message, premature Application Data, etc.) was received."
_CLOSE = "Each party MUST send a close_notify alert before closing its write side of the connection"
_AFTER = Progress.APPLICATION
_STRAY_HELLO = framed(HandshakeType.CLIENT_HELLO, b"\x03\x03" + bytes(32) + b"\x00\x00\x02\x13\x01\x01\x00\x00\x00")


def _prefix(voice: Voice) -> bytes:
    return CHANGE_CIPHER_SPEC if voice.compatible else b""


def _finished(change: Callable[[bytes], bytes]) -> Callable[[Voice], Segments]:
    def flight(voice: Voice) -> Segments:
        message = voice.certificate + framed(HandshakeType.FINISHED, change(voice.verify_data()))
        return (_prefix(voice) + voice.handshake(_HANDSHAKE, message),)

    return flight


def _server_secret(voice: Voice) -> Segments:
    """A Finished made with the server's key, as a mirror would send it."""
    keys = voice.keys
    mac = keys.server_handshake.finished_mac(voice.transcript_hash())
    return (_prefix(voice) + voice.handshake(_HANDSHAKE, voice.certificate + framed(HandshakeType.FINISHED, mac)),)


def _no_finished(voice: Voice) -> Segments:
    return (_prefix(voice),)


def _plain_finished(voice: Voice) -> Segments:
    return (_prefix(voice) + raw(_HANDSHAKE, voice.finished()),)


def _bent_tag(voice: Voice) -> Segments:
    sealed = voice.handshake(_HANDSHAKE, voice.finished())
    return (_prefix(voice) + sealed[:-1] + bytes((sealed[-1] ^ 1,)),)


def _instead(kind: int, content: bytes) -> Callable[[Voice], Segments]:
    """Something else under handshake keys before the usual Finished."""
    return lambda voice: (_prefix(voice) + voice.handshake(kind, content) + voice.handshake(_HANDSHAKE, voice.finished()),)


def _then(kind: int, content: bytes) -> Callable[[Voice], Segments]:
    """Something else under application keys before the request."""
    return lambda voice: (voice.application(kind, content) + usual_request(voice)[0],)


def _bent_request(voice: Voice) -> Segments:
    sealed = voice.application(_APPLICATION, voice.request)
    return (sealed[:-1] + bytes((sealed[-1] ^ 1,)) + usual_request(voice)[0],)


def _plain_request(voice: Voice) -> Segments:
    return (raw(_APPLICATION, voice.request) + usual_request(voice)[0],)


def _update(voice: Voice) -> Segments:
    """A KeyUpdate that asks for one, then the request under the new keys."""
    return (key_update(voice) + voice.application(_APPLICATION, voice.request) + voice.closing(),)


def _update_answer(peer: Peer, seen: tuple[Seen, ...]) -> Ruling:
    """A server that talks first (the second connection shows it) had data under way before it could read our KeyUpdate."""
    one, talks_first = seen[0], any(other.data_before_key_update for other in seen[1:])
    if one.ended is Ended.FLOOD:
        return Ruling(TrialVerdict.UNKNOWN, Reason.of("conformance.peer_floods"), one.told)
    if one.data_before_key_update and not talks_first:
        return Ruling(TrialVerdict.FAILED, Reason.of("conformance.key_update_ignored"), one.told)
    if one.lacks_certificate:
        return Ruling(TrialVerdict.NOT_APPLICABLE, Reason.of("conformance.needs.no_certificate"), one.told)
    if any(other.key_updates for other in seen[1:]):
        return Ruling(TrialVerdict.UNKNOWN, Reason.of("conformance.talks_unasked"), one.told)
    if one.key_updates:
        return Ruling(TrialVerdict.PASSED, None, one.told)
    if one.ended is Ended.ALERT:
        return Ruling(TrialVerdict.FAILED, Reason.of("conformance.refused", alert=str(one.alert)), one.told)
    verdict = TrialVerdict.NOT_APPLICABLE if one.ended is Ended.CLOSE_NOTIFY else TrialVerdict.UNKNOWN
    return Ruling(verdict, Reason.of("conformance.no_application_data"), one.told)


def _close_answer(peer: Peer, seen: tuple[Seen, ...]) -> Ruling:
    one = seen[0]
    if one.lacks_certificate:
        return Ruling(TrialVerdict.NOT_APPLICABLE, Reason.of("conformance.needs.no_certificate"), one.told)
    if one.ended is Ended.CLOSE_NOTIFY:
        return Ruling(TrialVerdict.PASSED, None, one.told)
    if one.ended is Ended.CLOSED and one.progress >= Progress.FLIGHT:
        return Ruling(TrialVerdict.FAILED, Reason.of("conformance.no_close_notify"), one.told)
    reason = "conformance.peer_floods" if one.ended is Ended.FLOOD else f"conformance.end_not_seen.{one.ended.value}"
    return Ruling(TrialVerdict.UNKNOWN, Reason.of(reason), one.told)


def _usual(peer: Peer) -> tuple[Script, ...]:
    return (Script((peer.best,), (peer.best,)),) if peer.best is not None else ()


CASES = (
    Case(
        "finished-wrong",
        "RFC 9846, section 4.5.3",
        _FINISHED_WRONG,
        Kind.REFUSE,
        spoken(
            ("one bit turned", _finished(lambda mac: bytes((mac[0] ^ 1,)) + mac[1:])),
            ("last bit turned", _finished(lambda mac: mac[:-1] + bytes((mac[-1] ^ 1,)))),
            ("zeros", _finished(lambda mac: bytes(len(mac)))),
            ("of the server's key", _server_secret),
        ),
        (_A.DECRYPT_ERROR,),
        _AFTER,
    ),
    Case(
        "finished-of-wrong-size",
        "RFC 9846, section 4.5.3",
        "opaque verify_data[Hash.length];",
        Kind.REFUSE,
        spoken(
            ("empty", _finished(lambda mac: b"")),
            ("12 bytes", _finished(lambda mac: mac[:12])),
            ("one byte more", _finished(lambda mac: mac + b"\x00")),
        ),
        (_A.DECODE_ERROR, _A.DECRYPT_ERROR),
        _AFTER,
    ),
    Case(
        "finished-missing",
        "RFC 9846, section 5.2",
        _DEPROTECT,
        Kind.REFUSE,
        spoken(("", _no_finished)),
        (_A.BAD_RECORD_MAC, _A.UNEXPECTED_MESSAGE),
        _AFTER,
    ),
    Case(
        "finished-in-the-clear",
        "RFC 9846, section 5",
        "If a TLS implementation receives an unexpected record type, it MUST terminate the connection",
        Kind.REFUSE,
        spoken(("", _plain_finished)),
        (_A.UNEXPECTED_MESSAGE,),
        _AFTER,
    ),
    Case(
        "finished-record-forged",
        "RFC 9846, section 5.2",
        _DEPROTECT,
        Kind.REFUSE,
        spoken(("", _bent_tag)),
        (_A.BAD_RECORD_MAC,),
        _AFTER,
    ),
    Case(
        "data-before-finished",
        "RFC 9846, section 6.2",
        _OUT_OF_PLACE,
        Kind.REFUSE,
        spoken(("", _instead(_APPLICATION, REQUEST))),
        (_A.UNEXPECTED_MESSAGE,),
        _AFTER,
    ),
    Case(
        "hello-before-finished",
        "RFC 9846, section 4.2.2",
        _ELSEWHEN,
        Kind.REFUSE,
        spoken(("", _instead(_HANDSHAKE, _STRAY_HELLO))),
        (_A.UNEXPECTED_MESSAGE,),
        _AFTER,
    ),
    Case(
        "key-update-before-finished",
        "RFC 9846, section 4.7.3",
        _EARLY_UPDATE,
        Kind.REFUSE,
        spoken(("", _instead(_HANDSHAKE, framed(HandshakeType.KEY_UPDATE, b"\x00")))),
        (_A.UNEXPECTED_MESSAGE,),
        _AFTER,
    ),
    Case(
        "hello-after-handshake",
        "RFC 9846, section 4.2.2",
        _ELSEWHEN,
        Kind.REFUSE,
        requested(("", _then(_HANDSHAKE, _STRAY_HELLO))),
        (_A.UNEXPECTED_MESSAGE,),
        _AFTER,
    ),
    Case(
        "finished-twice",
        "RFC 9846, section 6.2",
        _OUT_OF_PLACE,
        Kind.REFUSE,
        requested(("", lambda voice: (voice.application(_HANDSHAKE, voice.finished()) + usual_request(voice)[0],))),
        (_A.UNEXPECTED_MESSAGE,),
        _AFTER,
    ),
    Case(
        "data-record-forged",
        "RFC 9846, section 5.2",
        _DEPROTECT,
        Kind.REFUSE,
        requested(("", _bent_request)),
        (_A.BAD_RECORD_MAC,),
        _AFTER,
    ),
    Case(
        "data-in-the-clear",
        "RFC 9846, section 5.1",
        "Application Data messages are always protected.",
        Kind.REFUSE,
        requested(("", _plain_request)),
        (_A.BAD_RECORD_MAC, _A.UNEXPECTED_MESSAGE),
        _AFTER,
    ),
    Case(
        "key-update",
        "RFC 9846, section 4.7.3",
        _UPDATE_ANSWER,
        Kind.LOOK,
        requested(("", _update), ("nothing asked", nothing_asked)),
        since=_AFTER,
        judge=_update_answer,
    ),
    Case(
        "key-update-of-wrong-value",
        "RFC 9846, section 4.7.3",
        _UPDATE_VALUE,
        Kind.REFUSE,
        requested(("", _then(_HANDSHAKE, framed(HandshakeType.KEY_UPDATE, b"\x02")))),
        (_A.ILLEGAL_PARAMETER,),
        _AFTER,
    ),
    Case("close-notify", "RFC 9846, section 6.1", _CLOSE, Kind.LOOK, _usual, judge=_close_answer),
)
