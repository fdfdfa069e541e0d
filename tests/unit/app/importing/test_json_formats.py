"""What sslyze, testssl.sh and ssh-audit found: real output, and files that are none."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from pqscan.app.importing.found import Tally
from pqscan.app.importing.json_file import MOST_VALUES, read_json
from pqscan.errors import MalformedMessage
from pqscan.model.observation import Confidence, RankBasis, Subject, Support
from tests.unit.app.importing.made import FILES, READERS, VECTORS, services_of, told

JSON_FORMATS = ("sslyze", "testssl", "ssh-audit")


def test_sslyze_tells_versions_suites_groups_and_the_chain() -> None:
    services, tally = services_of("sslyze")
    assert tally.program == "sslyze 6.3.1"
    assert sorted(services) == [24443, 24444]
    tls = services[24443]
    assert (tls.target.spelling, tls.probe, tls.protocol) == ("127.0.0.1:24443", "tls", "tls")
    assert tls.seen_at is not None
    assert tls.seen_at.replace(microsecond=0) == datetime(2026, 11, 29, 14, 32, 42, tzinfo=UTC)
    assert told(tls, Subject.PROTOCOL_VERSION) == ["TLS1.2", "TLS1.3"]
    assert told(tls, Subject.CIPHER_SUITE, "TLS1.2") == [
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    ]
    assert set(told(tls, Subject.NAMED_GROUP, "TLS1.3")) == {"x25519", "x448", "secp256r1", "secp384r1", "secp521r1"}
    assert [(chain.context, len(chain.certificates)) for chain in tls.chains] == [("imported", 2)]
    assert told(services[24444], Subject.PROTOCOL_VERSION) == ["TLS1.0"]


def test_what_sslyze_found_refused_is_not_taken_over() -> None:
    services, _ = services_of("sslyze")
    assert {o.support for service in services.values() for o in service.observations} == {Support.ACCEPTED}
    assert {o.confidence for service in services.values() for o in service.observations} == {Confidence.INFERRED}


def test_sslyze_behind_starttls_is_that_target() -> None:
    document = json.loads(FILES["sslyze"].read_bytes())
    document["server_scan_results"][0]["network_configuration"]["tls_opportunistic_encryption"] = "SMTP"
    services, _ = services_of("sslyze", json.dumps(document).encode())
    port = document["server_scan_results"][0]["server_location"]["port"]
    assert (services[port].target.starttls, services[port].protocol) == ("smtp", "smtp")


def test_testssl_tells_versions_suites_in_their_order_curves_and_the_certificate() -> None:
    services, tally = services_of("testssl")
    assert tally.program == "testssl.sh"
    tls = services[24443]
    assert tls.seen_at is None
    assert told(tls, Subject.PROTOCOL_VERSION) == ["TLS1.2", "TLS1.3"]
    suites = [o for o in tls.observations if o.subject is Subject.CIPHER_SUITE and o.context == "TLS1.2"]
    assert [(o.name, o.rank, o.rank_basis) for o in suites] == [
        ("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", 1, RankBasis.LIST_ORDER),
        ("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", 2, RankBasis.LIST_ORDER),
        ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", 3, RankBasis.LIST_ORDER),
    ]
    assert told(tls, Subject.NAMED_GROUP) == ["secp256r1", "secp384r1", "secp521r1", "x25519", "x448"]
    assert [len(chain.certificates) for chain in tls.chains] == [1]


def finding(key: str, text: str) -> dict[str, str]:
    return {"id": key, "ip": "www.example.vn/192.0.2.1", "port": "443", "severity": "OK", "finding": text}


def test_testssl_without_an_order_of_the_server_tells_no_ranks() -> None:
    rows = [finding("cipher_order", "client"), finding("cipherorder_TLSv1_2", "ECDHE-RSA-AES128-GCM-SHA256")]
    services, _ = services_of("testssl", json.dumps(rows).encode())
    assert [o.rank for o in services[443].observations if o.subject is Subject.CIPHER_SUITE] == [None]
    assert services[443].target.server_name == "www.example.vn"


def test_testssl_by_protocol_and_its_hybrids() -> None:
    rows = [
        finding("TLS1", "not offered"),
        finding("TLS1_1", "offered (deprecated)"),
        finding("SSLv2", "offered, no cipher"),
        finding("cipher-tls1_3_x1302", "TLSv1.3   x1302   TLS_AES_256_GCM_SHA384"),
        finding("FS_KEMs", "X25519MLKEM768 nonsense"),
    ]
    services, _ = services_of("testssl", json.dumps(rows).encode())
    assert told(services[443], Subject.PROTOCOL_VERSION) == ["TLS1.1", "TLS1.3"]
    assert told(services[443], Subject.CIPHER_SUITE, "TLS1.3") == ["TLS_AES_256_GCM_SHA384"]
    assert told(services[443], Subject.NAMED_GROUP, "TLS1.3") == ["X25519MLKEM768"], "no other version has hybrids"


def test_testssl_that_learned_nothing_is_counted() -> None:
    services, tally = services_of("testssl", json.dumps([finding("scanProblem", "fatal")]).encode())
    assert (services, tally.left_out["import_not_looked_at"]) == ({}, 1)


def test_ssh_audit_tells_the_lists_and_the_sizes_of_keys() -> None:
    services, _ = services_of("ssh-audit")
    ssh = services[24022]
    assert (ssh.target.spelling, ssh.probe) == ("127.0.0.1:24022", "ssh")
    assert told(ssh, Subject.PROTOCOL_VERSION) == ["SSH-2.0"]
    assert told(ssh, Subject.SOFTWARE) == ["OpenSSH_9.2p1 Debian-2+deb12u10"]
    keys = {o.value: o.parameters for o in ssh.observations if o.subject is Subject.HOST_KEY}
    assert keys == {"rsa-sha2-512": (("size_bits", 3072),), "rsa-sha2-256": (("size_bits", 3072),), "ssh-ed25519": ()}
    assert told(ssh, Subject.SELECTED_KEX_METHOD) == ["sntrup761x25519-sha512"]


def test_ssh_audit_knows_one_direction_and_no_more_is_told() -> None:
    services, _ = services_of("ssh-audit")
    observations = services[24022].observations
    directed = {o.context for o in observations if o.subject in (Subject.ENCRYPTION, Subject.MAC, Subject.COMPRESSION)}
    assert directed == {"server-to-client"}
    assert not {Subject.SELECTED_ENCRYPTION, Subject.SELECTED_MAC} & {o.subject for o in observations}


def test_ssh_audit_of_a_name_has_no_address() -> None:
    document = json.loads(FILES["ssh-audit"].read_bytes())
    services, tally = services_of("ssh-audit", json.dumps([document, document | {"target": "ssh.example.vn:22"}]).encode())
    assert list(services) == [24022]
    assert tally.left_out["import_no_address"] == 1


@pytest.mark.parametrize("form", JSON_FORMATS)
@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no JSON"),
        (b"\xff\xfe{\x00}\x00", "not UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[" * 900 + b"]" * 900, "not what"),
        (b'{"a":' + b"9" * 5000 + b"}", "no JSON"),
        (b"[" + b"1," * MOST_VALUES + b"1]", "split it"),
        (b"null", "not what"),
    ],
    ids=["empty", "utf-16", "deep", "within", "number", "many", "null"],
)
def test_what_is_no_such_json_is_refused(form: str, data: bytes, why: str) -> None:
    with pytest.raises(MalformedMessage, match=why):
        services_of(form, data)


@pytest.mark.parametrize("form", JSON_FORMATS)
@pytest.mark.parametrize("other", JSON_FORMATS)
def test_another_programs_file_is_named_as_what_it_is(form: str, other: str) -> None:
    if form == other:
        assert services_of(form)[0]
        return
    with pytest.raises(MalformedMessage, match=f"what {other} writes; use `pqscan import {other}`"):
        list(READERS[form](FILES[other].read_bytes(), Tally()))


def test_xml_is_no_json_and_json_no_xml() -> None:
    with pytest.raises(MalformedMessage, match="no XML"):
        services_of("nmap", FILES["sslyze"].read_bytes())
    with pytest.raises(MalformedMessage, match="no JSON"):
        services_of("sslyze", FILES["nmap"].read_bytes())


def test_a_byte_order_mark_is_no_fault() -> None:
    assert read_json(b"\xef\xbb\xbf{}") == {}


def test_testssl_pretty_tells_the_same_and_when() -> None:
    flat, _ = services_of("testssl")
    pretty, tally = services_of("testssl", (VECTORS / "testssl-3.0.8-pretty.json").read_bytes())
    assert tally.program == "testssl.sh 3.0.8"
    assert pretty[24443].observations == flat[24443].observations
    assert pretty[24443].seen_at == datetime(2026, 11, 29, 14, 33, 40, tzinfo=UTC)
