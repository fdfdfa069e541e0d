"""Logs as Zeek 6 writes them: tab-separated with a head, and as JSON lines."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from datetime import UTC, datetime

import pytest

from pqscan.app.importing.found import Service, Tally
from pqscan.app.importing.zeek import MOST_LINE, read_zeek
from pqscan.errors import MalformedMessage
from pqscan.model.observation import Confidence, Subject, Support
from pqscan.model.target import NetworkTarget
from tests.unit.wire.pki.making import signed

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


@pytest.mark.parametrize(
    ("banner", "versions"),
    [
        ("SSH-2.0-OpenSSH_9.9", ["SSH-2.0"]),
        ("SSH-1.99-Cisco-1.25", ["SSH-2.0", "SSH-1"]),
        ("SSH-1.5-OpenSSH_3.4", ["SSH-1"]),
        ("-", []),
    ],
)
def test_a_banner_tells_ssh_1_too(banner: str, versions: list[str]) -> None:
    (service,), _ = read(log("ssh", SSH_FIELDS, (*SSH[:6], banner, *SSH[7:])))
    assert [one.value for one in service.observations if one.subject is Subject.PROTOCOL_VERSION] == versions


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
        (log("x509", ("ts", "fingerprint"), ("1", "ab")), "names no service"),
        (log("x509", ("ts",)), "no ssl.log"),
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


KEYS = (
    *("ts", "fingerprint", "certificate.key_alg", "certificate.sig_alg", "certificate.key_type", "certificate.key_length"),
    *("certificate.curve", "cert"),
)
LEAF, ISSUER = signed("www.example.vn"), signed("ca.example")
CHAIN = ",".join(hashlib.sha256(der).hexdigest() for der in (LEAF, ISSUER))
RSA = ("1", CHAIN[:64], "rsaEncryption", "sha256WithRSAEncryption", "rsa", "2048", "-", "-")
CURVE = ("1", CHAIN[:64], "id-ecPublicKey", "ecdsa-with-SHA384", "ecdsa", "256", "prime256v1", "-")
UNNAMED = ("1", CHAIN[:64], "2.16.840.1.101.3.4.3.18", "unknown 2.16.840.1.101.3.4.3.18", "unknown", "0", "-", "-")
NONSENSE = ("1", CHAIN[:64], "nothing known", "-", "rsa", "99999999999", "-", "-")


def with_chain(*rows: tuple[str, ...], column: str = "cert_chain_fps") -> bytes:
    return log("ssl", (*FIELDS, column), *((*row, CHAIN) for row in rows))


def joined(ssl: bytes, x509: bytes) -> Service:
    (service,) = read_zeek(io.BytesIO(ssl), Tally(), io.BytesIO(x509))
    return service


def of_certificate(service: Service) -> list[tuple[str, str | None, dict[str, str | int]]]:
    found = [one for one in service.observations if one.subject in (Subject.CERTIFICATE_KEY, Subject.CERTIFICATE_SIGNATURE)]
    assert {(one.support, one.confidence, one.context) for one in found} <= {(Support.OFFERED, Confidence.INFERRED, "imported")}
    return [(one.subject.value, one.name, dict(one.parameters)) for one in found]


@pytest.mark.parametrize(
    ("row", "key", "size", "signature"),
    [
        (RSA, "RSA", {"size_bits": 2048}, "sha256WithRSAEncryption"),
        (CURVE, "EC", {"parameter": "secp256r1", "size_bits": 256}, "ecdsa-with-sha384"),
        (UNNAMED, "ML-DSA-65", {}, "ML-DSA-65"),
    ],
)
@pytest.mark.parametrize("form", ["log", "json"])
def test_the_key_of_the_certificate_that_ssl_log_names_is_told(
    row: tuple[str, ...], key: str, size: dict[str, str | int], signature: str, form: str
) -> None:
    if form == "log":
        service = joined(with_chain(HYBRID, OLD), log("x509", KEYS, row))
    else:
        first = json.loads(json_lines(FIELDS, HYBRID)) | {"cert_chain_fps": CHAIN.split(",")}
        values = {name: value for name, value in zip(KEYS, row, strict=True) if value != "-"}
        service = joined(json.dumps(first).encode() + b"\n", json.dumps(values).encode() + b"\n")
    (told_key, told_signature) = of_certificate(service)
    assert told_key == ("certificate_key", key, size)
    assert told_signature[:2] == ("certificate_signature", signature)
    assert (service.chains, service.certificates) == ((), ())


def test_lines_of_both_logs_in_one_file_are_joined_in_any_order() -> None:
    first = json.loads(json_lines(FIELDS, HYBRID)) | {"cert_chain_fps": CHAIN.split(",")}
    certificate = dict(zip(KEYS, CURVE, strict=True))
    for lines in ((first, certificate), (certificate, first)):
        (service,), _ = read("".join(json.dumps(line) + "\n" for line in lines).encode())
        assert [name for _, name, _ in of_certificate(service)] == ["EC", "ecdsa-with-sha384"]


def test_older_logs_are_joined_by_the_number_of_the_file() -> None:
    service = joined(with_chain(HYBRID, column="cert_chain_fuids"), log("x509", ("id", *KEYS[2:]), (RSA[1], *RSA[2:])))
    assert of_certificate(service)[0][1] == "RSA"


def test_certificates_that_the_log_carries_are_kept_as_a_chain() -> None:
    digests = CHAIN.split(",")
    rows = [
        (*CURVE[:1], digest, *CURVE[2:7], base64.b64encode(der).decode())
        for digest, der in zip(digests, (LEAF, ISSUER), strict=True)
    ]
    service = joined(with_chain(HYBRID, OLD), log("x509", KEYS, *rows))
    assert service.certificates == (LEAF, ISSUER)
    assert [(chain.context, chain.server_name) for chain in service.chains] == [("imported", "www.example.vn")]
    assert of_certificate(service) == []


def test_a_certificate_that_is_not_the_one_it_is_named_as_is_not_kept() -> None:
    row = (*CURVE[:7], base64.b64encode(ISSUER).decode())
    service = joined(with_chain(HYBRID), log("x509", KEYS, row))
    assert service.certificates == ()
    assert of_certificate(service)[0][1] == "EC"


@pytest.mark.parametrize("row", [NONSENSE, ("1", "another", *RSA[2:])])
def test_of_what_no_row_names_nothing_is_told(row: tuple[str, ...]) -> None:
    assert of_certificate(joined(with_chain(HYBRID), log("x509", KEYS, row))) == []


def test_of_a_connection_that_came_to_no_handshake_no_certificate_is_told() -> None:
    service = joined(log("ssl", (*FIELDS, "cert_chain_fps"), (*HYBRID, "-"), (*BROKEN, CHAIN)), log("x509", KEYS, RSA))
    assert of_certificate(service) == []


@pytest.mark.parametrize("x509", [b"", log("ssl", FIELDS, HYBRID), log("x509", KEYS)])
def test_what_is_no_x509_log_is_refused(x509: bytes) -> None:
    with pytest.raises(MalformedMessage, match="given as x509"):
        joined(with_chain(HYBRID), x509)
