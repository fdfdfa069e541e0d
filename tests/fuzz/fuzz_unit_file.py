"""Feeds grown bytes to whoever reads what units carry: `python tests/fuzz/fuzz_unit_file.py -max_total_time=60`.

The first byte says who reads the rest. Attacks pqscan.readiness.unit_file, snapshot, unit_key, seal and foreign_json. A reader
gives a value or MalformedMessage; a value is written again as the same bytes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


def _readers() -> tuple[Callable[[bytes], bytes], ...]:
    from pqscan.readiness.snapshot import Snapshot
    from pqscan.readiness.unit_file import FIRST_LINE, UnitFile
    from pqscan.readiness.unit_key import KeyCard, decode_enrolment, encode_enrolment

    def behind_the_first_line(data: bytes) -> bytes:
        return UnitFile.decode(FIRST_LINE + data).encode().removeprefix(FIRST_LINE)

    return (
        lambda data: UnitFile.decode(data).encode(),
        behind_the_first_line,
        lambda data: Snapshot.decode(data).encode(),
        lambda data: KeyCard.decode(data).encode(),
        lambda data: encode_enrolment(decode_enrolment(data)),
    )


def one_input(data: bytes) -> None:
    from pqscan.errors import MalformedMessage

    if not data:
        return
    readers = _readers()
    number, rest = data[0] % len(readers), data[1:]
    try:
        again = readers[number](rest)
    except MalformedMessage:
        return
    if number != 4 and again != rest:  # Enrolled keys may stand in any order.
        raise AssertionError("a value that has two spellings")


def seeds() -> Iterator[bytes]:
    """One right input for each reader."""
    from pqscan.readiness.unit_file import FIRST_LINE
    from pqscan.readiness.unit_key import encode_enrolment
    from tests.unit.readiness.sealing_samples import a_snapshot, enrolled, key_of, with_file

    whole = with_file().encode()
    yield b"\x00" + whole
    yield b"\x01" + whole.removeprefix(FIRST_LINE)
    yield b"\x02" + a_snapshot().encode()
    yield b"\x03" + key_of("DU-01", 1).card.encode()
    yield b"\x04" + encode_enrolment((enrolled("DU-01"), enrolled("DU-02")))


def main(arguments: list[str]) -> int:
    try:
        import atheris
    except ImportError:
        print("atheris is not installed here; install it (pip install atheris) and run this file again.", file=sys.stderr)
        return 3
    with atheris.instrument_imports(include=["pqscan"]):
        from pqscan.readiness import unit_file, unit_key  # noqa: F401
    atheris.Setup(arguments, one_input)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
