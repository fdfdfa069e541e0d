from __future__ import annotations

import socket
import time
from contextlib import AsyncExitStack, ExitStack
from dataclasses import replace
from datetime import date
from ipaddress import IPv4Network

import pytest

from pqscan.model.authorisation import Authorisation
from pqscan.model.outcome import OutcomeStatus
from pqscan.model.target import NetworkTarget
from pqscan.net.loop import run
from pqscan.scan import work
from pqscan.scan.authorisation import Permission
from pqscan.scan.ports import tcp_ports
from pqscan.scan.scanner import Scanner
from pqscan.scan.settings import Discovery, Summary
from pqscan.scan.targets import expand, read_exclusions
from pqscan.scan.watch import Senses
from tests.integration.scan.ledgers import Memory
from tests.integration.scan.scanning import FAST, LINES, line_server, names_of, scan
from tests.unit.net.loopback import closed_port, serving, silent_port


def test_every_target_gets_one_outcome_and_the_cursor_ends_at_the_last() -> None:
    ledger, summary, targets = scan(lambda port: [f"h{n}@127.0.0.1" for n in range(500)], str.upper)
    assert len(ledger.outcomes) == len({o.target for o in ledger.outcomes}) == targets.count == 500
    assert summary.cursor == ledger.batches[-1].cursor == 500
    assert ledger.counts == summary.by_status == {OutcomeStatus.COMPLETED: 500}
    assert not summary.interrupted
    assert {o.profile.observations[0].value for o in ledger.outcomes if o.profile} == {f"H{n}" for n in range(500)}


@pytest.mark.parametrize("discovery", list(Discovery))
def test_closed_addresses_are_only_counted_and_open_ones_asked(discovery: Discovery) -> None:
    settings = replace(FAST, discovery=discovery, ask=replace(FAST.ask, rows_for_dead=False))
    ledger, summary, targets = scan(lambda port: ["127.0.0.0/24"], lambda name: "hello", settings)
    assert [o.target.address for o in ledger.outcomes if isinstance(o.target, NetworkTarget)] == ["127.0.0.1"]
    # 127.0.0.0 and 127.0.0.255 refuse or cannot be reached, as the system has it.
    assert summary.by_status[OutcomeStatus.COMPLETED] == 1
    assert sum(summary.by_status.values()) == targets.count == 256
    assert ledger.counts == summary.by_status


def test_a_silent_range_ends_and_is_counted_as_timed_out() -> None:
    async def main() -> None:
        with silent_port() as silent, closed_port() as closed:
            ledger = Memory()
            targets = expand([f"127.0.0.1:{silent}", f"127.0.0.1:{closed}"])
            settings = replace(FAST, discovery=Discovery.CONNECT)
            summary = await Scanner(LINES, ledger, Permission(), settings).run(targets, "r")
        assert summary.by_status == {OutcomeStatus.TIMED_OUT: 1, OutcomeStatus.REFUSED: 1}

    run(main())


def test_names_in_certificates_are_asked_at_the_same_address_and_no_more_than_the_limit() -> None:
    asked: list[str] = []

    def answers(name: str) -> str:
        asked.append(name)
        return (
            "names:" + ",".join(["*.wild.vn", "first.vn", "192.0.2.1", "bad name", "First.VN.", *(f"v{n}.vn" for n in range(100))])
            if name == "-"
            else "x"
        )

    ledger, summary, _ = scan(lambda port: ["127.0.0.1"], answers, replace(FAST, ask=replace(FAST.ask, most_virtual_hosts=5)))
    assert asked == ["-", "first.vn", "v0.vn", "v1.vn", "v2.vn", "v3.vn"]
    assert len(ledger.outcomes) == 6
    assert summary.cursor == 1


def test_an_address_that_answers_nobody_without_a_name_is_asked_for_the_names_that_are_known() -> None:
    settings = replace(FAST, ask=replace(FAST.ask, extra_names=("known.vn",)))
    ledger, _, _ = scan(lambda port: ["127.0.0.1"], lambda name: "nameless" if name == "-" else "site", settings)
    assert names_of(ledger) == {None: OutcomeStatus.REJECTED, "known.vn": OutcomeStatus.COMPLETED}


def test_names_the_user_excluded_are_not_asked_though_a_certificate_holds_them() -> None:
    permission = Permission(None, read_exclusions(["*.secret.vn"]))
    ledger, _, _ = scan(
        lambda port: ["127.0.0.1"], lambda name: "names:a.secret.vn,b.vn" if name == "-" else "x", permission=permission
    )
    assert names_of(ledger) == {None: OutcomeStatus.COMPLETED, "b.vn": OutcomeStatus.COMPLETED}


def test_a_throttled_target_is_asked_again_at_the_end_and_the_counts_follow() -> None:
    tries: dict[str, int] = {}

    def answers(name: str) -> str:
        tries[name] = tries.get(name, 0) + 1
        return "later" if name == "shy" and tries[name] < 3 else "hush" if name == "quiet" and tries[name] < 2 else "ok"

    ledger, summary, _ = scan(lambda port: ["shy@127.0.0.1", "quiet@127.0.0.1", "bold@127.0.0.1"], answers)
    assert tries == {"shy": 3, "quiet": 2, "bold": 1}
    assert names_of(ledger) == dict.fromkeys(["shy", "quiet", "bold"], OutcomeStatus.COMPLETED)
    assert ledger.counts == {OutcomeStatus.COMPLETED: 3}
    assert summary.again == 0


def test_a_target_that_stays_throttled_is_left_for_a_resume() -> None:
    ledger, summary, _ = scan(lambda port: ["shy@127.0.0.1"], lambda name: "later")
    assert summary.again == 1
    assert ledger.counts == {OutcomeStatus.THROTTLED: 1}


def test_a_fault_of_ours_is_one_outcome_and_the_run_goes_on() -> None:
    ledger, _, _ = scan(lambda port: ["bad@127.0.0.1", "good@127.0.0.1"], lambda name: "fault" if name == "bad" else "ok")
    assert names_of(ledger) == {"bad": OutcomeStatus.BUG, "good": OutcomeStatus.COMPLETED}


def test_a_name_is_looked_up_only_with_permission_and_its_address_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up: list[str] = []

    async def resolver(name: str) -> tuple[str, ...]:
        looked_up.append(name)
        return {"two.vn": ("127.0.0.1", "127.0.0.2"), "far.vn": ("192.0.2.1",), "none.vn": ()}[name]

    monkeypatch.setattr(work, "look_up", resolver)
    given = Authorisation(
        "u", "n", "a", (IPv4Network("10.0.0.0/8"),), ("two.vn", "far.vn", "none.vn"), (), date(2000, 1, 1), date(2999, 1, 1)
    )
    ledger, summary, _ = scan(
        lambda port: ["two.vn", "far.vn", "none.vn", "forbidden.vn"], lambda name: "ok", permission=Permission(given)
    )
    assert sorted(looked_up) == ["far.vn", "none.vn", "two.vn"]
    by_address = {
        (o.target.address, o.target.server_name): o.status for o in ledger.outcomes if isinstance(o.target, NetworkTarget)
    }
    assert by_address == {
        ("127.0.0.1", "two.vn"): OutcomeStatus.COMPLETED,
        ("127.0.0.2", "two.vn"): OutcomeStatus.REFUSED,
        ("", "none.vn"): OutcomeStatus.UNREACHABLE,
    }
    assert summary.by_status[OutcomeStatus.EXCLUDED] == 2
    assert {refusal.reason.code for refusal in summary.refusals} == {"outside_authorisation", "name_not_authorised"}


def test_a_name_server_that_is_gone_for_a_while_costs_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """It stops answering in mid-scan, and answers again when it has been asked twice for a name that it knew."""
    known: set[str] = set()
    controls = 0
    paused: list[str] = []

    async def resolver(name: str) -> tuple[str, ...]:
        nonlocal controls
        controls += name in known
        if len(known) >= 20 and controls < 3:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        known.add(name)
        return ("127.0.0.1",)

    monkeypatch.setattr(work, "look_up", resolver)
    names = [f"n{number}.localhost" for number in range(60)]
    ledger, summary, _ = scan(
        lambda port: names, lambda name: "ok", replace(FAST, at_once=4), progress=lambda told: paused.append(told.gone)
    )
    assert names_of(ledger) == dict.fromkeys(names, OutcomeStatus.COMPLETED)
    assert len(ledger.outcomes) == 60
    assert ledger.counts == {OutcomeStatus.COMPLETED: 60}
    assert "resolver" in paused
    assert summary.paused_seconds > 0


@pytest.mark.parametrize("discovery", list(Discovery))
def test_a_machine_that_sleeps_again_and_again_loses_nothing_and_doubles_nothing(discovery: Discovery) -> None:
    """Its clock on the wall is a minute later at every look; what is under way in the sweep is begun anew each time."""
    looks = 0

    def wall() -> float:
        nonlocal looks
        looks += 1
        return time.monotonic() + 60.0 * looks

    async def main() -> tuple[Memory, Summary, int]:
        ledger = Memory()
        async with serving(line_server(lambda name: "ok"), "0.0.0.0") as port:
            targets = expand(["127.0.0.0/23", *(f"h{n}@127.0.0.1" for n in range(500))], tcp_ports(port))
            settings = replace(FAST, discovery=discovery, at_once=2)
            scanner = Scanner(LINES, ledger, Permission(), settings, senses=Senses(wall=wall))
            return ledger, await scanner.run(targets, "r"), targets.count

    ledger, summary, count = run(main())
    assert looks > 2
    assert sum(summary.by_status.values()) == count == 1012
    assert ledger.counts == summary.by_status
    assert len(ledger.outcomes) == len({outcome.target for outcome in ledger.outcomes})
    assert summary.by_status[OutcomeStatus.COMPLETED] >= 1000


def test_a_name_that_the_name_server_does_not_answer_for_while_it_answers_for_others_is_unreachable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def resolver(name: str) -> tuple[str, ...]:
        if name == "lame.localhost":
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return ("127.0.0.1",)

    monkeypatch.setattr(work, "look_up", resolver)
    ledger, summary, _ = scan(lambda port: ["good.localhost", "lame.localhost"], lambda name: "ok")
    assert names_of(ledger) == {"good.localhost": OutcomeStatus.COMPLETED, "lame.localhost": OutcomeStatus.UNREACHABLE}
    assert summary.paused_seconds == 0


def test_nothing_outside_loopback_is_dialled_without_an_authorisation(monkeypatch: pytest.MonkeyPatch) -> None:
    def dial(*arguments: object) -> None:
        raise AssertionError

    monkeypatch.setattr("pqscan.net.dial.new_socket", dial)
    ledger, summary, _ = scan(lambda port: ["192.0.2.1", "a.vn", "b.vn@192.0.2.2"], lambda name: "ok")
    assert ledger.outcomes == []
    assert summary.by_status == {OutcomeStatus.EXCLUDED: 3}


def test_what_was_left_out_is_counted_once_with_the_batch_that_completes_the_run() -> None:
    ledger, _, _ = scan(lambda port: ["127.0.0.1"], lambda name: "ok", excluded=1000)
    assert ledger.counts == {OutcomeStatus.COMPLETED: 1, OutcomeStatus.EXCLUDED: 1000}
    assert all(batch.cursor == 1 for batch in ledger.batches if OutcomeStatus.EXCLUDED in batch.counts)
    tries: list[str] = []
    ledger, _, _ = scan(
        lambda port: ["shy@127.0.0.1"], lambda name: tries.append(name) or ("later" if len(tries) < 3 else "ok"), excluded=5
    )
    assert ledger.counts == {OutcomeStatus.COMPLETED: 1, OutcomeStatus.EXCLUDED: 5}, "second tries count nothing twice"
    ledger, summary, _ = scan(lambda port: [], lambda name: "ok", excluded=7)
    assert ledger.counts == {OutcomeStatus.EXCLUDED: 7}
    assert summary.total == 0


def test_several_servers_at_one_address_and_many_addresses_are_all_reached() -> None:
    async def main() -> None:
        ledger = Memory()
        async with AsyncExitStack() as stack:
            ports = [await stack.enter_async_context(serving(line_server(str.upper), "0.0.0.0")) for _ in range(3)]
            targets = expand(["127.0.0.0/26"], tcp_ports(*ports))
            await Scanner(LINES, ledger, Permission(), replace(FAST, discovery=Discovery.CONNECT)).run(targets, "r")
        reached = {(o.target.address, o.target.port) for o in ledger.outcomes if isinstance(o.target, NetworkTarget)}
        assert {(f"127.0.0.{n}", port) for n in range(1, 64) for port in ports} <= reached

    with ExitStack():
        run(main())
