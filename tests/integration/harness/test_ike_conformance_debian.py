"""strongSwan of three Debian suites: what each fails and tolerates is known, and was held against its log (docs/conformance.md)."""

from __future__ import annotations

import pytest

from pqscan.harness.conformance.ike.catalogue import ALL_CASES
from pqscan.model.trial import TrialVerdict
from tests.integration.harness.conforming import those
from tests.integration.harness.ike_conforming import over_udp
from tests.peers.strongswan import GatewaySpec, Suite, missing, running

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.debian]
PLAIN = "aes256gcm16-prfsha384-x25519-ecp256"
WAITS = (0.5, 1.0)
OF_EVERY_SUITE = {"attribute-unknown-alone"}  # It reads over an attribute of a transform that it does not know.
TOLERATED = {"length-wrong", "point-not-valid"}


def gateway(suite: Suite, *sizes: int) -> GatewaySpec:
    if reason := missing(suite):
        pytest.skip(reason)
    return GatewaySpec(suite, (*(f"{PLAIN}-ke1_mlkem{size}" for size in sizes), PLAIN))


@pytest.mark.parametrize("port", [500, 4500])
def test_a_gateway_with_ml_kem_is_sent_every_case(port: int) -> None:
    with running(gateway(Suite.SID, 768, 1024)) as peer:
        trials = over_udp(port, waits=WAITS, marked=port == 4500)
        log = peer.log
    told = {name: (trials[name].reason, trials[name].seen) for name in those(trials, TrialVerdict.FAILED, TrialVerdict.UNKNOWN)}
    # A fragment whose number cannot be ends the SA with INVALID_SYNTAX, before its tag is looked at.
    assert told.keys() == OF_EVERY_SUITE | {"fragment-number-wrong"}, told
    assert those(trials, TrialVerdict.NOT_APPLICABLE) == set()
    assert those(trials, TrialVerdict.TOLERATED) == {*TOLERATED, "key-not-reduced", "key-of-wrong-size"}
    assert "invalid fragment number (0)" in log
    assert "generating IKE_SA_INIT response 0 [ N(COOKIE) ]" not in log, "so gentle that no half-open SAs came together"


def test_a_gateway_that_knows_no_further_key_exchange_is_sent_the_rest() -> None:
    with running(gateway(Suite.BOOKWORM)):
        trials = over_udp(500, waits=WAITS)
    assert those(trials, TrialVerdict.FAILED, TrialVerdict.UNKNOWN) == OF_EVERY_SUITE
    assert those(trials, TrialVerdict.TOLERATED) == TOLERATED
    needs_more = {case.id for case in ALL_CASES if case.needs.endswith((".ml_kem", ".fragments"))}
    assert those(trials, TrialVerdict.NOT_APPLICABLE) == needs_more


def test_a_gateway_that_chooses_what_it_cannot_compute_fails_by_that() -> None:
    with running(gateway(Suite.TRIXIE, 768)):
        trials = over_udp(500, waits=WAITS)
    assert those(trials, TrialVerdict.FAILED, TrialVerdict.UNKNOWN) == OF_EVERY_SUITE | {"keys-agree"}
