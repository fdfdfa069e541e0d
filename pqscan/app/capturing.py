"""Reads captures of packets into the store: which servers choose what, which clients offer what. Nothing is sent.

Captures hold users' traffic. Of it only what handshakes say in the clear is kept, and of that nothing that tells who spoke to whom:
a server is kept by its address, port and name, a client by its address alone. Where addresses lie outside this machine an
authorisation is needed, as for a scan; ends that it does not cover are counted and not kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from ipaddress import ip_address
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pqscan_probes.ike import passive as ike_passive
from pqscan_probes.ssh import passive as ssh_passive
from pqscan_probes.tls import passive as tls_passive

from pqscan.app.beginning import begun_run, listed
from pqscan.app.kept_out import kept_out
from pqscan.app.permitting import permit
from pqscan.errors import UsageError, WrongProtocol
from pqscan.model.canonical import canonical
from pqscan.model.inventory import Batch, Run, RunKind, RunState
from pqscan.model.observation import Profile
from pqscan.model.outcome import Facts, Outcome, OutcomeStatus
from pqscan.model.passive import PASSIVE, Kinds, Shared
from pqscan.model.target import NetworkTarget, Transport
from pqscan.readiness.access import Right
from pqscan.registry import services
from pqscan.registry.dtls import DTLS
from pqscan.registry.foreign_file import open_regular
from pqscan.scan.audit import AuditLog
from pqscan.scan.authorisation import Permission, Refusal
from pqscan.scan.authorisation_file import read_authorisation
from pqscan.scan.names import ascii_name
from pqscan.scan.names import shown as shown_text
from pqscan.scan.targets import read_exclusions
from pqscan.scan.work import local_today
from pqscan.wire.capture.dtls_talk import DtlsTalk
from pqscan.wire.capture.file import CaptureReader
from pqscan.wire.capture.frame import UDP
from pqscan.wire.capture.ike_talk import IkeTalk
from pqscan.wire.capture.quic_talk import QuicTalk
from pqscan.wire.capture.ssh_talk import SshTalk
from pqscan.wire.capture.tls_talk import TlsTalk
from pqscan.wire.capture.watch import Talk, Watch

if TYPE_CHECKING:
    from pqscan.store.repository import Store

MOST_TARGETS = 200_000
"""Servers and clients of one run; what comes beyond is counted and not kept."""
_BATCH = 2000


class _Collected(Protocol):
    def facts(self) -> Facts: ...


@dataclass(frozen=True, slots=True)
class CaptureResult:
    """`problems` are (file, sentence) of files that could not be read to their end. `outside` counts ends that the authorisation
    does not cover, `beyond` those past the bound; `not_read` packets without TCP or UDP that can be read."""

    run: Run
    packets: int
    connections: int
    handshakes: int
    servers: int
    clients: int
    outside: int
    beyond: int
    not_read: int
    problems: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class _One:
    """What is collected of one end, and when it was seen first and last (seconds since 1970)."""

    seen: _Collected
    first: float
    last: float


@dataclass(slots=True)
class _Collector:
    permission: Permission
    today: date
    site: str
    ends: dict[tuple[NetworkTarget, str], _One] = field(default_factory=dict)
    shared: Shared = field(default_factory=Shared)
    refused: dict[str, Refusal] = field(default_factory=dict)
    outside: int = 0
    beyond: int = 0
    handshakes: int = 0

    def take(self, talk: Talk) -> None:
        self.handshakes += 1
        said = talk.said
        if isinstance(said, SshTalk):
            self._take_ssh(talk, said)
        elif isinstance(said, IkeTalk):
            self._take_ike(talk, said)
        else:
            tls = said.tls if isinstance(said, QuicTalk | DtlsTalk) else said
            name = None if tls.offer is None else _server_name(tls.offer.server_name)
            server = self._server(talk, name, _flavour(talk))
            if server is not None and tls.choice.version is not None:
                probe, make = _server_kind(said)
                one = self._end(server, probe, lambda: make(self.shared), talk.seconds)
                if one is not None and isinstance(one.seen, tls_passive.TlsServerSeen):
                    one.seen.take(tls.offer, tls.choice, name)
            client = self._client(talk)
            if client is not None and tls.offer is not None:
                one = self._end(
                    client, tls_passive.CLIENT_PROBE, lambda: tls_passive.TlsClientSeen(Kinds(self.shared)), talk.seconds
                )
                if one is not None and isinstance(one.seen, tls_passive.TlsClientSeen):
                    one.seen.take(tls.offer)

    def _take_ssh(self, talk: Talk, said: SshTalk) -> None:
        lists, identification = said.server_end.kexinit, said.server_end.identification
        server = self._server(talk, None, None)
        if server is not None and lists is not None:
            one = self._end(server, "ssh", lambda: ssh_passive.SshServerSeen(self.shared), talk.seconds)
            if one is not None and isinstance(one.seen, ssh_passive.SshServerSeen):
                one.seen.take(identification, lists)
        client = self._client(talk)
        if client is not None and said.client_end.kexinit is not None:
            one = self._end(client, ssh_passive.CLIENT_PROBE, lambda: ssh_passive.SshClientSeen(Kinds(self.shared)), talk.seconds)
            if one is not None and isinstance(one.seen, ssh_passive.SshClientSeen):
                one.seen.take(said.client_end.identification, said.client_end.kexinit)

    def _take_ike(self, talk: Talk, said: IkeTalk) -> None:
        server = self._server(talk, None, None)
        seen = ike_passive.IkeServerSeen()
        seen.take(said)
        if server is not None and seen.tells:
            one = self._end(server, "ike", lambda: ike_passive.IkeServerSeen(self.shared), talk.seconds)
            if one is not None and isinstance(one.seen, ike_passive.IkeServerSeen):
                one.seen.take(said)
        client = self._client(talk)
        if client is not None and (said.proposals or said.offered_v1):
            one = self._end(client, ike_passive.CLIENT_PROBE, lambda: ike_passive.IkeClientSeen(Kinds(self.shared)), talk.seconds)
            if one is not None and isinstance(one.seen, ike_passive.IkeClientSeen):
                one.seen.take(said)

    def _end(self, target: NetworkTarget, probe: str, make: Callable[[], _Collected], seconds: float) -> _One | None:
        one = self.ends.get((target, probe))
        if one is None:
            if len(self.ends) >= MOST_TARGETS:
                self.beyond += 1
                return None
            one = self.ends[target, probe] = _One(make(), seconds, seconds)
        one.first, one.last = min(one.first, seconds), max(one.last, seconds)
        return one

    def _server(self, talk: Talk, name: str | None, starttls: str | None) -> NetworkTarget | None:
        transport = Transport.UDP if talk.protocol == UDP else Transport.TCP
        address = str(ip_address(talk.server))
        return self._permitted(NetworkTarget(address, talk.server_port, name, None, transport, starttls, self.site), talk)

    def _client(self, talk: Talk) -> NetworkTarget | None:
        """A client is its address: port 0 says that it is no service."""
        return self._permitted(NetworkTarget(str(ip_address(talk.client)), 0, site=self.site), talk)

    def _permitted(self, target: NetworkTarget, talk: Talk) -> NetworkTarget | None:
        """Ports are the servers': an authorisation that lists some means connections to them."""
        asked = target if target.port else NetworkTarget(target.address, talk.server_port)
        reason = self.permission.permits(asked, self.today)
        if reason is None:
            return target
        self.outside += 1
        if len(self.refused) < _BATCH:
            self.refused.setdefault(target.address, Refusal(target.address, str(talk.server_port), 1, reason))
        return None


def scan_captures(
    paths: Iterable[Path],
    store: Store,
    *,
    authorisation: str | None = None,
    exclude: tuple[str, ...] = (),
    site: str = "",
    audit: AuditLog | None = None,
    today: date | None = None,
) -> CaptureResult:
    """Reads the files in their order as one run. A file that is cut or broken counts as far as it can be read.

    Raises UsageError where nothing may be kept for want of an authorisation and, before anything is read, for what is no capture
    or no regular file."""
    permit(store, Right.SCAN)
    files = tuple(paths)
    for path in files:
        _look_at(path)
    given = None if authorisation is None else read_authorisation(Path(authorisation))
    permission = Permission(given, read_exclusions(exclude), kept_out(store))
    collector = _Collector(permission, local_today() if today is None else today, site)
    watch = Watch()
    problems: list[tuple[str, str]] = []
    for path in files:
        problem = _read(path, watch, collector)
        if problem:
            problems.append((shown_text(str(path), 200), problem))
    for talk in watch.finish():
        collector.take(talk)
    first = next(iter(collector.refused.values()), None)
    if given is None and first is not None and not collector.ends:
        raise UsageError(
            f"{first.what} lies outside this machine: to keep what it says needs --authorisation FILE; nothing was kept"
        )
    run = _keep(files, store, collector, site, None if given is None else given.number, audit, given)
    clients = sum(1 for target, _ in collector.ends if target.is_client)
    seen = watch.seen
    return CaptureResult(
        run, seen.packets, seen.connections, collector.handshakes, len(collector.ends) - clients, clients, collector.outside,
        collector.beyond, seen.not_read + seen.unknown_links, tuple(problems),
    )  # fmt: skip


def _look_at(path: Path) -> None:
    """Raises UsageError for what cannot be read as a capture, before hours are spent on the files in front of it."""
    shown = shown_text(str(path), 200)
    try:
        with open_regular(str(path)) as file:
            next(iter(CaptureReader(file.read)), None)
    except WrongProtocol:
        raise UsageError(f"{shown} is no capture of packets: give files in the format pcap or pcapng") from None
    except OSError as error:
        raise UsageError(f"{shown} cannot be read: {error.strerror}") from error


def _read(path: Path, watch: Watch, collector: _Collector) -> str:
    """Why the file could not be read to its end, "" where it could."""
    try:
        with open_regular(str(path)) as file:
            reader = CaptureReader(file.read)
            for packet in reader:
                talk = watch.feed(packet)
                if talk is not None:
                    collector.take(talk)
    except (WrongProtocol, OSError) as error:  # It was otherwise a moment ago; what was read of it and of others counts.
        return getattr(error, "strerror", None) or str(error)
    return reader.problem


def _keep(
    files: tuple[Path, ...],
    store: Store,
    collector: _Collector,
    site: str,
    number: str | None,
    audit: AuditLog | None,
    given: object,
) -> Run:
    now = datetime.now(UTC)
    scope = listed([path.name for path in files])
    run = begun_run(RunKind.CAPTURE, now, scope=scope, site=site, profile=PASSIVE, authorisation_number=number)
    if collector.refused:
        (AuditLog() if audit is None else audit).refused(now, run.id, tuple(collector.refused.values()))
    store.begin_run(run)
    ends = iter(collector.ends.items())
    cursor = 0
    while batch := tuple(_outcome(target, probe, one, now) for (target, probe), one in islice(ends, _BATCH)):
        cursor += len(batch)
        servers = sum(1 for one in batch if isinstance(one.target, NetworkTarget) and not one.target.is_client)
        store.commit(Batch(run.id, batch, cursor, {OutcomeStatus.COMPLETED: servers} if servers else {}))
    store.finish_run(run.id, RunState.FINISHED, datetime.now(UTC))
    return store.run(run.id) or run


def _outcome(target: NetworkTarget, probe: str, one: _One, now: datetime) -> Outcome:
    facts = one.seen.facts()
    profile = canonical(Profile(probe, facts.depth, facts.asked, facts.complete, facts.observations, facts.preference))
    seen_at = datetime.fromtimestamp(one.last, UTC) if one.last else now
    return Outcome(
        target, probe, facts.status, min(seen_at, now), max(0.0, one.last - one.first), 0, facts.detail, profile, facts.chains,
        facts.certificates,
    )  # fmt: skip


def _server_kind(said: TlsTalk | QuicTalk | DtlsTalk) -> tuple[str, type[tls_passive.TlsServerSeen]]:
    """The probe that would ask the server, and what collects what it says."""
    if isinstance(said, DtlsTalk):
        return DTLS, tls_passive.DtlsServerSeen
    return "quic" if isinstance(said, QuicTalk) else "tls", tls_passive.TlsServerSeen


def _server_name(name: str | None) -> str | None:
    """As a scan would send it; what is no host name is left out, for it can be anything that a user typed."""
    if not name:
        return None
    try:
        return ascii_name(name)
    except UsageError:
        return None


def _flavour(talk: Talk) -> str | None:
    """What was said before TLS, by the server's port: the words themselves are not read."""
    if not talk.behind_prelude:
        return None
    usual = services.usual_protocol(talk.server_port, Transport.TCP.value)
    return None if usual is None else usual.starttls
