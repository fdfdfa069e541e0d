"""Keys in the forms of single makers of any octets: facts or MalformedMessage."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pqscan.errors import MalformedMessage
from pqscan.wire.keystore.capi_key import read_capi_blob, read_pvk
from pqscan.wire.keystore.cng_key import read_cng_blob
from pqscan.wire.keystore.lone_key import LoneKey
from pqscan.wire.keystore.xml_key import read_xml_key
from tests.corpus.foreign_keys import (
    capi,
    cng,
    cng_elliptic,
    cng_post_quantum,
    cng_rsa,
    pvk,
    xml_elliptic_of_rfc_4050,
    xml_rsa,
)

BLOB = capi("rsa1024", is_private=True)
PUBLIC = capi("rsa1024", is_private=False)
DSS = (
    b"\x06\2\0\0\0\x22\0\0DSS1"
    + (64).to_bytes(4, "little")
    + b"\1" * 7
    + b"\x81"
    + b"\3"
    + bytes(19)
    + b"\2"
    + bytes(7)
    + b"\5"
    + bytes(31)
)
SEALED = (
    (read_pvk, pvk(BLOB)),
    (read_pvk, pvk(BLOB, b"salt of 16 octets"[:16])),
    (read_capi_blob, BLOB),
    (read_capi_blob, PUBLIC),
    (read_capi_blob, b"\0\x24\0\0\4\x80\0\0" + len(PUBLIC).to_bytes(4, "little") + PUBLIC),
    (read_capi_blob, DSS),
    (read_cng_blob, cng_rsa("rsa1024", is_private=False)),
    (read_cng_blob, cng_rsa("rsa1024", is_private=True)),
    (read_cng_blob, cng_elliptic("p256", b"ECS1")),
    (read_cng_blob, cng_elliptic("p521", b"ECK6")),
    (read_cng_blob, cng(b"DSPB", 21, bytes(24), b"\3" + bytes(18) + b"\1", b"\1" * 21, bytes(20) + b"\2", bytes(20) + b"\3")),
    (read_cng_blob, cng(b"DPB2", 4, 1, 1, 2, 3, bytes(4), b"se", b"\0\0\3", b"\1\0\0\5", b"\0\0\0\2", b"\0\0\0\3")),
    (read_cng_blob, cng_post_quantum(b"DSSS", "44", bytes(32))),
    (read_cng_blob, cng_post_quantum(b"MLKR", "512", bytes(1632))),
)
XML = (
    xml_rsa("rsa1024", is_private=True)[1:].encode(),
    b"DSAKeyValue><P>" + b"gYGB" + b"</P><Q>Aw==</Q><G>Ag==</G><Y>BQ==</Y></DSAKeyValue>",
    b'ECKeyValue><NamedCurve URI="urn:oid:1.2.840.10045.3.1.7"/><PublicKey>BAAA</PublicKey></ECKeyValue>',
    xml_elliptic_of_rfc_4050("p256", "1.2.840.10045.3.1.7")[1:].encode(),
)
SAMPLES = (*(sample for _, sample in SEALED), *XML)
READERS: tuple[Callable[[bytes], LoneKey | None], ...] = (read_pvk, read_capi_blob, read_cng_blob, read_xml_key)


@settings(max_examples=60)
@given(st.sampled_from(SAMPLES), st.data())
def test_damaged_keys_are_read_or_malformed(sample: bytes, data: st.DataObject) -> None:
    damaged = bytearray(sample)
    for _ in range(data.draw(st.integers(1, 5))):
        damaged[data.draw(st.integers(0, min(60, len(damaged) - 1)))] = data.draw(st.integers(0, 255))
    for read in READERS:
        with contextlib.suppress(MalformedMessage):
            read(bytes(damaged))


@settings(max_examples=60)
@given(st.binary(max_size=200))
def test_any_octets_are_read_or_malformed(data: bytes) -> None:
    for sample in (b"", *SAMPLES):
        for read in READERS:
            with contextlib.suppress(MalformedMessage):
                read(sample[:12] + data)


@settings(max_examples=60)
@given(st.text("<>/=:;&\"' \\n0123456789ABDGPQXYaelu", max_size=200))
def test_any_text_of_xml_is_read_or_malformed(text: str) -> None:
    for name in XML:
        with contextlib.suppress(MalformedMessage):
            read_xml_key(name[:16] + text.encode())


@pytest.mark.parametrize("number", range(len(XML)))
def test_the_samples_of_xml_are_keys_and_none_that_lacks_its_end_is(number: int) -> None:
    key = read_xml_key(XML[number])
    assert key is not None
    assert (key.public.size_bits or 0) > 0
    for size in range(40):
        assert read_xml_key(XML[number][:size]) is None


@pytest.mark.parametrize("number", range(len(SEALED)))
def test_no_prefix_of_a_key_is_one_and_nothing_stands_behind_it(number: int) -> None:
    read, whole = SEALED[number]
    assert (read(whole).public.size_bits or 0) > 0
    for size in (*range(0, len(whole) - 1, 5), len(whole) - 1):
        with pytest.raises(MalformedMessage):
            read(whole[:size])
    with pytest.raises(MalformedMessage):
        read(whole + b"\0")
