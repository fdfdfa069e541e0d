"""IkeSurvey against real strongSwan gateways: what it concludes is what they were set up with."""

from __future__ import annotations

import pytest

from pqscan.wire.ike.survey import FEWEST_DATAGRAMS
from tests.peers.ike_asker import RECORDED, ask
from tests.peers.strongswan import GatewaySpec, Suite, missing, running

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.debian]


@pytest.mark.parametrize("name", list(RECORDED))
def test_a_gateway_takes_ml_kem_where_its_proposals_name_it(name: str) -> None:
    suite, proposals = RECORDED[name]
    if reason := missing(Suite(suite)):
        pytest.skip(reason)
    with running(GatewaySpec(Suite(suite), proposals)):
        result = ask(FEWEST_DATAGRAMS)
    assert result.ml_kem is any("ke1_mlkem" in each for each in proposals)
    assert result.alone == (36 if any("-mlkem768" in each for each in proposals) else None)
    assert result.half_open == 1
    assert result.datagrams <= FEWEST_DATAGRAMS
