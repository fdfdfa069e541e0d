"""Feeds what a fuzzer grows to the preludes before TLS: `python tests/fuzz/fuzz_starttls.py -max_total_time=60`.

Needs atheris. Attacks pqscan.wire.starttls.ldap, pqscan.wire.starttls.mysql, pqscan.wire.starttls.rdp,
pqscan.wire.starttls.rdp_standard, pqscan.wire.starttls.tds, pqscan.wire.starttls.xmpp and the text protocols beside them. Anything
raised that is no peer's error is a crash, and so is a prelude that ends otherwise when its bytes come one by one.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


def one_input(data: bytes) -> None:
    """The first byte chooses the protocol; the last choice is the envelope of TDS."""
    from pqscan.errors import MalformedMessage, PeerError
    from pqscan.wire.starttls.flavours import FLAVOURS, prelude
    from pqscan.wire.starttls.tds import Envelope

    if not data:
        return
    choice, rest = data[0] % (len(FLAVOURS) + 1), data[1:]
    if choice == len(FLAVOURS):
        with contextlib.suppress(MalformedMessage):
            Envelope().unwrap(rest)
        return
    endings = []
    for parts in ([rest], [rest[at : at + 1] for at in range(len(rest))]):
        made = prelude(FLAVOURS[choice], "xmpp.example")
        try:
            for part in parts:
                made.receive(part)
                made.bytes_to_send()
        except PeerError as error:
            endings.append(type(error).__name__)
        else:
            endings.append(str(made.finished))
    if endings[0] != endings[1]:
        raise AssertionError(f"{FLAVOURS[choice]}: {endings}")


def seeds() -> Iterator[bytes]:
    """What a service says in the dialogue of each protocol."""
    from pqscan.wire.starttls.flavours import FLAVOURS
    from tests.peers.dialogues import DIALOGUES

    for number, flavour in enumerate(FLAVOURS):
        yield bytes((number,)) + b"".join(theirs for theirs, _ in DIALOGUES[flavour].turns)


def main(arguments: list[str]) -> int:
    try:
        import atheris
    except ImportError:
        print("atheris is not installed here; install it (pip install atheris) and run this file again.", file=sys.stderr)
        return 3
    with atheris.instrument_imports(include=["pqscan"]):
        from pqscan.wire.starttls import flavours  # noqa: F401
    atheris.Setup(arguments, one_input)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
