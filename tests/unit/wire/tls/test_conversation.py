"""The client's side of one connection, without sockets: recorded servers, scripted answers, and what is sent back."""

from __future__ import annotations

import dataclasses

import pytest

from pqscan.wire.tls.answer import Ending
from pqscan.wire.tls.conversation import ClientConversation
from pqscan.wire.tls.key_schedule import SUITES, Protection, Secret
from pqscan.wire.tls.record import RecordReader
from pqscan.wire.tls.words import Version
from tests.peers import messages as scripts
from tests.peers.messages import ALERT, HANDSHAKE
from tests.unit.wire.tls.recorded import RECORDINGS, Recording, record
from tests.unit.wire.tls.spoken import CHAIN, CHANGE, DONE, EXCHANGE, GOODBYE, OFFER, begun, hand, heard


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda recording: recording.name)
def test_a_recorded_server_is_followed_to_its_verified_finished(recording: Recording) -> None:
    conversation = recording.conversation()
    conversation.receive(recording.server_bytes())
    answer = conversation.answer
    assert (answer.ending, answer.finished_verified) == (Ending.FLIGHT, True)
    assert (answer.version, answer.cipher_suite, answer.group) == (Version.TLS13, recording.suite, recording.group)
    assert answer.retry_group == (recording.group if recording.retried else None)
    assert answer.retry_suite == (recording.suite if recording.retried else None)
    assert answer.anomalies == []
    assert answer.certificates[0] in recording.decrypted[1]
    assert answer.scheme == (0x0905 if "mldsa65" in recording.name else 0x0403)


@pytest.mark.parametrize("recording", [each for each in RECORDINGS if each.retried], ids=lambda recording: recording.name)
def test_the_second_hello_is_that_of_the_recorded_client(recording: Recording) -> None:
    conversation = recording.conversation()
    conversation.receive(record(22, recording.octets("hello_retry_request")))
    assert conversation.bytes_to_send() == CHANGE + record(22, recording.octets("client_hello_2"))
    assert conversation.answer.hello_bytes == 5 + len(recording.octets("client_hello_2"))
    assert not conversation.finished


def test_a_changed_server_hello_leads_to_records_that_do_not_open() -> None:
    recording = Recording("openssl-hybrid-x25519mlkem768")
    changed = bytearray(recording.server_bytes())
    changed[5 + 10] ^= 1  # In the server's random.
    conversation = recording.conversation()
    conversation.receive(bytes(changed))
    assert conversation.answer.ending is Ending.MALFORMED
    assert not conversation.answer.finished_verified
    assert not conversation.answer.said_yes  # Whoever sent it cannot prove the choice.


def test_an_old_flight_is_read_to_its_end_and_left_in_order() -> None:
    conversation, hello = begun()
    conversation.receive(hand(scripts.server_hello(hello, suite=0xC02F, version=0x0303), CHAIN, EXCHANGE))
    assert not conversation.finished
    conversation.receive(hand(DONE))
    answer = conversation.answer
    assert (answer.ending, answer.version, answer.cipher_suite) == (Ending.FLIGHT, Version.TLS12, 0xC02F)
    assert (answer.group, answer.scheme, answer.certificates) == (0x1D, 0x0804, (b"leaf",))
    assert conversation.bytes_to_send() == GOODBYE
    assert conversation.bytes_to_send() == b""


def test_a_hello_request_before_the_server_hello_is_ignored() -> None:
    conversation, hello = begun()
    conversation.receive(hand(scripts.message(0, b"")) + hand(scripts.server_hello(hello, suite=0xC02F, version=0x0303), DONE))
    assert conversation.answer.ending is Ending.FLIGHT


@pytest.mark.parametrize("level", [1, 2])
@pytest.mark.parametrize("description", [10, 40, 47, 70, 71, 80, 86, 109, 255])
def test_an_alert_is_kept_by_its_number(level: int, description: int) -> None:
    answer = heard(scripts.alert(description, level))
    assert (answer.ending, answer.alert, answer.said_yes) == (Ending.ALERT, description, False)


def test_an_alert_before_garbage_is_still_that_alert() -> None:
    answer = heard(scripts.alert(40) + b"garbage")
    assert (answer.ending, answer.alert) == (Ending.ALERT, 40)


def test_a_warning_that_the_name_is_not_known_does_not_end_the_handshake() -> None:
    conversation, hello = begun()
    conversation.receive(scripts.alert(112, level=1))
    conversation.receive(hand(scripts.server_hello(hello, suite=0xC02F, version=0x0303), CHAIN, EXCHANGE, DONE))
    assert conversation.answer.ending is Ending.FLIGHT
    assert conversation.answer.alert is None
    assert conversation.answer.anomalies == ["warning_unrecognized_name"]


def test_a_fatal_alert_that_the_name_is_not_known_ends_it() -> None:
    assert heard(scripts.alert(112)).alert == 112


def test_a_close_notify_is_an_end_without_a_word() -> None:
    assert heard(scripts.alert(0, level=1)).ending is Ending.CLOSED


def test_an_alert_under_the_handshake_keys_is_read() -> None:
    recording = Recording("classic-x25519")
    conversation = recording.conversation()
    conversation.receive(record(22, recording.octets("server_hello")))
    keys = Protection(
        SUITES[recording.suite], Secret(SUITES[recording.suite].hash_name, recording.octets("server_handshake_traffic_secret"))
    )
    conversation.receive(keys.seal(21, b"\x02\x28"))
    assert (conversation.answer.ending, conversation.answer.alert) == (Ending.ALERT, 40)


def test_an_alert_in_the_clear_after_the_server_hello_is_read() -> None:
    recording = Recording("classic-x25519")
    conversation = recording.conversation()
    conversation.receive(record(22, recording.octets("server_hello")) + scripts.alert(51))
    assert (conversation.answer.ending, conversation.answer.alert) == (Ending.ALERT, 51)


def test_application_data_inside_the_handshake_is_malformed() -> None:
    recording = Recording("classic-x25519")
    conversation = recording.conversation()
    keys = Protection(
        SUITES[recording.suite], Secret(SUITES[recording.suite].hash_name, recording.octets("server_handshake_traffic_secret"))
    )
    conversation.receive(record(22, recording.octets("server_hello")) + keys.seal(23, b"early"))
    assert conversation.answer.ending is Ending.MALFORMED


def test_a_flight_that_asks_for_a_certificate_is_ended_in_order() -> None:
    recording = Recording("classic-x25519")
    conversation = recording.conversation()
    conversation.receive(record(22, recording.octets("server_hello")))
    keys = Protection(
        SUITES[recording.suite], Secret(SUITES[recording.suite].hash_name, recording.octets("server_handshake_traffic_secret"))
    )
    conversation.receive(keys.seal(22, recording.decrypted[0] + b"\x0d\x00\x00\x03\x00\x00\x00"))
    assert conversation.answer.client_certificate_requested is True
    assert not conversation.finished


@pytest.mark.parametrize("behind", [b"\x08\x00\x00\x02\x00\x00", b"\x08", b"\x08\x00\x00\x02\x00"])
def test_plain_bytes_behind_the_server_hello_in_its_record_are_malformed(behind: bytes) -> None:
    """RFC 9846, section 5.1: a message before a change of keys ends its record. Else they would begin the protected flight."""
    recording = Recording("classic-x25519")
    conversation = recording.conversation()
    conversation.receive(record(22, recording.octets("server_hello") + behind))
    assert conversation.answer.ending is Ending.MALFORMED
    assert "server hello" in conversation.answer.problem


@pytest.mark.parametrize("behind", [b"\x04\x00\x00\x01\x00", b"\x04"])
def test_bytes_behind_the_finished_in_its_record_are_malformed_and_verify_nothing(behind: bytes) -> None:
    recording = Recording("classic-x25519")
    conversation = recording.conversation()
    keys = Protection(
        SUITES[recording.suite], Secret(SUITES[recording.suite].hash_name, recording.octets("server_handshake_traffic_secret"))
    )
    conversation.receive(record(22, recording.octets("server_hello")) + keys.seal(22, b"".join(recording.decrypted) + behind))
    answer = conversation.answer
    assert (answer.ending, answer.finished_verified, answer.said_yes) == (Ending.MALFORMED, False, False)
    assert "Finished" in answer.problem


@pytest.mark.parametrize(
    ("data", "ending"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n", Ending.WRONG_PROTOCOL),
        (b"SSH-2.0-OpenSSH_10.0\r\n", Ending.WRONG_PROTOCOL),
        (scripts.record(23, b"data"), Ending.MALFORMED),
        (scripts.record(24, b"\x01\x00\x00"), Ending.MALFORMED),
        (scripts.record(HANDSHAKE, b""), Ending.MALFORMED),
        (scripts.record(ALERT, b"\x02"), Ending.MALFORMED),
        (scripts.record(ALERT, b""), Ending.MALFORMED),
        (hand(CHAIN), Ending.MALFORMED),
        (hand(scripts.message(2, b"\x03\x03")), Ending.MALFORMED),
        (bytes.fromhex("160303ffff"), Ending.MALFORMED),
    ],
    ids=["http", "ssh", "data", "heartbeat", "empty", "half-alert", "no-alert", "certificate", "short-hello", "oversized"],
)
def test_what_cannot_begin_an_answer_ends_with_its_problem(data: bytes, ending: Ending) -> None:
    answer = heard(data)
    assert answer.ending is ending
    assert answer.problem
    assert not answer.said_yes


def test_change_cipher_spec_says_nothing() -> None:
    conversation, hello = begun()
    conversation.receive(CHANGE + hand(scripts.server_hello(hello, suite=0xC02F, version=0x0303), DONE) + CHANGE)
    assert conversation.answer.ending is Ending.FLIGHT


def test_an_end_in_order_is_told_apart_from_one_inside_a_message() -> None:
    for before, problem in [(b"", False), (b"\x16\x03", True), (hand(b"\x02\x00\x00"), True)]:
        conversation, _ = begun()
        conversation.receive(before)
        conversation.peer_closed()
        assert conversation.answer.ending is Ending.CLOSED
        assert bool(conversation.answer.problem) is problem


def test_after_the_end_nothing_changes_it() -> None:
    conversation, _ = begun()
    conversation.receive(scripts.alert(40))
    conversation.receive(scripts.alert(80))
    conversation.peer_closed()
    conversation.give_up(Ending.RESET, "reset")
    assert (conversation.answer.ending, conversation.answer.alert, conversation.answer.problem) == (Ending.ALERT, 40, "")


def test_giving_up_is_told() -> None:
    conversation, _ = begun()
    conversation.give_up(Ending.SILENCE, "nothing came")
    assert (conversation.finished, conversation.answer.ending, conversation.answer.problem) == (
        True,
        Ending.SILENCE,
        "nothing came",
    )


# Choices that were not offered


@pytest.mark.parametrize(("suite", "group"), [(0x1305, 0x001D), (0xC02C, None)])
def test_a_choice_that_was_not_offered_is_an_anomaly(suite: int, group: int | None) -> None:
    conversation, hello = begun(OFFER, 0x001D)
    modern = group is not None
    share = bytes(range(32)) if modern else b""
    conversation.receive(
        hand(scripts.server_hello(hello, suite=suite, group=group, share=share, version=0x0304 if modern else 0x0303))
    )
    assert conversation.answer.anomalies == ["selected_not_offered"]


def test_a_version_that_was_not_offered_is_not_gone_along_with() -> None:
    conversation, hello = begun()
    conversation.receive(hand(scripts.server_hello(hello, suite=0x002F, version=0x0301), CHAIN, DONE))
    assert (conversation.answer.ending, conversation.answer.version) == (Ending.HELLO, Version.TLS10)
    assert conversation.answer.certificates == ()
    assert conversation.bytes_to_send() == GOODBYE


@pytest.mark.parametrize("version", [0x0305, 0x7F1C, 0x0A0A])
def test_a_version_that_nobody_knows_is_malformed(version: int) -> None:
    conversation, hello = begun()
    conversation.receive(hand(scripts.server_hello(hello, version=version)))
    assert conversation.answer.ending is Ending.MALFORMED


def test_a_share_for_a_group_that_had_none_is_malformed() -> None:
    conversation, hello = begun(OFFER, 0x001D)
    conversation.receive(hand(scripts.server_hello(hello, group=0x0017, share=bytes(65))))
    assert conversation.answer.ending is Ending.MALFORMED
    assert "never sent" in conversation.answer.problem


def test_a_server_hello_of_tls_1_3_without_a_share_is_malformed() -> None:
    conversation, hello = begun(OFFER, 0x001D)
    conversation.receive(hand(scripts.server_hello(hello)))
    assert conversation.answer.ending is Ending.MALFORMED


def test_a_suite_that_cannot_be_opened_here_is_still_a_choice() -> None:
    offer = dataclasses.replace(OFFER, cipher_suites=(0x00C6,))  # TLS_SM4_GCM_SM3
    conversation, hello = begun(offer, 0x001D)
    conversation.receive(hand(scripts.server_hello(hello, suite=0x00C6, group=0x001D, share=bytes(range(32)))))
    answer = conversation.answer
    assert (answer.ending, answer.cipher_suite, answer.group, answer.anomalies) == (Ending.HELLO, 0x00C6, 0x001D, [])


def test_the_size_of_the_hello_is_told() -> None:
    conversation = ClientConversation(OFFER, bytes(32), bytes(32), shares={})
    assert conversation.answer.hello_bytes == len(conversation.bytes_to_send())


def test_the_second_record_of_a_conversation_comes_from_the_right_reader() -> None:
    conversation, hello = begun(OFFER, 0x001D)
    conversation.receive(hand(scripts.retry(hello, group=0x0017)))
    kinds = [record.content_type for record in RecordReader().feed(conversation.bytes_to_send())]
    assert kinds == [20, 22]
