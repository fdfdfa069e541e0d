"""An SSH handshake as a trial of the harness: one key exchange method (RFC 10042, RFC 9941) alone in our KEXINIT, the host key's
signature over the exchange hash verified, and one service request answered under the new keys. Nobody logs in.

`SshPlan` asks one server for several methods, one connection for each that the server lists.
"""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from pqscan.errors import (
    MalformedMessage,
    PeerClosed,
    PeerError,
    PeerRejected,
    PeerTimedOut,
    WorkError,
)
from pqscan.harness.handshake import Carried, DialerMaker, label_of
from pqscan.harness.peer_errors import Codes, reason_of
from pqscan.harness.ssh.methods import fresh_keys, host_keys
from pqscan.harness.ssh.trace import trace_lines
from pqscan.harness.tls.shares import ShareMaker
from pqscan.model.observation import Confidence, Observation, Subject, Support
from pqscan.model.reason import Reason
from pqscan.model.target import NetworkTarget
from pqscan.model.trial import Trial, TrialVerdict
from pqscan.net.converse import converse
from pqscan.net.stream import Dialer
from pqscan.registry.ssh import SshAlgorithm
from pqscan.wire.ssh.fields import is_name
from pqscan.wire.ssh.kexinit import KexInit, agreed_suites
from pqscan.wire.ssh.protection import needs_mac
from pqscan.wire.ssh.session import SshSession, Stage, hybrid_offer
from pqscan.wire.ssh.words import Disconnect

SUITE = "ssh"
CONTEXT = "SSH-2.0"
_COOKIE_BYTES = 16
_MOST_DETAIL = 200
_MOST_NAMES = 600  # characters of a server's list in a reason
_THROTTLED = "handshake_ssh_throttled"
_CODES = Codes(_THROTTLED, "handshake_ssh_no_lists", "handshake_ssh_other_protocol", Disconnect.TOO_MANY_CONNECTIONS)
_STOPS = frozenset(
    {"peer_refused", "peer_unreachable", "peer_timed_out", "wrong_protocol", "handshake_ssh_other_protocol", _THROTTLED}
)
"""After these a server is asked nothing else: it is not there, is none, or wants no more connections now."""


@dataclass(frozen=True, slots=True)
class SshHandshake:
    """One method. Fulfils `Handshake`: one connection, at most three messages under keys, an orderly end."""

    method: SshAlgorithm
    maker: ShareMaker

    @property
    def name(self) -> str:
        return self.method.name

    async def carry_through(self, target: NetworkTarget, dialer: Dialer) -> Carried:
        """See `Handshake.carry_through`."""
        carried, _ = await self.try_with(target, dialer)
        return carried

    async def try_with(self, target: NetworkTarget, dialer: Dialer) -> tuple[Carried, KexInit | None]:
        """The handshake, and the lists of the server where they came."""
        started = time.monotonic()
        try:
            makers = fresh_keys(self.maker, self.method)
        except WorkError as error:
            reason = Reason.of("handshake_no_share", problem=str(error)[:_MOST_DETAIL])
            return Carried(self.trial(target, TrialVerdict.SKIPPED, reason)), None
        session = SshSession(hybrid_offer(os.urandom(_COOKIE_BYTES), self.method.name, host_keys()), makers=makers)
        ended = await _converse(session, target, dialer)
        verdict, verdict_reason = judge(self.method, session, ended)
        trial = self.trial(target, verdict, verdict_reason, detail=seen(session), seconds=time.monotonic() - started)
        proven = self._proven() if verdict is TrialVerdict.PASSED else None
        return Carried(trial, trace_lines(session.events), proven), session.server_kexinit

    def trial(
        self,
        target: NetworkTarget,
        verdict: TrialVerdict,
        reason: Reason | None,
        *,
        detail: str = "",
        seconds: float = 0.0,
    ) -> Trial:
        """This handshake's trial with any verdict."""
        return Trial(
            suite=SUITE,
            name=self.name,
            subject=label_of(target),
            verdict=verdict,
            reason=reason,
            algorithm=self.method.name,
            rests_on="; ".join(("RFC 4253, sections 7 to 10", *self.method.references)),
            detail=detail[:_MOST_DETAIL],
            seconds=round(seconds, 3),
        )

    def _proven(self) -> Observation:
        """The fact for the store: two implementations agreed on keys by this method, and each opened what the other protected."""
        method = self.method
        return Observation(
            Subject.KEX_METHOD,
            method.name,
            Support.ACCEPTED,
            CONTEXT,
            name=method.name,
            quantum_class=method.quantum_class,
            confidence=Confidence.CONFIRMED,
            components=method.components,
            parameters=(("evidence", "handshake verified"), ("library", self.maker.label)),
        )


async def _converse(session: SshSession, target: NetworkTarget, dialer: Dialer) -> PeerError | None:
    """One connection to its end, and what ended it where that was not in order."""
    try:
        async with dialer.connect(target) as stream:
            await converse(session, stream)
    except PeerTimedOut as error:
        try:
            session.timed_out()
        except PeerError as told:
            return told
        return error
    except PeerError as error:
        return error
    return None


def judge(method: SshAlgorithm, session: SshSession, ended: PeerError | None) -> tuple[TrialVerdict, Reason | None]:
    """What became of one handshake. `ended` is what ended the connection before it was through.

    PASSED: the host key's signature over the exchange hash verified, a packet of the server opened under the new keys, and one of
    them answers what we sent under ours. TOLERATED: all but that answer came."""
    server = session.server_kexinit
    if server is None:
        return TrialVerdict.UNKNOWN, _why_unknown(session, ended)
    if method.name not in server.key_exchanges:
        return TrialVerdict.NOT_APPLICABLE, lacks(method, server)
    missing = _nothing_in_common(session, server)
    if missing is not None:
        return TrialVerdict.UNKNOWN, missing
    proven = session.proven
    if proven is None:
        return _judge_begun(ended)
    if proven.verified is False:
        return TrialVerdict.FAILED, Reason.of("handshake_ssh_signature", algorithm=proven.algorithm)
    if isinstance(ended, MalformedMessage):
        return TrialVerdict.FAILED, Reason.of("handshake_not_verified", problem=str(ended)[:_MOST_DETAIL])
    if isinstance(ended, PeerRejected):
        return TrialVerdict.FAILED, Reason.of("handshake_ssh_disconnected_after", problem=str(ended)[:_MOST_DETAIL])
    if session.stage < Stage.OPENED:
        return TrialVerdict.FAILED, Reason.of(f"handshake_ssh_no_keys.{_how(ended)}")
    if proven.verified is None:
        return TrialVerdict.UNKNOWN, Reason.of("handshake_signature_unchecked", scheme=proven.algorithm)
    if session.stage < Stage.ANSWERED:
        return TrialVerdict.TOLERATED, Reason.of("handshake_ssh_ours_not_seen")
    return TrialVerdict.PASSED, None


def _judge_begun(ended: PeerError | None) -> tuple[TrialVerdict, Reason]:
    """The method was agreed on, and no proof of it came."""
    match ended:
        case PeerRejected(code=Disconnect.TOO_MANY_CONNECTIONS):
            return TrialVerdict.UNKNOWN, Reason.of(_THROTTLED, detail=str(ended)[:_MOST_DETAIL])
        case PeerRejected():
            return TrialVerdict.FAILED, Reason.of("handshake_ssh_disconnected", problem=str(ended)[:_MOST_DETAIL])
        case PeerTimedOut():
            return TrialVerdict.UNKNOWN, Reason.of("peer_timed_out")
        case PeerClosed():
            return TrialVerdict.FAILED, Reason.of(f"handshake_ssh_no_proof.{_how(ended)}")
        case _:
            return TrialVerdict.FAILED, Reason.of("handshake_not_verified", problem=str(ended)[:_MOST_DETAIL])


def _how(ended: PeerError | None) -> str:
    match ended:
        case PeerTimedOut():
            return "silence"
        case PeerClosed(by_reset=True):
            return "reset"
        case _:
            return "closed"


def lacks(method: SshAlgorithm, server: KexInit) -> Reason:
    """That the server does not list the method, and what it lists."""
    return Reason.of("handshake_ssh_lacks", method=method.name, methods=_listed(server.key_exchanges))


def _nothing_in_common(session: SshSession, server: KexInit) -> Reason | None:
    """Why nothing could be agreed on although the server has the method."""
    agreement = session.agreement
    if agreement is not None and agreement.host_key is None:
        return Reason.of("handshake_ssh_no_host_key", names=_listed(server.server_host_key_algorithms))
    for cipher, mac in agreed_suites(session.offer, server):
        if cipher is None or (needs_mac(cipher) and mac is None):
            return Reason.of("handshake_ssh_no_cipher", names=_listed(server.encryption_server_to_client))
    if "none" not in server.compression_client_to_server or "none" not in server.compression_server_to_client:
        return Reason.of("handshake_ssh_no_cipher", names=_listed(server.compression_server_to_client))
    return None


def _listed(names: tuple[str, ...]) -> str:
    """Names as the server has them, bounded; what is no name is left out."""
    text = ", ".join(dict.fromkeys(name for name in names if is_name(name)))
    return text if len(text) <= _MOST_NAMES else f"{text[:_MOST_NAMES]}…"


def _why_unknown(session: SshSession, ended: PeerError | None) -> Reason:
    """Why a peer whose lists did not come tells nothing."""
    if ended is not None:
        return reason_of(ended, _CODES)
    return Reason.of("handshake_ssh_version", version=session.identification.version if session.identification is not None else "-")


def seen(session: SshSession) -> str:
    """What was seen, in the standard's words: host key, cipher, strictness, the answer under the new keys."""
    parts: list[str] = []
    if session.proven is not None:
        parts.append(session.proven.algorithm)
    if session.stage >= Stage.NEWKEYS and session.server_kexinit is not None:
        _, (cipher, mac) = agreed_suites(session.offer, session.server_kexinit)
        parts += [cipher or "-"] if cipher is None or not needs_mac(cipher) else [cipher, mac or "-"]
        parts += ["strict kex"] if session.is_strict else []
    parts += [event.what for event in session.events if event.is_protected and not event.is_sent and event.what == "EXT_INFO"][:1]
    parts += [session.answer] if session.answer else []
    return "; ".join(parts)


@dataclass(frozen=True, slots=True)
class SshPlan:
    """What is to be tried with one server: one connection for each method, none for those that its list lacks."""

    methods: tuple[SshAlgorithm, ...]
    maker: ShareMaker

    async def carry_out(self, target: NetworkTarget, dialer: DialerMaker) -> AsyncIterator[Carried]:
        """Each handshake as it ends. A server that cannot be asked, or wants no more connections, is asked nothing else."""
        server: KexInit | None = None
        stopped: Reason | None = None
        for method in self.methods:
            one = SshHandshake(method, self.maker)
            if stopped is not None:
                yield Carried(one.trial(target, TrialVerdict.UNKNOWN, stopped))
                continue
            if server is not None and method.name not in server.key_exchanges:
                yield Carried(one.trial(target, TrialVerdict.NOT_APPLICABLE, lacks(method, server)))
                continue
            carried, learned = await one.try_with(target, dialer())
            server = learned or server
            reason = carried.trial.reason
            if reason is not None and reason.code in _STOPS and (learned is None or reason.code == _THROTTLED):
                stopped = reason
            yield carried
