"""Literals in octets: with yara-x and without it the same."""

from __future__ import annotations

import pytest

from pqscan.registry.literals import Literals, PlainLiterals, YaraLiterals, literals

WANTED = ("New", "crypto/md5", "EVP_", "EVP_sha256", "mã hoá", "x", '"q"', "a\nb")


@pytest.fixture(params=["yara-x", "standard library"])
def wanted(request: pytest.FixtureRequest) -> Literals:
    if request.param == "yara-x":
        pytest.importorskip("yara_x")
        return YaraLiterals(WANTED)
    return PlainLiterals(WANTED)


def test_those_that_stand_anywhere_are_told(wanted: Literals) -> None:
    assert wanted.standing_in(b"NewReader(EVP_sha256())") == {"New", "EVP_", "EVP_sha256"}
    assert wanted.standing_in('import "crypto/md5" // mã hoá'.encode()) == {"crypto/md5", "mã hoá"}
    assert wanted.standing_in(b'a\nb "q" x') == {"a\nb", '"q"', "x"}


def test_nothing_stands_in_nothing(wanted: Literals) -> None:
    assert wanted.standing_in(b"") == frozenset()
    assert wanted.standing_in(b"new evp_ \xff\xfe\0") == frozenset()


def test_one_may_be_asked_for_twice_and_none_at_all() -> None:
    assert literals(["a", "b", "a"]).standing_in(b"cab") == {"a", "b"}
    assert literals([]).standing_in(b"cab") == frozenset()
