"""What the lines of products put in force that are no servers of TLS in the first place: a table of truth, by each product's own
manual."""

from __future__ import annotations

import pytest

from pqscan.errors import WrongProtocol
from pqscan.model.observation import Subject
from pqscan.policy.uses import uses_of
from tests.unit.probes.configuration.making import facts, of, parameters, parts, product, state, states

SWANCTL = """connections {{
  home {{
    remote_addrs = 192.0.2.1
    proposals = {}
    children {{
      net {{
        local_ts = 10.0.0.0/8
        esp_proposals = aes256gcm16-ecp256
      }}
    }}
  }}
}}
secrets {{
  ike-1 {{
    secret = "hush"
  }}
}}
"""
IPSEC = """config setup
  charondebug=ike
conn %default
  keyexchange=ikev2
  ike=aes256-sha384-ecp384!
conn home
  leftsubnet=0.0.0.0/0
{}
"""
LIBRESWAN = "config setup\n  protostack=netkey\nconn a\n  ikev2=insist\n  phase2alg=aes_gcm256\n  ike={}\n"
OPENVPN = "client\ndev tun\nremote-cert-tls server\npersist-tun\n{}\n<key>\n-----BEGIN X-----\nabc def\n-----END X-----\n</key>\n"
WIREGUARD = "[Interface]\nListenPort = 1\n[Peer]\nPublicKey = eA==\nAllowedIPs = 10.0.0.2/32\n{}\n"
KNOT = """server:
    listen: 127.0.0.1
key:
  - id: one
    algorithm: hmac-sha256
  - id: two
    algorithm: hmac-md5
policy:
  - id: p
    algorithm: {}
    ksk-lifetime: 1d
"""
BIND = """options {{ directory "/x"; dnssec-validation auto; disable-algorithms "." {{ RSASHA1; }}; }};
key "k" {{ algorithm hmac-sha256; secret "eA=="; }};
tls t {{ cert-file "/x"; protocols {{ TLSv1.2; TLSv1.3; }}; }};
dnssec-policy "p" {{ keys {{ ksk lifetime unlimited algorithm {}; }}; }};
"""
KRB5 = "[libdefaults]\n default_realm = A\n permitted_enctypes = {}\n[realms]\n A = {{\n  kdc = x\n }}\n"
SAMBA = "[global]\n workgroup = W\n {}\n[homes]\n comment = x\n"
POLICY = "min_dh_size = 2048\narbitrary_dh_groups = 1\nprotocol@TLS = TLS1.3 TLS1.2\ngroup = {}\n"


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("swanctl", SWANCTL.format("aes256-sha384-x25519-ke1_mlkem768"), "exclusive"),
        ("swanctl", SWANCTL.format("aes256-sha384-x25519-ke1_mlkem768, aes256-sha256-x25519"), "default"),
        ("swanctl", SWANCTL.format("aes256-sha256-x25519, aes256-sha384-x25519-ke1_mlkem768"), "capable"),
        ("swanctl", SWANCTL.format("aes256-sha256-modp2048"), "vulnerable"),
        ("swanctl", SWANCTL.format("default"), "unknown"),
        ("strongswan", IPSEC.format(""), "vulnerable"),
        ("strongswan", IPSEC.format("  ike=aes256gcm16-prfsha384-x25519-ke1_mlkem768!"), "exclusive"),
        (
            "strongswan",
            IPSEC.format("  ike=aes256gcm16-prfsha384-x25519-ke1_mlkem768"),
            "default",
        ),  # The default besides, behind it.
        ("strongswan", IPSEC.format("#  ike=aes256gcm16-prfsha384-x25519-ke1_mlkem768!"), "vulnerable"),
        ("strongswan", IPSEC.format("  ike=aes256-sha384-x25519! # -ke1_mlkem768"), "vulnerable"),
        ("libreswan", LIBRESWAN.format("aes_gcm256-sha2_512;dh19"), "vulnerable"),
        ("libreswan", LIBRESWAN.format("aes_gcm256-sha2_512;dh19 # not dh14"), "vulnerable"),
        ("openvpn", OPENVPN.format("tls-groups X25519MLKEM768:X25519"), "default"),
        ("openvpn", OPENVPN.format("ecdh-curve secp384r1"), "vulnerable"),
        ("openvpn", OPENVPN.format(""), "unknown"),
        ("wireguard", WIREGUARD.format(""), "vulnerable"),
        ("wireguard", WIREGUARD.format("PresharedKey = eA=="), "unknown"),
        ("bind", BIND.format("ecdsap256sha256"), "unknown"),
        ("knot", KNOT.format("ecdsap256sha256"), "none"),
        ("kerberos", KRB5.format("aes256-cts"), "none"),
        ("samba", SAMBA.format("server min protocol = SMB3"), "none"),
        ("samba", SAMBA.format("tls priority = NORMAL:-VERS-ALL:+VERS-TLS1.3:-GROUP-ALL:+GROUP-X25519-MLKEM768"), "exclusive"),
        ("crypto_policies", POLICY.format("X25519-MLKEM768 P256-MLKEM768 X25519"), "default"),
        ("crypto_policies", POLICY.format("X25519 SECP256R1 FFDHE-2048"), "vulnerable"),
    ],
)
def test_truth(name: str, text: str, expected: str) -> None:
    assert product(text) == name
    assert state(text) == expected


def test_a_hybrid_of_ike_names_both_of_its_halves() -> None:
    (found,) = (
        one
        for one in facts(SWANCTL.format("aes256-sha384-x25519-ke1_mlkem768")).observations
        if one.subject is Subject.IKE_ADDITIONAL_KEY_EXCHANGE
    )
    assert (found.value, found.name, found.components) == ("36", "ML-KEM-768", ("X25519", "ML-KEM-768"))


def test_the_traditional_half_of_a_hybrid_of_ike_is_told_and_is_no_use_by_itself() -> None:
    observations = facts(SWANCTL.format("aes256-sha384-x25519-ke1_mlkem768")).observations
    (half,) = (one for one in observations if one.subject is Subject.IKE_KEY_EXCHANGE and one.context == "connections home")
    assert (half.name, uses_of(half)) == ("curve25519", ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SWANCTL.format("aes256-sha384-x25519-ke1_mlkem768\n    version = 1"), "vulnerable"),
        (SWANCTL.format("aes256-sha384-x25519-ke1_mlkem768\n    version = 2"), "exclusive"),
        (IPSEC.format("  keyexchange=ikev1\n  ike=aes256-sha384-x25519-ke1_mlkem768!"), "vulnerable"),
        (LIBRESWAN.replace("insist", "no").format("aes_gcm256-sha2_512-dh19-addke1_mlkem768"), "vulnerable"),
        (LIBRESWAN.replace("insist", "never").format("aes_gcm256-sha2_512-dh19-addke1_mlkem768"), "vulnerable"),
        (LIBRESWAN.format("aes_gcm256-sha2_512-dh19-addke1_mlkem768"), "exclusive"),
    ],
)
def test_ikev1_has_no_key_exchange_on_top_of_a_group(text: str, expected: str) -> None:
    assert state(text) == expected
    assert (of(text, Subject.IKE_ADDITIONAL_KEY_EXCHANGE) == []) == (expected == "vulnerable")


def test_a_connection_is_known_by_its_proposals_alone() -> None:
    assert product("connections {\n  home {\n    proposals = aes256-sha384-ecp384\n  }\n}\n") == "swanctl"


def test_a_key_exchange_of_esp_is_no_worse_than_that_of_ike() -> None:
    text = SWANCTL.format("aes256-sha384-x25519-ke1_mlkem768")
    assert of(text, Subject.IKE_KEY_EXCHANGE, "connections home net") == ["ECP-256"]
    assert state(text) == "exclusive"


def test_a_connection_takes_in_others_and_the_defaults() -> None:
    text = IPSEC.format("conn pq\n  also=home\n  ike=aes256-sha384-x25519-ke1_mlkem768!\nconn round\n  also=round")
    assert of(text, Subject.PROTOCOL_VERSION, "conn pq") == ["IKEv2"]
    assert of(text, Subject.IKE_KEY_EXCHANGE, "conn home") == ["ECP-384"]
    assert "conn round" in parts(text)


def test_what_a_connection_takes_in_comes_before_the_defaults() -> None:
    text = IPSEC.format("  ike=aes128-sha256-modp3072!\nconn other\n  also=home")
    assert of(text, Subject.IKE_KEY_EXCHANGE, "conn other") == ["MODP-3072"]


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("data-ciphers AES-256-GCM:CHACHA20-POLY1305", ["AES", "ChaCha20-Poly1305"]),
        ("cipher BF-CBC", ["Blowfish"]),
        ("auth SHA1", ["SHA-1"]),
        ("; cipher BF-CBC", []),
    ],
)
def test_ciphers_of_a_tunnel(line: str, names: list[str]) -> None:
    assert of(OPENVPN.format(line), Subject.ALGORITHM) == names


def test_suites_of_a_tunnel_have_iana_names_with_hyphens() -> None:
    text = OPENVPN.format(
        "tls-cipher TLS-ECDHE-RSA-WITH-AES-256-GCM-SHA384:TLS-DHE-RSA-WITH-AES-128-CBC-SHA:!TLS-RSA-WITH-RC4-128-MD5"
    )
    assert of(text, Subject.CIPHER_SUITE) == ["TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"]


@pytest.mark.parametrize(
    ("word", "name"), [("ecdsap256sha256", "ECDSAP256SHA256"), ("rsasha256", "RSASHA256"), ("13", "ECDSAP256SHA256")]
)
@pytest.mark.parametrize("text", [BIND, KNOT])
def test_algorithms_of_zones(text: str, word: str, name: str) -> None:
    assert of(text.format(word), Subject.DNSSEC_ALGORITHM) == [name]
    assert states(text.format(word))[1].state.value == "vulnerable"


@pytest.mark.parametrize(
    ("proposals", "expected"),
    [
        ("aes256-sha256-future9", "unknown"),
        ("aes256-sha256-modp2048-ke1_future9", "unknown"),
        ("aes256-sha384-x25519-ke1_mlkem768, aes256-sha256-future9", "default"),
        ("aes256-sha256-modp768, aes256-future9", "unknown"),
        ("aes256-sha256_96-modp2048", "vulnerable"),  # A word of integrity agrees on no key.
    ],
)
def test_a_word_that_nobody_here_knows_may_be_a_key_exchange(proposals: str, expected: str) -> None:
    assert state(SWANCTL.format(proposals)) == expected


def test_an_unknown_word_of_esp_is_told_and_agrees_on_nothing() -> None:
    text = SWANCTL.format("aes256-sha384-x25519-ke1_mlkem768").replace("aes256gcm16-ecp256", "aes256gcm16-future9")
    assert of(text, Subject.IKE_ENCRYPTION, "connections home net") == ["ENCR_AES_GCM_16-256", "*"]
    assert state(text) == "exclusive"


@pytest.mark.parametrize("text", [BIND, KNOT])
@pytest.mark.parametrize("word", ["mldsa44", "250"])
def test_an_algorithm_of_zones_that_nobody_here_knows_is_unknown(text: str, word: str) -> None:
    assert of(text.format(word), Subject.DNSSEC_ALGORITHM) == ["*"]
    assert states(text.format(word))[1].state.value == "unknown"


@pytest.mark.parametrize(
    "text", [KRB5.format("aes256-cts future9-cts"), SAMBA.format("server smb3 encryption algorithms = AES-256-GCM FUTURE-9")]
)
def test_a_cipher_that_nobody_here_knows_is_told_as_unknown(text: str) -> None:
    (one,) = (one for one in facts(text).observations if one.value == "*")
    assert (one.subject, str(parameters(one)["word"]).lower()[:6]) == (Subject.ENCRYPTION, "future")


def test_keys_of_transactions_are_told_each_by_itself() -> None:
    found = [one for one in facts(KNOT.format("13")).observations if one.subject is Subject.ALGORITHM]
    assert [(parameters(one)["part"], one.name) for one in found] == [("key one", "HMAC"), ("key two", "HMAC-MD5")]


def test_a_list_in_braces_is_one_value_and_a_ban_is_no_use() -> None:
    text = BIND.format("ecdsap256sha256")
    assert of(text, Subject.PROTOCOL_VERSION, "tls t") == ["TLS1.2", "TLS1.3"]
    assert "RSASHA1" not in of(text, Subject.DNSSEC_ALGORITHM)


def test_encryption_types_have_their_numbers() -> None:
    found = [one for one in facts(KRB5.format("aes256-sha2 arcfour-hmac")).observations if one.subject is Subject.ENCRYPTION]
    assert [(one.value, one.context) for one in found] == [("20", "Kerberos libdefaults"), ("23", "Kerberos libdefaults")]


@pytest.mark.parametrize(
    ("line", "subject", "names"),
    [
        ("server min protocol = NT1", Subject.PROTOCOL_VERSION, ["SMB1", "SMB2.0.2", "SMB2.1", "SMB3.0", "SMB3.0.2", "SMB3.1.1"]),
        ("server min protocol = SMB3_11", Subject.PROTOCOL_VERSION, ["SMB3.1.1"]),
        ("server smb3 encryption algorithms = AES-128-GCM, AES-256-GCM", Subject.ENCRYPTION, ["AES-128-GCM", "AES-256-GCM"]),
        ("server smb3 encryption algorithms = -AES-128-CCM", Subject.ENCRYPTION, ["*"]),
    ],
)
def test_dialects_and_ciphers_of_smb(line: str, subject: Subject, names: list[str]) -> None:
    assert sorted(of(SAMBA.format(line), subject)) == sorted(names)


@pytest.mark.parametrize(
    "text",
    [
        "Write ike=aes256-sha256-modp2048 and reload.\nThen look at the log.\nrightsubnet is the other side.\n",
        "[Service]\nExecStart=/usr/sbin/x\nAllowedIPs=1\n[Unit]\nDescription=y\nAfter=z\n",
    ],
)
def test_what_is_no_configuration_or_sets_nothing_tells_nothing(text: str) -> None:
    with pytest.raises(WrongProtocol):
        facts(text)


@pytest.mark.parametrize(
    "text", [OPENVPN.format("cipher BF-CBC"), WIREGUARD.format("PresharedKey = c2VjcmV0"), SWANCTL.format("default")]
)
def test_no_secret_is_told(text: str) -> None:
    told = repr(facts(text))
    assert not any(secret in told for secret in ("abc def", "c2VjcmV0", "eA==", "hush"))
