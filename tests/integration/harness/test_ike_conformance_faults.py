"""Faulty gateways of IKEv2: each is caught by the cases made for its fault and by no other."""

from __future__ import annotations

import pytest

from pqscan.harness.conformance.case import Kind
from pqscan.harness.conformance.ike.catalogue import ALL_CASES
from pqscan.model.reason import Reason
from pqscan.model.trial import TrialVerdict
from pqscan.wire.ike.words import NotifyType
from tests.integration.harness.conforming import those
from tests.integration.harness.ike_conforming import over_udp
from tests.peers.ike_faulty import FAULTS, Fault
from tests.peers.ike_faulty_answers import CannotCompute
from tests.peers.ike_memory import against
from tests.peers.ike_responder import ServedIke
from tests.peers.ike_strict import StrictGateway
from tests.unit.net.loopback import closed_datagram_port

BAD = (TrialVerdict.FAILED, TrialVerdict.UNKNOWN)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_caught_by_its_cases_and_by_no_other(fault: Fault) -> None:
    trials = against(fault.make)
    assert {name: (trials[name].reason, trials[name].seen) for name in those(trials, *BAD)}.keys() == fault.cases


def test_every_case_that_can_fail_has_a_fault() -> None:
    caught = frozenset[str]().union(*(fault.cases for fault in FAULTS))
    assert {case.id for case in ALL_CASES if case.kind is not Kind.MAY_REFUSE} == caught


class Plain(StrictGateway):
    """Has no ML-KEM."""

    methods = ()


class WholeMessages(StrictGateway):
    """Knows no fragments."""

    fragments = False

    def abilities(self) -> tuple[NotifyType, ...]:
        return (NotifyType.INTERMEDIATE_EXCHANGE_SUPPORTED,)


class HybridsAlone(StrictGateway):
    """Demands an ML-KEM."""

    def mandatory(self) -> tuple[int, ...]:
        return (*super().mandatory(), 6)


@pytest.mark.parametrize(
    ("gateway", "needless"),
    [(StrictGateway, ()), (Plain, ("ml_kem", "fragments")), (HybridsAlone, ("curve",)), (WholeMessages, ("fragments",))],
)
def test_the_gateway_without_a_fault_fails_nothing(gateway: type[StrictGateway], needless: tuple[str, ...]) -> None:
    trials = against(gateway)
    assert {name: (trials[name].reason, trials[name].seen) for name in those(trials, *BAD)} == {}
    lacking = {case.id for case in ALL_CASES if case.needs.rpartition(".")[2] in needless}
    assert those(trials, TrialVerdict.NOT_APPLICABLE) == lacking


def test_what_a_gateway_chooses_and_cannot_compute_is_told_and_nothing_built_on_it() -> None:
    trials = against(CannotCompute)
    assert trials["keys-agree"].reason == Reason.of("conformance.ike.not_carried_through")
    assert trials["key-not-reduced"].reason == Reason.of("conformance.ike.needs.ml_kem")
    assert trials["type-unknown-first"].verdict is TrialVerdict.PASSED


class Deaf(StrictGateway):
    def answer(self, datagram: bytes) -> list[bytes]:
        return []


def test_a_gateway_that_stops_answering_fails_nothing_after_that() -> None:
    made: list[StrictGateway] = []

    def make() -> StrictGateway:
        made.append(StrictGateway() if len(made) < 60 else Deaf())
        return made[-1]

    trials = against(make)
    assert those(trials, TrialVerdict.FAILED) == set()
    unknown = [trial for trial in trials.values() if trial.verdict is TrialVerdict.UNKNOWN]
    assert {trial.reason.code for trial in unknown if trial.reason} <= {
        "conformance.control_failed",
        "conformance.control_failed_after",
        "conformance.ike.stopped.silence",
    }
    assert unknown


class OtherSuites(StrictGateway):
    """Takes nothing of what is offered here."""

    groups = ()


@pytest.mark.parametrize(
    ("gateway", "verdict", "code"),
    [
        (Deaf, TrialVerdict.UNKNOWN, "conformance.ike.stopped.silence"),
        (OtherSuites, TrialVerdict.NOT_APPLICABLE, "conformance.ike.needs.suite"),
    ],
)
def test_a_gateway_that_cannot_be_asked_fails_nothing(gateway: type[StrictGateway], verdict: TrialVerdict, code: str) -> None:
    trials = against(gateway, "choice-offered", "message-forged")
    assert {trial.verdict for trial in trials.values()} == {verdict}
    assert {trial.reason.code for trial in trials.values() if trial.reason is not None} == {code}


def test_over_udp_lost_datagrams_are_sent_again_and_silence_is_told_from_them() -> None:
    with ServedIke(StrictGateway, deaf=1) as peer:
        trials = over_udp(peer.port, "choice-offered", "key-not-reduced", "message-forged", "version-major")
    assert {trial.verdict for trial in trials.values()} == {TrialVerdict.PASSED}


def test_nobody_at_the_port_fails_nothing_and_is_asked_once() -> None:
    with closed_datagram_port() as port:
        trials = over_udp(port, "choice-offered", "message-forged")
    assert {trial.reason.code for trial in trials.values() if trial.reason} == {"conformance.ike.stopped.no_connection"}
