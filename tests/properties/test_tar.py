"""Members of tar archives are what was put there, however they are read and however little the stream gives at once."""

from __future__ import annotations

import io
import random
import tarfile

from hypothesis import given
from hypothesis import strategies as st

from pqscan.scan.files.containers.tar import members

SIZES = st.sampled_from([0, 1, 511, 512, 513, 10_240, 16_383, 16_384, 16_385, 70_000])
FORMATS = st.sampled_from([tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])


class Trickle(io.RawIOBase):
    """At most so many octets at once."""

    def __init__(self, data: bytes, most: int) -> None:
        super().__init__()
        self._inner = io.BytesIO(data)
        self._most = most

    def read(self, size: int = -1, /) -> bytes:
        return self._inner.read(self._most if size < 0 else min(size, self._most))


@given(
    st.lists(st.tuples(SIZES, st.integers(1, 40_000), st.sampled_from([0, 1, 9])), max_size=6),
    st.sampled_from([1_000, 16_384, 1 << 20]),
    FORMATS,
    st.integers(1, 200),
)
def test_members_hold_what_was_put_there(plan: list[tuple[int, int, int]], most: int, form: int, length: int) -> None:
    """`plan`: the size of each member, how much of it is asked for at once, and how often at most."""
    contents = [random.Random(number).randbytes(size) for number, (size, _, _) in enumerate(plan)]
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=form) as archive:
        for number, content in enumerate(contents):
            info = tarfile.TarInfo(f"{number:x<90}" + "/y" * (length // 20))
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    for member, content, (_, at_once, times) in zip(members(Trickle(file.getvalue(), most)), contents, plan, strict=True):
        stream = member.stream
        assert stream is not None
        found = b"".join(stream.read(at_once) for _ in range(times))
        assert content.startswith(found)
        if times != 1:  # Others are left in the middle.
            assert found + b"".join(iter(lambda stream=stream: stream.read(1 << 20), b"")) == content  # type: ignore[misc]
