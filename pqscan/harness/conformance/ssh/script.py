"""What one connection of a case sends: a right SSH client with hooks, each of which bends one thing.

A script without a change is its own control.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pqscan.harness.conformance.ssh.seen import Progress
from pqscan.wire.key_agreement import COMPONENT_KEYS, KeyMaker
from pqscan.wire.ssh.fields import string
from pqscan.wire.ssh.kexinit import KexInit
from pqscan.wire.ssh.packet import PacketWriter, encode_packet
from pqscan.wire.ssh.protection import Protection
from pqscan.wire.ssh.session import SERVICE
from pqscan.wire.ssh.words import Disconnect, Message

Segments = tuple[bytes, ...]
"""Each is written by itself, so that it goes out as a TCP segment of its own where the network lets it."""

NEWKEYS = bytes((Message.NEWKEYS,))
IGNORE = bytes((Message.IGNORE,)) + string(b"pqscan")
DEBUG = bytes((Message.DEBUG, 0)) + string(b"pqscan") + string(b"")
REQUEST = bytes((Message.SERVICE_REQUEST,)) + string(SERVICE)
GOODBYE = bytes((Message.DISCONNECT,)) + Disconnect.BY_APPLICATION.to_bytes(4, "big") + string(b"test done") + string(b"")


class Voice:
    """What a script speaks with. `kexinit` is our payload as it enters the exchange hash, `share` our public value as it was
    made, and as it enters the hash unless `sent_share` is set to what goes out in its place."""

    def __init__(self, kexinit: bytes, share: bytes) -> None:
        self.kexinit = kexinit
        self.share = share
        self.sent_share = share
        self.writer = PacketWriter()
        self.is_strict = False
        self.protection: Protection | None = None

    def write(self, payload: bytes) -> bytes:
        """One packet, under the keys in use."""
        return self.writer.write(payload)

    def raw(self, packet: bytes) -> bytes:
        """A packet that was made by hand, counted as one of ours."""
        self.writer.count += 1
        return packet

    def in_clear(self, payload: bytes) -> bytes:
        """One packet that is not protected, whatever keys are in use."""
        return encode_packet(payload)

    def change_keys(self, *, keeps_count: bool = False) -> None:
        """What is written from now on is protected; its count begins anew where the key exchange is strict."""
        if self.protection is not None:
            self.writer.protect(self.protection, 0 if self.is_strict and not keeps_count else None)


Hook = Callable[[Voice], Segments]


def usual_kexinit(voice: Voice) -> Segments:
    return (voice.write(voice.kexinit),)


def usual_share(voice: Voice) -> Segments:
    return (voice.write(init(voice.sent_share)),)


def usual_keys(voice: Voice) -> Segments:
    """NEWKEYS and a request for a service at once: whoever answers that took both."""
    newkeys = voice.write(NEWKEYS)
    voice.change_keys()
    return (newkeys + voice.write(REQUEST),)


def init(share: bytes) -> bytes:
    """KEX_ECDH_INIT, which is KEX_HYBRID_INIT (RFC 10042, section 2.2)."""
    return bytes((Message.KEXDH_INIT,)) + string(share)


def unchanged(offer: KexInit) -> KexInit:
    return offer


def share_unchanged(share: bytes) -> bytes:
    return share


@dataclass(frozen=True, slots=True)
class Script:
    """One connection with one key exchange method. `change_offer` bends the lists of our KEXINIT, `change_share` our public value;
    `kexinit`, `share` and `keys` say what goes out when the server's identification, its KEXINIT and its reply have come.
    `ends_at`: we take our leave there. `makers` make the parts of our public value. `insists`: it goes out although the lists
    have nothing in common. `label` tells variants apart."""

    method: str
    label: str = ""
    change_offer: Callable[[KexInit], KexInit] = unchanged
    change_share: Callable[[bytes], bytes] = share_unchanged
    kexinit: Hook = usual_kexinit
    share: Hook = usual_share
    keys: Hook = usual_keys
    ends_at: Progress = Progress.ACCEPTED
    makers: Mapping[str, KeyMaker] = field(default_factory=lambda: COMPONENT_KEYS)
    insists: bool = False


def without_faults(script: Script) -> Script:
    """The control: the same method, nothing bent, carried to the end."""
    return Script(script.method)
