"""TLS 1.3 inside QUIC at one address and port over UDP: the same survey as over TCP, each hello one connection of QUIC.

Costs a server as many connections as the survey has questions, each of two or three datagrams of 1200 bytes and some small ones
from us; each is ended by a CONNECTION_CLOSE. `inventory` asks for the versions of QUIC, too: one datagram, and one connection in
version 2 where that is listed. Nothing of HTTP/3 is said, and no stream opened.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace

from pqscan.errors import PeerError, PeerRejected, PeerTimedOut
from pqscan.model.observation import Observation, Subject, Support
from pqscan.model.outcome import Facts, OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.model.target import NetworkTarget
from pqscan.net.stream import Dialer
from pqscan.wire.quic.connection import DESTINATION_ID_BYTES, ClientConnection
from pqscan.wire.quic.handshake import QuicHandshake
from pqscan.wire.quic.header import VERSION_1, VERSION_2
from pqscan.wire.quic.hello import over_quic
from pqscan.wire.quic.versions import kept_versions, listed_versions, version_name, version_question
from pqscan.wire.tls.answer import Answer, Ending
from pqscan.wire.tls.inquiry import Ask
from pqscan.wire.tls.survey import Survey
from pqscan_probes.tls.over_datagrams import DatagramAttempt
from pqscan_probes.tls.probe import TlsProbe, TlsSettings
from pqscan_probes.tls.told import plain

_PATIENCE_SECONDS = (0.5, 1.0, 2.0)  # before the first and the second repetition, and before a connection is given up
_ASKED = (VERSION_1, VERSION_2)
_DEFAULT = TlsSettings()


class QuicProbe(TlsProbe):
    """Asks one endpoint of QUIC version 1 or 2 (RFC 9000, RFC 9369). Silence is no answer: a port that says nothing may have a
    server all the same."""

    name = "quic"

    def __init__(self, settings: TlsSettings = _DEFAULT) -> None:
        super().__init__(replace(settings, sslv2=False))

    async def run(self, target: NetworkTarget, means: Dialer) -> Facts:
        """Raises PeerError where nothing of QUIC came back; what was learned before trouble is always returned."""
        return await _Attempt(self, target, means).run()


class _OtherVersions(Exception):
    """The server speaks none of our versions of QUIC."""


class _Attempt(DatagramAttempt):
    def __init__(self, probe: QuicProbe, target: NetworkTarget, dialer: Dialer) -> None:
        super().__init__(probe, target, dialer)
        self._version = VERSION_1
        self._versions: dict[int, Support] = {}
        self._version_reason = ""
        self._is_retried = False

    async def run(self) -> Facts:
        """See `QuicProbe.run`."""
        depth = self._probe.settings.depth
        survey = Survey(depth, self._client.name, self._target.server_name, only_modern=True)
        try:
            facts = await self._survey(survey)
        except _OtherVersions:
            others = [version for version, support in self._versions.items() if support is Support.OFFERED]
            reason = Reason.of("quic_other_versions", versions=", ".join(map(version_name, others)))
            return Facts(self._observations(), depth=depth, complete=False, status=OutcomeStatus.REJECTED, detail=reason)
        if depth != "quick" and not survey.trouble:
            await self._ask_versions()
        return replace(facts, observations=(*facts.observations, *self._observations()))

    def _observations(self) -> tuple[Observation, ...]:
        found = [
            plain(
                Subject.PROTOCOL_VERSION,
                version_name(version),
                support,
                reason=self._version_reason if support is Support.UNKNOWN else "",
            )
            for version, support in sorted(self._versions.items())
        ]
        retried = (plain(Subject.BEHAVIOUR, "quic_retry", Support.OFFERED),) if self._is_retried else ()
        return (*found, *retried)

    async def _connect(self, ask: Ask) -> Answer:
        connection = await self._speak(ask, self._version)
        if connection.versions is not None:
            self._keep_list(connection.versions)
            other = next((each for each in _ASKED if self._versions.get(each) is Support.OFFERED), None)
            if other is None:
                raise _OtherVersions
            self._version = other
            connection = await self._speak(ask, other)
        answer = connection.handshake.answer
        if connection.heard and connection.versions is None:
            self._versions[self._version] = Support.ACCEPTED
        return answer

    def _keep_list(self, versions: tuple[int, ...]) -> None:
        """What the server lists, and that the rest of ours is refused: a list is its own word."""
        for version in kept_versions(versions):
            self._versions.setdefault(version, Support.OFFERED)
        for version in _ASKED:
            self._versions.setdefault(version, Support.REFUSED)

    async def _speak(self, ask: Ask, version: int) -> ClientConnection:
        handshake = self._conversation(QuicHandshake, ask, over_quic(ask.offer, version), 0)
        connection = ClientConnection(handshake, version, os.urandom(DESTINATION_ID_BYTES))
        await self._to_its_end(handshake, self._exchange(connection, handshake, _PATIENCE_SECONDS))
        self._is_retried = self._is_retried or connection.is_retried
        answer = handshake.answer
        if handshake.error is not None and not answer.said_no:
            where = f"{self._target.address} port {self._target.port}"
            self._trouble = PeerRejected(f"{where}: {answer.problem}", code=handshake.error)
        elif answer.ending is Ending.SILENCE:
            self._trouble = PeerTimedOut(f"{self._target.address} port {self._target.port}: {answer.problem}")
        return connection

    async def _ask_versions(self) -> None:
        """The list of versions, and a hello in version 2 where that is listed, or where no list came."""
        try:
            versions = await self._listed()
        except PeerError:
            versions = None
        if versions is not None:
            self._keep_list(versions)
        if self._versions.get(VERSION_2) not in (None, Support.OFFERED) or self._inquirer.control_offer is None:
            return
        connection = await self._speak(Ask(self._inquirer.control_offer, follow_retry=False), VERSION_2)
        if connection.versions is not None:
            self._keep_list(connection.versions)
        elif connection.heard:
            self._versions[VERSION_2] = Support.ACCEPTED
        else:
            self._versions[VERSION_2], self._version_reason = Support.UNKNOWN, "silence"

    async def _listed(self) -> tuple[int, ...] | None:
        """None where no list came: a server may keep it to itself. Raises PeerError."""
        destination_id = os.urandom(DESTINATION_ID_BYTES)
        clock = asyncio.get_running_loop().time
        async with self._dialer.datagrams(self._target, timeout_seconds=self._seconds) as channel:
            for seconds in _PATIENCE_SECONDS[:2]:
                await channel.send(version_question(destination_id))
                ends = clock() + seconds
                while (left := ends - clock()) > 0:
                    try:
                        versions = listed_versions(await channel.receive(left), destination_id)
                    except PeerTimedOut:
                        break
                    if versions is not None:
                        return versions
        return None

    def _why(self, survey: Survey) -> PeerError:
        last = survey.last or Answer()
        if isinstance(self._trouble, PeerRejected) and last.ending in (Ending.CLOSED, Ending.RESET):
            return self._trouble
        return super()._why(survey)
