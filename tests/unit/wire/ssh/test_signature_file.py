"""Signatures of files by keys of SSH; ssh-keygen writes them in tests/integration."""

from __future__ import annotations

import pytest

from pqscan.errors import MalformedMessage
from pqscan.wire.ssh.signature_file import MAGIC, read_ssh_signature


def string(data: bytes) -> bytes:
    return len(data).to_bytes(4) + data


KEY = string(b"ssh-ed25519") + string(bytes(range(32)))
WHOLE = MAGIC + string(KEY) + string(b"git") + string(b"") + string(b"sha512") + string(string(b"ssh-ed25519") + string(bytes(64)))


def test_a_signature_tells_its_key_its_algorithm_and_its_hash() -> None:
    found = read_ssh_signature(WHOLE)
    assert (found.algorithm, found.hash, found.key.public_key.algorithm) == ("ssh-ed25519", "sha512", "Ed25519")


@pytest.mark.parametrize("size", range(len(WHOLE)))
def test_no_prefix_of_a_signature_is_one(size: int) -> None:
    with pytest.raises(MalformedMessage):
        read_ssh_signature(WHOLE[:size])


def test_names_that_are_none_are_refused() -> None:
    with pytest.raises(MalformedMessage):
        read_ssh_signature(WHOLE.replace(b"sha512", b"\x1b[31m\n"))
