from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from pqscan.model.certificate import Certificate, PublicKey, SignatureAlgorithm
from pqscan.model.observation import Observation, Profile, Subject, Support
from pqscan.policy.floor import below_floor
from pqscan.policy.profiles import assess_profile
from pqscan.policy.rule import Purpose
from pqscan.policy.state import State
from pqscan.policy.states import authentication, key_establishment
from pqscan.policy.uses import uses_of
from pqscan.registry.quantum import QuantumClass

HYBRID, OLD_HYBRID, CURVE, GROUP_1 = (
    "mlkem768x25519-sha256", "sntrup4591761x25519-sha512@tinyssh.org", "curve25519-sha256", "diffie-hellman-group1-sha1"
)  # fmt: skip
COMPOSITE, ED25519, RSA_SHA1 = "ssh-mldsa44-ed25519", "ssh-ed25519", "ssh-rsa"
STRICT = "kex-strict-s-v00@openssh.com"


def server(
    kex: list[str], host_keys: list[str], gets_kex: str | None, gets_key: str | None = ED25519, *, complete: bool = True
) -> Profile:
    found = [Observation(Subject.PROTOCOL_VERSION, "SSH-2.0", Support.ACCEPTED)]
    for subject, names in ((Subject.KEX_METHOD, kex), (Subject.HOST_KEY, host_keys)):
        found += [Observation(subject, name, Support.OFFERED, rank=rank) for rank, name in enumerate(names, 1)]
    for subject, name in ((Subject.SELECTED_KEX_METHOD, gets_kex), (Subject.SELECTED_HOST_KEY, gets_key)):
        found += [] if name is None else [Observation(subject, name, Support.SELECTED)]
    return Profile("ssh", "inventory", "2026-11", complete, tuple(found))


@pytest.mark.parametrize(
    ("kex", "gets", "state", "reason"),
    [
        ([HYBRID, STRICT], HYBRID, State.EXCLUSIVE, "only_resistant_accepted"),
        ([HYBRID, CURVE, STRICT], HYBRID, State.DEFAULT, "current_client_gets_resistant"),
        ([CURVE, HYBRID], CURVE, State.CAPABLE, "resistant_accepted_not_by_default"),
        ([HYBRID, CURVE], None, State.CAPABLE, "resistant_accepted_not_by_default"),
        ([CURVE, STRICT], CURVE, State.VULNERABLE, "ssh_lists_traditional_only"),
        ([CURVE, GROUP_1], CURVE, State.VULNERABLE, "ssh_lists_traditional_only"),
        ([GROUP_1], GROUP_1, State.BROKEN, "current_client_gets_below_floor"),
        ([GROUP_1], None, State.BROKEN, "everything_below_floor"),
        ([CURVE, "own@example.vn"], CURVE, State.UNKNOWN, "unlisted_accepted"),
        ([HYBRID, "own@example.vn"], HYBRID, State.DEFAULT, "current_client_gets_resistant"),
        ([STRICT], None, State.UNKNOWN, "nothing_accepted"),
    ],
)
def test_the_list_of_methods_decides(kex: list[str], gets: str | None, state: State, reason: str) -> None:
    judged = key_establishment(server(kex, [ED25519], gets))
    assert (judged.state, judged.reasons[0].code) == (state, reason)


def test_a_state_tells_what_stands_against_a_better_one() -> None:
    beside = key_establishment(server([HYBRID, CURVE], [ED25519], HYBRID)).reasons
    assert [(reason.code, dict(reason.parameters).get("value")) for reason in beside][-1] == ("traditional_accepted", CURVE)
    unlisted = key_establishment(server([HYBRID, "own@example.vn"], [ED25519], HYBRID)).reasons
    assert unlisted[-1].code == "unlisted_accepted"
    old = key_establishment(server([OLD_HYBRID, CURVE], [ED25519], CURVE))
    assert (old.state, old.reasons[1].code) == (State.CAPABLE, "obsolete_resistant_group")


def test_what_broke_off_before_the_list_is_unknown() -> None:
    nothing = Profile("ssh", "inventory", "2026-11", False, (Observation(Subject.SOFTWARE, "OpenSSH_9.2", Support.OFFERED),))
    for judged in (key_establishment(nothing), authentication(nothing, ())):
        assert (judged.state, judged.reasons[0].code) == (State.UNKNOWN, "answer_incomplete")
    cut = server([CURVE], [ED25519], CURVE, complete=False)
    assert key_establishment(cut).state is State.VULNERABLE, "its list came whole; what came after it says nothing of it"


def versions(*values: str, complete: bool = True) -> Profile:
    found = tuple(Observation(Subject.PROTOCOL_VERSION, value, Support.OFFERED) for value in values)
    return Profile("ssh", "inventory", "2026-11", complete, found)


def test_the_first_version_alone_is_broken_and_beside_the_second_a_finding() -> None:
    for judged in (key_establishment(versions("SSH-1")), authentication(versions("SSH-1"), ())):
        assert (judged.state, judged.reasons[0].code) == (State.BROKEN, "ssh_1_alone")
    for other in (versions("SSH-1", complete=False), versions("SSH-2.0", "SSH-1"), versions()):
        for judged in (key_establishment(other), authentication(other, ())):
            assert judged.state is State.UNKNOWN
    found = assess_profile(versions("SSH-2.0", "SSH-1"), (), date(2026, 11, 29))
    assert [finding.rule for finding in found] == ["floor-state-ssh1"]


@pytest.mark.parametrize(
    ("subject", "value", "rules"),
    [
        (Subject.KEX_METHOD, "diffie-hellman-group-exchange-sha1", {"floor-ssh-sha1"}),
        (Subject.KEX_METHOD, GROUP_1, {"floor-ssh-sha1", "floor-state-key-establishment"}),
        (Subject.KEX_METHOD, "gss-gex-sha1-toWM5Slw5Ew8Mqkay+al2g==", {"floor-ssh-sha1"}),
        (Subject.KEX_METHOD, "diffie-hellman-group14-sha1", set()),
        (Subject.KEX_METHOD, "diffie-hellman-group14-sha256", set()),
        (Subject.MAC, "hmac-md5-96", {"floor-mac-md5"}),
        (Subject.MAC, "none", {"floor-no-integrity"}),
        (Subject.MAC, "hmac-sha1", set()),
        (Subject.ENCRYPTION, "none", {"floor-state-null"}),
        (Subject.ENCRYPTION, "blowfish-cbc", {"floor-old-cipher"}),
        (Subject.ENCRYPTION, "3des-cbc", {"floor-cipher"}),
        (Subject.ENCRYPTION, "cast256-cbc", set()),
        (Subject.ENCRYPTION, "aes128-cbc", set()),
    ],
)
def test_the_floor_finds_what_standards_advise_against(subject: Subject, value: str, rules: set[str]) -> None:
    offered = Observation(subject, value, Support.OFFERED)
    found = assess_profile(Profile("ssh", "inventory", "", True, (offered,)), (), date(2026, 11, 29))
    assert {finding.rule for finding in found} == rules


def test_who_speaks_the_first_version_as_well_is_not_exclusive() -> None:
    both = server([HYBRID], [COMPOSITE], HYBRID, COMPOSITE)
    old = Observation(Subject.PROTOCOL_VERSION, "SSH-1", Support.OFFERED)
    both = Profile(both.probe, both.depth, both.asked, True, (*both.observations, old))
    for judged in (key_establishment(both), authentication(both, ())):
        assert (judged.state, judged.reasons[-1].code) == (State.DEFAULT, "traditional_accepted")
        assert dict(judged.reasons[-1].parameters)["value"] == "SSH-1"


def test_terrapin_is_a_finding() -> None:
    behaviour = Observation(Subject.BEHAVIOUR, "terrapin_modes_without_strict_kex", Support.OFFERED)
    (finding,) = assess_profile(Profile("ssh", "inventory", "", True, (behaviour,)), (), date(2026, 11, 29))
    assert (finding.rule, finding.reason.code) == ("floor-ssh-terrapin", "behaviour_terrapin_modes_without_strict_kex")


def key(algorithm: str, size: int, quantum: QuantumClass, *, authority: QuantumClass | None = None) -> Certificate:
    unsigned = SignatureAlgorithm("", "", None, (), QuantumClass.NOT_PUBLIC_KEY)
    signed = unsigned if authority is None else SignatureAlgorithm("", "ssh-ed25519", "sha512", ("Ed25519",), authority)
    kind = "ssh_key" if authority is None else "ssh_certificate"
    now = datetime(2026, 11, 29, tzinfo=UTC)
    return Certificate(
        bytes(32), "", "", "", now, now, PublicKey("", algorithm, size, None, (algorithm,), bytes(32), quantum), signed, kind=kind
    )  # fmt: skip


@pytest.mark.parametrize(
    ("host_keys", "gets", "state", "reason"),
    [
        ([COMPOSITE], COMPOSITE, State.EXCLUSIVE, "only_resistant_accepted"),
        ([COMPOSITE, ED25519], COMPOSITE, State.DEFAULT, "current_client_gets_resistant"),
        ([ED25519, COMPOSITE], ED25519, State.CAPABLE, "resistant_accepted_not_by_default"),
        ([ED25519, RSA_SHA1], ED25519, State.VULNERABLE, "ssh_lists_traditional_keys"),
        ([RSA_SHA1], RSA_SHA1, State.BROKEN, "current_client_gets_below_floor"),
    ],
)
def test_host_keys_decide_authentication(host_keys: list[str], gets: str, state: State, reason: str) -> None:
    judged = authentication(server([HYBRID], host_keys, HYBRID, gets), ())
    assert (judged.state, judged.reasons[0].code) == (state, reason)


def test_the_key_that_the_client_meets_may_be_too_small() -> None:
    profile = server([CURVE], ["rsa-sha2-512", ED25519], CURVE, "rsa-sha2-512")
    for size, state in ((1024, State.BROKEN), (2047, State.BROKEN), (2048, State.VULNERABLE)):
        chains = (("ssh_host_key rsa-sha2-512", (key("RSA", size, QuantumClass.TRADITIONAL),)),)
        assert authentication(profile, chains).state is state, size
    other = (("ssh_host_key ssh-ed25519", (key("RSA", 1024, QuantumClass.TRADITIONAL),)),)
    assert authentication(profile, other).state is State.VULNERABLE, "not the key that it meets"


def test_only_host_keys_are_looked_at() -> None:
    profile = server([CURVE], ["rsa-sha2-512", ED25519], CURVE, "rsa-sha2-512")
    small = key("RSA", 1024, QuantumClass.TRADITIONAL)
    for chains in ((("ssh_host_key rsa-sha2-512", ()),), (("rsa-sha2-512", (small,)),), (("", (small,)),)):
        assert authentication(profile, chains).state is State.VULNERABLE
    assert authentication(profile, (("ssh_host_key ssh-rsa", (small,)),)).state is State.BROKEN, "by the format of the key"


@pytest.mark.parametrize(("gets", "code"), [(HYBRID, "current_client_gets_resistant"), (CURVE, "current_client_gets_traditional")])
def test_what_another_program_wrote_down_proves_no_state_and_tells_what_it_tells(gets: str, code: str) -> None:
    made = server([HYBRID, CURVE], [ED25519], gets)
    judged = key_establishment(Profile(made.probe, "import", made.asked, False, made.observations))
    assert (judged.state, [reason.code for reason in judged.reasons]) == (State.UNKNOWN, ["only_imported", code])


@pytest.mark.parametrize(("gets", "told"), [(HYBRID, 1), (None, 1), (CURVE, 2)])
def test_where_nothing_resistant_is_the_default_it_is_told_what_the_client_gets(gets: str | None, told: int) -> None:
    judged = key_establishment(server([CURVE, HYBRID], [ED25519], gets))
    assert len([reason for reason in judged.reasons if reason.code != "traditional_accepted"]) == told


def test_a_traditional_authority_takes_the_default_away() -> None:
    profile = server([HYBRID], [COMPOSITE, ED25519], HYBRID, COMPOSITE)
    chain = f"ssh_host_key {COMPOSITE}"
    traditional = key("ML-DSA", 1312 * 8, QuantumClass.PQT_HYBRID, authority=QuantumClass.TRADITIONAL)
    assert authentication(profile, ((chain, (traditional,)),)).state is State.CAPABLE
    resistant = key("ML-DSA", 1312 * 8, QuantumClass.PQT_HYBRID, authority=QuantumClass.PQT_HYBRID)
    assert authentication(profile, ((chain, (resistant,)),)).state is State.DEFAULT
    bare = key("ML-DSA", 1312 * 8, QuantumClass.PQT_HYBRID)
    assert authentication(profile, ((chain, (bare,)),)).state is State.DEFAULT


@pytest.mark.parametrize(
    ("subject", "value", "purpose", "families", "strength"),
    [
        (Subject.KEX_METHOD, HYBRID, Purpose.KEY_ESTABLISHMENT, ("ML-KEM", "ECDH"), 128),
        (Subject.KEX_METHOD, CURVE, Purpose.KEY_ESTABLISHMENT, ("ECDH",), 128),
        (Subject.KEX_METHOD, GROUP_1, Purpose.KEY_ESTABLISHMENT, ("FFDH", "ssh_sha1"), 80),
        (Subject.GROUP_EXCHANGE_SIZE, "1024", Purpose.KEY_ESTABLISHMENT, ("FFDH",), 80),
        (Subject.HOST_KEY, RSA_SHA1, Purpose.SIGNATURE, ("RSA", "SHA-1"), None),
        (Subject.HOST_KEY, ED25519, Purpose.SIGNATURE, ("EdDSA", "SHA512"), 128),
        (Subject.ENCRYPTION, "aes128-ctr", Purpose.PROTOCOL, ("AES",), None),
        (Subject.ENCRYPTION, "3des-cbc", Purpose.PROTOCOL, ("3DES", "3des", "block64", "cbc"), None),
        (Subject.MAC, "hmac-md5", Purpose.PROTOCOL, ("HMAC", "md5"), None),
    ],
)
def test_each_name_is_one_use(
    subject: Subject, value: str, purpose: Purpose, families: tuple[str, ...], strength: int | None
) -> None:
    (use,) = uses_of(Observation(subject, value, Support.OFFERED))
    assert (use.purpose, use.families, use.strength) == (purpose, families, strength)


@pytest.mark.parametrize(
    ("subject", "value", "sets", "by_key"),
    [
        (Subject.KEX_METHOD, CURVE, ("X25519",), False),
        (Subject.KEX_METHOD, "diffie-hellman-group-exchange-sha256", (), True),
        (Subject.HOST_KEY, "rsa-sha2-512", ("RSA",), True),
        (Subject.ENCRYPTION, "aes128-ctr", ("AES-128",), False),
        (Subject.ENCRYPTION, "none", (), False),
        (Subject.GROUP_EXCHANGE_SIZE, "3072", ("modp3072",), False),
    ],
)
def test_a_use_names_its_parameters_and_what_its_strength_hangs_on(
    subject: Subject, value: str, sets: tuple[str, ...], by_key: bool
) -> None:
    (use,) = uses_of(Observation(subject, value, Support.OFFERED))
    assert (use.parameter_sets, use.by_key) == (sets, by_key)


@pytest.mark.parametrize("value", ["", "x", "²", "9999999", "-1"])
def test_a_field_whose_size_is_none_has_no_strength(value: str) -> None:
    (use,) = uses_of(Observation(Subject.GROUP_EXCHANGE_SIZE, value, Support.OFFERED))
    assert use.strength is None


def test_markers_and_compression_are_no_use() -> None:
    assert uses_of(Observation(Subject.KEX_METHOD, STRICT, Support.OFFERED)) == ()
    assert uses_of(Observation(Subject.COMPRESSION, "zlib@openssh.com", Support.OFFERED)) == ()
    (unlisted,) = uses_of(Observation(Subject.KEX_METHOD, "own@example.vn", Support.OFFERED))
    assert (unlisted.quantum_class, below_floor(unlisted)) == (QuantumClass.UNKNOWN, None)
