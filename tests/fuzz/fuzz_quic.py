"""Feeds grown bytes to a QUIC connection: `python tests/fuzz/fuzz_quic.py -max_total_time=60`.

Needs atheris. Attacks pqscan.wire.quic.connection and pqscan.wire.quic.versions, as a datagram and as frames that open.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


def one_input(data: bytes) -> None:
    """One run: as a datagram, as a list of versions, and as the frames of an Initial packet under the right keys."""
    from pqscan.wire.quic.header import VERSION_1
    from pqscan.wire.quic.initial import initial_keys, seal_initial
    from pqscan.wire.quic.versions import listed_versions
    from tests.properties.test_quic import ID, connection

    asked = connection()
    asked.datagrams_to_send()
    asked.receive(data)
    listed_versions(data, ID)
    sealed = seal_initial(VERSION_1, b"", b"", b"", 0, data[:1000].ljust(4, b"\x00"), initial_keys(VERSION_1, ID)[1])
    asked.receive(sealed)
    asked.datagrams_to_send()


def seeds() -> Iterator[bytes]:
    """A list of versions, a close and the beginning of a server hello."""
    yield b"\x80\x00\x00\x00\x00\x00\x08" + bytes(range(8)) + b"\x00\x00\x00\x01"
    yield b"\x1c\x41\x28\x06\x00"
    yield b"\x02\x00\x00\x00\x00\x06\x00\x04\x02\x00\x00\x56"


def main(arguments: list[str]) -> int:
    try:
        import atheris
    except ImportError:
        print("atheris is not installed here; install it (pip install atheris) and run this file again.", file=sys.stderr)
        return 3
    with atheris.instrument_imports(include=["pqscan"]):
        from pqscan.wire.quic import connection, versions  # noqa: F401
    atheris.Setup(arguments, one_input)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
