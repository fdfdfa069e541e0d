"""Dead, slow, foreign and hostile peers: each trial has its verdict and reason, and none is taken for a proof."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pqscan.harness.tls.shares import ShareMaker
from pqscan.model.trial import TrialVerdict
from tests.integration.harness.conftest import Run, on
from tests.peers import hostile
from tests.peers.scripted import ScriptedServer
from tests.unit.net.loopback import closed_port

pytestmark = pytest.mark.lab

UNKNOWN = TrialVerdict.UNKNOWN
BREAKING: tuple[Callable[[], ScriptedServer], ...] = (
    hostile.Floods,
    hostile.HugeCertificate,
    hostile.RetriesForever,
    lambda: hostile.LiesAboutLength("record"),
)


@pytest.fixture(scope="module")
def maker() -> ShareMaker:
    return on("cryptography")


@pytest.mark.parametrize(
    ("make", "reasons"),
    [
        (hostile.AcceptsAndCloses, {"peer_closed", "peer_reset"}),
        (hostile.ResetsAfterHello, {"peer_reset"}),
        (hostile.ClosesAfterHello, {"peer_closed", "peer_reset"}),
        (hostile.Garbage, {"wrong_protocol", "malformed_message"}),
        (hostile.PlainHttp, {"wrong_protocol_like"}),
        (hostile.SshBanner, {"wrong_protocol_like"}),
        (hostile.AlwaysAlert, {"handshake_control_refused"}),
        (hostile.ClosesMidRecord, {"peer_closed", "peer_reset"}),
    ],
)
def test_a_peer_that_is_no_tls_server_is_asked_once_and_stays_unknown(
    run: Run, maker: ShareMaker, make: Callable[[], ScriptedServer], reasons: set[str]
) -> None:
    with make() as peer:
        found = run(maker, peer.address, peer.port, None, "X25519MLKEM768", "SecP256r1MLKEM768", seconds=5.0)
        assert peer.connections == 1
    assert len(found) == 4
    for carried in found.values():
        assert carried.trial.verdict is UNKNOWN
        assert carried.trial.reason is not None
        assert carried.trial.reason.code in reasons
        assert carried.proven is None


@pytest.mark.parametrize("make", [hostile.NeverAnswers, hostile.Drips])
def test_silence_ends_at_the_deadline(run: Run, maker: ShareMaker, make: Callable[[], ScriptedServer]) -> None:
    with make() as peer:
        found = run(maker, peer.address, peer.port, None, "X25519MLKEM768", seconds=0.5)
        assert peer.connections == 1
    assert {carried.trial.verdict for carried in found.values()} == {UNKNOWN}


@pytest.mark.parametrize("make", BREAKING)
def test_what_breaks_the_protocol_is_never_a_proof(run: Run, maker: ShareMaker, make: Callable[[], ScriptedServer]) -> None:
    with make() as peer:
        found = run(maker, peer.address, peer.port, None, "X25519MLKEM768", seconds=5.0)
    for carried in found.values():
        assert carried.trial.verdict in (UNKNOWN, TrialVerdict.FAILED, TrialVerdict.NOT_APPLICABLE)
        assert carried.trial.reason is not None
        assert carried.proven is None


def test_a_closed_port_is_told_as_refused(run: Run, maker: ShareMaker) -> None:
    with closed_port() as port:
        found = run(maker, "127.0.0.1", port, None, "X25519MLKEM768", "MLKEM768")
    assert {carried.trial.reason.code for carried in found.values() if carried.trial.reason} == {"peer_refused"}
    assert {carried.trial.verdict for carried in found.values()} == {UNKNOWN}
