"""What the attempts over UDP have in common: a connection of QUIC or DTLS carried to its end, with its evidence."""

from __future__ import annotations

from pqscan.errors import MalformedMessage, PeerError
from pqscan.model.outcome import Evidence
from pqscan.net.exchange import DatagramConnection, DatagramExchange
from pqscan.net.transcript import MOST_BYTES
from pqscan.wire.tls.answer import Answer, Ending
from pqscan.wire.tls.conversation import ClientConversation
from pqscan.wire.tls.survey import Survey
from pqscan_probes.tls.probe import TlsAttempt


class DatagramAttempt(TlsAttempt):
    """One run against one target over UDP. `_slowest_seconds`: what the slowest first answer took so far, None where none came."""

    _slowest_seconds: float | None = None

    async def _exchange(
        self, connection: DatagramConnection, handshake: ClientConversation, patience_seconds: tuple[float, ...]
    ) -> None:
        """Until the connection is through. Raises what the channel raises."""
        exchange = DatagramExchange(connection, self._dialer, patience_seconds)
        try:
            async with self._dialer.datagrams(self._target, timeout_seconds=self._seconds) as channel:
                await exchange.run(channel)
        finally:
            if exchange.answered_after_seconds is not None:
                self._slowest_seconds = max(self._slowest_seconds or 0.0, exchange.answered_after_seconds)
            if handshake.answer.said_yes and self._wants_evidence:
                self._evidence = Evidence(bytes(exchange.sent[:MOST_BYTES]), bytes(exchange.received[:MOST_BYTES]))

    def _why(self, survey: Survey) -> PeerError:
        last = survey.last or Answer()
        if last.ending is Ending.MALFORMED:
            return MalformedMessage(f"{self._target.address} port {self._target.port}: {last.problem}")
        return super()._why(survey)
