"""What products allow in their files and few people write: read as the product reads it."""

from __future__ import annotations

import pytest

from pqscan.model.observation import Subject
from tests.unit.probes.configuration.making import of, parts, product, state

LDIF = (
    "dn: cn=config\nobjectClass: olcGlobal\ncn: config\nolcTLSCertificateFile: /c\n"
    "olcTLSCipherSuite: ECDHE-RSA-AES256-GCM-SHA384:EC\n"
)
OPENVPN = "port 1194\nproto udp\ndev tun\nca ca.crt\ndh none\nserver 10.8.0.0 255.255.255.0\nkeepalive 10 120\n{}\n"
KNOT = "server:\n    listen: 127.0.0.1@53\npolicy:\n  - id: a # x\n    algorithm: {} # strong\n"
KAFKA = """broker.id=1
listeners=INTERNAL://:9092,EXTERNAL://:9093
listener.security.protocol.map=INTERNAL:PLAINTEXT,EXTERNAL:SSL
log.dirs=/x
listener.name.external.ssl.enabled.protocols={}
listener.name.external.ssl.keystore.location=/k
"""


def test_a_value_of_ldif_may_be_folded_within_a_word() -> None:
    text = f"{LDIF} DHE-RSA-AES128-GCM-SHA256\n"
    assert of(text, Subject.CIPHER_SUITE) == ["TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"]


@pytest.mark.parametrize(
    "text",
    [
        "[mysqld-8.0]\nuser=mysql\ntls_version=TLSv1.2\n",
        "[mysqld]\nuser=mysql\nloose_tls_version=TLSv1.2\n",
        "[mysqld-8.4]\r\nuser=mysql\r\nloose-tls-version = TLSv1.2\r\n",
        "[mariadb-11.4]\nuser=mysql\ntls-version = TLSv1.2\n",
    ],
)
def test_groups_of_one_version_of_mysql_and_names_that_may_be_unknown_are_read(text: str) -> None:
    assert product(text) == "mysql"
    assert (of(text, Subject.PROTOCOL_VERSION), state(text)) == (["TLS1.2"], "vulnerable")


@pytest.mark.parametrize("line", ["tls-crypt ta.key", "tls-auth ta.key 0", "cipher AES-256-CBC", "ifconfig-pool-persist ipp.txt"])
def test_a_server_of_openvpn_that_names_no_version_of_tls_is_one(line: str) -> None:
    assert product(OPENVPN.format(line)) == "openvpn"
    assert state(OPENVPN.format(line)) == "unknown"


@pytest.mark.parametrize(
    ("word", "name"), [("ECDSAP384SHA384", "ECDSAP384SHA384"), ("rsasha256", "RSASHA256"), ("ed25519", "ED25519")]
)
def test_a_policy_of_knot_is_one_without_words_for_its_lifetimes(word: str, name: str) -> None:
    assert of(KNOT.format(word), Subject.DNSSEC_ALGORITHM) == [name]


@pytest.mark.parametrize(("versions", "expected"), [("TLSv1.2", "vulnerable"), ("TLSv1.3", "unknown")])
def test_a_listener_of_kafka_has_lines_of_its_own(versions: str, expected: str) -> None:
    assert parts(KAFKA.format(versions)) == ["listener external"]
    assert state(KAFKA.format(versions)) == expected


def test_what_a_listener_of_kafka_does_not_set_is_set_for_all() -> None:
    text = f"ssl.keystore.location=/k\nssl.cipher.suites=TLS_AES_256_GCM_SHA384\n{KAFKA.format('TLSv1.3')}"
    assert of(text, Subject.CIPHER_SUITE, "listener external") == ["TLS_AES_256_GCM_SHA384"]
    assert of(text, Subject.PROTOCOL_VERSION, "global") == []


def test_sections_of_openssl_have_names_of_one_s_own() -> None:
    text = "openssl_conf=o\n[o]\nssl_conf=s\n[s]\nclient=c\nserver=v\n[c]\nGroups=X25519MLKEM768\n[v]\nCurves=P-256\n"
    assert (of(text, Subject.NAMED_GROUP, "c"), of(text, Subject.NAMED_GROUP, "v")) == (["X25519MLKEM768"], ["secp256r1"])


def test_lists_of_crypto_policies_go_on_behind_a_backslash() -> None:
    text = "min_dh_size = 3072\ngroup = X25519 SECP256R1 \\\n  FFDHE-3072\nsha1_in_certs = 0\n"
    assert of(text, Subject.NAMED_GROUP) == ["x25519", "secp256r1", "ffdhe3072"]
