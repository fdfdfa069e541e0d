"""What the DTLS probe says of servers of other makers, field by field."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import UTC, datetime

import pytest
from pqscan_probes.tls import DtlsProbe, TlsSettings

from pqscan.demo.certificates import CertificateMaker
from pqscan.model.canonical import canonical
from pqscan.model.observation import Confidence, Profile, Subject, Support
from pqscan.model.outcome import Facts, OutcomeStatus
from pqscan.model.target import NetworkTarget, Transport
from pqscan.net.budget import NO_LIMITS
from pqscan.net.dial import DialSettings, TcpDialer
from pqscan.net.throttle import Throttle
from pqscan.policy.states import authentication, key_establishment
from pqscan.wire.pki.certificate import read_certificate
from tests.peers import dtls
from tests.peers.dtls import DtlsTruth, dtls_truth_names, load_dtls_truth

pytestmark = pytest.mark.lab
_LISTS = {"groups": Subject.NAMED_GROUP, "suites": Subject.CIPHER_SUITE, "schemes": Subject.SIGNATURE_SCHEME}


def ask(truth: DtlsTruth, depth: str, *, attempt_seconds: float = 60) -> tuple[Facts, TcpDialer]:
    reason = dtls.missing(truth.peer)
    if reason is not None:
        pytest.skip(reason)

    async def run(port: int) -> tuple[Facts, TcpDialer]:
        dialer = TcpDialer(Throttle(NO_LIMITS), DialSettings(attempt_seconds=attempt_seconds))
        target = NetworkTarget("127.0.0.1", port, dtls.NAME, transport=Transport.UDP)
        return await DtlsProbe(TlsSettings(depth)).run(target, dialer), dialer

    with dtls.serving(truth, dtls.identity(truth, CertificateMaker(datetime.now(UTC)))) as port:
        return asyncio.run(run(port))


def values(facts: Facts, subject: Subject, support: Support, context: str | None) -> list[str]:
    return sorted(
        one.value for one in facts.observations if one.subject is subject and one.support is support and one.context == context
    )


@pytest.mark.parametrize("name", [name for name in dtls_truth_names() if not name.startswith("gnutls")])
def test_every_field_is_as_it_truly_is(name: str) -> None:
    truth = load_dtls_truth(name)
    facts, _ = ask(truth, "inventory")
    assert (facts.status, facts.complete) == (OutcomeStatus.COMPLETED, True)
    versions = {one.value: one.support.value for one in facts.observations if one.subject is Subject.PROTOCOL_VERSION}
    assert versions == truth.versions
    for version, lists in truth.lists.items():
        found = {key: values(facts, subject, Support.ACCEPTED, version) for key, subject in _LISTS.items()}
        assert found == {key: sorted(listed) for key, listed in lists.items()}
        assert values(facts, Subject.CLIENT_CERTIFICATE, Support.OFFERED, version) == [truth.client_certificate]
    contexts = {one.context for one in facts.observations} - {None}
    assert contexts == set(truth.lists)
    assert [one for one in facts.observations if one.support is Support.UNKNOWN] == []
    assert {key: whose.value for key, whose in facts.preference} == truth.preference
    for subject, value in truth.selected.items():
        context = None if subject == "selected_version" else truth.selected["selected_version"]
        assert values(facts, Subject(subject), Support.SELECTED, context) == [value]
    assert tuple(values(facts, Subject.BEHAVIOUR, Support.OFFERED, None)) == truth.behaviours
    profile = canonical(Profile("dtls", facts.depth, facts.asked, True, facts.observations, facts.preference))
    certificates = {certificate.sha256: certificate for certificate in map(read_certificate, facts.certificates)}
    chains = tuple((chain.context, tuple(certificates[digest] for digest in chain.certificates)) for chain in facts.chains)
    assert {context for context, _ in chains} == {"current_client", "no_server_name", *truth.lists}
    assert key_establishment(profile, chains).state.value == truth.key_establishment
    assert authentication(profile, chains).state.value == truth.authentication


def test_the_quick_profile_takes_one_association_where_the_current_client_gets_a_hybrid() -> None:
    facts, dialer = ask(load_dtls_truth("pion"), "quick")
    (group,) = (one for one in facts.observations if one.subject is Subject.SELECTED_GROUP)
    assert (group.value, group.context, group.confidence) == ("0x11ec", "DTLS1.3", Confidence.CONFIRMED)
    # The hybrid hello twice, for its cookie, in two datagrams each; our Finished, and the end.
    assert (dialer.connections_used, dialer.datagrams_sent) == (1, 6)
    assert facts.evidence is not None
    assert len(facts.evidence.sent) > 2400


@pytest.mark.parametrize("size", ["300", "1400"])
def test_the_size_of_a_servers_datagrams_changes_nothing(size: str) -> None:
    truth = load_dtls_truth("pion-exclusive")
    facts, _ = ask(dataclasses.replace(truth, options=("-least", "1.3", "-mtu", size)), "quick")
    assert values(facts, Subject.SELECTED_GROUP, Support.SELECTED, "DTLS1.3") == ["0x11ec"]


def test_gnutls_gives_the_current_client_its_choice() -> None:
    """gnutls-serv serves one peer over UDP, and is lost after a handshake that it refuses: what came first is all there is."""
    truth = load_dtls_truth("gnutls")
    facts, _ = ask(truth, "quick", attempt_seconds=3)
    assert (facts.status, facts.complete) == (OutcomeStatus.THROTTLED, False)
    for subject, value in truth.selected.items():
        assert values(facts, Subject(subject), Support.SELECTED, None if subject == "selected_version" else "DTLS1.2") == [value]
    assert values(facts, Subject.PROTOCOL_VERSION, Support.ACCEPTED, None) == list(truth.versions)
    assert values(facts, Subject.CLIENT_CERTIFICATE, Support.OFFERED, "DTLS1.2") == [truth.client_certificate]
    assert tuple(values(facts, Subject.BEHAVIOUR, Support.OFFERED, None)) == truth.behaviours
