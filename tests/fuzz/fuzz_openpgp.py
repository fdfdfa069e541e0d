"""Feeds grown bytes to the readers of OpenPGP and JOSE: `python tests/fuzz/fuzz_openpgp.py -max_total_time=60`.

Needs atheris (pip install atheris). Attacks pqscan.wire.openpgp.packets, pqscan.wire.openpgp.keys, pqscan.wire.openpgp.messages,
pqscan.wire.openpgp.armour, pqscan.wire.openpgp.keybox, pqscan.wire.openpgp.agent_key and pqscan.wire.jose.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


def one_input(data: bytes) -> None:
    """One run: as packets, as armour with packets in it, as a keybox, as a token of JOSE."""
    from pqscan.errors import MalformedMessage
    from pqscan.wire.jose import read_jose_document, read_jose_header
    from pqscan.wire.openpgp.agent_key import read_agent_key
    from pqscan.wire.openpgp.armour import read_armour
    from pqscan.wire.openpgp.keybox import read_keybox
    from tests.properties.test_openpgp import everything

    armour = read_armour(data)
    for octets in (data, b"" if armour is None else armour.octets):
        with contextlib.suppress(MalformedMessage):
            everything(octets)
    with contextlib.suppress(MalformedMessage):
        list(read_keybox(data))
    with contextlib.suppress(MalformedMessage):
        read_agent_key(data)
    with contextlib.suppress(MalformedMessage):
        read_jose_header(data, 0)
    with contextlib.suppress(MalformedMessage):
        read_jose_document(data)


def seeds() -> Iterator[bytes]:
    """Those of the property tests."""
    from tests.integration.test_jose_file import signed, token
    from tests.integration.test_openpgp_file import CANONICAL, VERSION_6, WRITTEN
    from tests.properties.test_openpgp import SAMPLES

    yield from SAMPLES
    yield from (VERSION_6.encode(), CANONICAL, WRITTEN.encode())
    yield token(alg="RS256").encode()
    yield signed(signatures=[{"header": {"alg": "RS256"}, "signature": "c2ln"}]).encode()
    yield b'{"unprotected":{"alg":"RSA1_5","enc":"A128GCM"},"ciphertext":"AA"}'


def main(arguments: list[str]) -> int:
    try:
        import atheris
    except ImportError:
        print("atheris is not installed here; install it (pip install atheris) and run this file again.", file=sys.stderr)
        return 3
    with atheris.instrument_imports(include=["pqscan"]):
        from pqscan.wire import jose  # noqa: F401
        from pqscan.wire.openpgp import armour, keybox, keys, messages, packets  # noqa: F401
    atheris.Setup(arguments, one_input)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
