"""Feeds bytes that a fuzzer grows to the readers of programs: `python tests/fuzz/fuzz_programs.py -max_total_time=60`.

Needs atheris (pip install atheris). Anything but facts or MalformedMessage is a crash with the input beside it. Reaches
pqscan.wire.program.elf, pqscan.wire.program.pe, pqscan.wire.program.macho, pqscan.wire.program.go,
pqscan.wire.program.dex, pqscan.wire.program.auditable, pqscan.wire.program.sections and pqscan.wire.program.java_class.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator


def one_input(data: bytes) -> None:
    """One run: by every reader, and by the probe."""
    from tests.properties.test_programs import attacked

    attacked(data)


def seeds() -> Iterator[bytes]:
    """The programs of the property tests."""
    from tests.properties.test_programs import SAMPLES

    yield from SAMPLES


def main(arguments: list[str]) -> int:
    try:
        import atheris
    except ImportError:
        print("atheris is not installed here; install it (pip install atheris) and run this file again.", file=sys.stderr)
        return 3
    with atheris.instrument_imports(include=["pqscan", "pqscan_probes"]):
        import pqscan_probes.binary_file  # noqa: F401
    atheris.Setup(arguments, one_input)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
