"""The states of servers whose protocols have no public-key exchange of their own."""

from __future__ import annotations

from datetime import date

import pytest

from pqscan.model.observation import Observation, Profile, Subject, Support
from pqscan.model.target import NetworkTarget, Transport
from pqscan.policy.editions import default_policies
from pqscan.policy.explain import by_hand, needed
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
        assert ("smb_old_beside" in codes(found)) is (len(versions) == 2 and versions[1] == version("SMB1"))


def test_smb_1_is_not_said_to_be_alone_where_the_rest_was_not_proven() -> None:
    cut = profile("smb", version("SMB1"), version("SMB3.1.1", Support.UNKNOWN), complete=False)
    for found in (key_establishment(cut), authentication(cut, ())):
        assert (found.state, codes(found)) == (State.UNKNOWN, ["answer_incomplete"])


def test_what_is_weak_in_smb_is_a_finding_and_no_quantum_matter() -> None:
    cipher = Observation(Subject.ENCRYPTION, "0x0002", Support.ACCEPTED, "SMB3.1.1", "AES-128-GCM")
    unsigned = Observation(Subject.BEHAVIOUR, "signing_not_required", Support.OFFERED, "SMB3.1.1")
    assert below(version("SMB1"), cipher, unsigned) == {"floor-state-smb1", "floor-smb-signing"}
    assert below(version("SMB3.1.1"), cipher) == set()


def gets(value: str) -> Observation:
    return Observation(Subject.SELECTED_ENCRYPTION, value, Support.SELECTED, "Kerberos5")


def offers(word: str, support: Support = Support.OFFERED) -> Observation:
    return Observation(Subject.BEHAVIOUR, word, support, "Kerberos5")


@pytest.mark.parametrize(
    ("observations", "state", "first"),
    [
        ((gets("18"), offers("preauthentication_required")), State.NONE, "kerberos_symmetric"),
        ((gets("23"), offers("preauthentication_required")), State.NONE, "kerberos_symmetric"),
        ((gets("18"), offers("pkinit_offered")), State.VULNERABLE, "kerberos_pkinit_traditional"),
        ((gets("18"), offers("spake_offered")), State.VULNERABLE, "kerberos_spake_traditional"),
        ((gets("18"), offers("pkinit_offered", Support.UNKNOWN)), State.UNKNOWN, "kerberos_ways_not_seen"),
        ((gets("3"), offers("pkinit_offered")), State.BROKEN, "current_client_gets_below_floor"),
        ((), State.UNKNOWN, "answer_incomplete"),
    ],
)
def test_a_kdc_has_no_public_keys_unless_it_offers_a_login_with_them(
    observations: tuple[Observation, ...], state: State, first: str
) -> None:
    for found in (key_establishment(profile("kerberos", *observations)), authentication(profile("kerberos", *observations), ())):
        assert (found.state, codes(found)[0]) == (state, first)


def test_des_and_rc4_in_kerberos_are_below_the_floor_and_aes_is_not() -> None:
    weak = [Observation(Subject.ENCRYPTION, value, Support.ACCEPTED, "Kerberos5") for value in ("23", "3")]
    assert below(*weak, probe="kerberos") == {"floor-state-kerberos-des", "floor-kerberos-rc4"}
    assert below(Observation(Subject.ENCRYPTION, "18", Support.ACCEPTED, "Kerberos5"), probe="kerberos") == set()


def test_snmpv3_has_no_public_keys_and_of_wireguard_nothing_is_known() -> None:
    for judged, state, code in (
        (profile("snmp", version("SNMPv3")), State.NONE, "snmp_symmetric"),
        (profile("snmp", version("SNMPv3", Support.UNKNOWN)), State.UNKNOWN, "answer_incomplete"),
        (profile("wireguard", version("WireGuard", Support.UNKNOWN), complete=False), State.UNKNOWN, "wireguard_silent"),
    ):
        for found in (key_establishment(judged), authentication(judged, ())):
            assert (found.state, codes(found)[0]) == (state, code)


@pytest.mark.parametrize(
    ("probe", "target", "words"),
    [
        ("smb", NetworkTarget("192.0.2.1", 445), "nmap -Pn -p 445"),
        ("smb", NetworkTarget("2001:db8::1", 445), "nmap -6 -Pn -p 445"),
        ("snmp", NetworkTarget("2001:db8::1", 161, transport=Transport.UDP), "'udp6:[2001:db8::1]:161'"),
    ],
)
def test_commands_to_check_by_hand_are_of_the_protocol(probe: str, target: NetworkTarget, words: str) -> None:
    (command,) = by_hand(target, profile(probe))
    assert words in command
    assert needed(profile(probe)).code == "by_hand_needs_programs"


def test_nothing_is_said_to_check_by_hand_what_only_a_key_or_a_login_shows() -> None:
    for probe in ("kerberos", "wireguard"):
        assert by_hand(NetworkTarget("192.0.2.1", 88), profile(probe)) == ()
