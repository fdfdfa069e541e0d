"""Feeds grown bytes to whoever reads a configuration as a tree:
`python tests/fuzz/fuzz_structured_configurations.py -max_total_time=60`.

The first byte says who reads the rest: pqscan.wire.config.caddyfile, pqscan.wire.config.fortios, pqscan.wire.config.hcl,
pqscan.wire.config.ios, pqscan.wire.config.json_tree, pqscan.wire.config.junos, pqscan.wire.config.registry_export,
pqscan.wire.config.toml_tree, pqscan.wire.config.xml_tree, pqscan.wire.config.yaml_tree."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


def one_input(data: bytes) -> None:
    from tests.properties.test_structured_configurations import READERS, holds

    if data:
        holds(sorted(READERS)[data[0] % len(READERS)], data[1:])


def seeds() -> Iterator[bytes]:
    """What the unit tests of the readers read."""
    from tests.unit.wire.config import (
        test_caddyfile,
        test_fortios,
        test_hcl,
        test_ios,
        test_junos,
        test_registry_export,
        test_toml_tree,
        test_xml_tree,
        test_yaml_tree,
    )

    samples = (
        test_caddyfile.TEXT, test_fortios.TEXT, test_hcl.TEXT, test_ios.TEXT, b'{"a": [1, {"b": "c"}]}', test_junos.BRACES,
        test_registry_export.TEXT.encode(), test_toml_tree.TRAEFIK, test_xml_tree.SERVER, test_yaml_tree.TRAEFIK,
    )  # fmt: skip
    for number, sample in enumerate(samples):
        yield bytes((number,)) + sample


def main(arguments: list[str]) -> int:
    try:
        import atheris
    except ImportError:
        print("atheris is not installed here; install it (pip install atheris) and run this file again.", file=sys.stderr)
        return 3
    with atheris.instrument_imports(include=["pqscan"]):
        import pqscan.wire.config.hcl  # noqa: F401
    atheris.Setup(arguments, one_input)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
