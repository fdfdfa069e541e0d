"""Runs cases against one gateway, one exchange after another: what it can do first, then control and case, within a budget.

Every exchange is ended by an IKE_AUTH that fails wherever there are keys, so that no half-open SA stays behind.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar

from pqscan.errors import MalformedMessage, PeerError, PeerRefused, PeerTimedOut, PeerUnreachable
from pqscan.harness.conformance.case import Kind, Ruling
from pqscan.harness.conformance.frame import Frame, unheld
from pqscan.harness.conformance.ike.case import GROUPS, METHODS, Case, Peer
from pqscan.harness.conformance.ike.exchange import Exchange, Ground
from pqscan.harness.conformance.ike.judging import control_holds, proves_life, rule, ruling
from pqscan.harness.conformance.ike.script import Script, without_faults
from pqscan.harness.conformance.ike.seen import Ended, Progress, Seen
from pqscan.model.reason import Reason
from pqscan.model.trial import TrialVerdict
from pqscan.net.stream import Datagrams
from pqscan.registry.ike import IkeKind, ike_number
from pqscan.wire.ike.words import NotifyType

SUITE = "conformance-ike"
WAITS_SECONDS = (1.0, 2.0)  # RFC 7296, section 2.1: each longer than the one before
_HYBRIDS = tuple((GROUPS[0], method) for method in METHODS)
_FULL = Peer(GROUPS, _HYBRIDS, _HYBRIDS, fragments=True)


def most_exchanges(cases: Iterable[Case]) -> int:
    """What a run costs at most, with a gateway that can do everything; one that can do less is asked less."""
    chosen = tuple(cases)
    scripts = [script for case in chosen for script in case.scripts(_FULL)]
    again = sum(len(case.scripts(_FULL)) for case in chosen if case.kind is Kind.TAKE)
    after = sum(len(case.scripts(_FULL)) for case in chosen if case.kind is not Kind.LOOK)  # a control, where none says why
    controls = {(script.group, script.method) for script in scripts}
    return len(GROUPS) + len(METHODS) + len(scripts) + len(controls) + again + after


@dataclass(slots=True)
class Run(Frame[Case, Script, Seen, Ground]):
    """One run against one gateway. `waits_seconds` are how long the first and each repeated request wait for an answer."""

    suite: ClassVar[str] = SUITE
    peer: Peer = field(default_factory=Peer)
    waits_seconds: tuple[float, ...] = WAITS_SECONDS

    async def survey(self) -> None:
        """Each group without an ML-KEM, and each ML-KEM with the group that the gateway wants for it."""
        for group in GROUPS:
            if (await self.control(Script(group))).progress >= Progress.ANSWERED:
                self.peer.plain = (*self.peer.plain, group)
        for method in METHODS:
            first, *others = self.peer.plain or GROUPS
            seen = await self.connect(Script(first, method, groups=tuple(others), follows=True))
            if seen.reply is None or seen.method != method:
                continue
            way = (seen.reply.group or first, method)
            self.peer.chosen = (*self.peer.chosen, way)
            if seen.progress >= Progress.ANSWERED:
                self.peer.hybrids = (*self.peer.hybrids, way)
                kinds = {each.kind for each in seen.reply.notifications}
                self.peer.fragments = NotifyType.FRAGMENTATION_SUPPORTED in kinds
        if not self.peer.base and not self.has_stopped:
            self.stop(Reason.of("conformance.ike.needs.suite"))

    def scripts_of(self, case: Case) -> tuple[Script, ...]:
        return case.scripts(self.peer)

    def control_of(self, case: Case, script: Script) -> Script:
        return without_faults(script)

    def key_of(self, control: Script) -> object:
        return control.group, control.method

    def lacking(self, case: Case, control: Seen) -> Ruling | None:
        return None if control_holds(control) else unheld(Reason.of("conformance.control_failed"), control)

    def ruled(self, case: Case, seen: Seen, control: Seen) -> Ruling:
        return rule(case, seen)

    def proves_life(self, seen: Seen) -> bool:
        return proves_life(seen)

    def judged(self, case: Case, seen: tuple[Seen, ...]) -> Ruling:
        if case.judge is None:
            return ruling(TrialVerdict.UNKNOWN, f"no_answer.{seen[0].ended.value}", seen[0])
        return case.judge(self.peer, seen)

    def variant_told(self, script: Script) -> Reason | None:
        methods = " + ".join(_name(each) for each in (script.group, script.method) if each is not None)
        if script.label:
            return Reason.of("conformance.seen.variant_of_group", group=methods, variant=script.label)
        return Reason.of("conformance.ike.variant", methods=methods)

    def not_asked(self) -> Seen:
        return Seen(ended=Ended.NO_CONNECTION)

    def is_mute(self, script: Script, seen: Seen) -> bool:
        """Silence to what is wrong says nothing about the gateway."""
        return seen.progress is Progress.NOTHING and (
            seen.ended is Ended.NO_CONNECTION or (seen.ended is Ended.SILENCE and not script.bends_init)
        )

    def is_absent(self, seen: Seen) -> bool:
        return seen.ended is Ended.NO_CONNECTION

    def why_stopped(self, seen: Seen) -> Reason:
        return Reason.of(f"conformance.ike.stopped.{seen.ended.value}", detail=seen.problem[:200])

    async def asked(self, script: Script) -> Seen:
        exchange = Exchange(script, self.ground)
        try:
            async with self.new_dialer().datagrams(self.target) as channel:
                while not exchange.finished:
                    await self._answered(exchange, channel)
        except (PeerRefused, PeerUnreachable) as error:
            exchange.end(Ended.NO_CONNECTION, str(error))
        except PeerTimedOut:
            exchange.end(Ended.SILENCE)
        except MalformedMessage as error:  # More than an exchange may bring.
            exchange.end(Ended.FLOOD, str(error))
        except PeerError as error:
            exchange.end(Ended.NO_CONNECTION, str(error))
        return exchange.seen

    async def _answered(self, exchange: Exchange, channel: Datagrams) -> None:
        """One request until something answers it, or patience is over."""
        turn = exchange.turn
        for wait in self.waits_seconds:
            for datagram in exchange.datagrams_to_send():
                await channel.send(datagram)
            try:
                while not exchange.finished and exchange.turn == turn:
                    exchange.receive(await channel.receive(wait))
                return
            except PeerTimedOut:
                exchange.repeat()
        exchange.silence()


def _name(method: int) -> str:
    row = ike_number(IkeKind.KEY_EXCHANGE, method)
    return str(method) if row is None else row.name
