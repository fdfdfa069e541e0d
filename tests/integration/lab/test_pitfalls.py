"""The TLS probe where things go wrong on the way: split, slow, throttled and hostile. One outcome each, and no false word."""

from __future__ import annotations

import asyncio

import pytest
from pqscan_probes.tls import TlsProbe

from pqscan.errors import MalformedMessage, PeerClosed, PeerError, PeerRejected, PeerTimedOut, WrongProtocol
from pqscan.model.observation import Support
from pqscan.model.outcome import Facts
from pqscan.model.target import NetworkTarget
from pqscan.net.dial import DialSettings, TcpDialer
from pqscan.net.throttle import Throttle
from tests.peers import hostile, proxy
from tests.peers.lab import Lab
from tests.peers.scripted import ScriptedServer

NAME = "two-certificates.demo.invalid"
SHORT = DialSettings(connection_seconds=0.5, attempt_seconds=1.0)


class HurriedDialer(TcpDialer):
    """Takes every back-off as over at once: the throttles here count attempts, not seconds."""

    async def pause(self, seconds: float) -> None:
        await asyncio.sleep(0)


def inventory(port: int, *, name: str | None = NAME, settings: DialSettings | None = None) -> Facts:
    async def run() -> Facts:
        return await TlsProbe().run(NetworkTarget("127.0.0.1", port, name), HurriedDialer(Throttle(), settings or DialSettings()))

    return asyncio.run(run())


@pytest.fixture(scope="module")
def direct(lab: Lab) -> Facts:
    return inventory(lab["two-certificates"].port)


@pytest.mark.parametrize("kind", ["one_byte_writes", "records_of_1", "records_of_7", "slow"])
def test_how_the_answer_is_cut_changes_no_fact(lab: Lab, direct: Facts, kind: str) -> None:
    port = lab["two-certificates"].port
    fronts = {
        "one_byte_writes": proxy.OneByteWrites(port),
        "records_of_1": proxy.SmallRecords(port, 1),
        "records_of_7": proxy.SmallRecords(port, 7),
        "slow": proxy.Slow(port, 0.01),
    }
    with fronts[kind] as front:
        behind = inventory(front.port)
    assert set(behind.observations) == set(direct.observations)
    assert behind.chains == direct.chains


@pytest.mark.parametrize("after", [3, 11, 25])
@pytest.mark.parametrize("how", ["reset", "alert", "close"])
def test_a_throttle_that_recovers_changes_no_fact(lab: Lab, direct: Facts, how: str, after: int) -> None:
    with proxy.Throttles(lab["two-certificates"].port, after, how, recover_after_attempts=2) as front:
        behind = inventory(front.port)
        assert front.throttled == 2
    assert set(behind.observations) == set(direct.observations)
    assert behind.complete


@pytest.mark.parametrize("alert", [40, 80])
def test_a_throttle_that_stays_makes_no_false_refusal(lab: Lab, direct: Facts, alert: int) -> None:
    with proxy.Throttles(lab["two-certificates"].port, 9, "alert", alert_description=alert) as front:
        behind = inventory(front.port)
    assert not behind.complete
    accepted = {(found.subject, found.context, found.value) for found in direct.observations if found.support is Support.ACCEPTED}
    refused = {(found.subject, found.context, found.value) for found in behind.observations if found.support is Support.REFUSED}
    assert accepted & refused == set()


@pytest.mark.parametrize("how", ["reset", "close"])
def test_a_middlebox_that_drops_large_hellos_is_told_and_passed(lab: Lab, direct: Facts, how: str) -> None:
    with proxy.DropsLargeHellos(lab["two-certificates"].port, how=how) as front:
        behind = inventory(front.port)
    assert "large_hello_intolerant" in {found.value for found in behind.observations}


@pytest.mark.parametrize(
    ("peer", "error"),
    [
        (hostile.AcceptsAndCloses(), PeerClosed),
        (hostile.ResetsAfterHello(), PeerClosed),
        (hostile.ClosesAfterHello(), PeerClosed),
        (hostile.ClosesMidRecord(), PeerClosed),
        (hostile.ClosesMidRecord(by_reset=True), PeerClosed),
        (hostile.Garbage(), WrongProtocol),
        (hostile.SshBanner(), WrongProtocol),
        (hostile.Floods("zeros"), WrongProtocol),
        (hostile.AlwaysAlert(40), PeerRejected),
        (hostile.AlwaysAlert(80), PeerRejected),
        (hostile.Floods("warnings"), PeerError),
        (hostile.Floods("empty"), MalformedMessage),
        (hostile.LiesAboutLength("record"), PeerClosed),
        (hostile.LiesAboutLength("oversized_record"), MalformedMessage),
        (hostile.LiesAboutLength("handshake"), MalformedMessage),
        (hostile.LiesAboutLength("session_id"), MalformedMessage),
        (hostile.LiesAboutLength("extensions"), MalformedMessage),
        (hostile.NeverAnswers(), PeerTimedOut),
        (hostile.Drips(0.02), PeerTimedOut),
    ],
    ids=lambda value: type(value).__name__ + str(getattr(value, "_where", getattr(value, "_kind", ""))),
)
def test_what_never_spoke_tls_ends_as_one_error(peer: ScriptedServer, error: type[PeerError]) -> None:
    with peer, pytest.raises(error):
        inventory(peer.port, settings=SHORT)


@pytest.mark.parametrize(
    "peer",
    [hostile.RetriesForever(), hostile.HugeCertificate(), hostile.Floods("records"), hostile.LiesAboutLength("certificate")]
    + [hostile.RetriesBadly(how) for how in hostile.RetriesBadly.WAYS]
    + [hostile.PicksUnoffered(what) for what in hostile.PicksUnoffered.CHOICES],
    ids=lambda peer: type(peer).__name__ + str(getattr(peer, "_where", getattr(peer, "_how", getattr(peer, "_what", "")))),
)
def test_a_peer_that_breaks_the_rules_ends_as_one_outcome_within_a_hundred_connections(peer: ScriptedServer) -> None:
    with peer:
        try:
            facts = inventory(peer.port, name=None)
        except PeerError:
            return
        finally:
            assert peer.connections <= 100
    assert not [found for found in facts.observations if found.confidence.value == "confirmed"]
