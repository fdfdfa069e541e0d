"""Feeds bytes that a fuzzer grows to the readers of SSH: `python tests/fuzz/fuzz_ssh.py -max_total_time=60`.

Needs atheris. Attacks pqscan.wire.ssh.banner, pqscan.wire.ssh.kexinit, pqscan.wire.ssh.packet, pqscan.wire.ssh.host_key,
pqscan.wire.ssh.public_key, pqscan.wire.ssh.signature, pqscan.wire.ssh.fields, packets under the keys of
pqscan.wire.ssh.protection, and the conversation over them, pqscan.wire.ssh.session and the exchanges of
pqscan.harness.conformance.ssh among it; the first byte chooses which.
Anything but a value or an error of the peer is a crash.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


def one_input(data: bytes) -> None:
    from pqscan.errors import MalformedMessage, PeerError
    from pqscan.wire.ssh.conversation import SshConversation, check_host_signature
    from pqscan.wire.ssh.host_key import read_host_key
    from pqscan.wire.ssh.kexinit import KexInit
    from tests.unit.wire.ssh.spoken import offer

    which, rest = data[:1], data[1:]
    try:
        if which < b"\x40":
            KexInit.decode(rest)
        elif which < b"\x80":
            key = read_host_key(rest)
            if not (key.subject + key.public_key.name + "".join(key.names)).isprintable() or len(key.names) > 256:
                raise AssertionError(f"a host key with text that is not safe to show: {rest.hex()}")
            check_host_signature(rest, "ssh-ed25519", rest[-83:], b"H")
        elif which < b"\xa0":
            _converse(SshConversation(offer()), rest)
        elif which < b"\xc0":
            _read_protected(rest)
        elif which < b"\xe0":
            _after_keys(rest)
        else:
            _play(rest)
    except MalformedMessage:
        return
    except PeerError:
        if which < b"\x80":
            raise


def _read_protected(data: bytes) -> None:
    """The first byte chooses the cipher; what opens must have been sealed."""
    from tests.unit.wire.ssh.test_protection import PAYLOADS, SUITES, reader

    suite = SUITES[(data[:1] or b"\0")[0] % len(SUITES)]
    for count, payload in enumerate(reader(*suite).feed(data[1:])):
        if count >= len(PAYLOADS) or payload != PAYLOADS[count]:
            raise AssertionError(f"a packet that a fuzzer made opens with {suite}")


def _after_keys(data: bytes) -> None:
    """Payloads of a server that has the keys: what they say is the fuzzer's."""
    from pqscan.errors import PeerError
    from pqscan.wire.ssh.session import SshSession
    from tests.peers.ssh_server import SshServer
    from tests.unit.wire.ssh.test_session import OFFER

    server, session = SshServer(), SshSession(OFFER)
    server.take_service = lambda _service: [server.send(part) for part in data.split(b"\xff") if part]  # type: ignore[method-assign,assign,return-value]
    waiting = server.bytes_to_send()
    try:
        while waiting and not session.finished:
            session.receive(waiting)
            waiting = server.receive(session.bytes_to_send())
    except PeerError:
        return


def _play(data: bytes) -> None:
    from pqscan.harness.conformance.ssh.exchange import Exchange, Ground
    from pqscan.harness.conformance.ssh.script import Script

    exchange = Exchange(Script("curve25519-sha256"), Ground(("ssh-ed25519",), bytes(16)))
    half = len(data) // 2
    for part in (data[:half], data[half:]):
        exchange.receive(part)
        exchange.segments_to_send()


def _converse(client: object, data: bytes) -> None:
    from pqscan.errors import PeerError
    from pqscan.wire.ssh.conversation import SshConversation

    assert isinstance(client, SshConversation)
    half = len(data) // 2
    try:
        for part in (data[:half], data[half:]):
            client.receive(part)
            client.bytes_to_send()
        client.peer_closed()
    except PeerError:
        if client.proven is not None and client.proven.verified:
            raise AssertionError("a signature that a fuzzer made") from None


def seeds() -> Iterator[bytes]:
    """The messages and keys of the property tests."""
    from tests.properties.test_ssh import BLOCKS, KEYS, SIGNATURE
    from tests.unit.wire.ssh.server_model import kexinit

    yield b"\x00" + kexinit()
    for key in KEYS:
        yield b"\x40" + key
        yield b"\x40" + key + SIGNATURE
    from tests.unit.wire.ssh.test_protection import PAYLOADS, SUITES, writer

    for number, suite in enumerate(SUITES):
        sealing = writer(*suite)
        yield b"\xa0" + bytes((number,)) + b"".join(map(sealing.write, PAYLOADS))
    for answer in (b"\x06\0\0\0\x0cssh-userauth", b"\x07\0\0\0\x01\0\0\0\x01a\0\0\0\x01b", b"\x01\0\0\0\x07\0\0\0\0\0\0\0\0"):
        yield b"\xc0" + answer
    for block in BLOCKS:
        yield b"\xe0SSH-2.0-x\r\n" + BLOCKS[4] + block
        yield b"\x80SSH-2.0-x\r\n" + block
        yield b"\x80SSH-2.0-x\r\n" + BLOCKS[4] + block


def main(arguments: list[str]) -> int:
    try:
        import atheris
    except ImportError:
        print("atheris is not installed here; install it (pip install atheris) and run this file again.", file=sys.stderr)
        return 3
    with atheris.instrument_imports(include=["pqscan"]):
        from pqscan.harness.conformance.ssh import exchange  # noqa: F401
        from pqscan.wire.ssh import conversation, host_key, protection, session  # noqa: F401
    atheris.Setup(arguments, one_input)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
