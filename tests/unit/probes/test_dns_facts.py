"""What the probe states of a zone's keys."""

from __future__ import annotations

import hashlib

from pqscan_probes.dns.facts import facts_of
from pqscan_probes.dns.records import Answer, Key, Query, RecordType
from pqscan_probes.dns.survey import Survey

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
