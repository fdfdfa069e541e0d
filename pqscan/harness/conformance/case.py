"""A conformance case: what is sent, what the standard asks for, and the sentence that says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from pqscan.harness.conformance.script import Script, in_one_record, second_unchanged, unchanged, usual_flight, usual_request
from pqscan.harness.conformance.seen import Progress, Seen
from pqscan.model.reason import Reason
from pqscan.model.trial import TrialVerdict
from pqscan.registry.tls import named_group


class Kind(StrEnum):
    """What the standard asks of a server."""

    REFUSE = "refuse"  # a MUST: going on is a failure
    MAY_REFUSE = "may_refuse"  # the client breaks a rule, and the server is free to check it: going on is tolerated
    TAKE = "take"  # nothing is wrong: refusing is a failure
    LOOK = "look"  # what the server itself sends is looked at


@dataclass(frozen=True, slots=True)
class Ruling:
    """How one connection, or a whole case, came out; `seen` tells what it rests on."""

    verdict: TrialVerdict
    reason: Reason | None = None
    seen: tuple[Reason, ...] = ()


@dataclass(slots=True)
class Peer:
    """What is known of the server before the cases begin. `groups` are those that it carried a handshake through in, the best
    first; `controls` their connections, by group; `retried` one that went through a HelloRetryRequest; `ml_dsa` one whose
    hello listed no signature scheme but ML-DSA, None where that was refused."""

    groups: tuple[int, ...] = ()
    controls: dict[int, Seen] = field(default_factory=dict)
    retried: Seen | None = None
    ml_dsa: Seen | None = None

    def first(self, *components: str) -> int | None:
        """The first group with one of these components."""
        for group in self.groups:
            if any(name in components for name in components_of(group)):
                return group
        return None

    @property
    def hybrids(self) -> tuple[int, ...]:
        return tuple(group for group in self.groups if len(components_of(group)) > 1)

    @property
    def kems(self) -> tuple[int, ...]:
        """Groups with an ML-KEM part, hybrid or not."""
        return tuple(group for group in self.groups if any(name.startswith("ML-KEM") for name in components_of(group)))

    @property
    def sends_cookie(self) -> bool:
        retry = self.retried.retry if self.retried is not None else None
        return retry is not None and retry.cookie is not None

    @property
    def best(self) -> int | None:
        """The group that cases take which need no special one."""
        return self.groups[0] if self.groups else None


Judge = Callable[[Peer, tuple[Seen, ...]], Ruling]


@dataclass(frozen=True, slots=True)
class Case:
    """One row. `required` are the alerts that a refusal is to carry, the first the standard's own; `since` is the stage from
    which on the server has gone on. `scripts` gives the variants for a server, none where it lacks what the case needs:
    `needs` is then the reason's code. `judge` is for kind LOOK. `control` says what must be answered for the case to mean
    anything; None: the scripts without their faults."""

    id: str
    rests_on: str
    sentence: str
    kind: Kind
    scripts: Callable[[Peer], tuple[Script, ...]]
    required: tuple[int, ...] = ()
    since: Progress = Progress.PROTECTED
    needs: str = "conformance.needs.tls13"
    judge: Judge | None = None
    is_quoted: bool = True  # `sentence` is the standard's own, else it says in our words what is meant there
    control: Callable[[Peer, Script], Script] | None = None
    excuses_stateless: bool = False  # A server that sends a cookie may keep no state: going on is tolerated.
    newer_than_rfc_8446: bool = False  # RFC 9846 alone asks for it: going on is tolerated

    @property
    def title(self) -> Reason:
        """What is sent, as a sentence."""
        return Reason.of(f"conformance.case.{self.id}")

    def control_of(self, peer: Peer, script: Script) -> Script:
        """The same without the fault, carried to the end."""
        return without_faults(script) if self.control is None else self.control(peer, script)


def without_faults(script: Script) -> Script:
    return replace(
        script,
        label="",
        change_hello=unchanged,
        change_second=second_unchanged,
        frame=in_one_record,
        frame_second=in_one_record,
        flight=usual_flight,
        request=usual_request,
        ends_at=Progress.APPLICATION,
        size_bytes=0,
        keys={},
    )


def components_of(group: int) -> tuple[str, ...]:
    row = named_group(group).row
    return row.components if row is not None else ()


def name_of(group: int) -> str:
    return named_group(group).name or f"0x{group:04x}"
