"""SMB_COM_NEGOTIATE of SMB 1 with the one dialect that was left of it, "NT LM 0.12" ([MS-CIFS], section 2.2.4.52)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from pqscan.errors import MalformedMessage
from pqscan.wire.cursor import Cursor

MARK = b"\xffSMB"
_NEGOTIATE = 0x72
_ANSWER_FLAG = 0x80
_NONE_TAKEN = 0xFFFF
_DIALECT = b"\x02NT LM 0.12\x00"


def request() -> bytes:
    """Names one dialect; flags and flags2 as clients of Windows send them (section 2.2.3.1)."""
    head = MARK + bytes([_NEGOTIATE]) + bytes(4) + b"\x18" + (0xC853).to_bytes(2, "little") + bytes(12)
    return head + b"\xff\xff\xff\xfe" + bytes(4) + b"\x00" + len(_DIALECT).to_bytes(2, "little") + _DIALECT


@dataclass(frozen=True, slots=True)
class NegotiateResponse1:
    """`index` is the place of the dialect that the server takes among those that were named; None where it takes none."""

    index: int | None
    security_mode: int = 0

    @property
    def requires_signing(self) -> bool:
        return bool(self.security_mode & 0x08)

    @classmethod
    def decode(cls, message: bytes) -> Self:
        """Raises MalformedMessage."""
        cursor = Cursor(message)
        if cursor.take(4, "mark of SMB 1") != MARK or cursor.uint8("command") != _NEGOTIATE:
            raise MalformedMessage("the answer is none of SMB 1 to NEGOTIATE")
        status = int.from_bytes(cursor.take(4, "status"), "little")
        if not cursor.uint8("flags") & _ANSWER_FLAG:
            raise MalformedMessage("the answer is a question")
        cursor.take(22, "rest of the header")
        words = cursor.uint8("count of words")
        if words == 0 and status:
            return cls(None)
        index = int.from_bytes(cursor.take(2, "index of the dialect"), "little")
        if index == _NONE_TAKEN:
            return cls(None)
        if index != 0 or words < 2:
            raise MalformedMessage("the server took a dialect that was not named")
        return cls(0, cursor.uint8("security mode"))
