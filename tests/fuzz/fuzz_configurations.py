"""Feeds bytes that a fuzzer grows to the readers of configurations: `python tests/fuzz/fuzz_configurations.py -max_total_time=60`.

Reaches pqscan.wire.config.blocks, pqscan.wire.config.braces, pqscan.wire.config.ini, pqscan.wire.config.lines and
pqscan.wire.config.services, then the probe of configurations. Needs atheris (pip install atheris)."""

from __future__ import annotations

import sys
from collections.abc import Iterator


def one_input(data: bytes) -> None:
    """One run: every reader by itself, then the probe."""
    from tests.properties.test_configurations import READ, asked, holds

    for read in READ:
        holds(read, data)
    asked(data)


def seeds() -> Iterator[bytes]:
    """One line of each product."""
    from pqscan.registry.config import products

    for product in products():
        for end in ("\n", ";\n"):
            yield "".join(f"{each.name} {each.word} x{end}" for each in product.directives).encode()


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
