"""A suite that a server picks and cannot carry out: what was listed beside it is not refused."""

from __future__ import annotations

from pqscan.registry.tls import cipher_suite
from pqscan.wire.tls.answer import Answer, Ending
from pqscan.wire.tls.elimination import AxisName
from pqscan.wire.tls.inquiry import Ask
from pqscan.wire.tls.words import AlertDescription, Version
from tests.properties.test_tls_survey import ask
from tests.unit.wire.tls.server_model import Peer, Server, VersionModel

STATIC_RSA = 0x009C
MODEL = VersionModel(Version.TLS12, (0xC030, STATIC_RSA), (0x001D,), (0x0804,), server_order=False)


class PoisonedPeer(Peer):
    """As GnuTLS with DHE switched on and no group for it: the first DHE suite of a client ends in internal_error."""

    def ask(self, ask: Ask) -> Answer:
        usable = [suite for suite in ask.offer.cipher_suites if suite in MODEL.suites or _is_dhe(suite)]
        if Version.TLS12 in ask.offer.versions and usable and _is_dhe(usable[0]):
            self.asked.append(ask)
            return Answer(ending=Ending.ALERT, alert=AlertDescription.INTERNAL_ERROR)
        return super().ask(ask)


def _is_dhe(suite: int) -> bool:
    row = cipher_suite(suite).row
    return row is not None and row.key_exchange == "DHE" and row.authentication == "RSA"


def test_internal_error_refuses_no_suite_that_was_listed_too() -> None:
    entry = ask(PoisonedPeer(Server({Version.TLS12: MODEL}))).version(Version.TLS12)
    assert STATIC_RSA not in entry.refused[AxisName.SUITES]
    assert STATIC_RSA in entry.found[AxisName.SUITES] or entry.unproven[AxisName.SUITES] == "alert_80"
