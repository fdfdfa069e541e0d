"""Runs cases against one server, one connection after another: finds out what it can do, then control and case, within a budget.

Every connection is bounded by its dialer. Whatever the server does, each case ends with a verdict and its reason.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import ClassVar

from pqscan.errors import MalformedMessage, PeerError, PeerRefused, PeerTimedOut, PeerUnreachable
from pqscan.harness.conformance.carrying import carry
from pqscan.harness.conformance.case import Case, Kind, Peer, Ruling, name_of
from pqscan.harness.conformance.exchange import Exchange
from pqscan.harness.conformance.frame import Frame, unheld
from pqscan.harness.conformance.judging import control_holds, proves_life, rule, why_not_held
from pqscan.harness.conformance.script import Ground, Script, nothing_asked
from pqscan.harness.conformance.seen import Ended, Progress, Seen
from pqscan.model.reason import Reason
from pqscan.model.trial import TrialVerdict
from pqscan.net.starttls import opened

SUITE = "conformance"
CANDIDATES = (0x11EC, 0x11EB, 0x11ED, 0x0201, 0x0202, 0x001D, 0x0017, 0x0018)
"""Groups that the server is asked for before the cases, the best first; all can be computed by `cryptography`."""

ML_DSA_SCHEMES = (0x0904, 0x0905, 0x0906)
_MORE_SURVEY = 5  # connections of the survey besides those that ask for one group each
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
class Run(Frame[Case, Script, Seen, Ground]):
    """One run against one server."""

    suite: ClassVar[str] = SUITE
    peer: Peer = field(default_factory=Peer)

    async def survey(self) -> None:
        """Which groups it carries through, whether it asks for a share that is missing, whether it signs with ML-DSA."""
        peer = self.peer
        for group in CANDIDATES:
            script = Script((group,), (group,))
            seen = await self.connect(script)
            if seen.progress >= Progress.FLIGHT:
                peer.groups = (*peer.groups, group)
                peer.controls[group] = self._controls[_key(script)] = seen
            floods = seen.ended is Ended.FLOOD and seen.progress < Progress.FLIGHT
            if floods or seen.ended is Ended.WRONG_PROTOCOL or self.has_stopped:
                self.stop(self.why_stopped(seen))
                return
        if peer.best is None:
            self.stop(Reason.of("conformance.needs.tls13"))
            return
        await self._listen(Script((peer.best,), (peer.best,)))
        script = Script((peer.best,), ())
        seen = await self.connect(script)
        if seen.progress >= Progress.FLIGHT and seen.retry is not None:
            peer.retried = self._controls[_key(script)] = seen
        seen = await self.connect(Script((peer.best,), (peer.best,), schemes=ML_DSA_SCHEMES))
        if seen.progress >= Progress.FLIGHT and seen.scheme in ML_DSA_SCHEMES:
            peer.ml_dsa = seen

    async def _listen(self, script: Script) -> None:
        """What a server says unasked is no answer. One that answers no request may answer one behind which nothing comes until
        then, or a KeyUpdate; then every request is so."""
        quiet = await self.connect(replace(script, request=nothing_asked))
        heard = (quiet, *self.peer.controls.values())
        if quiet.application_bytes or any(seen.unasked_data for seen in heard):
            self.ground = replace(self.ground, data_tells=False)
            self._controls.clear()
        else:
            answers = self._controls[_key(script)].progress >= Progress.APPLICATION
            late = replace(self.ground, closes_late=True)
            if answers or (self.ground.request and await self._answers(script, late)):
                return
        if quiet.key_updates or any(seen.unasked_key_updates for seen in heard):
            return
        await self._answers(script, replace(self.ground, asks_update=True))

    async def _answers(self, script: Script, ground: Ground) -> bool:
        """Whether a request is answered on another ground, which is then the ground of all that follows."""
        without, self.ground = self.ground, ground
        seen = await self.connect(script)
        if seen.progress < Progress.APPLICATION:
            self.ground = without
            return False
        self._controls.clear()
        self._controls[_key(script)] = self.peer.controls[script.groups[0]] = seen
        return True

    def scripts_of(self, case: Case) -> tuple[Script, ...]:
        return case.scripts(self.peer)

    def control_of(self, case: Case, script: Script) -> Script:
        return case.control_of(self.peer, script)

    def key_of(self, control: Script) -> object:
        return _key(control)

    def lacking(self, case: Case, control: Seen) -> Ruling | None:
        if control_holds(case, control):
            return None
        if control.lacks_certificate:
            return Ruling(TrialVerdict.NOT_APPLICABLE, Reason.of("conformance.needs.no_certificate"))
        return unheld(why_not_held(control), control)

    def ruled(self, case: Case, seen: Seen, control: Seen) -> Ruling:
        return rule(case, seen, control)

    def excused(self, case: Case, ruling: Ruling) -> Ruling:
        """A server that sends a cookie may keep no state."""
        if case.excuses_stateless and self.peer.sends_cookie and ruling.verdict is TrialVerdict.FAILED:
            return replace(ruling, verdict=TrialVerdict.TOLERATED, reason=Reason.of("conformance.stateless"))
        return ruling

    def proves_life(self, seen: Seen) -> bool:
        return proves_life(seen)

    def judged(self, case: Case, seen: tuple[Seen, ...]) -> Ruling:
        if case.judge is None:
            return Ruling(TrialVerdict.UNKNOWN, Reason.of(f"conformance.no_answer.{seen[0].ended.value}"))
        return case.judge(self.peer, seen)

    def variant_told(self, script: Script) -> Reason | None:
        return _variant_told(script.label) if script.label else None

    def not_asked(self) -> Seen:
        return Seen(ended=Ended.NO_CONNECTION)

    def is_mute(self, script: Script, seen: Seen) -> bool:
        return seen.ended in (Ended.NO_CONNECTION, Ended.SILENCE) and seen.progress is Progress.NOTHING

    def is_absent(self, seen: Seen) -> bool:
        return seen.ended is Ended.NO_CONNECTION

    def why_stopped(self, seen: Seen) -> Reason:
        return Reason.of(f"conformance.stopped.{seen.ended.value}", detail=seen.problem[:200])

    async def asked(self, script: Script) -> Seen:
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
                await carry(exchange, carrier)
        except (PeerRefused, PeerUnreachable, PeerTimedOut) as error:
            exchange.end(Ended.NO_CONNECTION, str(error))
        except PeerError as error:
            exchange.end(Ended.RESET, str(error))
        return exchange.seen


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
