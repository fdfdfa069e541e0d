"""Feeds bytes that a fuzzer grows to the TLS decoders and to a conversation: `python tests/fuzz/fuzz_tls.py -max_total_time=60`.

Needs atheris (pip install atheris). Attacks pqscan.wire.tls.messages, pqscan.wire.tls.client_hello, pqscan.wire.tls.sslv2
and all that a conversation reaches. The first byte of an input says who reads the rest: see `one_input`. Anything but a
value or MalformedMessage is a crash.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from pqscan.errors import MalformedMessage

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


def _decoders() -> list[Callable[[bytes], object]]:
    from pqscan.wire.cursor import Cursor
    from pqscan.wire.tls import client_hello, messages, sslv2

    return [
        client_hello.ClientHello.decode,
        lambda data: client_hello.KeyShareEntry.decode(Cursor(data)),
        lambda data: client_hello.decode_extensions(Cursor(data), "x"),
        _server_hello,
        messages.Alert.decode,
        messages.decode_encrypted_extensions,
        messages.decode_certificate_13,
        messages.decode_certificate_12,
        messages.CertificateVerify.decode,
        lambda data: messages.ServerKeyExchange.decode(data, "ECDHE", has_scheme=True),
        lambda data: messages.ServerKeyExchange.decode(data, "DHE", has_scheme=True),
        messages.CertificateRequest.decode_13,
        lambda data: messages.CertificateRequest.decode_12(data, has_schemes=True),
        sslv2.Sslv2ServerHello.decode,
        _converse_sslv2,
    ]


def _server_hello(data: bytes) -> None:
    from pqscan.wire.tls import messages

    hello = messages.ServerHello.decode(data)
    for name in ("version", "key_share", "retry_group", "cookie"):
        try:
            getattr(hello, name)
        except MalformedMessage:
            continue
    messages.alpn_protocol(hello.extensions)


def _converse_sslv2(data: bytes) -> None:
    from pqscan.wire.tls.sslv2 import Sslv2Conversation

    conversation = Sslv2Conversation((0x010080,), bytes(16))
    conversation.receive(data)
    conversation.peer_closed()


_DECODERS: list[Callable[[bytes], object]] = []
_CONVERSATIONS = ("classic-x25519", "hrr-x25519-to-x25519mlkem768")


def one_input(data: bytes) -> None:
    """One run. Readers 0 to 14 are decoders, 15 a protected flight, all above a conversation, fed whole and in halves."""
    if not data:
        return
    if not _DECODERS:
        _DECODERS.extend(_decoders())
    reader, rest = data[0] % 18, data[1:]
    if reader < len(_DECODERS):
        try:
            _DECODERS[reader](rest)
        except MalformedMessage:
            return
    elif reader == len(_DECODERS):
        _protected(rest)
    else:
        _converse(_CONVERSATIONS[reader % 2], rest)


def _converse(name: str, data: bytes) -> None:
    from tests.unit.wire.tls.recorded import Recording

    answers = []
    for parts in ((data,), (data[: len(data) // 2], data[len(data) // 2 :])):
        conversation = Recording(name).conversation()
        for part in parts:
            conversation.receive(part)
        conversation.bytes_to_send()
        conversation.peer_closed()
        answers.append({**asdict(conversation.answer), "problem": "", "like": ""})  # These speak of what had come so far.
    if answers[0] != answers[1]:
        raise AssertionError(f"whole and in halves differ: {answers}")


def _protected(data: bytes) -> None:
    """The bytes as handshake messages under the right keys."""
    from pqscan.wire.tls.key_schedule import SUITES, Protection, Secret
    from tests.unit.wire.tls.recorded import Recording, record

    recording = Recording("classic-x25519")
    conversation = recording.conversation()
    keys = Protection(
        SUITES[recording.suite], Secret(SUITES[recording.suite].hash_name, recording.octets("server_handshake_traffic_secret"))
    )
    conversation.receive(record(22, recording.octets("server_hello")) + keys.seal(22, data[:16384]))
    conversation.peer_closed()
    if conversation.answer.finished_verified:
        flight = recording.decrypted
        if data != b"".join(flight):
            raise AssertionError(f"a flight that nobody sent was verified: {data.hex()}")


def seeds() -> Iterator[bytes]:
    """The recorded handshakes, each part for the reader that it is for."""
    from tests.unit.wire.tls.recorded import RECORDINGS, load

    for recording in RECORDINGS:
        extensions, certificate, verify, finished = recording.decrypted
        yield b"\x00" + recording.octets("client_hello")
        yield b"\x03" + recording.octets("server_hello")[4:]
        yield b"\x05" + extensions[4:]
        yield b"\x06" + certificate[4:]
        yield b"\x08" + verify[4:]
        yield b"\x0f" + extensions + certificate + verify + finished
        yield (b"\x11" if recording.retried else b"\x10") + recording.server_bytes()
    yield b"\x03" + bytes.fromhex(load("probe-empty-keyshare")["hello_retry_request"])[4:]
    yield b"\x07" + bytes.fromhex("000007000004") + b"leaf"
    yield b"\x09" + bytes.fromhex("03001d0104040100020102")
    yield b"\x0a" + bytes.fromhex("0001ff0001020001030401000101")
    yield b"\x0b" + bytes.fromhex("000008000d000400020403")
    yield b"\x0c" + bytes.fromhex("014000020403")
    yield b"\x04\x02\x28"
    yield b"\x0d" + bytes.fromhex("0400010002000400030010") + b"cert" + bytes.fromhex("010080") + bytes(16)
    yield b"\x0e" + bytes.fromhex("80220400010002000400030010") + b"cert" + bytes.fromhex("010080") + bytes(16)
    yield b"\x10" + bytes.fromhex("160303002c0200002803035a") + b"\x5a" * 31 + bytes.fromhex("00c02f000000160303000e0000000e")


def main(arguments: list[str]) -> int:
    try:
        import atheris
    except ImportError:
        print("atheris is not installed here; install it (pip install atheris) and run this file again.", file=sys.stderr)
        return 3
    with atheris.instrument_imports(include=["pqscan"]):
        from pqscan.wire.tls import conversation, flight, messages  # noqa: F401
        from tests.unit.wire.tls import recorded  # noqa: F401
    atheris.Setup(arguments, one_input)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
