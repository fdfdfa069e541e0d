"""Files that a configuration takes in may set the same: what stands in this one is told, and is no proof of what is in force."""

from __future__ import annotations

import pytest

from pqscan.model.observation import Subject
from tests.unit.probes.configuration.making import facts, of, parameters, state

APACHE = "Listen 443\nServerName a\n{}\n<VirtualHost *:443>\nSSLEngine on\nSSLProtocol TLSv1.3\n{}\n</VirtualHost>\n{}\n"
GROUPS = "SSLOpenSSLConfCmd Groups X25519MLKEM768"
PG = "shared_buffers = 128MB\n{}ssl = on\nssl_groups = 'X25519MLKEM768'\nssl_min_protocol_version = 'TLSv1.3'\n{}"
MYSQL = "{}[mysqld]\nuser=mysql\ntls_version=TLSv1.3\ntls_kex=X25519MLKEM768\n{}"
DOVECOT = "{}protocols = imap\nssl = required\nssl_min_protocol = TLSv1.3\nssl_curve_list = X25519MLKEM768\n{}"
NGINX = "http {{ {} server {{ listen 443 ssl; server_name a; {} }} {} }}\n"
TLS13 = "ssl_protocols TLSv1.3; ssl_ecdh_curve X25519MLKEM768;"
HANDED = "ssl_protocols TLSv1.3; ssl_conf_command Groups X25519MLKEM768;"
IKE = "aes256-sha256-x25519-ke1_mlkem768"
IPSEC = "{}conn %default\n  keyexchange=ikev2\n  left=1.2.3.4\n{}conn a\n  right=b\n{}"
SWANCTL = "connections {{\n a {{\n  remote_addrs = b\n  version = 2\n  proposals = {}\n {} }}\n}}\n{}"
OPENSSL = (
    "openssl_conf = i\n[i]\nssl_conf = s\n[s]\nsystem_default = d\n[d]\n{}\nGroups = X25519MLKEM768\nMinProtocol = TLSv1.3\n{}\n"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (APACHE.format("", f"{GROUPS}\nInclude /etc/letsencrypt/options-ssl-apache.conf", ""), "unknown"),
        (APACHE.format("", f"IncludeOptional x/*.conf\nSSLProtocol TLSv1.3\n{GROUPS}", ""), "exclusive"),
        (APACHE.format("", GROUPS, "IncludeOptional sites-enabled/*.conf"), "exclusive"),  # It is outside of the host.
        (APACHE.format(GROUPS, "", "Include x.conf"), "unknown"),
        (APACHE.format(GROUPS, "Include x.conf", ""), "unknown"),
        (PG.format("", "include_dir = 'conf.d'\n"), "unknown"),
        (PG.format("", "include_if_exists 'x.conf'\n"), "unknown"),
        (PG.format("include 'x.conf'\n", ""), "exclusive"),
        (MYSQL.format("", "!includedir /etc/mysql/conf.d/\n"), "unknown"),
        (MYSQL.format("", "[client]\nport=1\n!include /etc/x.cnf\n"), "unknown"),
        (MYSQL.format("!includedir /etc/mysql/conf.d/\n", ""), "exclusive"),
        (DOVECOT.format("", "!include_try local.conf\n"), "unknown"),
        (DOVECOT.format("!include conf.d/*.conf\n", ""), "exclusive"),
        (NGINX.format("", f"{TLS13} include snippets/ssl.conf;", ""), "unknown"),
        (NGINX.format("", f"include snippets/ssl.conf; {TLS13}", ""), "unknown"),
        (NGINX.format(TLS13, "include x.conf;", ""), "unknown"),
        (NGINX.format("", f"{HANDED} location / {{ include fastcgi.conf; }}", ""), "exclusive"),
        (NGINX.format("include mime.types;", TLS13, "include conf.d/*.conf;"), "exclusive"),
        (IPSEC.format("include x\n", "", f"  ike={IKE}!\n  keyexchange=ikev2\n"), "exclusive"),
        (IPSEC.format("", f"  ike={IKE}!\n", "include /etc/ipsec.d/*.conf\n"), "unknown"),
        (SWANCTL.format(IKE, "", "include conf.d/*.conf\n"), "unknown"),
        (SWANCTL.format(IKE, "include a.conf\n", ""), "unknown"),
        ("include conf.d/*.conf\n" + SWANCTL.format(IKE, "", ""), "exclusive"),
        (OPENSSL.format("", ".include = /etc/crypto-policies/back-ends/opensslcnf.config"), "unknown"),
        (OPENSSL.format("", ".include /etc/x.cnf"), "unknown"),
        (OPENSSL.format(".include /etc/x.cnf", ""), "exclusive"),
    ],
)
def test_what_another_file_may_set_anew_is_no_proof(text: str, expected: str) -> None:
    assert state(text) == expected


def test_the_value_is_told_beside_the_reason() -> None:
    found = [one for one in facts(PG.format("", "include_dir = 'x'\n")).observations if one.subject is Subject.NAMED_GROUP]
    assert [one.name or one.value for one in found] == ["X25519MLKEM768", "*"]
    assert parameters(found[1])["reason"] == "configuration_set_anew"


def test_of_several_lines_of_swanctl_the_last_one_counts() -> None:
    text = SWANCTL.format("aes256-sha256-x25519", f"proposals = {IKE}\n", "")
    assert of(text, Subject.IKE_ADDITIONAL_KEY_EXCHANGE) == ["ML-KEM-768"]
