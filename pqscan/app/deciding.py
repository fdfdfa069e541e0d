"""Decisions on findings: which findings a person means, whether the decision may be taken, and the act that keeps it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from pqscan.app.belonging import Belonging
from pqscan.app.history import Question, lives_of, today
from pqscan.app.permitting import permit
from pqscan.app.selecting import sightings_of
from pqscan.errors import StoreError, UsageError
from pqscan.model.target import FileTarget, NetworkTarget, Target, Transport
from pqscan.readiness.access import Right
from pqscan.readiness.act import Act, ActKind
from pqscan.readiness.decision import Decision, DecisionState
from pqscan.readiness.identity import KEY_BYTES, SHORTEST_PREFIX, Alias, Moves, target_fields
from pqscan.readiness.life import Life
from pqscan.readiness.register import Register
from pqscan.readiness.turns import require_allowed
from pqscan.scan.names import shown

if TYPE_CHECKING:
    from pqscan.store.repository import Store

SHORT_KEY = 10  # hex digits by which a finding is shown
_MOST_CANDIDATES = 5
_MOST_KEYS = 10_000  # named at once
_MOVES = "moved_targets"  # the setting that keeps them
_HEX = frozenset("0123456789abcdef")


class KeptDecisions(Mapping[bytes, Sequence[Decision]]):
    """Every decision on a finding, oldest first; read when a finding is asked for."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._latest = store.decisions()

    def __getitem__(self, key: bytes) -> Sequence[Decision]:
        if key not in self._latest:
            raise KeyError(key)
        return self._store.decision_history(key)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._latest)

    def __len__(self) -> int:
        return len(self._latest)


def living(store: Store, asked: Question) -> Iterator[Life]:
    """Every finding with what was decided on it."""
    return lives_of(store, asked, KeptDecisions(store))


def named(store: Store, asked: Question, words: Iterable[str]) -> tuple[Life, ...]:
    """The findings that people name by the beginnings of their keys, each once, in the order of the words.

    Raises UsageError for what is no key, names no finding, or names several."""
    wanted = list(dict.fromkeys(_prefix(word) for word in words))
    if len(wanted) > _MOST_KEYS:
        raise UsageError(f"more than {_MOST_KEYS} findings are named: decide on fewer at once")
    found: dict[str, list[Life]] = {prefix: [] for prefix in wanted}
    lengths = sorted({len(prefix) for prefix in wanted})

    def is_wanted(key: bytes) -> bool:
        text = key.hex()
        return any(text[:length] in found for length in lengths)

    for life in lives_of(store, asked, KeptDecisions(store), is_wanted):
        text = life.key.hex()
        for length in lengths:
            if text[:length] in found:
                found[text[:length]].append(life)
    lives: dict[bytes, Life] = {}
    for prefix, those in found.items():
        if not those:
            raise UsageError(f"no finding begins with {prefix}: `pqscan finding list` shows them")
        if len(those) > 1:
            names = ", ".join(life.key.hex()[: max(SHORT_KEY, len(prefix) + 4)] for life in those[:_MOST_CANDIDATES])
            raise UsageError(f"more than one finding begins with {prefix}: give more of one of {names}")
        lives[those[0].key] = those[0]
    return tuple(lives.values())


def _prefix(word: str) -> str:
    text = word.strip().lower()
    if not SHORTEST_PREFIX <= len(text) <= 2 * KEY_BYTES or not set(text) <= _HEX:
        raise UsageError(
            f"{shown(word)} is no finding: give at least {SHORTEST_PREFIX} hex digits of a key from `pqscan finding list`"
        )
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants to decide. What is left empty is taken over from the decision in force: who fixes it, by when, in which
    task, with whom. `actor` is the account that says so, `by` the person who decides."""

    state: DecisionState
    by: str
    actor: str
    reason: str = ""
    fixer: str = ""
    deadline: date | None = None
    task: str | None = None
    lead: str | None = None
    coordinating: tuple[str, ...] = ()
    compensation: str = ""
    expires_on: date | None = None
    role: str = ""


def decide(store: Store, lives: Sequence[Life], wish: Wish, now: datetime | None = None) -> tuple[Decision, ...]:
    """Takes one decision on all of these findings, or on none: with one act. Raises UsageError where it may not be taken."""
    at = now or datetime.now(UTC)
    right = Right.ACCEPT if wish.state is DecisionState.ACCEPTED else Right.DECIDE
    role = permit(store, right, wish.actor, lambda register: _units(register, (life.target for life in lives)))
    wish = replace(wish, role=role or wish.role)
    decisions = tuple(_decision(life, wish, at) for life in lives)
    for life, decision in zip(lives, decisions, strict=True):
        try:
            require_allowed(life.state, decision, life.decision, today())
        except UsageError as error:
            raise UsageError(f"{life.key.hex()[:SHORT_KEY]}: {error}") from None
    if decisions:
        store.decide(decisions, _act(decisions, wish, at))
    return decisions


def _units(register: Register, targets: Iterable[Target]) -> Iterator[str | None]:
    """The units that own the targets' systems."""
    belonging = Belonging(register)
    return map(belonging.unit_of, targets)


def _decision(life: Life, wish: Wish, at: datetime) -> Decision:
    held = life.decision
    taken = Decision(
        finding=life.key,
        state=wish.state,
        by=wish.by,
        at=at,
        reason=wish.reason,
        fixer=wish.fixer,
        deadline=wish.deadline,
        task=wish.task,
        lead=wish.lead,
        coordinating=wish.coordinating,
        compensation=wish.compensation,
        expires_on=wish.expires_on,
    )
    if held is None or wish.state is DecisionState.REOPENED:
        return taken
    return replace(
        taken,
        fixer=wish.fixer or held.fixer,
        deadline=wish.deadline or held.deadline,
        task=wish.task or held.task,
        lead=wish.lead or held.lead,
        coordinating=wish.coordinating or held.coordinating,
    )


def _act(decisions: Sequence[Decision], wish: Wish, at: datetime) -> Act:
    keys = sorted(decision.finding.hex() for decision in decisions)
    said = {"by": wish.by, "fixer": wish.fixer, "task": wish.task, "lead": wish.lead, "compensation": wish.compensation}
    detail: dict[str, str | int | bool | list[str] | None] = {"state": wish.state.value, "findings": keys}
    detail |= {name: value for name, value in said.items() if value}
    if wish.coordinating:
        detail["coordinating"] = list(wish.coordinating)
    if wish.deadline is not None:
        detail["deadline"] = wish.deadline.isoformat()
    if wish.expires_on is not None:
        detail["expires_on"] = wish.expires_on.isoformat()
    subject = keys[0] if len(keys) == 1 else f"{len(keys)} findings"
    return Act(at, wish.actor, wish.role, ActKind.DECISION, subject, detail, wish.reason)


def aliases_of(store: Store) -> tuple[Alias, ...]:
    """The moves that people stated. Raises StoreError where no program of ours wrote them."""
    document = store.setting(_MOVES)
    if document is None:
        return ()
    try:
        rows = document["moves"]
        if not isinstance(rows, list):
            raise TypeError("moves is no list")
        return tuple(_alias(json.loads(row)) for row in rows)
    except (ValueError, LookupError, TypeError, AttributeError):
        raise StoreError("the store's list of moved targets is not as pqscan writes it: restore a backup") from None


def move(store: Store, old: str, new: str, since: date, *, by: str, reason: str, now: datetime | None = None) -> Alias:
    """States that a host moved, so that it keeps its history. Both are targets of the store, as `pqscan explain` takes them.

    Raises UsageError where one of them is none or not the only one, or where the move contradicts another."""
    alias = Alias(_the_target(store, old), _the_target(store, new), since)
    role = permit(store, Right.DECIDE, units=lambda register: _units(register, (alias.old, alias.new)))
    known = aliases_of(store)
    Moves((*known, alias))  # Raises where they contradict each other.
    if not reason.strip():
        raise UsageError("a move needs a reason: give one with --reason")
    document = {"moves": [json.dumps(_alias_document(one), ensure_ascii=True, sort_keys=True) for one in (*known, alias)]}
    detail: dict[str, str | int | bool | list[str] | None] = {"since": since.isoformat(), "old": old, "new": new}
    act = Act(now or datetime.now(UTC), by, role, ActKind.SETTING, _MOVES, detail, reason)
    store.set_setting(_MOVES, document, act)
    return alias


def _the_target(store: Store, word: str) -> Target:
    targets = {sighting.target for sighting in sightings_of(store, word)}
    if not targets:
        raise UsageError(f"the store knows no target {shown(word)}: `pqscan show targets` lists them")
    if len(targets) > 1:
        raise UsageError(f"{shown(word)} is more than one target: write name@address:port")
    return targets.pop()


def _alias_document(alias: Alias) -> dict[str, object]:
    return {"old": target_fields(alias.old), "new": target_fields(alias.new), "since": alias.since.isoformat()}


def _alias(row: Mapping[str, object]) -> Alias:
    return Alias(_target(row["old"]), _target(row["new"]), date.fromisoformat(str(row["since"])))


def _target(row: object) -> Target:
    """Raises ValueError or LookupError."""
    if not isinstance(row, dict):
        raise TypeError("a target is no table")
    if "machine" in row:
        return FileTarget(str(row["machine"]), str(row["path"]), tuple(map(str, row["members"])))
    name, starttls = row["server_name"], row["starttls"]
    return NetworkTarget(
        str(row["address"]),
        int(row["port"]),
        None if name is None else str(name),
        None,
        Transport(row["transport"]),
        None if starttls is None else str(starttls),
        str(row["site"]),
    )
