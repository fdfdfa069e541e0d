"""An IKEv2 exchange as a trial of the harness: one ML-KEM as additional key exchange (RFC 9370), carried through IKE_INTERMEDIATE.

That both sides hold the same ML-KEM secret shows in nothing before IKE_AUTH. That one is sent only where active tests are
permitted: it claims an identity that nobody has, and the gateway logs a failed login.
"""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from textwrap import wrap

from pqscan.errors import MalformedMessage, PeerError, PeerTimedOut, UsageError, WorkError
from pqscan.harness.handshake import Carried, DialerMaker, label_of
from pqscan.harness.ike.control import takes_without
from pqscan.harness.peer_errors import Codes, reason_of
from pqscan.harness.tls.shares import ShareMaker
from pqscan.model.observation import Confidence, Observation, Subject, Support
from pqscan.model.reason import Reason
from pqscan.model.target import NetworkTarget
from pqscan.model.trial import Trial, TrialVerdict
from pqscan.net.stream import Datagrams, Dialer
from pqscan.registry.ike import IkeKind, IkeNumber, ike_number
from pqscan.wire.ike.reply import ReplyKind
from pqscan.wire.ike.session import GROUPS, Event, IkeSession, Stage
from pqscan.wire.ike.words import notify_name
from pqscan.wire.key_agreement import ComponentKey, KeyMaker

SUITE = "ikev2"
CONTEXT = "IKEv2"
NAT_PORT = 4500
ML_KEM = (36, 37, 35)
_WAITS_SECONDS = (1.0, 2.0, 4.0)  # RFC 7296, section 2.1: each longer than the one before
_MOST_DETAIL = 200
_WIDTH = 76
_CODES = Codes("malformed_message")  # Over UDP nothing comes that a protocol has a code of its own for.
_REFUSED = "handshake_ike_refused"
_STOPS = frozenset({"peer_refused", "peer_unreachable", "peer_timed_out"})


def methods_named(words: tuple[str, ...]) -> tuple[IkeNumber, ...]:
    """ML-KEM by name (`ML-KEM-768`, `mlkem768`) or number, in the order given, each once; all three where none is named. Raises
    UsageError for a word that is none of them."""
    rows = [row for value in ML_KEM if (row := ike_number(IkeKind.KEY_EXCHANGE, value)) is not None]
    found: dict[int, IkeNumber] = {}
    for word in words:
        folded = word.strip().lower()
        row = next((row for row in rows if folded in (row.name.lower(), *row.keywords, str(row.value))), None)
        if row is None:
            raise UsageError(f"{word!r:.80} names no additional key exchange of IKEv2; such are {', '.join(r.name for r in rows)}")
        found.setdefault(row.value, row)
    return tuple(found.values()) or tuple(rows)


@dataclass(frozen=True, slots=True)
class IkeHandshake:
    """One ML-KEM. Fulfils `Handshake`: one exchange over UDP, which leaves one half-open SA that the gateway forgets."""

    method: IkeNumber
    maker: ShareMaker
    authenticates: bool

    @property
    def name(self) -> str:
        return self.method.name

    async def carry_through(self, target: NetworkTarget, dialer: Dialer) -> Carried:
        """See `Handshake.carry_through`."""
        started = time.monotonic()
        try:
            makers = self._makers()
        except WorkError as error:
            reason = Reason.of("handshake_no_share", problem=str(error)[:_MOST_DETAIL])
            return Carried(self.trial(target, TrialVerdict.SKIPPED, reason))
        method = (self.method.value, self.method.components[0])
        marked = target.port == NAT_PORT
        session = IkeSession(method, makers, os.urandom, authenticates=self.authenticates, marked=marked)
        ended = await _exchange(session, target, dialer)
        verdict, verdict_reason = judge(self.method, session, ended, authenticates=self.authenticates)
        trial = self.trial(target, verdict, verdict_reason, detail=seen(session), seconds=time.monotonic() - started)
        return Carried(trial, trace_lines(session.events), self._proven() if verdict is TrialVerdict.PASSED else None)

    def trial(
        self, target: NetworkTarget, verdict: TrialVerdict, reason: Reason | None, *, detail: str = "", seconds: float = 0.0
    ) -> Trial:
        """This handshake's trial with any verdict."""
        return Trial(
            suite=SUITE,
            name=self.name,
            subject=label_of(target),
            verdict=verdict,
            reason=reason,
            algorithm=self.method.name,
            rests_on="RFC 9370, section 2.2; RFC 9242; RFC 7383",
            detail=detail[:_MOST_DETAIL],
            seconds=round(seconds, 3),
        )

    def _makers(self) -> dict[str, KeyMaker]:
        """A fresh ML-KEM key, made now, and makers for the first exchange. Raises WorkError where the library has none."""
        component = self.method.components[0]
        makers = self.maker.makers((component, *GROUPS.values()), component)
        if component not in makers:
            raise WorkError(f"{self.maker.label} has no {component}")
        key = makers[component]()
        return {**makers, component: _one(key)}

    def _proven(self) -> Observation:
        return Observation(
            Subject.IKE_ADDITIONAL_KEY_EXCHANGE,
            str(self.method.value),
            Support.ACCEPTED,
            CONTEXT,
            name=self.method.name,
            quantum_class=self.method.quantum_class,
            confidence=Confidence.CONFIRMED,
            components=self.method.components,
            parameters=(("evidence", "handshake verified"), ("library", self.maker.label)),
        )


def _one(key: ComponentKey) -> KeyMaker:
    return lambda: key


async def _exchange(session: IkeSession, target: NetworkTarget, dialer: Dialer) -> PeerError | None:
    """The exchange to its end, each request repeated until it is answered; what ended it where nothing more came."""
    try:
        async with dialer.datagrams(target) as channel:
            while not session.finished:
                await _answered(session, channel)
    except PeerError as error:
        return error
    return None


async def _answered(session: IkeSession, channel: Datagrams) -> None:
    """One request until something answers it. Raises PeerTimedOut where nothing does."""
    asked = len(session.events)
    for wait in _WAITS_SECONDS:
        for datagram in session.datagrams_to_send():
            await channel.send(datagram)
        try:
            while not session.finished and len(session.events) == asked:
                session.receive(await channel.receive(wait))
            return
        except PeerTimedOut:
            session.repeat()
    raise PeerTimedOut("the gateway did not answer")


def judge(
    method: IkeNumber, session: IkeSession, ended: PeerError | None, *, authenticates: bool
) -> tuple[TrialVerdict, Reason | None]:
    """What became of one exchange.

    PASSED: IKE_AUTH was answered under keys that the ML-KEM secret is part of. TOLERATED: the ciphertext came, and nothing was sent
    or seen that would show its secret. A gateway that chooses the ML-KEM and does not carry it through has FAILED."""
    reply = session.reply
    match session.stage:
        case Stage.PROVEN:
            return TrialVerdict.PASSED, None
        case Stage.ENCAPSULATED if not authenticates:
            return TrialVerdict.TOLERATED, Reason.of("handshake_ike_not_shown")
        case Stage.ENCAPSULATED:
            return TrialVerdict.TOLERATED, Reason.of("handshake_ike_auth_unanswered")
    if session.problem:
        return TrialVerdict.FAILED, Reason.of("handshake_not_verified", problem=session.problem[:_MOST_DETAIL])
    if session.stage is Stage.CHOSEN:
        if session.refusal is not None:
            return TrialVerdict.FAILED, Reason.of("handshake_ike_refused_later", notify=notify_name(session.refusal))
        return TrialVerdict.FAILED, Reason.of("handshake_ike_silent_later")
    if reply is None:
        return TrialVerdict.UNKNOWN, reason_of(ended or MalformedMessage("nothing that answers came"), _CODES)
    if reply.kind is ReplyKind.NO_PROPOSAL:
        return TrialVerdict.NOT_APPLICABLE, Reason.of(_REFUSED, method=method.name)
    if reply.kind is ReplyKind.CHOSEN:
        return TrialVerdict.FAILED, Reason.of("handshake_ike_other_choice", method=method.name)
    if reply.kind is ReplyKind.OLD_VERSION:
        return TrialVerdict.NOT_APPLICABLE, Reason.of("handshake_ike_old_version")
    if reply.kind is ReplyKind.OTHER_GROUP:
        return TrialVerdict.UNKNOWN, Reason.of("handshake_ike_no_group", group=str(reply.group))
    return TrialVerdict.UNKNOWN, Reason.of("handshake_ike_error", notify=notify_name(reply.error or 0))


def seen(session: IkeSession) -> str:
    """What was seen, in the standard's words."""
    parts = [event.what for event in session.events if not event.is_sent and event.exchanges][:2]
    parts += [f"fragments x{session.fragments}"] if session.fragments else []
    parts += [notify_name(session.refusal)] if session.refusal is not None and session.stage is Stage.PROVEN else []
    return "; ".join(parts)


def trace_lines(events: list[Event]) -> tuple[str, ...]:
    """`->` is what we sent, `<-` what came; sizes are those of datagrams. Names and sizes are told, keys and values are not."""
    found: list[str] = []
    for event in events:
        under = ("", "keys of the first exchange", "keys with ML-KEM")[event.exchanges]
        found.append(f"{'->' if event.is_sent else '<-'} {event.what:<22} {event.size_bytes:>7} B  {under}".rstrip())
        for name, value in event.facts:
            found += wrap(f"{name}: {value}", _WIDTH, initial_indent=" " * 5, subsequent_indent=" " * 9)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class IkePlan:
    """What is to be tried with one gateway: one exchange for each ML-KEM, one after the other."""

    methods: tuple[IkeNumber, ...]
    maker: ShareMaker
    authenticates: bool

    async def carry_out(self, target: NetworkTarget, dialer: DialerMaker) -> AsyncIterator[Carried]:
        """Each as it ends. A gateway that does not answer the first is asked nothing else. A refusal has its control: another
        ML-KEM that was taken, or, once, the same without any."""
        stopped: Reason | None = None
        takes_others: bool | None = None
        has_control = False
        for method in self.methods:
            one = IkeHandshake(method, self.maker, self.authenticates)
            if stopped is not None:
                yield Carried(one.trial(target, TrialVerdict.UNKNOWN, stopped))
                continue
            carried = await one.carry_through(target, dialer())
            reason = carried.trial.reason
            has_control = has_control or carried.trial.verdict in (TrialVerdict.PASSED, TrialVerdict.TOLERATED)
            if reason is not None and reason.code == _REFUSED:
                if not has_control:
                    marked = target.port == NAT_PORT
                    takes_others = await takes_without(target, dialer(), _WAITS_SECONDS, marked=marked)
                    has_control = True
                carried = replace(carried, trial=_held(carried.trial, method, takes_others))
            stopped = reason if reason is not None and reason.code in _STOPS else None
            yield carried


def _held(trial: Trial, method: IkeNumber, takes_others: bool | None) -> Trial:
    """A refusal, held against its control."""
    match takes_others:
        case True:
            return replace(trial, reason=Reason.of("handshake_ike_refused_alone", method=method.name))
        case False:
            return replace(trial, verdict=TrialVerdict.UNKNOWN, reason=Reason.of("handshake_ike_refuses_all", method=method.name))
        case None:
            return trial
