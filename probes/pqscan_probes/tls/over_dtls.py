"""TLS over datagrams (DTLS 1.3, 1.2, 1.0) at one address and port over UDP: the survey of TCP, each hello one association.

Costs a server as many associations as the survey has questions, each of one to four datagrams from us, none larger than 1200
bytes; each is ended by alerts as soon as it told what was asked. No application data is ever sent.
"""

from __future__ import annotations

from dataclasses import replace

from pqscan.errors import PeerTimedOut
from pqscan.model.observation import Subject, Support
from pqscan.model.outcome import Facts
from pqscan.model.target import NetworkTarget
from pqscan.net.stream import Dialer
from pqscan.registry.dtls import DTLS
from pqscan.wire.dtls.connection import ClientConnection
from pqscan.wire.dtls.handshake import DtlsHandshake
from pqscan.wire.dtls.hello import over_datagrams
from pqscan.wire.tls.answer import Answer, Ending
from pqscan.wire.tls.inquiry import Ask
from pqscan.wire.tls.survey import Survey
from pqscan.wire.tls.words import Version
from pqscan_probes.tls.over_datagrams import DatagramAttempt
from pqscan_probes.tls.probe import TlsProbe, TlsSettings
from pqscan_probes.tls.told import in_words_of_dtls, plain

_PATIENCE_SECONDS = (0.5, 1.0, 2.0)  # before the first and the second repetition, and before a hello is given up
_LEAST_OF_IT = 0.25  # The part of it that is waited for a server that was seen to answer at once: many refuse by silence.
_ANSWERS_IN_FIRST_WAIT = 8  # as long as so many of its slowest answers take, the first wait is at least
_DEFAULT = TlsSettings()


class DtlsProbe(TlsProbe):
    """Asks one endpoint of DTLS. Silence is no answer: a port that says nothing may have a server all the same."""

    name = DTLS

    def __init__(self, settings: TlsSettings = _DEFAULT) -> None:
        super().__init__(replace(settings, sslv2=False))

    async def run(self, target: NetworkTarget, means: Dialer) -> Facts:
        """Raises PeerError where nothing of DTLS came back; what was learned before trouble is always returned."""
        return await _Attempt(self, target, means).run()


class _Attempt(DatagramAttempt):
    def __init__(self, probe: DtlsProbe, target: NetworkTarget, dialer: Dialer) -> None:
        super().__init__(probe, target, dialer)
        self._has_cookie = False
        self._passed_over: set[Version] = set()
        self._carried_group: int | None = None

    async def run(self) -> Facts:
        """See `DtlsProbe.run`."""
        depth, name = self._probe.settings.depth, self._target.server_name
        # No web: clients offer no application protocol.
        survey = Survey(depth, self._client.name, name, behind_prelude=True, old_versions=(Version.TLS11,))
        facts = await self._survey(survey)
        cookie = (plain(Subject.BEHAVIOUR, "dtls_cookie", Support.OFFERED),) if self._has_cookie else ()
        return in_words_of_dtls(replace(facts, observations=(*facts.observations, *cookie)))

    async def _connect(self, ask: Ask) -> Answer:
        handshake = self._conversation(DtlsHandshake, ask, over_datagrams(ask.offer), 0)
        await self._to_its_end(handshake, self._exchange(ClientConnection(handshake), handshake, self._patience_seconds))
        self._has_cookie = self._has_cookie or handshake.has_cookie
        answer = handshake.answer
        if answer.finished_verified and self._carried_group is None:
            self._carried_group = answer.group
        if handshake.is_cookie_alone and not ask.real_shares and self._inquirer.real_share is None:
            self._inquirer.real_share = self._carried_group  # It has no retry left to name a group with.
        if answer.said_yes and answer.version is not None:
            self._passed_over.update(version for version in ask.offer.versions if version > answer.version)
        if answer.ending is Ending.SILENCE:
            self._trouble = PeerTimedOut(f"{self._target.address} port {self._target.port}: {answer.problem}")
        return answer

    @property
    def _patience_seconds(self) -> tuple[float, ...]:
        if self._slowest_seconds is None:
            return _PATIENCE_SECONDS
        part = self._slowest_seconds * _ANSWERS_IN_FIRST_WAIT / _PATIENCE_SECONDS[0]
        return tuple(seconds * min(1.0, max(_LEAST_OF_IT, part)) for seconds in _PATIENCE_SECONDS)

    def _facts(self, survey: Survey) -> Facts:
        """Servers of DTLS often refuse by silence, which proves nothing by itself. Where one chose an older version out of a hello
        that offered a newer one beside it, and is silent on that one alone, it has not got it: the hello preferred it."""
        for version in self._passed_over:
            entry = survey.version(version)
            if (entry.support, entry.reason) == ("unknown", "silence"):
                entry.support, entry.reason = "refused", ""
        return super()._facts(survey)
