"""SNMPv3 at one address and port over UDP: that an agent answers, and of which maker it is (RFC 3412, RFC 3414).

Costs an agent one datagram, two where the first was lost: the discovery that every manager begins with. Ways to authenticate and to
encrypt belong to a user, and none is named, so that they stay unknown; SNMPv1 and v2c answer only who knows a community string, and
are not asked. The engine id may hold the agent's own address: it is in the evidence, and not in what is told of the agent."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass

from pqscan.errors import MalformedMessage, PeerTimedOut
from pqscan.model.observation import Observation, Subject, Support
from pqscan.model.outcome import Evidence, Facts
from pqscan.model.target import NetworkTarget
from pqscan.net.stream import Dialer
from pqscan.registry.plain_numbers import EDITION, NumberKind, plain_number
from pqscan.wire.snmp.discovery import Engine, decode_report, question

VERSION = "SNMPv3"
_PATIENCE_SECONDS = (1.0, 2.0)  # before the datagram is repeated, and then before it is given up


@dataclass(frozen=True, slots=True)
class SnmpSettings:
    """`depth` is quick, inventory or exhaustive; all ask the same."""

    depth: str = "inventory"
    keep_evidence: bool = True


class SnmpProbe:
    """Asks one agent."""

    name = "snmp"
    serves_names = False

    def __init__(self, settings: SnmpSettings = SnmpSettings()) -> None:
        self.settings = settings

    async def run(self, target: NetworkTarget, means: Dialer) -> Facts:
        """Raises PeerError where no agent of SNMPv3 answered; silence is no answer."""
        clock = asyncio.get_running_loop().time
        number = secrets.randbits(31)
        asked = question(number)
        dropped = 0
        async with means.datagrams(target) as channel:
            for seconds in _PATIENCE_SECONDS:
                await channel.send(asked)
                ends = clock() + seconds
                while (left := ends - clock()) > 0:
                    try:
                        received = await channel.receive(left)
                    except PeerTimedOut:
                        if means.seconds_left <= 0:
                            raise
                        break
                    try:
                        engine = decode_report(received)
                    except MalformedMessage:
                        dropped += 1
                        continue
                    if engine.number == number:
                        return self._facts(engine, Evidence(asked, received))
                    dropped += 1
        if dropped:
            raise MalformedMessage("what answered is no agent of SNMPv3")
        raise PeerTimedOut("no agent of SNMPv3 answered")

    def _facts(self, engine: Engine, evidence: Evidence) -> Facts:
        return Facts(
            observations=(
                Observation(Subject.PROTOCOL_VERSION, VERSION, Support.ACCEPTED),
                *(_unknown(Subject.PROTOCOL_VERSION, version, "needs_community") for version in ("SNMPv1", "SNMPv2c")),
                _unknown(Subject.ENCRYPTION, "*", "needs_user"),
                _unknown(Subject.MAC, "*", "needs_user"),
                _maker(engine),
            ),
            depth=self.settings.depth,
            asked=EDITION,
            evidence=evidence if self.settings.keep_evidence else None,
        )


def _unknown(subject: Subject, value: str, why: str) -> Observation:
    context = None if subject is Subject.PROTOCOL_VERSION else VERSION
    return Observation(subject, value, Support.UNKNOWN, context, parameters=(("reason", why),))


def _maker(engine: Engine) -> Observation:
    row = plain_number("snmp", NumberKind.ENTERPRISE, engine.enterprise)
    parameters: tuple[tuple[str, str | int], ...] = ()
    if engine.id_format is not None:
        made = plain_number("snmp", NumberKind.ENGINE_FORMAT, engine.id_format)
        parameters = (("engine_id", str(engine.id_format) if made is None else made.name),)
    return Observation(
        Subject.SOFTWARE,
        str(engine.enterprise),
        Support.OFFERED,
        VERSION,
        name=None if row is None else row.name,
        parameters=parameters,
    )
