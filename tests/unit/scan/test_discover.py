from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from pqscan.errors import WorkError
from pqscan.model.outcome import OutcomeStatus
from pqscan.net.budget import NO_LIMITS, Limits, Pace
from pqscan.scan import discover
from pqscan.scan.discover import Sweep, SweepSettings, Swept
from pqscan.scan.ports import tcp_ports
from pqscan.scan.room import most_sockets
from pqscan.scan.standing import Standing
from pqscan.scan.targets import Item, expand
from tests.unit.net.loopback import closed_port, silent_port


class Ear:
    """Hears what the sweep tells, in its thread."""

    def __init__(self) -> None:
        self.found: list[Item] = []
        self.closed: dict[int, OutcomeStatus] = {}
        self.changed = threading.Condition()
        self.ended = threading.Event()

    def __call__(self, swept: Swept | None) -> None:
        with self.changed:
            if swept is None:
                self.ended.set()
            else:
                self.found += swept.found
                ends = {item.index: status for item, status, _ in swept.closed}
                assert not set(self.closed) & set(ends)
                self.closed.update(ends)
            self.changed.notify_all()


def listening(stack: ExitStack) -> int:
    sock = stack.enter_context(socket.socket())
    sock.bind(("127.0.0.1", 0))
    sock.listen(512)
    return int(sock.getsockname()[1])


def sweep(items: Iterator[Item], settings: SweepSettings | None = None, limits: Limits | None = None) -> Ear:
    ear = Ear()
    sweeping = Sweep(items, ear, settings or SweepSettings(connect_seconds=0.1), Pace(limits or Limits()))
    sweeping.start()
    sweeping.thread.join()
    assert ear.ended.is_set()
    if sweeping.error is not None:
        raise sweeping.error
    return ear


def test_open_closed_and_silent_ports_are_told_apart() -> None:
    with ExitStack() as stack:
        opened, closed, silent = listening(stack), stack.enter_context(closed_port()), stack.enter_context(silent_port())
        ear = sweep(Item(index, port, "127.0.0.1") for index, port in enumerate([opened, closed, silent, opened]))
    assert sorted(item.index for item in ear.found) == [0, 3]
    assert ear.closed == {1: OutcomeStatus.REFUSED, 2: OutcomeStatus.TIMED_OUT}


def test_open_ports_are_found_where_connecting_takes_until_the_loop_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pqscan.net.connection._SECOND_CONNECT_TELLS", False)
    with ExitStack() as stack:
        opened, closed = listening(stack), stack.enter_context(closed_port("::1"))
        ear = sweep(iter([Item(0, opened, "127.0.0.1"), Item(1, closed, "::1")]))
    assert [item.index for item in ear.found] == [0]
    assert ear.closed == {1: OutcomeStatus.REFUSED}


def test_every_address_of_a_large_range_is_told_once() -> None:
    with closed_port() as port:
        targets = expand([f"127.0.0.0/18:{port}"])
        ear = sweep(targets.items())
    assert len(ear.closed) + len(ear.found) == targets.count == 16384


def test_names_pass_without_a_packet() -> None:
    ear = sweep(iter([Item(0, 443, None, "example.vn", "example.vn"), Item(1, 443, "192.0.2.1", "a.vn", "a.vn")]))
    assert [item.index for item in ear.found] == [0, 1]


def test_the_sweep_waits_while_nobody_takes_what_it_found() -> None:
    with ExitStack() as stack:
        port = listening(stack)
        ear = Ear()
        settings = SweepSettings(most_waiting=10)
        sweeping = Sweep((Item(index, port, "127.0.0.1") for index in range(100)), ear, settings, Pace(Limits()))
        sweeping.start()
        taken = 0
        while taken < 100:
            with ear.changed:
                ear.changed.wait_for(lambda: len(ear.found) > taken)  # noqa: B023 - called at once.
                assert len(ear.found) <= taken + 10
                fresh = len(ear.found) - taken
            taken += fresh
            sweeping.taken(fresh)
        sweeping.thread.join()
    assert [item.index for item in ear.found] == list(range(100))


def test_the_sweep_stays_within_reach_of_the_cursor() -> None:
    ear = Ear()
    pulled = 0

    def items() -> Iterator[Item]:
        nonlocal pulled
        for index in range(100):
            pulled = index
            yield Item(index, 443, None, "example.vn", "example.vn")

    sweeping = Sweep(items(), ear, SweepSettings(most_ahead=10), Pace(Limits()))
    sweeping.start()
    with ear.changed:
        ear.changed.wait_for(lambda: len(ear.found) == 10)
    assert pulled <= 10
    sweeping.advance(100)
    sweeping.thread.join()
    assert len(ear.found) == 100


def test_stopping_closes_every_socket_and_tells_nothing_more() -> None:
    if not Path("/proc/self/fd").exists():
        pytest.skip("this system does not list open files under /proc")
    with silent_port() as port:
        ear = Ear()
        before = len(os.listdir("/proc/self/fd"))
        sweeping = Sweep(
            (Item(index, port, "127.0.0.1") for index in range(50)), ear, SweepSettings(connect_seconds=3600), Pace(Limits())
        )
        sweeping.start()
        sweeping.stop()
        sweeping.thread.join()
        assert len(os.listdir("/proc/self/fd")) == before
    assert ear.ended.is_set()
    assert not ear.closed


def test_the_rate_of_all_connections_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    dialled: list[tuple[float, str]] = []

    def refuse(sock: socket.socket, address: str, port: int) -> int:
        dialled.append((now[0], address))
        return 111

    monkeypatch.setattr(discover, "begin_connect", refuse)
    monkeypatch.setattr(discover.time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds + 1e-6))
    ear = Ear()
    items = expand(["192.0.2.0/24", "127.0.0.1"], tcp_ports(443)).items()
    sweeping = Sweep(items, ear, SweepSettings(), Pace(Limits(global_rate=50.0)), clock=lambda: now[0])
    sweeping.start()
    sweeping.thread.join()
    assert len(ear.closed) == 257
    outside = [time for time, address in dialled if address != "127.0.0.1"]
    for start in range(len(outside) - 60):
        assert outside[start + 60] - outside[start] >= 1.0


def test_one_address_is_not_hurried_by_many_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    dialled: list[float] = []

    def refuse(sock: socket.socket, address: str, port: int) -> int:
        dialled.append(now[0])
        return 111

    monkeypatch.setattr(discover, "begin_connect", refuse)
    monkeypatch.setattr(discover.time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds + 1e-6))
    sweeping = Sweep(expand(["192.0.2.1:1-104"]).items(), Ear(), SweepSettings(), Pace(Limits()), clock=lambda: now[0])
    sweeping.start()
    sweeping.thread.join()
    assert dialled[-1] - dialled[0] >= 9.99


def test_a_lasting_shortage_of_sockets_ends_the_sweep_with_one_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(address: str, *, sends: bool) -> socket.socket:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(discover, "new_socket", none_left)
    with pytest.raises(WorkError, match="EMFILE"):
        sweep(iter([Item(0, 443, "127.0.0.1")]), SweepSettings(shortage_seconds=0.05))


def test_the_sweep_leaves_file_descriptors_for_the_probes_and_the_store() -> None:
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
    try:
        assert most_sockets() == 128
        with silent_port() as port:
            ear = sweep((Item(index, port, "127.0.0.1") for index in range(400)), SweepSettings(connect_seconds=0.05))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert list(ear.closed.values()) == [OutcomeStatus.TIMED_OUT] * 400


class Ends:
    """Stands where the system's connect() is: how it ends at once for each address, or that nobody ever answers (None)."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, silent: int = 0) -> None:
        self.by_address: dict[str, int | None] = {}
        self.begun: list[tuple[str, int]] = []
        self._silent = silent
        monkeypatch.setattr(discover, "begin_connect", self.begin)

    def begin(self, sock: socket.socket, address: str, port: int) -> int | None:
        self.begun.append((address, port))
        code = self.by_address.get(address, 111)
        if code is None:
            sock.connect_ex(("127.0.0.1", self._silent))
        return code

    def of(self, address: str) -> list[int]:
        return [port for where, port in self.begun if where == address]


@pytest.fixture
def silence() -> Iterator[int]:
    with silent_port() as port:
        yield port


QUICK = SweepSettings(connect_seconds=0.02)


def test_a_silent_addresss_further_ports_are_left_out_and_its_neighbours_are_not(
    monkeypatch: pytest.MonkeyPatch, silence: int
) -> None:
    ends = Ends(monkeypatch, silence)
    ends.by_address["192.0.2.7"] = None
    ear, ports = Ear(), tcp_ports(*range(1, 41))
    items = list(expand(["192.0.2.6-8"], ports).items())
    # One after another, as in a range that is large enough: the next round begins when the one before has timed out.
    sweeping = Sweep(iter(items), ear, replace(QUICK, most_in_flight=1), Pace(NO_LIMITS), standing=Standing(4))
    sweeping.start()
    sweeping.thread.join()
    assert len(ends.of("192.0.2.7")) == 4
    assert len(ends.of("192.0.2.6")) == len(ends.of("192.0.2.8")) == 40
    left = [item.index for item in items if item.address == "192.0.2.7"][4:]
    assert sorted(index for index, status in ear.closed.items() if status is OutcomeStatus.NOT_ASKED) == left
    (entry,) = sweeping.left_out.values()
    assert (entry.first.index, entry.last) == (left[0], left[-1])


@pytest.mark.parametrize(("in_all", "of_one"), [(300, 8), (100, 16)])
def test_no_more_wait_for_silence_at_once_than_the_budgets_allow(
    monkeypatch: pytest.MonkeyPatch, silence: int, in_all: int, of_one: int
) -> None:
    """8,192 silent addresses: what bounds them is what may be under way, at one network and in all."""
    limits = Limits(global_rate=None, per_network_rate=None, global_concurrent=in_all, per_network_concurrent=of_one)
    most = {"all": 0, "of one": 0}

    class Counted(Ends):
        def begin(self, sock: socket.socket, address: str, port: int) -> int | None:
            alike = 1 + sum(limits.network_of(item.address or "") == limits.network_of(address) for _, item in waiting.values())
            most["all"], most["of one"] = max(most["all"], len(waiting) + 1), max(most["of one"], alike)
            self.by_address[address] = None
            return super().begin(sock, address, port)

    ends, pace, ear = Counted(monkeypatch, silence), Pace(limits), Ear()
    targets = expand(["10.0.0.0/19"], tcp_ports(443))
    sweeping = Sweep(targets.items(), ear, QUICK, pace)
    waiting = sweeping._waiting
    sweeping.start()
    sweeping.thread.join()
    assert len(ends.begun) == len(ear.closed) == targets.count == 8192
    assert most["all"] == min(in_all, 32 * of_one)
    assert most["of one"] == of_one if 32 * of_one < in_all else most["of one"] <= of_one
    assert pace.under_way == 0


def test_an_address_that_has_to_wait_keeps_no_other_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    ends, pace = Ends(monkeypatch), Pace(NO_LIMITS)
    pace.push_back("192.0.2.1", 0.0, 1e9)
    sweeping = Sweep(expand(["192.0.2.0-9"], tcp_ports(443)).items(), Ear(), QUICK, pace)
    sweeping.start()
    while len(ends.begun) < 9:
        assert sweeping.thread.is_alive()
    sweeping.stop()
    sweeping.thread.join()
    assert ends.of("192.0.2.1") == []


def test_where_this_machine_has_no_route_it_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    Ends(monkeypatch).by_address["192.0.2.1"] = 101
    told: list[tuple[OutcomeStatus, bool]] = []

    def tell(swept: Swept | None) -> None:
        told.extend((status, no_way) for _, status, no_way in (swept.closed if swept else ()))

    sweeping = Sweep(expand(["192.0.2.1-2"], tcp_ports(443)).items(), tell, QUICK, Pace(NO_LIMITS))
    sweeping.start()
    sweeping.thread.join()
    assert sorted(told) == [(OutcomeStatus.REFUSED, False), (OutcomeStatus.UNREACHABLE, True)]


class Staying:
    """A sweep that stays; `idle` counts how often it had nothing left to do."""

    def __init__(self, items: Iterator[Item], settings: SweepSettings) -> None:
        self.ear = Ear()
        self.idle = threading.Semaphore(0)
        self.pace = Pace(NO_LIMITS)
        self.sweep = Sweep(items, self._tell, settings, self.pace, stays=True)
        self.sweep.start()

    def _tell(self, swept: Swept | None) -> None:
        if swept is None:
            self.idle.release()
        else:
            self.ear(swept)

    def end(self) -> None:
        self.sweep.stop()
        self.sweep.thread.join()
        assert self.sweep.error is None


def test_a_sweep_that_stays_takes_what_is_given_back_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    ends = Ends(monkeypatch)
    items = list(expand(["192.0.2.1-3"], tcp_ports(443)).items())
    staying = Staying(iter(items[:2]), QUICK)
    assert staying.idle.acquire(timeout=60)
    staying.sweep.give(items[2:])
    assert staying.idle.acquire(timeout=60)
    staying.end()
    assert sorted(staying.ear.closed) == [0, 1, 2]
    assert len(ends.begun) == 3


def test_while_it_is_paused_nothing_is_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    ends = Ends(monkeypatch)
    items = list(expand(["192.0.2.1-3"], tcp_ports(443)).items())
    staying = Staying(iter(items[:1]), QUICK)
    assert staying.idle.acquire(timeout=60)
    staying.sweep.pause()
    staying.sweep.give(items[1:])
    assert not staying.idle.acquire(timeout=0.2)
    assert len(ends.begun) == 1
    staying.sweep.go_on()
    assert staying.idle.acquire(timeout=60)
    staying.end()
    assert len(ends.begun) == 3


def test_what_is_begun_anew_ends_once(monkeypatch: pytest.MonkeyPatch, silence: int) -> None:
    ends = Ends(monkeypatch, silence)
    ends.by_address["192.0.2.1"] = None
    staying = Staying(expand(["192.0.2.1"], tcp_ports(443)).items(), SweepSettings(connect_seconds=3600))
    while not ends.begun:
        assert staying.sweep.thread.is_alive()
    del ends.by_address["192.0.2.1"]
    staying.sweep.begin_anew()
    assert staying.idle.acquire(timeout=60)
    staying.end()
    assert ends.of("192.0.2.1") == [443, 443]
    assert staying.ear.closed == {0: OutcomeStatus.REFUSED}
    assert staying.pace.under_way == 0
