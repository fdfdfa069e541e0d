"""SSH servers with one fault each: the model with one step replaced. `FAULTS` says which conformance cases must fail on each of
them, and no other may."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from pqscan.harness.tls.encapsulation import ENCAPSULATORS, Encapsulator
from pqscan.wire.ssh.protection import Protection
from tests.peers.faulty_shares import Curve, Reducing, Repeating, ZeroSecret, any_point, ml_kem, with_component
from tests.peers.ssh_server import PROTOCOL_ERROR, Refused, SshServer, cut
from tests.unit.wire.ssh.server_model import text


class ReadsAnyLength(SshServer):
    """Reads a public value into a buffer of the right size: what is missing is zero, what is too much is dropped."""

    def split(self, components: tuple[str, ...], share: bytes) -> list[tuple[str, bytes]]:
        sizes = [self.encapsulators[part].client_bytes for part in components]
        return cut(components, sizes, share[: sum(sizes)].ljust(sum(sizes), b"\0"))


class TakesWrongGuess(SshServer):
    """The guessed packet is read although the guess was wrong."""

    def drops_guess(self, is_right: bool) -> bool:
        return False


class DropsEveryGuess(SshServer):
    """The guessed packet is dropped although the guess was right."""

    def drops_guess(self, is_right: bool) -> bool:
        return True


class LooksAtFirstMethod(SshServer):
    """Does not go on to the client's second method."""

    def choose_method(self, names: list[str]) -> str:
        return super().choose_method(names[:1])


class ReadsFewNames(SshServer):
    """Has room for sixteen methods."""

    def choose_method(self, names: list[str]) -> str:
        return super().choose_method(names[:16])


class FallsBack(SshServer):
    """Goes on with its own first method where nothing is in common."""

    def choose_method(self, names: list[str]) -> str:
        return next((name for name in names if name in self.methods), self.methods[0])


class IgnoresWithin(SshServer):
    """Announces the strict key exchange and passes over messages in it as before (CVE-2023-48795)."""

    def take_idle(self) -> None:
        pass


class IgnoresFirst(SshServer):
    """Does not look at what came before KEXINIT."""

    def check_first(self) -> None:
        pass


class TakesTwoKexinits(SshServer):
    """Passes over a second KEXINIT."""

    def take_second_kexinit(self) -> None:
        pass


class KeepsCount(SshServer):
    """Announces the strict key exchange and counts on behind NEWKEYS in what it reads."""

    def count_after_newkeys(self) -> int:
        return self.taken


class _WithoutTags:
    """AES-GCM that decrypts and does not look at the tag."""

    head_bytes, tag_bytes, block, covered_bytes = 4, 16, 16, 0

    def __init__(self, key: bytes, initial: bytes) -> None:
        self._key, self._fixed, self._counter = key, initial[:4], int.from_bytes(initial[4:], "big")

    def length(self, head: bytes, number: int) -> bytes:
        return head[:4]

    def open(self, packet: bytes, number: int) -> bytes:
        nonce = self._fixed + self._counter.to_bytes(8, "big")
        self._counter += 1
        stream = Cipher(algorithms.AES(self._key), modes.CTR(nonce + (2).to_bytes(4, "big"))).decryptor()
        return stream.update(packet[4:-16])

    def seal(self, plain: bytes, number: int) -> bytes:
        raise NotImplementedError


class TakesForged(SshServer):
    """The tag of a packet is not looked at."""

    ciphers = ("aes256-gcm@openssh.com",)

    def protected(self, *, to_server: bool) -> Protection:
        if not to_server:
            return super().protected(to_server=False)
        assert self.agreed is not None
        return _WithoutTags(self.agreed.derive(b"C", 32), self.agreed.derive(b"A", 12))


class ReadsInTheClear(SshServer):
    """Takes a packet in the clear behind NEWKEYS."""

    def next_payload(self) -> bytes | None:
        if self.reader is not None and self._buffer[:4] < b"\0\0\1\0" and self._buffer[5:14] == b"\x05\0\0\0\x0cssh-":
            packet, self._buffer = self._buffer, b""
            return packet[5 : len(packet) - packet[4]]
        return super().next_payload()


class NeedsNoNewkeys(SshServer):
    """Reads under the new keys as soon as it has them."""

    def next_payload(self) -> bytes | None:
        if self.state == "newkeys" and self._buffer and self._buffer[5:6] != b"\x15":
            self.take_newkeys()
        return super().next_payload()


class GrantsAnyService(SshServer):
    """Grants whatever service is asked for."""

    def take_service(self, service: bytes) -> None:
        self.send(b"\x06" + text(service))


class PassesUnknown(SshServer):
    """Says nothing to a message that it does not know."""

    def take_unknown(self) -> None:
        pass


class EndsAtUnknown(SshServer):
    """Ends the connection at a message that it does not know."""

    def take_unknown(self) -> None:
        raise Refused(PROTOCOL_ERROR)


class RefusesExtInfo(SshServer):
    """Announces that it reads EXT_INFO and stumbles over it."""

    def take_ext_info(self) -> None:
        raise Refused(PROTOCOL_ERROR)


class SameCookie(SshServer):
    """A generator that was never seeded."""

    def cookie(self) -> bytes:
        return bytes(16)


class TalksInKeyExchange(SshServer):
    """Announces the strict key exchange and sends DEBUG in it."""

    def send_newkeys(self) -> None:
        self.send(b"\x04\0" + text(b"so far so good") + text(b""))
        super().send_newkeys()


class LateExtInfo(SshServer):
    """Sends EXT_INFO as the second packet behind NEWKEYS."""

    def send_ext_info(self) -> None:
        self.send(b"\x02" + text(b"first"))
        super().send_ext_info()


class PaddingBeyond(SshServer):
    """Takes a payload of less than nothing for an empty message."""

    def check_padding(self, padding: int, size: int) -> None:
        pass

    def take(self, payload: bytes) -> None:
        if payload:
            super().take(payload)


class ShortPadding(SshServer):
    """Has room for 64 bytes of padding."""

    def check_padding(self, padding: int, size: int) -> None:
        super().check_padding(padding, size)
        if padding > 64:
            raise Refused(PROTOCOL_ERROR)


class ReadsWholePackets(SshServer):
    """Takes what one read gives for a whole packet. No part of FAULTS: over a socket, what was written in pieces may be read at
    once."""

    def receive(self, data: bytes) -> bytes:
        if self.state == "share" and len(data) < 16:
            self.refuse(PROTOCOL_ERROR)
            return self.bytes_to_send()
        return super().receive(data)


@dataclass(frozen=True)
class Fault:
    """One faulty server: its class, what else differs, and the cases that must fail on it."""

    name: str
    cases: frozenset[str]
    server: type[SshServer] = SshServer
    encapsulators: Mapping[str, Encapsulator] = field(default_factory=lambda: ENCAPSULATORS)

    def make(self) -> SshServer:
        model = self.server()
        model.encapsulators = self.encapsulators
        return model


def _fault(server: type[SshServer], *cases: str) -> Fault:
    return Fault(server.__name__, frozenset(cases), server)


def _lax(name: str, encapsulators: Mapping[str, Encapsulator], *cases: str) -> Fault:
    return Fault(name, frozenset(cases), encapsulators=encapsulators)


FAULTS = (
    _fault(ReadsAnyLength, "share-short", "share-long", "x25519-of-wrong-size"),
    _lax("Reducing", with_component("ML-KEM-768", Reducing(ml_kem())), "key-not-reduced", "share-parts-swapped"),
    _lax("ZeroSecret", with_component("X25519", ZeroSecret()), "x25519-zero", "x25519-low-order"),
    _lax("any point", with_component("secp256r1", Curve(any_point)), "point-off-curve"),
    _lax("Repeating", with_component("ML-KEM-768", Repeating(ml_kem())), "replies-fresh"),
    _fault(TakesWrongGuess, "guess-wrong"),
    _fault(DropsEveryGuess, "guess-right"),
    _fault(LooksAtFirstMethod, "guess-wrong", "unknown-method-first", "many-unknown-methods"),
    _fault(ReadsFewNames, "many-unknown-methods"),
    _fault(FallsBack, "no-method-in-common"),
    _fault(IgnoresWithin, "strict-message-within", "strict-message-before-newkeys"),
    _fault(IgnoresFirst, "strict-message-first"),
    _fault(TakesTwoKexinits, "strict-kexinit-twice"),
    _fault(KeepsCount, "strict-count-kept"),
    _fault(TakesForged, "packet-forged"),
    _fault(ReadsInTheClear, "packet-in-the-clear"),
    _fault(NeedsNoNewkeys, "newkeys-missing"),
    _fault(GrantsAnyService, "service-unknown"),
    _fault(PassesUnknown, "message-unknown"),
    _fault(EndsAtUnknown, "message-unknown"),
    _fault(RefusesExtInfo, "ext-info-unknown"),
    _fault(SameCookie, "cookies-fresh"),
    _fault(TalksInKeyExchange, "strict-order"),
    _fault(LateExtInfo, "ext-info-place"),
    _fault(PaddingBeyond, "padding-beyond-packet"),
    _fault(ShortPadding, "padding-longest"),
)
