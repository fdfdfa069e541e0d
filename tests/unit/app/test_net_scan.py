"""A scan as it was asked: kept in a run's row and read back, lists in it and not beside it."""

from __future__ import annotations

import contextlib
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.app.net_scan import KeptArguments, NetScan
from pqscan.errors import StoreError, UsageError
from pqscan.scan.audit import AuditHead

WORDS = st.lists(st.text(max_size=20), max_size=4).map(tuple)
REQUESTS = st.builds(
    NetScan,
    targets=WORDS,
    ports=st.none() | st.text(max_size=10),
    rate=st.none() | st.floats(min_value=0.1, max_value=1e6),
    per_host=st.none() | st.integers(1, 99),
    exclude=WORDS,
    names=WORDS,
    ptr=st.booleans(),
    site=st.text(max_size=20),
    workers=st.none() | st.integers(1, 99),
)


@given(REQUESTS, st.none() | st.builds(AuditHead, st.integers(0, 9), st.text("0123456789abcdef", min_size=64, max_size=64)))
def test_arguments_read_back_as_they_were(request: NetScan, head: AuditHead | None) -> None:
    kept = KeptArguments(request, "ab" * 32, head, "/log")
    assert KeptArguments.decode(kept.encode(), "run") == kept


@given(st.text(max_size=100) | st.sampled_from(["{}", "[]", "null", '{"request": {}}', '{"request": {"targets": 3}}', "[" * 3000]))
def test_a_row_that_was_damaged_is_a_store_error(text: str) -> None:
    with contextlib.suppress(StoreError):
        KeptArguments.decode(text, "run")


def test_every_option_is_kept() -> None:
    assert {field.name for field in fields(NetScan)} == set(NetScan.__dataclass_fields__)
    assert '"sslv2":true' in KeptArguments(NetScan(("a",), sslv2=True), "").encode()


def test_lists_are_read_once_when_the_scan_begins(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_text("127.0.0.1\n# nothing\nwww.example.vn:443\n")
    request = NetScan((f"@{path}", "::1"), exclude=(f"@{path}",), names=(f"@{path}",))
    with pytest.raises(UsageError, match="line 1"):
        request.frozen()  # An address is no name.
    frozen = NetScan((f"@{path}", "::1"), exclude=(f"@{path}",)).frozen()
    assert frozen.targets == ("127.0.0.1", "www.example.vn:443", "::1")
    assert frozen.exclude == ("127.0.0.1", "www.example.vn:443")
