"""Headers of JOSE and records of zones of any octets: facts or MalformedMessage."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.errors import MalformedMessage
from pqscan.wire.dns.zone_text import TYPES, read_record, read_zone_private_key
from pqscan.wire.jose import read_jose_document, read_jose_header
from tests.integration.test_jose_file import token
from tests.integration.test_zone_file import ZONE


@given(st.text(alphabet='eyJhbGciOiJSUzI1NiJ9._-"{}: \n', max_size=80))
def test_any_text_is_a_header_of_jose_or_malformed(text: str) -> None:
    for whole in (text, token(alg="RS256")[: len(text)], "eyJhbGci" + text, f'"protected":"{text}"'):
        for position in (0, 13):
            with contextlib.suppress(MalformedMessage):
                read_jose_header(whole.encode(), position)


@given(st.binary(max_size=100))
def test_any_octets_are_a_header_of_jose_or_malformed(data: bytes) -> None:
    with contextlib.suppress(MalformedMessage):
        read_jose_header(data, 0)


@pytest.mark.parametrize("size", range(0, len(token(alg="RS256")) - 4, 3))
def test_no_beginning_of_a_token_is_one(size: int) -> None:
    with pytest.raises(MalformedMessage):
        read_jose_header(token(alg="RS256")[:size].encode(), 0)


MEMBERS = st.sampled_from(
    ["payload", "protected", "header", "signature", "signatures", "unprotected", "recipients", "ciphertext", "alg", "enc"]
)
MESSAGES = st.recursive(
    st.none() | st.integers() | st.sampled_from(["e30", "eyJhbGciOiJSUzI1NiJ9", "RS256", "", "\u00e9", "A" * 70]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(MEMBERS, inner, max_size=5),
    max_leaves=12,
)


@given(st.binary(max_size=100) | MESSAGES.map(lambda value: json.dumps(value).encode()))
def test_any_document_is_read_or_malformed(data: bytes) -> None:
    with contextlib.suppress(MalformedMessage):
        read = read_jose_document(data)
        assert all(0 < len(one.alg) <= 64 and (one.enc is None or 0 < len(one.enc) <= 64) for one in read.unprotected)
        assert all(0 < len(alg) <= 64 for algorithms in read.recipients.values() for alg in algorithms)


@given(st.text(alphabet='0123456789 ()\n;"AZaz+/=.', max_size=120), st.sampled_from(TYPES))
def test_any_text_is_a_record_or_malformed(text: str, kind: str) -> None:
    for whole in (f"a {kind} {text}", f"a\t{kind}{text}", ZONE):
        with contextlib.suppress(MalformedMessage):
            read_record(whole.encode(), whole.find(kind), kind)


@given(st.binary(min_size=0, max_size=80), st.integers(-1, 1), st.sampled_from(TYPES), st.sampled_from(["TYPE48", ""]))
def test_any_rdata_is_a_record_or_malformed(rdata: bytes, more: int, kind: str, word: str) -> None:
    text = f"a. {word or kind} \\# {max(0, len(rdata) + more)} {rdata.hex()}".encode()
    try:
        record = read_record(text, 3, kind, word)
    except MalformedMessage:
        return
    assert (record.type, more, record.end) == (kind, 0, len(text))


@given(st.binary(max_size=100))
def test_any_octets_are_a_key_of_bind_or_malformed(data: bytes) -> None:
    for beginning in (b"", b"Private-key-format: v1.3\nAlgorithm: ", b"Private-key-format: v1.3\nAlgorithm: 8 (X)\nModulus: "):
        with contextlib.suppress(MalformedMessage):
            read_zone_private_key(beginning + data)
