"""Judgements hold for any facts: they never raise, and doubt never becomes a verdict."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pqscan.errors import UsageError
from pqscan.model.canonical import canonical
from pqscan.model.certificate import Certificate, PublicKey, SignatureAlgorithm
from pqscan.model.observation import Observation, Preference, Profile, Subject, Support
from pqscan.model.target import NetworkTarget
from pqscan.policy.answers import QUANTUM_RESISTANT, group_class
from pqscan.policy.certificates import assess_certificate, certificate_findings
from pqscan.policy.clients import views
from pqscan.policy.editions import policies
from pqscan.policy.explain import by_hand
from pqscan.policy.finding import Verdict
from pqscan.policy.profiles import Judgements, assess_profile, profile_findings
from pqscan.policy.reading import read_policy
from pqscan.policy.state import State
from pqscan.policy.states import authentication, key_establishment
from pqscan.registry.clients import clients
from pqscan.registry.quantum import QuantumClass
from tests.peers.truth import load_truth, truth_names
from tests.unit.policy.making import chains_of, from_truth

VERSIONS = ["SSLv2", "SSLv3", "TLS1.0", "TLS1.1", "TLS1.2", "TLS1.3"]
VALUES = [
    "*", "0x11ec", "0x11ed", "0x0201", "0x001d", "0x0017", "0x0013", "0x0100", "0x6399", "0xfeff", "dh:1024", "dh:", "dh:x",
    "dh:99999999999", "0x1301", "0x002f", "0xc02f", "0x0003", "0xc018", "0x0905", "0x0804", "0x0201", "0x0911", "0x", "0xzz",
    "0x0700c0", "", "TLS1.3", "TLS9", "requested", "current_client_fails", "large_hello_intolerant", "takes_offered_share",
    "hello_retry_upgrade",
]  # fmt: skip
TRADITIONAL = ["0x001d", "0x0017", "0x0018", "0x0019", "0x001e", "0x0100", "0x0101"]

observations = st.builds(
    Observation,
    subject=st.sampled_from(list(Subject)),
    value=st.sampled_from([*VALUES, *VERSIONS]),
    support=st.sampled_from(list(Support)),
    context=st.sampled_from([None, *VERSIONS, "TLS9"]),
    rank=st.none() | st.integers(1, 5),
    parameters=st.sampled_from([(), (("reason", "silence"),), (("reason", 7),)]),
)
wild = st.builds(
    lambda made, complete, depth, preference: canonical(Profile("tls", depth, "test", complete, tuple(made), preference)),
    st.lists(observations, max_size=25),
    st.booleans(),
    st.sampled_from(["quick", "inventory"]),
    st.sampled_from([(), (("TLS1.3", Preference.SERVER), ("TLS1.3 named_group", Preference.CLIENT))]),
)
LAB_CHAINS = {from_truth(load_truth(name)).digest: chains_of(load_truth(name)) for name in truth_names()}
labs = st.sampled_from([from_truth(load_truth(name)) for name in truth_names()])
text = st.text(max_size=12)
classes = st.sampled_from(list(QuantumClass))
keys = st.builds(
    PublicKey,
    oid=text,
    algorithm=st.sampled_from(["RSA", "EC", "Ed25519", "ML-DSA-65", "SM2", "DSA", "LMS"]) | text,
    size_bits=st.none() | st.integers(-1, 20000),
    parameter=st.none() | st.sampled_from(["P-256", "secp112r1"]) | text,
    components=st.sampled_from([(), ("ML-DSA-65", "RSA-3072")]),
    spki_sha256=st.just(b"\0" * 32),
    quantum_class=classes,
)
signatures = st.builds(
    SignatureAlgorithm,
    oid=text,
    algorithm=st.sampled_from(["sha1WithRSAEncryption", "ecdsa-with-SHA256", "ML-DSA-65"]) | text,
    hash=st.none() | st.sampled_from(["sha1", "SHA-256", "MD5"]) | text,
    components=st.just(()),
    quantum_class=classes,
)
names = st.sampled_from(["CN=a", "CN=b", "CN=c", ""])
certificates = st.builds(
    Certificate,
    sha256=st.binary(min_size=32, max_size=32),
    subject=names,
    issuer=names,
    serial=text,
    not_before=st.none() | st.datetimes(),
    not_after=st.none() | st.datetimes(),
    public_key=keys,
    signature=signatures,
    self_signed=st.booleans(),
    malformed=st.sampled_from([(), ("negative_serial",)]),
)
chains = st.lists(
    st.tuples(
        st.sampled_from(["current_client", "TLS1.3", "no_server_name", "file"]), st.lists(certificates, max_size=5).map(tuple)
    ),
    max_size=3,
).map(tuple)
days = st.dates(date(2024, 1, 1), date(2040, 12, 31))


@given(wild, chains, days)
def test_no_profile_and_no_chain_makes_a_judgement_raise(
    made: Profile, sent: tuple[tuple[str, tuple[Certificate, ...]], ...], day: date
) -> None:
    assert key_establishment(made, sent).reasons
    assert authentication(made, sent).reasons
    assess_profile(made, policies(), day)
    assert len(views(made, clients())) == len(clients())
    assert all(command.isprintable() for command in by_hand(NetworkTarget("192.0.2.1", 443, "x"), made))


@given(certificates, days, st.booleans())
def test_no_certificate_makes_a_judgement_raise(made: Certificate, day: date, establishes_keys: bool) -> None:
    found = assess_certificate(made, policies(), day, establishes_keys=establishes_keys)
    assert {finding.certificate for finding in found} <= {made.sha256}
    if made.public_key.quantum_class is QuantumClass.UNKNOWN:
        assert not any(f.verdict is Verdict.MEETS for f in found if f.subject == "certificate_key")


@given(st.lists(wild, max_size=3), st.lists(certificates, max_size=3), days, st.booleans())
def test_what_was_judged_for_one_holds_for_all_that_share_it(
    those: list[Profile], served: list[Certificate], day: date, establishes_keys: bool
) -> None:
    together = Judgements(policies(), day)
    for made in (*those, *those):
        assert profile_findings(made, together) == assess_profile(made, policies(), day)
    for made in (*served, *served):
        found = certificate_findings(made, together, establishes_keys=establishes_keys)
        assert found == assess_certificate(made, policies(), day, establishes_keys=establishes_keys)


@given(wild)
def test_an_answer_that_is_not_complete_is_unknown_or_none(made: Profile) -> None:
    assert key_establishment(replace(made, complete=False)).state in (State.UNKNOWN, State.NONE)


@given(wild)
def test_exclusive_and_default_need_a_resistant_group_that_was_accepted(made: Profile) -> None:
    resistant = [
        o
        for o in made.observations
        if o.subject in (Subject.NAMED_GROUP, Subject.SELECTED_GROUP)
        and o.support.shows_use
        and o.context == "TLS1.3"
        and group_class(o.value, "TLS1.3") in QUANTUM_RESISTANT
    ]
    if not resistant:
        assert key_establishment(made).state not in (State.EXCLUSIVE, State.DEFAULT)


@given(labs, st.sampled_from(TRADITIONAL), st.sampled_from(VERSIONS[1:]))
def test_an_accepted_traditional_group_is_never_exclusive(made: Profile, group: str, version: str) -> None:
    kept = tuple(o for o in made.observations if not (o.subject is Subject.NAMED_GROUP and o.value == group))
    more = replace(made, observations=(*kept, Observation(Subject.NAMED_GROUP, group, Support.ACCEPTED, version)))
    assert key_establishment(more).state is not State.EXCLUSIVE


@given(labs, st.data())
def test_taking_any_proof_away_never_makes_a_target_vulnerable_or_exclusive(made: Profile, data: st.DataObject) -> None:
    """Turning refusals into unknown can only lose knowledge. What was broken because nothing better is accepted may then be
    no more than vulnerable: that no resistant method is accepted can still be proven."""
    refused = [position for position, o in enumerate(made.observations) if o.support is Support.REFUSED]
    forgotten = data.draw(st.sets(st.sampled_from(refused), min_size=1)) if refused else set()
    less = replace(
        made,
        observations=tuple(
            replace(o, support=Support.UNKNOWN, parameters=(("reason", "silence"),)) if position in forgotten else o
            for position, o in enumerate(made.observations)
        ),
    )
    chains_seen = LAB_CHAINS[made.digest]
    for judge in (key_establishment, authentication):
        before, after = judge(made, chains_seen).state, judge(less, chains_seen).state
        if after is State.EXCLUSIVE:
            assert before is State.EXCLUSIVE
        if after is State.VULNERABLE:
            assert before in (State.VULNERABLE, State.BROKEN)


@given(labs, st.randoms(use_true_random=False))
def test_the_order_of_observations_means_nothing(made: Profile, random: object) -> None:
    shuffled = list(made.observations)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert key_establishment(replace(made, observations=tuple(shuffled))).state is key_establishment(made).state


@given(labs, days, st.integers(1, 4000))
def test_time_never_makes_a_verdict_milder(made: Profile, day: date, later: int) -> None:
    order = {verdict: position for position, verdict in enumerate(Verdict)}
    before, after = (
        {(f.rule, f.subject, f.value, f.context): f.verdict for f in assess_profile(made, policies(), on)}
        for on in (day, day + timedelta(days=later))
    )
    assert before.keys() == after.keys()
    for key, verdict in before.items():
        due_became_open = verdict is Verdict.DUE and after[key] is Verdict.NOT_RECOMMENDED
        assert due_became_open or order[after[key]] <= order[verdict]


@given(st.binary(max_size=200) | st.text(alphabet='[]{}="rule\n.#0', max_size=60).map(str.encode))
def test_any_bytes_as_a_policy_file_give_one_error(data: bytes) -> None:
    said = "policy.toml"
    try:
        read_policy(data, "policy.toml")
    except UsageError as error:
        said = str(error)
    assert "policy.toml" in said
    assert "\n" not in said
