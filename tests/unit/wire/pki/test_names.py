from __future__ import annotations

import pytest
from cryptography import x509

from pqscan.wire.pki.der import DerReader
from pqscan.wire.pki.flaw import Flaw
from pqscan.wire.pki.names import MOST_NAMES, MOST_TEXT, escaped, looks_like_dns_name, read_general_names, read_name
from tests.unit.wire.pki.making import attribute, name, oid, seq, tlv


def text_of(encoded: bytes) -> tuple[str, set[Flaw]]:
    flaws: set[Flaw] = set()
    reader = DerReader(encoded, flaws)
    return read_name(reader, reader.read("Name"))[0], flaws


def names_of(*names: bytes) -> tuple[tuple[str, ...], set[Flaw]]:
    flaws: set[Flaw] = set()
    reader = DerReader(seq(*names), flaws)
    return read_general_names(reader, reader.read("GeneralNames")), flaws


def test_the_last_relative_name_stands_first() -> None:
    encoded = seq(attribute("2.5.4.6", b"VN", 19), attribute("2.5.4.10", "Cơ quan A".encode()), attribute("2.5.4.3", b"a.example"))
    assert text_of(encoded) == ("CN=a.example,O=Cơ quan A,C=VN", set())


def test_every_vietnamese_letter_stands_as_written() -> None:
    letters = "ạảãàáâậầấẩẫăắằặẳẵóòọõỏôộổỗồốơờớợởỡéèẻẹẽêếềệểễúùụủũưựữửừứíìịỉĩýỳỷỵỹđ"
    assert text_of(name((letters + letters.upper()).encode())) == (f"CN={letters}{letters.upper()}", set())


@pytest.mark.parametrize("text", ['a,b+c"d\\e<f>g;h', "#begin", " both ", "in side", " ", "", "a=b", "Đà Nẵng, Việt Nam"])
def test_escapes_are_those_of_cryptography(text: str) -> None:
    if not text:
        assert escaped(text) == ""
        return
    theirs = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])
    encoded = theirs.public_bytes()
    assert text_of(encoded)[0] == theirs.rfc4514_string()


@pytest.mark.parametrize(
    ("text", "written"),
    [("a\nb", "a\\0ab"), ("a\x00b", "a\\00b"), ("a\x1b[31m", "a\\1b[31m"), ("a\u202eb", "a\\e2\\80\\aeb"), ("a\x7f", "a\\7f")],
)
def test_what_would_not_be_seen_as_written_is_escaped(text: str, written: str) -> None:
    assert escaped(text) == written


@pytest.mark.parametrize(
    ("tag", "octets", "text", "noted"),
    [
        (19, b"A*B", "A*B", True),
        (19, "Hà Nội".encode(), "Hà Nội", True),
        (12, b"\xff\xfe", "ÿþ", True),
        (30, "Hà Nội".encode("utf-16-be"), "Hà Nội", False),
        (28, "Hà".encode("utf-32-be"), "Hà", False),
        (20, b"caf\xe9", "café", False),
        (18, b"12 3", "12 3", False),
        (18, b"12a", "12a", True),
    ],
)
def test_text_is_read_by_its_type_and_what_does_not_fit_is_noted(tag: int, octets: bytes, text: str, noted: bool) -> None:
    assert text_of(name(octets, tag)) == (f"CN={text}", {Flaw.BAD_STRING} if noted else set())


def test_unknown_types_and_values_that_are_no_text_stand_in_hexadecimal() -> None:
    encoded = seq(attribute("1.2.3.4", b"x"), tlv(0x31, seq(oid("2.5.4.3"), b"\x04\x01\xff")))
    assert text_of(encoded)[0] == "CN=#0401ff,1.2.3.4=#0c0178"


def test_a_relative_name_of_two_parts_is_joined() -> None:
    pair = tlv(0x31, seq(oid("2.5.4.3"), tlv(12, b"a")), seq(oid("2.5.4.5"), tlv(19, b"7")))
    assert text_of(seq(pair))[0] == "CN=a+serialNumber=7"


def test_a_name_that_breaks_off_keeps_what_was_read() -> None:
    text, flaws = text_of(seq(attribute("2.5.4.10", b"A"), b"\x31\x03\x30\x01\x06"))
    assert text == "O=A"
    assert Flaw.BAD_NAME in flaws


def test_a_name_of_a_million_parts_is_cut() -> None:
    text, flaws = text_of(seq(*[attribute("2.5.4.3", b"x" * 200)] * 20_000))
    assert len(text) <= MOST_TEXT
    assert Flaw.NAME_CUT in flaws


@pytest.mark.parametrize("one", [b"\x31\x00", attribute("2.5.4.3", b"x")])
def test_a_name_of_a_hundred_thousand_sets_is_cut(one: bytes) -> None:
    assert Flaw.NAME_CUT in text_of(seq(one * 100_000))[1]


@pytest.mark.parametrize("one", [tlv(0x81, b"mail@example"), tlv(0x82, b"a.example")])
def test_other_kinds_of_names_and_repeated_ones_are_cut_too(one: bytes) -> None:
    names, flaws = names_of(one * 100_000)
    assert (len(names) <= 1, flaws) == (True, {Flaw.NAMES_CUT})


def test_dns_names_and_addresses_are_kept_in_order_and_once() -> None:
    names, flaws = names_of(
        tlv(0x82, b"b.example"),
        tlv(0x81, b"mail@example"),
        tlv(0x87, b"\xc0\x00\x02\x01"),
        tlv(0x82, b"b.example"),
        tlv(0x87, bytes(15) + b"\1"),
    )
    assert (names, flaws) == (("b.example", "192.0.2.1", "::1"), set())


def test_names_that_are_none_are_noted() -> None:
    names, flaws = names_of(tlv(0x82, b"a\x00b"), tlv(0x82, "hà.example".encode()), tlv(0x87, b"\x01\x02"), tlv(0x82, b"z" * 300))
    assert names == ("a\\00b", "hà.example", "z" * 255)
    assert flaws == {Flaw.BAD_DNS_NAME, Flaw.BAD_IP_ADDRESS}


def test_of_a_hundred_thousand_names_a_thousand_are_kept() -> None:
    names, flaws = names_of(*[tlv(0x82, b"%d.example" % number) for number in range(100_000)])
    assert (len(names), names[0], flaws) == (MOST_NAMES, "0.example", {Flaw.NAMES_CUT})


@pytest.mark.parametrize("text", ["a.example", "*.a.example", "xn--h-xga.example", "a_b.example.vn"])
def test_a_common_name_that_can_be_a_host_is_known(text: str) -> None:
    assert looks_like_dns_name(text)


@pytest.mark.parametrize("text", ["", "Root CA", "Example", "192.0.2.1", "a..b", "-a.b", "a@b.example", "a." * 200 + "b"])
def test_a_common_name_that_is_no_host_is_known(text: str) -> None:
    assert not looks_like_dns_name(text)
