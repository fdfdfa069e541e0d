"""Zones as BIND writes and signs them, and keys as dnssec-keygen makes them; by the RFCs' own examples where BIND is not here."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import dns.rdata
import dns.rdatatype
import pytest
from pqscan_probes.zone_file import ZoneFileProbe

from pqscan.app import assess, open_store, scan_files
from pqscan.errors import WrongProtocol
from pqscan.model.observation import Subject
from pqscan.model.outcome import Facts
from pqscan.policy.state import State
from tests.unit.scan.files.making import facts_of

# RFC 5702, section 6.1 (a key of RSASHA256); RFC 8080, section 6.1 (Ed25519), the second laid out as zone files may be.
ZONE = """\
$ORIGIN example.net.
example.net.     3600  IN  DNSKEY  (256 3 8 AwEAAcFcGsaxxdgiuuGmCkVI
                    my4h99CqT7jwY3pexPGcnUFtR2Fh36BponcwtkZ4cAgtvd4Qs8P
                    kxUdp6p/DlUmObdk= );{id = 9033 (zsk), size = 512b}
example.com. 3600 IN DNSKEY 257 3 15 (
             l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4= )
example.com. 3600 IN DS 3613 15 2 (
             3aa5ab37efce57f737fc1627013fee07bdf241bd10f3b1964ab55c78e79a304b )
www.example.net. 3600  IN  RRSIG  (A 8 3 3600 20300101000000 20000101000000 9033 example.net. kRCOH6u7l0QGy9qpC9l1sLncJcOKFLJ7
                      GhiUOibu4teYp5VE9RncriShZNz85mwlMgNEacFYK/lPtPiVYP4bwg== );
_443._tcp.www.example.com. IN TLSA 3 1 1 0b9fa5a59eed715c26c1020c711b4f6ec42d58b0015e14337a39dad301c5afc3
host.example. IN SSHFP 4 2 123456789abcdef67890123456789abcdef67890123456789abcdef123456789
example.net. 3600 IN NSEC www.example.net. A NS SOA RRSIG NSEC DNSKEY
; DNSKEY 257 3 5 is what stood here before
"""


def probe(text: str) -> Facts:
    return facts_of(ZoneFileProbe(), text.encode())


def told(facts: Facts) -> list[tuple[str, str, str | None, str | None, int | None]]:
    return [
        (o.subject.value, o.value, o.context, o.name, o.where.line if o.where else None)
        for o in sorted(facts.observations, key=lambda o: (o.where.line or 0) if o.where else 0)
    ]


def test_records_of_a_zone_are_told_with_their_lines() -> None:
    facts = probe(ZONE)
    assert told(facts) == [
        ("dnssec_algorithm", "8", "zsk", "RSASHA256", 2),
        ("dnssec_algorithm", "15", "ksk", "ED25519", 5),
        ("ds_digest", "2", None, "SHA-256", 7),
        ("dnssec_signature", "8", "A", "RSASHA256", 9),
        ("tlsa", "3 1 1", None, "DANE-EE SPKI SHA2-256", 11),
        ("sshfp", "4 2", None, "Ed25519 SHA-256", 12),
    ]
    (key,) = (o for o in facts.observations if o.context == "zsk")
    assert dict(key.parameters) == {"size_bits": 512}
    assert [chain.context for chain in facts.chains] == ["dnskey zsk", "dnskey ksk"]


DIGEST = "3aa5ab37efce57f737fc1627013fee07bdf241bd10f3b1964ab55c78e79a304b"


@pytest.mark.parametrize("before", ["a.", "a. 3600", "a. IN", "a. 3600 IN", "a. IN 3600", "", "a. 1h CH"])
@pytest.mark.parametrize("kind", ["DS", "ds"])
@pytest.mark.parametrize("space", [" ", "\t", " \t", "\t "])
def test_a_record_is_read_with_class_and_time_to_live_in_any_order_and_without(before: str, kind: str, space: str) -> None:
    text = space.join([*before.split(), "", kind, "3613", "15", "2", DIGEST]) + "\n"
    assert told(probe(text)) == [("ds_digest", "2", None, "SHA-256", 1)]


def test_types_in_small_letters_are_types() -> None:
    zone = ZONE
    for kind in ("DNSKEY", "RRSIG", "DS", "TLSA", "SSHFP"):
        zone = zone.replace(f" {kind} ", f" {kind.lower()} ")
    assert told(probe(zone)) == told(probe(ZONE))
    (key,) = told(probe("a. in dnskey 257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=\n"))
    assert key[:2] == ("dnssec_algorithm", "15")


def test_words_in_a_record_are_no_records() -> None:
    row = "a. IN DNSKEY 257 3 8 ( AAAA DNSKEY 257 3 13 AAAA AAAA )\n"
    assert [one[1] for one in told(probe(row))] == ["8"]


def test_what_a_zone_says_often_is_told_once() -> None:
    row = "a. IN RRSIG A 13 2 3600 20300101000000 20290101000000 1 a. AAAA\n"
    assert told(probe(row * 500)) == [("dnssec_signature", "13", "A", "ECDSAP256SHA256", 1)]


def generic(record: str) -> str:
    """The same record as RFC 3597, section 5 writes those whose type a program does not know."""
    rdata = dns.rdata.from_text("IN", *record.split(maxsplit=1)).to_wire()
    assert rdata is not None
    number = int(dns.rdatatype.from_text(record.split()[0]))
    return f"a.example. 3600 CLASS1 TYPE{number} \\# {len(rdata)} ( {rdata.hex()[:30]}\n   {rdata.hex()[30:]} ) ; of {number}\n"


RECORDS = [
    "DNSKEY 257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=",
    f"DS 3613 15 2 {DIGEST}",
    "RRSIG A 8 3 3600 20300101000000 20000101000000 9033 example.net. kRCOH6u7l0QGy9qpC9l1sLncJcOKFLJ7",
    "RRSIG TYPE65280 13 3 3600 20300101000000 20000101000000 9033 example.net. kRCOH6u7l0QGy9qpC9l1sLncJcOKFLJ7",
    f"TLSA 3 1 1 {DIGEST}",
    f"SSHFP 4 2 {DIGEST}",
]


@pytest.mark.parametrize("record", RECORDS, ids=range(len(RECORDS)))
def test_a_record_in_the_form_of_unknown_types_says_the_same(record: str) -> None:
    expected, unknown = probe(f"a.example. 3600 IN {record}\n"), generic(record)
    assert told(probe(unknown)) == told(expected)
    assert probe(unknown).certificates == expected.certificates
    known, kind = unknown.replace("CLASS1", "IN"), record.split()[0]
    assert told(probe(known.replace("TYPE", "type", 1))) == told(expected)
    number = known.split()[3]
    assert told(probe(known.replace(number, kind, 1))) == told(expected)  # The type may be named all the same.


@pytest.mark.parametrize(
    "text",
    [
        "a. TYPE48 256 3 8 AwEAAcFcGsaxxdgiuuGmCkVI",
        "a. TYPE480 \\# 8 0101030fabcdabcd",
        "a. TYPE48 \\# 9 0101030fabcdabcd",
        "a. TYPE48 \\# 4 0101030f",
        "a. TYPE48 \\# 8 0101030fabcdabcx",
        "a. TYPE48 \\# x 0101030fabcdabcd",
        "a. TYPE48 \\#",
        "a. TYPE48 \\# 8",
        "a. TYPE43 \\# 4 00010f02",
        "a. TYPE52 \\# 3 030101",
        "a. TYPE44 \\# 2 0402",
        "a. TYPE46 \\# 18 00010803000000000000000000000000cccc",
        "TYPE48 \\# 8 0101030fabcdabcd",
        "Use TYPE48 records",
    ],
)
def test_records_of_unknown_types_that_lie_are_none(text: str) -> None:
    with pytest.raises(WrongProtocol):
        probe(text)


@pytest.mark.parametrize(
    "text",
    [
        "DNSKEY",
        "a DNSKEY record",
        " DNSKEY 257 3 8",
        " DNSKEY 257 3 8 ????",
        " DNSKEY 65536 3 8 AAAA",
        " DNSKEY 257 2 8 AwEAAcFcGsaxxdgiuuGmCkVI",
        " xDNSKEY 257 3 8 AAAA",
        " RRSIG NSEC DNSKEY",
        "IN DS 1 2 3",
        "IN DS 1 2 3 xyz",
        " TLSA 3 1 1 0",
        " TLSA 300 1 1 00",
        " SSHFP 4 2 (",
        "Private-key-format: v1.3\nAlgorithm: x",
        " DNSKEY " + "(" * 70_000,
    ],
)
def test_words_that_are_no_records_are_none(text: str) -> None:
    with pytest.raises(WrongProtocol):
        probe(text)


def test_an_algorithm_may_be_named() -> None:
    assert told(probe("a. IN DNSKEY 257 3 ED25519 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4="))[0][1] == "15"


def by_bind(folder: Path, algorithm: str, *options: str) -> tuple[bytes, bytes]:
    """The two files that dnssec-keygen makes of one key."""
    program = shutil.which("dnssec-keygen") or shutil.which("dnssec-keygen", path="/usr/sbin")
    if program is None:
        pytest.skip("this machine has no dnssec-keygen (package bind9-utils)")
    subprocess.run([program, "-q", "-K", folder, "-a", algorithm, *options, "example.com"], check=True, capture_output=True)
    (public,), (private,) = folder.glob("K*.key"), folder.glob("K*.private")
    return public.read_bytes(), private.read_bytes()


@pytest.mark.parametrize(
    ("algorithm", "options", "number", "size", "name"),
    [
        ("RSASHA256", ("-b", "2048"), "8", 2048, "RSA"),
        ("ECDSAP256SHA256", ("-f", "KSK"), "13", 256, "secp256r1"),
        ("ED25519", (), "15", 256, "Ed25519"),
    ],
)
def test_keys_of_bind_are_told_the_public_and_the_private_one(
    tmp_path: Path, algorithm: str, options: tuple[str, ...], number: str, size: int, name: str
) -> None:
    public, private = by_bind(tmp_path, algorithm, *options)
    (key,) = facts_of(ZoneFileProbe(), public).observations
    assert (key.value, key.context, dict(key.parameters)) == (
        number,
        "ksk" if options[:1] == ("-f",) else "zsk",
        {"size_bits": size},
    )
    (secret,) = facts_of(ZoneFileProbe(), private).observations
    assert (secret.subject, secret.where.line if secret.where else None) == (Subject.PRIVATE_KEY, 1)
    stated = dict(secret.parameters)
    assert stated["form"] == "bind"
    assert stated.get("size_bits") == size
    assert stated.get("parameter") == (name if number == "13" else None)


@pytest.mark.parametrize(
    ("algorithm", "value", "name", "stated"),
    [
        ("13 (ECDSAP256SHA256)", "1.2.840.10045.2.1", "EC", {"parameter": "secp256r1", "size_bits": 256}),
        ("14 (ECDSAP384SHA384)", "1.2.840.10045.2.1", "EC", {"parameter": "secp384r1", "size_bits": 384}),
        ("15 (ED25519)", "1.3.101.112", "Ed25519", {"size_bits": 256}),
        ("16 (ED448)", "1.3.101.113", "Ed448", {"size_bits": 456}),
        ("8 (RSASHA256)", "8", "RSA", {}),
        ("200", "200", None, {}),
    ],
)
def test_the_size_of_a_private_key_follows_from_its_curve(
    algorithm: str, value: str, name: str | None, stated: dict[str, object]
) -> None:
    (key,) = probe(f"Private-key-format: v1.3\nAlgorithm: {algorithm}\nPrivateKey: c2VjcmV0\n").observations
    assert (key.value, key.name, dict(key.parameters)) == (value, name, {"form": "bind", **stated})


def test_a_zone_is_judged_by_its_keys(tmp_path: Path) -> None:
    (tmp_path / "zone").write_text(ZONE)
    with open_store(str(tmp_path / "store.sqlite"), create=True) as store:
        scan_files([tmp_path / "zone"], store, machine="here")
        inventory = assess(store)
        (target,) = inventory.targets()
    assert target.authentication.state is State.VULNERABLE
    assert target.key_establishment.state is State.NONE


def test_many_records_that_never_end_are_left_at_some_point() -> None:
    facts = probe("a. IN DS 1 13 2 00\n" + " DNSKEY 257 3 8 ( x\n" * 40_000)
    assert not facts.complete
    assert len(facts.observations) == 1
