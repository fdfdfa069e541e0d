"""Signatures and locks of PDF, at the places where they stand."""

from __future__ import annotations

import re

import pytest

from pqscan.errors import MalformedMessage
from pqscan.wire.pdf import PdfLock, PdfSignature, read_pdf_lock, read_pdf_signature

BYTE_RANGE, ENCRYPT = b"/ByteRange", b"/Encrypt"
SIGNATURE = b"\x30\x03abc"
BEFORE = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"


def a_signature(content: bytes, sub_filter: bytes = b"/ETSI.CAdES.detached", *, before: bytes = BEFORE, wide: int = 16) -> bytes:
    """One revision that is signed, its /ByteRange right. The signature stands between /SubFilter and /ByteRange."""
    digits = content.hex().encode() + b"00" * wide
    head = before + b"5 0 obj\n<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter " + sub_filter + b"\n/Name (Nguyen Van A) /Contents "
    gap = len(head)
    close = gap + len(digits) + 2
    tail = b" /ByteRange [0 %-6d %-6d %-6d] /Reason (bi mat)>>\nendobj\n%%%%EOF\n" % (gap, close, 40)
    return head + b"<" + digits + b">" + tail


def read(data: bytes, offset: int = 0) -> PdfSignature | None:
    return read_pdf_signature(data, data.rindex(BYTE_RANGE), offset)


def test_a_signature_is_found_where_its_range_says() -> None:
    signature = read(a_signature(b"\x30\x03abc"))
    assert signature is not None
    assert signature.format == "ETSI.CAdES.detached"
    assert signature.content.startswith(b"\x30\x03abc\0")


def test_the_places_are_those_of_the_file_where_only_a_part_of_it_is_held() -> None:
    data = a_signature(b"\x30\x03abc")
    cut = len(BEFORE)
    signature = read(data[cut:], cut)
    assert signature is not None
    assert signature.content.startswith(b"\x30\x03abc")


def test_a_signature_is_found_beside_its_range_where_that_is_wrong() -> None:
    data = a_signature(b"\x30\x03abc").replace(b"[0 ", b"[9 ", 1)
    signature = read(data)
    assert signature is not None
    assert signature.content.startswith(b"\x30\x03abc")


def test_each_revision_has_its_own_signature() -> None:
    first = a_signature(b"first")
    both = a_signature(b"second", b"/ETSI.RFC3161", before=first)
    one, two = read_pdf_signature(both, both.index(BYTE_RANGE)), read(both)
    assert one is not None
    assert two is not None
    assert (one.content[:5], one.format) == (b"first", "ETSI.CAdES.detached")
    assert (two.content[:6], two.format) == (b"second", "ETSI.RFC3161")


def test_a_signature_may_be_a_string_of_octets() -> None:
    content = b"\x30\x03(\\)\r"
    escaped = b"(" + content.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)").replace(b"\r", b"\\015") + b")"
    head = BEFORE + b"5 0 obj\n<< /SubFilter /adbe.pkcs7.detached /Contents "
    data = head + escaped + b" /ByteRange [0 %d %d 40]>>\nendobj" % (len(head), len(head) + len(escaped))
    assert read(data) == PdfSignature("adbe.pkcs7.detached", content)


def test_a_place_for_a_signature_that_nobody_made_is_empty() -> None:
    signature = read(a_signature(b""))
    assert signature is not None
    assert signature.content == b""


def test_formats_that_no_standard_has_are_not_given() -> None:
    signature = read(a_signature(b"\x30\x03abc", b"/Someones.Own"))
    assert signature is not None
    assert signature.format is None


def test_a_range_may_leave_more_gaps_than_the_one_of_its_signature() -> None:
    made = a_signature(SIGNATURE)
    gap, close = map(int, re.search(rb"ByteRange \[0 (\d+) +(\d+)", made).groups())  # type: ignore[union-attr]  # It is there.
    ranges = b"[0 %d %d %d %d %d]" % (4, 6, gap - 6, close, 40)
    data = re.sub(rb"\[0 \d+ +\d+ +\d+ *\]", ranges, made)
    assert len(data) - len(made) < 40
    found = read(data)
    assert found is not None
    assert found.content.startswith(SIGNATURE)


@pytest.mark.parametrize("between", [b" ", b"\n"])
def test_the_numbers_of_a_range_may_stand_in_another_object(between: bytes) -> None:
    made = a_signature(SIGNATURE)
    numbers = re.search(rb"\[0 \d+ +\d+ +\d+ *\]", made)
    assert numbers is not None
    data = made.replace(numbers[0], b"9 0 R".ljust(len(numbers[0]))) + b"9" + between + b"0 obj " + numbers[0] + b" endobj"
    for whole in (data, made.replace(numbers[0], b"8 0 R".ljust(len(numbers[0])))):  # One that is missing is looked for beside it.
        found = read(whole)
        assert found is not None
        assert found.content.startswith(SIGNATURE)


@pytest.mark.parametrize(
    "data",
    [
        b"/ByteRange (a word)",
        b"/ByteRange [0 1 2",
        b"/ByteRange [/A /B]",
        b"/ByteRange",
        b"/ByteRange [0 1 2 3 4]",
        b"/ByteRange [0 1 2 1234567890123]",
    ],
)
def test_other_words_are_no_signature(data: bytes) -> None:
    assert read(data) is None


@pytest.mark.parametrize(
    "data", [b"/ByteRange [0 5 99 1]", b"/ByteRange [0 999999999999 999999999999 9]", b"<abc/ByteRange [0 0 9 1]"]
)
def test_a_range_without_a_signature_cannot_be_read(data: bytes) -> None:
    with pytest.raises(MalformedMessage):
        read(data)


def locked(dictionary: bytes, reference: bytes = b"12 0 R") -> bytes:
    return BEFORE + b"12 0 obj\n<< " + dictionary + b" >>\nendobj\ntrailer << /Root 1 0 R /Encrypt " + reference + b" >>\n%%EOF"


@pytest.mark.parametrize(
    ("dictionary", "expected"),
    [
        (b"/Filter /Standard /V 1 /R 2 /O (x) /U (y) /P -4", ("standard", 1, 2, "RC4", 40)),
        (b"/Filter /Standard /V 2 /R 3 /Length 128 /O (x)", ("standard", 2, 3, "RC4", 128)),
        (
            b"/Filter/Standard/V 4/R 4/Length 128/CF<</StdCF<</AuthEvent/DocOpen/CFM/AESV2/Length 16>>>>/StmF/StdCF",
            ("standard", 4, 4, "AES-128", 128),
        ),
        (b"/Filter /Standard /V 4 /R 4 /CF << /StdCF << /CFM /V2 /Length 16 >> >>", ("standard", 4, 4, "RC4", 128)),
        (
            b"/V 5 /R 6 /Filter /Standard /CF << /StdCF << /Length 32 /CFM /AESV3 >> >> /StmF /StdCF",
            ("standard", 5, 6, "AES-256", 256),
        ),
        (b"/Filter /Standard /V 0", ("standard", 0, None, None, None)),
    ],
)
def test_a_lock_is_told_by_its_algorithms(dictionary: bytes, expected: tuple[str, int, int | None, str | None, int | None]) -> None:
    data = locked(dictionary)
    lock = read_pdf_lock(data, data.rindex(ENCRYPT))
    assert lock == PdfLock(*expected)


def test_a_lock_by_public_keys_gives_the_messages_to_its_recipients() -> None:
    data = locked(
        b"/Filter /Adobe.PubSec /SubFilter /adbe.pkcs7.s5 /V 4 /CF << /DefaultCryptFilter << /CFM /AESV2 "
        b"/Recipients [<3003616263> (\\060\\003a\\(\\\\)] >> >>"
    )
    lock = read_pdf_lock(data, data.rindex(ENCRYPT))
    assert lock is not None
    assert (lock.handler, lock.cipher) == ("public_key", "AES-128")
    assert lock.recipients == (b"\x30\x03abc", b"0\x03a(\\")


def test_a_lock_may_stand_in_the_trailer_itself() -> None:
    data = b"trailer << /Encrypt << /Filter /Standard /V 1 /R 2 >> >>"
    lock = read_pdf_lock(data, data.index(ENCRYPT))
    assert lock is not None
    assert lock.cipher == "RC4"


def test_other_words_are_no_lock() -> None:
    for data in (b"/EncryptMetadata false", b"/Encrypt", b"/Encrypted 1 0 R"):
        assert read_pdf_lock(data, 0) is None


def test_a_lock_that_is_not_there_cannot_be_read() -> None:
    for data in (b"/Encrypt 9 0 R 19 0 obj << /Filter /Standard >>", locked(b"/Filter /Home.Made /V 1")):
        with pytest.raises(MalformedMessage):
            read_pdf_lock(data, data.rindex(ENCRYPT))
