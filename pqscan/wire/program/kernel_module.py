"""Modules of Linux that are signed: the signature lies behind the program (Linux, include/linux/module_signature.h)."""

from __future__ import annotations

_MAGIC = b"~Module signature appended~\n"
_TRAILER_OCTETS = 12
"""Of `struct module_signature`, whose last four octets are how long the signature is, big end first."""


def end_of_program(data: bytes) -> int:
    """Where the signature begins that is appended to a whole module; the length of the data where none is."""
    trailer = len(data) - len(_MAGIC) - _TRAILER_OCTETS
    if trailer < 0 or not data.endswith(_MAGIC):
        return len(data)
    start = trailer - int.from_bytes(data[trailer + _TRAILER_OCTETS - 4 : trailer + _TRAILER_OCTETS])
    return start if start >= 0 else len(data)
