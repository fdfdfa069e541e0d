"""Feeds bytes that a fuzzer grows to the readers of SSH: `python tests/fuzz/fuzz_ssh.py -max_total_time=60`.

Needs atheris. Attacks pqscan.wire.ssh.banner, pqscan.wire.ssh.kexinit, pqscan.wire.ssh.packet, pqscan.wire.ssh.host_key,
pqscan.wire.ssh.public_key, pqscan.wire.ssh.signature, pqscan.wire.ssh.fields and the conversation over them; the first byte
chooses which.
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
        else:
            _converse(SshConversation(offer()), rest)
    except MalformedMessage:
        return
    except PeerError:
        if which < b"\x80":
            raise


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
    for block in BLOCKS:
        yield b"\x80SSH-2.0-x\r\n" + block
        yield b"\x80SSH-2.0-x\r\n" + BLOCKS[4] + block


def main(arguments: list[str]) -> int:
    try:
        import atheris
    except ImportError:
        print("atheris is not installed here; install it (pip install atheris) and run this file again.", file=sys.stderr)
        return 3
    with atheris.instrument_imports(include=["pqscan"]):
        from pqscan.wire.ssh import conversation, host_key  # noqa: F401
    atheris.Setup(arguments, one_input)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
