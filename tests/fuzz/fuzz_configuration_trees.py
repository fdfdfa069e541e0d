"""Feeds grown texts to the probe of configurations: `python tests/fuzz/fuzz_configuration_trees.py -max_total_time=60`.

Attacks pqscan_probes.configuration_file with texts of products whose configuration is a tree: facts, or an error that a file may
cause."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


def one_input(data: bytes) -> None:
    from tests.properties.test_configuration_trees import holds

    holds(data)


def seeds() -> Iterator[bytes]:
    """A configuration of each product."""
    from tests.properties.test_configuration_trees import SAMPLES

    for sample in SAMPLES:
        yield sample.encode()


def main(arguments: list[str]) -> int:
    try:
        import atheris
    except ImportError:
        print("atheris is not installed here; install it (pip install atheris) and run this file again.", file=sys.stderr)
        return 3
    with atheris.instrument_imports(include=["pqscan", "pqscan_probes"]):
        import pqscan_probes.configuration_file  # noqa: F401
    atheris.Setup(arguments, one_input)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
