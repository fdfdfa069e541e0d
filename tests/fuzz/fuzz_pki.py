"""Feeds bytes that a fuzzer grows to the certificate and PEM readers: `python tests/fuzz/fuzz_pki.py -max_total_time=60`.

Needs atheris (pip install atheris). Anything but a certificate or MalformedMessage is a crash with the input beside it.
"""

from __future__ import annotations

import sys

from pqscan.errors import MalformedMessage


def one_input(data: bytes) -> None:
    """One run: as DER, and as PEM whose blocks are read as DER."""
    from pqscan.wire.pki.certificate import read_certificate
    from pqscan.wire.pki.pem import scan_pem

    for der in (data, *(block.der for block in scan_pem(data))):
        try:
            certificate = read_certificate(der)
        except MalformedMessage:
            continue
        if not certificate.public_key.oid or not certificate.subject.isprintable():
            raise AssertionError(f"a certificate without key or with unprintable text: {der.hex()}")


def main(arguments: list[str]) -> int:
    try:
        import atheris
    except ImportError:
        print("atheris is not installed here; install it (pip install atheris) and run this file again.", file=sys.stderr)
        return 3
    with atheris.instrument_imports(include=["pqscan"]):
        from pqscan.wire.pki import certificate, pem  # noqa: F401
    atheris.Setup(arguments, one_input)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
