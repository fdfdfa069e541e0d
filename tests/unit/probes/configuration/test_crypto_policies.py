"""crypto-policies: the one word that chooses a system's policy, the merged policy, modules (crypto-policies(7))."""

from __future__ import annotations

import pytest
from pqscan_probes.configuration_file import ConfigurationFileProbe

from pqscan.errors import WrongProtocol
from pqscan.model.canonical import canonical
from pqscan.model.observation import Confidence, Profile, Subject
from pqscan.model.outcome import Facts
from pqscan.policy.state import Assessment
from pqscan.policy.states import key_establishment
from tests.unit.probes.configuration.making import line_of, of, product, state
from tests.unit.scan.files.making import facts_of

PATH = "/etc/crypto-policies/config"
STOCK = """# This file should contain a single keyword, the crypto policy to
# be applied by default to applications.
#
# * LEGACY: Ensures maximum compatibility with legacy systems (64-bit
#
{}
"""
MERGED = "cipher = AES-256-GCM\ngroup = {}\nprotocol@openssl = TLS1.3 TLS1.2 DTLS1.2\nmin_dh_size = 2048\narbitrary_dh_groups = 1\n"


def chosen(text: str, path: str = PATH) -> Facts:
    return facts_of(ConfigurationFileProbe(), text.encode(), path)


def judged(found: Facts) -> Assessment:
    return key_establishment(canonical(Profile("configuration_file", found.depth, found.asked, found.complete, found.observations)))


@pytest.mark.parametrize("path", [PATH, "/etc/crypto-policies/state/current"])
@pytest.mark.parametrize(
    ("text", "policy", "groups", "line", "expected"),
    [
        ("DEFAULT\n", "DEFAULT", ["*"], 1, "unknown"),
        (STOCK.format("LEGACY"), "LEGACY", ["*"], 6, "unknown"),
        ("FIPS:OSPP", "FIPS:OSPP", ["*"], 1, "unknown"),
        ("DEFAULT:TEST-PQ\n", "DEFAULT:TEST-PQ", ["X25519MLKEM768", "*"], 1, "default"),
        ("DEFAULT:PQ:NO-SHA1 # by hand\r\n", "DEFAULT:PQ:NO-SHA1", ["X25519MLKEM768", "*"], 1, "default"),
        ("DEFAULT:PQ:NO-PQ\n", "DEFAULT:PQ:NO-PQ", ["*"], 1, "unknown"),
    ],
)
def test_the_policy_that_is_chosen_is_told(text: str, policy: str, groups: list[str], line: int, expected: str, path: str) -> None:
    found = chosen(text, path)
    told = [one for one in found.observations if one.subject is Subject.NAMED_GROUP]
    (software,) = (one for one in found.observations if one.subject is Subject.SOFTWARE)
    assert dict(software.parameters)["policy"] == policy
    assert [one.name or one.value for one in told] == groups
    assert {one.confidence for one in told} == {Confidence.INFERRED}
    assert {one.where.line for one in told if one.where is not None} == {line}
    assert judged(found).state.value == expected


def test_the_reason_names_the_release_from_which_the_default_is_hybrid() -> None:
    assert dict(judged(chosen("DEFAULT\n")).reasons[0].parameters)["since"] == "RHEL 10.1"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("DEFAULT\n", "/srv/some.file"),
        ("DEFAULT\n", "/etc/crypto-policies/config.txt"),
        ("DEFAULT\nLEGACY\n", PATH),
        ("DEFAULT policy\n", PATH),
        ("DEFAULT:\n", PATH),
        ("DEFAULT" + ":A" * 9000, PATH),
    ],
)
def test_one_word_elsewhere_or_more_than_one_chooses_nothing(text: str, path: str) -> None:
    with pytest.raises(WrongProtocol):
        chosen(text, path)


@pytest.mark.parametrize(
    ("groups", "names", "expected"),
    [
        ("MLKEM768-X25519 P256-MLKEM768 X25519", ["X25519MLKEM768", "SecP256r1MLKEM768", "x25519"], "default"),
        ("X25519 MLKEM768-X25519", ["x25519", "X25519MLKEM768"], "capable"),
    ],
)
def test_groups_of_the_merged_policy_have_their_names(groups: str, names: list[str], expected: str) -> None:
    assert of(MERGED.format(groups), Subject.NAMED_GROUP) == names
    assert state(MERGED.format(groups)) == expected


def test_a_module_tells_what_it_puts_in() -> None:
    text = "# PQ\ngroup = +MLKEM768-X25519 P384-MLKEM1024+ -FFDHE-2048\nkey_exchange = KEM-ECDH+\nsign = +MLDSA65\n"
    assert of(text, Subject.NAMED_GROUP) == ["X25519MLKEM768", "SecP384r1MLKEM1024"]


GNUTLS = """[global]
override-mode = allowlist
[overrides]
{}
enabled-version = TLS1.3
enabled-version = DTLS1.2
secure-hash = sha256
"""


@pytest.mark.parametrize(
    ("lines", "groups", "expected"),
    [
        ("tls-enabled-group = GROUP-X25519-MLKEM768\ntls-enabled-group = GROUP-X25519", ["X25519MLKEM768", "x25519"], "default"),
        (
            "tls-enabled-group = group-secp256r1\ntls-enabled-group = GROUP-X25519-MLKEM768",
            ["secp256r1", "X25519MLKEM768"],
            "capable",
        ),
        ("tls-enabled-group = SECP384R1", ["secp384r1"], "vulnerable"),
        ("", ["*"], "unknown"),
    ],
)
def test_each_line_of_an_allowlist_of_gnutls_switches_one_thing_on(lines: str, groups: list[str], expected: str) -> None:
    text = GNUTLS.format(lines)
    assert (of(text, Subject.NAMED_GROUP), of(text, Subject.PROTOCOL_VERSION)) == (groups, ["TLS1.3"])
    assert state(text) == expected


def test_what_a_blocklist_of_gnutls_bans_is_no_use() -> None:
    with pytest.raises(WrongProtocol):
        of(
            "[overrides]\ndisabled-version = TLS1.0\ntls-disabled-group = GROUP-SECP192R1\ninsecure-hash = md5\n",
            Subject.NAMED_GROUP,
        )


NSS = """library=p11-kit-proxy.so
name=p11-kit-proxy

library=
name=Policy
NSS=flags=policyOnly,moduleDB
config="{}"
"""
ALLOWED = "disallow=ALL allow=HMAC-SHA256:{}:aes256-gcm:SHA256:ECDHE-RSA:RSA-PSS:{}:dtls-version-min=dtls1.2:RSA-MIN=2048"


@pytest.mark.parametrize(
    ("groups", "versions", "names", "told", "expected"),
    [
        ("CURVE25519:SECP256R1", "tls-version-min=tls1.2", ["x25519", "secp256r1"], ["TLS1.2", "TLS1.3"], "vulnerable"),
        ("MLKEM768X25519:CURVE25519", "tls-version-min=tls1.3", ["X25519MLKEM768", "x25519"], ["TLS1.3"], "capable"),
        ("XYBER768D00/ssl-key-exchange", "tls-version-max=tls1.2:tls-version-min=tls1.2", ["X25519Kyber768Draft00"], ["TLS1.2"],
         "vulnerable"),
        ("MLKEM2048NEW:SECP521R1", "tls-version-min=tls1.3", ["*", "secp521r1"], ["TLS1.3"], "unknown"),
        ("SECP521R1", "tls-version-min=0", ["secp521r1"], [], "vulnerable"),
    ],
)  # fmt: skip
def test_a_policy_of_nss_allows_and_chooses_nothing(
    groups: str, versions: str, names: list[str], told: list[str], expected: str
) -> None:
    text = NSS.format(ALLOWED.format(groups, versions))
    assert (of(text, Subject.NAMED_GROUP), of(text, Subject.PROTOCOL_VERSION)) == (names, told)
    assert of(text, Subject.ALGORITHM) == ["AES"]
    assert (product(text), state(text)) == ("nss", expected)
    assert set(line_of(text, Subject.NAMED_GROUP)) == {7}


def test_a_policy_of_nss_that_only_forbids_leaves_the_rest_to_the_library() -> None:
    assert of(NSS.format("disallow=MD5:SECP256R1"), Subject.NAMED_GROUP) == ["*"]


@pytest.mark.parametrize("config", ["", "flags=internal", "disallow=ALL"])
def test_a_module_of_nss_without_a_list_says_nothing(config: str) -> None:
    with pytest.raises(WrongProtocol):
        of(NSS.format(config), Subject.NAMED_GROUP)


BACK_END = "conn %default\n\t{}pfs=yes\n\tike=aes_gcm256-sha2_512+sha2_256-dh19+dh31\n\tesp=aes_gcm256,aes256-sha2_512+sha1\n"


@pytest.mark.parametrize("line", ["ikev2=insist\n\t", "keyexchange=ikev2\n\t", ""])
def test_the_back_end_of_libreswan_is_known_by_its_words_for_proposals(line: str) -> None:
    text = BACK_END.format(line) + "\tauthby=ecdsa-sha2_256,rsa-sha2_256\n"
    assert product(text) == "libreswan"
    assert of(text, Subject.IKE_KEY_EXCHANGE) == ["ECP-256", "curve25519"]
    assert state(text) == "vulnerable"


def test_without_words_of_libreswan_a_connection_is_strongswans() -> None:
    assert product("conn %default\n\tkeyexchange=ikev2\n\tike=aes256-sha256-modp2048!\n") == "strongswan"
