"""Feeds what a fuzzer grows to a client session past the handshake: `python tests/fuzz/fuzz_session.py -max_total_time=60`.

Needs atheris. Attacks pqscan.wire.tls.session: the input is cut into records, each sealed under the server's application keys
or left as it is. Anything raised is a crash.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

_KINDS = (20, 21, 22, 23)


def one_input(data: bytes) -> None:
    """Each piece is a byte for its kind, one for its size, and content; from a kind with the high bit on, all is unprotected."""
    from tests.unit.wire.tls.test_session import client, established, sealed

    session = client(b"")
    peer = established(session)
    at = 0
    while at + 2 <= len(data) and not session.finished:
        kind, size = data[at], data[at + 1]
        if kind & 0x80:
            session.receive(data[at:])
            break
        session.receive(sealed(peer, _KINDS[kind % 4], data[at + 2 : at + 2 + size]))  # type: ignore[arg-type]
        at += 2 + size
    session.close()
    session.bytes_to_send()
    session.peer_closed()
    if not session.finished:
        raise AssertionError("a session that nobody can end")


def seeds() -> Iterator[bytes]:
    """What servers send: a ticket, data, KeyUpdates of both kinds, alerts, and records without protection."""
    ticket = b"\x04\x00\x00\x10" + bytes(16)
    yield b"\x02" + bytes((len(ticket),)) + ticket + b"\x03\x05hello" + b"\x01\x02\x01\x00"
    yield b"\x02\x05\x18\x00\x00\x01\x00"
    yield b"\x02\x05\x18\x00\x00\x01\x01" + b"\x03\x02hi"
    yield b"\x01\x02\x02\x74"
    yield b"\x01\x02\x01\x5a" + b"\x01\x02\x01\x00"
    yield b"\x95\x03\x03\x00\x02\x01\x00"


def main(arguments: list[str]) -> int:
    try:
        import atheris
    except ImportError:
        print("atheris is not installed here; install it (pip install atheris) and run this file again.", file=sys.stderr)
        return 3
    with atheris.instrument_imports(include=["pqscan"]):
        from pqscan.wire.tls import session  # noqa: F401
        from tests.unit.wire.tls import test_session  # noqa: F401
    atheris.Setup(arguments, one_input)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
