"""An SSH server without I/O that holds clients to the documents, every step a method that a faulty server replaces; and one on
loopback that runs it. Written from the documents, apart from the client's code, save what protects packets: that is held against
real servers.
"""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Callable, Mapping

from pqscan.harness.tls.encapsulation import ENCAPSULATORS, Encapsulator
from pqscan.wire.ssh.packet import PacketReader, PacketWriter
from pqscan.wire.ssh.protection import Agreed, Protection, protection
from tests.peers.scripted import ScriptedServer, finish
from tests.unit.wire.ssh.server_model import HostKey, ed25519_key, number, split, text

METHODS: dict[str, tuple[tuple[str, ...], str]] = {
    "mlkem768x25519-sha256": (("ML-KEM-768", "X25519"), "sha256"),
    "mlkem768nistp256-sha256": (("ML-KEM-768", "secp256r1"), "sha256"),
    "mlkem1024nistp384-sha384": (("ML-KEM-1024", "secp384r1"), "sha384"),
    "curve25519-sha256": (("X25519",), "sha256"),
    "ecdh-sha2-nistp256": (("secp256r1",), "sha256"),
    "ecdh-sha2-nistp384": (("secp384r1",), "sha384"),
}
STRICT, EXT_INFO = "kex-strict-s-v00@openssh.com", "ext-info-s"
IDLE = (2, 3, 4)  # IGNORE, UNIMPLEMENTED, DEBUG
PROTOCOL_ERROR, KEY_EXCHANGE_FAILED, SERVICE_NOT_AVAILABLE = 2, 3, 7
MOST_PACKET = 35_000


class Refused(Exception):
    """The client broke a rule: it is told this reason."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class SshServer:
    """Feed it with `receive` and send what that gives; `over` when it has ended the connection."""

    identification = b"SSH-2.0-model_2"
    methods: tuple[str, ...] = tuple(METHODS)
    markers: tuple[str, ...] = (STRICT, EXT_INFO)
    ciphers: tuple[str, ...] = ("aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com", "aes256-ctr")
    macs: tuple[str, ...] = ("hmac-sha2-256-etm@openssh.com", "hmac-sha2-256")
    encapsulators: Mapping[str, Encapsulator] = ENCAPSULATORS
    key: HostKey = ed25519_key()

    def __init__(self) -> None:
        self.over = False
        self.state = "kexinit"
        self.strict = False
        self.taken = 0  # packets of the client
        self.method = ""
        self.agreed: Agreed | None = None
        self.skips = False
        self.writer = PacketWriter()
        self.reader: PacketReader | None = None  # once keys are in use
        self._buffer = b""
        self._client = b""
        self._client_lists: list[list[str]] = []
        self._client_init = b""
        self._out = self.identification + b"\r\n"
        self.init = self.kexinit()
        self.send(self.init)

    def receive(self, data: bytes) -> bytes:
        self._buffer += data
        try:
            while not self.over and (payload := self.next_payload()) is not None:
                self.taken += 1
                self.take(payload)
        except Refused as refused:
            self.refuse(refused.code)
        except Exception:
            self.refuse(PROTOCOL_ERROR)
        return self.bytes_to_send()

    def bytes_to_send(self) -> bytes:
        out, self._out = self._out, b""
        return out

    def send(self, payload: bytes) -> None:
        self._out += self.writer.write(payload)

    def refuse(self, code: int) -> None:
        self.send(b"\x01" + code.to_bytes(4, "big") + text(b"no") + text(b""))
        self.over = True

    # Packets

    def next_payload(self) -> bytes | None:
        if not self._client:
            if b"\n" not in self._buffer:
                return None
            line, self._buffer = self._buffer.split(b"\n", 1)
            self._client = line.removesuffix(b"\r")
        if self.reader is not None:
            data, self._buffer = self._buffer, b""
            return next(self.reader.feed(data), None)
        if len(self._buffer) < 4:
            return None
        size = int.from_bytes(self._buffer[:4], "big")
        self.check_length(size)
        if len(self._buffer) < 4 + size:
            return None
        packet, self._buffer = self._buffer[: 4 + size], self._buffer[4 + size :]
        self.check_padding(packet[4], size)
        return packet[5 : 4 + size - packet[4]]

    def check_length(self, size: int) -> None:
        if not 6 <= size <= MOST_PACKET or (4 + size) % 8:
            raise Refused(PROTOCOL_ERROR)

    def check_padding(self, padding: int, size: int) -> None:
        if not 4 <= padding <= size - 2:
            raise Refused(PROTOCOL_ERROR)

    # Messages

    def take(self, payload: bytes) -> None:
        kind = payload[0]
        if kind == 1:
            self.over = True
        elif self.state == "kexinit":
            self.take_first(payload)
        elif self.state == "service":
            self.take_protected(payload)
        elif self.skips:
            self.skips = False
        elif kind in IDLE:
            self.take_idle()
        elif kind == 20:
            self.take_second_kexinit()
        elif self.state == "share" and kind == 30:
            self.take_share(split(payload[1:])[0])
        elif self.state == "newkeys" and kind == 21:
            self.take_newkeys()
        else:
            raise Refused(PROTOCOL_ERROR)

    def take_first(self, payload: bytes) -> None:
        if payload[0] in IDLE:
            return
        if payload[0] != 20:
            raise Refused(PROTOCOL_ERROR)
        self._client_init = payload
        *lists, follows = names_of(payload)
        self._client_lists = lists
        self.strict = STRICT in self.markers and "kex-strict-c-v00@openssh.com" in lists[0]
        if self.strict:
            self.check_first()
        self.method = self.choose_method([name for name in lists[0] if not name.startswith(("ext-info", "kex-strict"))])
        guess = (lists[0][:1], lists[1][:1])
        self.skips = bool(follows) and self.drops_guess(guess == ([self.methods[0]], ["ssh-ed25519"]))
        self.state = "share"

    def check_first(self) -> None:
        if self.taken != 1:
            raise Refused(PROTOCOL_ERROR)

    def drops_guess(self, is_right: bool) -> bool:
        return not is_right

    def choose_method(self, names: list[str]) -> str:
        for name in names:
            if name in self.methods:
                return name
        raise Refused(KEY_EXCHANGE_FAILED)

    def take_idle(self) -> None:
        if self.strict:
            raise Refused(PROTOCOL_ERROR)

    def take_second_kexinit(self) -> None:
        raise Refused(PROTOCOL_ERROR)

    def take_share(self, share: bytes) -> None:
        components, hash_name = METHODS[self.method]
        publics, secrets = [], []
        for part, data in self.split(components, share):
            try:
                public, secret = self.encapsulators[part].encapsulate(data)
            except ValueError:
                raise Refused(KEY_EXCHANGE_FAILED) from None
            publics.append(public)
            secrets.append(secret)
        if len(secrets) == 1:
            shared = number(int.from_bytes(secrets[0], "big"))
        else:
            shared = text(hashlib.new(hash_name, b"".join(secrets)).digest())
        reply = self.public_value(b"".join(publics))
        said = (self._client, self.identification, self._client_init, self.init, self.key.blob, share, reply)
        digest = hashlib.new(hash_name, b"".join(map(text, said)) + shared).digest()
        self.agreed = Agreed(hash_name, shared, digest)
        self.send(b"\x1f" + text(self.key.blob) + text(reply) + text(self.sign(digest)))
        self.send_newkeys()
        self.state = "newkeys"

    def split(self, components: tuple[str, ...], share: bytes) -> list[tuple[str, bytes]]:
        sizes = [self.encapsulators[part].client_bytes for part in components]
        if len(share) != sum(sizes):
            raise Refused(KEY_EXCHANGE_FAILED)
        return cut(components, sizes, share)

    def public_value(self, value: bytes) -> bytes:
        return value

    def sign(self, digest: bytes) -> bytes:
        return self.key.sign(digest)

    def send_newkeys(self) -> None:
        self.send(b"\x15")
        self.writer.protect(self.protected(to_server=False), 0 if self.strict else None)
        self.send_ext_info()

    def send_ext_info(self) -> None:
        if "ext-info-c" in self._client_lists[0]:
            self.send(b"\x07\0\0\0\x01" + text(b"server-sig-algs") + text(b"ssh-ed25519"))

    def take_newkeys(self) -> None:
        self.reader = PacketReader()
        self.reader.protect(self.protected(to_server=True), self.count_after_newkeys())
        self.state = "service"

    def count_after_newkeys(self) -> int:
        return 0 if self.strict else self.taken

    def protected(self, *, to_server: bool) -> Protection:
        assert self.agreed is not None
        lists = self._client_lists
        cipher = next(name for name in lists[2 if to_server else 3] if name in self.ciphers)
        mac = next((name for name in lists[4 if to_server else 5] if name in self.macs), None)
        return protection(self.agreed, cipher, mac, to_server=to_server)

    def take_protected(self, payload: bytes) -> None:
        if payload[0] == 5:
            self.take_service(split(payload[1:])[0])
        elif payload[0] == 7:
            self.take_ext_info()
        elif payload[0] not in IDLE:
            self.take_unknown()

    def take_service(self, service: bytes) -> None:
        if service != b"ssh-userauth":
            raise Refused(SERVICE_NOT_AVAILABLE)
        self.send(b"\x06" + text(service))

    def take_ext_info(self) -> None:
        pass

    def take_unknown(self) -> None:
        self.send(b"\x03" + (self.taken - 1).to_bytes(4, "big"))

    def cookie(self) -> bytes:
        return os.urandom(16)

    def kexinit(self) -> bytes:
        kex, ciphers, macs = ",".join((*self.methods, *self.markers)), ",".join(self.ciphers), ",".join(self.macs)
        lists = (kex, "ssh-ed25519", ciphers, ciphers, macs, macs, "none", "none", "", "")
        return b"\x14" + self.cookie() + b"".join(text(each.encode()) for each in lists) + bytes(5)


def cut(components: tuple[str, ...], sizes: list[int], share: bytes) -> list[tuple[str, bytes]]:
    found, at = [], 0
    for part, size in zip(components, sizes, strict=True):
        found.append((part, share[at : at + size]))
        at += size
    return found


def names_of(payload: bytes) -> list[list[str]]:
    """The ten lists of a KEXINIT, and whether a guess follows, as a list that is empty or not."""
    found, at = [], 17
    for _ in range(10):
        size = int.from_bytes(payload[at : at + 4], "big")
        found.append(payload[at + 4 : at + 4 + size].decode().split(","))
        at += 4 + size
    return [*found, ["follows"] if payload[at] else []]


class Served(ScriptedServer):
    """Runs one model for each connection, on loopback."""

    def __init__(self, make: Callable[[], SshServer] = SshServer) -> None:
        super().__init__()
        self._make = make

    def play(self, stream: socket.socket, number: int) -> None:
        model = self._make()
        stream.sendall(model.bytes_to_send())
        while not model.over and (part := stream.recv(65536)):
            stream.sendall(model.receive(part))
        finish(stream)
