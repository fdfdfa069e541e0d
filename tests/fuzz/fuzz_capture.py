"""Feeds grown bytes to the readers of captures: `python tests/fuzz/fuzz_capture.py -max_total_time=60`.

Needs atheris. Attacks pqscan.wire.capture.file, pqscan.wire.capture.frame, pqscan.wire.capture.stream,
pqscan.wire.capture.tls_talk, pqscan.wire.capture.ssh_talk, pqscan.wire.capture.ike_talk, pqscan.wire.capture.quic_talk,
pqscan.wire.capture.watch, pqscan.wire.quic.header, pqscan.wire.quic.initial, pqscan.wire.quic.frames and
pqscan.wire.tls.client_offer.
"""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


def one_input(data: bytes) -> None:
    """One run: as a file, as one frame, as the frames of a QUIC packet."""
    from pqscan.errors import MalformedMessage, WrongProtocol
    from pqscan.wire.capture.file import CaptureReader, Packet
    from pqscan.wire.capture.watch import Watch
    from pqscan.wire.quic.frames import read_frames
    from pqscan.wire.quic.header import long_packets

    with contextlib.suppress(WrongProtocol):
        for talk in Watch().read(CaptureReader(io.BytesIO(data).read)):
            assert talk.said is not None
    Watch().feed(Packet(0.0, 1, data))
    with contextlib.suppress(MalformedMessage):
        read_frames(data)
    with contextlib.suppress(MalformedMessage):
        long_packets(data)


def seeds() -> Iterator[bytes]:
    """Captures of real handshakes."""
    from tests.captures import connection, openssl_handshake, pcap, pcapng, udp
    from tests.peers.memory_ends import client_context, server_context
    from tests.unit.wire.ike.recorded import RECORDINGS

    frames = connection(openssl_handshake(client_context(), server_context()), most=300)
    yield pcap(frames)
    yield pcapng(frames)
    ends = ("192.0.2.1", 500), ("192.0.2.2", 500)
    for recording in RECORDINGS.values():
        yield pcap([udp(*ends, each) for each in recording.sent] + [udp(*ends[::-1], each) for each in recording.received])


def main(arguments: list[str]) -> int:
    try:
        import atheris
    except ImportError:
        print("atheris is not installed here; install it (pip install atheris) and run this file again.", file=sys.stderr)
        return 3
    with atheris.instrument_imports(include=["pqscan"]):
        from pqscan.wire.capture import watch  # noqa: F401
    atheris.Setup(arguments, one_input)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
