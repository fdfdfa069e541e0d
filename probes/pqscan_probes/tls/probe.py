"""Drives a TLS survey over a dialer: every step of the inquiry is one connection or one wait.

Where the target begins in plain text (STARTTLS), every connection says that prelude first and then one hello.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import TypeVar

from pqscan.errors import (
    MalformedMessage,
    PeerClosed,
    PeerError,
    PeerRefused,
    PeerRejected,
    PeerTimedOut,
    PeerUnreachable,
    WrongProtocol,
)
from pqscan.model.outcome import Evidence, Facts
from pqscan.model.target import NetworkTarget
from pqscan.net.converse import Conversation, converse
from pqscan.net.stream import Dialer
from pqscan.net.transcript import Transcript
from pqscan.registry import clients, universe
from pqscan.registry.quantum import QuantumClass
from pqscan.registry.tls import named_group, signature_scheme
from pqscan.wire.key_agreement import KeyShare, generate
from pqscan.wire.tls import signature
from pqscan.wire.tls.answer import Answer, Ending
from pqscan.wire.tls.client_hello import KeyShareEntry, Offer
from pqscan.wire.tls.conversation import ClientConversation
from pqscan.wire.tls.elimination import AxisName
from pqscan.wire.tls.inquiry import Ask, Inquirer, Inquiry, ResultT, Throttled, reason_of
from pqscan.wire.tls.quick import quick
from pqscan.wire.tls.sslv2 import Sslv2Conversation
from pqscan.wire.tls.survey import Survey, inventory, meet
from pqscan.wire.tls.version_survey import Terms, flat, is_post_quantum
from pqscan.wire.tls.words import Version
from pqscan_probes.tls.certificates import leaf_curve, names_to_ask
from pqscan_probes.tls.facts import asked_of, facts_of
from pqscan_probes.tls.opening import Opening, Unopened

_CONNECTION_SECONDS = {"quick": 5.0}  # of one connection; a healthy server answers in a fraction of it
_MOST_CONNECTION_SECONDS = 8.0
_PRELUDE_SECONDS = 10.0  # more, where a prelude comes first: mail servers let a stranger wait 5 or 6 s for their greeting
_MOST_SETTLED = 1024  # answers of `quick` with what they mean
_MOST_REMEMBERED = 64  # offers of some kB: most targets are asked the same
_RANDOM_BYTES, _SESSION_ID_BYTES = 32, 32  # the latter as TLS 1.3 sends it over TCP (RFC 9846, appendix E.4)

ConversationT = TypeVar("ConversationT", bound=ClientConversation)


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """`depth` is quick, inventory or exhaustive; `client` the row whose hello stage 1 sends (empty: the pinned current one)."""

    depth: str = "inventory"
    client: str = ""
    sslv2: bool = False
    keep_evidence: bool = True
    most_names: int = 16  # names from a certificate that are asked again at the same address


class TlsProbe:
    """Asks one TLS endpoint. Key pairs are made once and reused for all hellos of a run: nothing is ever sent under them."""

    name = "tls"
    serves_names = True

    def __init__(self, settings: TlsSettings = TlsSettings()) -> None:
        self.settings = settings
        self._client = clients.client(settings.client) if settings.client else clients.current_client()
        self._shares: dict[int, KeyShare | None] = {}
        self._entries: dict[int, KeyShareEntry] = {}
        self.settled: dict[tuple[str | None, tuple[object, ...]], Facts] = {}  # by the server name sent and the only answer

    def share(self, group: int) -> KeyShare | None:
        """Our key pair for a named group; None where it cannot be computed here."""
        if group not in self._shares:
            row = named_group(group).row
            self._shares[group] = generate(row) if row is not None else None
        return self._shares[group]

    def resistant_share(self, group: int) -> KeyShare | None:
        """The same, for post-quantum groups alone."""
        return self.share(group) if is_post_quantum(group) else None

    def entry(self, share: KeyShare) -> KeyShareEntry:
        """The public half of one of our key pairs, as every hello carries it."""
        group = share.group.value
        if group not in self._entries:
            self._entries[group] = KeyShareEntry(group, share.public)
        return self._entries[group]

    async def run(self, target: NetworkTarget, means: Dialer) -> Facts:
        """Raises PeerError where the peer never spoke TLS; what was learned before trouble is always returned."""
        return await TlsAttempt(self, target, means).run()


@lru_cache(maxsize=_MOST_REMEMBERED)
def _is_traditional(scheme: int) -> bool:
    row = signature_scheme(scheme).row
    return row is not None and row.quantum_class is QuantumClass.TRADITIONAL


@lru_cache(maxsize=_MOST_REMEMBERED)
def _with_shares(offer: Offer, entries: tuple[KeyShareEntry, ...]) -> Offer:
    return replace(offer, shares=entries)


class TlsAttempt:
    """One run against one target: holds the evidence of the deciding first exchange."""

    def __init__(self, probe: TlsProbe, target: NetworkTarget, dialer: Dialer) -> None:
        self._probe = probe
        self._target = target
        self._dialer = dialer
        self._client = probe._client
        self._seconds = _CONNECTION_SECONDS.get(probe.settings.depth, _MOST_CONNECTION_SECONDS)
        self._opening = Opening(target.starttls, target.server_name)
        if target.starttls is not None:
            self._seconds += _PRELUDE_SECONDS
        self._inquirer = Inquirer()
        self._evidence: Evidence | None = None
        self._trouble: PeerError | None = None
        self._proven: set[tuple[bytes, int]] = set()  # leaves that signed with a scheme

    async def run(self) -> Facts:
        """See `TlsProbe.run`."""
        settings, target = self._probe.settings, self._target
        survey = Survey(settings.depth, self._client.name, target.server_name, behind_prelude=target.starttls is not None)
        try:
            facts = await self._survey(survey)
        except (Unopened, MalformedMessage, WrongProtocol) as error:
            return self._opening.facts_without_tls(error, survey.depth, asked_of(survey))
        return replace(facts, observations=(*facts.observations, *self._opening.observations))

    async def _survey(self, survey: Survey) -> Facts:
        settings = self._probe.settings
        try:
            terms = await self._drive(meet(self._inquirer, survey, self._client))
        except Throttled:
            terms = None
        if terms is None or not survey.spoke:
            raise self._why(survey)
        if settings.depth == "quick":
            return await self._quick(survey, terms)
        names = partial(names_to_ask, most=settings.most_names, permits=self._dialer.permits_name)
        terms = replace(terms, leaf_curve=leaf_curve)
        await self._drive(inventory(survey, self._client, terms, self._inquirer, names))
        if settings.sslv2 and not survey.trouble:
            await self._ask_sslv2(survey)
        return self._facts(survey)

    async def _quick(self, survey: Survey, terms: Terms) -> Facts:
        """Where one answer settles everything, equal ones are thought through once: most targets of a network are alike."""
        alone = survey.current if self._dialer.connections_used == 1 else None
        key = None if alone is None else (survey.server_name, alone.content)
        known = None if key is None else self._probe.settled.get(key)
        if known is not None:
            return replace(known, evidence=self._evidence)
        await self._drive(quick(survey, self._client, terms, self._inquirer))
        facts = self._facts(survey)
        if key is not None and self._dialer.connections_used == 1 and len(self._probe.settled) < _MOST_SETTLED:
            self._probe.settled[key] = replace(facts, evidence=None)
        return facts

    def _facts(self, survey: Survey) -> Facts:
        if not any(entry.support == "accepted" for entry in survey.versions.values()):
            raise self._why(survey)
        if self._inquirer.malformed and not self._inquirer.flights:
            survey.trouble = survey.trouble or "malformed"  # It names its choices and never keeps to one.
        return facts_of(survey, self._evidence)

    async def _drive(self, inquiry: Inquiry[ResultT]) -> ResultT:
        answer: Answer | bool | None = None
        while True:
            try:
                step = inquiry.send(answer)  # type: ignore[arg-type]  # The first send of a generator is None.
            except StopIteration as end:
                result: ResultT = end.value
                return result
            answer = await self._connect(step) if isinstance(step, Ask) else await self._pause(step.seconds)

    async def _pause(self, seconds: float) -> bool:
        try:
            await self._dialer.pause(seconds)
        except PeerTimedOut:
            return False
        return True

    async def _connect(self, ask: Ask) -> Answer:
        conversation = self._conversation(ClientConversation, ask, ask.offer, _SESSION_ID_BYTES)
        transcript = Transcript(conversation) if self._wants_evidence else None
        await self._converse(conversation, transcript or conversation)
        self._opening.look_at(conversation.answer)
        if transcript is not None and conversation.answer.said_yes:
            self._evidence = transcript.evidence()
        return conversation.answer

    @property
    def _wants_evidence(self) -> bool:
        return self._evidence is None and self._probe.settings.keep_evidence

    def _conversation(self, kind: type[ConversationT], ask: Ask, offer: Offer, session_id_bytes: int) -> ConversationT:
        """What says `offer`, which is that of `ask` or the same for another carrier."""
        probe = self._probe
        shares = {group: share for group in ask.real_shares if (share := probe.share(group)) is not None}
        entries = tuple(map(probe.entry, shares.values()))
        fresh = os.urandom(_RANDOM_BYTES + session_id_bytes)
        return kind(
            _with_shares(offer, entries) if entries else offer,
            fresh[:_RANDOM_BYTES],
            fresh[_RANDOM_BYTES:],
            shares=shares,
            share_source=probe.resistant_share if ask.only_resistant else probe.share,
            follow_retry=ask.follow_retry,
            most_hello_bytes=ask.most_hello_bytes,
            check_signature=self._check_signature,
        )

    def _check_signature(self, leaf: bytes, scheme: int, made: bytes, transcript_hash: bytes) -> bool | None:
        """Once for each leaf and scheme. `quick` takes a traditional signature as it is: no verdict of its hangs on one."""
        if (leaf, scheme) in self._proven or (self._probe.settings.depth == "quick" and _is_traditional(scheme)):
            return None
        found = signature.verifies(leaf, scheme, made, transcript_hash)
        if found:
            self._proven.add((leaf, scheme))
        return found

    async def _ask_sslv2(self, survey: Survey) -> None:
        conversation = Sslv2Conversation(flat(universe.cipher_suites_asked("inventory", "SSLv2")), os.urandom(16))
        await self._converse(conversation, conversation)
        answer, entry = conversation.answer, survey.version(Version.SSL2)
        if conversation.server_hello is not None:
            entry.support, entry.reason = "accepted", ""
            entry.found[AxisName.SUITES] = conversation.server_hello.cipher_kinds
            entry.see(answer)
        elif answer.ending in (Ending.ALERT, Ending.CLOSED, Ending.RESET) and await self._still_answers():
            # A newer server has no words for this in SSLv2: it hangs up. One that speaks SSLv2 answers.
            entry.support, entry.reason = "refused", ""
        else:
            entry.support, entry.reason = "unknown", reason_of(answer) or "throttled"

    async def _still_answers(self) -> bool:
        pushed_back = self._inquirer.throttled
        try:
            await self._drive(self._inquirer.control(0))
        except Throttled:
            return False
        return self._inquirer.throttled == pushed_back

    async def _converse(self, conversation: _Asking, outer: Conversation) -> None:
        await self._to_its_end(conversation, self._carry(outer))

    async def _carry(self, outer: Conversation) -> None:
        async with self._dialer.connect(self._target, timeout_seconds=self._seconds) as stream:
            await converse(outer, await self._opening.begin(stream))

    async def _to_its_end(self, conversation: _Asking, exchange: Awaitable[None]) -> None:
        """What the network did to the exchange becomes how the conversation ended."""
        try:
            await exchange
        except PeerTimedOut as error:
            self._give_up(conversation, Ending.SILENCE, error)
        except PeerClosed as error:
            self._give_up(conversation, Ending.RESET if error.by_reset else Ending.CLOSED, error)
        except (PeerRefused, PeerUnreachable) as error:
            self._give_up(conversation, Ending.RESET, error)
        except MalformedMessage as error:
            self._give_up(conversation, Ending.MALFORMED, error)

    def _give_up(self, conversation: _Asking, ending: Ending, error: PeerError) -> None:
        conversation.give_up(ending, str(error))
        self._trouble = error

    def _why(self, survey: Survey) -> PeerError:
        """The error of a target that never came to an agreement with us."""
        last, where = survey.last or Answer(), f"{self._target.address} port {self._target.port}"
        if self._inquirer.malformed and last.ending is not Ending.WRONG_PROTOCOL:
            return MalformedMessage(f"{where}: {self._inquirer.last_malformed}")
        if survey.first is not None and survey.first.alert is not None and not survey.first.said_yes:
            alert = survey.first.alert
            return PeerRejected(f"{where} answered every hello with alert {alert}", code=alert, phrase=f"alert_{alert}")
        if last.ending is Ending.WRONG_PROTOCOL:
            return WrongProtocol(f"{where}: {last.problem}", like=last.like)
        if last.ending is Ending.CLOSED:
            return PeerClosed(f"{where} closed the connection after every hello")
        return self._trouble or PeerTimedOut(f"{where} accepted the connection and stayed silent")


_Asking = ClientConversation | Sslv2Conversation
