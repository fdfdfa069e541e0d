"""Private keys of which each one-time key may sign but once, where they lie in a file: found, and told as what they are."""

from __future__ import annotations

import base64
from datetime import date

import pytest
from pqscan_probes.private_key_file import PrivateKeyFileProbe

from pqscan.model.canonical import canonical
from pqscan.model.observation import Profile
from pqscan.policy.finding import Verdict
from pqscan.policy.profiles import assess_profile
from tests.unit.scan.files.making import facts_of

HSS_LMS = "06 0b 2a 86 48 86 f7 0d 01 09 10 03 11"  # RFC 9708, section 3
XMSS, XMSS_MT = "06 08 2b 06 01 05 05 07 06 22", "06 08 2b 06 01 05 05 07 06 23"  # RFC 9802, section 3
ML_DSA_65 = "06 09 60 86 48 01 65 03 04 03 12"


def pkcs8(oid: str, private: bytes = bytes(range(64))) -> bytes:
    algorithm = bytes.fromhex(oid)
    content = b"\x02\x01\x00\x30" + bytes((len(algorithm),)) + algorithm + b"\x04" + bytes((len(private),)) + private
    return b"\x30" + bytes((len(content),)) + content


def pem(der: bytes, label: str = "PRIVATE KEY") -> bytes:
    return f"-----BEGIN {label}-----\n".encode() + base64.encodebytes(der) + f"-----END {label}-----\n".encode()


def found_in(data: bytes) -> list[tuple[str, Verdict, str]]:
    """Rule, verdict and reason of what the floor says of a file."""
    facts = facts_of(PrivateKeyFileProbe(), data)
    profile = canonical(Profile(PrivateKeyFileProbe.name, facts.depth, facts.asked, facts.complete, facts.observations))
    findings = assess_profile(profile, (), date(2026, 11, 29))
    return [(one.rule, one.verdict, one.reason.code) for one in findings]


@pytest.mark.parametrize("oid", [HSS_LMS, XMSS, XMSS_MT])
@pytest.mark.parametrize("written", [pkcs8, lambda oid: pem(pkcs8(oid))])
def test_a_key_that_may_sign_but_once_is_a_finding_where_it_lies_in_a_file(oid: str, written: object) -> None:
    data = written(oid)  # type: ignore[operator]  # Both make octets of a number.
    assert found_in(data) == [("floor-stateful-key", Verdict.NOT_MET, "private_key_stateful")]


def test_a_key_that_signs_as_often_as_it_likes_is_none() -> None:
    assert found_in(pem(pkcs8(ML_DSA_65, bytes.fromhex("8020") + bytes(32)))) == []


def test_the_public_key_alone_is_none() -> None:
    from pqscan_probes.public_key_file import PublicKeyFileProbe

    algorithm = bytes.fromhex(HSS_LMS)
    key = b"\x03\x39\x00" + bytes(56)
    content = b"\x30" + bytes((len(algorithm),)) + algorithm + key
    facts = facts_of(PublicKeyFileProbe(), b"\x30" + bytes((len(content),)) + content)
    profile = canonical(Profile("public_key_file", facts.depth, facts.asked, facts.complete, facts.observations))
    assert [one.name for one in facts.observations] == ["HSS/LMS"]
    assert assess_profile(profile, (), date(2026, 11, 29)) == ()
