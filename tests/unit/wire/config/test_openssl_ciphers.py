"""Cipher strings, with `openssl ciphers` as the judge where it is at hand."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from pqscan.wire.config.openssl_ciphers import read_cipher_list, suite_named

EXACT = (
    "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE+AESGCM",
    "EECDH+AESGCM:EDH+AESGCM",
    "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL:!MD5:!DSS",
    "ECDHE-ECDSA-AES256-GCM-SHA384:AES128-SHA:!kRSA",
    "AES128-SHA:AES256-SHA:-AES128-SHA",
    "AES128-SHA:AES256-SHA:+AES128-SHA",
    "TLSv1.2+ECDHE+AESGCM",
)
PARTLY = ("HIGH:!aNULL:!MD5", "HIGH:!aNULL:!kRSA", "ALL:!aNULL:!eNULL", "DEFAULT", "kRSA:!3DES", "ECDHE:DHE:!aNULL", "HIGH:!SHA1")


def of_openssl(text: str) -> list[str]:
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl is not installed here")
    ran = subprocess.run([program, "ciphers", "-s", "-tls1_2", text], capture_output=True, text=True, check=True)
    return ran.stdout.strip().split(":")


@pytest.mark.parametrize("text", EXACT)
def test_a_string_of_names_and_ciphers_is_what_openssl_makes_of_it(text: str) -> None:
    found = read_cipher_list(text)
    names = {row.openssl_name for row in found.suites}
    known = {name for name in of_openssl(text) if suite_named(name) is not None}
    assert found.open_words == ()
    assert names == known


@pytest.mark.parametrize("text", PARTLY)
def test_of_a_word_that_the_version_decides_nothing_is_told_that_openssl_leaves_out(text: str) -> None:
    found = read_cipher_list(text)
    names = {row.openssl_name for row in found.suites}
    assert found.open_words
    assert names
    assert names <= set(of_openssl(f"{text}:@SECLEVEL=0"))


@pytest.mark.parametrize(
    ("text", "banned"),
    [
        ("HIGH:!MD5", "MD5"),
        ("ALL:!RC4:!3DES", "RC4"),
        ("ALL:!RC4:!3DES", "3DES"),
        ("RC4:!RC4", "RC4"),
        ("AES128-SHA:!eNULL", "NULL"),
    ],
)
def test_a_ban_is_no_use(text: str, banned: str) -> None:
    assert not any(banned in (row.encryption, row.mac) for row in read_cipher_list(text).suites)


@pytest.mark.parametrize(
    ("text", "encryption"), [("RC4-SHA", "RC4"), ("DES-CBC3-SHA", "3DES"), ("RC4", "RC4"), ("NULL-SHA256", "NULL")]
)
def test_old_ciphers_that_are_named_are_told(text: str, encryption: str) -> None:
    found = read_cipher_list(text)
    assert found.suites
    assert {row.encryption for row in found.suites} == {encryption}


def test_the_order_is_that_of_the_string() -> None:
    names = [row.openssl_name for row in read_cipher_list("AES128-SHA:ECDHE-RSA-AES128-GCM-SHA256:AES256-SHA:+AES128-SHA").suites]
    assert names == ["ECDHE-RSA-AES128-GCM-SHA256", "AES256-SHA", "AES128-SHA"]


def test_the_security_level_is_no_cipher() -> None:
    assert read_cipher_list("ECDHE+AESGCM:@SECLEVEL=1:@STRENGTH").unknown == ()


def test_a_word_that_nobody_knows_is_told_as_such() -> None:
    assert read_cipher_list("AES128-SHA:NO-SUCH-THING").unknown == ("NO-SUCH-THING",)


def test_what_is_killed_does_not_come_back_and_what_is_taken_out_does() -> None:
    assert read_cipher_list("!AES128-SHA:AES128-SHA").suites == ()
    assert len(read_cipher_list("-AES128-SHA:AES128-SHA").suites) == 1
