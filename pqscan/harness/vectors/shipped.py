"""The vectors that ship with the program (`data/`, origin and licence in `data/SOURCE.md`), read when they are asked for."""

from __future__ import annotations

from pathlib import Path

from pqscan.errors import WorkError
from pqscan.harness.vectors.fields import DamagedVectors, Fields, parse

FOLDER = Path(__file__).resolve().parent / "data"


def read(name: str) -> Fields:
    """`acvp/ml-kem-keygen`, `tls/hybrid-x25519mlkem768`, ... Raises DamagedVectors, and WorkError where Python has no xz."""
    packed = FOLDER / f"{name}.json.xz"
    try:
        if not packed.exists():
            return parse((FOLDER / f"{name}.json").read_bytes(), name)
        data = packed.read_bytes()
    except OSError as error:
        raise DamagedVectors(f"{name} cannot be read: {error.strerror}") from error
    try:
        import lzma
    except ImportError:
        raise WorkError("this Python was built without xz (the module lzma), in which the test vectors are packed") from None
    try:
        return parse(lzma.decompress(data), name)
    except (lzma.LZMAError, EOFError) as error:
        raise DamagedVectors(f"{name} is damaged: it does not unpack") from error


def handshakes() -> tuple[str, ...]:
    """The names of the recorded handshakes, `tls/...`, sorted."""
    return tuple(sorted(f"tls/{path.stem}" for path in (FOLDER / "tls").glob("*.json")))
