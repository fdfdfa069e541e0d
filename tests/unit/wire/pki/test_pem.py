from __future__ import annotations

import base64
import subprocess

import pytest

from pqscan.wire.pki.pem import PemBlock, scan_pem
from tests.unit.wire.pki.making import signed


def pem(der: bytes, label: str = "CERTIFICATE", newline: str = "\n") -> bytes:
    body = base64.b64encode(der).decode()
    lines = [body[at : at + 64] for at in range(0, len(body), 64)]
    return newline.join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", "")).encode()


def scan(data: bytes) -> list[PemBlock]:
    return list(scan_pem(data))


def test_blocks_are_found_with_their_line_and_offset_among_other_text() -> None:
    first = b"Bag Attributes\n    friendlyName: m\xc3\xa1y ch\xe1\xbb\xa7\nsubject=CN = a\n"
    data = first + pem(b"first one") + b"# comment ----- no block\n" + pem(b"second one", "X509 CRL")
    assert scan(data) == [
        PemBlock("CERTIFICATE", b"first one", 4, len(first)),
        PemBlock("X509 CRL", b"second one", 8, data.index(b"-----BEGIN X509")),
    ]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_any_line_ending_will_do(newline: str) -> None:
    assert [block.der for block in scan(pem(b"x" * 200, newline=newline))] == [b"x" * 200]


def test_a_block_may_be_indented_or_on_one_line() -> None:
    indented = pem(b"x" * 100).replace(b"\n", b"\n    ")
    assert scan(b"  ca: |\n    " + indented)[0].der == b"x" * 100
    assert scan(b"-----BEGIN A-----eHg=-----END A-----")[0].der == b"xx"


def test_headers_before_the_text_are_left_out() -> None:
    headers = b"Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,AB\n\n"
    data = pem(b"secret", "RSA PRIVATE KEY").replace(b"KEY-----\n", b"KEY-----\n" + headers, 1)
    assert scan(data)[0].der == b"secret"


@pytest.mark.parametrize(
    "broken",
    [
        b"-----BEGIN CERTIFICATE-----\nAAAA\n",
        b"-----BEGIN CERTIFICATE-----\nAA!A\n-----END CERTIFICATE-----\n",
        b"-----BEGIN CERTIFICATE-----\nAAAA?\n-----END CERTIFICATE-----\n",
        b"-----BEGIN CERTIFICATE-----\nAAA\n-----END CERTIFICATE-----\n",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END X509 CRL-----\n",
        b"-----BEGIN CERTIFICATE-----\nAAAA-----AAAA\n-----END CERTIFICATE-----\n",
    ],
)
def test_a_broken_block_is_told_of_and_does_not_stop_the_next(broken: bytes) -> None:
    blocks = scan(broken + pem(b"good"))
    assert [(block.der, block.whole) for block in blocks] == [(b"", False), (b"good", True)]


@pytest.mark.parametrize(
    "data", [b"", b"-----BEGIN ", b"-----BEGIN -----", b"-----BEGIN lower-----", b"-----BEGIN " + b"A" * 90 + b"-----"]
)
def test_what_has_no_label_is_no_block(data: bytes) -> None:
    assert scan(data) == []


def test_only_wanted_labels_are_decoded() -> None:
    blocks = list(scan_pem(pem(b"key", "PRIVATE KEY") + pem(b"cert"), wanted={"CERTIFICATE"}))
    assert [(block.label, block.der, block.whole) for block in blocks] == [
        ("PRIVATE KEY", b"", True),
        ("CERTIFICATE", b"cert", True),
    ]


def test_a_hundred_thousand_beginnings_are_as_many_broken_blocks() -> None:
    blocks = scan(b"-----BEGIN CERTIFICATE-----\n" * 100_000)
    assert (len(blocks), blocks[-1].line, any(block.whole for block in blocks)) == (100_000, 100_000, False)


def test_what_openssl_writes_is_read() -> None:
    der = signed()
    written = subprocess.run(["openssl", "x509", "-inform", "DER", "-text"], input=der, capture_output=True, check=True).stdout
    assert [(block.label, block.der) for block in scan(written)] == [("CERTIFICATE", der)]


@pytest.mark.parametrize("between", [b"", b"\n", b"\r\n", b"\r"])
def test_a_beginning_right_behind_a_beginning_is_a_mention(between: bytes) -> None:
    head = b"-----BEGIN CERTIFICATE-----"
    first, _ = list(scan_pem(head + between + head))
    assert (first.whole, first.is_mention) == (False, True)


@pytest.mark.parametrize(
    "text",
    [
        b'MARKER = ("-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----")',
        b"Example: -----BEGIN PRIVATE KEY----- -----END PRIVATE KEY----- as the text has it",
        b'key="-----BEGIN PRIVATE KEY-----\\nXXXX\\nXXXX\\n-----END PRIVATE KEY-----"',
    ],
)
def test_what_is_too_short_to_be_anything_is_a_mention(text: bytes) -> None:
    (block,) = scan_pem(text)
    assert block.is_mention
    (unasked,) = scan_pem(text, wanted={"CERTIFICATE"})
    assert not unasked.is_mention


def test_the_name_of_a_curve_is_short_and_no_mention() -> None:
    (block,) = scan_pem(b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n")
    assert (block.whole, block.is_mention, len(block.der)) == (True, False, 10)


def test_a_long_run_of_backslashes_is_gone_through_once() -> None:
    run = b"\\" * (1 << 22)
    assert scan(b"-----BEGIN A-----\n" + b"eHh4eHh4eHh4eHh4eHh4eA==" + run + b"\n-----END A-----")[0].whole is True
    assert scan(b"-----BEGIN A-----\n" + b"eHh4eHh4eHh4eHh4eHh4eA==" + run + b"x\n-----END A-----")[0].whole is False


@pytest.mark.parametrize(
    ("front", "back"),
    [
        ("# ", ""),
        ("#", ""),
        ("// ", ""),
        (" * ", ""),
        ("> > ", ""),
        ("+", ""),
        ("-", ""),
        ("-- ", ""),
        ("; ", ""),
        ("2026-11-30 04:15:09 INFO ", ""),
        ("echo ", " >> key.pem"),
        ('"', '" & vbCrLf & _'),
        ("\t| ", ""),
        ("#   ", "\r"),
    ],
)
def test_a_block_with_the_same_words_beside_each_line_is_read(front: str, back: str) -> None:
    for der in (bytes(range(256)), b"\xfb\xef\xbe" * 32 + b"\x00"):  # all of `++++`, as a patch's own sign
        lines = pem(der).decode().splitlines()
        text = "first: line\n" + "".join(f"{front}{line}{back}\n" for line in lines) + "other words\n"
        if front.startswith("2026"):
            text = "".join(line.replace(":09", f":{number % 60:02}") for number, line in enumerate(text.splitlines(keepends=True)))
        assert [(block.der, block.line) for block in scan(text.encode())] == [(der, 2)]


def test_headers_of_a_block_in_a_comment_or_a_string_are_left_out() -> None:
    headers = "-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,AB\n\n"
    text = pem(b"secret one", "RSA PRIVATE KEY").decode().replace("-----\n", headers, 1)
    assert scan("".join(f"# {line}\n" for line in text.splitlines()).encode())[0].der == b"secret one"
    assert scan(b'{"k": "' + text.replace("\n", "\\n").encode() + b'"}')[0].der == b"secret one"


def test_ends_of_lines_in_markup_are_left_out() -> None:
    for end in ("<br>\n", "<br/>", "&#10;", "&#xA;", "&#13;&#10;", "&#xD;&#xA;"):
        assert scan(pem(b"x" * 100).replace(b"\n", end.encode()))[0].der == b"x" * 100


def test_a_margin_that_one_line_does_not_have_is_none() -> None:
    block = pem(b"x" * 100).decode().splitlines()
    text = "\n".join(("# " + block[0], "# " + block[1], block[2], "# " + block[3]))
    assert [block.whole for block in scan(text.encode())] == [False]


def test_words_of_a_comment_without_content_are_a_mention() -> None:
    for text in ("# -----BEGIN CERTIFICATE-----\n# -----END CERTIFICATE-----\n", "# -----BEGIN A-----\n# ...\n# -----END A-----\n"):
        assert [block.is_mention for block in scan(text.encode())] == [True]


def test_a_word_in_front_of_a_block_that_begins_as_its_text_does_is_no_margin() -> None:
    (block,) = scan_pem(b"R-----BEGIN CERTIFICATE-----\nRA==\n-----END CERTIFICATE-----\n")
    assert (block.der, block.whole) == (b"D", True)
