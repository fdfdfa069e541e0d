"""What is asked of a zone, question by question, and what came: without a socket, a clock or a library of the DNS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from pqscan.registry.dns import usual_selectors
from pqscan_probes.dns.records import Answer, Key, Mail, Query, Rcode, Record, RecordType

MOST_QUESTIONS = 200
MOST_MAIL_SERVERS = 8
_QUICK = "quick"


@dataclass(slots=True)
class Survey:
    """`names` and `selectors` are what the user named for this zone. `unanswered` tells why a question has no answer, in words of
    labels.toml, [unproven]; `trouble` why the run ended before everything was asked, empty where it was not."""

    zone: str
    depth: str = "inventory"
    names: tuple[str, ...] = ()
    selectors: tuple[str, ...] = ()
    answers: dict[Query, Answer] = field(default_factory=dict)
    unanswered: dict[Query, str] = field(default_factory=dict)
    trouble: str = ""

    def answer(self, name: str, kind: RecordType) -> Answer | None:
        return self.answers.get(Query(name, kind))

    def records(self, name: str, kind: RecordType) -> tuple[Record, ...]:
        found = self.answer(name, kind)
        return () if found is None else found.records

    @property
    def soa(self) -> Answer | None:
        return self.answer(self.zone, RecordType.SOA)

    @property
    def is_apex(self) -> bool:
        """Whether the name is the beginning of a zone: its SOA record stands there, and not behind an alias."""
        return self.soa is not None and bool(self.soa.records) and not self.soa.aliases

    @property
    def keys(self) -> tuple[Key, ...]:
        return tuple(each for each in self.records(self.zone, RecordType.DNSKEY) if isinstance(each, Key))

    @property
    def mail_servers(self) -> tuple[str, ...]:
        """The preferred ones first, each once; a null MX names none (RFC 7505)."""
        found = [each for each in self.records(self.zone, RecordType.MX) if isinstance(each, Mail) and each.exchange]
        ordered = sorted(found, key=lambda each: (each.preference, each.exchange))
        return tuple(dict.fromkeys(each.exchange for each in ordered))[:MOST_MAIL_SERVERS]


def questions(survey: Survey, permits: Callable[[str], bool]) -> Iterator[Query]:
    """The questions in their order; each is yielded when the answers to those before it are in the survey. What lies under a name
    that nobody permitted is not asked, and told as such."""
    zone = survey.zone
    yield Query(zone, RecordType.SOA)
    if not survey.is_apex:
        return
    yield Query(zone, RecordType.DNSKEY)
    yield Query(zone, RecordType.DS)
    if survey.depth == _QUICK:
        return
    if survey.keys:
        yield Query(zone, RecordType.NSEC3PARAM)
        if not survey.records(zone, RecordType.NSEC3PARAM):
            yield Query(zone, RecordType.NSEC)
    for kind in (RecordType.MX, RecordType.CAA, RecordType.HTTPS):
        yield Query(zone, kind)
    asked = [(host, Query(f"_25._tcp.{host}", RecordType.TLSA)) for host in survey.mail_servers]
    asked += [(name, query) for name in survey.names for query in _of_name(name, zone)]
    for name, query in asked:
        if query in survey.answers:
            continue
        if permits(name):
            yield query
        else:
            survey.unanswered[query] = "not_permitted"
    yield from _selectors(survey)


def _of_name(name: str, zone: str) -> Iterator[Query]:
    if name.startswith("_"):  # A service with its port, as TLSA records are named (RFC 6698, section 3), or SVCB (RFC 9460).
        yield Query(name, RecordType.TLSA)
        yield Query(name, RecordType.SVCB)
        return
    yield Query(f"_443._tcp.{name}", RecordType.TLSA)
    yield Query(name, RecordType.SSHFP)
    if name != zone:
        yield Query(name, RecordType.CAA)
        yield Query(name, RecordType.HTTPS)
    yield Query(f"_dns.{name}", RecordType.SVCB)  # How a server of the DNS is asked in private (RFC 9461, section 4).


def dkim_name(selector: str, zone: str) -> str:
    """Where a DKIM key stands (RFC 6376, section 3.6.2.1)."""
    return f"{selector}._domainkey.{zone}"


def _selectors(survey: Survey) -> Iterator[Query]:
    """Those that the user named; the usual ones where anything lies under _domainkey at all (RFC 8020)."""
    parent = Query(f"_domainkey.{survey.zone}", RecordType.TXT)
    yield parent
    found = survey.answers.get(parent)
    usual = () if found is None or found.rcode == Rcode.NXDOMAIN else usual_selectors()
    for selector in dict.fromkeys((*survey.selectors, *usual)):
        yield Query(dkim_name(selector, survey.zone), RecordType.TXT)
