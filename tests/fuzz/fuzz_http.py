"""Feeds grown bytes to the reader of HTTP responses: `python tests/fuzz/fuzz_http.py -max_total_time=60`.

Needs atheris. Attacks pqscan.wire.http.exchange.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


def one_input(data: bytes) -> None:
    """One run: as a response of which the head is wanted, and of which a short body is."""
    from pqscan.errors import PeerError
    from pqscan.wire.http.exchange import HttpExchange

    for most_body in (0, 64):
        with contextlib.suppress(PeerError):
            exchange = HttpExchange(b"", most_body)
            exchange.receive(data[: len(data) // 2])
            exchange.receive(data[len(data) // 2 :])
            exchange.peer_closed()


def seeds() -> Iterator[bytes]:
    """Responses with a length, in chunks, and to the end of the connection."""
    head = b"HTTP/1.1 200 OK\r\nServer: x\r\nStrict-Transport-Security: max-age=1\r\n"
    yield head + b"Content-Length: 5\r\n\r\nhello"
    yield head + b"Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n"
    yield b"HTTP/1.1 103 Early Hints\r\n\r\n" + head + b"\r\nhello"


def main(arguments: list[str]) -> int:
    try:
        import atheris
    except ImportError:
        print("atheris is not installed here; install it (pip install atheris) and run this file again.", file=sys.stderr)
        return 3
    with atheris.instrument_imports(include=["pqscan"]):
        from pqscan.wire.http import exchange  # noqa: F401
    atheris.Setup(arguments, one_input)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
