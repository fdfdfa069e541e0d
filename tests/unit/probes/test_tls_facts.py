"""What a TLS survey becomes as facts: single values that nothing could be learned of, beside those that were refused."""

from __future__ import annotations

from pqscan_probes.tls.facts import facts_of

from pqscan.model.observation import Subject, Support
from pqscan.wire.tls.words import Version
from tests.properties.test_tls_survey import ask
from tests.unit.wire.tls.server_model import Peer, Server
from tests.unit.wire.tls.test_poisoned_suite import DHE, GNUTLS


def test_a_suite_that_draws_internal_error_by_itself_is_unknown_and_the_rest_of_its_axis_is_not() -> None:
    facts = facts_of(ask(Peer(Server({Version.TLS12: GNUTLS}))), None)
    suites = [o for o in facts.observations if o.subject is Subject.CIPHER_SUITE and o.context == "TLS1.2"]
    unknown = {o.value: o.parameters for o in suites if o.support is Support.UNKNOWN}
    assert unknown == {f"0x{value:04x}": (("reason", "alert_80"),) for value in DHE}
    assert {o.name for o in suites if o.support is Support.UNKNOWN} >= {"TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"}
    assert {o.value for o in suites if o.support is Support.ACCEPTED} == {
        f"0x{value:04x}" for value in GNUTLS.suites if value not in DHE
    }
