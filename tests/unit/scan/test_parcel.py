"""Results on the way between processes: what is packed is what is unpacked, whatever it holds."""

from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from pqscan.model.observation import Observation, Profile, Subject, Support
from pqscan.model.outcome import Chain, Evidence, Outcome, OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget, NetworkTarget, Transport
from pqscan.scan.authorisation import Refusal
from pqscan.scan.parcel import Packer, unpack
from pqscan.scan.work import Result

text = st.text(max_size=5)
reasons = st.builds(Reason.of, st.sampled_from(["peer_refused", "internal_error"]), error=text)
maybe = st.none() | text
network = st.builds(
    NetworkTarget,
    text,
    st.integers(0, 65535),
    st.none() | text,
    st.none() | text,
    st.sampled_from(Transport),
    st.none() | text,
    text,
)
targets = network | st.builds(FileTarget, text, text, st.lists(text, max_size=2).map(tuple))
observations = st.builds(Observation, st.sampled_from(Subject), text, st.sampled_from(Support))
digests = st.binary(min_size=1, max_size=2)
profiles = st.builds(
    Profile,
    text,
    text,
    text,
    st.booleans(),
    st.lists(observations, max_size=3).map(tuple),
    digest=st.binary(min_size=1, max_size=2),
)
chains = st.lists(st.builds(Chain, st.none() | text, text, st.lists(st.binary(max_size=3), max_size=2).map(tuple)), max_size=2)
outcomes = st.builds(
    Outcome,
    targets,
    text,
    st.sampled_from(OutcomeStatus),
    st.datetimes(timezones=st.just(UTC)),
    st.floats(0, 60),
    st.integers(0, 99),
    st.none() | reasons,
    st.none() | profiles,
    chains.map(tuple),
    st.lists(st.binary(max_size=3), max_size=2).map(tuple),
    st.none() | st.builds(Evidence, st.binary(max_size=9), st.binary(max_size=9)),
)
results = st.builds(
    Result,
    st.integers(0, 1 << 40),
    st.lists(outcomes, max_size=3).map(tuple),
    st.lists(st.tuples(st.sampled_from(OutcomeStatus), st.integers(1, 9)), max_size=2).map(tuple),
    st.lists(st.tuples(network, st.sampled_from(OutcomeStatus)), max_size=2).map(tuple),
    st.lists(st.builds(Refusal, text, text, st.integers(1, 9), reasons), max_size=1).map(tuple),
)


def same_digest_same_profile(result: Result) -> bool:
    seen: dict[bytes, Profile] = {}
    found = [outcome.profile for outcome in result.outcomes if outcome.profile is not None]
    return all(seen.setdefault(profile.digest, profile) == profile for profile in found)


@given(results.filter(same_digest_same_profile))
def test_a_result_comes_out_as_it_went_in(result: Result) -> None:
    assert unpack(pickle.loads(pickle.dumps(Packer().pack(result)))) == result


def outcome(number: int) -> Outcome:
    profile = Profile("tls", "quick", "1", True, (Observation(Subject.PROTOCOL_VERSION, "TLS1.3", Support.ACCEPTED),), digest=b"p")
    target, began = NetworkTarget("127.0.0.1", number), datetime(2026, 11, 28, tzinfo=UTC)
    chain = Chain(None, "TLS1.3", (bytes(32),))
    return Outcome(target, "tls", OutcomeStatus.COMPLETED, began, 0.1, 1, None, profile, (chain,), (bytes(bytearray(2000)),))


def test_equal_content_is_sent_once_a_batch() -> None:
    packer = Packer()
    one, many = ([packer.pack(Result(n, (outcome(n),), ())) for n in range(count)] for count in (1, 50))
    assert len(pickle.dumps(many)) < len(pickle.dumps(one)) + 50 * 200


def test_many_names_behind_one_certificate_are_not_all_remembered() -> None:
    packer, one = Packer(), outcome(1)
    for number in range(5000):
        named = replace(one, chains=(Chain(f"h{number}.vn", "TLS1.3", (bytes(32),)),))
        packer.pack(Result(number, (named,), ()))
    assert len(packer._chains) <= 4001


def test_what_a_packer_remembers_is_bounded() -> None:
    packer = Packer()
    for number in range(5000):
        der = number.to_bytes(4, "big")
        packer.pack(
            Result(number, (Outcome(outcome(1).target, "tls", OutcomeStatus.COMPLETED, outcome(1).started_at, 0.1, 1, None,
                                    outcome(1).profile, (Chain(None, "x", (der,)),), (der,)),), ())
        )  # fmt: skip
    assert len(packer._certificates) <= 4001
    assert len(packer._chains) <= 4001
