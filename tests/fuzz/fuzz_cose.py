"""Feeds grown bytes to the readers of CBOR and COSE: `python tests/fuzz/fuzz_cose.py -max_total_time=60`.

Needs atheris (pip install atheris). Attacks pqscan.wire.cbor, pqscan.wire.cose.message and pqscan.wire.cose.key.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


def one_input(data: bytes) -> None:
    """One run: every reader, and the probe over all of it."""
    from tests.properties.test_cose import everything

    everything(data)


def seeds() -> Iterator[bytes]:
    """Those of the property tests."""
    from tests.properties.test_cose import SAMPLES

    yield from SAMPLES


def main(arguments: list[str]) -> int:
    try:
        import atheris
    except ImportError:
        print("atheris is not installed here; install it (pip install atheris) and run this file again.", file=sys.stderr)
        return 3
    with atheris.instrument_imports(include=["pqscan", "pqscan_probes"]):
        import pqscan.wire.cbor
        import pqscan.wire.cose.key
        import pqscan.wire.cose.message  # noqa: F401
    atheris.Setup(arguments, one_input)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
