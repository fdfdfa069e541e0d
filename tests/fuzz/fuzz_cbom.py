"""Feeds grown bytes to whoever reads CBOMs of others: `python tests/fuzz/fuzz_cbom.py -max_total_time=60`.

Attacks pqscan.app.cbom and pqscan.app.importing.cbom. A reader gives problems or assets, or MalformedMessage; what it gives can be
told and kept."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


def one_input(data: bytes) -> None:
    from tests.properties.test_cbom import checked, taken_over

    checked(data)
    taken_over(data)


def seeds() -> Iterator[bytes]:
    """A document of each kind."""
    from tests.properties.test_cbom import WHOLE

    yield from WHOLE.values()


def main(arguments: list[str]) -> int:
    try:
        import atheris
    except ImportError:
        print("atheris is not installed here; install it (pip install atheris) and run this file again.", file=sys.stderr)
        return 3
    with atheris.instrument_imports(include=["pqscan"]):
        from pqscan.app.cbom import lint  # noqa: F401
        from pqscan.app.importing import cbom  # noqa: F401
    atheris.Setup(arguments, one_input)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
