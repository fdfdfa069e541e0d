"""Public values fit what the registry says of them."""

from __future__ import annotations

import os

import pytest

from pqscan.registry.ike import IkeKind, ike_number
from pqscan.registry.modp import modp_groups
from pqscan.wire.ike.offer import ALL_GROUPS, DECOY
from pqscan.wire.ike.shares import can_compute, public_value


@pytest.mark.parametrize("group", [each for each in (*ALL_GROUPS, DECOY) if can_compute(each)])
def test_a_public_value_is_as_long_as_its_group_wants_and_another_one_each_time(group: int) -> None:
    row = ike_number(IkeKind.KEY_EXCHANGE, group)
    assert row is not None
    first, second = public_value(group, os.urandom), public_value(group, os.urandom)
    assert first is not None
    assert len(first) == row.initiator_bytes
    assert first != second


def test_a_modular_value_is_a_power_of_two_within_the_group() -> None:
    value = public_value(14, lambda count: bytes(count - 1) + b"\x03")
    assert value is not None
    assert int.from_bytes(value, "big") == pow(2, (1 << 511) + 3, modp_groups()["modp2048"].prime)


@pytest.mark.parametrize("group", [0, 22, 36, 60000])
def test_there_is_none_for_what_cannot_be_computed_here(group: int) -> None:
    assert public_value(group, os.urandom) is None
