"""`pqscan harness`: proves that hybrid and post-quantum cryptography works, in libraries and on servers."""

from __future__ import annotations

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
    pass
