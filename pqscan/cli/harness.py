"""`pqscan harness`: proves that hybrid and post-quantum cryptography works, in libraries and on servers."""

from __future__ import annotations

import signal
from functools import partial
from types import FrameType

import click

from pqscan.cli.group import Group
from pqscan.cli.words import msgid


@click.group(
    "harness",
    cls=Group,
    places={
        "self-test": "harness_self_test:self_test",
        "handshake": "harness_handshake:handshake",
        "conformance": "harness_conformance:conformance",
        "benchmark": "harness_benchmark:benchmark",
    },
    help=msgid("Proves post-quantum cryptography: libraries on official vectors, handshakes, what a server must refuse."),
)
def harness() -> None:
    """SIGTERM ends every command as Ctrl-C does: what was done is told, and the audit log says how the run ended."""
    before = signal.signal(signal.SIGTERM, _end)
    click.get_current_context().call_on_close(partial(signal.signal, signal.SIGTERM, before))


def _end(number: int, frame: FrameType | None) -> None:
    """As Ctrl-C, also where Ctrl-C itself is ignored: in the background of a shell, under nohup."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.default_int_handler(number, frame)
    signal.raise_signal(signal.SIGINT)
