"""`pqscan harness handshake` and `conformance` over IKEv2 as a user runs them."""

from __future__ import annotations

import pytest

from tests.end_to_end.conftest import Program
from tests.peers.ike_responder import ServedIke
from tests.peers.ike_strict import StrictGateway

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
        (("harness", "conformance", "127.0.0.1:500/udp", "--case", "share-short"), "there is no IKE case"),
        (("harness", "conformance", "127.0.0.1:500/udp", "--server-name", "a.example"), "IKE sends no server name"),
        (("harness", "conformance", "192.0.2.1:500/udp"), "--authorisation"),
    ],
)
def test_what_cannot_be_is_one_sentence(program: Program, arguments: tuple[str, ...], says: str) -> None:
    done = program(*arguments)
    assert done.code == 2
    assert says in done.err
    assert len(done.err.strip().splitlines()) == 1


def test_cases_are_sent_to_a_gateway_and_their_number_is_told_before(program: Program) -> None:
    cases = ("--case", "key-not-reduced", "--case", "choice-offered")
    with ServedIke(StrictGateway) as peer:
        done = program.works("harness", "conformance", f"127.0.0.1:{peer.port}/udp", *cases)
    assert "2 cases, at most 23 exchanges" in done.err
    assert "choice-offered, key-not-reduced" in done.out
    assert "The server conforms in everything that was tried." in done.out


def test_cases_are_listed_with_what_they_rest_on_and_our_words_are_no_quotations(program: Program) -> None:
    done = program.works("harness", "conformance", "--list", "--protocol", "ike")
    assert "payload-unknown-critical (must refuse, UNSUPPORTED_CRITICAL_PAYLOAD (1))" in done.out
    words = " ".join(done.out.split())
    assert "RFC 7296, section 2.7: “The accepted cryptographic suite MUST" in words
    assert "RFC 9370, section 2.2.2: An additional key exchange that was agreed on" in words
