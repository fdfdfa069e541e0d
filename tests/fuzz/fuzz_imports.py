"""Feeds grown bytes to whoever reads files of other programs: `python tests/fuzz/fuzz_imports.py -max_total_time=60`.

The first byte says who reads the rest. Attacks pqscan.wire.nmap_xml and pqscan.app.importing. A reader gives services or
MalformedMessage; what it gives can be kept."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


def one_input(data: bytes) -> None:
    from pqscan.app.importing.found import Tally
    from pqscan.errors import MalformedMessage
    from pqscan.model.canonical import canonical
    from pqscan.model.observation import IMPORTED, Profile
    from tests.unit.app.importing.made import READERS

    if not data:
        return
    form = sorted(READERS)[data[0] % len(READERS)]
    try:
        for service in READERS[form](data[1:], Tally()):
            canonical(Profile(service.probe, IMPORTED, "x", False, service.observations))
    except MalformedMessage:
        return


def seeds() -> Iterator[bytes]:
    """A real file for each reader."""
    from tests.unit.app.importing.made import FILES, READERS

    for number, form in enumerate(sorted(READERS)):
        yield bytes((number,)) + FILES[form].read_bytes()


def main(arguments: list[str]) -> int:
    try:
        import atheris
    except ImportError:
        print("atheris is not installed here; install it (pip install atheris) and run this file again.", file=sys.stderr)
        return 3
    with atheris.instrument_imports(include=["pqscan"]):
        from pqscan.app.importing import nmap, ssh_audit, sslyze, testssl, zeek  # noqa: F401
    atheris.Setup(arguments, one_input)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
