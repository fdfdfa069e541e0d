"""Kerberos at one address and port, over TCP or UDP: types of encryption and ways to log in (RFC 4120, RFC 4556, RFC 9588).

The realm is the name that the user gives (`example.vn@192.0.2.1:88`), in capitals. Costs a KDC one AS-REQ without a proof
(`quick`), at most fifteen else, each for `krbtgt/REALM`, a principal that every realm has: no password is guessed, and no ticket
that comes back is kept. Each request stands in the KDC's log, and monitoring may tell of it. Without a realm one request for a
principal that does not exist shows that a KDC answers, and nothing else."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass

from pqscan.errors import MalformedMessage, PeerClosed, PeerError, PeerTimedOut
from pqscan.model.observation import Observation, Subject, Support
from pqscan.model.outcome import Evidence, Facts, OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.model.target import NetworkTarget, Transport
from pqscan.net.converse import converse
from pqscan.net.stream import Dialer
from pqscan.registry.plain_numbers import EDITION, NumberKind, plain_number
from pqscan.wire.kerberos.answer import KdcAnswer, decode_answer
from pqscan.wire.kerberos.conversation import KerberosQuestion
from pqscan.wire.kerberos.request import AsRequest

VERSION, TICKET = "Kerberos5", "Kerberos5 ticket"
ETYPES = (20, 19, 18, 17, 26, 25, 23, 24, 16, 3, 2, 1)
"""Strongest first: those of the registry."""
NO_REALM = "PQSCAN.INVALID"
_NOBODY = ("pqscan", "nobody")
_CONNECTION_SECONDS = 5.0
_PATIENCE_SECONDS = (1.0, 2.0)  # before a datagram is repeated, and then before the question is given up
_NO_CLIENT, _ETYPE_REFUSED, _REVOKED, _PREAUTH_REQUIRED, _WRONG_REALM = 6, 14, 18, 25, 68
_MOST_EVIDENCE = 1 << 14
_HINTS = {
    2: "timestamp_offered",
    14: "pkinit_offered",
    16: "pkinit_offered",
    136: "fast_offered",
    138: "encrypted_challenge_offered",
    141: "otp_offered",
    150: "freshness_offered",
    151: "spake_offered",
}
_STATUS = {"out_of_time": OutcomeStatus.TIMED_OUT, "closed_early": OutcomeStatus.CLOSED_EARLY}


@dataclass(frozen=True, slots=True)
class KerberosSettings:
    """`depth` is quick, inventory or exhaustive; the last asks no more than the one before."""

    depth: str = "inventory"
    keep_evidence: bool = True


class KerberosProbe:
    """Asks one KDC."""

    name = "kerberos"
    serves_names = False

    def __init__(self, settings: KerberosSettings = KerberosSettings()) -> None:
        self.settings = settings

    async def run(self, target: NetworkTarget, means: Dialer) -> Facts:
        """Raises PeerError where no KDC answered; what was learned before trouble is always returned."""
        return await _Attempt(self.settings, target, means).run()


class _Attempt:
    def __init__(self, settings: KerberosSettings, target: NetworkTarget, dialer: Dialer) -> None:
        self._settings = settings
        self._target = target
        self._dialer = dialer
        self._sent = b""
        self._received = b""
        self._supports: dict[int, Support] = {}
        self._trouble = ""

    async def run(self) -> Facts:
        if self._target.server_name is None:
            await self._ask(_NOBODY, NO_REALM, ETYPES)
            return self._facts([], Reason.of("kerberos_realm_needed"))
        realm, first = await self._first(self._target.server_name)
        if first.error not in (None, _PREAUTH_REQUIRED):
            return self._facts(*self._told_by_error(first.error))
        if self._settings.depth != "quick":
            try:
                await self._ask_each(realm)
            except PeerError as error:
                self._trouble = "out_of_time" if isinstance(error, PeerTimedOut) else "closed_early"
        observations = [*_chosen(first), *self._listed(first), *_hints(first)]
        return self._facts(observations, Reason.of(f"kerberos_{self._trouble}") if self._trouble else None)

    async def _first(self, name: str) -> tuple[str, KdcAnswer]:
        """The answer about the realm in capitals, as realms are written (RFC 4120, section 6.1), else as the user wrote it."""
        realm = name.upper()
        answer = await self._ask(("krbtgt", realm), realm, ETYPES)
        written = self._target.host or realm
        if answer.error in (_NO_CLIENT, _WRONG_REALM) and written != realm and written.isascii():
            other = await self._ask(("krbtgt", written), written, ETYPES)
            if other.error in (None, _PREAUTH_REQUIRED):
                return written, other
        return realm, answer

    def _told_by_error(self, error: int | None) -> tuple[list[Observation], Reason]:
        if error in (_NO_CLIENT, _WRONG_REALM):
            return [], Reason.of("kerberos_realm_unknown", realm=str(self._target.server_name).upper())
        if error == _REVOKED:  # Of a disabled account ([MS-KILE], section 3.3.5.6.3), as `krbtgt` of Active Directory always is.
            return [], Reason.of("kerberos_principal_disabled")
        row = None if error is None else plain_number("kerberos", NumberKind.ERROR, error)
        return [], Reason.of("kerberos_error", number=error or 0, name="" if row is None else row.name)

    async def _ask_each(self, realm: str) -> None:
        """Each type alone; a refusal counts where the control after all of them still works."""
        for etype in ETYPES:
            answer = await self._ask(("krbtgt", realm), realm, (etype,))
            if answer.error in (None, _PREAUTH_REQUIRED):
                self._supports[etype] = Support.ACCEPTED
            else:
                self._supports[etype] = Support.REFUSED if answer.error == _ETYPE_REFUSED else Support.UNKNOWN
        control = await self._ask(("krbtgt", realm), realm, ETYPES)
        if control.error not in (None, _PREAUTH_REQUIRED):
            raise PeerClosed("the KDC does not answer any more as it did")

    async def _ask(self, client: tuple[str, ...], realm: str, etypes: tuple[int, ...]) -> KdcAnswer:
        """Raises PeerError."""
        request = AsRequest(client, realm, etypes, secrets.randbits(31))
        if self._target.transport is Transport.UDP:
            answer, received = await self._exchange(request.encode())
        else:
            question = KerberosQuestion(request)
            async with self._dialer.connect(self._target, timeout_seconds=_CONNECTION_SECONDS) as stream:
                await converse(question, stream)
            if question.answer is None:
                raise PeerClosed("the KDC closed the connection before it answered")
            answer, received = question.answer, question.received
        if len(self._sent) < _MOST_EVIDENCE:
            self._sent += request.encode()
            self._received += received if answer.error is not None else b""  # An AS-REP holds a ticket.
        return answer

    async def _exchange(self, datagram: bytes) -> tuple[KdcAnswer, bytes]:
        """What is no answer of a KDC does not lengthen the wait."""
        clock = asyncio.get_running_loop().time
        dropped = 0
        async with self._dialer.datagrams(self._target) as channel:
            for seconds in _PATIENCE_SECONDS:
                await channel.send(datagram)
                ends = clock() + seconds
                while (left := ends - clock()) > 0:
                    try:
                        received = await channel.receive(left)
                    except PeerTimedOut:
                        if self._dialer.seconds_left <= 0:
                            raise
                        break
                    try:
                        return decode_answer(received), received
                    except MalformedMessage:
                        dropped += 1
        if dropped:
            raise MalformedMessage("what answered is no KDC")
        raise PeerTimedOut("no KDC answered")

    def _listed(self, first: KdcAnswer) -> list[Observation]:
        """Of those that were asked for; of `quick` what the first answer names alone."""
        if self._settings.depth == "quick":
            return [_etype(Subject.ENCRYPTION, each, Support.ACCEPTED) for each in _named(first)]
        found = []
        for etype in ETYPES:
            support = self._supports.get(etype, Support.UNKNOWN)
            if support is Support.REFUSED and self._trouble:
                support = Support.UNKNOWN
            if etype in _named(first) and support is Support.UNKNOWN:
                support = Support.ACCEPTED
            found.append(_etype(Subject.ENCRYPTION, etype, support, why=self._trouble))
        return found

    def _facts(self, observations: list[Observation], detail: Reason | None) -> Facts:
        return Facts(
            observations=tuple(dict.fromkeys((Observation(Subject.PROTOCOL_VERSION, VERSION, Support.ACCEPTED), *observations))),
            depth=self._settings.depth,
            asked=EDITION,
            complete=detail is None,
            status=_STATUS.get(self._trouble, OutcomeStatus.COMPLETED),
            detail=detail,
            evidence=Evidence(self._sent, self._received) if self._settings.keep_evidence else None,
        )


def _named(answer: KdcAnswer) -> tuple[int, ...]:
    """The types that an answer names for the principal, its choice first."""
    return tuple(dict.fromkeys((*(() if answer.reply_etype is None else (answer.reply_etype,)), *answer.etypes)))


def _chosen(first: KdcAnswer) -> list[Observation]:
    found = [_etype(Subject.SELECTED_ENCRYPTION, each, Support.SELECTED) for each in _named(first)[:1]]
    if first.ticket_etype is not None:
        found.append(_etype(Subject.ENCRYPTION, first.ticket_etype, Support.ACCEPTED, TICKET))
    return found


def _hints(first: KdcAnswer) -> list[Observation]:
    """Ways to log in are told where a login is demanded; a KDC that answers without one tells nothing of them."""
    if first.error is None:
        told = [_behaviour("preauthentication_not_required")]
        if not any(_HINTS.get(each) == "pkinit_offered" for each in first.hints):
            told.append(
                Observation(Subject.BEHAVIOUR, "pkinit_offered", Support.UNKNOWN, VERSION, parameters=(("reason", "not_told"),))
            )
    else:
        told = [_behaviour("preauthentication_required")]
    return [*told, *(_behaviour(word) for word in sorted({_HINTS[each] for each in first.hints if each in _HINTS}))]


def _behaviour(word: str) -> Observation:
    return Observation(Subject.BEHAVIOUR, word, Support.OFFERED, VERSION)


def _etype(subject: Subject, value: int, support: Support, context: str = VERSION, why: str = "") -> Observation:
    row = plain_number("kerberos", NumberKind.CIPHER, value)
    parameters: tuple[tuple[str, str | int], ...] = ()
    if row is not None and row.key_bits is not None:
        parameters = (("key_bits", row.key_bits),)
    if support is Support.UNKNOWN:
        parameters += (("reason", why or "not_proven"),)
    return Observation(subject, str(value), support, context, name=None if row is None else row.name, parameters=parameters)
