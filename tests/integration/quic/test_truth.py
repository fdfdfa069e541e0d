"""What the QUIC probe says of servers of other makers, field by field."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import UTC, datetime

import pytest
from pqscan_probes.tls import QuicProbe, TlsSettings

from pqscan.demo.certificates import CertificateMaker
from pqscan.model.canonical import canonical
from pqscan.model.observation import Observation, Profile, Subject, Support
from pqscan.model.outcome import Facts, OutcomeStatus
from pqscan.model.target import NetworkTarget, Transport
from pqscan.net.budget import NO_LIMITS
from pqscan.net.dial import DialSettings, TcpDialer
from pqscan.net.throttle import Throttle
from pqscan.policy.states import authentication, key_establishment
from pqscan.wire.pki.certificate import read_certificate
from tests.peers import quic
from tests.peers.quic import QuicTruth, load_quic_truth, quic_truth_names


def ask(truth: QuicTruth, depth: str) -> Facts:
    reason = quic.missing(truth.peer)
    if reason is not None:
        pytest.skip(reason)

    async def run() -> Facts:
        served = quic.identity(truth, CertificateMaker(datetime.now(UTC)))
        async with quic.serving(truth, served) as port:
            dialer = TcpDialer(Throttle(NO_LIMITS), DialSettings())
            target = NetworkTarget("127.0.0.1", port, quic.NAME, transport=Transport.UDP)
            return await QuicProbe(TlsSettings(depth)).run(target, dialer)

    return asyncio.run(run())


def values(facts: Facts, subject: Subject, *supports: Support) -> tuple[str, ...]:
    found: list[Observation] = [one for one in facts.observations if one.subject is subject and one.support in supports]
    return tuple(one.value for one in sorted(found, key=lambda one: one.rank or 1000))


@pytest.mark.parametrize("name", quic_truth_names())
def test_every_field_is_as_it_truly_is(name: str) -> None:
    truth = load_quic_truth(name)
    facts = ask(truth, "inventory")
    assert (facts.status, facts.complete) == (OutcomeStatus.COMPLETED, True)
    versions = {one.value: one.support.value for one in facts.observations if one.subject is Subject.PROTOCOL_VERSION}
    assert versions == {"TLS1.3": "accepted", **truth.versions}
    groups = values(facts, Subject.NAMED_GROUP, Support.ACCEPTED)
    assert sorted(groups) == sorted(truth.groups)
    assert sorted(values(facts, Subject.CIPHER_SUITE, Support.ACCEPTED)) == sorted(truth.suites)
    if truth.order == "server":
        assert groups == truth.groups
    assert values(facts, Subject.SIGNATURE_SCHEME, Support.ACCEPTED) == truth.schemes
    assert tuple(one.subject.value for one in facts.observations if one.support is Support.UNKNOWN) == truth.left_open
    for subject, value in truth.selected.items():
        assert values(facts, Subject(subject), Support.SELECTED) == (value,)
    assert values(facts, Subject.ALPN_PROTOCOL, Support.ACCEPTED) == (truth.alpn,)
    assert values(facts, Subject.CLIENT_CERTIFICATE, Support.OFFERED) == (truth.client_certificate,)
    assert values(facts, Subject.BEHAVIOUR, Support.OFFERED) == truth.behaviours
    profile = canonical(Profile("quic", facts.depth, facts.asked, True, facts.observations, facts.preference))
    certificates = {certificate.sha256: certificate for certificate in map(read_certificate, facts.certificates)}
    chains = tuple((chain.context, tuple(certificates[digest] for digest in chain.certificates)) for chain in facts.chains)
    assert key_establishment(profile, chains).state.value == truth.key_establishment
    assert authentication(profile, chains).state.value == truth.authentication


def test_the_quick_profile_takes_one_connection_where_the_current_client_gets_a_hybrid() -> None:
    facts = ask(load_quic_truth("quic-go-exclusive"), "quick")
    assert values(facts, Subject.SELECTED_GROUP, Support.SELECTED) == ("0x11ec",)
    assert facts.evidence is not None
    assert len(facts.evidence.sent) > 2400  # two datagrams of a hybrid hello


def test_a_version_that_is_kept_secret_is_found_by_asking_or_stays_unknown() -> None:
    truth = load_quic_truth("quic-go-exclusive")
    facts = ask(dataclasses.replace(truth, options=(*truth.options, "-hide-versions")), "inventory")
    (second,) = (one for one in facts.observations if one.value == "QUICv2")
    assert (second.support, dict(second.parameters)) == (Support.UNKNOWN, {"reason": "silence"})


def test_another_application_protocol_is_told_as_the_alert() -> None:
    truth = load_quic_truth("quic-go-exclusive")
    facts = ask(dataclasses.replace(truth, options=(*truth.options, "-alpn", "doq")), "quick")
    (failure,) = (one for one in facts.observations if one.subject is Subject.BEHAVIOUR)
    assert (failure.value, dict(failure.parameters)) == ("current_client_fails", {"reason": "alert_120"})
