"""A conformance case of IKEv2: what is sent, what the standard asks for, and the sentence that says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pqscan.harness.conformance.case import Kind, Ruling
from pqscan.harness.conformance.ike.script import Script
from pqscan.harness.conformance.ike.seen import Progress, Seen
from pqscan.model.reason import Reason

GROUPS = (31, 19, 20)
"""Methods of the first key exchange that cases are made of, the best first: X25519, ECP-256, ECP-384."""
METHODS = (36, 37)
"""ML-KEM-768 and -1024: all can be computed by `cryptography`."""


@dataclass(slots=True)
class Peer:
    """What is known of the gateway before the cases begin: the groups that it carries an exchange through in without an ML-KEM,
    each ML-KEM that it chooses with the group it wants for it, those of them that it carries through, and whether it knows
    fragments (RFC 7383)."""

    plain: tuple[int, ...] = ()
    chosen: tuple[tuple[int, int], ...] = ()
    hybrids: tuple[tuple[int, int], ...] = ()
    fragments: bool = False

    @property
    def base(self) -> tuple[tuple[int, int | None], ...]:
        """The methods that cases take which need no special ones: one way, or none."""
        return tuple((group, None) for group in self.plain[:1]) or self.hybrids[:1]

    def with_group(self, group: int) -> tuple[tuple[int, int | None], ...]:
        """One way that begins with this group, or none."""
        if group in self.plain:
            return ((group, None),)
        return tuple(each for each in self.hybrids if each[0] == group)[:1]


Scripts = Callable[[Peer], tuple[Script, ...]]
Judge = Callable[[Peer, tuple[Seen, ...]], Ruling]


@dataclass(frozen=True, slots=True)
class Case:
    """One row. `required` are the error notifications that a refusal is to carry, the first the standard's own; `may_drop`:
    passing over it in silence is right, too; with nothing required, it is all that is right. `goes_on`: the standard asks for the
    right message after it to be answered as if nothing had come before. `since` is the stage from which on the gateway has gone on.
    `scripts` gives the variants for a gateway, none where it lacks what the case needs: `needs` is then the reason's code. `judge`
    is for kind LOOK. `is_quoted`: `sentence` is the standard's own, else it says in our words what is meant there."""

    id: str
    rests_on: str
    sentence: str
    kind: Kind
    scripts: Scripts
    required: tuple[int, ...] = ()
    may_drop: bool = False
    goes_on: bool = False
    since: Progress = Progress.CHOSEN
    needs: str = "conformance.ike.needs.suite"
    judge: Judge | None = None
    is_quoted: bool = True

    @property
    def title(self) -> Reason:
        """What is sent, as a sentence."""
        return Reason.of(f"conformance.ike.case.{self.id}")
