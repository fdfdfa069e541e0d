"""What a configuration tells that sets nothing of cryptography: the defaults of the product that runs by it, and nothing where none
does."""

from __future__ import annotations

import pytest

from pqscan.errors import WrongProtocol
from pqscan.model.observation import Confidence, Subject, Support
from tests.unit.probes.configuration.making import facts, of, parts, product, states

OPENSSL = "openssl_conf = openssl_init\n[openssl_init]\nproviders = provider_sect\n[provider_sect]\ndefault = default_sect\n"
KRB5 = "[libdefaults]\n\tdefault_realm = EXAMPLE.VN\n\tforwardable = true\n"
SAMBA = "[global]\n   workgroup = EXAMPLE\n   server role = standalone server\n[homes]\n   browseable = no\n"
MARIADB = "[server]\n[mysqld]\npid-file = /run/mysqld/mysqld.pid\nbasedir = /usr\nbind-address = 127.0.0.1\n"
BIND = 'options {{ directory "/var/cache/bind"; dnssec-validation auto; {} }};\n{}\n'
SSH = "Host *\n    SendEnv LANG LC_*\n    HashKnownHosts yes\n"
POSTGRESQL = "shared_buffers = 128MB\nssl = on\n"
JAVA = "security.provider.1=SUN\njdk.tls.disabledAlgorithms=SSLv3, TLSv1, RC4, DES\n"


@pytest.mark.parametrize(
    ("name", "text", "subject", "part", "line"),
    [
        ("openssl", OPENSSL, Subject.NAMED_GROUP, "global", 1),
        ("kerberos", KRB5, Subject.ENCRYPTION, "Kerberos libdefaults", 1),
        ("samba", SAMBA, Subject.ENCRYPTION, "SMB global", 1),
        ("mysql", MARIADB, Subject.NAMED_GROUP, "mysqld", 2),
        ("bind", BIND.format("", 'tls dot { cert-file "/c"; key-file "/k"; };'), Subject.NAMED_GROUP, "tls dot", 2),
        ("bind", BIND.format("listen-on port 853 tls ephemeral { any; };", ""), Subject.NAMED_GROUP, "tls ephemeral", 1),
        ("openssh_client", SSH, Subject.KEX_METHOD, "global", 1),
        ("postgresql", POSTGRESQL, Subject.NAMED_GROUP, "global", 1),
        ("java", JAVA, Subject.NAMED_GROUP, "global", 1),
    ],
)  # fmt: skip
def test_where_no_line_sets_anything_the_default_is_in_force(name: str, text: str, subject: Subject, part: str, line: int) -> None:
    (one,) = (one for one in facts(text).observations if one.subject is not Subject.SOFTWARE)
    assert product(text) == name
    assert (one.subject, one.value, one.support, one.confidence) == (subject, "*", Support.UNKNOWN, Confidence.INFERRED)
    assert dict(one.parameters)["reason"] == "configuration_default"
    assert one.where is not None
    assert (one.context, one.where.line) == (part, line)


@pytest.mark.parametrize(
    ("text", "since"),
    [(OPENSSL, "3.5"), (MARIADB, "8.0, OpenSSL 3.5"), (BIND.format("", 'tls d { key-file "/k"; };'), "9.18, OpenSSL 3.5")],
)  # fmt: skip
def test_the_reason_names_the_version_from_which_the_default_is_hybrid(text: str, since: str) -> None:
    found = states(text)[0]
    assert (found.state.value, dict(found.reasons[0].parameters)["since"]) == ("unknown", since)


@pytest.mark.parametrize(
    "text",
    [
        "[req]\ndistinguished_name = dn\nprompt = no\n[dn]\ncommonName = a\n",  # Settings of a command, by which no library runs.
        "[client]\nport = 3306\nssl-ca = /x\n[mysqld]\n",  # No line of a server.
        "[mysqldump]\nquick\nquote-names\nmax_allowed_packet = 16M\n",
        BIND.format("", 'zone "a" { type primary; file "/a"; };'),  # It speaks no TLS and signs nothing.
        "[homes]\n   browseable = no\n   workgroup = x\n",
    ],
)
def test_a_file_by_which_no_product_runs_tells_no_default(text: str) -> None:
    with pytest.raises(WrongProtocol):
        facts(text)


def test_a_line_that_sets_one_list_leaves_the_others_to_the_default() -> None:
    assert of(SAMBA.replace("[homes]", "server min protocol = SMB3\n[homes]"), Subject.ENCRYPTION) == ["*"]
    assert of(KRB5 + "\tpermitted_enctypes = aes256-cts\n", Subject.ENCRYPTION) == ["aes256-cts-hmac-sha1-96"]


def test_what_is_set_for_one_side_alone_has_the_defaults_of_that_side() -> None:
    text = SAMBA.replace("[homes]", "tls priority = NORMAL:-GROUP-ALL:+GROUP-X25519\n[homes]")
    assert of(text, Subject.ENCRYPTION, "SMB global LDAP") == []


def test_bind_signs_by_its_own_policy_where_a_zone_names_it() -> None:
    text = BIND.format("", 'zone "a.vn" { type primary; file "/a"; dnssec-policy default; inline-signing yes; };')
    (one,) = (one for one in facts(text).observations if one.subject is Subject.DNSSEC_ALGORITHM)
    assert (one.name, one.context, one.confidence) == ("ECDSAP256SHA256", "zone a.vn", Confidence.INFERRED)
    assert states(text)[1].state.value == "vulnerable"
    assert parts(text) == ["zone a.vn"]


@pytest.mark.parametrize("policy", ["none", "insecure", "corp"])
def test_other_policies_of_bind_are_told_by_their_blocks(policy: str) -> None:
    with pytest.raises(WrongProtocol):
        facts(BIND.format("", f'zone "a.vn" {{ type primary; file "/a"; dnssec-policy {policy}; }};'))


def test_keys_of_transactions_agree_on_nothing() -> None:
    text = BIND.format("", 'key k { algorithm hmac-sha256; secret "x"; };\ntls t { protocols { TLSv1.3; }; };')
    assert of(text, Subject.NAMED_GROUP, "key k") == []
    assert of(text, Subject.NAMED_GROUP, "tls t") == ["*"]
