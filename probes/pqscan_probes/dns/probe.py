"""Drives the questions about one zone over a dialer: over TCP, or over UDP where the target says so (`lines.py`)."""

from __future__ import annotations

from dataclasses import dataclass

from pqscan.errors import MalformedMessage, PeerClosed, PeerError, PeerTimedOut, UsageError, WrongProtocol
from pqscan.model.outcome import Evidence, Facts
from pqscan.model.target import NetworkTarget
from pqscan.net.stream import Dialer
from pqscan.net.transcript import MOST_BYTES
from pqscan_probes.dns.facts import facts_of
from pqscan_probes.dns.lines import MOST_CONNECTIONS, line
from pqscan_probes.dns.message import read_answer
from pqscan_probes.dns.records import Answer, Query, Rcode, RecordType
from pqscan_probes.dns.survey import MOST_QUESTIONS, Survey, questions

_MOST_IN_VAIN = 2  # connections in a row that brought nothing: then the server is left alone
_RCODES: dict[int, str] = {Rcode.REFUSED: "dns_refused", Rcode.SERVFAIL: "dns_failed"}
_EVIDENCE = (RecordType.SOA, RecordType.DNSKEY, RecordType.DS)


@dataclass(frozen=True, slots=True)
class DnsSettings:
    """`depth` is quick, inventory or exhaustive. `names` are asked for in the zone in which they lie, DKIM `selectors` in each."""

    depth: str = "inventory"
    names: tuple[str, ...] = ()
    selectors: tuple[str, ...] = ()
    keep_evidence: bool = True


class DnsProbe:
    """Asks about one zone: `target.server_name` is its name, the address and port those of a resolver or of its own server."""

    name = "dns"
    serves_names = False

    def __init__(self, settings: DnsSettings = DnsSettings()) -> None:
        self.settings = settings

    async def run(self, target: NetworkTarget, means: Dialer) -> Facts:
        """Raises PeerError where the server never answered; what was learned before trouble is always returned."""
        if target.server_name is None:
            raise UsageError(f"{target.address}: a zone has to be named, such as example.vn")
        zone = target.server_name
        names = tuple(name for name in self.settings.names if name == zone or name.endswith(f".{zone}"))
        return await _Attempt(Survey(zone, self.settings.depth, names, self.settings.selectors), self.settings, target, means).run()


class _Attempt:
    def __init__(self, survey: Survey, settings: DnsSettings, target: NetworkTarget, dialer: Dialer) -> None:
        self._survey = survey
        self._settings = settings
        self._dialer = dialer
        self._line = line(target, dialer)
        self._in_vain = 0
        self._sent = bytearray()
        self._received = bytearray()

    async def run(self) -> Facts:
        survey = self._survey
        asked = 0
        soa = b""
        try:
            for query in questions(survey, self._dialer.permits_name):
                if asked == MOST_QUESTIONS:
                    survey.trouble = "not_asked"
                    break
                asked += 1
                data = await self._ask(query)
                if data is not None and query.type is RecordType.SOA:
                    soa = data
                if survey.trouble:
                    break
        finally:
            await self._line.hang_up()
        if survey.keys and soa:  # Its signature can be verified only now.
            query = Query(survey.zone, RecordType.SOA)
            survey.answers[query] = read_answer(soa, query, survey.keys)
        evidence = Evidence(bytes(self._sent), bytes(self._received)) if self._settings.keep_evidence else None
        return facts_of(survey, evidence)

    async def _ask(self, query: Query) -> bytes | None:
        """Puts the answer, or why there is none, into the survey. Raises PeerError where nothing was learned before."""
        try:
            data = await self._exchanged(query)
            answer = read_answer(data, query, self._survey.keys)
        except PeerError as error:
            await self._line.hang_up()
            if not self._survey.answers:
                raise
            self._survey.unanswered[query] = _reason(error)
            self._in_vain += 1
            if self._in_vain >= _MOST_IN_VAIN or self._line.opened >= MOST_CONNECTIONS or isinstance(error, WrongProtocol):
                self._survey.trouble = _reason(error)
            return None
        self._in_vain = 0
        reason = _unusable(answer)
        if reason and self._survey.answers:
            self._survey.unanswered[query] = reason
        else:
            self._survey.answers[query] = answer  # What the first question was answered with decides about the others.
        return data

    async def _exchanged(self, query: Query) -> bytes:
        question, answer = await self._line.exchanged(query)
        if query.type in _EVIDENCE:
            self._sent += question[: MOST_BYTES - len(self._sent)]
            self._received += answer[: MOST_BYTES - len(self._received)]
        return answer


def _unusable(answer: Answer) -> str:
    """Why an answer says nothing of its question, as a word of labels.toml, [unproven]; empty where it does."""
    if answer.is_truncated:
        return "truncated"
    if answer.rcode in (Rcode.NOERROR, Rcode.NXDOMAIN):
        return ""
    return _RCODES.get(answer.rcode, "dns_error")


def _reason(error: PeerError) -> str:
    """Why a question was not answered, as a word of labels.toml, [unproven]."""
    match error:
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
