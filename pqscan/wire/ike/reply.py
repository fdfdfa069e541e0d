"""What a responder answers to one IKE_SA_INIT, and whether a datagram is that answer at all (RFC 7296, sections 1.2, 2.6, 2.7)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from pqscan.errors import MalformedMessage
from pqscan.wire.ike.header import Message
from pqscan.wire.ike.payloads import MOST_COOKIE_BYTES, CertificateRequest, KeyExchange, Notify, checked_nonce
from pqscan.wire.ike.proposals import Proposal, decode_proposals
from pqscan.wire.ike.words import ExchangeType, Flag, NotifyType, PayloadType


class ReplyKind(Enum):
    """OLD_VERSION: the responder knows no IKEv2 and says so, in IKEv1 or IKEv2 (RFC 7296, section 2.5)."""

    COOKIE = auto()
    CHOSEN = auto()
    OTHER_GROUP = auto()
    NO_PROPOSAL = auto()
    OLD_VERSION = auto()
    ERROR = auto()


@dataclass(frozen=True, slots=True)
class Reply:
    """`group` is that of the responder's KE payload, or the one it asks for. `error` is the notify type of another error."""

    kind: ReplyKind
    group: int | None = None
    chosen: Proposal | None = None
    cookie: bytes = b""
    error: int | None = None
    notifications: tuple[Notify, ...] = ()
    vendor_ids: tuple[bytes, ...] = ()
    certificate_requests: tuple[CertificateRequest, ...] = ()


def is_reply(message: Message, spi: bytes) -> bool:
    """Whether a message answers the IKE_SA_INIT with this SPI: nobody who did not see the question knows it."""
    if message.initiator_spi != spi or message.message_id != 0:
        return False
    if message.version[0] == 1:  # The only thing that an old responder can say of a newer version.
        return message.exchange == ExchangeType.INFORMATIONAL_V1
    sender = message.flags & (Flag.RESPONSE | Flag.INITIATOR)
    return message.version[0] == 2 and message.exchange == ExchangeType.IKE_SA_INIT and sender == Flag.RESPONSE


def decode_reply(message: Message) -> Reply:
    """Raises MalformedMessage where the answer is none that RFC 7296 allows."""
    if message.version[0] == 1:
        return Reply(ReplyKind.OLD_VERSION)
    notifications = tuple(Notify.decode(body) for body in message.of(PayloadType.NOTIFY))
    error = next((each for each in notifications if each.is_error), None)
    if error is not None:
        return _refusal(error, notifications)
    chosen = message.of(PayloadType.SA)
    if not chosen:
        return _cookie(notifications)
    proposals = decode_proposals(chosen[0])
    shares, nonces = message.of(PayloadType.KE), message.of(PayloadType.NONCE)
    if len(proposals) != 1 or len(chosen) != 1 or len(shares) != 1 or len(nonces) != 1:
        raise MalformedMessage("an answer to IKE_SA_INIT without exactly one proposal, KE payload and nonce")
    kinds = [each.kind for each in proposals[0].transforms]
    if len(set(kinds)) < len(kinds):  # RFC 7296, section 2.7: one of each type is chosen.
        raise MalformedMessage("an answer to IKE_SA_INIT that chooses several transforms of one type")
    checked_nonce(nonces[0])
    return Reply(
        ReplyKind.CHOSEN,
        group=KeyExchange.decode(shares[0]).group,
        chosen=proposals[0],
        notifications=notifications,
        vendor_ids=message.of(PayloadType.VENDOR_ID),
        certificate_requests=tuple(CertificateRequest.decode(body) for body in message.of(PayloadType.CERTREQ)),
    )


def _refusal(error: Notify, notifications: tuple[Notify, ...]) -> Reply:
    if error.kind == NotifyType.INVALID_KE_PAYLOAD:
        groups = error.numbers()
        if len(groups) != 1:
            raise MalformedMessage("INVALID_KE_PAYLOAD that does not name one group")
        return Reply(ReplyKind.OTHER_GROUP, group=groups[0], notifications=notifications)
    kinds = {NotifyType.NO_PROPOSAL_CHOSEN: ReplyKind.NO_PROPOSAL, NotifyType.INVALID_MAJOR_VERSION: ReplyKind.OLD_VERSION}
    known = next((kind for number, kind in kinds.items() if number == error.kind), ReplyKind.ERROR)
    return Reply(known, error=error.kind, notifications=notifications)


def _cookie(notifications: tuple[Notify, ...]) -> Reply:
    cookies = [each.data for each in notifications if each.kind == NotifyType.COOKIE]
    if len(cookies) != 1 or not 1 <= len(cookies[0]) <= MOST_COOKIE_BYTES:
        raise MalformedMessage("an answer to IKE_SA_INIT with neither a proposal nor an error nor one cookie of 1 to 64 bytes")
    return Reply(ReplyKind.COOKIE, cookie=cookies[0], notifications=notifications)
