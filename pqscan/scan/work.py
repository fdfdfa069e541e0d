"""One place in the order of expansion, asked to its end: look-up, every address, and the virtual hosts found there.

All its outcomes are told together, so that a killed run has either the whole place or nothing of it.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial

from pqscan.errors import UsageError
from pqscan.model.outcome import Outcome, OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.model.target import NetworkTarget, Transport
from pqscan.net.budget import is_loopback
from pqscan.net.dial import DialSettings, TcpDialer
from pqscan.net.throttle import Throttle
from pqscan.scan.attempt import Attempt, attempt
from pqscan.scan.authorisation import Permission, Refusal
from pqscan.scan.lookups import Resolver, is_unheard, look_up, look_up_reverse
from pqscan.scan.names import ascii_name
from pqscan.scan.nmap_words import with_software
from pqscan.scan.ports import Port
from pqscan.scan.router import Question, Router, Step, standing
from pqscan.scan.standing import SILENT_PORTS, Standing
from pqscan.scan.targets import Item

DEAD = frozenset({OutcomeStatus.REFUSED, OutcomeStatus.UNREACHABLE, OutcomeStatus.TIMED_OUT})
AGAIN = frozenset({OutcomeStatus.TIMED_OUT, OutcomeStatus.THROTTLED, OutcomeStatus.NOT_ASKED})
"""What is worth a second try at the end of the run, and on `--resume`."""

SILENT = frozenset({OutcomeStatus.TIMED_OUT, OutcomeStatus.UNREACHABLE, OutcomeStatus.THROTTLED})
"""Ends that this machine's own network can bring about as well as the peer."""

_WORDS = frozenset({OutcomeStatus.COMPLETED, OutcomeStatus.REJECTED, OutcomeStatus.MALFORMED, OutcomeStatus.WRONG_PROTOCOL})
"""Ends by which somebody has said something. A connection that is closed without a word is an answer, too, but no word."""

SPOKEN = _WORDS | {OutcomeStatus.REFUSED, OutcomeStatus.CLOSED_EARLY}
"""Ends that show that somebody can be reached now."""

_ADDRESSES_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class AskSettings:
    """How each place is asked. `rows_for_dead`: targets given as addresses that do not answer get an outcome of their own."""

    dial: DialSettings = DialSettings()  # noqa: RUF009 - frozen.
    site: str = ""
    starttls: str | None = None
    rows_for_dead: bool = True
    most_virtual_hosts: int = 50  # an address
    extra_names: tuple[str, ...] = ()  # names to ask for at every address that answers
    reverse_lookups: bool = False  # ask the DNS for the name of an address that answers
    back_off_seconds: float = 30.0  # for an address that throttles
    silent_ports: int = SILENT_PORTS  # without an answer, after which an address's others are not asked; 0: never
    lookup_seconds: float = 15.0
    knock_seconds: float = 3.0  # for the first byte of a protocol that nobody named: servers that wait for us answer at once


@dataclass(frozen=True, slots=True)
class Asked:
    """A target that a probe has asked, and how that ended. `pushed_back`: it had answered before and then did not."""

    target: NetworkTarget
    status: OutcomeStatus
    probe: str
    pushed_back: bool = False

    @classmethod
    def of(cls, target: NetworkTarget, status: OutcomeStatus, probe: str, detail: Reason | None) -> Asked:
        return cls(target, status, probe, status is OutcomeStatus.THROTTLED and not _is_ours(detail))


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one place: outcomes for the store, counts by status, targets worth a second try."""

    index: int
    outcomes: tuple[Outcome, ...]
    counts: tuple[tuple[OutcomeStatus, int], ...]
    again: tuple[Asked, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    is_silent: bool = False  # somebody outside this machine did not answer, or the network says that nobody can reach it
    lasted_seconds: float = 0.0  # the longest attempt among those
    no_way: bool = False  # this machine itself had no route
    name: str = ""  # one that the resolver answered for
    unheard: bool = False  # the resolver did not answer


def utc_now() -> datetime:
    return datetime.now(UTC)


def local_today() -> date:
    """The day by the calendar of this machine: authorisations are written in local days."""
    return date(*time.localtime()[:3])


class Asker:
    """Asks places one after another; many calls of `ask` run at once in one loop."""

    def __init__(
        self,
        router: Router,
        throttle: Throttle,
        permission: Permission,
        settings: AskSettings,
        *,
        resolver: Resolver | None = None,
        reverse_resolver: Resolver | None = None,
        now: Callable[[], datetime] = utc_now,
        today: Callable[[], date] = local_today,
        standing: Standing | None = None,
    ) -> None:
        self._router = router
        self._throttle = throttle
        self._permission = permission
        self._settings = settings
        self._resolver = resolver if resolver is not None else look_up
        self._reverse_resolver = reverse_resolver if reverse_resolver is not None else look_up_reverse
        self._now = now
        self._today = today
        self._standing = standing if standing is not None else Standing(settings.silent_ports)
        self._hosts_asked: OrderedDict[str, int] = OrderedDict()

    async def ask(self, item: Item) -> Result | None:
        """None where the task was cancelled on the way: nothing of this place counts then."""
        if item.address is not None:
            addresses: tuple[str, ...] = (item.address,)
        else:
            found = await self._addresses(item)
            if isinstance(found, Result):
                return found
            addresses = found
        name = item.name if item.address is None else None
        gathered = _Gathered(item, self._settings.rows_for_dead or item.name is not None, name or "")
        if item.is_open and item.address is not None:
            self._standing.accepted(item.address, item.port)
        for address in addresses:
            target = item.target(address, self._settings.site, self._settings.starttls)
            if not await self._everything_at(self._router.first(target, item.service), gathered):
                return None
        return gathered.result()

    async def again(self, before: Asked) -> Outcome | None:
        """A second try, if the target may still be asked; None where it may not or the task was cancelled."""
        if self._permission.permits(before.target, self._today()) is not None:
            return None
        if before.pushed_back:
            self._standing.accepted(before.target.address, before.target.port)
        if before.status is OutcomeStatus.NOT_ASKED:
            reason = self._is_spared(before.target, rests=False)
            if reason is not None:
                return Outcome(before.target, before.probe, OutcomeStatus.NOT_ASKED, self._now(), 0.0, detail=reason)
        tried = await self._attempt(self._router.again(before.target, before.probe))
        return None if tried.outcome.status is OutcomeStatus.CANCELLED else tried.outcome

    async def looks_up(self, name: str) -> bool:
        """Whether the resolver answers for a name, whatever it says."""
        try:
            async with asyncio.timeout(self._settings.lookup_seconds):
                await self._resolver(name)
        except TimeoutError:
            return False
        except OSError as error:
            return not is_unheard(error)
        return True

    def relent(self) -> None:
        """Gives addresses that were silent or mute one more port to answer on: at the end of a run."""
        self._standing.relent()

    async def _everything_at(self, question: Question, gathered: _Gathered) -> bool:
        """Asks the place, as what its answer says that it is, and then its other names; False where the task was cancelled."""
        steps: list[Step] = []
        while True:
            tried = await self._try(question)
            if tried is None:
                return False
            steps.append(Step(question, tried.outcome, tried.heard))
            following = self._router.after(steps)
            if following is None:
                break
            question = following
        kept = standing(steps)
        first = replace(tried if kept.question is question else Attempt(kept.outcome), outcome=kept.outcome)
        gathered.take(with_software(kept.outcome, gathered.heard))
        question = replace(kept.question, knocks=False)
        return not question.probe.serves_names or await self._virtual_hosts(first, question, gathered)

    async def _try(self, question: Question) -> Attempt | None:
        """None where the task was cancelled. What may not be asked comes out as excluded, without a packet."""
        reason = self._permission.permits(question.target, self._today())
        if reason is not None:
            excluded = Outcome(question.target, question.probe.name, OutcomeStatus.EXCLUDED, self._now(), 0.0, detail=reason)
            return Attempt(excluded)
        reason = self._is_spared(question.target)
        if reason is not None:
            return Attempt(Outcome(question.target, question.probe.name, OutcomeStatus.NOT_ASKED, self._now(), 0.0, detail=reason))
        tried = await self._attempt(question)
        return None if tried.outcome.status is OutcomeStatus.CANCELLED else tried

    async def _attempt(self, question: Question) -> Attempt:
        target = question.target
        knock = self._settings.knock_seconds if question.knocks else None
        dialer = TcpDialer(self._throttle, self._settings.dial, partial(self._permits_name, target), knock_seconds=knock)
        tried = await attempt(question.probe, target, dialer, self._now)
        tried = replace(tried, heard=dialer.heard)
        if target.transport is Transport.TCP:
            tried = self._learn(target, tried, dialer.connections_used)
        if tried.outcome.status is OutcomeStatus.THROTTLED and not _is_ours(tried.outcome.detail):
            self._throttle.back_off(target.address, self._settings.back_off_seconds)
        return tried

    def _is_spared(self, target: NetworkTarget, *, rests: bool = True) -> Reason | None:
        """Why this target is not asked now, from what other ports of its address have shown; a pause only where it `rests`."""
        ports, address = self._settings.silent_ports, target.address
        if rests and self._throttle.rests(address):
            return Reason.of("address_rests")
        if target.transport is not Transport.TCP:
            return None
        if self._standing.is_silent(address):
            return Reason.of("address_silent", ports=ports)
        return Reason.of("address_mute", ports=ports) if self._standing.is_mute(address) else None

    def _learn(self, target: NetworkTarget, tried: Attempt, connections: int) -> Attempt:
        """Keeps what the attempt shows of its address. A port that took connections before and takes none now pushes back: it is
        throttled. A port that never took one is closed or silent, whatever others of its address do."""
        standing, address, port, outcome = self._standing, target.address, target.port, tried.outcome
        status = outcome.status
        if outcome.profile is not None or status in _WORDS:
            standing.spoke(address, port)
            return tried
        stood, spoke = standing.has_accepted(address, port), standing.has_spoken(address, port)
        if connections:
            standing.accepted(address, port)
        elif status is OutcomeStatus.REFUSED:
            standing.answered(address)
        gone = status is OutcomeStatus.REFUSED or (status is OutcomeStatus.TIMED_OUT and not connections)
        if (gone and (stood or connections)) or (status is OutcomeStatus.CLOSED_EARLY and spoke):
            throttled = replace(outcome, status=OutcomeStatus.THROTTLED, detail=Reason.of("stopped_answering"))
            return replace(tried, outcome=throttled)
        if status is OutcomeStatus.TIMED_OUT:
            if connections:
                standing.said_nothing(address, port)
            else:
                standing.gave_nothing(address, port)
        return tried

    def _permits_name(self, target: NetworkTarget, name: str) -> bool:
        """Whether a site that a certificate names may be asked for at the target's address: its name alone can forbid it."""
        return self._permission.permits(replace(target, server_name=name, host=None), self._today()) is None

    async def _virtual_hosts(self, first: Attempt, question: Question, gathered: _Gathered) -> bool:
        """Asks the same address for the other names it may serve; False where the task was cancelled."""
        target = question.target
        if first.outcome.status in DEAD or first.outcome.status is OutcomeStatus.EXCLUDED:
            return True
        if first.outcome.profile is None and not _needs_name(first.outcome):
            return True
        names, place = dict.fromkeys(first.further_names), Port(target.port, target.transport)
        if self._settings.reverse_lookups and self._permission.permits_reverse_lookup(place, self._today()) is None:
            names.update(dict.fromkeys(await self._reverse_resolver(target.address)))
        names.update(dict.fromkeys(self._settings.extra_names))
        asked = {target.server_name}
        for name in names:
            try:
                server_name = ascii_name(name)
            except UsageError:  # A wildcard, an address or nonsense out of a certificate.
                continue
            if server_name in asked or not self._host_budget(target.address):
                continue
            asked.add(server_name)
            virtual = replace(target, server_name=server_name, host=None)
            if self._permission.permits(virtual, self._today()) is not None:
                continue
            tried = await self._try(replace(question, target=virtual))
            if tried is None:
                return False
            gathered.take(tried.outcome)
        return True

    def _host_budget(self, address: str) -> bool:
        asked = self._hosts_asked.pop(address, 0)
        self._hosts_asked[address] = min(asked + 1, self._settings.most_virtual_hosts)
        if len(self._hosts_asked) > _ADDRESSES_REMEMBERED:
            self._hosts_asked.popitem(last=False)
        return asked < self._settings.most_virtual_hosts

    async def _addresses(self, item: Item) -> tuple[str, ...] | Result:
        """Looks a name up, if it may be; else what became of the place."""
        name = item.name or ""
        place = Port(item.port, item.transport)
        reason = self._permission.permits_lookup(name, place, self._today())
        if reason is not None:
            refusal = Refusal(item.host or name, place.place, 1, reason)
            return Result(item.index, (), ((OutcomeStatus.EXCLUDED, 1),), refusals=(refusal,))
        started_at = self._now()
        unheard = False
        try:
            async with asyncio.timeout(self._settings.lookup_seconds):
                addresses = await self._resolver(name)
            reason = Reason.of("name_has_no_address", name=name)
        except TimeoutError:
            addresses, reason, unheard = (), Reason.of("name_lookup_timed_out", name=name), True
        except OSError as error:
            unheard = is_unheard(error)
            addresses, reason = (), Reason.of("name_lookup_failed", name=name, error=str(error.strerror or type(error).__name__))
        if addresses:
            return addresses
        target = item.target("", self._settings.site, self._settings.starttls)
        elapsed = max(0.0, (self._now() - started_at).total_seconds())
        question = self._router.first(target, item.service)
        outcome = Outcome(question.target, question.probe.name, OutcomeStatus.UNREACHABLE, started_at, elapsed, detail=reason)
        return Result(item.index, (outcome,), ((OutcomeStatus.UNREACHABLE, 1),), lasted_seconds=elapsed, unheard=unheard)


def _is_ours(detail: Reason | None) -> bool:
    """This machine ran short: the peer has done nothing."""
    return detail is not None and detail.code == "local_shortage"


def _needs_name(outcome: Outcome) -> bool:
    """The address answers nobody who names no site: of all places, this one has to be asked for those that are known."""
    return outcome.detail is not None and outcome.detail.code == "server_name_needed"


class _Gathered:
    """The outcomes of one place while it is asked."""

    def __init__(self, item: Item, rows_for_dead: bool, name: str = "") -> None:
        self._name = name
        self.heard = item.heard
        self._is_silent = self._no_way = False
        self._lasted = 0.0
        self._index = item.index
        self._rows_for_dead = rows_for_dead
        self._dead = DEAD if item.is_open else DEAD | {OutcomeStatus.NOT_ASKED}
        self._outcomes: list[Outcome] = []
        self._counts: dict[OutcomeStatus, int] = {}
        self._again: list[Asked] = []
        self._refusals: list[Refusal] = []

    def take(self, outcome: Outcome) -> None:
        """Counts it; keeps it where it is worth a row."""
        status, target = outcome.status, outcome.target
        self._counts[status] = self._counts.get(status, 0) + 1
        if not isinstance(target, NetworkTarget):
            return
        if status is OutcomeStatus.EXCLUDED and outcome.detail is not None:
            self._refusals.append(Refusal(target.address, Port(target.port, target.transport).place, 1, outcome.detail))
            return
        if status in SILENT and not is_loopback(target.address) and not _is_ours(outcome.detail):
            self._is_silent = True
            self._lasted = max(self._lasted, outcome.elapsed_seconds)
            self._no_way = self._no_way or (outcome.detail is not None and outcome.detail.code == "no_way_from_here")
        dead = status in self._dead and not outcome.connections_used and outcome.profile is None
        if not dead or self._rows_for_dead:
            self._outcomes.append(outcome)
        if status in AGAIN:
            self._again.append(Asked.of(target, status, outcome.probe, outcome.detail))

    def result(self) -> Result:
        return Result(
            self._index,
            tuple(self._outcomes),
            tuple(self._counts.items()),
            tuple(self._again),
            tuple(self._refusals),
            self._is_silent,
            self._lasted,
            self._no_way,
            self._name,
        )
