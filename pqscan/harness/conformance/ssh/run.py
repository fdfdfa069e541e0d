"""Runs cases against one SSH server, one connection after another: its lists first, then control and case, within a budget.

Every connection is bounded by its dialer. Whatever the server does, each case ends with a verdict and its reason.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import ClassVar

from pqscan.errors import PeerError, PeerRefused, PeerTimedOut, PeerUnreachable
from pqscan.harness.conformance.carrying import Closing, carry
from pqscan.harness.conformance.case import Kind, Ruling
from pqscan.harness.conformance.frame import Frame, unheld
from pqscan.harness.conformance.ssh.case import CANDIDATES, Case, Peer
from pqscan.harness.conformance.ssh.exchange import Exchange, Ground
from pqscan.harness.conformance.ssh.judging import control_holds, proves_life, rule
from pqscan.harness.conformance.ssh.script import Script, without_faults
from pqscan.harness.conformance.ssh.seen import Ended, Progress, Seen
from pqscan.harness.ssh.methods import host_keys
from pqscan.model.reason import Reason
from pqscan.model.trial import TrialVerdict
from pqscan.wire.ssh.kexinit import KexInit
from pqscan.wire.ssh.session import EXT_INFO_SERVER, STRICT_SERVER, hybrid_offer

SUITE = "conformance-ssh"
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
class Run(Frame[Case, Script, Seen, Ground]):
    """One run against one server."""

    suite: ClassVar[str] = SUITE
    peer: Peer = field(default_factory=Peer)

    async def survey(self) -> None:
        """The server's lists, with every method that cases are made of offered to it."""
        seen = await self.connect(Script(CANDIDATES[0], change_offer=_every_method, ends_at=Progress.LISTS))
        self.peer = Peer(seen.lists)
        if seen.lists is None:
            self.stop(self.why_stopped(seen))
        elif not self.peer.methods:
            self.stop(Reason.of("conformance.ssh.needs.method"))

    def scripts_of(self, case: Case) -> tuple[Script, ...]:
        return case.scripts(self.peer)

    def control_of(self, case: Case, script: Script) -> Script:
        return without_faults(script)

    def key_of(self, control: Script) -> object:
        return control.method

    def lacking(self, case: Case, control: Seen) -> Ruling | None:
        return None if control_holds(control) else unheld(Reason.of("conformance.control_failed"), control)

    def ruled(self, case: Case, seen: Seen, control: Seen) -> Ruling:
        return rule(case, seen)

    def proves_life(self, seen: Seen) -> bool:
        return proves_life(seen)

    def judged(self, case: Case, seen: tuple[Seen, ...]) -> Ruling:
        if case.judge is None:
            return Ruling(TrialVerdict.UNKNOWN, Reason.of(f"conformance.ssh.no_answer.{seen[0].ended.value}"))
        return case.judge(self.peer, seen)

    def variant_told(self, script: Script) -> Reason | None:
        if script.label:
            return Reason.of("conformance.seen.variant_of_group", group=script.method, variant=script.label)
        return Reason.of("conformance.ssh.variant", method=script.method)

    def not_asked(self) -> Seen:
        return Seen(ended=Ended.NO_CONNECTION)

    def is_mute(self, script: Script, seen: Seen) -> bool:
        return seen.ended in _MUTE and seen.progress is Progress.NOTHING

    def is_absent(self, seen: Seen) -> bool:
        return seen.ended is Ended.NO_CONNECTION

    def why_stopped(self, seen: Seen) -> Reason:
        return Reason.of(f"conformance.ssh.stopped.{seen.ended.value}", detail=seen.problem[:200])

    async def asked(self, script: Script) -> Seen:
        exchange = Exchange(script, self.ground)
        try:
            async with self.new_dialer().connect(self.target) as stream:
                await carry(exchange, stream)
        except (PeerRefused, PeerUnreachable, PeerTimedOut) as error:
            exchange.end(Ended.NO_CONNECTION, str(error))
        except PeerError as error:
            exchange.closed(Closing.RESET, str(error))
        return exchange.seen


def _every_method(offer: KexInit) -> KexInit:
    return replace(offer, kex_algorithms=(*CANDIDATES, *offer.kex_algorithms[1:]))
