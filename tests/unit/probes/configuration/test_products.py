"""What the lines of each product put in force: a table of truth, by the product's own manual."""

from __future__ import annotations

import pytest

from pqscan.errors import WrongProtocol
from pqscan.model.observation import Subject
from tests.unit.probes.configuration.making import facts, of, parameters, parts, product, state

HYBRID, TRADITIONAL = "X25519MLKEM768:X25519", "X25519:P-256"
FIRST, SECOND, BOTH = ["X25519MLKEM768", "x25519"], ["x25519", "secp256r1"], ["X25519MLKEM768", "x25519", "secp256r1"]
APACHE = """<VirtualHost *:443>
 ServerName a.example
 SSLEngine on
 {}
</VirtualHost>
"""
HAPROXY = "global\n maxconn 10\n {}\nfrontend web\n mode http\n bind :443 ssl crt /x {}\n"
POSTFIX = "myhostname = a.example\nsmtpd_tls_security_level = may\n{}\n"
DOVECOT = "ssl = required\nssl_client_ca_dir = /etc/ssl/certs\n{}\n"
EXIM = "primary_hostname = a\ntls_advertise_hosts = *\n{}\nbegin acl\nacl_check_rcpt:\n  accept hosts = :\n"
OPENSSL = "openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\n{}\n[unused]\nMinProtocol = TLSv1\nGroups = P-384\n"
JAVA = "security.provider.1=SUN\njdk.tls.disabledAlgorithms=SSLv3, TLSv1, RC4, DES, X25519MLKEM768\n{}\n"
POSTGRESQL = "shared_buffers = 128MB\nssl = on # why\n{}\n"
MYSQL = "[client]\nport = 3306\n[mysqld]\nuser = mysql\n{}\n"
REDIS = "port 0\ntls-port 6379\ntls-cert-file /x\n{}\n"
SLAPD = "include /x\nTLSCertificateFile /y\n{}\n"
CONFIG = "dn: cn=config\nobjectClass: olcGlobal\ncn: config\nolcTLSCertificateFile: /y\n{}\n"
LDAP = "BASE dc=a\nTLS_CACERT /x\n{}\n"
OPENVPN = "client\nremote-cert-tls server\n{}\n"
KAFKA = "broker.id=1\nlisteners=SSL://:9093\nssl.keystore.location=/x\n{}\n"


@pytest.mark.parametrize(
    ("lines", "versions"),
    [
        ("SSLProtocol TLSv1.3\nSSLOpenSSLConfCmd MinProtocol TLSv1.2", ["TLS1.2", "TLS1.3"]),
        ("SSLProtocol TLSv1.2\nSSLOpenSSLConfCmd MaxProtocol TLSv1.3", ["TLS1.2", "TLS1.3"]),
        ("SSLProtocol all -SSLv3\nSSLOpenSSLConfCmd MinProtocol TLSv1.3", ["TLS1.3"]),
        ("SSLProtocol TLSv1.2\nSSLOpenSSLConfCmd MinProtocol TLSv1.3", ["*"]),
        ('SSLProtocol TLSv1.3\nSSLOpenSSLConfCmd Protocol "-ALL, TLSv1.2"', ["*"]),
        ("SSLProtocol TLSv1.2 +TLSv1.3\nSSLOpenSSLConfCmd MaxProtocol TLSv1.2", ["TLS1.2"]),
    ],
)
def test_apache_hands_the_ends_of_versions_over_to_openssl_last(lines: str, versions: list[str]) -> None:
    # Each was tried with httpd 2.4.71 and OpenSSL 3.0: what is no version here took no connection.
    assert sorted(of(APACHE.format(lines), Subject.PROTOCOL_VERSION)) == versions


@pytest.mark.parametrize(
    ("lines", "groups"),
    [
        ("SSLOpenSSLConfCmd Groups P-384\nSSLOpenSSLConfCmd Curves P-521", ["secp521r1"]),
        ("SSLOpenSSLConfCmd Curves P-521\nSSLOpenSSLConfCmd Groups P-384", ["secp384r1"]),
    ],
)
def test_of_two_names_of_one_command_the_last_counts(lines: str, groups: list[str]) -> None:
    assert of(APACHE.format(lines), Subject.NAMED_GROUP) == groups
    assert of(f"SSLOpenSSLConfCmd Groups X25519\n{APACHE.format(lines)}", Subject.NAMED_GROUP) == groups


@pytest.mark.parametrize("command", ["CipherString", "cipherstring"])
def test_ciphers_that_are_handed_over_count_before_those_of_apache(command: str) -> None:
    lines = f"SSLOpenSSLConfCmd {command} ECDHE-RSA-AES256-GCM-SHA384\nSSLCipherSuite ECDHE-RSA-AES128-GCM-SHA256"
    assert of(APACHE.format(lines), Subject.CIPHER_SUITE) == ["TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"]


@pytest.mark.parametrize(
    ("name", "text", "groups", "expected"),
    [
        ("apache", APACHE.format(f"SSLOpenSSLConfCmd Groups {HYBRID}"), FIRST, "default"),
        ("apache", APACHE.format(f"SSLOpenSSLConfCmd Curves {TRADITIONAL}"), SECOND, "vulnerable"),
        ("apache", APACHE.format("# SSLOpenSSLConfCmd Groups X25519"), ["*"], "unknown"),
        ("haproxy", HAPROXY.format(f"ssl-default-bind-curves {HYBRID}", ""), FIRST, "default"),
        ("haproxy", HAPROXY.format(f"ssl-default-bind-curves {HYBRID}", "curves P-256"), ["secp256r1"], "vulnerable"),
        ("haproxy", HAPROXY.format("", "ssl-min-ver TLSv1.3 curves X25519MLKEM768"), ["X25519MLKEM768"], "exclusive"),
        ("postfix", POSTFIX.format("tls_eecdh_auto_curves = X25519MLKEM768\n  X25519 prime256v1"), BOTH,
         "default"),
        ("postfix", POSTFIX.format("tls_eecdh_auto_curves ="), ["*"], "unknown"),
        ("dovecot", DOVECOT.format(f"ssl_curve_list = {HYBRID}"), FIRST, "default"),
        ("dovecot", DOVECOT.format(f"ssl_curve_list = {HYBRID}\nssl_curve_list = {TRADITIONAL}"), SECOND, "vulnerable"),
        ("exim", EXIM.format(f"tls_eccurve = {HYBRID}"), FIRST, "default"),
        ("exim", EXIM.format("tls_eccurve = auto"), ["*"], "unknown"),
        ("openssl", OPENSSL.format(f"Groups = {HYBRID}"), FIRST, "default"),
        ("openssl", OPENSSL.format(f"Groups = {TRADITIONAL}"), SECOND, "vulnerable"),
        ("openssl", f"[system_default_sect]\nGroups = {HYBRID}\n", FIRST, "default"),
        ("java", JAVA.format("jdk.tls.namedGroups=X25519MLKEM768, x25519,\\\n   secp256r1"), BOTH,
         "default"),
        ("java", JAVA.format(""), ["*"], "unknown"),
        ("postgresql", POSTGRESQL.format("ssl_groups = 'X25519MLKEM768:X25519:prime256v1'"), BOTH,
         "default"),
        ("postgresql", POSTGRESQL.format("ssl_ecdh_curve = 'prime256v1'\n#ssl_ecdh_curve = 'X448'"), ["secp256r1"], "vulnerable"),
        ("mysql", MYSQL.format("tls-kex = X25519MLKEM768:X25519"), FIRST, "default"),
        ("mysql", MYSQL.format("tls_version = TLSv1.2"), ["*"], "vulnerable"),
        ("redis", REDIS.format('tls-protocols "TLSv1.2 TLSv1.3"'), ["*"], "unknown"),
        ("slapd", SLAPD.format(f"TLSECName {HYBRID}"), FIRST, "default"),
        ("slapd", SLAPD.format("TLSProtocolMin 3.2\nTLSECName X25519"), ["x25519"], "vulnerable"),
        ("slapd_config", CONFIG.format(f"olcTLSECName: {HYBRID}"), FIRST, "default"),
        ("ldap_client", LDAP.format(f"TLS_ECNAME {TRADITIONAL}"), SECOND, "vulnerable"),
        ("kafka", KAFKA.format("ssl.enabled.protocols=TLSv1.2,TLSv1.3"), ["*"], "unknown"),
    ],
)  # fmt: skip
def test_truth(name: str, text: str, groups: list[str], expected: str) -> None:
    assert product(text) == name
    assert of(text, Subject.NAMED_GROUP) == groups
    assert state(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        POSTGRESQL.format(
            "ssl_groups = 'X25519MLKEM768'\nssl_min_protocol_version = 'TLSv1.2'\nssl_max_protocol_version = 'TLSv1.2'"
        ),
        OPENSSL.format("Groups = X25519MLKEM768\nMinProtocol = TLSv1.2\nMaxProtocol = TLSv1.2"),
        OPENVPN.format("tls-groups X25519MLKEM768\ntls-version-min 1.2\ntls-version-max 1.2"),
    ],
    ids=["postgresql", "openssl", "openvpn"],
)
def test_a_hybrid_group_is_no_use_where_the_least_and_the_most_leave_tls_1_3_out(text: str) -> None:
    assert state(text) == "vulnerable"


@pytest.mark.parametrize(
    ("text", "versions"),
    [
        (APACHE.format("SSLProtocol all -SSLv3 -TLSv1 -TLSv1.1"), ["TLS1.2", "TLS1.3"]),
        (APACHE.format("SSLProtocol TLSv1.2 TLSv1.3"), ["TLS1.3"]),  # The second name replaces the first.
        (APACHE.format("SSLProtocol -all +TLSv1.2 +TLSv1.3"), ["TLS1.2", "TLS1.3"]),
        (HAPROXY.format("ssl-default-bind-options no-sslv3 no-tlsv10 no-tlsv11", ""), ["TLS1.2", "TLS1.3"]),
        (
            "SSLOpenSSLConfCmd Protocol -TLSv1\n"
            + APACHE.format("SSLProtocol all\nSSLOpenSSLConfCmd Protocol -TLSv1.1\nSSLOpenSSLConfCmd Protocol -SSLv3"),
            ["TLS1.2", "TLS1.3"],
        ),
        (HAPROXY.format("ssl-default-bind-options ssl-min-ver TLSv1.3", "ssl-max-ver TLSv1.2"), ["*"]),
        (HAPROXY.format("", "force-tlsv12"), ["TLS1.2"]),
        (POSTFIX.format("smtpd_tls_protocols = !SSLv2, !SSLv3"), ["TLS1.0", "TLS1.1", "TLS1.2", "TLS1.3"]),
        (POSTFIX.format("smtpd_tls_protocols = >=TLSv1.2"), ["TLS1.2", "TLS1.3"]),
        (DOVECOT.format("ssl_min_protocol = TLSv1.2"), ["TLS1.2", "TLS1.3"]),
        (EXIM.format("openssl_options = +no_sslv2 +no_sslv3 +no_tlsv1 +no_tlsv1_1"), ["TLS1.2", "TLS1.3"]),
        (OPENSSL.format("MinProtocol = TLSv1.3"), ["TLS1.3"]),
        (OPENSSL.format("MaxProtocol = TLSv1.1"), ["TLS1.0", "TLS1.1"]),
        (JAVA.format("jdk.tls.client.protocols=TLSv1.2"), ["TLS1.2"]),
        (POSTGRESQL.format("ssl_min_protocol_version = 'TLSv1.3'"), ["TLS1.3"]),
        (POSTGRESQL.format("ssl_max_protocol_version = 'TLSv1.2'\nssl_min_protocol_version = 'TLSv1.2'"), ["TLS1.2"]),
        (POSTGRESQL.format("ssl_min_protocol_version = 'TLSv1.3'\nssl_max_protocol_version = 'TLSv1.2'"), ["*"]),
        (OPENSSL.format("MinProtocol = TLSv1.1\nMaxProtocol = TLSv1.2"), ["TLS1.1", "TLS1.2"]),
        (OPENSSL.format("minprotocol = TLSv1.1 # since 2019\nMAXPROTOCOL = TLSv1.2"), ["TLS1.1", "TLS1.2"]),
        (OPENSSL.format("TLS.MinProtocol = TLSv1.2\nDTLS.MinProtocol = DTLSv1.2"), ["TLS1.2", "TLS1.3"]),
        (OPENSSL.format("Protocol = ALL,-TLSv1.3,-TLSv1,-TLSv1.1"), ["TLS1.2"]),
        (OPENSSL.format("Protocol = ALL,-TLSv1.3\nMinProtocol = TLSv1.2"), ["TLS1.2"]),
        (OPENSSL.format("Protocol = TLSv1.2"), []),  # It takes none out, and so changes nothing.
        (OPENVPN.format("tls-version-min 1.2 or-highest"), ["TLS1.2", "TLS1.3"]),
        (OPENVPN.format("tls-version-min 1.2\ntls-version-max 1.2"), ["TLS1.2"]),
        (MYSQL.format("tls_version = TLSv1.2,TLSv1.3"), ["TLS1.2", "TLS1.3"]),
        (MYSQL.format("tls_version = TLSv1.2 # and TLSv1.3 from May on"), ["TLS1.2"]),
        (REDIS.format('tls-protocols "TLSv1.2"'), ["TLS1.2"]),
        (SLAPD.format("TLSProtocolMin 3.4"), ["TLS1.3"]),
        (KAFKA.format("ssl.enabled.protocols=TLSv1.2"), ["TLS1.2"]),
    ],
)
def test_versions(text: str, versions: list[str]) -> None:
    assert sorted(set(of(text, Subject.PROTOCOL_VERSION))) == versions


@pytest.mark.parametrize(
    ("text", "suites"),
    [
        (APACHE.format("SSLCipherSuite TLSv1.3 TLS_AES_256_GCM_SHA384"), ["TLS_AES_256_GCM_SHA384"]),
        (APACHE.format("SSLCipherSuite SSL AES128-SHA:!MD5"), ["TLS_RSA_WITH_AES_128_CBC_SHA"]),
        (APACHE.format("SSLCipherSuite AES128-SHA"), ["TLS_RSA_WITH_AES_128_CBC_SHA"]),
        (KAFKA.format("ssl.cipher.suites=TLS_AES_128_GCM_SHA256"), ["TLS_AES_128_GCM_SHA256"]),
        (REDIS.format("tls-ciphersuites TLS_CHACHA20_POLY1305_SHA256"), ["TLS_CHACHA20_POLY1305_SHA256"]),
        (MYSQL.format("ssl-cipher = DHE-RSA-AES128-SHA"), ["TLS_DHE_RSA_WITH_AES_128_CBC_SHA"]),
    ],
)
def test_suites(text: str, suites: list[str]) -> None:
    assert of(text, Subject.CIPHER_SUITE) == suites


def test_a_ban_list_is_no_use() -> None:
    assert {one.subject for one in facts(JAVA.format("")).observations} == {Subject.SOFTWARE, Subject.NAMED_GROUP}
    assert of(JAVA.format(""), Subject.NAMED_GROUP) == ["*"]


def test_a_virtual_host_inherits_from_the_main_server() -> None:
    plain = "<VirtualHost *:80>\n ServerName b\n</VirtualHost>\n"
    text = f"SSLProtocol -all +TLSv1.3\n{APACHE.format('SSLOpenSSLConfCmd Groups X25519MLKEM768')}{plain}"
    assert (parts(text), state(text)) == (["VirtualHost *:443 a.example"], "exclusive")


@pytest.mark.parametrize(
    ("of_all", "own", "versions"),
    [
        ("ssl-default-bind-options ssl-max-ver TLSv1.2", "ssl-min-ver TLSv1.2", ["TLS1.2"]),
        ("ssl-default-bind-options ssl-min-ver TLSv1.3", "no-tlsv10", ["TLS1.3"]),
        ("ssl-default-bind-options no-tlsv13 no-tlsv11", "no-tlsv10", ["TLS1.2"]),
        ("ssl-default-bind-options no-tlsv13\n ssl-default-bind-options no-tlsv10 no-tlsv11", "", ["TLS1.2"]),
        ("ssl-default-bind-options no-tlsv13", "ssl-min-ver TLSv1.2", ["TLS1.2", "TLS1.3"]),
        ("ssl-default-bind-options force-tlsv12", "ssl-min-ver TLSv1.1", ["TLS1.1", "TLS1.2"]),
        ("ssl-default-bind-options ssl-min-ver TLSv1.3", "ssl-min-ver TLSv1.2", ["TLS1.2", "TLS1.3"]),
        ("ssl-default-bind-options no-tls-tickets", "force-tlsv13", ["TLS1.3"]),
    ],
)
def test_options_of_a_bind_line_replace_what_they_set_themselves(of_all: str, own: str, versions: list[str]) -> None:
    """Each as HAProxy 2.6 answers, as far as its library still has the version."""
    assert of(HAPROXY.format(of_all, own), Subject.PROTOCOL_VERSION) == versions


@pytest.mark.parametrize(
    ("of_all", "own", "groups"),
    [
        ("", "ecdhe P-384", ["secp384r1"]),
        ("ssl-default-bind-curves X25519", "ecdhe P-384", ["x25519"]),
        ("ssl-default-bind-curves X25519", "curves P-521", ["secp521r1"]),
        ("", "ecdhe P-384 curves P-521", ["secp521r1"]),
        ("", "curves P-521 ecdhe P-384", ["secp521r1"]),
        ("", "curves P-521 curves P-384", ["secp384r1"]),
        ("ssl-default-bind-curves X25519\n ssl-default-bind-curves P-521", "", ["secp521r1"]),
    ],
)
def test_curves_come_before_the_old_word_for_one_curve(of_all: str, own: str, groups: list[str]) -> None:
    """Each as HAProxy 2.6.12 answers in TLS 1.3."""
    assert of(HAPROXY.format(of_all, own), Subject.NAMED_GROUP) == groups


def test_what_a_server_line_asks_of_others_is_a_part_of_its_own() -> None:
    text = (
        HAPROXY.format("ssl-default-server-curves P-256", "curves X25519MLKEM768")
        + "backend b\n server s1 10.0.0.1:443 ssl verify none\n"
    )
    assert parts(text) == ["frontend web bind :443", "backend b server s1"]
    assert of(text, Subject.NAMED_GROUP, "backend b server s1") == ["secp256r1"]


@pytest.mark.parametrize(
    ("address", "lines", "told"),
    [
        ("*:80", "", []),
        ("10.0.0.1:80 [::1]:80", "", []),
        ("*:80", "SSLEngine on", ["VirtualHost *:80 b"]),
        ("*:80", "Include /etc/letsencrypt/options-ssl-apache.conf", ["VirtualHost *:80 b"]),
        ("*:8080", "", ["VirtualHost *:8080 b"]),
        ("*:80", "SSLProxyEngine on\n SSLProxyProtocol TLSv1.2", ["VirtualHost *:80 b upstream"]),
    ],
)
def test_a_virtual_host_on_port_80_has_tls_where_a_line_switches_it_on(address: str, lines: str, told: list[str]) -> None:
    host = f"<VirtualHost {address}>\n ServerName b\n SSLProtocol all\n {lines}\n</VirtualHost>\n"
    assert parts(APACHE.format("SSLProtocol TLSv1.3") + host) == ["VirtualHost *:443 a.example", *told]


def test_directives_of_apache_may_be_written_in_any_case() -> None:
    text = "<virtualhost *:443>\nservername a\nsslengine ON\nsslprotocol -all +tlsv1.3\n</virtualhost>\n"
    assert of(text, Subject.PROTOCOL_VERSION) == ["TLS1.3"]


def test_what_a_virtual_host_asks_of_others_is_told_without_tls_of_its_own() -> None:
    text = APACHE.format("SSLProxyEngine on\n SSLProxyProtocol -all +TLSv1.2").replace("SSLEngine on", "SSLEngine off")
    assert parts(text) == ["VirtualHost *:443 a.example upstream"]
    assert of(text, Subject.PROTOCOL_VERSION) == ["TLS1.2"]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("backend b\n default-server ssl verify none curves P-256\n server s1 10.0.0.1:443", ["backend b server s1"]),
        ("backend b\n default-server ssl verify none\n server s1 10.0.0.1:80 no-ssl", []),
        ("defaults\n default-server ssl\nbackend b\n server s1 10.0.0.1:443", ["backend b server s1"]),
        ("defaults\n default-server ssl\ndefaults\n mode tcp\nbackend b\n server s1 10.0.0.1:80", []),
    ],
)
def test_servers_have_tls_by_the_default_of_their_section_as_well(lines: str, told: list[str]) -> None:
    assert parts(HAPROXY.format("", "") + lines + "\n") == ["frontend web bind :443", *told]


@pytest.mark.parametrize(("word", "names"), [("scram-sha-256", [("PBKDF2", "SHA-256")]), ("'md5'", [("MD5", None)]), ("on", [])])
def test_how_passwords_are_kept_is_told(word: str, names: list[tuple[str, str | None]]) -> None:
    found = [
        one for one in facts(POSTGRESQL.format(f"password_encryption = {word}")).observations if one.subject is Subject.ALGORITHM
    ]
    assert [(one.name, parameters(one).get("parameter")) for one in found] == names


def test_a_transport_of_exim_sets_ciphers_for_itself() -> None:
    text = EXIM.format("tls_require_ciphers = ECDHE-RSA-AES128-GCM-SHA256\ntls_eccurve = X25519") + (
        "begin routers\ndns:\n  driver = dnslookup\n  transport = out\nbegin transports\nlocal:\n  driver = appendfile\n"
        "out:\n  driver = smtp\n  tls_require_ciphers = AES128-SHA\n  tls_require_ciphers = AES256-SHA\nbegin retry\n* * F,2h,15m\n"
    )
    assert parts(text) == ["global", "transport out"]
    assert of(text, Subject.CIPHER_SUITE, "global") == ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"]
    assert of(text, Subject.CIPHER_SUITE, "transport out") == ["TLS_RSA_WITH_AES_256_CBC_SHA"]
    assert of(text, Subject.NAMED_GROUP, "transport out") == ["*"]


def test_mail_is_sent_and_taken_in_by_settings_of_their_own() -> None:
    text = POSTFIX.format("smtpd_tls_protocols = >=TLSv1.2\nsmtp_tls_protocols = TLSv1\ntls_eecdh_auto_curves = X25519")
    assert parts(text) == ["global smtpd", "global smtp"]
    assert of(text, Subject.NAMED_GROUP) == ["x25519", "x25519"]
    assert of(text, Subject.PROTOCOL_VERSION, "global smtp") == ["TLS1.0"]


@pytest.mark.parametrize(
    "text",
    [
        "Use SSLProtocol to choose versions.\nThe SSLCipherSuite line follows.\nRestart the server.\n",
        "import java\nprint('jdk.tls.namedGroups=X25519')\nx = 1\ny = 2\nz = 3\n",
        POSTGRESQL.format("ssl_groups = 'X25519'").replace("ssl = on", "ssl = off"),
        "port 6379\nsave 900 1\nmaxmemory 1gb\n# tls-port 6380\n",
        MYSQL.format("").replace("[mysqld]", "[mysqldump]"),
        "disable_plaintext_auth = yes\nmail_location = mbox:~/mail\nmail_access_groups = mail\n",
        "smtpd_banner = $myhostname\nmyhostname = a\n#smtpd_tls_security_level = may\n",
        "primary_hostname = a\ndaemon_smtp_ports = 25\nbegin acl\n",
        "[tool.x]\ntls_version = 1\nname = y\nz = 3\n",
        "- name: set it\n  lineinfile:\n    path: /etc/ssh\n    line: ssl_min_protocol = TLSv1.2\n",
    ],
)
def test_what_is_no_configuration_or_has_no_tls_tells_nothing(text: str) -> None:
    with pytest.raises(WrongProtocol):
        facts(text)
