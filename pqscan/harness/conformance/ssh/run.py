"""Runs cases against one SSH server, one connection after another: its lists first, then control and case, within a budget.

Every connection is bounded by its dialer. Whatever the server does, each case ends with a verdict and its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from time import monotonic

from pqscan.errors import MalformedMessage, PeerClosed, PeerError, PeerRefused, PeerTimedOut, PeerUnreachable
from pqscan.harness.conformance.case import Kind, Ruling
from pqscan.harness.conformance.judging import worst
from pqscan.harness.conformance.ssh.case import CANDIDATES, Case, Peer
from pqscan.harness.conformance.ssh.exchange import Exchange, Ground
from pqscan.harness.conformance.ssh.judging import control_holds, proves_life, rule
from pqscan.harness.conformance.ssh.script import Script, without_faults
from pqscan.harness.conformance.ssh.seen import Ended, Progress, Seen
from pqscan.harness.ssh.methods import host_keys
from pqscan.model.reason import Reason
from pqscan.model.target import NetworkTarget
from pqscan.model.trial import Trial, TrialVerdict
from pqscan.net.stream import Dialer, Stream
from pqscan.wire.ssh.kexinit import KexInit
from pqscan.wire.ssh.session import EXT_INFO_SERVER, STRICT_SERVER, hybrid_offer

SUITE = "conformance-ssh"
_MOST_MUTE = 3  # connections in a row that tell nothing: then the server is not asked any more
_CONTROL = Reason.of("conformance.seen.control")
_MUTE = frozenset({Ended.NO_CONNECTION, Ended.SILENCE, Ended.CLOSED, Ended.RESET, Ended.THROTTLED})
_FULL = Peer(replace(hybrid_offer(b"", CANDIDATES[0], host_keys()), kex_algorithms=(*CANDIDATES, STRICT_SERVER, EXT_INFO_SERVER)))


def most_connections(cases: Iterable[Case]) -> int:
    """What a run costs at most, with a server that can do everything; one that can do less is asked less."""
    chosen = tuple(cases)
    scripts = [script for case in chosen for script in case.scripts(_FULL)]
    again = sum(len(case.scripts(_FULL)) for case in chosen if case.kind is Kind.TAKE)
    after = sum(len(case.scripts(_FULL)) for case in chosen if case.kind is not Kind.LOOK)  # a control, where none says why
    return 1 + len(scripts) + len({script.method for script in scripts}) + again + after


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
    _controls: dict[str, Seen] = field(default_factory=dict)
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
        """The server's lists, with every method that cases are made of offered to it."""
        seen = await self._connect(Script(CANDIDATES[0], change_offer=_every_method, ends_at=Progress.LISTS))
        self.peer = Peer(seen.lists)
        if seen.lists is None and self._stopped is None:
            self._stop(seen)
        elif not self.peer.methods:
            self._stopped = self._stopped or Reason.of("conformance.ssh.needs.method")

    async def _case(self, case: Case) -> Ruling:
        if self._stopped is not None:
            lacks = ".needs." in self._stopped.code
            return Ruling(TrialVerdict.NOT_APPLICABLE if lacks else TrialVerdict.UNKNOWN, self._stopped)
        scripts = case.scripts(self.peer)
        if not scripts:
            return Ruling(TrialVerdict.NOT_APPLICABLE, Reason.of(case.needs))
        if case.kind is Kind.LOOK:
            seen = tuple([await self._connect(script) for script in scripts])
            if case.judge is None:
                return Ruling(TrialVerdict.UNKNOWN, Reason.of(f"conformance.ssh.no_answer.{seen[0].ended.value}"))
            return case.judge(self.peer, seen)
        rulings: list[Ruling] = []
        for script in scripts:
            ruling = await self._variant(case, script)
            told = Reason.of("conformance.seen.variant_of_group", group=script.method, variant=script.label)
            named = told if script.label else Reason.of("conformance.ssh.variant", method=script.method)
            rulings.append(replace(ruling, seen=(named, *ruling.seen)))
            if self._stopped is not None:
                break
        return worst(tuple(rulings))

    async def _variant(self, case: Case, script: Script) -> Ruling:
        before = self._controls.get(script.method) or await self._control(script)
        if not control_holds(before):
            return Ruling(TrialVerdict.UNKNOWN, Reason.of("conformance.control_failed"), (_CONTROL, *before.told))
        seen = await self._connect(script)
        ruling = rule(case, seen)
        if case.kind is Kind.TAKE and ruling.verdict is TrialVerdict.FAILED:  # Once more: a connection can fail by chance.
            ruling = rule(case, seen := await self._connect(script))
        sure = proves_life(seen) if case.kind is not Kind.TAKE else ruling.verdict is TrialVerdict.PASSED
        if not sure:
            after = await self._control(script)  # It may have stopped answering anybody.
            if not control_holds(after):
                return Ruling(TrialVerdict.UNKNOWN, Reason.of("conformance.control_failed_after"), (_CONTROL, *after.told))
        return ruling

    async def _control(self, script: Script) -> Seen:
        seen = await self._connect(without_faults(script))
        self._controls[script.method] = seen
        return seen

    async def _connect(self, script: Script) -> Seen:
        """One connection, within the budget."""
        if self._stopped is not None or self.connections >= self.budget:
            self._stopped = self._stopped or Reason.of("conformance.budget_used", count=self.budget)
            return Seen(ended=Ended.NO_CONNECTION)
        self.connections += 1
        exchange = Exchange(script, self.ground)
        try:
            async with self.new_dialer().connect(self.target) as stream:
                await _carry(exchange, stream)
        except (PeerRefused, PeerUnreachable, PeerTimedOut) as error:
            exchange.end(Ended.NO_CONNECTION, str(error))
        except PeerError as error:
            exchange.peer_closed(Ended.RESET, str(error))
        self._note_muteness(exchange.seen)
        return exchange.seen

    def _note_muteness(self, seen: Seen) -> None:
        silent = seen.ended in _MUTE and seen.progress is Progress.NOTHING
        self._mute = self._mute + 1 if silent else 0
        if self._mute >= _MOST_MUTE or (silent and self.connections == 1 and seen.ended is Ended.NO_CONNECTION):
            self._stop(seen)

    def _stop(self, seen: Seen) -> None:
        self._stopped = self._stopped or Reason.of(f"conformance.ssh.stopped.{seen.ended.value}", detail=seen.problem[:200])


def _every_method(offer: KexInit) -> KexInit:
    return replace(offer, kex_algorithms=(*CANDIDATES, *offer.kex_algorithms[1:]))


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
            exchange.peer_closed(Ended.RESET if error.by_reset else Ended.CLOSED, str(error))
            return
        except PeerTimedOut:
            exchange.peer_closed(Ended.SILENCE)
            return
        except MalformedMessage as error:  # More bytes than a connection may bring.
            exchange.end(Ended.FLOOD, str(error))
            return
        if not data:
            exchange.peer_closed(Ended.CLOSED)
            return
        exchange.receive(data)
