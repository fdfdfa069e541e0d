"""Runs cases against one server, one connection after another: finds out what it can do, then control and case, within a budget.

Every connection is bounded by its dialer. Whatever the server does, each case ends with a verdict and its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from time import monotonic

from pqscan.errors import MalformedMessage, PeerClosed, PeerError, PeerRefused, PeerTimedOut, PeerUnreachable
from pqscan.harness.conformance.case import Case, Kind, Peer, Ruling, name_of
from pqscan.harness.conformance.exchange import Exchange
from pqscan.harness.conformance.judging import control_holds, proves_life, rule, why_not_held, worst
from pqscan.harness.conformance.script import Ground, Script, nothing_asked
from pqscan.harness.conformance.seen import Ended, Progress, Seen
from pqscan.model.reason import Reason
from pqscan.model.target import NetworkTarget
from pqscan.model.trial import Trial, TrialVerdict
from pqscan.net.starttls import opened
from pqscan.net.stream import Dialer, Stream

SUITE = "conformance"
CANDIDATES = (0x11EC, 0x11EB, 0x11ED, 0x0201, 0x0202, 0x001D, 0x0017, 0x0018)
"""Groups that the server is asked for before the cases, the best first; all can be computed by `cryptography`."""

ML_DSA_SCHEMES = (0x0904, 0x0905, 0x0906)
_MORE_SURVEY = 4  # connections of the survey besides those that ask for one group each
_MOST_MUTE = 3  # connections in a row without one byte: then the server is not asked any more
_CONTROL = Reason.of("conformance.seen.control")
_FULL = Peer(CANDIDATES, retried=Seen(), ml_dsa=Seen(scheme=0x0905))


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run costs at most: `connections` in all, the survey and the controls included."""

    cases: tuple[Case, ...]
    connections: int


def plan(cases: Iterable[Case]) -> Plan:
    """Counts for a server that can do everything: one that can do less is asked less."""
    chosen = tuple(cases)
    scripts = sum(len(case.scripts(_FULL)) for case in chosen)
    controls = {_key(case.control_of(_FULL, script)) for case in chosen for script in case.scripts(_FULL)}
    again = sum(len(case.scripts(_FULL)) for case in chosen if case.kind is Kind.TAKE)
    after = sum(len(case.scripts(_FULL)) for case in chosen if case.kind is not Kind.LOOK)  # a control, where none says why
    return Plan(chosen, len(CANDIDATES) + _MORE_SURVEY + scripts + again + len(controls) + after)


@dataclass(slots=True)
class Run:
    """One run against one target. `new_dialer` gives a dialer for each connection; `told` hears of each case when it is through."""

    target: NetworkTarget
    ground: Ground
    new_dialer: Callable[[], Dialer]
    budget: int
    told: Callable[[Trial], None] = lambda _trial: None
    connections: int = 0
    peer: Peer = field(default_factory=Peer)
    _controls: dict[object, Seen] = field(default_factory=dict)
    _mute: int = 0
    _stopped: Reason | None = None

    async def cases(self, cases: Iterable[Case]) -> tuple[Trial, ...]:
        """A trial for each case, in order. Raises WorkError where this machine runs short, nothing that the server caused."""
        await self._survey()
        trials: list[Trial] = []
        for case in cases:
            started = monotonic()
            ruling = await self._case(case)
            trial = Trial(
                suite=SUITE,
                name=case.id,
                subject=self.target.spelling,
                verdict=ruling.verdict,
                reason=ruling.reason,
                rests_on=case.rests_on,
                seconds=monotonic() - started,
                title=case.title,
                seen=ruling.seen,
            )
            trials.append(trial)
            self.told(trial)
        return tuple(trials)

    async def _survey(self) -> None:
        """Which groups it carries through, whether it asks for a share that is missing, whether it signs with ML-DSA."""
        peer = self.peer
        for group in CANDIDATES:
            script = Script((group,), (group,))
            seen = await self._connect(script)
            if seen.progress >= Progress.FLIGHT:
                peer.groups = (*peer.groups, group)
                peer.controls[group] = self._controls[_key(script)] = seen
            floods = seen.ended is Ended.FLOOD and seen.progress < Progress.FLIGHT
            if floods or seen.ended is Ended.WRONG_PROTOCOL or self._stopped is not None:
                self._stop(seen)
                return
        if peer.best is None:
            self._stopped = Reason.of("conformance.needs.tls13")
            return
        await self._listen(Script((peer.best,), (peer.best,)))
        script = Script((peer.best,), ())
        seen = await self._connect(script)
        if seen.progress >= Progress.FLIGHT and seen.retry is not None:
            peer.retried = self._controls[_key(script)] = seen
        seen = await self._connect(Script((peer.best,), (peer.best,), schemes=ML_DSA_SCHEMES))
        if seen.progress >= Progress.FLIGHT and seen.scheme in ML_DSA_SCHEMES:
            peer.ml_dsa = seen

    async def _listen(self, script: Script) -> None:
        """What a server says unasked is no answer. One that answers no request in another way may answer a KeyUpdate; then every
        request begins with one."""
        quiet = await self._connect(replace(script, request=nothing_asked))
        heard = (quiet, *self.peer.controls.values())
        if quiet.application_bytes or any(seen.unasked_data for seen in heard):
            self.ground = replace(self.ground, data_tells=False)
            self._controls.clear()
        elif self._controls[_key(script)].progress >= Progress.APPLICATION:
            return
        if quiet.key_updates or any(seen.unasked_key_updates for seen in heard):
            return
        without, self.ground = self.ground, replace(self.ground, asks_update=True)
        seen = await self._connect(script)
        if seen.progress < Progress.APPLICATION:
            self.ground = without
            return
        self._controls.clear()
        self._controls[_key(script)] = self.peer.controls[script.groups[0]] = seen

    async def _case(self, case: Case) -> Ruling:
        if self._stopped is not None:
            unspoken = self._stopped.code.startswith("conformance.needs.")
            return Ruling(TrialVerdict.NOT_APPLICABLE if unspoken else TrialVerdict.UNKNOWN, self._stopped)
        scripts = case.scripts(self.peer)
        if not scripts:
            return Ruling(TrialVerdict.NOT_APPLICABLE, Reason.of(case.needs))
        if case.kind is Kind.LOOK:
            return await self._look(case, scripts)
        rulings: list[Ruling] = []
        for script in scripts:
            ruling = await self._variant(case, script)
            if script.label:
                ruling = replace(ruling, seen=(_variant_told(script.label), *ruling.seen))
            rulings.append(ruling)
            if self._stopped is not None:
                break
        return worst(tuple(rulings))

    async def _variant(self, case: Case, script: Script) -> Ruling:
        control = case.control_of(self.peer, script)
        before = self._controls.get(_key(control)) or await self._control(control)
        if not control_holds(case, before) and before.lacks_certificate:
            return Ruling(TrialVerdict.NOT_APPLICABLE, Reason.of("conformance.needs.no_certificate"))
        if not control_holds(case, before):
            return Ruling(TrialVerdict.UNKNOWN, why_not_held(before), (_CONTROL, *before.told))
        seen = await self._connect(script)
        ruling = rule(case, seen, before)
        if case.kind is Kind.TAKE and ruling.verdict is TrialVerdict.FAILED:  # Once more: a connection can fail by chance.
            ruling = rule(case, seen := await self._connect(script), before)
        if case.excuses_stateless and self.peer.sends_cookie and ruling.verdict is TrialVerdict.FAILED:
            ruling = replace(ruling, verdict=TrialVerdict.TOLERATED, reason=Reason.of("conformance.stateless"))
        sure = proves_life(seen) if case.kind is not Kind.TAKE else ruling.verdict is TrialVerdict.PASSED
        if not sure:
            after = await self._control(control)  # It may have stopped answering anybody.
            if not control_holds(case, after):
                return Ruling(TrialVerdict.UNKNOWN, Reason.of("conformance.control_failed_after"), (_CONTROL, *after.told))
        return ruling

    async def _look(self, case: Case, scripts: tuple[Script, ...]) -> Ruling:
        seen = tuple([await self._connect(script) for script in scripts])
        if case.judge is None:
            return Ruling(TrialVerdict.UNKNOWN, Reason.of(f"conformance.no_answer.{seen[0].ended.value}"))
        return case.judge(self.peer, seen)

    async def _control(self, script: Script) -> Seen:
        seen = await self._connect(script)
        self._controls[_key(script)] = seen
        return seen

    async def _connect(self, script: Script) -> Seen:
        """One connection, within the budget."""
        if self._stopped is not None or self.connections >= self.budget:
            self._stopped = self._stopped or Reason.of("conformance.budget_used", count=self.budget)
            return Seen(ended=Ended.NO_CONNECTION)
        self.connections += 1
        try:
            exchange = Exchange(script, self.ground)
        except MalformedMessage as error:
            return Seen(ended=Ended.MALFORMED, problem=str(error))
        try:
            async with self.new_dialer().connect(self.target) as stream:
                try:
                    carrier = await opened(self.target, stream)
                except PeerError as error:
                    raise PeerUnreachable(f"TLS could not begin: {error}") from error
                await _carry(exchange, carrier)
        except (PeerRefused, PeerUnreachable, PeerTimedOut) as error:
            exchange.end(Ended.NO_CONNECTION, str(error))
        except PeerError as error:
            exchange.end(Ended.RESET, str(error))
        self._note_muteness(exchange.seen)
        return exchange.seen

    def _note_muteness(self, seen: Seen) -> None:
        silent = seen.ended in (Ended.NO_CONNECTION, Ended.SILENCE) and seen.progress is Progress.NOTHING
        self._mute = self._mute + 1 if silent else 0
        if self._mute >= _MOST_MUTE or (silent and self.connections == 1 and seen.ended is Ended.NO_CONNECTION):
            self._stop(seen)

    def _stop(self, seen: Seen) -> None:
        self._stopped = self._stopped or Reason.of(f"conformance.stopped.{seen.ended.value}", detail=seen.problem[:200])


async def _carry(exchange: Exchange, stream: Stream) -> None:
    """Talks until the exchange has seen enough or the connection ends."""
    while True:
        try:
            for segment in exchange.segments_to_send():
                await stream.send(segment)
        except PeerClosed:
            pass  # It ended before it had heard us out: what it said can still be read.
        if exchange.finished:
            return
        try:
            data = await stream.receive()
        except PeerClosed as error:
            exchange.end(Ended.RESET if error.by_reset else Ended.CLOSED, str(error))
            return
        except PeerTimedOut:
            exchange.end(Ended.SILENCE)
            return
        except MalformedMessage as error:  # More bytes than a connection may bring.
            exchange.end(Ended.FLOOD, str(error))
            return
        if not data:
            exchange.end(Ended.CLOSED)
            return
        exchange.receive(data)


def _variant_told(label: str) -> Reason:
    """Of `X25519MLKEM768: one byte more` the group is a name and the rest are words."""
    group, _, variant = label.rpartition(": ")
    if group:
        return Reason.of("conformance.seen.variant_of_group", group=group, variant=variant)
    return Reason.of("conformance.seen.variant", variant=variant)


def _key(script: Script) -> tuple[object, ...]:
    """What makes two controls the same."""
    return (script.groups, script.shares, script.versions, script.suites, script.schemes, script.session_id_bytes)


def described(peer: Peer) -> str:
    """What the server was found to carry through, for people."""
    return ", ".join(name_of(group) for group in peer.groups)
