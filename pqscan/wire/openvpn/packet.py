"""One packet of the control channel without tls-auth and tls-crypt, which wrap it in a key that strangers do not have."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Self

from pqscan.errors import MalformedMessage
from pqscan.wire.builder import opaque16
from pqscan.wire.cursor import Cursor

SESSION_BYTES = 8
_MOST_ACKS = 8


class Opcode(IntEnum):
    CONTROL = 4
    ACK = 5
    RESET_CLIENT = 7  # P_CONTROL_HARD_RESET_CLIENT_V2
    RESET_SERVER = 8  # P_CONTROL_HARD_RESET_SERVER_V2


@dataclass(frozen=True, slots=True)
class Packet:
    """`session` is the sender's; `acks` are numbers of packets of the session `acked`, which is empty where there are none.
    `number` is None in an ACK alone."""

    opcode: Opcode
    session: bytes
    acks: tuple[int, ...] = ()
    acked: bytes = b""
    number: int | None = None
    payload: bytes = b""

    def encode(self) -> bytes:
        data = bytes([self.opcode << 3]) + self.session + bytes([len(self.acks)])
        data += b"".join(each.to_bytes(4, "big") for each in self.acks) + self.acked
        return data if self.number is None else data + self.number.to_bytes(4, "big") + self.payload

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Raises MalformedMessage, also for opcodes of data and of later exchanges of keys."""
        cursor = Cursor(data)
        first = cursor.uint8("opcode")
        if first & 0x07 or first >> 3 not in tuple(Opcode):
            raise MalformedMessage(f"a packet of OpenVPN begins with 0x{first:02x}")
        opcode = Opcode(first >> 3)
        session = cursor.take(SESSION_BYTES, "session")
        count = cursor.uint8("count of acknowledgements")
        if count > _MOST_ACKS:
            raise MalformedMessage(f"a packet of OpenVPN acknowledges {count} others")
        acks = tuple(cursor.uint32("acknowledgement") for _ in range(count))
        acked = cursor.take(SESSION_BYTES, "acknowledged session") if count else b""
        if opcode is Opcode.ACK:
            cursor.finish("acknowledgement")
            return cls(opcode, session, acks, acked)
        return cls(opcode, session, acks, acked, cursor.uint32("number of the packet"), cursor.rest())


def framed(packet: bytes) -> bytes:
    """As it stands on TCP: behind two bytes of length."""
    return opaque16(packet)
