"""Feeds grown bytes to the readers of IKE: `python tests/fuzz/fuzz_ike.py -max_total_time=60`.

Needs atheris. Attacks pqscan.wire.ike.header, pqscan.wire.ike.proposals, pqscan.wire.ike.payloads, pqscan.wire.ike.reply and
pqscan.wire.ike.v1, and pqscan.wire.ike.protected with pqscan.wire.ike.session.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


def one_input(data: bytes) -> None:
    """One run: as a message and its reply, as proposals, as a notification, and as those of IKEv1."""
    from pqscan.errors import MalformedMessage
    from pqscan.wire.ike.header import Message
    from pqscan.wire.ike.payloads import Notify
    from pqscan.wire.ike.proposals import decode_proposals
    from pqscan.wire.ike.reply import decode_reply
    from pqscan.wire.ike.v1 import Notification, SecurityAssociation

    with contextlib.suppress(MalformedMessage):
        decode_reply(Message.decode(data))
    with contextlib.suppress(MalformedMessage):
        decode_proposals(data)
    with contextlib.suppress(MalformedMessage):
        Notify.decode(data).numbers()
    with contextlib.suppress(MalformedMessage):
        SecurityAssociation.decode(data)
    with contextlib.suppress(MalformedMessage):
        Notification.decode(data)
    _under_keys(data)


def _under_keys(data: bytes) -> None:
    """As a protected message, which cannot open, and as whatever comes to a session and to a conformance case."""
    from pqscan.errors import MalformedMessage
    from pqscan.harness.conformance.ike.exchange import Exchange, Ground
    from pqscan.harness.conformance.ike.script import Script
    from pqscan.wire.ike.protected import Opener
    from pqscan.wire.ike.session import IkeSession
    from pqscan.wire.key_agreement import COMPONENT_KEYS
    from tests.peers.ike_asker import repeatable_random
    from tests.unit.wire.ike.test_session import KEYS

    with contextlib.suppress(MalformedMessage):
        Opener(KEYS.to_initiator).open(data)
        raise AssertionError("a message that a fuzzer made opens")
    IkeSession((36, "ML-KEM-768"), COMPONENT_KEYS, repeatable_random()).receive(data)
    Exchange(Script(31, 36), Ground(repeatable_random())).receive(data)


def seeds() -> Iterator[bytes]:
    """What real responders answered, and what main mode asks."""
    from pqscan.wire.ike.main_mode import offered
    from pqscan.wire.ike.v1 import Notification, NotifyV1, SecurityAssociation
    from tests.unit.wire.ike.recorded import OF_MAIN_MODE, RECORDINGS

    for recording in (*RECORDINGS.values(), *OF_MAIN_MODE.values()):
        yield from recording.received
    yield SecurityAssociation(offered()[:2]).encode()
    yield Notification(NotifyV1.NO_PROPOSAL_CHOSEN).encode()


def main(arguments: list[str]) -> int:
    try:
        import atheris
    except ImportError:
        print("atheris is not installed here; install it (pip install atheris) and run this file again.", file=sys.stderr)
        return 3
    with atheris.instrument_imports(include=["pqscan"]):
        from pqscan.wire.ike import reply, v1  # noqa: F401
    atheris.Setup(arguments, one_input)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
