"""Feeds a prelude what a service says, whole or in pieces, and keeps what it answers."""

from __future__ import annotations

from collections.abc import Iterable

from pqscan.wire.starttls.flavours import prelude
from pqscan.wire.starttls.prelude import Prelude
from tests.peers.dialogues import SERVER_NAME, Dialogue


def fresh(flavour: str) -> tuple[Prelude, bytes]:
    """A prelude and what it says unasked."""
    made = prelude(flavour, SERVER_NAME)
    return made, made.bytes_to_send()


def bytewise(data: bytes) -> Iterable[bytes]:
    return (data[at : at + 1] for at in range(len(data)))


def play(flavour: str, dialogue: Dialogue, *, in_bytes: bool = False) -> Prelude:
    """The whole dialogue, our part compared."""
    made, opening = fresh(flavour)
    assert opening == dialogue.opening
    for theirs, ours in dialogue.turns:
        assert not made.finished
        answer = b""
        for part in bytewise(theirs) if in_bytes else (theirs,):
            made.receive(part)
            answer += made.bytes_to_send()
        assert answer == ours
    return made


def say(flavour: str, *turns: bytes) -> Prelude:
    """Only what the service says; whatever we answer is dropped. Raises what the prelude raises."""
    made, _ = fresh(flavour)
    for theirs in turns:
        made.receive(theirs)
        made.bytes_to_send()
    return made
