"""What the probe states of a zone's keys."""

from __future__ import annotations

import base64
import hashlib

import pytest
from pqscan_probes.dns.facts import facts_of
from pqscan_probes.dns.records import Answer, Ds, Key, Query, Rcode, RecordType
from pqscan_probes.dns.survey import Survey

from pqscan.model.observation import Subject, Support
from pqscan.wire.dns.dnskey import key_tag

ZONE = "demo.invalid"


def test_keys_that_share_a_tag_are_both_kept_and_both_vouched_for() -> None:
    keys = [
        Key(b"\x01\x01\x03\x08\x03\x01\x00\x01" + byte * size, 0x0101, 3, 8, 4711)
        for byte, size in ((b"\xc1", 128), (b"\xc2", 256))
    ]
    survey = Survey(ZONE, "quick")
    survey.answers[Query(ZONE, RecordType.SOA)] = Answer(0, True, False, False, records=(keys[0],))
    survey.answers[Query(ZONE, RecordType.DNSKEY)] = Answer(0, True, False, False, records=tuple(keys))
    facts = facts_of(survey, None)
    digests = sorted(hashlib.sha256(key.rdata).digest() for key in keys)
    assert sorted(facts.certificates) == sorted(key.rdata for key in keys)
    assert sorted(digest for chain in facts.chains for digest in chain.certificates) == digests
    assert {chain.context for chain in facts.chains} == {"dnskey ksk"}


def published(flags: int, algorithm: int, key: str) -> Key:
    rdata = flags.to_bytes(2, "big") + bytes((3, algorithm)) + base64.b64decode(key)
    return Key(rdata, flags, 3, algorithm, key_tag(rdata))


RFC_4034 = published(
    256, 5,
    "AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMmmAphXdvxegXd/M5+X7OrzKBaMbCVdFLUUh6D"
    "hweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw==",
)  # fmt: skip
RFC_6605 = published(
    257, 14,
    "xKYaNhWdGOfJ+nPrL8/arkwf2EY3MDJ+SErKivBVSum1w/egsXvSADtNJhyem5RCOpgQ6K8X1DRSEkrbYQ+OB+v8/uX45NBwY8rp65F6Glur8I/mlVNgF6W/qTI3"
    "7m40",
)  # fmt: skip
SHA1 = "2bb183af5f22588179a53b0a98631fad1a292118"  # RFC 4034, section 5.4
SHA256 = "d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a"  # RFC 4509, section 2.3
SHA384 = "72d7b62976ce06438e9c0bf319013cf801f09ecc84b8d7e9495f27e305c6a9b0563a9b5f4d288405c3008a946df983d6"  # RFC 6605, section 6.2


def delegated(zone: str, key: Key | None, *records: Ds, above: str = "com") -> tuple[list[str], list[str]]:
    """Contexts of chains, and behaviours."""
    survey = Survey(zone, "quick")
    survey.answers[Query(zone, RecordType.SOA)] = Answer(Rcode.NOERROR, True, False, False, records=(RFC_4034,))
    survey.answers[Query(zone, RecordType.DNSKEY)] = Answer(
        Rcode.NOERROR, True, False, False, records=() if key is None else (key,)
    )
    survey.answers[Query(zone, RecordType.DS)] = Answer(Rcode.NOERROR, True, False, False, records=records, zone=above)
    facts = facts_of(survey, None)
    behaviours = [one.value for one in facts.observations if one.subject is Subject.BEHAVIOUR]
    return [chain.context or "" for chain in facts.chains], behaviours


@pytest.mark.parametrize(
    ("zone", "key", "ds", "is_matched", "is_bogus"),
    [
        ("dskey.example.com", RFC_4034, Ds(60485, 5, 1, bytes.fromhex(SHA1)), True, False),
        ("dskey.example.com", RFC_4034, Ds(60485, 5, 2, bytes.fromhex(SHA256)), True, False),
        ("example.net", RFC_6605, Ds(10771, 14, 4, bytes.fromhex(SHA384)), True, False),
        ("other.example.com", RFC_4034, Ds(60485, 5, 2, bytes.fromhex(SHA256)), False, True),
        ("dskey.example.com", RFC_4034, Ds(60486, 5, 2, bytes.fromhex(SHA256)), False, True),
        ("dskey.example.com", RFC_4034, Ds(60485, 8, 2, bytes.fromhex(SHA256)), False, True),
        ("dskey.example.com", RFC_4034, Ds(60485, 5, 5, bytes.fromhex(SHA256)), False, False),  # which cannot be computed here
    ],
)
def test_published_digests_vouch_for_their_keys(zone: str, key: Key, ds: Ds, is_matched: bool, is_bogus: bool) -> None:
    contexts, behaviours = delegated(zone, key, ds)
    assert ("ds" in contexts, "ds_matches_no_key" in behaviours) == (is_matched, is_bogus)
    assert "dnssec_island" not in behaviours


def test_a_digest_that_cannot_be_computed_may_be_the_one_that_fits() -> None:
    wrong, other = Ds(60485, 5, 2, bytes(32)), Ds(60485, 5, 5, bytes(32))
    assert "ds_matches_no_key" in delegated("dskey.example.com", RFC_4034, wrong)[1]
    assert "ds_matches_no_key" not in delegated("dskey.example.com", RFC_4034, wrong, other)[1]
    assert "ds_matches_no_key" not in delegated("dskey.example.com", None, wrong)[1]


@pytest.mark.parametrize(
    ("key", "above", "is_island"), [(RFC_4034, "com", True), (RFC_4034, "example.com", False), (None, "com", False)]
)
def test_keys_that_the_parent_is_seen_not_to_name_are_an_island(key: Key | None, above: str, is_island: bool) -> None:
    assert ("dnssec_island" in delegated("example.com", key, above=above)[1]) is is_island


def test_keys_without_a_signature_over_them_do_not_make_a_signed_zone() -> None:
    survey = Survey(ZONE, "quick")
    survey.answers[Query(ZONE, RecordType.SOA)] = Answer(Rcode.NOERROR, True, False, False, records=(RFC_4034,))
    survey.answers[Query(ZONE, RecordType.DNSKEY)] = Answer(Rcode.NOERROR, True, False, False, records=(RFC_4034,))
    (told,) = [one for one in facts_of(survey, None).observations if one.subject is Subject.PROTOCOL_VERSION]
    assert (told.support, dict(told.parameters)) == (Support.UNKNOWN, {"reason": "no_signatures"})
