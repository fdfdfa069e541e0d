"""S-expressions of gpg-agent (pqscan.wire.openpgp.agent_key): any octets are a key or malformed."""

from __future__ import annotations

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from pqscan.errors import MalformedMessage
from pqscan.wire.openpgp.agent_key import read_agent_key
from tests.integration.test_agent_key_file import CANONICAL


@given(st.one_of(st.binary(max_size=400), st.text('()#"1:pkn ', max_size=200).map(str.encode)), st.integers(0, 40))
def test_anything_else_is_refused_in_one_sentence(data: bytes, cut: int) -> None:
    for octets in (data, b"(private-key" + data, CANONICAL[:cut] + data):
        with contextlib.suppress(MalformedMessage):
            assert read_agent_key(octets).algorithm
