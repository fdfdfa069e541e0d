"""Files that name algorithms: what is used decides, what is linked or mentioned does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from pqscan.model.algorithm_facts import algorithm_observation
from pqscan.model.observation import Observation, Profile, Subject, Support, Usage, Where
from pqscan.policy.editions import policies
from pqscan.policy.let_pass import let_pass, without_let_pass
from pqscan.policy.profiles import assess_profile
from pqscan.policy.state import State
from pqscan.policy.states import authentication, key_establishment
from pqscan.policy.uses import uses_of
from pqscan.registry.algorithms import Function, by_name


def _fact(name: str, usage: Usage = Usage.USED, function: Function | None = None, size: int | None = None) -> Observation:
    row = by_name(name)
    assert row is not None
    return algorithm_observation(row, usage, Where(line=3), function=function, size_bits=size)


def _profile(*facts: Observation, complete: bool = True) -> Profile:
    return Profile("source_file", "inventory", "files", complete, facts)


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ((), State.NONE),
        ((_fact("SHA-256"),), State.NONE),
        ((_fact("ECDH", Usage.MENTIONED),), State.NONE),
        ((_fact("ECDH", Usage.LINKED),), State.UNKNOWN),
        ((_fact("SHA-256", Usage.LINKED),), State.NONE),
        ((_fact("ML-KEM-768"), _fact("ECDH", Usage.LINKED)), State.UNKNOWN),
        ((_fact("ML-KEM-768"), _fact("HPKE")), State.CAPABLE),
        ((_fact("ECDH"), _fact("ECDH", Usage.LINKED)), State.VULNERABLE),
        ((_fact("ECDH"),), State.VULNERABLE),
        ((_fact("ML-KEM-768"),), State.EXCLUSIVE),
        ((_fact("X25519MLKEM768"), _fact("X25519")), State.CAPABLE),
        ((_fact("HPKE"),), State.UNKNOWN),
        ((_fact("RSA", function=Function.KEY_ESTABLISHMENT, size=512),), State.BROKEN),
    ],
)
def test_key_establishment_is_judged_by_what_is_used(facts: tuple[Observation, ...], state: State) -> None:
    assert key_establishment(_profile(*facts)).state is state


def test_a_signature_is_judged_apart_from_an_exchange() -> None:
    profile = _profile(_fact("ECDSA"), _fact("ML-KEM-768"))
    assert authentication(profile, ()).state is State.VULNERABLE
    assert key_establishment(profile).state is State.EXCLUSIVE


def test_a_file_that_was_not_read_to_its_end_is_never_called_safe() -> None:
    assert key_establishment(_profile(_fact("ML-KEM-768"), complete=False)).state is State.UNKNOWN
    assert key_establishment(_profile(complete=False)).state is State.UNKNOWN
    assert key_establishment(_profile(_fact("ECDH"), complete=False)).state is State.VULNERABLE


def test_a_version_that_is_only_mentioned_is_used_by_nobody() -> None:
    used = Observation(Subject.PROTOCOL_VERSION, "TLS1.0", Support.OFFERED, usage=Usage.USED)
    assert len(uses_of(used)) == 1
    assert uses_of(replace(used, usage=Usage.MENTIONED)) == ()


def test_a_hybrid_is_one_use_of_two_families() -> None:
    (use,) = uses_of(_fact("X25519MLKEM768"))
    assert use.families == ("ECDH", "ML-KEM")


def test_a_key_of_which_nothing_tells_the_purpose_counts_for_both() -> None:
    profile = _profile(_fact("RSA", size=2048))
    assert (key_establishment(profile).state, authentication(profile, ()).state) == (State.VULNERABLE, State.VULNERABLE)
    known = _profile(_fact("RSA", function=Function.SIGNATURE, size=2048))
    assert (key_establishment(known).state, authentication(known, ()).state) == (State.NONE, State.VULNERABLE)


@pytest.mark.parametrize(("day", "passes"), [("2026-12-30", True), ("2026-12-31", True), ("2027-01-01", False)])
def test_what_a_comment_lets_pass_is_left_out_until_its_day(day: str, passes: bool) -> None:
    stated = (("ignored_reason", "old format"), ("ignored_until", "2026-12-31"))
    ignored = replace(_fact("MD5"), parameters=stated)
    profile = _profile(ignored, _fact("ECDH"))
    stopping = without_let_pass(profile, date.fromisoformat(day))
    assert (ignored in stopping.observations, len(stopping.observations)) == (not passes, 1 if passes else 2)
    assert let_pass(replace(ignored, parameters=stated[1:]), date(2026, 1, 1)) is None


def test_a_program_that_sets_up_tls_is_never_said_to_agree_on_nothing() -> None:
    version = Observation(Subject.PROTOCOL_VERSION, "TLS1.2", Support.OFFERED, usage=Usage.USED)
    for profile in (_profile(version), _profile(version, _fact("ML-KEM-768"))):
        assert key_establishment(profile).state is State.UNKNOWN
        assert authentication(profile, ()).state is State.UNKNOWN
    assert key_establishment(_profile(replace(version, usage=Usage.MENTIONED))).state is State.NONE
    assert [
        finding for finding in assess_profile(_profile(version), policies(), date(2026, 11, 29)) if "tls13" in finding.rule
    ] == []


def test_the_same_fact_at_two_places_has_two_hashes() -> None:
    """With one they are compared in all pairs, and a file may hold thousands."""
    places = {hash(replace(_fact("RSA"), where=Where(line=line))) for line in range(1000)}
    assert len(places) > 990
