"""Replayed handshakes: any secret, hello, record or proof that was changed shows."""

from __future__ import annotations

from typing import Any

import pytest

from pqscan.harness.self_test import handshakes
from pqscan.harness.self_test.attempt import Differs
from pqscan.harness.vectors import shipped
from pqscan.harness.vectors.fields import Fields
from pqscan.wire.tls.key_schedule import SUITES, Protection, Secret
from pqscan.wire.tls.messages import HandshakeMessage, HandshakeReader
from pqscan.wire.tls.words import HandshakeType

NAMES = ["tls/hybrid-x25519mlkem768", "tls/hrr-to-secp384r1mlkem1024-sha384", "tls/openssl-mldsa65-cert-x25519mlkem768"]


def flipped(text: str) -> str:
    """The last bit of bytes in hexadecimal changed."""
    return text[:-1] + f"{int(text[-1], 16) ^ 1:x}"


def changed(name: str, field: str) -> Fields:
    recording = shipped.read(name)
    assert isinstance(recording.value, dict)
    fields: dict[str, Any] = dict(recording.value)  # Any: JSON.
    value = fields[field]
    if isinstance(value, list):
        fields[field] = [
            {**value[0], "hex": flipped(value[0]["hex"])} if isinstance(value[0], dict) else flipped(value[0]),
            *value[1:],
        ]
    else:
        fields[field] = flipped(value)
    return Fields(name, fields)


@pytest.mark.parametrize("name", NAMES)
def test_a_recording_as_it_is_replays(name: str) -> None:
    handshakes._schedule(shipped.read(name))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("field", [
    "client_hello", "server_hello", "dhe_shared_secret", "handshake_secret", "transcript_hash_ch_sh", "server_handshake_key",
    "client_handshake_traffic_secret", "server_handshake_iv", "encrypted_records", "decrypted_handshake",
])  # fmt: skip
def test_one_changed_bit_shows(name: str, field: str) -> None:
    with pytest.raises(Differs):
        handshakes._schedule(changed(name, field))


def messages_of(recording: Fields) -> tuple[bytes, list[HandshakeMessage], str, Secret]:
    suite = SUITES[int(recording.text("cipher"), 16)]
    server = Secret(suite.hash_name, recording.octets("server_handshake_traffic_secret"))
    opened = handshakes._opened(Protection(suite, server), recording)
    return handshakes._hellos(recording, suite.hash_name), list(HandshakeReader().feed(opened)), suite.hash_name, server


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", [HandshakeType.CERTIFICATE_VERIFY, HandshakeType.FINISHED])
def test_a_proof_that_was_changed_or_left_out_shows(name: str, kind: HandshakeType) -> None:
    transcript, messages, hash_name, server = messages_of(shipped.read(name))
    handshakes._proofs(transcript, messages, hash_name, server)
    bent = [HandshakeMessage(m.kind, m.body[:-1] + bytes((m.body[-1] ^ 1,)), m.encoded) if m.kind == kind else m for m in messages]
    with pytest.raises(Differs):
        handshakes._proofs(transcript, bent, hash_name, server)
    with pytest.raises(Differs):
        handshakes._proofs(transcript, [message for message in messages if message.kind != kind], hash_name, server)
