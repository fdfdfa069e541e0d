"""What a hybrid costs: sizes from the registry, times from a benchmark, nothing typed."""

from __future__ import annotations

import pytest

from pqscan.model.timing import Operation, Purpose, Rate, Timing
from pqscan.readiness.cost import cost
from pqscan.readiness.remedies import all_remedies
from pqscan.registry import tls
from pqscan.registry.quantum import QuantumClass

RATES = {Operation.KEY_GENERATION: 10_000.0, Operation.ENCAPSULATION: 5_000.0, Operation.DECAPSULATION: 20_000.0}


def timing(algorithm: str, library: str = "liboqs", leave_out: Operation | None = None) -> Timing:
    rates = tuple(Rate(operation, median, median * 2, 5) for operation, median in RATES.items() if operation is not leave_out)
    return Timing(Purpose.KEY_ESTABLISHMENT, algorithm, library, QuantumClass.PQT_HYBRID, rates)


def sizes(name: str) -> tuple[int | None, int | None]:
    row = next(row for row in tls.named_groups() if row.name == name)
    return row.client_share_bytes, row.server_share_bytes


def test_the_bytes_are_those_of_the_registry_beside_x25519() -> None:
    found = cost("X25519MLKEM768")
    assert found is not None
    assert (found.hello_bytes, found.server_bytes) == sizes("X25519MLKEM768")
    assert (found.base_hello_bytes, found.base_server_bytes) == sizes("x25519")
    # ML-KEM-768 alone is what is added (RFC 10024: the two shares are concatenated).
    assert (found.more_hello_bytes, found.more_server_bytes) == sizes("MLKEM768")
    assert found.work == ()


@pytest.mark.parametrize("group", sorted({row.group for row in all_remedies() if row.group}))
def test_every_group_of_a_remedy_has_a_cost(group: str) -> None:
    assert cost(group) is not None


def test_time_is_that_of_the_medians_of_what_each_side_does() -> None:
    found = cost("X25519MLKEM768", [timing("X25519MLKEM768"), timing("X25519", "cryptography"), timing("SecP256r1MLKEM768")])
    assert found is not None
    assert [(work.library, work.client_microseconds, work.server_microseconds) for work in found.work] == [("liboqs", 150, 200)]
    assert [work.library for work in found.base_work] == ["cryptography"]


def test_a_group_of_one_component_is_timed_by_the_components_name() -> None:
    found = cost("MLKEM768", [timing("ML-KEM-768")])
    assert found is not None
    assert len(found.work) == 1


def test_where_an_operation_was_not_timed_no_time_is_told() -> None:
    found = cost("X25519MLKEM768", [timing("X25519MLKEM768", leave_out=Operation.DECAPSULATION)])
    assert found is not None
    assert found.work == ()


def test_an_operation_that_never_ended_is_no_division_by_nothing() -> None:
    stuck = Timing(
        Purpose.KEY_ESTABLISHMENT, "X25519MLKEM768", "slow", QuantumClass.PQT_HYBRID, tuple(Rate(o, 0.0, 0.0, 5) for o in RATES)
    )
    found = cost("X25519MLKEM768", [stuck])
    assert found is not None
    assert found.work == ()


def test_a_group_that_nobody_lists_costs_nothing_that_could_be_told() -> None:
    assert cost("X25519MLKEM9999") is None
