"""Comments that say what is decided, in any octets: they speak of lines that are there, or of the one behind the last."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from pqscan.wire.ignored import ignored_lines

WORDS = ["pqscan: ignore", " ", "#", "//", "/*", "<!--", "--", "\n", "\r\n", "\0", 'reason="a"', "reason='", "until=2027-01-02",
         "until=2027-13-02", "x", "\u202e", "\ufeff"]  # fmt: skip
TEXTS = st.lists(st.sampled_from(WORDS), max_size=40).map("".join).map(str.encode)


@example(b"# pqscan: ignore reason='a\xef\xbb\xbfb' until=2027-01-02", False)
@given(st.binary(max_size=300) | TEXTS, st.booleans())
def test_a_comment_speaks_of_a_line_that_is_there_and_decides_with_a_reason_and_a_day(data: bytes, is_cut: bool) -> None:
    found = ignored_lines(data, 5, is_cut=is_cut)
    last = 5 + data.count(b"\n")
    for line, said in found.items():
        assert 5 <= said.line <= last
        assert line in (said.line, said.line + 1)
        assert (said.problem is None) == bool(said.reason and said.until)
        assert said.reason == "" or said.reason.isprintable()
