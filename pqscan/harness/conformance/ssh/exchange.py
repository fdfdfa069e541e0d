"""One connection of a case without I/O: plays a `Script` against whatever the server sends, and notes what that is.

No bytes of a peer make it raise anything.
"""

from __future__ import annotations

from dataclasses import dataclass

from pqscan.errors import MalformedMessage, PeerThrottled, WrongProtocol
from pqscan.harness.conformance.carrying import Closing
from pqscan.harness.conformance.ssh.script import GOODBYE, Hook, Script, Segments, Voice
from pqscan.harness.conformance.ssh.seen import Ended, Progress, Seen
from pqscan.wire.cursor import Cursor
from pqscan.wire.ssh.banner import IdentificationReader
from pqscan.wire.ssh.conversation import IDENTIFICATION, MOST_IDLE_MESSAGES, check_host_signature
from pqscan.wire.ssh.exchange import Preamble, Proof, exchange
from pqscan.wire.ssh.fields import read_string
from pqscan.wire.ssh.kexinit import KexInit, Suite, agree, agreed_suites
from pqscan.wire.ssh.packet import PacketReader
from pqscan.wire.ssh.protection import Agreed, Protection, needs_mac, protection
from pqscan.wire.ssh.session import STRICT_CLIENT, STRICT_SERVER, hybrid_offer
from pqscan.wire.ssh.words import Disconnect, Message

_IDLE = frozenset({Message.IGNORE, Message.DEBUG, Message.EXT_INFO, Message.UNIMPLEMENTED})


@dataclass(frozen=True, slots=True)
class Ground:
    """What every connection of one run stands on: the host key algorithms to offer, and the cookie."""

    host_keys: tuple[str, ...]
    cookie: bytes


class Exchange:
    """Send what `segments_to_send` gives; feed it with `receive`; read `seen` when `finished`."""

    def __init__(self, script: Script, ground: Ground) -> None:
        self.seen = Seen()
        self.finished = False
        self._script = script
        self._offer = script.change_offer(hybrid_offer(ground.cookie, script.method, ground.host_keys))
        self._exchange = exchange(script.method, script.makers)
        share = read_string(Cursor(self._exchange.start(), 1), "our public value")
        self._voice = Voice(self._offer.encode(), share)
        self._voice.sent_share = script.change_share(share)
        self._outgoing: list[bytes] = [IDENTIFICATION + b"\r\n"]
        self._identifications = IdentificationReader()
        self._identification: bytes | None = None
        self._packets = PacketReader()
        self._preamble: Preamble | None = None
        self._agreed: Agreed | None = None
        self._skips_guess = False
        self._idle = 0

    def segments_to_send(self) -> Segments:
        """What is due now, each piece once."""
        due, self._outgoing = tuple(self._outgoing), []
        return due

    def receive(self, data: bytes) -> None:
        """Takes the next bytes of the server."""
        if self.finished:
            return
        try:
            self._receive(data)
        except MalformedMessage as error:
            self.end(Ended.MALFORMED, str(error))
        except PeerThrottled as error:
            self.end(Ended.THROTTLED, str(error))
        except WrongProtocol as error:
            self.end(Ended.WRONG_PROTOCOL, str(error))

    def closed(self, how: Closing, problem: str = "") -> None:
        """Nothing more comes. What came before an identification may say more than that."""
        ended = Ended(how.value)
        if how is not Closing.FLOOD and not self.finished and self._identification is None:
            try:
                self._identifications.closed()
            except PeerThrottled as error:
                ended, problem = Ended.THROTTLED, str(error)
            except WrongProtocol as error:
                ended, problem = Ended.WRONG_PROTOCOL, str(error)
        self.end(ended, problem)

    def end(self, ended: Ended, problem: str = "") -> None:
        """The first end counts."""
        if not self.finished:
            self.finished = True
            self.seen.ended, self.seen.problem = ended, problem

    def _receive(self, data: bytes) -> None:
        if self._identification is None:
            found = self._identifications.feed(data)
            if found is None:
                return
            identification, data = found
            if not identification.speaks_2:
                self.end(Ended.WRONG_PROTOCOL, f"SSH {identification.version}")
                return
            self._identification = identification.raw
            self._say(self._script.kexinit)
        for payload in self._packets.feed(data):
            self._take(payload)
            if self.finished:
                return

    def _take(self, payload: bytes) -> None:
        number, seen = payload[0], self.seen
        if len(seen.messages) < 2 * MOST_IDLE_MESSAGES:
            seen.messages.append(number)
        if number == Message.DISCONNECT:
            seen.code = Cursor(payload, 1).uint32("DISCONNECT.reason")
            if self._packets.is_protected:
                seen.reach(Progress.ANSWERED if seen.code == Disconnect.SERVICE_NOT_AVAILABLE else Progress.OPENED)
            self.end(Ended.DISCONNECT)
        elif self._packets.is_protected:
            self._take_protected(payload)
        elif number in _IDLE:
            self._pass_over()
        elif self._preamble is None:
            self._take_lists(payload)
        elif self._skips_guess:
            self._skips_guess = False
        elif self._agreed is None:
            self._take_reply(payload, self._preamble)
        elif number == Message.NEWKEYS:
            _, suite = agreed_suites(self._offer, self._lists)
            self._packets.protect(self._protection(suite, to_server=False), 0 if seen.is_strict else None)
        else:
            raise MalformedMessage(f"message {number} where NEWKEYS is due")

    def _take_lists(self, payload: bytes) -> None:
        server = self.seen.lists = KexInit.decode(payload)
        self.seen.reach(Progress.LISTS)
        self.seen.is_strict = STRICT_SERVER in server.kex_algorithms and STRICT_CLIENT in self._offer.kex_algorithms
        self._voice.is_strict = self.seen.is_strict
        self._preamble = Preamble(IDENTIFICATION, self._identification or b"", self._voice.kexinit, payload)
        agreement = agree(self._offer, server)
        if self._script.ends_at <= Progress.LISTS:
            self._leave()
        elif agreement.kex_method == self._script.method and agreement.host_key is not None:
            guessed = (server.key_exchanges[:1], server.server_host_key_algorithms[:1])
            self._skips_guess = server.first_kex_packet_follows and guessed != ((agreement.kex_method,), (agreement.host_key,))
            self.seen.algorithm = agreement.host_key
            self._say(self._script.share)
        elif self._script.insists:
            self._say(self._script.share)

    def _take_reply(self, payload: bytes, preamble: Preamble) -> None:
        seen = self.seen
        if payload[0] == Message.KEXDH_REPLY:
            seen.reach(Progress.REPLY)
            cursor = Cursor(payload, 1)
            read_string(cursor, "the host key")
            seen.share = read_string(cursor, "the server's public value")
        if self._script.ends_at <= Progress.REPLY and seen.progress >= Progress.REPLY:
            self._leave()
            return
        proof = self._exchange.take(payload, preamble)
        if not isinstance(proof, Proof):
            raise MalformedMessage("an answer that no method of these cases has")
        seen.verified = check_host_signature(proof.host_key, seen.algorithm, proof.signature, proof.exchange_hash)
        self._agreed = Agreed(proof.hash_name, proof.shared_secret, proof.exchange_hash)
        suite, _ = agreed_suites(self._offer, self._lists)
        self._voice.protection = self._protection(suite, to_server=True)
        self._say(self._script.keys)

    def _take_protected(self, payload: bytes) -> None:
        number, seen = payload[0], self.seen
        seen.reach(Progress.OPENED)
        if number == Message.SERVICE_ACCEPT:
            seen.reach(Progress.ACCEPTED)
            self._leave()
        elif number == Message.UNIMPLEMENTED:
            seen.reach(Progress.ANSWERED)
            self._pass_over()
        elif number in _IDLE:
            self._pass_over()
        else:
            raise MalformedMessage(f"message {number} where the answer to a service request is due")

    @property
    def _lists(self) -> KexInit:
        if self.seen.lists is None:
            raise MalformedMessage("no KEXINIT came")
        return self.seen.lists

    def _protection(self, suite: Suite, *, to_server: bool) -> Protection:
        cipher, mac = suite
        if self._agreed is None or cipher is None or (needs_mac(cipher) and mac is None):
            raise MalformedMessage("no cipher and MAC that both sides have")
        return protection(self._agreed, cipher, mac, to_server=to_server)

    def _pass_over(self) -> None:
        self._idle += 1
        if self._idle > MOST_IDLE_MESSAGES:
            self.end(Ended.FLOOD, f"more than {MOST_IDLE_MESSAGES} messages that bring nothing")

    def _say(self, hook: Hook) -> None:
        self._outgoing += hook(self._voice)

    def _leave(self) -> None:
        self._outgoing.append(self._voice.write(GOODBYE))
        self.end(Ended.OURS)
