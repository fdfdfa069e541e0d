"""A client carried past the key exchange, without I/O: NEWKEYS both ways, then one service request under the new keys (RFC 4253,
sections 7.3 and 10). What the server answers shows that both sides hold the same keys; nobody logs in.

Strict key exchange (OpenSSH's PROTOCOL, 1.10) and EXT_INFO (RFC 8308) are asked for. Keeps what a reader of a trace wants to know
of each message: which, how large, whether protected; never a secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from pqscan.errors import MalformedMessage, PeerRejected
from pqscan.wire.cursor import Cursor
from pqscan.wire.key_agreement import COMPONENT_KEYS, KeyMaker
from pqscan.wire.ssh.conversation import MOST_IDLE_MESSAGES, SshConversation
from pqscan.wire.ssh.exchange import Proof
from pqscan.wire.ssh.fields import read_string, shown, string
from pqscan.wire.ssh.kexinit import KexInit, agreed_suites
from pqscan.wire.ssh.protection import CIPHERS, MACS, Agreed, needs_mac, protection
from pqscan.wire.ssh.words import Disconnect, Message

STRICT_CLIENT, STRICT_SERVER = "kex-strict-c-v00@openssh.com", "kex-strict-s-v00@openssh.com"
EXT_INFO_CLIENT, EXT_INFO_SERVER = "ext-info-c", "ext-info-s"
SERVICE = b"ssh-userauth"
_IDLE = frozenset({Message.IGNORE, Message.DEBUG, Message.UNIMPLEMENTED})
_MOST_EVENTS = 100
_MOST_EXTENSIONS = 64
_MOST_TEXT = 200


class Stage(IntEnum):
    """How far the server came with us."""

    NOTHING = 0
    KEXINIT = 1  # both KEXINITs are there
    PROVEN = 2  # the host key and its signature came
    NEWKEYS = 3  # the server's
    OPENED = 4  # one packet at least opened under the server's keys
    ANSWERED = 5  # and one of them answers what we sent under ours


@dataclass(frozen=True, slots=True)
class Event:
    """One message. `size_bytes` counts its payload. `facts` are names of the standard with what stood there."""

    is_sent: bool
    what: str
    size_bytes: int
    is_protected: bool
    facts: tuple[tuple[str, str], ...] = ()


class SshSession(SshConversation):
    """As an `SshConversation`, and goes on after the proof. `offer` takes ciphers and MACs of `protection.CIPHERS` and `MACS`
    alone.

    `is_strict`: both sides speak the strict key exchange. `answer` is the message that answered the service request, as text.
    `receive` raises as that of the conversation; a DISCONNECT that refuses the service is an answer and raises nothing."""

    def __init__(self, offer: KexInit, *, makers: Mapping[str, KeyMaker] = COMPONENT_KEYS) -> None:
        super().__init__(offer, makers=makers)
        self.stage = Stage.NOTHING
        self.is_strict = False
        self.answer = ""
        self.events: list[Event] = []
        self._unused = 0  # messages that brought nothing, under keys
        self._from_server: Agreed | None = None

    @property
    def offer(self) -> KexInit:
        """What was asked for."""
        return self._offer

    def _send(self, payload: bytes) -> None:
        self._note(True, payload)
        super()._send(payload)

    def _take(self, payload: bytes) -> None:
        self._note(False, payload)
        if self._from_server is None:
            before = self.server_kexinit
            if self.is_strict and payload[0] in (*_IDLE, Message.EXT_INFO):
                raise MalformedMessage(f"message {payload[0]} within a key exchange that is strict")
            super()._take(payload)
            if before is None and self.server_kexinit is not None:
                self._begin(self.server_kexinit)
        elif self.stage < Stage.NEWKEYS:
            self._take_newkeys(payload)
        else:
            self._take_protected(payload)

    def _begin(self, server: KexInit) -> None:
        self.stage = Stage.KEXINIT
        self.is_strict = STRICT_SERVER in server.kex_algorithms and STRICT_CLIENT in self._offer.kex_algorithms
        if self.is_strict and self._packets.count > 1:
            raise MalformedMessage("a message before KEXINIT in a key exchange that is strict")

    def _go_on(self, proof: Proof) -> None:
        """The proof is there: a signature that does not verify ends it."""
        self.stage = Stage.PROVEN
        if self.server_kexinit is None or (self.proven is not None and self.proven.verified is False):
            self._end()
            return
        agreed = Agreed(proof.hash_name, proof.shared_secret, proof.exchange_hash)
        self._from_server = agreed
        (cipher, mac), _ = agreed_suites(self._offer, self.server_kexinit)
        if cipher is None or (needs_mac(cipher) and mac is None):
            raise MalformedMessage("no cipher and MAC that both sides have")
        self._send(bytes((Message.NEWKEYS,)))
        self._writer.protect(protection(agreed, cipher, mac, to_server=True), 0 if self.is_strict else None)
        self._send(bytes((Message.SERVICE_REQUEST,)) + string(SERVICE))

    def _take_newkeys(self, payload: bytes) -> None:
        number = payload[0]
        if number in (*_IDLE, Message.EXT_INFO) and not self.is_strict:
            self._pass_over()
            return
        if number == Message.DISCONNECT:
            super()._take(payload)
        if payload != bytes((Message.NEWKEYS,)):
            raise MalformedMessage(f"message {number} in the key exchange, where {int(Message.NEWKEYS)} is due")
        agreed, server = self._from_server, self.server_kexinit
        if agreed is None or server is None:
            raise MalformedMessage("new keys that nobody agreed on")
        _, (cipher, mac) = agreed_suites(self._offer, server)
        if cipher is None or (needs_mac(cipher) and mac is None):
            raise MalformedMessage("no cipher and MAC that both sides have")
        self._packets.protect(protection(agreed, cipher, mac, to_server=False), 0 if self.is_strict else None)
        self.stage = Stage.NEWKEYS

    def _take_protected(self, payload: bytes) -> None:
        self.stage = max(self.stage, Stage.OPENED)
        number = payload[0]
        if number in (Message.IGNORE, Message.DEBUG, Message.EXT_INFO):
            self._pass_over()
        elif number == Message.SERVICE_ACCEPT:
            service = shown(read_string(Cursor(payload, 1), "SERVICE_ACCEPT"), _MOST_TEXT)
            self._answered(f"SERVICE_ACCEPT {service}")
            self._end()
        elif number == Message.UNIMPLEMENTED:
            self._answered("UNIMPLEMENTED")
            self._end()
        elif number == Message.DISCONNECT:
            self._take_disconnect(payload)
        else:
            raise MalformedMessage(f"message {number} where the answer to a service request is due")

    def _take_disconnect(self, payload: bytes) -> None:
        """One that refuses the service answers what we sent; any other says that the server could not take it."""
        try:
            super()._take(payload)
        except PeerRejected as error:
            if error.code != Disconnect.SERVICE_NOT_AVAILABLE:
                raise
            self._answered("DISCONNECT service_not_available")
            self.finished = True

    def _answered(self, answer: str) -> None:
        self.stage, self.answer = Stage.ANSWERED, answer

    def _pass_over(self) -> None:
        self._unused += 1
        if self._unused > MOST_IDLE_MESSAGES:
            raise MalformedMessage(f"the peer floods: more than {MOST_IDLE_MESSAGES} messages that bring nothing")

    def _note(self, is_sent: bool, payload: bytes) -> None:
        if len(self.events) >= _MOST_EVENTS:
            return
        is_protected = self._writer.is_protected if is_sent else self._packets.is_protected
        self.events.append(Event(is_sent, _name_of(payload[0]), len(payload), is_protected, _facts(payload)))


def hybrid_offer(cookie: bytes, method: str, host_keys: tuple[str, ...]) -> KexInit:
    """A KEXINIT with one key exchange method, and the marks of what we understand beside it."""
    methods = (method, EXT_INFO_CLIENT, STRICT_CLIENT)
    return KexInit(cookie, methods, host_keys, CIPHERS, CIPHERS, MACS, MACS, ("none",), ("none",))


def _name_of(number: int) -> str:
    if number in (Message.KEXDH_INIT, Message.KEXDH_REPLY):
        return "KEX_HYBRID_INIT" if number == Message.KEXDH_INIT else "KEX_HYBRID_REPLY"
    known = number in Message.__members__.values()
    return Message(number).name if known else f"message {number}"


def _facts(payload: bytes) -> tuple[tuple[str, str], ...]:
    """What of a message is told: names, and sizes of values. Whatever stands there, nothing is raised."""
    cursor = Cursor(payload, 1)
    try:
        match payload[0]:
            case Message.KEXINIT:
                server = KexInit.decode(payload)
                return tuple(zip(("kex_algorithms", "server_host_key_algorithms"), map(", ".join, server.lists[:2]), strict=True))
            case Message.KEXDH_INIT:
                return (("C_INIT", f"{len(read_string(cursor, 'C_INIT'))} B"),)
            case Message.KEXDH_REPLY:
                blob, share, signature = (read_string(cursor, what) for what in ("K_S", "S_REPLY", "signature"))
                kind = shown(read_string(Cursor(blob), "K_S"), _MOST_TEXT)
                return ("K_S", f"{kind}, {len(blob)} B"), ("S_REPLY", f"{len(share)} B"), ("signature", f"{len(signature)} B")
            case Message.EXT_INFO:
                return _extensions(cursor)
            case Message.SERVICE_REQUEST | Message.SERVICE_ACCEPT:
                return (("service", shown(read_string(cursor, "service"), _MOST_TEXT)),)
            case _:
                return ()
    except MalformedMessage:
        return ()


def _extensions(cursor: Cursor) -> tuple[tuple[str, str], ...]:
    """RFC 8308, section 2.3."""
    count = min(cursor.uint32("EXT_INFO"), _MOST_EXTENSIONS)
    found = []
    for _ in range(count):
        name = shown(read_string(cursor, "an extension's name"), _MOST_TEXT)
        found.append((name, shown(read_string(cursor, "an extension's value"), _MOST_TEXT)))
    return tuple(found)
