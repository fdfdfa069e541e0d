"""The states of the lab's servers, judged from what a faultless probe of each would state."""

from __future__ import annotations

import pytest

from pqscan.policy.states import authentication, key_establishment
from tests.peers.truth import load_truth, truth_names
from tests.unit.policy.making import chains_of, from_truth


@pytest.mark.parametrize("name", truth_names())
def test_each_server_of_the_lab_gets_the_key_establishment_state_that_its_configuration_says(name: str) -> None:
    truth = load_truth(name)
    assert key_establishment(from_truth(truth), chains_of(truth)).state == truth.key_establishment


@pytest.mark.parametrize("name", truth_names())
def test_each_server_of_the_lab_gets_the_authentication_state_that_its_configuration_says(name: str) -> None:
    truth = load_truth(name)
    assert authentication(from_truth(truth), chains_of(truth)).state == truth.authentication
