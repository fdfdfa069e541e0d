"""Files that are carried between units, attacked: pqscan.readiness.unit_file, unit_key, snapshot and foreign_json."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pqscan.errors import MalformedMessage
from pqscan.readiness.foreign_json import canonical, read_canonical
from pqscan.readiness.snapshot import Snapshot
from pqscan.readiness.unit_file import FIRST_LINE, UnitFile
from pqscan.readiness.unit_key import KeyCard, decode_enrolment, encode_enrolment
from tests.unit.readiness.sealing_samples import enrolled, key_of, with_file

WHOLE = with_file().encode()
CARD = key_of("DU-01", 1).card.encode()
ENROLMENT = encode_enrolment((enrolled("DU-01"), enrolled("DU-02")))

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def read(decode: Any, data: bytes) -> None:
    """A value or MalformedMessage, nothing else."""
    with contextlib.suppress(MalformedMessage):
        decode(data)


@given(st.integers(0, len(WHOLE) - 1))
def test_no_proper_prefix_of_a_unit_file_decodes(size: int) -> None:
    with pytest.raises(MalformedMessage):
        UnitFile.decode(WHOLE[:size])


@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
@settings(max_examples=300)
def test_r34_a_unit_file_with_one_byte_changed_is_never_the_same_file(place: int, change: int) -> None:
    """What still decodes differs in the seal's bytes alone: snapshot and files are bound by digests, the seal by its keys."""
    changed = WHOLE[:place] + bytes([WHOLE[place] ^ change]) + WHOLE[place + 1 :]
    try:
        found = UnitFile.decode(changed)
    except MalformedMessage:
        return
    assert found.seal != with_file().seal
    assert found.snapshot == with_file().snapshot


@given(st.binary(min_size=1, max_size=64))
def test_nothing_can_be_put_behind_a_unit_file(more: bytes) -> None:
    with pytest.raises(MalformedMessage):
        UnitFile.decode(WHOLE + more)


@given(st.binary(max_size=400))
def test_any_bytes_give_a_value_or_a_malformed_message(data: bytes) -> None:
    for decode in (UnitFile.decode, Snapshot.decode, KeyCard.decode, decode_enrolment):
        read(decode, data)
        read(decode, data + b"\n")
        read(decode, FIRST_LINE + data + b"\n")


@given(json_values)
def test_any_json_gives_a_value_or_a_malformed_message(value: Any) -> None:
    data = canonical({"snapshot": value, "seal": value, "files": value, "format": value})
    for decode in (UnitFile.decode, Snapshot.decode, KeyCard.decode, decode_enrolment):
        read(decode, data)
        read(decode, data + b"\n")
        read(decode, FIRST_LINE + data + b"\n")


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), json_values))
def test_canonical_json_has_one_spelling_and_is_read_back(value: Any) -> None:
    try:
        data = canonical(value)
    except UnicodeEncodeError:
        return
    read_canonical(data, "it")
    assert canonical(dict(reversed(value.items()))) == data
    with pytest.raises(MalformedMessage):
        read_canonical(b" " + data, "it")


@pytest.mark.parametrize(
    "data", [b"[" * 100_000, b'{"a":' * 100_000, b"1" * 5000, b'{"a":NaN}', b'{"a":1e9}', b'{"a":1,"a":1}', b"\xff{}", b"[]"]
)
def test_hostile_json_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedMessage):
        read_canonical(data, "it")


@given(st.integers(0, len(CARD) - 1), st.integers(1, 255))
def test_a_key_card_with_one_byte_changed_is_never_its_own(place: int, change: int) -> None:
    from pqscan.app.keys import CryptographyCheck

    changed = CARD[:place] + bytes([CARD[place] ^ change]) + CARD[place + 1 :]
    try:
        card = KeyCard.decode(changed)
    except MalformedMessage:
        return
    check = CryptographyCheck()
    assert not (card.is_own(check) and card.follows(key_of("DU-01").public, check))


def test_enrolled_keys_are_read_back() -> None:
    assert decode_enrolment(ENROLMENT) == (enrolled("DU-01"), enrolled("DU-02"))


def test_r34_a_carried_file_with_one_byte_changed_is_refused() -> None:
    for place in range(len(WHOLE) - 8, len(WHOLE)):
        with pytest.raises(MalformedMessage, match="not the one that was sealed"):
            UnitFile.decode(WHOLE[:place] + bytes([WHOLE[place] ^ 1]) + WHOLE[place + 1 :])
