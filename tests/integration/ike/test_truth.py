"""`pqscan scan net` at real strongSwan gateways: each field of the report is that of the truth file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pqscan_probes.ike import IkeProbe, IkeSettings

from pqscan.model.outcome import Facts
from pqscan.model.target import NetworkTarget, Transport
from pqscan.net.dial import DialSettings, TcpDialer
from pqscan.net.loop import run
from pqscan.net.throttle import Throttle
from pqscan.wire.ike.offer import ALL_GROUPS, WHOLE_SUITE
from tests.end_to_end.conftest import Program
from tests.peers.ike_truth import IkeTruth, ike_truth_names, load_ike_truth
from tests.peers.strongswan import missing, running

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.debian]
NAMES = ike_truth_names()
Row = dict[str, Any]  # Any: as the JSON has it


@dataclass(frozen=True, slots=True)
class Seen:
    """One gateway, asked once in each depth; `log` is what it said of the inventory."""

    truth: IkeTruth
    target: Row
    observations: list[Row]
    quick: Facts
    datagrams: int
    log: str

    def taken(self, subject: str, context: str | None = None) -> tuple[str, ...]:
        shown = ("offered", "accepted", "selected")
        return tuple(one["name"] or one["value"] for one in self.of(subject, context) if one["support"] in shown)

    def of(self, subject: str, context: str | None = None) -> list[Row]:
        return [one for one in self.observations if one["subject"] == subject and context in (None, one["context"])]


@pytest.fixture(scope="module", params=NAMES)
def seen(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    truth = load_ike_truth(request.param)
    if reason := missing(truth.suite):
        pytest.skip(reason)
    folder: Path = tmp_path_factory.mktemp("ike")
    program = Program(folder, str(folder / "inventory.sqlite"))
    with running(truth.spec) as gateway:
        program.works("scan", "net", "127.0.0.1", "--ports", "500/udp")
        document = program.works("report", "json").json
        log = gateway.log
    with running(truth.spec):
        quick, datagrams = ask_quickly()
    (target,) = document["targets"]
    return Seen(truth, target, document["profiles"][target["profile"]]["observations"], quick, datagrams, log)


def ask_quickly(port: int = 500) -> tuple[Facts, int]:
    async def ask() -> tuple[Facts, int]:
        dialer = TcpDialer(Throttle(), DialSettings())
        facts = await IkeProbe(IkeSettings("quick")).run(NetworkTarget("127.0.0.1", port, transport=Transport.UDP), dialer)
        return facts, dialer.datagrams_sent

    return run(ask())


def test_the_gateway_answers_in_full_and_is_in_its_states(seen: Seen) -> None:
    assert (seen.target["probe"], seen.target["status"], seen.target["detail"]) == ("ike", "completed", None)
    states = (seen.target["key_establishment"]["state"], seen.target["authentication"]["state"])
    assert states == (seen.truth.key_establishment, seen.truth.authentication)


def test_nothing_is_left_open(seen: Seen) -> None:
    assert [one for one in seen.observations if one["support"] == "unknown"] == []


def test_versions_are_taken_or_refused(seen: Seen) -> None:
    supports = {one["value"]: one["support"] for one in seen.of("protocol_version")}
    assert supports == {name: "accepted" if name in seen.truth.versions else "refused" for name in ("IKEv1", "IKEv2")}


def test_each_size_of_ml_kem_is_taken_or_refused(seen: Seen) -> None:
    if "IKEv2" not in seen.truth.versions:
        assert seen.of("ike_additional_key_exchange") == []
        return
    assert seen.taken("ike_additional_key_exchange") == seen.truth.additional
    assert len(seen.of("ike_additional_key_exchange")) == 3
    assert {one["quantum_class"] for one in seen.of("ike_additional_key_exchange")} == {"pqt_hybrid"}


def test_groups_stand_in_the_gateways_order(seen: Seen) -> None:
    for context, expected in (("IKEv2", seen.truth.groups), ("IKEv2+ADDKE1", seen.truth.groups_with_additional)):
        found = seen.of("ike_key_exchange", context)
        taken = sorted((one for one in found if one["support"] != "refused"), key=lambda one: one["rank"])
        assert tuple(one["name"] for one in taken) == expected
        assert [one["rank"] for one in taken] == list(range(1, len(taken) + 1))
        assert len(found) == (len(ALL_GROUPS) if found else 0)


def test_transforms_are_taken_or_refused_each_by_itself(seen: Seen) -> None:
    for subject, expected, asked in (
        ("ike_encryption", seen.truth.ciphers, len(WHOLE_SUITE.aead) + len(WHOLE_SUITE.encryption)),
        ("ike_prf", seen.truth.prfs, len(WHOLE_SUITE.prf)),
        ("ike_integrity", seen.truth.integrity, len(WHOLE_SUITE.integrity)),
    ):
        assert set(seen.taken(subject, "IKEv2")) == set(expected)
        assert len(seen.of(subject, "IKEv2")) == (asked if "IKEv2" in seen.truth.versions else 0)


def test_what_is_chosen_is_that_of_the_gateway(seen: Seen) -> None:
    chosen = {one["name"] for one in seen.observations if one["support"] == "selected"}
    assert chosen == set(seen.truth.chosen)
    if chosen:
        proposal = re.findall(r"selected proposal: IKE:(\S+)", seen.log)[-1]
        assert len(proposal.split("/")) == len(chosen), "the gateway's own log names as many"


def test_ikev1_tells_the_suite_that_it_takes(seen: Seen) -> None:
    assert {one["name"] for one in seen.observations if one["context"] == "IKEv1" and one["subject"] != "behaviour"} == set(
        seen.truth.ikev1
    )


def test_what_it_says_of_itself(seen: Seen) -> None:
    assert seen.taken("ike_authentication", "IKEv2") == seen.truth.hashes
    # On a busy machine a gateway may hold more exchanges half open than it likes, and rightly be told to have demanded a cookie.
    assert set(seen.taken("behaviour")) - {"cookie_demanded"} == set(seen.truth.behaviours) - {"cookie_demanded"}
    assert set(seen.taken("software")) == set(seen.truth.software)


def test_the_gateway_was_left_one_half_open_exchange_of_each_version(seen: Seen) -> None:
    kept = len(re.findall(r"generating IKE_SA_INIT response 0 \[ SA ", seen.log))
    assert kept == ("IKEv2" in seen.truth.versions)
    assert len(re.findall(r"generating ID_PROT response 0 \[ SA ", seen.log)) == ("IKEv1" in seen.truth.versions)
    assert "AGGRESSIVE" not in seen.log


def test_quick_finds_the_same_ml_kem_in_six_datagrams(seen: Seen) -> None:
    assert seen.datagrams == seen.truth.quick_datagrams <= 6
    found = {one.name for one in seen.quick.observations if one.subject == "ike_additional_key_exchange" and one.support.shows_use}
    assert found == set(seen.truth.additional)
    chosen = {one.name for one in seen.quick.observations if one.support == "selected"}
    assert chosen == set(seen.truth.chosen)


def test_a_gateway_that_demands_cookies_tells_the_same_choice() -> None:
    """strongSwan does so from the fourth half-open exchange on, on a busy machine from the third."""
    truth = load_ike_truth("sid-ml-kem-768")
    if reason := missing(truth.suite):
        pytest.skip(reason)
    with running(truth.spec):
        found = [ask_quickly() for _ in range(4)]
    demanded = [any(one.value == "cookie_demanded" for one in facts.observations) for facts, _ in found]
    assert (demanded[:2], demanded[3]) == ([False, False], True)
    for facts, datagrams in found:
        assert {one.name for one in facts.observations if one.support == "selected"} == set(truth.chosen)
        assert datagrams <= 6


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith("ml-kem-768")])
def test_port_4500_tells_the_same(name: str) -> None:
    truth = load_ike_truth(name)
    if reason := missing(truth.suite):
        pytest.skip(reason)
    with running(truth.spec):
        (plain, _), (marked, _) = ask_quickly(500), ask_quickly(4500)
    assert plain.observations == marked.observations
