"""Pseudonyms: the same by the same key, by another one others; what lies together stays together, and no name is left."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pqscan.model.target import FileTarget
from pqscan.readiness.pseudonyms import Pseudonyms, is_pseudonym

ONE, OTHER = Pseudonyms(bytes(32)), Pseudonyms(bytes(31) + b"\1")
FILE = FileTarget("may-1", "/srv/nguyen/don-xin.zip", ("thu.p12", "key"))


def test_the_same_key_finds_it_again_and_another_one_does_not() -> None:
    assert ONE.target(FILE) == ONE.target(FILE)
    assert ONE.target(FILE) != OTHER.target(FILE)
    assert ONE.name("CN=Nguyễn Văn A") == ONE.name("CN=Nguyễn Văn A") != OTHER.name("CN=Nguyễn Văn A")


def test_what_lies_together_stays_together_and_equal_names_elsewhere_are_not_told() -> None:
    here, beside, elsewhere = (ONE.path(path) for path in ("/srv/a/key.pem", "/srv/a/cert.pem", "/srv/b/key.pem"))
    assert here.rsplit("/", 1)[0] == beside.rsplit("/", 1)[0]
    assert here.split("/")[1] == elsewhere.split("/")[1]
    assert here.rsplit("/", 1)[1] != elsewhere.rsplit("/", 1)[1]


@given(st.text("abcxyzé\udcff", min_size=4), st.text("abcxyzé\udcff", min_size=4))
def test_no_name_is_left(folder: str, name: str) -> None:
    told = ONE.target(FileTarget(name, f"/{folder}/{name}", (name,)))
    assert all(set(part) <= set("~0123456789abcdef") for part in (told.machine, *told.path.split("/"), *told.members))
    assert told.path.count("/") == 2


def test_what_a_pseudonym_looks_like_is_known() -> None:
    told = ONE.target(FILE)
    assert is_pseudonym(told.path)
    assert is_pseudonym("!".join((told.path, *told.members)))
    assert not is_pseudonym(FILE.path)
    assert (ONE.path("/"), ONE.name("")) == ("/", "")


def test_the_key_is_in_no_representation() -> None:
    assert "00" not in repr(ONE)
