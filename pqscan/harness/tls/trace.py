"""A session for a person: who sent what, how large, under which keys, and what stood in it. 76 columns, to be indented.

Sizes and the order of parts are told; keys, secrets, randoms and the bytes of shares are not. Names are those of the standard.
"""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import wrap

from pqscan.wire.tls.session import Event, Keys

_WIDTH = 76
_FACT_INDENT = " " * 5
_LONGER_INDENT = " " * 9
_UNDER = {Keys.NONE: "", Keys.HANDSHAKE: "handshake keys", Keys.APPLICATION: "application keys"}


def trace_lines(events: Iterable[Event], data: bytes = b"") -> tuple[str, ...]:
    """`->` is what we sent, `<-` what came. `data` is the beginning of the first application data, of which the first line is
    shown."""
    found: list[str] = []
    shown = False
    for event in events:
        arrow = "->" if event.is_sent else "<-"
        size = f"{event.size_bytes} B" if event.size_bytes else ""
        found.append(f"{arrow} {event.what:<22} {size:>9}  {_UNDER[event.keys]}".rstrip())
        for name, value in event.facts:
            found += wrap(f"{name}: {value}", _WIDTH, initial_indent=_FACT_INDENT, subsequent_indent=_LONGER_INDENT)
        if event.what == "application data" and not event.is_sent and data and not shown:
            shown = True
            found += wrap(f"begins: {first_line(data)}", _WIDTH, initial_indent=_FACT_INDENT, subsequent_indent=_LONGER_INDENT)
    return tuple(found)


def first_line(data: bytes, most: int = 60) -> str:
    """The first line of what a peer sent, with nothing in it that moves a cursor."""
    line = data.split(b"\n", 1)[0].rstrip(b"\r")[:most]
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else f"\\x{byte:02x}" for byte in line)
