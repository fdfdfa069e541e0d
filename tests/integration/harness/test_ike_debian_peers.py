"""strongSwan of newer Debian suites: 6.1 carries every ML-KEM through, and its refusal of our login proves it; 6.0 chooses what it
cannot compute."""

from __future__ import annotations

import pytest

from pqscan.harness.tls.shares import LIBRARIES
from pqscan.model.trial import TrialVerdict
from tests.integration.harness.test_ike_handshakes import carry_out, reason_of
from tests.peers.strongswan import GatewaySpec, Suite, missing, running

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.debian]
TRADITIONAL = "aes256gcm16-prfsha384-x25519"
HYBRIDS = tuple(f"{TRADITIONAL}-ke1_mlkem{size}" for size in (768, 1024, 512))


def gateway(suite: Suite, *proposals: str) -> GatewaySpec:
    if reason := missing(suite):
        pytest.skip(reason)
    return GatewaySpec(suite, proposals)


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_gateway_with_every_ml_kem_agrees_on_each(library: str) -> None:
    with running(gateway(Suite.SID, *HYBRIDS)) as peer:
        carried = carry_out(500, library=library)
        log = peer.log
    verdicts = [each.trial.verdict for each in carried]
    has_small = TrialVerdict.PASSED if library == "liboqs" else TrialVerdict.SKIPPED
    assert verdicts == [TrialVerdict.PASSED, TrialVerdict.PASSED, has_small], log
    assert all("AUTHENTICATION_FAILED (24)" in each.trial.detail for each in carried if each.proven)
    assert "KE1_ML_KEM_1024" in log


@pytest.mark.parametrize("group", ["x25519", "ecp384", "ecp256"])
def test_a_gateway_that_wants_another_group_first_is_followed(group: str) -> None:
    with running(gateway(Suite.SID, f"aes128gcm16-prfsha256-{group}-ke1_mlkem768")) as peer:
        carried = carry_out(500, "ML-KEM-768")
        assert carried[0].trial.verdict is TrialVerdict.PASSED, peer.log


def test_port_4500_is_asked_with_its_marker() -> None:
    with running(gateway(Suite.SID, HYBRIDS[0])) as peer:
        carried = carry_out(4500, "ML-KEM-768")
        assert carried[0].trial.verdict is TrialVerdict.PASSED, peer.log


def test_without_permission_the_gateway_sees_no_login() -> None:
    with running(gateway(Suite.SID, HYBRIDS[0])) as peer:
        carried = carry_out(500, "ML-KEM-768", authenticates=False)
        assert "IKE_AUTH" not in peer.log
    assert (carried[0].trial.verdict, reason_of(carried[0])) == (TrialVerdict.TOLERATED, "handshake_ike_not_shown")


@pytest.mark.parametrize("suite", [Suite.SID, Suite.BOOKWORM])
@pytest.mark.parametrize("port", [500, 4500])
def test_a_gateway_without_ml_kem_refuses_it_and_takes_the_same_without(suite: Suite, port: int) -> None:
    """5.9 of bookworm knows no additional key exchange at all (RFC 9370)."""
    with running(gateway(suite, TRADITIONAL)) as peer:
        carried = carry_out(port)
        log = peer.log
    assert {each.trial.verdict for each in carried} <= {TrialVerdict.NOT_APPLICABLE, TrialVerdict.SKIPPED}
    told = {reason_of(each) for each in carried if each.trial.verdict is TrialVerdict.NOT_APPLICABLE}
    assert told == {"handshake_ike_refused_alone"}
    assert "IKE_AUTH" not in log
    assert log.count("state change: CREATED => CONNECTING") == log.count("=> DESTROYING"), "nothing half-open stays behind"


def test_a_gateway_of_other_suites_is_not_told_to_lack_ml_kem() -> None:
    with running(gateway(Suite.SID, "aes256-sha384-prfsha384-modp3072")):
        carried = carry_out(500, "ML-KEM-768")
    assert (carried[0].trial.verdict, reason_of(carried[0])) == (TrialVerdict.UNKNOWN, "handshake_ike_refuses_all")


def test_a_gateway_that_chooses_what_it_cannot_compute_fails() -> None:
    with running(gateway(Suite.TRIXIE, HYBRIDS[0])) as peer:
        carried = carry_out(500, "ML-KEM-768")
        assert carried[0].trial.verdict is TrialVerdict.FAILED, peer.log
    assert reason_of(carried[0]) in ("handshake_ike_refused_later", "handshake_ike_silent_later")
    assert carried[0].proven is None
