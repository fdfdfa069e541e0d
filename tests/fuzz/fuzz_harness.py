"""Feeds grown bytes to both ends of the harness: `python tests/fuzz/fuzz_harness.py -max_total_time=60`.

The first byte says who reads the rest: the loop-back server in the clear, the server after a hello, the server under handshake
or application keys, an exchange in the clear, an exchange under the server's handshake keys. Nothing may be raised.
Attacks pqscan.harness.tls.server, pqscan.harness.tls.offered, pqscan.harness.tls.records, pqscan.harness.conformance.exchange.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

_READERS = 6
_MADE: dict[str, Any] = {}


def _identity() -> Any:
    """One key for all inputs."""
    if "identity" not in _MADE:
        from datetime import UTC, datetime

        from pqscan.harness.tls.identity import self_made

        _MADE["identity"] = self_made(0x0807, datetime.now(UTC))
    return _MADE["identity"]


def _server() -> Any:
    from pqscan.harness.tls.server import ServerConversation
    from pqscan.harness.tls.server_settings import ServerSettings

    return ServerConversation(ServerSettings(_identity(), (0x11EC, 0x001D), lambda count: b"\x5a" * count, cookie=b"crumbs"))


def _exchange(flight: Any = None) -> Any:
    from pqscan.harness.conformance.exchange import Exchange
    from pqscan.harness.conformance.script import Ground, Script

    script = Script((0x001D,), (0x001D,)) if flight is None else Script((0x001D,), (0x001D,), flight=flight)
    return Exchange(script, Ground(lambda count: b"\x5a" * count))


def _whole(exchange: Any) -> bytes:
    return b"".join(exchange.segments_to_send())


def one_input(data: bytes) -> None:
    """One run."""
    if not data:
        return
    reader, rest = data[0] % _READERS, data[1:]
    if reader == 4:
        exchange = _exchange()
        exchange.receive(rest)
        exchange.segments_to_send()
        return
    server = _server()
    if reader == 5:
        _server_flight(server, rest)
        return
    if reader == 1:
        server.receive(_whole(_exchange()))
        server.bytes_to_send()
    elif reader > 1:
        _after_flight(server, rest, finished=reader == 3)
        return
    server.receive(rest)
    server.bytes_to_send()
    server.peer_closed()
    if not server.finished:
        raise AssertionError("a connection that ended is not finished")


def _after_flight(server: Any, data: bytes, *, finished: bool) -> None:
    """The bytes as protected content: the first one is the inner content type."""
    kind, content = (data[0], data[1:16384]) if data else (23, b"")

    def flight(voice: Any) -> tuple[bytes, ...]:
        if not finished:
            return (voice.handshake(kind, content),)
        return (voice.handshake(22, voice.finished()) + voice.application(kind, content),)

    exchange = _exchange(flight)
    server.receive(_whole(exchange))
    exchange.receive(server.bytes_to_send())
    server.receive(_whole(exchange))
    if not finished and server.outcome.established and content[4:] == b"":
        raise AssertionError("a handshake was through without a Finished")
    server.bytes_to_send()


def _server_flight(server: Any, data: bytes) -> None:
    """The bytes as handshake messages of the server, under the right keys, after a right ServerHello."""
    exchange = _exchange()
    server.receive(_whole(exchange))
    hello = server.bytes_to_send()
    keys = server.keys
    first = 5 + int.from_bytes(hello[3:5], "big")
    exchange.receive(hello[:first] + keys.protection(keys.server_handshake).seal(22, data[:16384]))
    exchange.segments_to_send()
    if exchange.seen.application_bytes:
        raise AssertionError("data that nobody sent")


def seeds() -> Iterator[bytes]:
    """Right messages for each reader."""
    hello = _whole(_exchange())
    server = _server()
    server.receive(hello)
    sent = server.bytes_to_send()
    yield b"\x00" + hello
    yield b"\x01" + hello
    yield b"\x01\x14\x03\x03\x00\x01\x01"
    yield b"\x02\x16\x14\x00\x00\x20" + bytes(32)
    yield b"\x02\x17GET"
    yield b"\x03\x16\x18\x00\x00\x01\x01"
    yield b"\x03\x15\x01\x00"
    yield b"\x03\x17GET / HTTP/1.0\r\n\r\n"
    yield b"\x04" + sent
    flight = "0800000200000b00000d000000090000046c65616600000f00000808070004" + b"sign".hex()
    yield b"\x05" + bytes.fromhex(flight)


def main(arguments: list[str]) -> int:
    try:
        import atheris
    except ImportError:
        print("atheris is not installed here; install it (pip install atheris) and run this file again.", file=sys.stderr)
        return 3
    with atheris.instrument_imports(include=["pqscan"]):
        from pqscan.harness.conformance import exchange  # noqa: F401
        from pqscan.harness.tls import server  # noqa: F401
    atheris.Setup(arguments, one_input)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
