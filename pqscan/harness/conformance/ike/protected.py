"""IKE_INTERMEDIATE with our encapsulation key, its protection and fragments, and the keys that follow (RFC 7296, section 3.14;
RFC 7383; RFC 9242; RFC 9370; draft-ietf-ipsecme-ikev2-mlkem)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pqscan.harness.conformance.case import Kind
from pqscan.harness.conformance.ike.case import METHODS, Case, Scripts
from pqscan.harness.conformance.ike.script import Datagrams, Hook, Script, Voice, usual_key_exchange
from pqscan.harness.conformance.ike.seen import Progress
from pqscan.harness.conformance.ml_kem import KEY_FAULTS
from pqscan.wire.ike.header import Message, Payload
from pqscan.wire.ike.payloads import KeyExchange
from pqscan.wire.ike.protected import Sealer
from pqscan.wire.ike.session import claim
from pqscan.wire.ike.words import ExchangeType, NotifyType, PayloadType

_ML_KEM = "draft-ietf-ipsecme-ikev2-mlkem, Recipient Tests"
_KEY_CHECKS = (
    "A responder checks the initiator's encapsulation key as FIPS 203, section 7.2 says before it encapsulates; one that fails is "
    "rejected, and the answer should be INVALID_SYNTAX."
)
_METHOD = "The KE payload of an additional key exchange names the method that was agreed on for it."
_CRITICAL = (
    "request messages that contain an unsupported critical payload, or where the whole message is malformed (rather than just bad "
    "payload contents), MUST be rejected in their entirety, and MUST only lead to an UNSUPPORTED_CRITICAL_PAYLOAD or "
    "INVALID_SYNTAX "
    "Notification sent as a response."
)
_UNKNOWN_PAYLOAD = "If the critical flag is not set and the payload type is unsupported, that payload MUST be ignored."
_CHECKSUM = (
    "To avoid a DoS attack using forged messages, this status may only be returned for and in an encrypted packet if "
    "the Message ID and "
    "cryptographic checksum were valid."
)
_ENCRYPTED = "the Encrypted payload MUST be present in the IKE_INTERMEDIATE exchange messages"
_MESSAGE_ID = (
    "Implementations MUST verify that Message IDs in the IKE_INTERMEDIATE messages they receive actually follow this rule."
)
_PADDING = "the recipient MUST accept any amount of Padding up to 255 octets."
_REASSEMBLY = (
    "When all IKE Fragment messages (as indicated in the Total Fragments field) are received, the decrypted content of "
    "all Encrypted "
    "Fragment payloads is merged together to form the content of the original Encrypted payload"
)
_REPLAY = (
    "If an IKE Fragment message with the same Message ID, Fragment Number, and Total Fragments fields is already present in the "
    "reassembling queue, this message is considered a replay and MUST be silently discarded."
)
_ICV = "If the ICV check fails, the message MUST be silently discarded."
_NUMBERS = (
    "check that the Fragment Number and the Total Fragments fields contain non-zero values [...] check that the value "
    "in the Fragment "
    "Number field is less than or equal to the value in the Total Fragments field [...] If any of these tests fail, "
    "the message MUST be "
    "silently discarded."
)
_RESTART = (
    "If reassembling is not finished yet and the Total Fragments field in the received fragment is greater than the "
    "Total Fragments "
    "field in those fragments that are in the reassembling queue, the receiver MUST discard all received fragments and start the "
    "reassembly process over with just the received IKE Fragment message."
)
_RENEWED = "Both sides use the keys that the additional key exchange renewed in the next exchange, and none before them."
_RECEIVING = "RFC 7383, section 2.6"
_NEEDS_ML_KEM, _NEEDS_FRAGMENTS = "conformance.ike.needs.ml_kem", "conformance.ike.needs.fragments"
_SYNTAX = (NotifyType.INVALID_SYNTAX,)
_FURTHER = Payload(120, b"pqscan")  # a payload type that IANA has given to nobody
_SMALL, _SMALLER = 500, 300  # bytes of a datagram: three and more fragments
_NO_NUMBER = 0xFFFF
_MOST_PADDING = 255
Pieces = Callable[[Voice, Message, list[bytes]], Datagrams]


def _on_first(hook: Hook, label: str = "") -> Scripts:
    return lambda peer: tuple(Script(*way, label=label, key_exchange=hook) for way in peer.hybrids[:1])


def _on_each(*variants: tuple[str, Hook]) -> Scripts:
    return lambda peer: tuple(Script(*way, label=label, key_exchange=hook) for way in peer.hybrids for label, hook in variants)


def _in_fragments(*variants: tuple[str, Hook]) -> Scripts:
    """For gateways that know fragments."""
    return lambda peer: _on_each(*variants)(replace(peer, hybrids=peer.hybrids[:1])) if peer.fragments else ()


def _key(change: Callable[[bytes], bytes]) -> Hook:
    return lambda voice: _sealed(voice, Payload(PayloadType.KE, replace(voice.key, value=change(voice.key.value)).encode()))


def _sealed(voice: Voice, *payloads: Payload) -> Datagrams:
    return voice.seal(voice.message(ExchangeType.IKE_INTERMEDIATE, payloads))


def _other_method(voice: Voice) -> Datagrams:
    other = next(each for each in METHODS if each != voice.key.group)
    return _sealed(voice, Payload(PayloadType.KE, KeyExchange(other, voice.key.value).encode()))


def _with_payload(payload: Payload) -> Hook:
    return lambda voice: _sealed(voice, voice.key_payload, payload)


def _forged(voice: Voice) -> Datagrams:
    """One bit of the last byte of every datagram turned: it is one of the tag's."""
    return tuple(map(_turned, usual_key_exchange(voice)))


def _turned(datagram: bytes) -> bytes:
    return datagram[:-1] + bytes((datagram[-1] ^ 1,))


def _in_clear(voice: Voice) -> Datagrams:
    return (voice.message(ExchangeType.IKE_INTERMEDIATE, (voice.key_payload,)).encode(),)


def _numbered(number: int) -> Hook:
    return lambda voice: voice.seal(voice.message(ExchangeType.IKE_INTERMEDIATE, (voice.key_payload,), number))


def _padded(voice: Voice) -> Datagrams:
    """Every byte of the padding is one that the sender chose."""
    return voice.seal(voice.message(ExchangeType.IKE_AUTH, claim(voice.random)), padding=bytes(range(_MOST_PADDING)))


def _pieces(hook: Pieces) -> Hook:
    def fragments(voice: Voice) -> Datagrams:
        message = voice.message(ExchangeType.IKE_INTERMEDIATE, (voice.key_payload,))
        return hook(voice, message, voice.sealer.seal(message, fragments=True, most=_SMALL))

    return fragments


def _backwards(_voice: Voice, _message: Message, pieces: list[bytes]) -> Datagrams:
    return tuple(pieces[::-1])


def _doubled(_voice: Voice, _message: Message, pieces: list[bytes]) -> Datagrams:
    return (*(each for piece in pieces[:-1] for each in (piece, piece)), pieces[-1])


def _forged_piece(_voice: Voice, _message: Message, pieces: list[bytes]) -> Datagrams:
    """The first fragment alone, with a bit changed; the right ones follow where it is passed over."""
    return (_turned(pieces[0]),)


def _odd_piece(number: int) -> Pieces:
    """A fragment alone whose number cannot be."""
    return lambda voice, message, pieces: (_odd(voice, message, number, len(pieces)),)


def _one_of_one(voice: Voice, message: Message, pieces: list[bytes]) -> Datagrams:
    """The only fragment there is, among those of a larger number."""
    return (pieces[0], _odd(voice, message, 1, 1), *pieces[1:])


def _odd(voice: Voice, message: Message, number: int, total: int) -> bytes:
    return voice.sealer.fragment(message, PayloadType.KE, number, total, b"nothing of it")


def _restarted(voice: Voice, message: Message, pieces: list[bytes]) -> Datagrams:
    """The first of a few, then all of many: a sender that found out that less fits."""
    return (pieces[0], *voice.sealer.seal(message, fragments=True, most=_SMALLER))


def _under_older(voice: Voice) -> Datagrams:
    if voice.older is None:
        return ()
    message = voice.message(ExchangeType.IKE_AUTH, claim(voice.random))
    return tuple(Sealer(voice.older.to_responder).seal(message, fragments=False))


CASES = (
    Case(
        "key-not-reduced",
        _ML_KEM,
        _KEY_CHECKS,
        Kind.REFUSE,
        _on_each(*((label, _key(change)) for label, change in KEY_FAULTS)),
        _SYNTAX,
        since=Progress.ENCAPSULATED,
        needs=_NEEDS_ML_KEM,
        is_quoted=False,
    ),
    Case(
        "key-of-wrong-size",
        _ML_KEM,
        _KEY_CHECKS,
        Kind.REFUSE,
        _on_each(
            ("one byte short", _key(lambda key: key[:-1])),
            ("one byte more", _key(lambda key: key + b"\0")),
            ("empty", _key(lambda _key: b"")),
        ),
        _SYNTAX,
        since=Progress.ENCAPSULATED,
        needs=_NEEDS_ML_KEM,
        is_quoted=False,
    ),
    Case(
        "key-of-other-method",
        "RFC 9370, section 2.2.2",
        _METHOD,
        Kind.MAY_REFUSE,
        _on_first(_other_method),
        since=Progress.ENCAPSULATED,
        needs=_NEEDS_ML_KEM,
        is_quoted=False,
    ),
    Case(
        "protected-payload-unknown",
        "RFC 7296, section 2.5",
        _UNKNOWN_PAYLOAD,
        Kind.TAKE,
        _on_first(_with_payload(_FURTHER)),
        needs=_NEEDS_ML_KEM,
    ),
    Case(
        "protected-payload-unknown-critical",
        "RFC 7296, section 2.21.2",
        _CRITICAL,
        Kind.REFUSE,
        _on_first(_with_payload(replace(_FURTHER, critical=True))),
        (NotifyType.UNSUPPORTED_CRITICAL_PAYLOAD, NotifyType.INVALID_SYNTAX),
        since=Progress.ENCAPSULATED,
        needs=_NEEDS_ML_KEM,
    ),
    Case(
        "message-forged",
        "RFC 7296, section 3.10.1",
        _CHECKSUM,
        Kind.REFUSE,
        _on_first(_forged),
        may_drop=True,
        since=Progress.ENCAPSULATED,
        needs=_NEEDS_ML_KEM,
    ),
    Case(
        "intermediate-in-the-clear",
        "RFC 9242, section 3.2",
        _ENCRYPTED,
        Kind.REFUSE,
        _on_first(_in_clear),
        may_drop=True,
        since=Progress.ENCAPSULATED,
        needs=_NEEDS_ML_KEM,
    ),
    Case(
        "message-id-wrong",
        "RFC 9242, section 3.2",
        _MESSAGE_ID,
        Kind.REFUSE,
        _on_each(("0 in the place of 1", _numbered(0)), ("6 in the place of 1", _numbered(6))),
        may_drop=True,
        since=Progress.ENCAPSULATED,
        needs=_NEEDS_ML_KEM,
    ),
    Case(
        "padding-longest",
        "RFC 5282, section 3",
        _PADDING,
        Kind.TAKE,
        lambda peer: tuple(Script(*way, authentication=_padded) for way in peer.base),
    ),
    Case(
        "fragments-backwards",
        _RECEIVING,
        _REASSEMBLY,
        Kind.TAKE,
        _in_fragments(("", _pieces(_backwards))),
        needs=_NEEDS_FRAGMENTS,
    ),
    Case("fragments-doubled", _RECEIVING, _REPLAY, Kind.TAKE, _in_fragments(("", _pieces(_doubled))), needs=_NEEDS_FRAGMENTS),
    Case(
        "fragment-forged",
        _RECEIVING,
        _ICV,
        Kind.REFUSE,
        _in_fragments(("", _pieces(_forged_piece))),
        may_drop=True,
        goes_on=True,
        since=Progress.ENCAPSULATED,
        needs=_NEEDS_FRAGMENTS,
    ),
    Case(
        "fragment-number-wrong",
        _RECEIVING,
        _NUMBERS,
        Kind.REFUSE,
        _in_fragments(("0", _pieces(_odd_piece(0))), ("beyond the total", _pieces(_odd_piece(_NO_NUMBER)))),
        may_drop=True,
        goes_on=True,
        since=Progress.ENCAPSULATED,
        needs=_NEEDS_FRAGMENTS,
    ),
    Case(
        "fragment-of-fewer",
        _RECEIVING,
        "check that the value in the Total Fragments field is equal to or greater than the Total Fragments field in the "
        "fragments that have already been stored in the reassembling queue",
        Kind.TAKE,
        _in_fragments(("", _pieces(_one_of_one))),
        needs=_NEEDS_FRAGMENTS,
    ),
    Case("fragments-anew", _RECEIVING, _RESTART, Kind.TAKE, _in_fragments(("", _pieces(_restarted))), needs=_NEEDS_FRAGMENTS),
    Case(
        "authentication-under-older-keys",
        "RFC 9370, section 2.2.2",
        _RENEWED,
        Kind.REFUSE,
        lambda peer: tuple(Script(*way, authentication=_under_older) for way in peer.hybrids[:1]),
        may_drop=True,
        since=Progress.ANSWERED,
        needs=_NEEDS_ML_KEM,
        is_quoted=False,
    ),
)
