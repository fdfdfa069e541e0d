"""Feeds messages that a fuzzer grows to what reads signatures: `python tests/fuzz/fuzz_signatures.py -max_total_time=60`.

Needs atheris (pip install atheris). Anything but MalformedMessage is a crash with the input beside it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator


def one_input(data: bytes) -> None:
    """One run: every reader, and the probe over all of it."""
    from tests.properties.test_signatures import holds

    holds(data)


def seeds() -> Iterator[bytes]:
    """The samples of the property tests."""
    from tests.properties.test_signatures import SAMPLES

    yield from SAMPLES


def main(arguments: list[str]) -> int:
    try:
        import atheris
    except ImportError:
        print("atheris is not installed here; install it (pip install atheris) and run this file again.", file=sys.stderr)
        return 3
    with atheris.instrument_imports(include=["pqscan", "pqscan_probes"]):
        import pqscan.wire.apk
        import pqscan.wire.pdf
        import pqscan.wire.pki.cms
        import pqscan.wire.rpm
        import pqscan.wire.ssh.signature_file
        import pqscan.wire.xml_signature  # noqa: F401
    atheris.Setup(arguments, one_input)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
