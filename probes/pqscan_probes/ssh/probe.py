"""Drives the questions to one SSH server over a dialer, one connection after the other."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from pqscan.errors import (
    MalformedMessage,
    PeerClosed,
    PeerError,
    PeerRejected,
    PeerThrottled,
    PeerTimedOut,
    WrongProtocol,
)
from pqscan.model.outcome import Evidence, Facts
from pqscan.model.target import NetworkTarget
from pqscan.net.converse import converse
from pqscan.net.stream import Dialer
from pqscan.net.transcript import Transcript
from pqscan.registry import ssh
from pqscan.wire.ssh.conversation import SshConversation
from pqscan.wire.ssh.exchange import DEFAULT_FIELD, FieldSize
from pqscan.wire.ssh.fields import is_name
from pqscan.wire.ssh.kexinit import KexInit
from pqscan.wire.ssh.words import Disconnect
from pqscan_probes.ssh.facts import facts_of
from pqscan_probes.ssh.survey import FIELD_SIZES, MOST_CONNECTIONS, Survey, first_offer, key_format, matching_offer

_CONNECTION_SECONDS = {"quick": 5.0}  # of one connection; a healthy server answers in a fraction of it
_MOST_CONNECTION_SECONDS = 8.0
_BACK_OFF_SECONDS = (1.0, 2.0, 4.0)
_COOKIE_BYTES = 16
_FINAL = frozenset({"malformed", "disconnected"})  # what a second question would be answered with, too


@dataclass(frozen=True, slots=True)
class SshSettings:
    """`depth` is quick, inventory or exhaustive; `client` the row whose lists are offered first (empty: the pinned current one)."""

    depth: str = "inventory"
    client: str = ""
    keep_evidence: bool = True


class SshProbe:
    """Asks one SSH server (RFC 4253): at most ten connections, none of which logs in."""

    name = "ssh"
    serves_names = False

    def __init__(self, settings: SshSettings = SshSettings()) -> None:
        self.settings = settings
        self.client = ssh.client(settings.client) if settings.client else ssh.current_client()

    async def run(self, target: NetworkTarget, means: Dialer) -> Facts:
        """Raises PeerError where the peer never spoke SSH; what was learned before trouble is always returned."""
        return await _Attempt(self, target, means).run()


class _Throttled(Exception):
    """The server turned us away until our patience ended."""


class _Attempt:
    def __init__(self, probe: SshProbe, target: NetworkTarget, dialer: Dialer) -> None:
        self._settings = probe.settings
        self._target = target
        self._dialer = dialer
        self._seconds = _CONNECTION_SECONDS.get(probe.settings.depth, _MOST_CONNECTION_SECONDS)
        self._offer = first_offer(probe.client, os.urandom(_COOKIE_BYTES))
        self._survey = Survey(probe.settings.depth, probe.client)
        self._evidence: Evidence | None = None
        self._asked = 0

    async def run(self) -> Facts:
        survey = self._survey
        conversation = SshConversation(self._offer)
        error = await self._converse(conversation)
        survey.identification, survey.server = conversation.identification, conversation.server_kexinit
        if survey.identification is None:
            raise error or PeerClosed("the peer closed the connection before it said what it is")
        if survey.server is None:
            return facts_of(survey, self._evidence, error)
        method = self._note(conversation, error)
        if self._settings.depth != "quick" and method is not None:
            try:
                await self._ask_keys(matching_offer(self._offer, survey.server, method))
                if self._settings.depth == "exhaustive" and survey.group_exchange is not None and survey.proven:
                    offer = matching_offer(self._offer, survey.server, survey.group_exchange)
                    await self._ask_fields(replace(offer, server_host_key_algorithms=(survey.proven[0].algorithm,)))
            except _Throttled:
                survey.trouble = "throttled" if self._dialer.seconds_left > 0 else "out_of_time"
        for kind in survey.further_keys():
            survey.unproven.setdefault(kind, survey.trouble or "not_asked")
        return facts_of(survey, self._evidence, None)

    def _note(self, conversation: SshConversation, error: PeerError | None) -> str | None:
        """Takes down the host key of the first connection, or why it was not shown. The key exchange method that others can be
        asked with; None where there is none."""
        survey, agreement = self._survey, conversation.agreement
        method = agreement.kex_method if agreement is not None else None
        if agreement is None or method is None:
            survey.unproven.update(dict.fromkeys(survey.further_keys(), "no_common_exchange"))
            return None
        if conversation.proven is not None:
            survey.proven.append(conversation.proven)
        elif agreement.host_key is not None:
            survey.unproven[key_format(agreement.host_key)] = _reason(error) if error is not None else "no_common_algorithm"
        return method

    async def _ask_keys(self, offer: KexInit) -> None:
        survey = self._survey
        for kind, name in survey.further_keys().items():
            if self._asked >= MOST_CONNECTIONS:
                return
            if not is_name(name) or survey.unproven.get(kind) in _FINAL:
                continue
            conversation, error = await self._ask_again(replace(offer, server_host_key_algorithms=(name,)))
            if conversation.proven is not None:
                survey.proven.append(conversation.proven)
                survey.unproven.pop(kind, None)
            else:
                survey.unproven[kind] = _reason(error) if error is not None else "not_proven"

    async def _ask_fields(self, offer: KexInit) -> None:
        """A refusal counts where the server still answers after it."""
        survey = self._survey
        refused: list[int] = []
        for size in FIELD_SIZES:
            if self._asked >= MOST_CONNECTIONS:
                survey.unasked_fields[size] = "not_asked"
                continue
            answered, why = await self._ask_field(offer, FieldSize(size, size, size))
            if answered:
                survey.fields[size] = answered
                survey.fields.update(dict.fromkeys(refused, 0))
                refused.clear()
            elif why in ("disconnected", "closed_early", "reset"):
                refused.append(size)
            else:
                survey.unasked_fields[size] = why
        if refused:
            await self._control(offer, refused)

    async def _control(self, offer: KexInit, refused: list[int]) -> None:
        answered = 0
        if self._asked < MOST_CONNECTIONS:
            answered, _ = await self._ask_field(offer, DEFAULT_FIELD)
        if answered:
            self._survey.fields.update(dict.fromkeys(refused, 0))
        else:
            self._survey.unasked_fields.update(dict.fromkeys(refused, "not_proven"))

    async def _ask_field(self, offer: KexInit, size: FieldSize) -> tuple[int, str]:
        conversation, error = await self._ask_again(offer, size)
        return conversation.field_bits or 0, _reason(error) if error is not None else "not_proven"

    async def _ask_again(self, offer: KexInit, field: FieldSize | None = None) -> tuple[SshConversation, PeerError | None]:
        """One more connection; waits and tries again where the server turns it away. Raises _Throttled."""
        waits = iter(_BACK_OFF_SECONDS)
        while True:
            conversation = SshConversation(offer, field=field or DEFAULT_FIELD, only_field=field is not None)
            error = await self._converse(conversation)
            if not _turned_away(conversation, error):
                return conversation, error
            seconds = next(waits, None)
            if seconds is None or self._asked >= MOST_CONNECTIONS:
                raise _Throttled
            try:
                await self._dialer.pause(seconds)
            except PeerTimedOut:
                raise _Throttled from None

    async def _converse(self, conversation: SshConversation) -> PeerError | None:
        self._asked += 1
        transcript = Transcript(conversation) if self._settings.keep_evidence and self._evidence is None else None
        error: PeerError | None = None
        try:
            async with self._dialer.connect(self._target, timeout_seconds=self._seconds) as stream:
                await converse(transcript or conversation, stream)
        except PeerError as caught:
            error = caught
        if isinstance(error, PeerTimedOut):
            try:
                conversation.timed_out()
            except (WrongProtocol, PeerThrottled) as caught:
                error = caught
        if transcript is not None and conversation.server_kexinit is not None:
            self._evidence = transcript.evidence()
        return error


def _turned_away(conversation: SshConversation, error: PeerError | None) -> bool:
    """Whether a server that spoke SSH before does not now: silence before its first word counts too."""
    if isinstance(error, PeerRejected):
        return error.code == Disconnect.TOO_MANY_CONNECTIONS
    return error is not None and conversation.identification is None


def _reason(error: PeerError) -> str:
    """Why something could not be proven, as a word of labels.toml, [unproven]."""
    match error:
        case PeerRejected():
            return "disconnected"
        case PeerThrottled():
            return "throttled"
        case PeerTimedOut():
            return "silence"
        case MalformedMessage():
            return "malformed"
        case WrongProtocol():
            return "wrong_protocol"
        case PeerClosed(by_reset=True):
            return "reset"
        case _:
            return "closed_early"
