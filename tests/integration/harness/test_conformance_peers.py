"""Real servers pass what they should, and whoever is no TLS 1.3 server gets a verdict with its reason."""

from __future__ import annotations

import pytest

from pqscan.model.trial import TrialVerdict
from tests.integration.harness.conforming import against, those
from tests.peers.hostile import (
    AcceptsAndCloses,
    AlwaysAlert,
    Drips,
    Floods,
    Garbage,
    LiesAboutLength,
    NeverAnswers,
    PicksUnoffered,
    PlainHttp,
    ResetsAfterHello,
    RetriesBadly,
    RetriesForever,
    SshBanner,
)
from tests.peers.lab import Lab
from tests.peers.scripted import ScriptedServer

FOUND: dict[str, set[str]] = {
    "hybrid-default": set(),
    "all-hybrids": {"point-hybrid-form"},  # OpenSSL issue 25781: only inside hybrids; open in 4.0.3
    "mldsa44": set(),
    "mldsa65": set(),
    "mldsa87": {"point-hybrid-form"},
    "node-default": set(),
    "openssl-default": set(),
    # Go 1.26.8 drops change_cipher_spec whenever it comes, and takes a missing key_share for an empty one.
    "go-default": {"no-key-share", "ccs-protected", "ccs-after-finished"},
    # rustls 0.23.46 takes an empty record of handshake data under its keys (RFC 9846, section 5.4); not one of alerts.
    # It holds a record in the clear against the limit of one under keys (section 5.1).
    "rustls-default": {"protected-record-empty", "record-too-long"},
    "rustls-all-groups": {"protected-record-empty", "record-too-long"},
    "rustls-mldsa65": {"protected-record-empty", "record-too-long"},
    # OpenJDK 17, found by these cases and looked at one by one.
    "java-default": {
        "compression-methods",
        "second-other-group",
        "second-no-share",
        "hello-and-more-in-its-record",
        "finished-and-more-in-its-record",
        "record-too-long",
        "ccs-twice",
        "empty-application-data",
        "share-outside-supported-groups",  # It takes the first share that it can, listed or not.
    },
}
"""Cases in which a real server goes against the standard. One that is mended passes; no other case may fail."""

CLASSICAL = {"share-short", "key-not-reduced", "x25519-zero-in-hybrid", "hybrid-in-retry", "ml-dsa-signature-size"}
TOLD_NOTHING = {TrialVerdict.UNKNOWN, TrialVerdict.NOT_APPLICABLE}


@pytest.mark.slow
@pytest.mark.lab
@pytest.mark.parametrize("name", FOUND)
def test_a_real_server_passes_what_it_should(lab: Lab, name: str) -> None:
    server = lab[name]
    trials = against(server.port, address=server.address)
    failed = {case: trials[case].seen for case in those(trials, TrialVerdict.FAILED)}
    assert failed.keys() <= FOUND[name], failed
    assert those(trials, TrialVerdict.UNKNOWN) <= FOUND[name]
    assert len(those(trials, TrialVerdict.PASSED)) >= 50


@pytest.mark.lab
@pytest.mark.parametrize("name", ["classical", "rustls-classical"])
def test_what_a_classical_server_lacks_is_not_applicable(lab: Lab, name: str) -> None:
    trials = against(lab[name].port, *CLASSICAL, "finished-wrong")
    assert those(trials, TrialVerdict.NOT_APPLICABLE) == CLASSICAL
    assert trials["finished-wrong"].verdict is TrialVerdict.PASSED


@pytest.mark.lab
def test_what_follows_finished_does_not_apply_where_a_certificate_of_ours_is_wanted(lab: Lab) -> None:
    server = lab["client-certificate"]
    trials = against(
        server.port, "finished-wrong", "key-update", "close-notify", "ccs-twice", "share-twice", address=server.address
    )
    assert those(trials, TrialVerdict.FAILED, TrialVerdict.UNKNOWN) == set()
    assert {"finished-wrong", "key-update", "ccs-twice"} <= those(trials, TrialVerdict.NOT_APPLICABLE)
    assert trials["share-twice"].verdict is TrialVerdict.TOLERATED


@pytest.mark.lab
@pytest.mark.parametrize("name", ["tls12-only", "rustls-tls12-only"])
def test_nothing_applies_to_a_server_without_tls_13(lab: Lab, name: str) -> None:
    trials = against(lab[name].port, "share-short", "finished-wrong", "close-notify")
    assert {trial.verdict for trial in trials.values()} == {TrialVerdict.NOT_APPLICABLE}
    assert {trial.reason.code for trial in trials.values() if trial.reason} == {"conformance.needs.tls13"}


@pytest.mark.parametrize(
    "peer",
    [
        AcceptsAndCloses(),
        AlwaysAlert(),
        Floods("records", 1 << 18),
        Floods("empty", 1 << 16),
        Floods("warnings", 1 << 16),
        Floods("zeros", 1 << 16),
        Garbage(),
        LiesAboutLength("handshake"),
        LiesAboutLength("extensions"),
        PicksUnoffered("group"),
        PicksUnoffered("version"),
        PlainHttp(),
        ResetsAfterHello(),
        RetriesBadly("group_not_offered"),
        RetriesBadly("share_already_sent"),
        RetriesForever(),
        SshBanner(),
    ],
    ids=lambda peer: type(peer).__name__,
)
def test_whoever_breaks_the_protocol_fails_nothing_and_passes_nothing(peer: ScriptedServer) -> None:
    with peer:
        trials = against(peer.port, "share-short", "finished-wrong", "choices-offered")
    assert {trial.verdict for trial in trials.values()} <= TOLD_NOTHING
    assert all(trial.reason is not None for trial in trials.values())


@pytest.mark.parametrize("kind", ["empty", "warnings"])
def test_a_flood_is_told_as_one_and_is_not_asked_for_again(kind: str) -> None:
    with Floods(kind, 1 << 16) as peer:
        trials = against(peer.port, "share-short", "finished-wrong")
        assert peer.connections == 1
    assert {trial.reason.code for trial in trials.values() if trial.reason} == {"conformance.stopped.flood"}


@pytest.mark.parametrize("peer", [NeverAnswers(), Drips(0.05)], ids=["silent", "drips"])
def test_a_server_that_says_nothing_whole_is_left_alone_after_three_connections(peer: ScriptedServer) -> None:
    with peer:
        trials = against(peer.port, "share-short", "finished-wrong", seconds=0.2)
        assert peer.connections == 3
    assert {trial.verdict for trial in trials.values()} == {TrialVerdict.UNKNOWN}
    assert {trial.reason.code for trial in trials.values() if trial.reason} == {"conformance.stopped.silence"}


def test_a_closed_port_is_tried_once() -> None:
    with NeverAnswers() as peer:
        port = peer.port
    trials = against(port, "share-short")
    assert trials["share-short"].reason is not None
    assert trials["share-short"].reason.code == "conformance.stopped.no_connection"
