"""Faulty SSH servers: each is caught by the cases made for its fault and by no other."""

from __future__ import annotations

import pytest

from pqscan.harness.conformance.ssh.catalogue import ALL_CASES
from pqscan.model.reason import Reason
from pqscan.model.trial import TrialVerdict
from tests.integration.harness.ssh_conforming import against, those
from tests.peers.ssh_faulty import FAULTS, Fault
from tests.peers.ssh_server import Served, SshServer

BAD = (TrialVerdict.FAILED, TrialVerdict.UNKNOWN)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_caught_by_its_cases_and_by_no_other(fault: Fault) -> None:
    with Served(fault.make) as peer:
        trials = against(peer.port, seconds=3.0)
    assert {name: trials[name].seen for name in those(trials, *BAD)}.keys() == fault.cases


@pytest.mark.parametrize("markers", [(), SshServer.markers])
def test_the_server_without_a_fault_fails_nothing(markers: tuple[str, ...]) -> None:
    class Plain(SshServer):
        pass

    Plain.markers = markers
    with Served(Plain) as peer:
        trials = against(peer.port)
    assert {name: (trials[name].reason, trials[name].seen) for name in those(trials, *BAD)} == {}
    needless = {case.id for case in ALL_CASES if "strict" in case.needs or "counting" in case.needs or "ext_info" in case.needs}
    assert those(trials, TrialVerdict.NOT_APPLICABLE) == (set() if markers else needless)


class ForeignSignature(SshServer):
    """Signs something else than the exchange hash."""

    def sign(self, digest: bytes) -> bytes:
        return super().sign(bytes(32))


def test_a_signature_over_something_else_is_caught() -> None:
    with Served(ForeignSignature) as peer:
        trials = against(peer.port, "signature-verifies", "share-short")
    assert trials["signature-verifies"].reason == Reason.of(
        "conformance.ssh.signature_wrong", method="mlkem768x25519-sha256", algorithm="ssh-ed25519"
    )
    assert trials["share-short"].reason == Reason.of("conformance.control_failed")


class LongReply(SshServer):
    """Its public value has a byte too many."""

    def public_value(self, value: bytes) -> bytes:
        return value + b"\0"


def test_a_public_value_of_a_wrong_size_is_caught() -> None:
    with Served(LongReply) as peer:
        trials = against(peer.port, "reply-sizes")
    assert trials["reply-sizes"].verdict is TrialVerdict.FAILED


@pytest.mark.parametrize(
    ("first", "code"),
    [
        (b"Exceeded MaxStartups\r\n", "conformance.ssh.stopped.throttled"),
        (b"HTTP/1.0 400 Bad Request\r\n\r\n", "conformance.ssh.stopped.wrong_protocol"),
        (b"SSH-2.0-x\r\n\xff\xff\xff\xff", "conformance.ssh.stopped.malformed"),
        (b"", "conformance.ssh.stopped.closed"),
    ],
)
def test_a_server_that_cannot_be_asked_fails_nothing(first: bytes, code: str) -> None:
    from tests.peers.ssh_scripted import Sends

    with Sends(first) as peer:
        trials = against(peer.port, "share-short", "packet-forged")
    assert {trial.verdict for trial in trials.values()} == {TrialVerdict.UNKNOWN}
    assert {trial.reason.code for trial in trials.values() if trial.reason is not None} == {code}
