"""The baseline file: what it says it reads back, and nothing else is taken for one."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.errors import MalformedMessage
from pqscan.readiness import baseline
from pqscan.readiness.baseline import FORMAT, Fingerprint, decode, encode, plain

FOUND = Fingerprint("src/khoá.py", "vietnam", "rule-1", "algorithm", "RSA-2048", "sign")
WORDS = st.text(min_size=1).map(plain)
FINGERPRINTS = st.builds(Fingerprint, WORDS, WORDS, WORDS, WORDS, WORDS, st.just("") | WORDS)


@given(st.dictionaries(FINGERPRINTS, st.integers(1, 1000)))
def test_what_is_written_is_read_back(found: dict[Fingerprint, int]) -> None:
    assert decode(encode(found)) == found


@given(
    st.binary()
    | st.recursive(st.none() | st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))
)
def test_anything_else_is_refused(content: object) -> None:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    with pytest.raises(MalformedMessage):
        decode(data)


def test_a_finding_is_a_line_sorted_by_its_path() -> None:
    other = Fingerprint("a/b", "floor", "r", "private_key", "DSA")
    lines = encode({FOUND: 2, other: 1}).decode().splitlines()
    assert [json.loads(line.rstrip(","))["path"] for line in lines if line.startswith('{"')] == ["a/b", "src/khoá.py"]
    assert encode({FOUND: 2, other: 1}) == encode({other: 1, FOUND: 2})


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document.update(format="pqscan-baseline/2"), lambda document: document.update(more=1),
        lambda document: document["findings"][0].pop("rule"), lambda document: document["findings"][0].update(count=-1),
        lambda document: document["findings"][0].update(count="1"), lambda document: document["findings"][0].update(path=1),
        lambda document: document["findings"][0].update(line=5),
    ],
)  # fmt: skip
def test_a_version_or_a_field_that_is_none_of_ours_is_refused(change: object) -> None:
    document = json.loads(encode({FOUND: 1}))
    change(document)  # type: ignore[operator]
    with pytest.raises(MalformedMessage):
        decode(json.dumps(document).encode())


def test_one_that_is_too_large_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baseline, "MOST_BYTES", 10)
    with pytest.raises(MalformedMessage, match="larger"):
        decode(encode({FOUND: 1}))


def test_names_that_are_no_text_are_written_out() -> None:
    assert plain("a\udcffb\n") == "a\\udcffb\\u000a"
    assert FORMAT.encode() in encode({})


def test_nothing_in_the_file_hides_or_reorders_what_stands_beside_it() -> None:
    found = {replace(FOUND, path="khoá/\u202egnp.exe\U000e0041"): 1}
    written = encode(found)
    assert r"khoá/\u202egnp.exe\udb40\udc41".encode() in written
    assert decode(written) == found
