"""An SSH session for a person: who sent what, how large, whether under the new keys, and what stood in it. 76 columns, to be
indented.

Names and sizes are told; keys, secrets, cookies and the bytes of values are not.
"""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import wrap

from pqscan.wire.ssh.session import Event

_WIDTH = 76
_FACT_INDENT = " " * 5
_LONGER_INDENT = " " * 9
_MOST_FACT = 600  # characters


def trace_lines(events: Iterable[Event]) -> tuple[str, ...]:
    """`->` is what we sent, `<-` what came. Sizes are those of payloads."""
    found: list[str] = []
    for event in events:
        arrow, under = "->" if event.is_sent else "<-", "new keys" if event.is_protected else ""
        found.append(f"{arrow} {event.what:<22} {event.size_bytes:>7} B  {under}".rstrip())
        for name, value in event.facts:
            text = f"{name}: {value}"[:_MOST_FACT]
            found += wrap(text, _WIDTH, initial_indent=_FACT_INDENT, subsequent_indent=_LONGER_INDENT, break_on_hyphens=False)
    return tuple(found)
