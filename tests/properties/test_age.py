"""Headers and keys of age of any octets: facts or MalformedMessage."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.errors import MalformedMessage
from pqscan.wire.age import VERSION_LINE, read_age_header, read_age_key

VECTORS = Path(__file__).parents[1] / "vectors" / "age"
SAMPLES = tuple((VECTORS / name).read_bytes() for name in ("ssh.age", "pq.age", "scrypt.age", "tagpq.age"))
KEYS = tuple((VECTORS / name).read_text().split()[-1] for name in ("x.key", "pq.key", "tag.pub", "tagpq.pub"))
LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l1-"


@given(st.sampled_from(SAMPLES), st.data())
def test_damaged_headers_are_read_or_malformed(sample: bytes, data: st.DataObject) -> None:
    damaged = bytearray(sample)
    for _ in range(data.draw(st.integers(1, 5))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(MalformedMessage):
        read_age_header(bytes(damaged))


@given(st.binary(max_size=300))
def test_any_octets_are_read_or_malformed(data: bytes) -> None:
    for beginning in (b"", VERSION_LINE, VERSION_LINE + b"-> X25519 ", VERSION_LINE + b"-> scrypt "):
        with contextlib.suppress(MalformedMessage):
            read_age_header(beginning + data)


@given(st.text(LETTERS, max_size=200), st.text(max_size=20))
def test_any_text_is_a_key_or_malformed(letters: str, text: str) -> None:
    for word in (f"age1{letters}", f"AGE-SECRET-KEY-{letters.upper()}", text, f"age1{text}"):
        with contextlib.suppress(MalformedMessage):
            read_age_key(word)


@given(st.sampled_from(KEYS), st.data())
def test_no_key_with_another_character_is_one(key: str, data: st.DataObject) -> None:
    at, letter = data.draw(st.integers(0, len(key) - 1)), data.draw(st.sampled_from(LETTERS))
    if letter in (key[at], key[at].lower()):
        return
    changed = key[:at] + (letter.upper() if key.isupper() else letter) + key[at + 1 :]
    with pytest.raises(MalformedMessage):
        read_age_key(changed)


@pytest.mark.parametrize("sample", range(len(SAMPLES)))
def test_no_prefix_of_a_header_is_one(sample: int) -> None:
    whole = SAMPLES[sample]
    end = whole.index(b"\n", whole.index(b"\n--- ") + 1) + 1
    assert read_age_header(whole[:end]) == read_age_header(whole)
    for size in range(end):
        with pytest.raises(MalformedMessage):
            read_age_header(whole[:size])
