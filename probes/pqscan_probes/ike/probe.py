"""Drives the questions to one responder over datagrams: waits, repeats, and gives up where it no longer answers."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from typing import Protocol

from pqscan.errors import MalformedMessage, PeerError, PeerTimedOut
from pqscan.model.outcome import Facts
from pqscan.model.target import NetworkTarget
from pqscan.net.stream import Datagrams, Dialer
from pqscan.wire.ike.main_mode import ROUNDS, MainModeQuestion
from pqscan.wire.ike.survey import FEWEST_DATAGRAMS, MOST_DATAGRAMS, IkeSurvey
from pqscan_probes.ike.facts import Answers, facts_of

NAT_TRAVERSAL_PORT = 4500
_DATAGRAMS_OF_MAIN_MODE = 2 * ROUNDS
_PATIENCE_SECONDS = (1.0, 2.0)  # before a datagram is repeated, and then before the question is given up
_LONGER_SECONDS = (1.0, 2.0, 4.0)  # for who has answered before: it may have begun to limit us
_MOST_UNANSWERED = 2  # questions in a row, after which who has answered before is left alone


@dataclass(frozen=True, slots=True)
class IkeSettings:
    """`depth` is quick, inventory or exhaustive; the last asks no more of a responder than the one before."""

    depth: str = "inventory"
    keep_evidence: bool = True


class IkeProbe:
    """Asks one responder of IKEv2 (RFC 7296) and IKEv1 (RFC 2409)."""

    name = "ike"
    serves_names = False

    def __init__(self, settings: IkeSettings = IkeSettings()) -> None:
        self.settings = settings

    async def run(self, target: NetworkTarget, means: Dialer) -> Facts:
        """Raises PeerError where nothing of IKE came back; what was learned before trouble is always returned. Silence is no
        answer: a port that says nothing may have a responder all the same."""
        return await _Attempt(self.settings, target, means).run()


class _Question(Protocol):
    """What `IkeSurvey` and `MainModeQuestion` have in common."""

    finished: bool

    def datagrams_to_send(self) -> list[bytes]: ...
    def receive(self, datagram: bytes) -> bool: ...
    def repeat(self) -> None: ...
    def timed_out(self) -> None: ...


class _GivenUp(Exception):
    """Who answered before does not any more."""


class _Attempt:
    def __init__(self, settings: IkeSettings, target: NetworkTarget, dialer: Dialer) -> None:
        self._settings = settings
        self._target = target
        self._dialer = dialer
        self._is_quick = settings.depth == "quick"
        self._marked = target.port == NAT_TRAVERSAL_PORT

    async def run(self) -> Facts:
        most = FEWEST_DATAGRAMS if self._is_quick else MOST_DATAGRAMS
        survey = IkeSurvey(os.urandom, most_datagrams=most, marked=self._marked)
        found = Answers(survey.result, self._settings.depth)
        error: PeerError | None = None
        try:
            async with self._dialer.datagrams(self._target) as channel:
                await self._ask(survey, channel, found)
                if not survey.result.answered or survey.result.old_version or not self._is_quick:
                    left = most - survey.result.datagrams if self._is_quick else _DATAGRAMS_OF_MAIN_MODE
                    question = MainModeQuestion(os.urandom, most_datagrams=max(1, left), marked=self._marked)
                    found.main_mode = question.result
                    await self._ask(question, channel, found)
        except _GivenUp:
            found.trouble = "throttled"
        except PeerError as caught:
            error = caught
            found.trouble = "out_of_time" if isinstance(caught, PeerTimedOut) else "closed_early"
        if found.answered:
            return facts_of(found, keep_evidence=self._settings.keep_evidence)
        if error is not None:
            raise error
        if found.dropped:
            raise MalformedMessage(f"{self._target.address} port {self._target.port} answered with what is no answer of IKE")
        raise PeerTimedOut(f"{self._target.address} port {self._target.port} answered neither IKEv2 nor IKEv1")

    async def _ask(self, question: _Question, channel: Datagrams, found: Answers) -> None:
        """Until the question is through. Raises _GivenUp, and what the channel raises."""
        unanswered = 0
        outgoing = question.datagrams_to_send()
        while not question.finished or outgoing:
            for datagram in outgoing:
                await channel.send(datagram)
            known = found.answered
            waits = _LONGER_SECONDS if known and not self._is_quick else _PATIENCE_SECONDS
            outgoing, came = await self._wait(question, channel, waits)
            unanswered = 0 if came else unanswered + 1
            if known and unanswered == _MOST_UNANSWERED and not question.finished:
                raise _GivenUp

    async def _wait(self, question: _Question, channel: Datagrams, waits: tuple[float, ...]) -> tuple[list[bytes], bool]:
        """What is to be sent next, and whether an answer made it so. Repeats after each wait but the last."""
        for place, seconds in enumerate(waits):
            if await self._progress(question, channel, seconds):
                return question.datagrams_to_send(), True
            if place + 1 < len(waits):
                question.repeat()
                if question.finished:  # So often it may not be sent.
                    return [], False
                for datagram in question.datagrams_to_send():
                    await channel.send(datagram)
        question.timed_out()
        return question.datagrams_to_send(), False

    async def _progress(self, question: _Question, channel: Datagrams, seconds: float) -> bool:
        """Whether an answer came in time; what is none of ours does not lengthen the wait."""
        clock = asyncio.get_running_loop().time
        ends = clock() + seconds
        while (left := ends - clock()) > 0:
            try:
                datagram = await channel.receive(left)
            except PeerTimedOut:
                if self._dialer.seconds_left <= 0:
                    raise
                return False
            if question.receive(datagram):
                return True
        return False
