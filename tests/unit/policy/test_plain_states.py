"""The states of servers whose protocols have no public-key exchange of their own."""

from __future__ import annotations

from datetime import date

import pytest

from pqscan.model.observation import Observation, Profile, Subject, Support
from pqscan.policy.editions import default_policies
from pqscan.policy.finding import Verdict
from pqscan.policy.profiles import assess_profile
from pqscan.policy.state import Assessment, State
from pqscan.policy.states import authentication, key_establishment

DAY = date(2026, 11, 29)


def profile(probe: str, *observations: Observation, complete: bool = True) -> Profile:
    return Profile(probe, "inventory", "2026-11", complete, observations)


def version(value: str, support: Support = Support.ACCEPTED) -> Observation:
    return Observation(Subject.PROTOCOL_VERSION, value, support)


def codes(assessment: Assessment) -> list[str]:
    return [reason.code for reason in assessment.reasons]


def below(*observations: Observation, probe: str = "smb") -> set[str]:
    found = assess_profile(profile(probe, *observations), default_policies(), DAY)
    return {each.rule for each in found if each.policy == "floor" and each.verdict is not Verdict.MEETS}


@pytest.mark.parametrize(
    ("versions", "state", "first"),
    [
        ((version("SMB3.1.1"), version("SMB1", Support.REFUSED)), State.NONE, "smb_keys_come_from_the_login"),
        ((version("SMB2.1"), version("SMB1")), State.NONE, "smb_keys_come_from_the_login"),
        ((version("SMB1"), version("SMB3.1.1", Support.REFUSED)), State.BROKEN, "smb_old_alone"),
        ((version("SMB3.1.1", Support.UNKNOWN),), State.UNKNOWN, "answer_incomplete"),
    ],
)
def test_smb_has_no_keys_of_its_own_and_is_broken_where_smb_1_alone_is_answered(
    versions: tuple[Observation, ...], state: State, first: str
) -> None:
    for found in (key_establishment(profile("smb", *versions)), authentication(profile("smb", *versions), ())):
        assert (found.state, codes(found)[0]) == (state, first)
        assert ("no_post_quantum_option" in codes(found)) is (state is not State.UNKNOWN)


def test_what_is_weak_in_smb_is_a_finding_and_no_quantum_matter() -> None:
    cipher = Observation(Subject.ENCRYPTION, "0x0002", Support.ACCEPTED, "SMB3.1.1", "AES-128-GCM")
    unsigned = Observation(Subject.BEHAVIOUR, "signing_not_required", Support.OFFERED, "SMB3.1.1")
    assert below(version("SMB1"), cipher, unsigned) == {"floor-state-smb1", "floor-smb-signing"}
    assert below(version("SMB3.1.1"), cipher) == set()
