"""CBOR and COSE of any octets: what is there, or MalformedMessage."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pqscan_probes.cose_file import CoseFileProbe

from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.wire.cbor import MOST_DEPTH, Item, Tagged, read_cbor, read_head
from pqscan.wire.cose.key import read_cose_keys
from pqscan.wire.cose.message import read_cose, read_cose_beginning, read_untagged_signature
from pqscan.wire.kept import read_kept
from tests.integration.test_cose_file import KEYS, Value, cbor, sign1
from tests.unit.scan.files.making import Asked

SAMPLES = (
    sign1(-7),
    sign1(-48),
    b"\xd9\xd9\xf7\xd8\x3d" + sign1(-257),
    sign1(-7, tag=None),
    b"\xd2\x9f\x5f\x42\xa1\x01\x41\x26\xff\xbf\xff\xf6\x41\x00\xff",
    cbor((98, [b"", {}, b"content", [[cbor({1: -7}), {}, b"s"]]])),
    cbor((96, [cbor({1: 1}), {5: b"iv"}, b"cipher", [[cbor({1: -25}), {}, None, [[b"", {1: -5}, b"key"]]]]])),
    cbor((97, [cbor({1: 5}), {}, b"c", b"t", [[b"", {1: -6}, b""]]])),
    cbor((16, [cbor({1: 24}), {}, b"c"])),
    *(cbor(key) for key, *_ in KEYS.values()),
    cbor([key for key, *_ in KEYS.values()]),
)
ASKED = Asked(CoseFileProbe())
READERS: tuple[Callable[[bytes], object], ...] = (
    read_cose,
    read_cose_beginning,
    read_untagged_signature,
    read_cose_keys,
    lambda data: read_head(data, 0),
)
LEAVES: st.SearchStrategy[Value] = (
    st.none() | st.booleans() | st.integers(-(1 << 64), (1 << 64) - 1) | st.binary(max_size=40) | st.text(max_size=8)
)
VALUES: st.SearchStrategy[Value] = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.integers(-8, 8) | st.text(max_size=3), inner, max_size=5)
        | st.tuples(st.integers(0, 1 << 17), inner)
    ),
    max_leaves=20,
)


def everything(data: bytes) -> None:
    """Every reader, and the probe."""
    for read in READERS:
        with contextlib.suppress(MalformedMessage):
            read(data)
    with contextlib.suppress(WrongProtocol):
        for kept in ASKED.facts_of(data).certificates:
            assert read_kept(kept).kind == "public_key"


@given(st.binary(max_size=200))
def test_any_octets_are_cose_or_malformed(data: bytes) -> None:
    everything(data)
    for sample in SAMPLES:
        everything(sample[:4] + data)


@given(st.sampled_from(SAMPLES), st.data())
def test_a_message_with_one_octet_changed_is_cose_or_malformed(sample: bytes, draw: st.DataObject) -> None:
    at = draw.draw(st.integers(0, min(len(sample), 120) - 1))
    everything(sample[:at] + bytes((draw.draw(st.integers(0, 255)),)) + sample[at + 1 :])


@pytest.mark.parametrize("sample", SAMPLES[:9], ids=range(9))
def test_no_beginning_of_an_item_is_one(sample: bytes) -> None:
    assert read_cbor(sample)[1] == len(sample)
    for size in range(len(sample)):
        with pytest.raises(MalformedMessage):
            read_cbor(sample[:size])


@given(VALUES)
def test_what_is_written_is_read_back(value: Value) -> None:
    if depth_of(value) > MOST_DEPTH:
        return
    data = cbor(value)
    assert read_cbor(b"\x00" + data + b"\x00", 1) == (as_read(value), 1 + len(data))


def as_read(value: Value) -> Item:
    if isinstance(value, tuple):
        return Tagged(value[0], as_read(value[1]))
    if isinstance(value, list):
        return [as_read(each) for each in value]
    if isinstance(value, dict):
        return {key: as_read(each) for key, each in value.items()}
    return value


def depth_of(value: Value) -> int:
    inner = value[1:] if isinstance(value, tuple) else value.values() if isinstance(value, dict) else value
    return 1 + max((depth_of(each) for each in inner), default=0) if isinstance(value, tuple | list | dict) else 0  # type: ignore[union-attr, arg-type]
