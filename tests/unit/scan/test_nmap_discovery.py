"""What nmap is asked, and what is made of its answers. nmap itself runs in tests/integration/scan/test_nmap.py."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from xml.sax.saxutils import quoteattr

import pytest

from pqscan.errors import WorkError
from pqscan.model.observation import Confidence, Observation, Profile, Subject, Support
from pqscan.model.outcome import Outcome, OutcomeStatus
from pqscan.model.target import NetworkTarget, Transport
from pqscan.net.budget import NO_LIMITS, Limits
from pqscan.scan.discover import SweepSettings, Swept
from pqscan.scan.nmap_discovery import Means, NmapSweep, Place, PythonNmap, State, discovered
from pqscan.scan.nmap_words import MOST_TEXT, with_software
from pqscan.scan.targets import Item

TCP, UDP = Transport.TCP, Transport.UDP


@dataclass
class Scripted:
    """Answers as nmap would: `open_ports` by address, with the service that is heard; the rest is closed."""

    open_ports: dict[str, dict[int, str]]
    calls: list[tuple[list[str], list[str]]] = field(default_factory=list)
    ends_with: str = "</nmaprun>"
    state: str = "open"
    named: str = ""  # attributes of the service

    def run(self, options: list[str], addresses: Iterable[str], seconds: float) -> bytes:
        asked = list(addresses)
        self.calls.append((options, asked))
        wanted = set(options[options.index("-p") + 1].partition(":")[2].split(","))
        hosts = "".join(self._host(address, wanted, "-sV" in options) for address in asked)
        return f'<nmaprun scanner="nmap" version="7.93" start="1795962691">{hosts}{self.ends_with}'.encode()

    def _host(self, address: str, wanted: set[str], hears: bool) -> str:
        ports = "".join(
            f'<port protocol="tcp" portid="{number}"><state state={quoteattr(self.state)}/>'
            + (f'<service name={quoteattr(name)} method="probed" {self.named}/>' if hears and name else "")
            + "</port>"
            for number, name in self.open_ports.get(address, {}).items()
            if str(number) in wanted
        )
        kind = "ipv6" if ":" in address else "ipv4"
        ports = f'<ports><extraports state="closed" count="9"/>{ports}</ports>'
        return f'<host><address addr="{address}" addrtype="{kind}"/>{ports}</host>'

    def pairs(self) -> set[tuple[str, int]]:
        found = set()
        for options, addresses in self.calls:
            numbers = options[options.index("-p") + 1].partition(":")[2].split(",")
            found |= {(address, int(number)) for address in addresses for number in numbers}
        return found


def asked(places: Iterable[Place], nmap: Scripted, limits: Limits = NO_LIMITS, *, is_root: bool = False) -> dict[Place, State]:
    return discovered(places, limits, Means(nmap, is_root), lambda: False)


def test_nmap_is_given_the_permitted_pairs_and_no_others() -> None:
    nmap = Scripted({"192.0.2.1": {443: ""}})
    pairs = [("192.0.2.1", 443), ("192.0.2.1", 22), ("192.0.2.2", 443), ("192.0.2.3", 443), ("2001:db8::1", 443)]
    asked([(address, port, TCP) for address, port in pairs], nmap)
    assert nmap.pairs() == set(pairs)
    for options, addresses in nmap.calls:
        assert ("-6" in options) == any(":" in address for address in addresses)


def test_nothing_is_guessed_looked_up_or_scripted() -> None:
    nmap = Scripted({"192.0.2.1": {443: "ssh"}})
    asked([("192.0.2.1", 443, TCP)], nmap)
    for options, _addresses in nmap.calls:
        assert {"-n", "-Pn"} <= set(options)
        assert not {"-A", "-O", "-sC", "-sS", "-PE"} & set(options)
        assert not any("script" in option for option in options)


def test_a_root_may_send_bare_syn_packets() -> None:
    nmap = Scripted({})
    asked([("192.0.2.1", 443, TCP)], nmap, is_root=True)
    assert nmap.calls[0][0][0] == "-sS"


def test_the_rates_of_the_scan_are_those_of_nmap() -> None:
    nmap = Scripted({"192.0.2.1": {443: "ssh"}})
    asked([("192.0.2.1", 443, TCP)], nmap, Limits(4, 10.0, 512, 250.0))
    assert len(nmap.calls) == 2
    for options, _addresses in nmap.calls:
        assert options[options.index("--max-rate") + 1] == "250"
        assert options[options.index("--scan-delay") + 1] == "100ms"


def test_this_machine_has_no_limits_and_is_not_slowed_by_others() -> None:
    nmap = Scripted({})
    asked([("127.0.0.1", 443, TCP), ("192.0.2.1", 443, TCP)], nmap, Limits())
    by_address = {addresses[0]: options for options, addresses in nmap.calls}
    assert ("--max-rate" in by_address["127.0.0.1"], "--max-rate" in by_address["192.0.2.1"]) == (False, True)


def test_of_one_address_no_more_ports_are_heard_at_once_than_may_be_connected_to() -> None:
    nmap = Scripted({"192.0.2.1": dict.fromkeys(range(1, 11), "ssh")})
    asked([("192.0.2.1", port, TCP) for port in range(1, 11)], nmap, Limits(4, 10.0, 512, 500.0))
    heard = [options[options.index("-p") + 1] for options, _ in nmap.calls if "-sV" in options]
    assert heard == ["T:1,2,3,4", "T:5,6,7,8", "T:9,10"]


def test_of_a_tarpit_few_ports_are_heard() -> None:
    nmap = Scripted({"192.0.2.1": dict.fromkeys(range(1, 201), "ssh")})
    states = asked([("192.0.2.1", port, TCP) for port in range(1, 201)], nmap)
    assert sum(state.service == "ssh" for state in states.values()) == 64
    assert all(state.status is None for state in states.values())


def test_what_is_heard_is_the_service_and_what_is_not_open_is_closed() -> None:
    nmap = Scripted({"192.0.2.1": {443: "http", 2222: "ssh", 25: "smtp"}})
    states = asked([("192.0.2.1", port, TCP) for port in (443, 2222, 25, 8443)], nmap)
    assert {place[1]: state for place, state in states.items()} == {
        443: State(None),
        2222: State(None, "ssh"),
        25: State(None, "smtp"),
        8443: State(OutcomeStatus.REFUSED),
    }


@pytest.mark.parametrize(
    ("state", "status"), [("closed", OutcomeStatus.REFUSED), ("filtered", OutcomeStatus.TIMED_OUT), ("open|filtered", None)]
)
def test_states_are_told_in_our_words(state: str, status: OutcomeStatus | None) -> None:
    states = asked([("192.0.2.1", 443, TCP)], Scripted({"192.0.2.1": {443: ""}}, state=state))
    assert states["192.0.2.1", 443, TCP].status is status


def test_a_result_that_ends_in_the_middle_is_one_sentence() -> None:
    with pytest.raises(WorkError, match="in the middle of its result; go on with --resume"):
        asked([("192.0.2.1", 443, TCP)], Scripted({}, ends_with=""))


def swept(items: list[Item], nmap: Scripted, *, is_root: bool = False, settings: SweepSettings | None = None) -> list[Swept | None]:
    told: list[Swept | None] = []
    sweep = NmapSweep(
        iter(items),
        told.append,
        settings or SweepSettings(),
        NO_LIMITS,
        Means(nmap, is_root),
        passes=lambda item: item.name is not None,
    )
    sweep.start()
    while None not in told and sweep.thread.is_alive():
        sweep.thread.join(0.01)
    sweep.stop()
    sweep.thread.join(20)
    assert sweep.error is None
    return told[: told.index(None) + 1]


def test_every_item_is_told_once_open_with_its_service_or_closed() -> None:
    items = [Item(0, 443, "192.0.2.1"), Item(1, 22, "192.0.2.1"), Item(2, 443, None, "www.example.vn"), Item(3, 22, "192.0.2.2")]
    told = swept(items, Scripted({"192.0.2.1": {22: "ssh"}}))
    assert told[-1] is None
    (stretch,) = told[:-1]
    assert stretch is not None
    assert sorted((item.index, item.service) for item in stretch.found) == [(1, "ssh"), (2, "")]
    closed = sorted((item.index, status, no_way) for item, status, no_way in stretch.closed)
    assert closed == [(0, OutcomeStatus.REFUSED, False), (3, OutcomeStatus.REFUSED, False)]


def test_the_service_that_the_user_named_stays() -> None:
    told = swept([Item(0, 22, "192.0.2.1", service="smtp")], Scripted({"192.0.2.1": {22: "ssh"}}))
    assert told[0] is not None
    assert [item.service for item in told[0].found] == ["smtp"]


@pytest.mark.parametrize(("is_root", "port", "is_asked"), [(False, 500, False), (True, 500, True), (True, 4433, False)])
def test_udp_is_asked_as_root_alone_and_on_few_ports(is_root: bool, port: int, is_asked: bool) -> None:
    nmap = Scripted({})
    told = swept([Item(0, port, "192.0.2.1", transport=UDP)], nmap, is_root=is_root)
    assert bool(nmap.calls) is is_asked
    assert told[0] is not None
    assert bool(told[0].found) is not is_asked
    if is_asked:
        assert nmap.calls[0][0][0] == "-sU"


def test_it_waits_until_the_probes_have_room_and_stops_when_told() -> None:
    nmap = Scripted({"192.0.2.1": {1: ""}})
    told: list[Swept | None] = []
    items = (Item(place, place + 1, "192.0.2.1") for place in range(8999))
    settings = SweepSettings(most_waiting=1)
    sweep = NmapSweep(items, told.append, settings, NO_LIMITS, Means(nmap, False), passes=lambda item: False)
    sweep.start()
    while not told:
        sweep.thread.join(0.01)
    sweep.stop()
    sweep.thread.join(20)
    assert not sweep.thread.is_alive()
    assert told[-1] is None
    assert len(told) == 2, "one portion, and the end"


def test_what_is_given_back_is_asked_before_all_others_and_after_the_end() -> None:
    nmap = Scripted({"192.0.2.1": {22: "ssh"}})
    told: list[Swept | None] = []
    sweep = NmapSweep(
        iter([Item(0, 22, "192.0.2.1")]), told.append, SweepSettings(), NO_LIMITS, Means(nmap), passes=lambda item: False
    )
    sweep.pause()
    sweep.start()
    assert not nmap.calls
    sweep.go_on()
    while None not in told:
        sweep.thread.join(0.01)
    sweep.give([Item(1, 22, "192.0.2.1")])
    while told.count(None) < 2:
        sweep.thread.join(0.01)
    sweep.stop()
    sweep.thread.join(20)
    assert [[item.index for item in stretch.found] for stretch in told if stretch is not None] == [[0], [1]]


def test_an_error_of_nmap_is_the_error_of_the_sweep() -> None:
    sweep = NmapSweep(
        iter([Item(0, 443, "192.0.2.1")]),
        lambda _swept: None,
        SweepSettings(),
        NO_LIMITS,
        Means(Scripted({}, ends_with="<"), False),
        passes=lambda item: False,
    )
    sweep.start()
    sweep.thread.join(20)
    assert isinstance(sweep.error, WorkError)


def test_without_python_nmap_it_is_said_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nmap", None)
    with pytest.raises(WorkError, match=r"install pqscan with \[discovery\], or use --discover connect"):
        PythonNmap()


def test_without_nmap_it_is_said_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    nmap = pytest.importorskip("nmap", reason="python-nmap is not installed")
    scanner = nmap.PortScanner
    monkeypatch.setattr(nmap, "PortScanner", lambda: scanner(nmap_search_path=("no-such-program",)))
    with pytest.raises(WorkError, match="needs nmap, which is missing"):
        PythonNmap()


def test_the_software_that_nmap_names_is_told_as_its_guess_even_where_no_probe_asks_the_protocol() -> None:
    nmap = Scripted({"192.0.2.1": {22: "ssh", 9: "discard"}}, named='product="OpenSSH" version="9.2p1 Debian 2"')
    states = asked([("192.0.2.1", port, TCP) for port in (22, 9)], nmap)
    (ssh, other) = (states["192.0.2.1", port, TCP] for port in (22, 9))
    assert (ssh.service, other.service, ssh.software) == ("ssh", "", other.software)
    assert ssh.software is not None
    assert (ssh.software.subject, ssh.software.value) == (Subject.SOFTWARE, "OpenSSH 9.2p1 Debian 2")
    assert ssh.software.confidence is Confidence.INFERRED
    assert dict(ssh.software.parameters) == {"product": "OpenSSH", "source": "nmap", "version": "9.2p1 Debian 2"}


@pytest.mark.parametrize("named", ["", 'version="1"', 'product=""', 'product=" "'])
def test_no_software_is_told_where_nmap_names_none(named: str) -> None:
    states = asked([("192.0.2.1", 22, TCP)], Scripted({"192.0.2.1": {22: "ssh"}}, named=named))
    assert states["192.0.2.1", 22, TCP].software is None


def test_what_a_server_makes_nmap_say_is_bounded_and_on_one_line() -> None:
    nmap = Scripted({"192.0.2.1": {22: "ssh"}}, named=f'product="a&#10;b{"x" * 5000}"')
    found = asked([("192.0.2.1", 22, TCP)], nmap)["192.0.2.1", 22, TCP].software
    assert found is not None
    assert found.value.startswith("a bx")
    assert len(found.value) == MOST_TEXT


def test_software_joins_what_the_probe_learned_and_nothing_alone() -> None:
    target, now = NetworkTarget("192.0.2.1", 22), datetime(2026, 11, 29, tzinfo=UTC)
    heard = Observation(Subject.SOFTWARE, "OpenSSH 9.2p1", Support.OFFERED)
    told = Observation(Subject.PROTOCOL_VERSION, "SSH-2.0", Support.ACCEPTED)
    outcome = Outcome(target, "ssh", OutcomeStatus.COMPLETED, now, 0.1, profile=Profile("ssh", "quick", "1", True, (told,)))
    joined = with_software(outcome, heard)
    assert joined.profile is not None
    assert set(joined.profile.observations) == {told, heard}
    assert with_software(outcome, None) is outcome
    dead = Outcome(target, "ssh", OutcomeStatus.TIMED_OUT, now, 0.1)
    assert with_software(dead, heard) is dead
