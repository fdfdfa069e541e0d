"""The harness and TLS servers of newer Debian suites, each in its root: OpenSSL 3.5 and 3.6, GnuTLS, Botan, wolfSSL, mbedTLS, NSS,
OpenJDK 27, oqs-provider. They run under `make lab-debian` alone; what each must prove and may fail stands in its truth file."""

from __future__ import annotations

import asyncio

import pytest
from pqscan_probes.tls import TlsProbe, TlsSettings

from pqscan.harness.tls.shares import ShareMaker, default_groups, every_group
from pqscan.model.observation import Subject, Support
from pqscan.model.target import NetworkTarget
from pqscan.model.trial import TrialVerdict
from pqscan.net.dial import DialSettings, TcpDialer
from pqscan.net.throttle import Throttle
from tests.integration.harness.conforming import against, those
from tests.integration.harness.conftest import Run
from tests.peers.debian import harness_truth
from tests.peers.lab import Lab
from tests.peers.truth import debian_names, load_truth

pytestmark = [pytest.mark.lab, pytest.mark.slow]
each_peer = pytest.mark.parametrize("name", debian_names())


@each_peer
def test_a_server_proves_the_groups_of_its_truth_both_ways_and_no_other(lab: Lab, run: Run, liboqs: ShareMaker, name: str) -> None:
    peer, truth = lab[name], harness_truth(name)
    groups = every_group(liboqs) if truth.private else default_groups()
    asked = [f"0x{group.value:04x}" for group in groups]
    # OpenSSL's s_server answers no HEAD; that it took our Finished shows when it answers our close_notify, which ends the wait.
    found = run(liboqs, peer.address, peer.port, f"{name}.demo.invalid", *asked, answer_seconds=1.0)
    passed = {trial for trial, carried in found.items() if carried.trial.verdict is TrialVerdict.PASSED}
    assert passed == {f"{group} {way}" for group in truth.proven for way in ("direct", "retry")}, truth.version
    others = {carried.trial.verdict for trial, carried in found.items() if trial not in passed}
    refused = TrialVerdict.UNKNOWN if truth.refuses_by_closing else TrialVerdict.NOT_APPLICABLE
    assert others <= {refused}, truth.version


@each_peer
def test_a_server_goes_against_the_standard_only_where_its_truth_says(lab: Lab, name: str) -> None:
    peer, truth = lab[name], harness_truth(name)
    trials = against(peer.port, address=peer.address)
    failed = {case: trials[case].seen for case in those(trials, TrialVerdict.FAILED)}
    assert failed.keys() == truth.fails.keys(), (truth.version, failed)
    assert those(trials, TrialVerdict.UNKNOWN) == truth.unknown.keys(), truth.version
    assert len(those(trials, TrialVerdict.PASSED)) >= 35


@each_peer
def test_the_exhaustive_profile_finds_every_group_and_suite_of_a_server_and_no_other(lab: Lab, name: str) -> None:
    peer, truth = lab[name], load_truth(name)

    async def ask() -> set[tuple[Subject, str, str]]:
        probe, target = TlsProbe(TlsSettings(depth="exhaustive")), NetworkTarget(peer.address, peer.port, truth.server_name)
        facts = await probe.run(target, TcpDialer(Throttle(), DialSettings()))
        assert facts.complete
        return {(seen.subject, seen.context, seen.value) for seen in facts.observations if seen.support is Support.ACCEPTED}

    found = asyncio.run(ask())
    for version, row in truth.versions.items():
        groups = {value for subject, context, value in found if subject is Subject.NAMED_GROUP and context == version}
        suites = {value for subject, context, value in found if subject is Subject.CIPHER_SUITE and context == version}
        schemes = {value for subject, context, value in found if subject is Subject.SIGNATURE_SCHEME and context == version}
        assert groups == {*row.groups, *row.rare_groups}
        assert suites == {*row.suites, *row.rare_suites}
        assert schemes == set(row.schemes)
