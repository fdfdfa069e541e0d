"""The key schedule and record protection against RFC 8448, section 3, and recorded handshakes of Go and OpenSSL."""

from __future__ import annotations

import hashlib

import pytest

from pqscan.errors import MalformedMessage
from pqscan.wire.tls.key_schedule import SUITES, Protection, Secret, handshake_secret
from tests.unit.wire.tls.recorded import RECORDINGS, Recording, load

RFC = {name: value for name, value in load("rfc8448-simple-1rtt").items() if isinstance(value, str)}
ZEROS = Secret("sha256", bytes(32))
FLIGHT = ("client_hello", "server_hello", "encrypted_extensions", "certificate", "certificate_verify", "server_finished")


def octets(name: str) -> bytes:
    return bytes.fromhex(RFC[name])


def transcript(last: str) -> bytes:
    return hashlib.sha256(b"".join(octets(name) for name in FLIGHT[: FLIGHT.index(last) + 1])).digest()


def test_the_secrets_of_rfc_8448_come_out() -> None:
    handshake = handshake_secret("sha256", octets("shared_secret"))
    assert handshake.value == octets("handshake_secret")
    hello = transcript("server_hello")
    assert handshake.derive(b"c hs traffic", hello).value == octets("client_handshake_traffic_secret")
    assert handshake.derive(b"s hs traffic", hello).value == octets("server_handshake_traffic_secret")
    main = handshake.main_secret()
    assert main.value == octets("master_secret")
    done = transcript("server_finished")
    assert main.derive(b"c ap traffic", done).value == octets("client_application_traffic_secret_0")
    assert main.derive(b"s ap traffic", done).value == octets("server_application_traffic_secret_0")
    assert main.derive(b"exp master", done).value == octets("exporter_master_secret")


@pytest.mark.parametrize("side", ["client", "server"])
def test_keys_and_ivs_of_rfc_8448_come_out(side: str) -> None:
    secret = Secret("sha256", octets(f"{side}_handshake_traffic_secret"))
    assert secret.expand(b"key", b"", 16) == octets(f"{side}_handshake_key")
    assert secret.expand(b"iv", b"", 12) == octets(f"{side}_handshake_iv")


def test_the_finished_messages_of_rfc_8448_come_out() -> None:
    server = Secret("sha256", octets("server_handshake_traffic_secret")).finished_mac(transcript("certificate_verify"))
    assert server == octets("server_finished")[4:]
    client = Secret("sha256", octets("client_handshake_traffic_secret")).finished_mac(transcript("server_finished"))
    assert client == octets("client_finished")[4:]


def test_the_server_flight_of_rfc_8448_opens() -> None:
    record = octets("server_flight_record")
    kind, plaintext = Protection(SUITES[0x1301], Secret("sha256", octets("server_handshake_traffic_secret"))).open(
        record[:5], record[5:]
    )
    assert kind == 22
    assert plaintext == b"".join(octets(name) for name in FLIGHT[2:])


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda recording: recording.name)
def test_recorded_secrets_and_plaintexts_come_out(recording: Recording) -> None:
    suite = SUITES[recording.suite]
    name, digest = suite.hash_name, recording.octets("transcript_hash_ch_sh")
    handshake = handshake_secret(name, recording.octets("dhe_shared_secret"))
    assert handshake.value == recording.octets("handshake_secret")
    client = handshake.derive(b"c hs traffic", digest)
    assert client.value == recording.octets("client_handshake_traffic_secret")
    server = handshake.derive(b"s hs traffic", digest)
    assert server.value == recording.octets("server_handshake_traffic_secret")
    assert server.expand(b"key", b"", suite.key_bytes) == recording.octets("server_handshake_key")
    incoming = Protection(suite, server)
    opened = [incoming.open(record[:5], record[5:]) for record in recording.encrypted]
    assert {kind for kind, _ in opened} == {22}
    assert b"".join(plaintext for _, plaintext in opened) == b"".join(recording.decrypted)


@pytest.mark.parametrize("number", sorted(SUITES), ids=hex)
def test_what_is_sealed_opens_in_its_order_only(number: int) -> None:
    suite, secret = SUITES[number], Secret(SUITES[number].hash_name, b"\x07" * 32)
    outgoing, incoming = Protection(suite, secret), Protection(suite, secret)
    records = [outgoing.seal(22, b"first"), outgoing.seal(21, b"second"), outgoing.seal(23, b"")]
    for record, expected in zip(records, [(22, b"first"), (21, b"second"), (23, b"")], strict=True):
        assert record[:3] == b"\x17\x03\x03"
        assert int.from_bytes(record[3:5], "big") == len(record) - 5
        assert len(record) == 5 + len(expected[1]) + 1 + suite.tag_bytes
        assert incoming.open(record[:5], record[5:]) == expected
    with pytest.raises(MalformedMessage):  # The sequence number has moved on.
        incoming.open(records[0][:5], records[0][5:])


@pytest.mark.parametrize("at", [0, 3, 5, 9, -1])
def test_a_record_with_a_changed_bit_does_not_open(at: int) -> None:
    record = bytearray(Protection(SUITES[0x1303], ZEROS).seal(22, b"hello"))
    record[at] ^= 1
    with pytest.raises(MalformedMessage):
        Protection(SUITES[0x1303], ZEROS).open(bytes(record[:5]), bytes(record[5:]))


@pytest.mark.parametrize("size", [0, 1, 15, 16])
def test_a_record_too_short_to_hold_anything_is_malformed(size: int) -> None:
    with pytest.raises(MalformedMessage):
        Protection(SUITES[0x1301], ZEROS).open(b"\x17\x03\x03" + size.to_bytes(2, "big"), bytes(size))


def _sealed_raw(inner: bytes) -> tuple[bytes, bytes]:
    outgoing = Protection(SUITES[0x1301], ZEROS)
    header = b"\x17\x03\x03" + (len(inner) + 16).to_bytes(2, "big")
    return header, outgoing._aead.encrypt(outgoing._nonce(), inner, header)


def test_padding_is_taken_off() -> None:
    assert Protection(SUITES[0x1301], ZEROS).open(*_sealed_raw(b"data\x00\x16" + bytes(100))) == (22, b"data\x00")


@pytest.mark.parametrize("size", [0, 1, 50])
def test_a_record_of_padding_alone_is_malformed(size: int) -> None:
    with pytest.raises(MalformedMessage, match="padding"):
        Protection(SUITES[0x1301], ZEROS).open(*_sealed_raw(bytes(size)))
