"""Another program's file in the store: beside the scans, never in their place."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pqscan.app import assess, open_store
from pqscan.app.history import misses_of
from pqscan.app.importing.found import Service
from pqscan.app.importing.keeping import import_file, target_line
from pqscan.errors import UsageError
from pqscan.model.canonical import canonical
from pqscan.model.inventory import Batch, RunKind, RunState
from pqscan.model.observation import IMPORTED, IMPORTED_NAMES, Profile
from pqscan.model.outcome import Outcome, OutcomeStatus
from pqscan.model.target import NetworkTarget, Transport
from pqscan.readiness.act import Act, ActKind
from pqscan.readiness.changes import Change
from pqscan.scan.target_syntax import parse_target
from pqscan.store.answers import Where
from pqscan.store.repository import Store
from tests.unit.app.importing.made import FILES
from tests.unit.policy.making import VERSION, fact
from tests.unit.store.samples import a_run

SCANNED = Profile("tls", "inventory", "test", True, (fact(VERSION, "TLS1.3"),))
TARGET = NetworkTarget("127.0.0.1", 24443)
IMPORT_TIME = datetime(2026, 11, 29, 14, 32, 2, tzinfo=UTC)


def store_at(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "store.sqlite"), create=True)


def scan(store: Store, profile: Profile, at: datetime, name: str = "scan") -> None:
    store.begin_run(replace(a_run(name), started_at=at))
    outcome = Outcome(TARGET, "tls", OutcomeStatus.COMPLETED, at, 0.1, profile=canonical(profile))
    store.commit(Batch(name, (outcome,), 1, {OutcomeStatus.COMPLETED: 1}))
    store.finish_run(name, RunState.FINISHED, at)


def current(store: Store) -> Profile | None:
    (sighting,) = store.sightings(where=Where(target=TARGET))
    return None if sighting.profile is None else store.profiles([sighting.profile])[sighting.profile]


def test_an_import_is_a_run_of_its_own_kind_with_an_act(tmp_path: Path) -> None:
    with store_at(tmp_path) as store:
        found = import_file("nmap", str(FILES["nmap"]), store, site="Hà Nội")
        assert found.run is not None
        assert (found.run.kind, found.run.state, found.run.counts) == (
            RunKind.IMPORT,
            RunState.FINISHED,
            {OutcomeStatus.COMPLETED: 5},
        )
        sightings = list(store.sightings())
        assert {sighting.target.site for sighting in sightings if isinstance(sighting.target, NetworkTarget)} == {"Hà Nội"}
        assert {sighting.first_seen for sighting in sightings} == {IMPORT_TIME}
        profiles = store.profiles().values()
        assert {(profile.depth, profile.complete, profile.asked) for profile in profiles} == {(IMPORTED, False, "nmap 7.93")}
        (act,) = store.acts(ActKind.IMPORT)
        assert (act.act.subject, act.act.detail["services"]) == ("nmap", 5)


def test_no_state_rests_on_an_import_and_findings_do(tmp_path: Path) -> None:
    with store_at(tmp_path) as store:
        import_file("nmap", str(FILES["nmap"]), store)
        inventory = assess(store)
        both = [state for assessed in inventory.targets() for state in (assessed.key_establishment, assessed.authentication)]
        assert {state.state.value for state in both} == {"unknown"}
        assert {state.reasons[0].code for state in both} == {"only_imported"}
        assert any(finding.subject == "protocol_version" and finding.value == "TLS1.0" for finding in inventory.findings)


@pytest.mark.parametrize("days", [-400, 1], ids=["scanned long before", "scanned after"])
def test_an_import_never_displaces_a_scan_that_came_to_its_end(tmp_path: Path, days: int) -> None:
    with store_at(tmp_path) as store:
        scan(store, SCANNED, IMPORT_TIME + timedelta(days=days))
        import_file("nmap", str(FILES["nmap"]), store)
        assert current(store) == canonical(SCANNED)


def test_a_scan_stands_above_an_import_that_was_there_before(tmp_path: Path) -> None:
    with store_at(tmp_path) as store:
        import_file("nmap", str(FILES["nmap"]), store)
        scan(store, SCANNED, IMPORT_TIME - timedelta(days=3))
        assert current(store) == canonical(SCANNED)


def test_a_newer_scan_that_was_broken_off_stays(tmp_path: Path) -> None:
    broken_off = replace(SCANNED, complete=False)
    with store_at(tmp_path) as store:
        scan(store, broken_off, IMPORT_TIME + timedelta(days=1))
        import_file("nmap", str(FILES["nmap"]), store)
        assert current(store) == canonical(broken_off)


def test_a_file_with_names_alone_does_not_hide_the_facts_of_another(tmp_path: Path) -> None:
    names = tmp_path / "names.xml"
    names.write_text(
        '<nmaprun scanner="nmap" version="7.95" start="1798000000"><host><address addr="127.0.0.1" addrtype="ipv4"/><ports>'
        '<port protocol="tcp" portid="24443"><state state="open"/><service name="http" tunnel="ssl" product="a" method="probed"/>'
        "</port></ports></host></nmaprun>"
    )
    with store_at(tmp_path) as store:
        import_file("sslyze", str(FILES["sslyze"]), store)
        import_file("nmap", str(names), store)
        found = current(store)
        assert found is not None
        assert (found.depth, found.asked) == (IMPORTED, "sslyze 6.3.1")
        assert IMPORTED_NAMES in {profile.depth for profile in store.profiles().values()}


def test_an_import_makes_nothing_missing(tmp_path: Path) -> None:
    with store_at(tmp_path) as store:
        import_file("nmap", str(FILES["nmap"]), store)
        assert misses_of(store).first_after({run.id for run in store.runs()}, datetime(2020, 1, 1, tzinfo=UTC)) is None


def test_the_same_file_twice_changes_nothing(tmp_path: Path) -> None:
    with store_at(tmp_path) as store:
        first = import_file("nmap", str(FILES["nmap"]), store)
        before = list(store.sightings())
        second = import_file("nmap", str(FILES["nmap"]), store)
        assert first.run is not None
        assert second.run is not None
        assert first.run.scope == second.run.scope
        after = list(store.sightings())
        assert [(s.target, s.profile, s.first_seen, s.last_seen) for s in before] == [
            (s.target, s.profile, s.first_seen, s.last_seen) for s in after
        ]
        assert store.coverage().attempted == 5, "one scope is counted once"


def test_a_file_without_a_time_has_that_of_the_file_or_the_one_that_is_given(tmp_path: Path) -> None:
    copy = tmp_path / "audit.json"
    copy.write_bytes(FILES["ssh-audit"].read_bytes())
    written = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    os.utime(copy, (written.timestamp(), written.timestamp()))
    with store_at(tmp_path) as store:
        found = import_file("ssh-audit", str(copy), store)
        assert found.undated == 1
        assert [sighting.last_seen for sighting in store.sightings()] == [written]
    with open_store(str(tmp_path / "other.sqlite"), create=True) as store:
        given = datetime(2026, 1, 1, tzinfo=UTC)
        import_file("ssh-audit", str(copy), store, seen_at=given)
        assert [sighting.last_seen for sighting in store.sightings()] == [given]


def test_a_clock_that_went_ahead_makes_nothing_newer_than_now(tmp_path: Path) -> None:
    with store_at(tmp_path) as store:
        import_file("ssh-audit", str(FILES["ssh-audit"]), store, seen_at=datetime(2999, 1, 1, tzinfo=UTC))
        assert [sighting.last_seen <= datetime.now(UTC) for sighting in store.sightings()] == [True]


def test_a_file_from_a_clock_that_went_ahead_is_of_now(tmp_path: Path) -> None:
    ahead = tmp_path / "ahead.xml"
    ahead.write_bytes(FILES["nmap"].read_bytes().replace(b'endtime="1795962722"', b'endtime="32503680000"'))
    with store_at(tmp_path) as store:
        import_file("nmap", str(ahead), store)
        assert all(sighting.last_seen <= datetime.now(UTC) for sighting in store.sightings())


def test_r08_what_the_register_keeps_out_is_not_taken_over(tmp_path: Path) -> None:
    with store_at(tmp_path) as store:
        unit = Change("unit", "QS", None, {"code": "QS", "name": "Đơn vị", "kind": "military", "ranges": ["127.0.0.0/8"]})
        store.change_register([unit], Act(IMPORT_TIME, "Lan", "", ActKind.REGISTER, "unit QS", {}))
        found = import_file("nmap", str(FILES["nmap"]), store)
        assert (found.run, found.services, found.left_out) == (None, 0, {"import_kept_out": 5})
        assert list(store.sightings()) == []


def test_without_a_store_nothing_is_kept_and_everything_told(tmp_path: Path) -> None:
    told: list[Service] = []
    found = import_file("nmap", str(FILES["nmap"]), None, each=told.append)
    assert (found.run, found.services, len(told)) == (None, 5, 5)
    assert list(tmp_path.iterdir()) == []


def test_each_line_for_a_scan_is_read_back_as_the_target() -> None:
    told: list[Service] = []
    import_file("nmap", str(FILES["nmap"]), None, each=told.append)
    lines = [target_line(service) for service in told]
    assert lines[:2] == ["127.0.0.1:24022/ssh", "127.0.0.1:24443/tls"]
    for line in lines:
        parse_target(line)
    udp = Service(NetworkTarget("2001:db8::1", 500, transport=Transport.UDP), "ike")
    assert target_line(udp) == "[2001:db8::1]:500/udp"
    parse_target(target_line(udp))


def test_a_wrong_file_is_one_sentence_and_leaves_no_run(tmp_path: Path) -> None:
    wrong = tmp_path / "x\x1b[31m.xml"
    wrong.write_text("<html/>")
    with store_at(tmp_path) as store:
        for path, why in (
            (wrong, "not what nmap -oX writes"),
            (tmp_path / "missing", "cannot be read"),
            (tmp_path, "cannot be read"),
        ):
            with pytest.raises(UsageError, match=why) as caught:
                import_file("nmap", str(path), store)
            assert "\x1b" not in str(caught.value)
        assert store.runs() == ()


def test_a_file_that_breaks_in_the_middle_keeps_what_came_before(tmp_path: Path) -> None:
    data = FILES["nmap"].read_bytes()
    end = data.index(b"</host>") + len(b"</host>")
    broken = tmp_path / "broken.xml"
    broken.write_bytes(data[:end] + b" " * (1 << 20) + b"<host><<")
    with store_at(tmp_path) as store, pytest.raises(UsageError, match="no XML"):
        import_file("nmap", str(broken), store)
    broken.write_bytes(data[:end])
    with store_at(tmp_path) as store:
        found = import_file("nmap", str(broken), store)
        assert (found.is_cut, found.services) == (True, 5)
