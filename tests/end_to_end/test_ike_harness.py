"""`pqscan harness handshake` over IKEv2 as a user runs it."""

from __future__ import annotations

import pytest

from tests.end_to_end.conftest import Program
from tests.peers.ike_responder import ServedIke

HANDSHAKE = ("harness", "handshake", "--library", "cryptography")


def test_a_gateway_is_proven_and_the_trace_tells_the_keys(program: Program) -> None:
    with ServedIke() as peer:
        done = program.works(*HANDSHAKE, f"127.0.0.1:{peer.port}/udp", "--group", "ML-KEM-768", "--trace")
    assert "passed            ML-KEM-768" in done.out
    assert "AUTHENTICATION_FAILED (24)" in done.out
    assert "keys with ML-KEM" in done.out
    assert max(map(len, done.out.splitlines())) <= 80


def test_a_gateway_that_was_not_there_ends_with_3(program: Program) -> None:
    with ServedIke(deaf=1_000) as peer:
        done = program(*HANDSHAKE, f"127.0.0.1:{peer.port}/udp", "--group", "ML-KEM-768", "--timeout", "0.5")
    assert done.code == 3


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((*HANDSHAKE, "192.0.2.1:500/udp"), "--authorisation"),
        ((*HANDSHAKE, "127.0.0.1:500/udp", "--group", "X25519MLKEM768"), "names no additional key exchange of IKEv2"),
        ((*HANDSHAKE, "127.0.0.1:500/udp", "--server-name", "a.example"), "IKE sends no server name"),
        (("harness", "conformance", "127.0.0.1:500/udp"), "there are no cases for IKE"),
    ],
)
def test_what_cannot_be_is_one_sentence(program: Program, arguments: tuple[str, ...], says: str) -> None:
    done = program(*arguments)
    assert done.code == 2
    assert says in done.err
    assert len(done.err.strip().splitlines()) == 1
