"""What ended a connection before anything could be told, as a reason: one table, with the codes that are each protocol's own."""

from __future__ import annotations

from dataclasses import dataclass

from pqscan.errors import (
    PeerClosed,
    PeerError,
    PeerRefused,
    PeerRejected,
    PeerThrottled,
    PeerTimedOut,
    PeerUnreachable,
    WrongProtocol,
)
from pqscan.model.reason import Reason

_MOST_DETAIL = 200
_PLAIN = ((PeerRefused, "peer_refused"), (PeerUnreachable, "peer_unreachable"), (PeerTimedOut, "peer_timed_out"))


@dataclass(frozen=True, slots=True)
class Codes:
    """Codes of reasons. `rejected` None: the error names its own. `too_many` is the refusal that stands for `throttled`."""

    throttled: str
    rejected: str | None = None
    other_protocol: str = "wrong_protocol_like"
    too_many: int | None = None


def reason_of(error: PeerError, codes: Codes) -> Reason:
    """Why nothing can be told of a peer that ended so."""
    detail = str(error)[:_MOST_DETAIL]
    plain = next((code for kind, code in _PLAIN if isinstance(error, kind)), None)
    if plain is not None:
        return Reason.of(plain)
    match error:
        case PeerThrottled():
            return Reason.of(codes.throttled, detail=detail)
        case PeerRejected(code=int(code)) if code == codes.too_many:
            return Reason.of(codes.throttled, detail=detail)
        case PeerRejected():
            return Reason.of(codes.rejected or error.phrase, detail=detail)
        case WrongProtocol(like=str(like)) if like:
            return Reason.of(codes.other_protocol, what=like)
        case WrongProtocol():
            return Reason.of("wrong_protocol", detail=detail)
        case PeerClosed():
            return Reason.of("peer_reset" if error.by_reset else "peer_closed")
        case _:
            return Reason.of("malformed_message", detail=detail)
