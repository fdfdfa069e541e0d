"""Feeds bytes that a fuzzer grows to the readers of age: `python tests/fuzz/fuzz_age.py -max_total_time=60`.

Needs atheris (pip install atheris). Anything but a value or MalformedMessage is a crash with the input beside it.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

from pqscan.errors import MalformedMessage


def one_input(data: bytes) -> None:
    """One run: as a header, and as a key."""
    from pqscan.wire.age import read_age_header, read_age_key

    with contextlib.suppress(MalformedMessage):
        read_age_header(data)
    with contextlib.suppress(MalformedMessage):
        read_age_key(data.decode("utf-8", "replace"))


def seeds() -> Iterator[bytes]:
    """The headers and keys of the property tests."""
    from tests.properties.test_age import KEYS, SAMPLES

    yield from SAMPLES
    yield from (key.encode() for key in KEYS)


def main(arguments: list[str]) -> int:
    try:
        import atheris
    except ImportError:
        print("atheris is not installed here; install it (pip install atheris) and run this file again.", file=sys.stderr)
        return 3
    with atheris.instrument_imports(include=["pqscan"]):
        from pqscan.wire import age  # noqa: F401
    atheris.Setup(arguments, one_input)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
