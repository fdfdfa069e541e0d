"""Real SSH servers: what each fails is known, and held against what it does on the wire (docs/conformance.md)."""

from __future__ import annotations

import pytest

from pqscan.model.trial import TrialVerdict
from tests.integration.harness.ssh_conforming import against, those
from tests.peers.ssh_programs import load_ssh_truth, missing, running, ssh_truth_names

pytestmark = pytest.mark.lab
FAILS = {
    "openssh-modern": set[str](),
    "go-default": {"message-unknown"},
    "paramiko-default": {"guess-wrong", "message-unknown"},
    "dropbear-default": {"strict-message-before-newkeys"},
    **{name: set[str]() for name in ssh_truth_names() if name.startswith("asyncssh-")},
}


@pytest.mark.parametrize("name", FAILS)
def test_a_server_fails_what_it_is_known_to_fail_and_nothing_is_unknown(name: str) -> None:
    truth = load_ssh_truth(name)
    if reason := missing(truth.peer):
        pytest.skip(f"peer not at hand: {reason}")
    with running(truth) as peer:
        trials = against(peer.port, seconds=5.0)
    told = {case: (trial.reason, trial.seen) for case, trial in trials.items() if case in those(trials, TrialVerdict.FAILED)}
    assert told.keys() == FAILS[name], told
    assert those(trials, TrialVerdict.UNKNOWN) == set()
    assert len(those(trials, TrialVerdict.PASSED)) >= 24
