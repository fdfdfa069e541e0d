"""A scan as it was asked: kept in a run's row and read back, lists in it and not beside it."""

from __future__ import annotations

import contextlib
import json
from dataclasses import fields
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.app.net_scan import MOST_WORKERS, KeptArguments, NetScan
from pqscan.cli.scan import net
from pqscan.errors import StoreError, UsageError
from pqscan.scan.audit import AuditHead

WORDS = st.lists(st.text(max_size=20).filter(lambda word: not word.startswith("@")), max_size=4).map(tuple)
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


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("targets", 5),
        ("targets", [5]),
        ("targets", "10.0.0.1"),
        ("targets", ["@/etc/passwd"]),
        ("exclude", ["@/etc/passwd"]),
        ("exclude", 5),
        ("names", [5]),
        ("names", ["@-"]),
        ("ports", [1]),
        ("profile", 5),
        ("client", None),
        ("site", 5),
        ("authorisation", 5),
        ("discover", 7),
        ("rate", "x"),
        ("rate", True),
        ("rate", 0),
        ("rate", float("nan")),
        ("rate", float("inf")),
        ("per_host", "q"),
        ("per_host", 0.5),
        ("per_host", 10**30),
        ("workers", "x"),
        ("workers", 0),
        ("workers", 10**9),
        ("ptr", 1),
        ("keep_evidence", "no"),
    ],
)
def test_no_field_of_a_row_is_taken_that_a_scan_would_not_have_kept(field: str, value: object) -> None:
    document = json.loads(KeptArguments(NetScan(("10.0.0.1",)), "ab" * 32).encode())
    assert KeptArguments.decode(json.dumps(document), "run").request == NetScan(("10.0.0.1",))
    document["request"][field] = value
    with pytest.raises(StoreError, match="begin a new one"):
        KeptArguments.decode(json.dumps(document), "run")


@pytest.mark.parametrize("head", [5, [], ["x", "y"], [None, "y"], {"a": 1}])
def test_no_head_of_the_audit_log_is_taken_that_is_none(head: object) -> None:
    document = json.loads(KeptArguments(NetScan(("10.0.0.1",)), "ab" * 32).encode()) | {"audit_head": head}
    with pytest.raises(StoreError, match="begin a new one"):
        KeptArguments.decode(json.dumps(document), "run")


def test_a_row_holds_no_more_workers_than_the_command_line_takes() -> None:
    (option,) = (parameter for parameter in net.params if parameter.name == "workers")
    assert isinstance(option.type, click.IntRange)
    assert option.type.max == MOST_WORKERS


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
