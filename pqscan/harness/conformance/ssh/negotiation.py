"""KEXINIT and what surrounds it: guesses, unknown names, nothing in common, and the strict key exchange (RFC 4253, section 7;
OpenSSH's PROTOCOL, 1.10)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pqscan.harness.conformance.case import Kind
from pqscan.harness.conformance.ssh.case import CANDIDATES, Case, Peer, Scripts
from pqscan.harness.conformance.ssh.script import DEBUG, IGNORE, NEWKEYS, REQUEST, Hook, Script, Segments, Voice, init
from pqscan.harness.conformance.ssh.seen import Progress
from pqscan.harness.ssh.methods import host_keys
from pqscan.wire.ssh.kexinit import KexInit
from pqscan.wire.ssh.session import STRICT_CLIENT

_GUESS = (
    "If the other party's guess was wrong, and this field was TRUE, the next packet MUST be silently ignored, and both sides MUST "
    "then act as determined by the negotiated key exchange method."
)
_RIGHT_GUESS = "If the guess was right, key exchange MUST continue using the guessed packet."
_CHOICE = "Choose the first algorithm that satisfies the following conditions: [...] the server also supports the algorithm"
_NONE = "If no algorithm satisfying all these conditions can be found, the connection fails, and both sides MUST disconnect."
_ONE_KEXINIT = "(but further SSH_MSG_KEXINIT messages MUST NOT be sent)"
STRICT = (
    "During initial KEX, terminate the connection if out-of-sequence packet or any message that is not strictly required by KEX is "
    "received."
)
_STRICT_FIRST = "This includes terminating the connection if the first packet received is not SSH2_MSG_KEXINIT."
_STRICT_IDLE = (
    "Unexpected packets for the purpose of strict KEX include messages that are otherwise valid at any time during the connection "
    "such as SSH2_MSG_DEBUG, SSH2_MSG_IGNORE or SSH2_MSG_UNIMPLEMENTED."
)
_STRICT_COUNT = "After sending or receiving a SSH2_MSG_NEWKEYS message, reset the packet sequence number to zero."
STRICT_NAME, _NEEDS_STRICT = "PROTOCOL of OpenSSH 10.0, 1.10", "conformance.ssh.needs.strict"
_SECTION = "RFC 4253, section 7.1"
_UNKNOWN = "unknown-{}@pqscan.invalid"
_MANY = 40
_COUNTING = ("chacha20-poly1305@openssh.com", "aes256-ctr", "aes128-ctr")
"""Ciphers under which the number of a packet counts; AES-GCM has a counter of its own."""


def _on_best(**hooks: object) -> Scripts:
    return lambda peer: tuple(replace(Script(method), **hooks) for method in peer.best)  # type: ignore[arg-type]  # As the fields are.


def _strict(*variants: Script) -> Scripts:
    """Variants on the best method of a server that speaks the strict key exchange."""
    return lambda peer: tuple(replace(each, method=method) for method in peer.best for each in variants) if peer.is_strict else ()


def _hooked(label: str, ends_at: Progress, **hooks: Hook) -> Script:
    return replace(Script(CANDIDATES[0], label, ends_at=ends_at), **hooks)  # type: ignore[arg-type]  # As the fields are.


def _before(*names: str) -> Callable[[KexInit], KexInit]:
    return lambda offer: replace(offer, kex_algorithms=(*names, *offer.kex_algorithms))


def _alone(*names: str) -> Callable[[KexInit], KexInit]:
    return lambda offer: replace(offer, kex_algorithms=(*names, *offer.kex_algorithms[1:]))


def _guessing(offer: KexInit) -> KexInit:
    return replace(_before(_UNKNOWN.format(0))(offer), first_kex_packet_follows=True)


def _wrong_guess(voice: Voice) -> Segments:
    return (voice.write(voice.kexinit), voice.write(init(b"a guess at another method")))


def _right_guesses(peer: Peer) -> tuple[Script, ...]:
    """Only where the server's own first method and host key are known here: the guess is right by being both."""
    lists = peer.lists
    if lists is None or not lists.server_host_key_algorithms or lists.key_exchanges[:1] not in [(name,) for name in peer.methods]:
        return ()
    key = lists.server_host_key_algorithms[0]

    def change(offer: KexInit) -> KexInit:
        keys = tuple(dict.fromkeys((key, *offer.server_host_key_algorithms)))
        return replace(offer, server_host_key_algorithms=keys, first_kex_packet_follows=True)

    def kexinit(voice: Voice) -> Segments:
        return (voice.write(voice.kexinit) + voice.write(init(voice.sent_share)),)

    script = Script(lists.key_exchanges[0], change_offer=change, kexinit=kexinit, share=_nothing)
    return (script,) if key in host_keys() else ()


def _nothing(_voice: Voice) -> Segments:
    return ()


def _unlike_strict(offer: KexInit) -> KexInit:
    return replace(offer, kex_algorithms=tuple(name for name in offer.kex_algorithms if name != STRICT_CLIENT))


def _twice(voice: Voice) -> Segments:
    return (voice.write(voice.kexinit), voice.write(voice.kexinit))


def _first(payload: bytes) -> Hook:
    return lambda voice: (voice.write(payload), voice.write(voice.kexinit))


def _before_share(payload: bytes) -> Hook:
    return lambda voice: (voice.write(payload), voice.write(init(voice.sent_share)))


def _before_keys(payload: bytes) -> Hook:
    def keys(voice: Voice) -> Segments:
        packet, newkeys = voice.write(payload), voice.write(NEWKEYS)
        voice.change_keys()
        return (packet, newkeys, voice.write(REQUEST))

    return keys


def _count_kept(voice: Voice) -> Segments:
    newkeys = voice.write(NEWKEYS)
    voice.change_keys(keeps_count=True)
    return (newkeys, voice.write(REQUEST))


def _counting(peer: Peer) -> tuple[Script, ...]:
    lists = peer.lists
    if lists is None or not peer.is_strict or not set(_COUNTING) & set(lists.encryption_client_to_server):
        return ()

    def change(offer: KexInit) -> KexInit:
        return replace(offer, encryption_client_to_server=_COUNTING)

    return tuple(Script(method, change_offer=change, keys=_count_kept) for method in peer.best)


CASES = (
    Case(
        "guess-wrong",
        _SECTION,
        _GUESS,
        Kind.TAKE,
        _on_best(change_offer=_guessing, kexinit=_wrong_guess),
    ),
    Case("guess-right", _SECTION, _RIGHT_GUESS, Kind.TAKE, _right_guesses, needs="conformance.ssh.needs.first_method"),
    Case("unknown-method-first", _SECTION, _CHOICE, Kind.TAKE, _on_best(change_offer=_before(_UNKNOWN.format(0)))),
    Case(
        "many-unknown-methods",
        _SECTION,
        _CHOICE,
        Kind.TAKE,
        _on_best(change_offer=_before(*(_UNKNOWN.format(number) for number in range(_MANY)))),
    ),
    Case(
        "no-method-in-common",
        _SECTION,
        _NONE,
        Kind.REFUSE,
        _on_best(change_offer=_alone(_UNKNOWN.format(0)), ends_at=Progress.REPLY, insists=True),
    ),
    Case(
        "kexinit-twice",
        _SECTION,
        _ONE_KEXINIT,
        Kind.MAY_REFUSE,
        _on_best(change_offer=_unlike_strict, kexinit=_twice, ends_at=Progress.REPLY),
    ),
    Case(
        "strict-kexinit-twice",
        STRICT_NAME,
        STRICT,
        Kind.REFUSE,
        _strict(_hooked("", Progress.REPLY, kexinit=_twice)),
        needs=_NEEDS_STRICT,
    ),
    Case(
        "strict-message-first",
        STRICT_NAME,
        _STRICT_FIRST,
        Kind.REFUSE,
        _strict(_hooked("IGNORE", Progress.REPLY, kexinit=_first(IGNORE)), _hooked("DEBUG", Progress.REPLY, kexinit=_first(DEBUG))),
        needs=_NEEDS_STRICT,
    ),
    Case(
        "strict-message-within",
        STRICT_NAME,
        _STRICT_IDLE,
        Kind.REFUSE,
        _strict(
            _hooked("IGNORE", Progress.REPLY, share=_before_share(IGNORE)),
            _hooked("DEBUG", Progress.REPLY, share=_before_share(DEBUG)),
            _hooked("SERVICE_REQUEST", Progress.REPLY, share=_before_share(REQUEST)),
            _hooked("NEWKEYS", Progress.REPLY, share=_before_share(NEWKEYS)),
        ),
        needs=_NEEDS_STRICT,
    ),
    Case(
        "strict-message-before-newkeys",
        STRICT_NAME,
        _STRICT_IDLE,
        Kind.REFUSE,
        _strict(
            _hooked("IGNORE", Progress.ACCEPTED, keys=_before_keys(IGNORE)),
            _hooked("DEBUG", Progress.ACCEPTED, keys=_before_keys(DEBUG)),
            _hooked("SERVICE_REQUEST", Progress.ACCEPTED, keys=_before_keys(REQUEST)),
        ),
        since=Progress.ANSWERED,
        needs=_NEEDS_STRICT,
    ),
    Case(
        "strict-count-kept",
        STRICT_NAME,
        _STRICT_COUNT,
        Kind.REFUSE,
        _counting,
        since=Progress.ANSWERED,
        needs="conformance.ssh.needs.counting",
    ),
)
