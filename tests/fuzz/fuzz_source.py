"""Feeds source code and manifests that a fuzzer grows to their probes: `python tests/fuzz/fuzz_source.py -max_total_time=60`.

Needs atheris (pip install atheris). A fault of ours inside, or a place outside of the file, is a crash with the input beside it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator


def one_input(data: bytes) -> None:
    """One run: the first octet chooses the language, and all else is the file."""
    from pqscan.wire.ignored import ignored_lines
    from tests.properties.test_source_files import MANIFEST, SOURCE, holds, read
    from tests.unit.probes.source.finding import ENDS

    ends = sorted(ENDS.values())
    octets = data[1:]
    holds(read(SOURCE, octets, f"a.{ends[data[0] % len(ends)]}" if data else "a"), octets)
    holds(read(MANIFEST, octets), octets)
    ignored_lines(octets)


def seeds() -> Iterator[bytes]:
    """The examples of the rules, and the manifests of the tests."""
    from tests.properties.test_source_files import EXAMPLES, MANIFESTS
    from tests.unit.probes.source.finding import ENDS

    ends = sorted(ENDS.values())
    yield from (bytes([ends.index(ENDS[language])]) + code.encode("utf-8") for language, code in EXAMPLES)
    yield from (b"\0" + text.encode("utf-8") for text in MANIFESTS)


def main(arguments: list[str]) -> int:
    try:
        import atheris
    except ImportError:
        print("atheris is not installed here; install it (pip install atheris) and run this file again.", file=sys.stderr)
        return 3
    with atheris.instrument_imports(include=["pqscan", "pqscan_probes"]):
        import pqscan_probes.manifest_file
        import pqscan_probes.source_file  # noqa: F401
    atheris.Setup(arguments, one_input)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
