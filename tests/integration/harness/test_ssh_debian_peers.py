"""OpenSSH 10 of Debian 13: every hybrid that it has is carried through, its defaults do not turn us away, and it refuses what it
must.
"""

from __future__ import annotations

import pytest

from pqscan.harness.conformance.ssh.catalogue import ALL_CASES
from pqscan.model.trial import TrialVerdict
from tests.integration.harness.ssh_conforming import against, those
from tests.integration.harness.test_ssh_handshakes import carry_out, maker, verdicts
from tests.peers.debian_sshd import IN_A_LAB, missing, running

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.debian]
SUITE = "trixie"
HYBRIDS = ("mlkem768x25519-sha256", "sntrup761x25519-sha512", "sntrup761x25519-sha512@openssh.com")


@pytest.fixture(autouse=True)
def _peer() -> None:
    if reason := missing(SUITE):
        pytest.skip(reason)


def test_a_server_with_its_defaults_is_asked_for_every_method_and_turns_nobody_away() -> None:
    maker("liboqs")
    with running(SUITE) as port:
        carried, connections = carry_out(port, library="liboqs")
    assert {name for name, verdict in verdicts(carried).items() if verdict is TrialVerdict.PASSED} == set(HYBRIDS)
    assert {name for name, verdict in verdicts(carried).items() if verdict is TrialVerdict.NOT_APPLICABLE} == {
        "mlkem768nistp256-sha256",
        "mlkem1024nistp384-sha384",
    }
    assert connections == len(HYBRIDS)
    assert all("strict kex" in each.trial.detail and "EXT_INFO" in each.trial.detail for each in carried if each.proven)


def test_what_it_must_refuse_it_refuses() -> None:
    with running(SUITE, *IN_A_LAB) as port:
        trials = against(port)
    bad = those(trials, TrialVerdict.FAILED, TrialVerdict.UNKNOWN)
    assert {name: (trials[name].reason, trials[name].seen) for name in bad} == {}
    tried = len(ALL_CASES) - len(those(trials, TrialVerdict.NOT_APPLICABLE))
    assert tried >= 38


def test_a_server_that_has_been_asked_too_often_fails_nothing() -> None:
    """With its defaults and without a pause: once it turns us away, nothing more is concluded."""
    with running(SUITE) as port:
        trials = against(port)
    assert those(trials, TrialVerdict.FAILED) == set()
    assert those(trials, TrialVerdict.UNKNOWN)
