"""TLS 1.3 handshakes of the harness: each group directly and through HelloRetryRequest, and what became of it as a verdict.

A refusal of a group is no failure: failed is what was begun and does not verify. Certificates are not held against any trust
anchor; that the handshake's signature is one of the certificate's key is checked.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from enum import StrEnum

from pqscan.errors import WorkError
from pqscan.harness.handshake import Carried, DialerMaker, label_of
from pqscan.harness.tls import client
from pqscan.harness.tls.client import ClientSettings
from pqscan.harness.tls.shares import ShareMaker
from pqscan.harness.tls.trace import first_line, trace_lines
from pqscan.harness.tls.verify import SignatureVerifier
from pqscan.model.observation import Confidence, Observation, Subject, Support
from pqscan.model.reason import Reason
from pqscan.model.target import NetworkTarget
from pqscan.model.trial import Trial, TrialVerdict
from pqscan.net.stream import Dialer
from pqscan.registry.tls import NamedGroup, cipher_suite, named_group, signature_scheme
from pqscan.wire.tls.answer import Answer, Ending
from pqscan.wire.tls.session import ClientSession, Close, alert_name
from pqscan.wire.tls.words import AlertDescription, Version

SUITE = "tls1.3"
_MOST_DETAIL = 200
_PLAIN_NO = frozenset(
    {
        AlertDescription.PROTOCOL_VERSION,
        AlertDescription.INSUFFICIENT_SECURITY,
        AlertDescription.MISSING_EXTENSION,
    }
)
"""With these a server that answered the control says no to the hello as it is (RFC 9846, section 6.2). Others, handshake_failure
too, it may send because it trips over the share: then the way without a share tells more."""


_NO_CERTIFICATE = frozenset(
    {AlertDescription.CERTIFICATE_REQUIRED, AlertDescription.BAD_CERTIFICATE, AlertDescription.HANDSHAKE_FAILURE}
)
"""How a server that asked for a certificate of the client says that it misses it: with the standard's alert (RFC 9846, section
4.5.1) or by older habit. It says so under the application keys, which are proven by that all the same."""


class Way(StrEnum):
    """How the share gets to the server."""

    DIRECT = "direct"  # in the first hello
    RETRY = "retry"  # in the second, after a HelloRetryRequest


@dataclass(frozen=True, slots=True)
class TlsHandshake:
    """One group in one way. Fulfils `Handshake`: one connection, an ordinary hello, at most one request, an orderly end."""

    group: NamedGroup
    way: Way
    maker: ShareMaker
    settings: ClientSettings
    suite: str = SUITE
    subject: str = ""  # empty: the target as `label_of` calls it
    note: str = ""  # what distinguishes this handshake from others of the same group and way

    @property
    def name(self) -> str:
        """`X25519MLKEM768 (0x11ec), direct`."""
        name = f"{self.group.name} (0x{self.group.value:04x}), {self.way}"
        return f"{name}, {self.note}" if self.note else name

    async def carry_through(self, target: NetworkTarget, dialer: Dialer) -> Carried:
        """See `Handshake.carry_through`."""
        started = time.monotonic()
        try:
            share = self.maker.make(self.group)
        except WorkError as error:
            reason = Reason.of("handshake_no_share", problem=str(error)[:_MOST_DETAIL])
            return Carried(self.trial(target, TrialVerdict.SKIPPED, reason))
        check = SignatureVerifier(with_falcon=self.maker.library == "liboqs")
        begin = client.direct_session if self.way is Way.DIRECT else client.retry_session
        session = begin(share, self.settings, check)
        unreached = await client.converse_with(session, target, dialer, self.settings.answer_seconds)
        if unreached is not None:
            return Carried(self.trial(target, TrialVerdict.UNKNOWN, unreached, seconds=time.monotonic() - started))
        verdict, verdict_reason = judge(self.group, self.way, session, check.result)
        trial = self.trial(
            target, verdict, verdict_reason, detail=seen(session), seconds=time.monotonic() - started, told=told(session)
        )
        proven = self._proven(session) if verdict is TrialVerdict.PASSED else None
        return Carried(trial, trace_lines(session.exchange.events, session.exchange.first_data), proven)

    def trial(
        self,
        target: NetworkTarget,
        verdict: TrialVerdict,
        reason: Reason | None,
        *,
        detail: str = "",
        seconds: float = 0.0,
        told: tuple[Reason, ...] = (),
    ) -> Trial:
        """This handshake's trial with any verdict."""
        return Trial(
            suite=self.suite,
            name=self.name,
            subject=self.subject or label_of(target),
            verdict=verdict,
            reason=reason,
            algorithm=self.group.name,
            rests_on="; ".join(("RFC 9846, section 4.3.8", *(each for each in self.group.references if each != "IANA"))),
            detail=detail[:_MOST_DETAIL],
            seconds=round(seconds, 3),
            seen=told,
        )

    def _proven(self, session: ClientSession) -> Observation:
        """The fact for the store: two implementations agreed on keys in this group, and each was seen to have taken what the other
        protected with them."""
        group = self.group
        parameters = (("evidence", "handshake verified"), ("library", self.maker.label), ("way", self.way.value))
        return Observation(
            Subject.NAMED_GROUP,
            named_group(group.value).text,
            Support.ACCEPTED,
            Version.TLS13.label,
            name=group.name,
            quantum_class=group.quantum_class,
            confidence=Confidence.CONFIRMED,
            components=group.components,
            parameters=parameters,
        )


def judge(group: NamedGroup, way: Way, session: ClientSession, signature: bool | None) -> tuple[TrialVerdict, Reason | None]:
    """What became of one handshake on a peer whose control was answered. `signature` is how the check of the CertificateVerify
    came out, None where it could not be made.

    PASSED: the server's Finished and signature verified, and data, an orderly close or, where it asked for a certificate, an alert
    for the lack of it came back under the application keys. TOLERATED: the server's Finished verified; whether it took ours was
    not seen. Tickets do not show that: they may be sent before (RFC 9846, section 4.7.1)."""
    answer = session.answer
    if answer.finished_verified:
        return _judge_verified(group, way, session, signature)
    begun = answer.group is not None or answer.retry_group is not None or answer.version is not None
    match answer.ending:
        case Ending.ALERT:
            alert = alert_name(answer.alert or 0)
            if not begun:
                return TrialVerdict.NOT_APPLICABLE, Reason.of("handshake_group_refused", alert=alert)
            return TrialVerdict.FAILED, Reason.of("handshake_ended_by_alert", alert=alert)
        case Ending.MALFORMED if begun:
            return TrialVerdict.FAILED, Reason.of("handshake_not_verified", problem=answer.problem[:_MOST_DETAIL])
        case Ending.RETRY:
            other = "-" if answer.retry_group is None else _group_text(answer.retry_group)
            return TrialVerdict.FAILED, Reason.of("handshake_other_group", group=other)
        case Ending.HELLO:
            problem = answer.problem or "the server hello cannot be followed"
            return TrialVerdict.FAILED, Reason.of("handshake_not_verified", problem=problem[:_MOST_DETAIL])
        case _:
            return TrialVerdict.UNKNOWN, why_unknown(answer)


def _judge_verified(
    group: NamedGroup, way: Way, session: ClientSession, signature: bool | None
) -> tuple[TrialVerdict, Reason | None]:
    answer, exchange = session.answer, session.exchange
    if answer.group != group.value:
        return TrialVerdict.FAILED, Reason.of("handshake_other_group", group=_group_text(answer.group or 0))
    if answer.picked_unoffered:
        return TrialVerdict.FAILED, Reason.of("handshake_not_offered", what=_suite_text(answer))
    if answer.scheme not in session.offer.schemes:
        return TrialVerdict.FAILED, Reason.of("handshake_not_offered", what=_scheme_text(answer))
    if answer.ending is Ending.MALFORMED:
        return TrialVerdict.FAILED, Reason.of("handshake_broken_after", problem=answer.problem[:_MOST_DETAIL])
    if answer.ending is Ending.ALERT and not (answer.client_certificate_requested and answer.alert in _NO_CERTIFICATE):
        return TrialVerdict.FAILED, Reason.of("handshake_alert_after", alert=alert_name(answer.alert or 0))
    if signature is None:
        return TrialVerdict.UNKNOWN, Reason.of("handshake_signature_unchecked", scheme=_scheme_text(answer))
    if exchange.is_answered or answer.ending is Ending.ALERT:
        return TrialVerdict.PASSED, None
    return TrialVerdict.TOLERATED, Reason.of("handshake_floods" if exchange.close is Close.FLOOD else "handshake_ours_not_seen")


def why_unknown(answer: Answer) -> Reason:
    """Why an answer proves nothing."""
    match answer.ending:
        case Ending.RESET:
            return Reason.of("peer_reset")
        case Ending.CLOSED:
            return Reason.of("peer_closed")
        case Ending.SILENCE:
            return Reason.of("peer_timed_out")
        case Ending.WRONG_PROTOCOL if answer.like:
            return Reason.of("wrong_protocol_like", what=answer.like)
        case Ending.WRONG_PROTOCOL:
            return Reason.of("wrong_protocol", detail=answer.problem[:_MOST_DETAIL])
        case Ending.ALERT:
            return Reason.of("handshake_control_refused", alert=alert_name(answer.alert or 0))
        case _:
            return Reason.of("malformed_message", detail=answer.problem[:_MOST_DETAIL])


def seen(session: ClientSession) -> str:
    """What was seen, in the standard's words: suite, signature, what opened after the handshake, how it was closed."""
    answer, exchange = session.answer, session.exchange
    parts: list[str] = []
    if answer.cipher_suite is not None:
        parts.append(_suite_text(answer))
    if answer.scheme is not None:
        parts.append(_scheme_text(answer))
    if exchange.first_data:
        parts.append(first_line(exchange.first_data, 40))
    if exchange.tickets:
        parts.append(f"NewSessionTicket x{exchange.tickets}")
    if answer.alert is not None:
        parts.append(alert_name(answer.alert))
    if exchange.close is Close.NOTIFY:
        parts.append("close_notify")
    return "; ".join(parts)


def told(session: ClientSession) -> tuple[Reason, ...]:
    """What of it takes words: how the peer ended where it did not do so in order."""
    close = session.exchange.close
    return () if close in (None, Close.NOTIFY) else (Reason.of(f"handshake_no_close_notify.{close}"),)


def _suite_text(answer: Answer) -> str:
    value = answer.cipher_suite or 0
    return cipher_suite(value).name or f"0x{value:04x}"


def _scheme_text(answer: Answer) -> str:
    value = answer.scheme or 0
    return signature_scheme(value).name or f"0x{value:04x}"


def _group_text(value: int) -> str:
    name = named_group(value).name
    return f"{name} (0x{value:04x})" if name else f"0x{value:04x}"


@dataclass(frozen=True, slots=True)
class TlsPlan:
    """What is to be tried with one peer: one connection for the control, two for each group."""

    groups: tuple[NamedGroup, ...]
    maker: ShareMaker
    settings: ClientSettings

    async def carry_out(self, target: NetworkTarget, dialer: DialerMaker) -> AsyncIterator[Carried]:
        """Each handshake as it ends. A peer that does not answer the control is asked nothing else: every trial has its reason."""
        stopped = await self._control(target, dialer())
        for group in self.groups:
            direct, retry = (TlsHandshake(group, way, self.maker, self.settings) for way in Way)
            if stopped is not None:
                for each in (direct, retry):
                    yield Carried(each.trial(target, *stopped))
                continue
            first = await direct.carry_through(target, dialer())
            if _needs_no_second(first.trial):
                yield first
                yield Carried(retry.trial(target, first.trial.verdict, first.trial.reason))
                continue
            second = await retry.carry_through(target, dialer())
            for carried in _held_against(first, second):
                yield carried

    async def _control(self, target: NetworkTarget, dialer: Dialer) -> tuple[TrialVerdict, Reason] | None:
        """Why nothing can be tried with this peer; None where it speaks TLS 1.3."""
        conversation = client.control(self.groups, self.settings)
        unreached = await client.converse_with(conversation, target, dialer, self.settings.answer_seconds)
        answer = conversation.answer
        if unreached is not None:
            return TrialVerdict.UNKNOWN, unreached
        if answer.version is None:
            return TrialVerdict.UNKNOWN, why_unknown(answer)
        if answer.version < Version.TLS13:
            return TrialVerdict.NOT_APPLICABLE, Reason.of("handshake_older_version", version=answer.version.label)
        return None


def _needs_no_second(trial: Trial) -> bool:
    """Whether the other way would only say the same."""
    if trial.verdict is TrialVerdict.NOT_APPLICABLE:
        return _alert_of(trial) in {alert_name(alert) for alert in _PLAIN_NO}
    return trial.verdict is TrialVerdict.SKIPPED


def _held_against(first: Carried, second: Carried) -> tuple[Carried, Carried]:
    """A server that takes a group in one way must take it in the other: it has to ask for a share that it would accept
    (RFC 9846, section 4.2.4), and to accept what it would ask for. One that refuses it in both ways is asked for nothing more."""
    took = (TrialVerdict.PASSED, TrialVerdict.TOLERATED)
    if first.trial.verdict in took and second.trial.verdict is TrialVerdict.NOT_APPLICABLE:
        return first, _failed(second, Reason.of("handshake_no_retry", alert=_alert_of(second.trial)))
    refused = first.trial.verdict is TrialVerdict.NOT_APPLICABLE
    if refused and (second.trial.verdict in took or _asked_for_the_share(second.trial)):
        return _failed(first, Reason.of("handshake_no_direct", alert=_alert_of(first.trial))), second
    if refused and second.trial.verdict is TrialVerdict.NOT_APPLICABLE:
        alerts = {"alert": _alert_of(first.trial), "retry_alert": _alert_of(second.trial)}
        twice = Reason.of("handshake_group_refused_twice", **alerts)
        return _because(first, twice), _because(second, twice)
    return first, second


def _asked_for_the_share(retry: Trial) -> bool:
    """A trial of the way through HelloRetryRequest that ended with an alert after the server had begun."""
    return retry.reason is not None and retry.reason.code == "handshake_ended_by_alert"


def _because(carried: Carried, reason: Reason) -> Carried:
    return replace(carried, trial=replace(carried.trial, reason=reason))


def _failed(carried: Carried, reason: Reason) -> Carried:
    return replace(carried, trial=replace(carried.trial, verdict=TrialVerdict.FAILED, reason=reason))


def _alert_of(trial: Trial) -> str:
    return "-" if trial.reason is None else str(dict(trial.reason.parameters).get("alert", "-"))


def merged(proven: list[Observation]) -> tuple[Observation, ...]:
    """One observation for each group, with every way in which it was carried through."""
    found: dict[str, Observation] = {}
    for each in proven:
        known = found.get(each.value)
        if known is None:
            found[each.value] = each
            continue
        ways = sorted({*_ways(known), *_ways(each)})
        parameters = tuple((name, ", ".join(ways) if name == "way" else value) for name, value in known.parameters)
        found[each.value] = replace(known, parameters=parameters)
    return tuple(found.values())


def _ways(observation: Observation) -> list[str]:
    return str(dict(observation.parameters).get("way", "")).split(", ")
