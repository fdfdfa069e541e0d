"""One TLS 1.3 connection as a client of the harness: dials, converses to the peer's close, and never raises on account of the peer.

After the handshake it waits a short while for a record that opens, then sends close_notify and waits once more for the peer's.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass

from pqscan.errors import (
    MalformedMessage,
    PeerClosed,
    PeerError,
    PeerTimedOut,
)
from pqscan.harness.peer_errors import Codes, reason_of
from pqscan.model.reason import Reason
from pqscan.model.target import NetworkTarget
from pqscan.net.converse import hear_last_words
from pqscan.net.starttls import opened
from pqscan.net.stream import Dialer, Stream
from pqscan.registry.clients import current_client
from pqscan.registry.tls import NamedGroup, named_group
from pqscan.wire.key_agreement import KeyShare, generate
from pqscan.wire.starttls.flavours import first_words
from pqscan.wire.tls.answer import Ending
from pqscan.wire.tls.client_hello import KeyShareEntry, Offer
from pqscan.wire.tls.conversation import ClientConversation
from pqscan.wire.tls.flight import SignatureCheck
from pqscan.wire.tls.session import ClientSession
from pqscan.wire.tls.version_survey import certificate_schemes
from pqscan.wire.tls.words import Version

ANSWER_SECONDS = 2.0
"""How long a peer that holds the handshake for done may take to send something, and then to close."""
SUITES = (0x1302, 0x1301, 0x1303, 0x1304)
_X25519 = 0x001D
_HTTPS_PORT = 443
_CODES = Codes("starttls_put_off")


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """`schemes` are the signature schemes to offer; `request` is sent as one application record, nothing where it is empty."""

    schemes: tuple[int, ...]
    server_name: str | None = None
    request: bytes = b""
    answer_seconds: float = ANSWER_SECONDS


def request_to(target: NetworkTarget) -> bytes:
    """What is sent under the new keys, so that an answer shows that they are the same on both sides."""
    return http_request(target) if target.starttls is None else first_words(target.starttls, target.server_name)


def http_request(target: NetworkTarget) -> bytes:
    """The smallest request that any web server answers (RFC 9112, section 3): no login, nothing changed, nothing kept open."""
    host = target.server_name or target.host_in_url
    if target.port != _HTTPS_PORT:
        host += f":{target.port}"
    return f"HEAD / HTTP/1.1\r\nHost: {host}\r\nUser-Agent: pqscan\r\nConnection: close\r\n\r\n".encode("ascii", "replace")


def direct_session(share: KeyShare, settings: ClientSettings, check: SignatureCheck) -> ClientSession:
    """A hello with the group's share in it."""
    return _session((share.group,), {share.group.value: share}, {}, settings, check)


def retry_session(share: KeyShare, settings: ClientSettings, check: SignatureCheck) -> ClientSession:
    """A hello with an empty list of shares, by which a client asks for a HelloRetryRequest (RFC 9846, section 4.3.8)."""
    return _session((share.group,), {}, {share.group.value: share}, settings, check)


def control(groups: tuple[NamedGroup, ...], settings: ClientSettings) -> ClientConversation:
    """What nearly every TLS server takes: TLS 1.3 and 1.2, every group to be tried and the classical ones, a share of X25519.

    A HelloRetryRequest is answer enough."""
    client = current_client()
    row = named_group(_X25519).row
    share = generate(row) if row is not None else None
    shares = {} if share is None else {share.group.value: share}
    offer = Offer(
        versions=(Version.TLS13, Version.TLS12),
        cipher_suites=client.cipher_suites,
        groups=tuple(dict.fromkeys((*(group.value for group in groups), *client.groups))),
        schemes=tuple(dict.fromkeys((*settings.schemes, *client.signature_schemes))),
        shares=_entries(shares),
        server_name=settings.server_name,
    )
    return ClientConversation(offer, secrets.token_bytes(32), secrets.token_bytes(32), shares=shares, follow_retry=False)


def _session(
    groups: tuple[NamedGroup, ...],
    shares: dict[int, KeyShare],
    later: dict[int, KeyShare],
    settings: ClientSettings,
    check: SignatureCheck,
) -> ClientSession:
    offer = Offer(
        versions=(Version.TLS13,),
        cipher_suites=SUITES,
        groups=tuple(group.value for group in groups),
        schemes=settings.schemes,
        certificate_schemes=tuple(dict.fromkeys((*certificate_schemes(Version.TLS13), *settings.schemes))),
        shares=_entries(shares),
        server_name=settings.server_name,
    )
    return ClientSession(
        offer,
        secrets.token_bytes(32),
        secrets.token_bytes(32),
        shares=shares,
        share_source=later.get,
        check_signature=check,
        request=settings.request,
    )


def _entries(shares: dict[int, KeyShare]) -> tuple[KeyShareEntry, ...]:
    return tuple(KeyShareEntry(value, share.public) for value, share in shares.items())


async def converse_with(
    conversation: ClientConversation, target: NetworkTarget, dialer: Dialer, answer_seconds: float = ANSWER_SECONDS
) -> Reason | None:
    """Runs a conversation over one connection to its end, after the prelude where the target has one. Why TLS could not begin; None
    where it did."""
    try:
        async with dialer.connect(target) as stream:
            await _run(conversation, await opened(target, stream), answer_seconds)
    except PeerError as error:
        return reason_of(error, _CODES)
    return None


async def _run(conversation: ClientConversation, stream: Stream, answer_seconds: float) -> None:
    """Whatever the stream raises becomes the conversation's ending."""
    try:
        await _exchange(conversation, stream, answer_seconds)
    except PeerClosed as error:
        conversation.give_up(Ending.RESET if error.by_reset else Ending.CLOSED)
    except PeerTimedOut:
        conversation.give_up(Ending.SILENCE)
    except MalformedMessage as error:  # It sends without end.
        conversation.give_up(Ending.MALFORMED, str(error))
    except PeerError:
        conversation.give_up(Ending.RESET)


async def _exchange(conversation: ClientConversation, stream: Stream, answer_seconds: float) -> None:
    session = conversation if isinstance(conversation, ClientSession) else None
    while True:
        data = conversation.bytes_to_send()
        if data:
            try:
                await stream.send(data)
            except PeerClosed:
                await hear_last_words(conversation, stream)
                if conversation.finished:
                    return
                raise
        if conversation.finished:
            return
        if session is None or not session.is_open:
            received = await stream.receive()
        else:
            try:
                async with asyncio.timeout(answer_seconds):
                    received = await stream.receive()
            except TimeoutError:
                if session.is_closing:
                    session.give_up(Ending.SILENCE)
                session.close()
                continue
        if received:
            conversation.receive(received)
        else:
            conversation.peer_closed()
