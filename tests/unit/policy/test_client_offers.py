"""What a client that was seen in captures can be led to, by the versions and groups of its hello."""

from __future__ import annotations

import pytest

from pqscan.model.observation import Observation, Profile, Subject, Support
from pqscan.policy.state import State
from pqscan.policy.states import key_establishment
from pqscan.registry.quantum import QuantumClass

HELLO = "hello-00000000"


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        (("TLS1.3",), State.EXCLUSIVE),
        (("TLS1.3", "TLS1.2"), State.DEFAULT),
        (("TLS1.2",), State.VULNERABLE),
    ],
)
def test_a_hybrid_group_counts_with_tls_1_3_alone(versions: tuple[str, ...], expected: State) -> None:
    observations = (
        *(Observation(Subject.PROTOCOL_VERSION, version, Support.OFFERED, HELLO) for version in versions),
        Observation(Subject.NAMED_GROUP, "0x11ec", Support.OFFERED, HELLO, rank=1, quantum_class=QuantumClass.PQT_HYBRID),
    )
    assert key_establishment(Profile("tls_client", "passive", "passive/1", False, observations)).state is expected
