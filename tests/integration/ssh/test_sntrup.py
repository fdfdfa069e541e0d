"""sntrup761x25519-sha512 (RFC 9941) with OpenSSH: its post-quantum part is liboqs, as `cryptography` has none."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from pqscan_probes.ssh.survey import first_offer

from pqscan.harness import on_liboqs
from pqscan.harness.library import Kem
from pqscan.model.target import NetworkTarget
from pqscan.net.converse import converse
from pqscan.net.dial import DialSettings, TcpDialer
from pqscan.net.throttle import Throttle
from pqscan.registry import ssh
from pqscan.wire.key_agreement import COMPONENT_KEYS
from pqscan.wire.ssh.conversation import SshConversation
from tests.peers.ssh_programs import load_ssh_truth, missing, running

METHODS = ("sntrup761x25519-sha512", "sntrup761x25519-sha512@openssh.com")


class KemKey:
    """One key of a KEM as a part of a public value."""

    peer_bytes = 1039  # the ciphertext

    def __init__(self, kem: Kem) -> None:
        self._kem, self._pair = kem, kem.generate()
        self.public = self._pair.public

    def agree(self, peer: bytes) -> bytes:
        return self._kem.decapsulate(self._pair.private, peer)


@pytest.mark.lab
def test_both_names_of_the_method_are_carried_through_with_openssh() -> None:
    library = on_liboqs.load()
    lacking = missing("openssh")
    if library.missing is not None or "sntrup761" not in library.kems:
        pytest.skip("liboqs with sntrup761 is not here")
    if lacking is not None:
        pytest.skip(f"peer not at hand: {lacking}")
    kem = library.kems["sntrup761"]

    async def ask(port: int, method: str) -> SshConversation:
        offer = replace(first_offer(ssh.current_client(), bytes(16)), kex_algorithms=(method,))
        client = SshConversation(offer, makers={**COMPONENT_KEYS, "sntrup761": lambda: KemKey(kem)})
        async with TcpDialer(Throttle(), DialSettings()).connect(NetworkTarget("127.0.0.1", port)) as stream:
            await converse(client, stream)
        return client

    with running(load_ssh_truth("openssh-modern")) as peer:
        for method in METHODS:
            proven = asyncio.run(ask(peer.port, method)).proven
            assert proven is not None
            assert (proven.kex_method, proven.verified) == (method, True)
