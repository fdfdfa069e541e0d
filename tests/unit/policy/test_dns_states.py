from __future__ import annotations

from datetime import date

import pytest

from pqscan.model.certificate import Certificate
from pqscan.model.observation import Observation, Profile, Subject, Support
from pqscan.model.target import NetworkTarget
from pqscan.policy.certificates import assess_certificate
from pqscan.policy.editions import floor
from pqscan.policy.explain import by_hand, needed
from pqscan.policy.finding import Verdict
from pqscan.policy.profiles import assess_profile
from pqscan.policy.state import State
from pqscan.policy.states import authentication, key_establishment
from pqscan.policy.uses import uses_of
from pqscan.registry.dns import dnssec_algorithm
from pqscan.registry.quantum import QuantumClass
from pqscan.wire.dns.dnskey import read_dnskey

DAY = date(2026, 11, 29)


def zone(
    *keys: tuple[int, str],
    dnssec: Support = Support.ACCEPTED,
    reason: str = "",
    behaviours: tuple[str, ...] = (),
    ds: tuple[int, ...] = (),
) -> Profile:
    parameters = (("reason", reason),) if reason else ()
    found = [Observation(Subject.PROTOCOL_VERSION, "DNSSEC", dnssec, parameters=parameters)]
    for number, role in keys:
        row = dnssec_algorithm(number)
        quantum = QuantumClass.UNKNOWN if row is None else row.quantum_class
        found.append(
            Observation(
                Subject.DNSSEC_ALGORITHM, str(number), Support.OFFERED, role, name=row.name if row else None, quantum_class=quantum
            )
        )
    found += [Observation(Subject.BEHAVIOUR, value, Support.OFFERED) for value in behaviours]
    found += [Observation(Subject.DS_DIGEST, str(number), Support.OFFERED) for number in ds]
    return Profile("dns", "inventory", "2026-11", True, tuple(found))


def rsa(bits: int) -> Certificate:
    return read_dnskey(b"\1\0\3\x08\x03\1\0\1" + b"\xc1" + bytes(bits // 8 - 2) + b"\1")


def codes(profile: Profile, chains: tuple[tuple[str, tuple[Certificate, ...]], ...] = ()) -> tuple[State, list[str]]:
    judged = authentication(profile, chains)
    return judged.state, [reason.code for reason in judged.reasons]


def test_a_zone_agrees_on_no_keys() -> None:
    judged = key_establishment(zone((13, "ksk")))
    assert (judged.state, [reason.code for reason in judged.reasons]) == (State.NONE, ["dns_establishes_no_keys"])


@pytest.mark.parametrize(
    ("keys", "state", "expected"),
    [
        ([(13, "ksk"), (13, "zsk")], State.VULNERABLE, ["zone_signs_traditionally", "dnssec_has_no_post_quantum"]),
        ([(17, "ksk")], State.VULNERABLE, ["zone_signs_traditionally", "dnssec_has_no_post_quantum"]),
        ([(13, "ksk"), (200, "zsk")], State.VULNERABLE, ["zone_signs_traditionally", "dnssec_has_no_post_quantum"]),
        ([(200, "ksk")], State.UNKNOWN, ["unlisted_accepted"]),
        ([(253, "ksk")], State.UNKNOWN, ["unlisted_accepted"]),
        ([], State.UNKNOWN, ["nothing_accepted"]),
        ([(1, "ksk")], State.BROKEN, ["zone_key_below_floor"]),
        ([(3, "ksk")], State.BROKEN, ["zone_key_below_floor"]),
        ([(5, "ksk")], State.BROKEN, ["zone_key_below_floor"]),
        ([(13, "ksk"), (7, "zsk")], State.BROKEN, ["zone_key_below_floor"]),
        ([(12, "zsk")], State.BROKEN, ["zone_key_below_floor"]),
        ([(13, "ksk"), (7, "revoked")], State.VULNERABLE, ["zone_signs_traditionally", "dnssec_has_no_post_quantum"]),
    ],
)
def test_the_weakest_key_of_a_zone_decides(keys: list[tuple[int, str]], state: State, expected: list[str]) -> None:
    assert codes(zone(*keys)) == (state, expected)


@pytest.mark.parametrize(("bits", "state"), [(1024, State.BROKEN), (2040, State.BROKEN), (2048, State.VULNERABLE)])
def test_the_size_of_a_key_is_judged_by_the_key(bits: int, state: State) -> None:
    assert codes(zone((8, "zsk")), (("dnskey zsk", (rsa(bits),)),))[0] is state
    assert codes(zone((8, "zsk")), (("dnskey revoked", (rsa(bits),)),))[0] is State.VULNERABLE
    assert codes(zone((8, "zsk")), (("signing", (rsa(bits),)),))[0] is State.VULNERABLE


def test_reasons_name_algorithms_and_keys() -> None:
    judged = authentication(zone((13, "ksk"), (8, "zsk")), ())
    assert dict(judged.reasons[0].parameters)["value"] == "ECDSAP256SHA256, RSASHA256"
    judged = authentication(zone((5, "ksk")), ())
    assert dict(judged.reasons[0].parameters) == {"value": "RSASHA1", "rule": "floor-state-hash"}
    judged = authentication(zone((8, "zsk")), (("dnskey zsk", (rsa(1024),)),))
    assert dict(judged.reasons[0].parameters) == {"value": "RSA-1024", "rule": "floor-state-signature"}


def test_another_version_says_nothing_of_signatures() -> None:
    made = zone((13, "ksk"))
    other = Observation(Subject.PROTOCOL_VERSION, "TLS1.2", Support.REFUSED)
    named = Observation(Subject.SOFTWARE, "DNSSEC", Support.REFUSED)
    for one in (other, named):
        mixed = Profile(made.probe, made.depth, made.asked, True, (one, *made.observations))
        assert codes(mixed)[0] is State.VULNERABLE


def test_an_unsigned_zone_is_no_weakness_and_no_strength() -> None:
    assert codes(zone(dnssec=Support.REFUSED)) == (State.NONE, ["zone_not_signed"])


def test_what_was_not_proven_is_unknown_with_its_reason() -> None:
    judged = authentication(zone(dnssec=Support.UNKNOWN, reason="parent_not_asked"), ())
    assert (judged.state, dict(judged.reasons[0].parameters)) == (
        State.UNKNOWN,
        {"version": "DNSSEC", "reason": "parent_not_asked"},
    )
    assert codes(Profile("dns", "inventory", "", False, ())) == (State.UNKNOWN, ["answer_incomplete"])


@pytest.mark.parametrize(("behaviour", "code"), [("dnssec_island", "zone_is_an_island"), ("ds_matches_no_key", "zone_is_bogus")])
def test_what_the_parent_says_stands_beside(behaviour: str, code: str) -> None:
    assert codes(zone((13, "ksk"), behaviours=(behaviour,)))[1][-1] == code


def test_keys_and_digests_are_findings_of_the_floor() -> None:
    found = {
        (each.rule, each.subject)
        for each in assess_profile(zone((8, "ksk"), (12, "zsk"), ds=(1, 2, 3)), (), DAY)
        if each.policy == floor().id and each.verdict is not Verdict.MEETS
    }
    assert found == {("floor-state-dnssec-gost", "dnssec_algorithm"), ("floor-ds-digest", "ds_digest")}
    (finding,) = [f for f in assess_certificate(rsa(1024), (), DAY) if f.verdict is not Verdict.MEETS]
    assert (finding.rule, finding.subject) == ("floor-state-signature", "certificate_key")


def test_nobody_signs_a_bare_key_of_a_zone() -> None:
    assert not [f for f in assess_certificate(rsa(2048), (), DAY) if f.subject == "certificate_signature"]


def test_uses_have_the_families_that_rules_speak_of() -> None:
    families = {}
    for number in (7, 13, 15, 17, 200):
        (use,) = uses_of(Observation(Subject.DNSSEC_ALGORITHM, str(number), Support.OFFERED))
        families[number] = use.families
    assert families == {7: ("RSA", "SHA-1"), 13: ("ECDSA", "SHA-256"), 15: ("EdDSA",), 17: ("SM2", "SM3"), 200: ()}


def test_a_zone_is_checked_by_hand_with_dig() -> None:
    target, profile = NetworkTarget("192.0.2.53", 53, "demo.invalid"), zone((13, "ksk"))
    commands = by_hand(target, profile)
    assert commands[0] == "dig @192.0.2.53 -p 53 +tcp +dnssec +cdflag +multiline demo.invalid DNSKEY"
    assert (len(commands), needed(profile).code) == (3, "by_hand_needs_dig")
    assert by_hand(NetworkTarget("192.0.2.53", 53), profile) == ()
