"""Small histories for the tests of findings that live."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime

from pqscan.model.canonical import canonical
from pqscan.model.observation import Observation, Profile, Subject, Support
from pqscan.model.reason import Reason
from pqscan.model.target import NetworkTarget, Target
from pqscan.policy.finding import Finding, Verdict
from pqscan.readiness.absence import Proof, depth_of
from pqscan.readiness.decision import Decision, DecisionState
from pqscan.readiness.identity import Mark, Moves, finding_key, mark_of
from pqscan.readiness.life import Answer, Life, Misses, Seen, Weakness, lives
from pqscan.registry.quantum import QuantumClass

HOST = NetworkTarget("192.0.2.1", 443)
FIRST = date(2026, 1, 1)
X25519, HYBRID = "0x001d", "0x11ec"


def day(number: int) -> date:
    return date.fromordinal(FIRST.toordinal() + number)


def at(number: int, hour: int = 12) -> datetime:
    return datetime(FIRST.year, 1, 1, hour, tzinfo=UTC).replace(hour=hour) + (day(number) - FIRST)


def a_finding(value: str = X25519, context: str | None = "TLS1.3", subject: Subject = Subject.NAMED_GROUP) -> Finding:
    return Finding(
        "nist-ir-8547", "nist-ecdh", Verdict.DUE, subject.value, value, "x25519", context, QuantumClass.TRADITIONAL,
        date(2035, 12, 31), Reason.of("disallowed_ahead", algorithm="x25519", date="2035-12-31"), b"p" * 32,
    )  # fmt: skip


def a_profile(*, shows: bool, support: Support = Support.REFUSED, depth: str = "inventory", complete: bool = True) -> Profile:
    """A TLS 1.3 server with X25519 or, proven, without it."""
    return canonical(
        Profile(
            "tls",
            depth,
            "2026-01",
            complete,
            (
                Observation(Subject.PROTOCOL_VERSION, "TLS1.3", Support.ACCEPTED),
                Observation(Subject.NAMED_GROUP, HYBRID, Support.ACCEPTED, "TLS1.3"),
                Observation(Subject.NAMED_GROUP, X25519, Support.ACCEPTED if shows else support, "TLS1.3"),
            ),
        )
    )


def an_answer(*, shows: bool, support: Support = Support.REFUSED, depth: str = "inventory", complete: bool = True) -> Answer:
    finding, profile = a_finding(), a_profile(shows=shows, support=support, depth=depth, complete=complete)
    weak = {mark_of(finding): Weakness(finding, frozenset({finding.context}))} if shows else {}
    return Answer(weak, frozenset(), Proof(profile, certificates=True), depth_of(profile))


SHOWS, LACKS = an_answer(shows=True), an_answer(shows=False)
MARK: Mark = mark_of(a_finding())
KEY = finding_key(HOST, "tls", a_finding())


def seen(
    first: int,
    last: int | None = None,
    answer: Answer | None = SHOWS,
    *,
    target: Target = HOST,
    runs: tuple[str, str] | None = None,
) -> Seen:
    """An interval from noon of one day to noon of another."""
    until = first if last is None else last
    return Seen(target, "tls", at(first), at(until), runs or (f"run-{first}", f"run-{until}"), answer)


def decided(state: DecisionState, number: int, *, expires: int | None = None, key: bytes = KEY) -> Decision:
    return Decision(
        finding=key,
        state=state,
        by="Nguyễn Văn A",
        at=at(number, 13),
        reason="vì sao",
        compensation="lọc tại biên" if state is DecisionState.WAIVED else "",
        expires_on=None if expires is None else day(expires),
        fixer="unit:cntt" if state is DecisionState.PLANNED else "",
        deadline=day(number + 30) if state is DecisionState.PLANNED else None,
    )


def all_lives(
    intervals: Iterable[Seen], *decisions: Decision, on: int, misses: Misses | None = None, moves: Moves | None = None
) -> list[Life]:
    by_key: dict[bytes, list[Decision]] = {}
    for decision in decisions:
        by_key.setdefault(decision.finding, []).append(decision)
    return list(lives(intervals, by_key, moves or Moves(), day(on), misses))


def one_life(intervals: Iterable[Seen], *decisions: Decision, on: int, misses: Misses | None = None) -> Life:
    (life,) = all_lives(intervals, *decisions, on=on, misses=misses)
    return life
