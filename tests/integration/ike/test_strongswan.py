"""The peers for what is to be told of IKEv2 with ML-KEM (RFC 9370): two strongSwan gateways, each the other's truth."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pqscan.demo.certificates import CertificateMaker, CertificateSpec, Identity, KeyKind
from tests.peers.strongswan import GatewaySpec, Suite, missing, running

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.debian]
TRADITIONAL = "aes256gcm16-prfsha384-x25519"
HYBRIDS = tuple(f"{TRADITIONAL}-ke1_mlkem{size}" for size in (512, 768, 1024))
AGREED = "AES_GCM_16-256/PRF_HMAC_SHA2_384/CURVE_25519"


def gateway(suite: Suite, *proposals: str, identity: Identity | None = None) -> GatewaySpec:
    if reason := missing(suite):
        pytest.skip(reason)
    return GatewaySpec(suite, proposals, identity=identity)


def initiator(*proposals: str, identity: Identity | None = None) -> GatewaySpec:
    """The newest strongSwan, on ports that the system chooses."""
    if reason := missing(Suite.SID):
        pytest.skip(reason)
    return GatewaySpec(Suite.SID, proposals, "127.0.0.2", "127.0.0.1", "initiator.demo.invalid", identity, port=0, nat_port=0)


@pytest.mark.parametrize("hybrid", HYBRIDS)
def test_a_second_gateway_brings_up_an_sa_with_ml_kem(hybrid: str) -> None:
    with running(gateway(Suite.SID, hybrid)) as responder, running(initiator(hybrid)) as other:
        assert other.initiate(), other.log
        agreed = f"{AGREED}/KE1_ML_KEM_{hybrid.removeprefix(f'{TRADITIONAL}-ke1_mlkem')}"
        assert responder.established() == other.established() == (agreed,)
        assert "IKE_INTERMEDIATE request 1 [ KE ]" in responder.log


@pytest.mark.parametrize("kind", [KeyKind.RSA_2048, KeyKind.P_384])
def test_gateways_with_certificates_bring_up_an_sa_with_ml_kem(kind: KeyKind) -> None:
    maker = CertificateMaker(datetime.now(UTC))
    ours, theirs = (maker.identity(CertificateSpec(kind, kind), (f"{name}.demo.invalid",)) for name in ("gateway", "initiator"))
    with (
        running(gateway(Suite.SID, HYBRIDS[1], identity=ours)) as responder,
        running(initiator(HYBRIDS[1], identity=theirs)) as other,
    ):
        assert other.initiate(), other.log
        assert responder.established() == (f"{AGREED}/KE1_ML_KEM_768",)


@pytest.mark.parametrize("suite", list(Suite))
def test_a_gateway_that_offers_no_ml_kem_agrees_without_it(suite: Suite) -> None:
    with running(gateway(suite, TRADITIONAL)) as responder, running(initiator(*HYBRIDS, TRADITIONAL)) as other:
        assert other.initiate(), other.log
        assert responder.established() == other.established() == (AGREED,)


def test_a_gateway_that_demands_ml_kem_refuses_who_has_none() -> None:
    with running(gateway(Suite.SID, *HYBRIDS)) as responder, running(initiator(TRADITIONAL)) as other:
        assert not other.initiate()
        assert "NO_PROPOSAL_CHOSEN" in other.log
        assert responder.established() == ()


def test_a_gateway_may_choose_ml_kem_that_it_cannot_compute() -> None:
    """strongSwan 6.0 of Debian 13: what an answer to IKE_SA_INIT names is no proof."""
    with running(gateway(Suite.TRIXIE, HYBRIDS[1])) as responder, running(initiator(HYBRIDS[1])) as other:
        assert not other.initiate()
        assert "selected proposal: IKE:AES_GCM_16_256/PRF_HMAC_SHA2_384/CURVE_25519/KE1_ML_KEM_768" in other.log
        assert responder.established() == ()
