"""Logs as Zeek 6 writes them: tab-separated with a head, and as JSON lines."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime

import pytest

from pqscan.app.importing.found import Service, Tally
from pqscan.app.importing.zeek import MOST_LINE, read_zeek
from pqscan.errors import MalformedMessage
from pqscan.model.observation import Confidence, Subject, Support
from pqscan.model.target import NetworkTarget

FIELDS = (
    "ts",
    "uid",
    "id.orig_h",
    "id.orig_p",
    "id.resp_h",
    "id.resp_p",
    "version",
    "cipher",
    "curve",
    "server_name",
    "established",
)
HYBRID = (
    "1700000000.5",
    "C1",
    "192.0.2.7",
    "50000",
    "192.0.2.20",
    "443",
    "TLSv13",
    "TLS_AES_256_GCM_SHA384",
    "unknown-4588",
    "www.example.vn",
    "T",
)
OLD = (
    "1700000100.5",
    "C2",
    "192.0.2.8",
    "50001",
    "192.0.2.20",
    "443",
    "TLSv12",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "secp256r1",
    "www.example.vn",
    "T",
)
BROKEN = (
    "1700000200.5",
    "C3",
    "192.0.2.9",
    "50002",
    "192.0.2.20",
    "443",
    "TLSv10",
    "TLS_RSA_WITH_RC4_128_SHA",
    "-",
    "www.example.vn",
    "F",
)
SSH_FIELDS = (
    "ts",
    "id.orig_h",
    "id.resp_h",
    "id.resp_p",
    "version",
    "client",
    "server",
    "cipher_alg",
    "mac_alg",
    "kex_alg",
    "host_key_alg",
)
SSH = (
    *("1700000000.1", "192.0.2.7", "2001:db8::22", "22", "2", "SSH-2.0-PuTTY", "SSH-2.0-OpenSSH_9.9"),
    *("aes256-gcm@openssh.com", "-", "mlkem768x25519-sha256", "ssh-ed25519"),
)


def log(path: str, fields: tuple[str, ...], *rows: tuple[str, ...]) -> bytes:
    head = [
        "#separator \\x09",
        "#set_separator\t,",
        "#empty_field\t(empty)",
        "#unset_field\t-",
        f"#path\t{path}",
        "#open\t2026-11-29-08-00-00",
    ]
    lines = [
        *head,
        "\t".join(("#fields", *fields)),
        "\t".join(("#types", *("string" for _ in fields))),
        *("\t".join(row) for row in rows),
    ]
    return "\n".join([*lines, "#close\t2026-11-29-09-00-00"]).encode() + b"\n"


def json_lines(fields: tuple[str, ...], *rows: tuple[str, ...]) -> bytes:
    written = []
    for row in rows:
        values: dict[str, object] = dict(zip(fields, row, strict=True))
        values["ts"], values["id.resp_p"] = float(row[0]), int(str(values["id.resp_p"]))
        if "established" in values:
            values["established"] = values["established"] == "T"
        written.append(json.dumps({name: value for name, value in values.items() if value != "-"}))
    return "\n".join(written).encode() + b"\n"


def read(data: bytes) -> tuple[list[Service], Tally]:
    tally = Tally()
    return list(read_zeek(io.BytesIO(data), tally)), tally


@pytest.mark.parametrize("data", [log("ssl", FIELDS, HYBRID, OLD, BROKEN), json_lines(FIELDS, HYBRID, OLD, BROKEN)])
def test_a_server_is_told_once_with_all_that_it_was_seen_to_choose(data: bytes) -> None:
    (service,), tally = read(data)
    assert (service.target, service.probe) == (NetworkTarget("192.0.2.20", 443, "www.example.vn", "www.example.vn"), "tls")
    assert service.seen_at == datetime.fromtimestamp(1_700_000_100, UTC)
    told = {(one.subject, one.name or one.value, one.context) for one in service.observations}
    assert told == {
        (Subject.PROTOCOL_VERSION, "TLS1.3", None),
        (Subject.CIPHER_SUITE, "TLS_AES_256_GCM_SHA384", "TLS1.3"),
        (Subject.NAMED_GROUP, "X25519MLKEM768", "TLS1.3"),
        (Subject.PROTOCOL_VERSION, "TLS1.2", None),
        (Subject.CIPHER_SUITE, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS1.2"),
        (Subject.NAMED_GROUP, "secp256r1", "TLS1.2"),
    }
    assert {one.support for one in service.observations} == {Support.ACCEPTED}
    assert {one.confidence for one in service.observations} == {Confidence.INFERRED}
    assert not +tally.left_out


@pytest.mark.parametrize("data", [log("ssh", SSH_FIELDS, SSH), json_lines(SSH_FIELDS, SSH)])
def test_of_ssh_what_was_agreed_on_is_told(data: bytes) -> None:
    (service,), _ = read(data)
    assert (service.target, service.probe) == (NetworkTarget("2001:db8::22", 22), "ssh")
    told = {one.subject: one.value for one in service.observations}
    assert told[Subject.KEX_METHOD] == "mlkem768x25519-sha256"
    assert told[Subject.HOST_KEY] == "ssh-ed25519"
    assert told[Subject.SOFTWARE] == "OpenSSH_9.9"
    assert Subject.MAC not in told


def test_nothing_tells_who_connected() -> None:
    for data in (log("ssl", FIELDS, HYBRID), log("ssh", SSH_FIELDS, SSH)):
        text = repr(read(data)[0])
        assert "192.0.2.7" not in text
        assert "PuTTY" not in text


def test_a_server_that_came_to_no_handshake_is_counted() -> None:
    services, tally = read(log("ssl", FIELDS, BROKEN))
    assert services == []
    assert tally.left_out["import_not_looked_at"] == 1


def test_a_cut_log_counts_as_far_as_it_goes() -> None:
    data = log("ssl", FIELDS, HYBRID, OLD)
    (service,), tally = read(data[: data.index(b"#close") - 20])
    assert tally.is_cut
    assert any(one.name == "X25519MLKEM768" for one in service.observations)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no ssl.log"),
        (b"anything else\n", "no log of Zeek"),
        (log("conn", ("ts",), ("1",)), "another log"),
        (log("x509", ("ts",), ("1",)), "names no service"),
        (b"#separator x\n", "separator"),
        (b"{broken\n", "JSON"),
        (b"{" + b'"a":[' * 100_000 + b"\n", "more than|JSON"),
        (b"x" * (MOST_LINE + 1), "more than"),
        (log("ssl", FIELDS), "no line"),
    ],
)
def test_what_is_no_such_log_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(MalformedMessage, match=says):
        read(data)


@pytest.mark.parametrize("row", [{"id.resp_h": "nowhere"}, {"id.resp_p": "0"}, {"id.resp_p": "x"}])
def test_a_line_without_an_address_is_counted(row: dict[str, str]) -> None:
    values = tuple(row.get(name, value) for name, value in zip(FIELDS, HYBRID, strict=True))
    services, tally = read(log("ssl", FIELDS, values))
    assert services == []
    assert tally.left_out["import_no_address"] == 1
