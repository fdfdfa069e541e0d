"""Feeds grown bytes to the readers of protocols without public-key cryptography of their own: `python tests/fuzz/fuzz_plain.py`.

Needs atheris. Attacks pqscan.wire.smb.frame, pqscan.wire.smb.negotiate, pqscan.wire.smb.version1,
pqscan.wire.kerberos.answer, pqscan.wire.snmp.discovery and pqscan.wire.openvpn.packet.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


def one_input(data: bytes) -> None:
    """One run: as an answer of each protocol."""
    from pqscan.errors import MalformedMessage, PeerError
    from pqscan.wire.kerberos.answer import decode_answer
    from pqscan.wire.openvpn.channel import Channel
    from pqscan.wire.openvpn.packet import Packet
    from pqscan.wire.smb.conversation import SmbQuestion
    from pqscan.wire.smb.frame import decode_frame
    from pqscan.wire.smb.negotiate import NegotiateResponse
    from pqscan.wire.smb.version1 import NegotiateResponse1
    from pqscan.wire.snmp.discovery import decode_report

    with contextlib.suppress(MalformedMessage):
        for context in NegotiateResponse.decode(decode_frame(data)).contexts:
            context.values()
    with contextlib.suppress(MalformedMessage):
        decode_answer(data)
    with contextlib.suppress(MalformedMessage):
        decode_report(data)
    channel = Channel(data[1:9])
    with contextlib.suppress(MalformedMessage):
        Packet.decode(data)
        channel.receive(data)
        channel.packets_to_send()
    with contextlib.suppress(MalformedMessage):
        NegotiateResponse1.decode(data)
    with contextlib.suppress(PeerError):
        SmbQuestion(None).receive(data)


def seeds() -> Iterator[bytes]:
    """What servers answer."""
    from pqscan.wire.openvpn.packet import Opcode, Packet
    from pqscan.wire.smb.frame import encode_frame
    from pqscan.wire.smb.negotiate import NegotiateResponse, listing
    from pqscan.wire.smb.words import ContextType
    from tests.unit.wire.kerberos_answers import as_rep, krb_error, method_data
    from tests.unit.wire.snmp_reports import report

    yield Packet(Opcode.RESET_SERVER, b"theother", (0,), b"ourselve", 0).encode()
    yield Packet(Opcode.CONTROL, b"theother", number=1, payload=b"\x16\x03\x03").encode()
    yield report(7, bytes.fromhex("8000000903001122334455"))
    yield krb_error(25, method_data((19, (18, 17)), (16, ()), (2, ())), "NEEDED_PREAUTH")
    yield as_rep(18, 18, method_data((19, (18,))))
    contexts = (listing(ContextType.ENCRYPTION, (2,)), listing(ContextType.SIGNING, (1,)))
    yield encode_frame(NegotiateResponse(0, 0x0311, 1, 0x7F, contexts, b"`H\x06\x06+\x06\x01\x05\x05\x02").encode())
    yield encode_frame(NegotiateResponse(0xC00000BB).encode())
    yield b"\xffSMB\x72" + bytes(4) + b"\x80" + bytes(22) + b"\x11" + bytes(37)


def main(arguments: list[str]) -> int:
    try:
        import atheris
    except ImportError:
        print("atheris is not installed here; install it (pip install atheris) and run this file again.", file=sys.stderr)
        return 3
    with atheris.instrument_imports(include=["pqscan"]):
        from pqscan.wire.kerberos import answer  # noqa: F401
        from pqscan.wire.openvpn import channel  # noqa: F401
        from pqscan.wire.smb import conversation  # noqa: F401
        from pqscan.wire.snmp import discovery  # noqa: F401
    atheris.Setup(arguments, one_input)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
