"""Faulty servers: each is caught by the cases made for its fault and by no other."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import mldsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from pqscan.harness.tls.identity import ServerIdentity, self_made
from pqscan.harness.tls.offered import Offered
from pqscan.harness.tls.server import ServerConversation
from pqscan.harness.tls.server_settings import ServerSettings, Waiting
from pqscan.model.reason import Reason
from pqscan.model.trial import TrialVerdict
from pqscan.wire.tls.client_hello import ClientHello
from pqscan.wire.tls.words import ContentType
from tests.integration.harness.conforming import against_own, those
from tests.peers.faulty import ALL, FAULTS, SECP384R1MLKEM1024, Fault, with_context

IDENTITY = self_made(0x0403, datetime.now(UTC))
BAD = (TrialVerdict.FAILED, TrialVerdict.UNKNOWN)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_caught_by_its_cases_and_by_no_other(fault: Fault) -> None:
    settings = fault.settings(IDENTITY)
    trials = against_own(lambda: fault.server(settings))
    assert {name: trials[name].seen for name in those(trials, *BAD)}.keys() == fault.cases
    assert fault.tolerated <= those(trials, TrialVerdict.TOLERATED)


@pytest.mark.parametrize("cookie", [b"", b"some state"])
@pytest.mark.parametrize("always_retry", [False, True])
@pytest.mark.parametrize("prefers_offered_share", [False, True])
def test_the_server_without_a_fault_fails_nothing(cookie: bytes, always_retry: bool, prefers_offered_share: bool) -> None:
    settings = ServerSettings(
        self_made(0x0905, datetime.now(UTC)),
        (*ALL, SECP384R1MLKEM1024),
        os.urandom,
        cookie=cookie or (b"always" if always_retry else b""),
        always_retry=always_retry,
        prefers_offered_share=prefers_offered_share,
    )
    trials = against_own(lambda: ServerConversation(settings))
    assert {name: trials[name].seen for name in those(trials, *BAD)} == {}
    assert len(those(trials, TrialVerdict.PASSED)) >= 100


class AlertsUnderOldKeys(ServerConversation):
    """mbedTLS 3.6: the alert that refuses the client's Finished comes under the keys of the server's own flight."""

    def answer(self, hello: ClientHello, offered: Offered, suite: int, group: int) -> None:
        super().answer(hello, offered, suite, group)
        assert self.keys is not None
        self._flight = self.keys.protection(self.keys.server_handshake)
        for _ in range(4):  # EncryptedExtensions to Finished, a record each
            self._flight.seal(ContentType.HANDSHAKE, b"")

    def send_alert(self, level: int, alert: int) -> None:
        if self.waiting is Waiting.FINISHED:
            self._outgoing += self._flight.seal(ContentType.ALERT, bytes((level, alert)))
        else:
            super().send_alert(level, alert)


def test_an_alert_under_the_keys_of_the_flight_is_a_refusal_that_the_standard_does_not_want_so() -> None:
    settings = ServerSettings(IDENTITY, ALL, os.urandom)
    trials = against_own(lambda: AlertsUnderOldKeys(settings))
    assert {name: trials[name].seen for name in those(trials, *BAD)} == {}
    assert {"finished-wrong", "finished-missing", "finished-record-forged"} <= those(trials, TrialVerdict.TOLERATED)
    assert trials["finished-wrong"].reason == Reason.of("conformance.alert_under_old_keys", alert="decrypt_error (51)")


class AnswersNoData(ServerConversation):
    """Reads and drops what it is sent, as a server does that waits for more."""

    def take_application_data(self, content: bytes) -> None:
        if self.waiting is not Waiting.DATA:
            super().take_application_data(content)


class AnswersNoDataAndTakesAnyFinished(AnswersNoData):
    def check_client_finished(self, verify_data: bytes, expected: bytes) -> None:
        super().check_client_finished(verify_data if len(verify_data) != len(expected) else expected, expected)


@pytest.mark.parametrize(("server", "caught"), [(AnswersNoData, set()), (AnswersNoDataAndTakesAnyFinished, {"finished-wrong"})])
def test_a_server_that_answers_no_data_is_judged_by_its_key_update(server: type[ServerConversation], caught: set[str]) -> None:
    settings = ServerSettings(IDENTITY, ALL, os.urandom)
    trials = against_own(lambda: server(settings))
    assert {name: trials[name].seen for name in those(trials, *BAD)}.keys() == caught


class AnswersTheEndAlone(AnswersNoData):
    """Keeps its KeyUpdate for the next data that it sends, as OpenSSL does, and never sends any."""

    def take_key_update(self, body: bytes) -> None:
        super().take_key_update(b"\x00" if body == b"\x01" else body)


class AnswersTheEndAloneAndTakesAnyFinished(AnswersTheEndAlone):
    def check_client_finished(self, verify_data: bytes, expected: bytes) -> None:
        super().check_client_finished(verify_data if len(verify_data) != len(expected) else expected, expected)


def test_a_server_that_answers_the_end_alone_is_judged_by_its_alerts() -> None:
    settings = ServerSettings(IDENTITY, ALL, os.urandom)
    trials = against_own(lambda: AnswersTheEndAlone(settings))
    assert {name: trials[name].seen for name in those(trials, *BAD)}.keys() == set()
    assert trials["key-update"].verdict is TrialVerdict.NOT_APPLICABLE  # It is owed before further data alone.
    trials = against_own(lambda: AnswersTheEndAloneAndTakesAnyFinished(settings), "finished-wrong", "finished-of-wrong-size")
    assert trials["finished-wrong"].reason == Reason.of("conformance.ends_as_control")
    assert trials["finished-of-wrong-size"].verdict is TrialVerdict.PASSED


def test_a_scheme_for_another_curve_than_the_key_has_is_caught() -> None:
    settings = ServerSettings(replace(IDENTITY, scheme=0x081A), ALL, os.urandom)  # brainpoolP256r1, with SHA-256 as well
    trials = against_own(lambda: ServerConversation(settings), "signature-fits")
    assert trials["signature-fits"].reason == Reason.of("conformance.scheme_unfit", scheme="ecdsa_brainpoolP256r1tls13_sha256")


def test_a_scheme_that_is_for_certificates_alone_is_caught() -> None:
    settings = ServerSettings(replace(self_made(0x0804, datetime.now(UTC)), scheme=0x0401), ALL, os.urandom)
    trials = against_own(lambda: ServerConversation(settings), "signature-fits")
    assert trials["signature-fits"].verdict is TrialVerdict.FAILED
    assert trials["signature-fits"].reason == Reason.of("conformance.scheme_for_certificates_alone", scheme="rsa_pkcs1_sha256")


class DropsCcsEarly(ServerConversation):
    """Drops a change_cipher_spec before the first hello, as a server must that keeps no state (RFC 9846, section 4.3.2)."""

    def __init__(self, settings: ServerSettings) -> None:
        super().__init__(settings)
        self.records.may_be_compatible = True


@pytest.mark.parametrize(("cookie", "verdict"), [(b"", TrialVerdict.FAILED), (b"state", TrialVerdict.TOLERATED)])
def test_a_server_that_may_keep_no_state_is_not_held_to_what_it_cannot_tell(cookie: bytes, verdict: TrialVerdict) -> None:
    settings = ServerSettings(IDENTITY, ALL, os.urandom, cookie=cookie)
    assert against_own(lambda: DropsCcsEarly(settings), "ccs-before-hello")["ccs-before-hello"].verdict is verdict


def test_a_signature_with_another_context_is_caught() -> None:
    key = mldsa.MLDSA65PrivateKey.generate()
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "context.invalid")]), datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
    certificate = builder.not_valid_before(now).not_valid_after(now.replace(year=now.year + 1)).sign(key, None)
    identity = ServerIdentity((certificate.public_bytes(Encoding.DER),), 0x0905, lambda data: key.sign(data))
    settings = ServerSettings(with_context(identity, key), ALL, os.urandom)
    trials = against_own(lambda: ServerConversation(settings))
    caught = {"signature-fits", "ml-dsa-verifies-with-empty-context"}
    assert those(trials, *BAD) == caught
