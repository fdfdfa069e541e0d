"""TLS inside QUIC is judged as over TCP, but for older versions, which QUIC does not carry (RFC 9001, section 4.2)."""

from __future__ import annotations

import pytest

from pqscan.model.observation import Observation, Profile, Subject, Support
from pqscan.policy.answers import Answers
from pqscan.policy.key_establishment import older_versions_open


@pytest.mark.parametrize(("probe", "is_open"), [("quic", False), ("tls", True)])
def test_older_versions_leave_no_question_open_over_quic(probe: str, is_open: bool) -> None:
    version = Observation(Subject.PROTOCOL_VERSION, "TLS1.3", Support.ACCEPTED)
    profile = Profile(probe, "inventory", "2026/openssl", True, (version,))
    assert (older_versions_open(Answers(profile)) is not None) == is_open
