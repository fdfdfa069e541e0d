"""The states of servers and clients that were only seen in captures."""

from __future__ import annotations

import pytest

from pqscan.model.observation import Observation, Profile, Subject, Support
from pqscan.policy.state import State
from pqscan.policy.states import authentication, key_establishment
from pqscan.registry.quantum import QuantumClass

ACCEPTED, OFFERED = Support.ACCEPTED, Support.OFFERED
HYBRID, X25519, UNLISTED, KYBER = "0x11ec", "0x001d", "0x7777", "0x6399"
GREASE = "0x1a1a"
HELLO, OTHER = "hello-1", "hello-2"


def seen(probe: str, *observations: Observation) -> Profile:
    return Profile(probe, "passive", "passive/1", False, observations)


def chosen(group: str, version: str = "TLS1.3", support: Support = ACCEPTED) -> Observation:
    return Observation(Subject.NAMED_GROUP, group, support, version)


@pytest.mark.parametrize("probe", ["tls", "quic"])
@pytest.mark.parametrize(
    ("observations", "state", "code"),
    [
        ((chosen(X25519), chosen(HYBRID)), State.CAPABLE, "seen_choosing_resistant"),
        ((chosen(KYBER),), State.CAPABLE, "seen_choosing_resistant"),
        ((chosen(X25519),), State.UNKNOWN, "seen_choosing_traditional"),
        ((chosen(X25519), chosen(HYBRID, support=Support.UNKNOWN)), State.UNKNOWN, "seen_choosing_traditional"),
        ((chosen(HYBRID, "TLS1.2"),), State.UNKNOWN, "seen_choosing_traditional"),
        ((chosen(HYBRID, support=Support.REFUSED),), State.UNKNOWN, "seen_passively"),
        ((), State.UNKNOWN, "seen_passively"),
    ],
)
def test_what_a_server_was_not_seen_to_choose_proves_nothing(
    probe: str, observations: tuple[Observation, ...], state: State, code: str
) -> None:
    judged = key_establishment(seen(probe, *observations))
    assert (judged.state, judged.reasons[0].code) == (state, code)
    proofs = authentication(seen(probe, *observations), ())
    assert (proofs.state, proofs.reasons[0].code) == (State.UNKNOWN, "seen_passively")


def hello(*groups: str, versions: tuple[str, ...] = ("TLS1.3",), context: str = HELLO) -> list[Observation]:
    found = [Observation(Subject.PROTOCOL_VERSION, version, OFFERED, context) for version in versions]
    for rank, group in enumerate(groups, 1):
        kind = QuantumClass.NOT_PUBLIC_KEY if group == GREASE else QuantumClass.UNKNOWN
        found.append(Observation(Subject.NAMED_GROUP, group, OFFERED, context, rank=rank, quantum_class=kind))
    return found


@pytest.mark.parametrize(
    ("offered", "state"),
    [
        (hello(HYBRID), State.EXCLUSIVE),
        (hello(HYBRID, versions=("TLS1.3", "TLS1.2")), State.DEFAULT),  # RSA suites of TLS 1.2 need no group
        (hello(HYBRID, versions=("TLS1.2",)), State.VULNERABLE),
        (hello(HYBRID, X25519), State.DEFAULT),
        (hello(GREASE, HYBRID, X25519), State.DEFAULT),
        (hello(GREASE, HYBRID), State.EXCLUSIVE),
        (hello(UNLISTED), State.VULNERABLE),
        (hello(X25519, HYBRID), State.CAPABLE),
        (hello(X25519, HYBRID)[::-1], State.CAPABLE),
        (hello(X25519), State.VULNERABLE),
        (hello(), State.VULNERABLE),
        (hello(HYBRID) + hello(X25519, context=OTHER), State.VULNERABLE),
        (hello(HYBRID) + hello(HYBRID, X25519, context=OTHER), State.DEFAULT),
    ],
)
def test_a_client_is_as_good_as_the_weakest_of_its_hellos(offered: list[Observation], state: State) -> None:
    assert key_establishment(seen("tls_client", *offered)).state is state
    assert authentication(seen("tls_client", *offered), ()).state is State.UNKNOWN


def test_the_weakest_hellos_are_counted_and_one_is_named() -> None:
    offered = hello(HYBRID) + hello(X25519, context=OTHER) + hello(context="hello-3")
    (reason,) = key_establishment(seen("tls_client", *offered)).reasons
    assert (reason.code, dict(reason.parameters)) == ("client_vulnerable", {"count": 2, "all": 3, "example": OTHER})
    assert key_establishment(seen("tls_client")).state is State.UNKNOWN


def test_what_is_not_offered_in_any_hello_is_none_of_its_groups() -> None:
    beside = [
        Observation(Subject.NAMED_GROUP, X25519, Support.UNKNOWN, HELLO, rank=1, quantum_class=QuantumClass.TRADITIONAL),
        Observation(Subject.NAMED_GROUP, X25519, OFFERED, None, rank=1, quantum_class=QuantumClass.TRADITIONAL),
    ]
    assert key_establishment(seen("tls_client", *hello(HYBRID), *beside)).state is State.EXCLUSIVE


def test_the_group_is_named_as_the_registry_does() -> None:
    named = Observation(Subject.NAMED_GROUP, HYBRID, ACCEPTED, "TLS1.3", name="X25519MLKEM768")
    for one, word in ((named, "X25519MLKEM768"), (chosen(HYBRID), HYBRID), (chosen(X25519), X25519)):
        assert dict(key_establishment(seen("tls", one)).reasons[0].parameters) == {"group": word}


def methods(subject: Subject, *values: str, rank: int = 1, kind: QuantumClass = QuantumClass.TRADITIONAL) -> list[Observation]:
    return [Observation(subject, value, OFFERED, HELLO, rank=place, quantum_class=kind) for place, value in enumerate(values, rank)]


@pytest.mark.parametrize(
    ("offered", "state"),
    [
        (methods(Subject.KEX_METHOD, "mlkem768x25519-sha256", "curve25519-sha256"), State.DEFAULT),
        (methods(Subject.KEX_METHOD, "curve25519-sha256", "mlkem768x25519-sha256"), State.CAPABLE),
        (methods(Subject.KEX_METHOD, "mlkem768x25519-sha256"), State.EXCLUSIVE),
        (methods(Subject.KEX_METHOD, "own@example.vn"), State.VULNERABLE),
    ],
)
def test_a_client_of_ssh_is_judged_by_its_methods(offered: list[Observation], state: State) -> None:
    marker = methods(Subject.KEX_METHOD, "kex-strict-c-v00@openssh.com", rank=9, kind=QuantumClass.NOT_PUBLIC_KEY)
    assert key_establishment(seen("ssh_client", *offered, *marker)).state is state


@pytest.mark.parametrize(
    ("additional", "state"),
    [("36", State.DEFAULT), ("19", State.VULNERABLE), ("1066", State.VULNERABLE), ("777", State.VULNERABLE)],
)
def test_a_client_of_ike_is_judged_by_what_stands_on_top_of_its_group(additional: str, state: State) -> None:
    offered = methods(Subject.IKE_ADDITIONAL_KEY_EXCHANGE, additional, kind=QuantumClass.PQT_HYBRID)
    offered += methods(Subject.IKE_KEY_EXCHANGE, "31", rank=2)
    assert key_establishment(seen("ike_client", *offered)).state is state
