from __future__ import annotations

import pytest

from pqscan.wire.pki.der import DerReader
from pqscan.wire.pki.extensions import Extensions, read_extensions
from pqscan.wire.pki.flaw import Flaw
from tests.unit.wire.pki.making import alternative_names, extension, integer, name, oid, seq, spki, tlv


def read(*extensions: bytes) -> tuple[Extensions, set[Flaw]]:
    flaws: set[Flaw] = set()
    reader = DerReader(seq(*extensions), flaws)
    return read_extensions(reader, reader.read("Extensions")), flaws


def test_the_known_extensions_are_read() -> None:
    found, flaws = read(
        alternative_names(tlv(0x82, b"a.example")),
        extension("2.5.29.15", b"\x03\x02\x05\xa0"),
        extension("2.5.29.37", seq(oid("1.3.6.1.5.5.7.3.1"), oid("1.2.3"))),
        seq(oid("2.5.29.19"), b"\x01\x01\xff", tlv(4, seq(b"\x01\x01\xff"))),
    )
    assert found.alternative_names == ("a.example",)
    assert found.key_usage == ("digitalSignature", "keyEncipherment")
    assert found.extended_key_usage == ("serverAuth", "1.2.3")
    assert found.is_ca
    assert flaws == set()


def test_the_ninth_key_usage_is_in_the_second_octet() -> None:
    assert read(extension("2.5.29.15", b"\x03\x03\x07\x08\x80"))[0].key_usage == ("keyAgreement", "decipherOnly")


def test_second_keys_and_signatures_are_named() -> None:
    found, flaws = read(
        extension("2.5.29.72", spki("2.16.840.1.101.3.4.3.18", bytes(1952))),
        extension("2.5.29.73", seq(oid("2.16.840.1.101.3.4.3.19"))),
        extension("2.5.29.74", b"\x03\x02\x00\x01"),
    )
    assert (found.alternative_algorithms, flaws) == (["ML-DSA-65", "ML-DSA-87"], set())


@pytest.mark.parametrize("signature", [seq(oid("2.16.840.1.101.3.4.3.17")), oid("2.16.840.1.101.3.4.3.17")])
def test_the_algorithms_of_a_delta_certificate_are_named(signature: bytes) -> None:
    delta = seq(integer(5), tlv(0xA0, signature), tlv(0xA1, name()), spki("2.16.840.1.101.3.4.3.18", bytes(1952)), b"\x03\x01\x00")
    assert read(extension("2.16.840.1.114027.80.6.1", delta))[0].alternative_algorithms == ["ML-DSA-44", "ML-DSA-65"]


def test_a_broken_extension_is_noted_and_does_not_hide_the_next() -> None:
    found, flaws = read(extension("2.5.29.17", b"\x30\x05\x82"), extension("2.5.29.15", b"\x03\x02\x05\xa0"))
    assert found.alternative_names == ()
    assert found.key_usage == ("digitalSignature", "keyEncipherment")
    assert Flaw.LENGTH_OVERRUN in flaws
    assert Flaw.BAD_EXTENSION in flaws


def test_of_an_extension_that_stands_twice_the_first_holds() -> None:
    found, flaws = read(alternative_names(tlv(0x82, b"a.example")), alternative_names(tlv(0x82, b"b.example")))
    assert (found.alternative_names, flaws) == (("a.example",), {Flaw.DUPLICATE_EXTENSION})


def test_a_hundred_thousand_extensions_are_cut() -> None:
    _, flaws = read(*[extension(f"1.2.3.{number}", b"") for number in range(100_000)])
    assert flaws == {Flaw.EXTENSIONS_CUT}


def test_repeated_extensions_and_purposes_are_cut_too() -> None:
    assert read(extension("2.5.29.14", b"\x04\x00") * 100_000)[1] == {Flaw.EXTENSIONS_CUT, Flaw.DUPLICATE_EXTENSION}
    found, flaws = read(extension("2.5.29.37", seq(oid("1.3.6.1.5.5.7.3.1") * 100_000)))
    assert (found.extended_key_usage, flaws) == (("serverAuth",), {Flaw.EXTENSIONS_CUT})


def test_of_a_delta_certificate_of_a_hundred_thousand_fields_the_first_are_read() -> None:
    delta = seq(*[spki(f"1.2.3.{number}", b"") for number in range(100_000)])
    assert read(extension("2.16.840.1.114027.80.6.1", delta))[0].alternative_algorithms == [f"1.2.3.{n}" for n in range(8)]
