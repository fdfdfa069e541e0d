"""`scan_captures` over captures that were put together from real handshakes, down to what the store and the states say."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from OpenSSL import SSL
from pqscan_reports.html import HtmlReport
from pqscan_reports.json_inventory import JsonReport
from pqscan_reports.tally import FindingIndex, tally
from pqscan_reports.terminal import TerminalReport

from pqscan.app import assess
from pqscan.app.capturing import CaptureResult, scan_captures
from pqscan.app.figures import inventory_figures
from pqscan.errors import UsageError
from pqscan.model import passive
from pqscan.model.inventory import RunKind, Sighting
from pqscan.model.observation import Profile, Subject, Support
from pqscan.model.passive import MOST_KINDS, Kinds, Shared
from pqscan.model.reason import Reason
from pqscan.model.target import NetworkTarget, Transport
from pqscan.policy.state import State
from pqscan.policy.states import authentication, key_establishment
from pqscan.report import ReportOptions
from pqscan.scan.audit import AuditLog
from pqscan.store.repository import Store
from pqscan.wire.capture.file import Packet
from pqscan.wire.capture.watch import Talk, Watch
from pqscan.wire.ike.header import Message, Payload
from pqscan.wire.ike.main_mode import MainModeQuestion, offered
from pqscan.wire.ike.v1 import SecurityAssociation
from pqscan.wire.ike.words import ExchangeType, PayloadType
from pqscan.wire.quic.frames import crypto_frame
from pqscan.wire.quic.header import VERSION_1
from pqscan.wire.quic.initial import initial_keys, seal_initial
from pqscan.wire.ssh.kexinit import KexInit
from pqscan.wire.ssh.packet import encode_packet
from tests.captures import Said, connection, openssl_handshake, pcap, pcapng, udp
from tests.peers.ike_asker import repeatable_random
from tests.peers.memory_ends import client_context, server_context
from tests.unit.wire.ike.recorded import RECORDINGS

LOCAL_CLIENT, LOCAL_SERVER = ("127.0.0.7", 50000), ("127.0.0.20", 443)
HYBRID, TRADITIONAL = b"X25519MLKEM768:X25519", b"X25519"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(str(tmp_path / "store.sqlite")) as opened:
        yield opened


def read(store: Store, tmp_path: Path, *captures: bytes, **more: object) -> CaptureResult:
    paths = []
    for number, data in enumerate(captures):
        paths.append(tmp_path / f"{number}.pcap")
        paths[-1].write_bytes(data)
    return scan_captures(paths, store, audit=AuditLog(tmp_path / "audit"), **more)  # type: ignore[arg-type]


def sightings(store: Store) -> dict[tuple[str, int, str], tuple[Sighting, Profile]]:
    found = {}
    for sighting in store.sightings():
        assert isinstance(sighting.target, NetworkTarget)
        assert sighting.profile is not None
        profile = store.profiles({sighting.profile})[sighting.profile]
        found[sighting.target.address, sighting.target.port, sighting.probe] = sighting, profile
    return found


def handshake(client: bytes, server: bytes, version: int | None = None) -> list[Said]:
    return openssl_handshake(client_context(version, client), server_context(version, server))


def test_a_server_is_kept_by_what_it_chose_and_a_client_by_what_it_offers(store: Store, tmp_path: Path) -> None:
    found = read(store, tmp_path, pcap(connection(handshake(HYBRID, HYBRID), LOCAL_CLIENT, LOCAL_SERVER)))
    assert (found.run.kind, found.handshakes, found.servers, found.clients, found.problems) == (RunKind.CAPTURE, 1, 1, 1, ())
    rows = sightings(store)
    sighting, profile = rows["127.0.0.20", 443, "tls"]
    assert sighting.target == NetworkTarget("127.0.0.20", 443, "www.example.vn")
    assert int(sighting.last_seen.timestamp()) == 1_700_000_000
    accepted = {one.name for one in profile.observations if one.subject is Subject.NAMED_GROUP and one.support is Support.ACCEPTED}
    assert accepted == {"X25519MLKEM768"}
    assert not profile.complete
    _, client = rows["127.0.0.7", 0, "tls_client"]
    offered = [one.name for one in client.observations if one.subject is Subject.NAMED_GROUP]
    assert offered == ["X25519MLKEM768", "x25519"]
    assert key_establishment(client).state is State.DEFAULT
    assert authentication(client, ()).state is State.UNKNOWN


def test_nothing_tells_who_spoke_to_whom(store: Store, tmp_path: Path) -> None:
    read(store, tmp_path, pcap(connection(handshake(HYBRID, HYBRID), LOCAL_CLIENT, LOCAL_SERVER)))
    _, client = sightings(store)["127.0.0.7", 0, "tls_client"]
    text = repr(client)
    assert "example" not in text
    assert "127.0.0.20" not in text


def test_what_a_client_of_ssh_says_beside_its_program_is_not_kept(store: Store, tmp_path: Path) -> None:
    lists = encode_packet(KexInit(bytes(16), *[("none",)] * 8).encode())
    said = [Said(True, b"SSH-2.0-PuTTY_Release_0.83 nguyen@may-07\r\n" + lists), Said(False, b"SSH-2.0-server a b\r\n" + lists)]
    read(store, tmp_path, pcap(connection(said, LOCAL_CLIENT, LOCAL_SERVER)))
    rows = sightings(store)
    software = {
        probe: [one.value for one in rows[end[0], port, probe][1].observations if one.subject is Subject.SOFTWARE]
        for end, port, probe in ((LOCAL_CLIENT, 0, "ssh_client"), (LOCAL_SERVER, 443, "ssh"))
    }
    assert software == {"ssh_client": ["PuTTY_Release_0.83"], "ssh": ["server a b"]}


def test_a_server_that_was_offered_a_hybrid_and_chose_another_is_not_said_to_lack_it(store: Store, tmp_path: Path) -> None:
    read(store, tmp_path, pcap(connection(handshake(HYBRID, TRADITIONAL), LOCAL_CLIENT, LOCAL_SERVER)))
    _, profile = sightings(store)["127.0.0.20", 443, "tls"]
    (hybrid,) = [one for one in profile.observations if one.name == "X25519MLKEM768"]
    assert hybrid.support is Support.UNKNOWN
    assert ("reason", "offered_not_chosen") in hybrid.parameters
    assert key_establishment(profile).state is State.UNKNOWN


@pytest.mark.parametrize(
    ("programs", "state"),
    [
        ([HYBRID, TRADITIONAL], State.VULNERABLE),
        ([HYBRID, b"X25519:X25519MLKEM768"], State.CAPABLE),
        ([b"X25519MLKEM768"], State.DEFAULT),  # TLS 1.2 is offered too, where suites need no group
    ],
)
def test_a_client_is_as_good_as_its_weakest_program(store: Store, tmp_path: Path, programs: list[bytes], state: State) -> None:
    frames = []
    for port, groups in enumerate(programs, 50000):
        frames += connection(handshake(groups, HYBRID), ("127.0.0.7", port), LOCAL_SERVER)
    read(store, tmp_path, pcap(frames))
    _, client = sightings(store)["127.0.0.7", 0, "tls_client"]
    assert key_establishment(client).state is state


def test_a_client_insists_where_it_offers_no_older_version(store: Store, tmp_path: Path) -> None:
    said = openssl_handshake(client_context(SSL.TLS1_3_VERSION, b"X25519MLKEM768"), server_context(SSL.TLS1_3_VERSION, HYBRID))
    read(store, tmp_path, pcap(connection(said, LOCAL_CLIENT, LOCAL_SERVER)))
    assert key_establishment(sightings(store)["127.0.0.7", 0, "tls_client"][1]).state is State.EXCLUSIVE


def test_the_chain_of_tls_1_2_is_kept(store: Store, tmp_path: Path) -> None:
    read(store, tmp_path, pcapng(connection(handshake(b"P-256", b"P-256", SSL.TLS1_2_VERSION), LOCAL_CLIENT, LOCAL_SERVER)))
    sighting, _ = sightings(store)["127.0.0.20", 443, "tls"]
    (chain,) = sighting.chains
    assert (chain.server_name, chain.context, len(chain.certificates)) == ("www.example.vn", "TLS1.2", 1)


def test_a_connection_that_two_files_share_is_read_through(store: Store, tmp_path: Path) -> None:
    frames = connection(handshake(HYBRID, HYBRID), LOCAL_CLIENT, LOCAL_SERVER, most=300)
    found = read(store, tmp_path, pcap(frames[:4]), pcap(frames[4:]))
    assert (found.handshakes, found.servers, found.clients) == (1, 1, 1)


def test_a_cut_file_counts_as_far_as_it_goes(store: Store, tmp_path: Path) -> None:
    found = read(store, tmp_path, pcap(connection(handshake(HYBRID, HYBRID), LOCAL_CLIENT, LOCAL_SERVER))[:-5])
    assert found.servers == 1
    ((_, problem),) = found.problems
    assert "ends within packet" in problem


def test_ends_outside_this_machine_need_an_authorisation(store: Store, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--authorisation"):
        read(store, tmp_path, pcap(connection(handshake(HYBRID, HYBRID))))
    assert list(store.runs()) == []


def test_what_the_authorisation_does_not_cover_is_counted_and_not_kept(store: Store, tmp_path: Path) -> None:
    frames = connection(handshake(HYBRID, HYBRID), LOCAL_CLIENT, ("203.0.113.9", 443))
    found = read(store, tmp_path, pcap(frames))
    assert (found.servers, found.clients, found.outside) == (0, 1, 1)
    assert [key[0] for key in sightings(store)] == ["127.0.0.7"]


def test_what_cannot_be_read_is_told_before_the_files_in_front_of_it_are_read(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Watch, "feed", lambda *_: pytest.fail("a packet was read"))
    good, bad = tmp_path / "good.pcap", tmp_path / "bad.pcap"
    good.write_bytes(pcap(connection(handshake(HYBRID, HYBRID), LOCAL_CLIENT, LOCAL_SERVER)))
    bad.write_bytes(b"no capture")
    for path in (bad, tmp_path, tmp_path / "missing"):
        with pytest.raises(UsageError):
            scan_captures([good, path], store)
    assert list(store.runs()) == []


def test_a_file_that_breaks_in_the_middle_does_not_cost_what_was_read(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.pcap"
    path.write_bytes(pcap(connection(handshake(HYBRID, HYBRID), LOCAL_CLIENT, LOCAL_SERVER, ends=False)))
    feed = Watch.feed
    count = iter(range(100))

    def breaking(watch: Watch, packet: Packet) -> Talk | None:
        if next(count) == 6:
            raise OSError(5, "Input/output error")
        return feed(watch, packet)

    monkeypatch.setattr(Watch, "feed", breaking)
    found = scan_captures([path], store, audit=AuditLog(tmp_path / "audit"))
    assert (found.clients, [problem for _, problem in found.problems]) == (1, ["Input/output error"])


def test_what_is_excluded_is_not_kept(store: Store, tmp_path: Path) -> None:
    frames = connection(handshake(HYBRID, HYBRID), LOCAL_CLIENT, LOCAL_SERVER)
    found = read(store, tmp_path, pcap(frames), exclude=("127.0.0.7",))
    assert (found.servers, found.clients, found.outside) == (1, 0, 1)


@pytest.mark.parametrize("data", [b"", b"not a capture"])
def test_what_is_no_capture_is_said_so(store: Store, tmp_path: Path, data: bytes) -> None:
    with pytest.raises(UsageError, match="no capture of packets"):
        read(store, tmp_path, data)


def test_a_server_that_was_seen_choosing_a_hybrid_can(store: Store, tmp_path: Path) -> None:
    read(store, tmp_path, pcap(connection(handshake(HYBRID, HYBRID), LOCAL_CLIENT, LOCAL_SERVER)))
    _, profile = sightings(store)["127.0.0.20", 443, "tls"]
    assert key_establishment(profile).state is State.CAPABLE
    assert authentication(profile, ()).state is State.UNKNOWN


def test_an_exchange_of_ike_tells_what_was_proposed_and_chosen(store: Store, tmp_path: Path) -> None:
    client, gateway = ("127.0.0.7", 500), ("127.0.0.20", 500)
    recording = RECORDINGS["6.1 with ML-KEM-768 alone"]
    frames: list[bytes] = []
    for sent, received in zip(recording.sent, recording.received, strict=True):
        frames += [udp(client, gateway, sent), udp(gateway, client, received)]
    found = read(store, tmp_path, pcap(frames))
    assert (found.servers, found.clients) == (1, 1)
    rows = sightings(store)
    _, server = rows["127.0.0.20", 500, "ike"]
    selected = {one.subject: one.name for one in server.observations if one.support is Support.SELECTED}
    assert selected[Subject.IKE_ADDITIONAL_KEY_EXCHANGE] == "ML-KEM-768"
    assert key_establishment(server).state in (State.CAPABLE, State.DEFAULT)
    assert not any(one.support is Support.REFUSED for one in server.observations)
    _, initiator = rows["127.0.0.7", 0, "ike_client"]
    offered = [one.name for one in initiator.observations if one.subject is Subject.IKE_ADDITIONAL_KEY_EXCHANGE]
    assert set(offered) == {"ML-KEM-512", "ML-KEM-768", "ML-KEM-1024"}
    assert key_establishment(initiator).state is State.DEFAULT


def test_ike_of_the_first_version_is_told_of_both_ends(store: Store, tmp_path: Path) -> None:
    question = MainModeQuestion(repeatable_random())
    (asked,) = question.datagrams_to_send()
    opening = Message.decode(asked)
    suite = SecurityAssociation(offered()[4:5]).encode()
    answer = Message(opening.initiator_spi, b"gateway!", ExchangeType.MAIN_MODE, 0, 0, (Payload(PayloadType.SA_V1, suite),), (1, 0))
    client, gateway = ("127.0.0.7", 500), ("127.0.0.20", 500)
    read(store, tmp_path, pcap([udp(client, gateway, asked), udp(gateway, client, answer.encode())]))
    rows = sightings(store)
    _, server = rows["127.0.0.20", 500, "ike"]
    versions = {one.value: one.support for one in server.observations if one.subject is Subject.PROTOCOL_VERSION}
    assert versions == {"IKEv1": Support.ACCEPTED}
    _, initiator = rows["127.0.0.7", 0, "ike_client"]
    assert key_establishment(initiator).state is State.VULNERABLE


def test_what_quic_chose_stands_where_a_scan_of_quic_does(store: Store, tmp_path: Path) -> None:
    said = handshake(HYBRID, HYBRID)
    hello, answer = said[0].data[5:], said[1].data
    ours, theirs = initial_keys(VERSION_1, b"destination")
    frames = [
        udp(LOCAL_CLIENT, LOCAL_SERVER, seal_initial(VERSION_1, b"destination", b"", b"", n, part.ljust(1162, b"\0"), ours))
        for n, part in enumerate((crypto_frame(0, hello[:700]), crypto_frame(700, hello[700:])))
    ]
    server_hello = crypto_frame(0, answer[5 : 5 + int.from_bytes(answer[3:5], "big")])
    frames.append(udp(LOCAL_SERVER, LOCAL_CLIENT, seal_initial(VERSION_1, b"", b"\1", b"", 0, server_hello, theirs)))
    read(store, tmp_path, pcap(frames))
    sighting, profile = sightings(store)["127.0.0.20", 443, "quic"]
    assert sighting.target == NetworkTarget("127.0.0.20", 443, "www.example.vn", transport=Transport.UDP)
    assert key_establishment(profile).state is State.CAPABLE


def test_what_dtls_chose_stands_where_a_scan_of_dtls_does(store: Store, tmp_path: Path) -> None:
    groups = b"X25519:P-256"  # The curve of the certificate has to be among them.
    asker = client_context(groups=groups, method=SSL.DTLS_CLIENT_METHOD)
    answerer = server_context(groups=groups, method=SSL.DTLS_SERVER_METHOD)
    way = {True: (LOCAL_CLIENT, LOCAL_SERVER), False: (LOCAL_SERVER, LOCAL_CLIENT)}
    read(store, tmp_path, pcap([udp(*way[one.by_client], one.data) for one in openssl_handshake(asker, answerer)]))
    rows = sightings(store)
    sighting, profile = rows["127.0.0.20", 443, "dtls"]
    assert sighting.target == NetworkTarget("127.0.0.20", 443, "www.example.vn", transport=Transport.UDP)
    versions = {one.value: one.support for one in profile.observations if one.subject is Subject.PROTOCOL_VERSION}
    assert versions == {"DTLS1.2": Support.ACCEPTED}
    assert {one.context for one in profile.observations} == {None, "DTLS1.2"}
    assert [chain.context for chain in sighting.chains] == ["DTLS1.2"]
    assert key_establishment(profile).state is State.UNKNOWN
    _, client = rows["127.0.0.7", 0, "tls_client"]
    offered = [one.value for one in client.observations if one.subject is Subject.PROTOCOL_VERSION]
    assert offered == ["DTLS1.2"]
    assert key_establishment(client).state is State.VULNERABLE


def test_no_more_kinds_of_opening_are_kept_than_the_bound() -> None:
    kinds: Kinds[int] = Kinds()
    for kind in (*range(MOST_KINDS), 0, MOST_KINDS, MOST_KINDS):
        kinds.take(kind)
    assert (len(kinds.seen), kinds.left_out) == (MOST_KINDS, 2)
    assert kinds.facts(()).detail == Reason.of("clients_left_out", count=2)


def openings(word: str) -> tuple[str, ...]:
    return (word, word)


def test_what_many_say_alike_is_kept_once_and_of_the_rest_no_more_than_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passive, "MOST_SHARED_BYTES", 100)
    shared = Shared()
    again, first = openings("a"), openings("a")
    assert shared.one(again, 60) is again
    assert shared.one(first, 60) is again is not first
    assert shared.one(openings("b"), 60) is None
    kinds = Kinds[tuple[str, ...]](shared)
    kinds.take(first, 60)
    kinds.take(openings("c"), 60)
    assert (next(iter(kinds.seen)) is again, kinds.left_out) == (True, 1)


def test_what_there_is_no_room_for_is_unknown(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passive, "MOST_SHARED_BYTES", 10)
    said = handshake(b"P-256", b"P-256", SSL.TLS1_2_VERSION)
    found = read(store, tmp_path, pcap(connection(said, LOCAL_CLIENT, LOCAL_SERVER)))
    assert (found.servers, found.clients) == (1, 1)
    server, profile = sightings(store)["127.0.0.20", 443, "tls"]
    assert server.chains == ()
    assert key_establishment(profile).state is State.UNKNOWN
    client, offered = sightings(store)["127.0.0.7", 0, "tls_client"]
    assert (client.detail, key_establishment(offered).state) == (Reason.of("clients_left_out", count=1), State.UNKNOWN)


def test_clients_are_in_no_figure_of_targets_and_stand_in_a_part_of_their_own(store: Store, tmp_path: Path) -> None:
    """Of readiness, of snapshots, of the pages; the rows of CSV and JSON hold all that was seen."""
    other = (("127.0.0.8", 50001), LOCAL_SERVER)
    read(
        store,
        tmp_path,
        pcap(connection(handshake(HYBRID, HYBRID), LOCAL_CLIENT, LOCAL_SERVER)),
        pcap(connection(handshake(TRADITIONAL, HYBRID), *other)),
    )
    inventory = assess(store)
    figures = inventory_figures(inventory)
    assert (figures["targets.total"], figures["target.network"], figures["quality.rows"]) == (1, 1, 1)
    assert (figures["key_establishment.capable"], figures["targets.attempted"]) == (1, 1)
    assert sum(figures[f"key_establishment.{state.value}"] for state in State) == 1
    counted = tally(inventory, FindingIndex(inventory.findings), 10)
    assert (counted.targets, len(counted.worst), sum(group.count for group in counted.groups)) == (1, 1, 1)
    assert counted.clients == 2
    assert sorted(group.key_establishment.state.value for group in counted.client_groups) == ["default", "vulnerable"]
    pages = {}
    for report in (HtmlReport(), TerminalReport(), JsonReport()):
        out = io.BytesIO()
        report.write(inventory, ReportOptions("en"), out)
        pages[report.name] = out.getvalue().decode()
    assert "Clients seen in captured traffic" in pages["html"]
    assert "2 clients" in pages["html"]
    assert "1 target" in pages["terminal"]
    assert "Clients seen in captured traffic" in pages["terminal"]
    assert len(json.loads(pages["json"])["targets"]) == 3


def test_without_clients_no_part_tells_of_them(store: Store) -> None:
    out = io.BytesIO()
    HtmlReport().write(assess(store), ReportOptions("en"), out)
    assert b"seen-clients" not in out.getvalue()
