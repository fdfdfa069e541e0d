"""Feeds grown bytes to a DTLS connection: `python tests/fuzz/fuzz_dtls.py -max_total_time=60`.

Needs atheris. Attacks pqscan.wire.dtls.connection, pqscan.wire.dtls.record, pqscan.wire.dtls.fragments and
pqscan.wire.capture.dtls_talk, as a datagram and as the content of a record.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


def one_input(data: bytes) -> None:
    """One run: as a datagram, and as handshake and as alert in records of their own."""
    from pqscan.wire.capture.dtls_talk import DtlsTalk
    from pqscan.wire.dtls.record import plain_record
    from pqscan.wire.tls.words import ContentType
    from tests.properties.test_dtls import connection

    asked, talk = connection(), DtlsTalk()
    for datagram in asked.datagrams_to_send():
        talk.client(datagram)
    talk.server(data)
    asked.receive(data)
    asked.datagrams_to_send()
    for kind in (ContentType.HANDSHAKE, ContentType.ALERT):
        other = connection()
        other.datagrams_to_send()
        other.receive(plain_record(kind, 0xFEFD, 0, data[:4000]))
        other.repeat()
        other.datagrams_to_send()


def seeds() -> Iterator[bytes]:
    """A request for a cookie, the beginning of a server hello and a protected record."""
    yield b"\x03\x00\x00\x07\x00\x00\x00\x00\x00\x00\x00\x07\xfe\xff\x04cook"
    yield b"\x02\x00\x00\x26\x00\x00\x00\x00\x00\x00\x00\x26\xfe\xfd" + bytes(32) + b"\x00\xc0\x2b\x00"
    yield b"\x2e\x00\x05\x00\x14" + bytes(20)


def main(arguments: list[str]) -> int:
    try:
        import atheris
    except ImportError:
        print("atheris is not installed here; install it (pip install atheris) and run this file again.", file=sys.stderr)
        return 3
    with atheris.instrument_imports(include=["pqscan"]):
        from pqscan.wire.dtls import connection  # noqa: F401
    atheris.Setup(arguments, one_input)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
