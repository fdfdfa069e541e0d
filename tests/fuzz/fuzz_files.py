"""Feeds files that a fuzzer grows to the scan of files: `python tests/fuzz/fuzz_files.py -max_total_time=60`.

Needs atheris (pip install atheris). A fault of ours inside, or more octets than were allowed, is a crash with the input beside it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator


def one_input(data: bytes) -> None:
    """One run: as a file with everything in it."""
    from tests.properties.test_files import examined, holds

    holds(examined(data))


def seeds() -> Iterator[bytes]:
    """The archives of the property tests."""
    from tests.properties.test_files import SAMPLES

    yield from SAMPLES


def main(arguments: list[str]) -> int:
    try:
        import atheris
    except ImportError:
        print("atheris is not installed here; install it (pip install atheris) and run this file again.", file=sys.stderr)
        return 3
    with atheris.instrument_imports(include=["pqscan", "pqscan_probes", "tarfile", "zipfile"]):
        import pqscan_probes.certificate_file  # noqa: F401
    atheris.Setup(arguments, one_input)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
