"""Packets before and after keys are in use: padding, lengths, segments, forged and unprotected packets, EXT_INFO, services (RFC
4253, sections 6, 7.3, 10 and 11.4; RFC 8308)."""

from __future__ import annotations

from dataclasses import replace

from pqscan.harness.conformance.case import Kind, Ruling
from pqscan.harness.conformance.ssh.case import Case, Peer, Scripts
from pqscan.harness.conformance.ssh.script import NEWKEYS, REQUEST, Hook, Script, Segments, Voice, init, usual_keys, usual_share
from pqscan.harness.conformance.ssh.seen import Ended, Progress, Seen
from pqscan.model.reason import Reason
from pqscan.model.trial import TrialVerdict
from pqscan.wire.ssh.fields import string
from pqscan.wire.ssh.kexinit import KexInit
from pqscan.wire.ssh.words import Message

_SECTION_6 = "RFC 4253, section 6"
_LEAST_PADDING = "There MUST be at least four bytes of padding."
_MULTIPLE = (
    "the total length of (packet_length || padding_length || payload || random padding) is a multiple of the cipher block size "
    "or 8, whichever is larger."
)
_PAYLOAD = "byte[n1] payload; n1 = packet_length - padding_length - 1"
_MOST_PADDING = "The maximum amount of padding is 255 bytes."
_REASONABLE = "implementations SHOULD check that the packet length is reasonable"
_INTEGRITY = (
    "Data integrity is protected by including with each packet a MAC that is computed from a shared secret, packet sequence "
    "number, and the contents of the packet."
)
_NEW_KEYS = "All messages sent after this message MUST use the new keys and algorithms."
_SERVICE = (
    "If the server rejects the service request, it SHOULD send an appropriate SSH_MSG_DISCONNECT message and MUST disconnect."
)
_UNRECOGNIZED = "An implementation MUST respond to all unrecognized messages with an SSH_MSG_UNIMPLEMENTED message"
_EXTENSIONS = "Applications MUST ignore unrecognized extension-names."
_STREAM = "SSH works over any 8-bit clean, binary-transparent transport."
_UNKNOWN_MESSAGE = bytes((19,))  # of the transport, and nobody has it (RFC 4250, section 4.1.2)
_UNKNOWN_SERVICE = bytes((Message.SERVICE_REQUEST,)) + string(b"ssh-unknown@pqscan.invalid")
_EXT_INFO = bytes((Message.EXT_INFO,)) + (1).to_bytes(4, "big") + string(b"unknown@pqscan.invalid") + string(b"value")
_MOST = 255
_CUT = 64  # bytes that go out one by one


def _on_best(*, share: Hook = usual_share, keys: Hook = usual_keys) -> Scripts:
    return lambda peer: tuple(Script(method, share=share, keys=keys) for method in peer.best)


def _shared(hook: Hook) -> Scripts:
    """Another packet than that of our public value."""
    return lambda peer: tuple(Script(method, share=hook, ends_at=Progress.REPLY) for method in peer.best)


def _short(peer: Peer) -> tuple[Script, ...]:
    offer, end = _with_short_padding, Progress.REPLY
    return tuple(Script(method, change_offer=offer, kexinit=_short_padding, ends_at=end) for method in peer.best)


def _packet(payload: bytes, padding: int, said: int | None = None, length: int | None = None) -> bytes:
    """A packet with any padding; `said` and `length` are told in the place of what is true."""
    size = 1 + len(payload) + padding if length is None else length
    return size.to_bytes(4, "big") + bytes((padding if said is None else said,)) + payload + bytes(padding)


def _whole_padding(payload: bytes) -> int:
    """The least padding that fills blocks of 8, which may be less than 4."""
    return -(5 + len(payload)) % 8


def _with_short_padding(offer: KexInit) -> KexInit:
    """Our KEXINIT at a length that takes less than four bytes of padding to fill its blocks: an unknown name makes up for it."""
    for size in range(8):
        longer = replace(offer, kex_algorithms=(*offer.kex_algorithms, f"unknown{'x' * size}@pqscan.invalid"))
        if _whole_padding(longer.encode()) < 4:
            return longer
    return offer


def _short_padding(voice: Voice) -> Segments:
    return (voice.raw(_packet(voice.kexinit, _whole_padding(voice.kexinit))),)


def _padding_beyond(voice: Voice) -> Segments:
    payload = init(voice.sent_share)
    return (voice.raw(_packet(payload[:67], 8, said=_MOST)), voice.write(payload))


def _unaligned(voice: Voice) -> Segments:
    payload = init(voice.sent_share)
    return (voice.raw(_packet(payload, _whole_padding(payload) + 9)),)


def _huge(voice: Voice) -> Segments:
    payload = init(voice.sent_share)
    return (voice.raw(_packet(payload, _whole_padding(payload) + 8, length=0xFFFF_FFF4)),)


def _long_padding(voice: Voice) -> Segments:
    payload = init(voice.sent_share)
    padding = _whole_padding(payload)
    return (voice.raw(_packet(payload, padding + (_MOST - padding) // 8 * 8)),)


def _byte_by_byte(voice: Voice) -> Segments:
    packet = voice.write(init(voice.sent_share))
    return (*(bytes((octet,)) for octet in packet[:_CUT]), packet[_CUT:])


def _forged(voice: Voice) -> Segments:
    newkeys = voice.write(NEWKEYS)
    voice.change_keys()
    packet = voice.write(REQUEST)
    return (newkeys + packet[:-1] + bytes((packet[-1] ^ 1,)),)


def _in_clear(voice: Voice) -> Segments:
    newkeys = voice.write(NEWKEYS)
    return (newkeys + voice.in_clear(REQUEST),)


def _without_newkeys(voice: Voice) -> Segments:
    voice.change_keys()
    return (voice.write(REQUEST),)


def _under_keys(*payloads: bytes) -> Hook:
    def keys(voice: Voice) -> Segments:
        newkeys = voice.write(NEWKEYS)
        voice.change_keys()
        return (newkeys + b"".join(map(voice.write, payloads)),)

    return keys


def _ext_info(peer: Peer) -> tuple[Script, ...]:
    return _on_best(keys=_under_keys(_EXT_INFO, REQUEST))(peer) if peer.takes_ext_info else ()


def _answers_unknown(_peer: Peer, seen: tuple[Seen, ...]) -> Ruling:
    """UNIMPLEMENTED has to come, and the connection to go on."""
    one = seen[0]
    if Message.UNIMPLEMENTED in one.messages and one.progress >= Progress.ACCEPTED:
        return Ruling(TrialVerdict.PASSED, None, one.told)
    if one.progress >= Progress.ACCEPTED:
        return Ruling(TrialVerdict.FAILED, Reason.of("conformance.ssh.not_unimplemented"), one.told)
    if one.progress >= Progress.REPLY and one.ended in (Ended.DISCONNECT, Ended.CLOSED, Ended.RESET):
        return Ruling(TrialVerdict.FAILED, Reason.of("conformance.ssh.ended_by_unknown"), one.told)
    return Ruling(TrialVerdict.UNKNOWN, Reason.of(f"conformance.ssh.no_answer.{one.ended.value}"), one.told)


CASES = (
    Case("padding-short", _SECTION_6, _LEAST_PADDING, Kind.MAY_REFUSE, _short),
    Case("padding-beyond-packet", _SECTION_6, _PAYLOAD, Kind.REFUSE, _shared(_padding_beyond)),
    Case("padding-longest", _SECTION_6, _MOST_PADDING, Kind.TAKE, _on_best(share=_long_padding)),
    Case("length-unaligned", _SECTION_6, _MULTIPLE, Kind.MAY_REFUSE, _shared(_unaligned)),
    Case("length-huge", "RFC 4253, section 6.1", _REASONABLE, Kind.MAY_REFUSE, _shared(_huge)),
    Case("share-byte-by-byte", "RFC 4253, section 4", _STREAM, Kind.TAKE, _on_best(share=_byte_by_byte)),
    Case(
        "packet-forged",
        "RFC 4253, section 6.4",
        _INTEGRITY,
        Kind.REFUSE,
        _on_best(keys=_forged),
        since=Progress.ANSWERED,
    ),
    Case(
        "packet-in-the-clear",
        "RFC 4253, section 7.3",
        _NEW_KEYS,
        Kind.REFUSE,
        _on_best(keys=_in_clear),
        since=Progress.ANSWERED,
    ),
    Case(
        "newkeys-missing",
        "RFC 4253, section 7.3",
        "This message is sent with the old keys and algorithms.",
        Kind.REFUSE,
        _on_best(keys=_without_newkeys),
        since=Progress.ANSWERED,
    ),
    Case(
        "service-unknown",
        "RFC 4253, section 10",
        _SERVICE,
        Kind.REFUSE,
        _on_best(keys=_under_keys(_UNKNOWN_SERVICE)),
        since=Progress.ACCEPTED,
    ),
    Case(
        "message-unknown",
        "RFC 4253, section 11.4",
        _UNRECOGNIZED,
        Kind.LOOK,
        _on_best(keys=_under_keys(_UNKNOWN_MESSAGE, REQUEST)),
        judge=_answers_unknown,
    ),
    Case(
        "ext-info-unknown",
        "RFC 8308, section 2.5",
        _EXTENSIONS,
        Kind.TAKE,
        _ext_info,
        needs="conformance.ssh.needs.ext_info",
    ),
)
