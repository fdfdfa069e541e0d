"""Files gathered by folder: in the tally, the terminal's summary, the page, the workbook."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace

import pytest
from pqscan_reports.handed_in.rows import Content, folders, to_do
from pqscan_reports.html import HtmlReport
from pqscan_reports.tally import FindingIndex, tally
from pqscan_reports.terminal import TerminalReport

from pqscan.locale import translator
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget
from pqscan.policy.state import Assessment, State
from pqscan.report import AssessedInventory, AssessedTarget, ReportOptions
from tests.golden.sample import sample

ENGLISH = translator("en")
EN = ReportOptions("en")


@pytest.fixture
def tree() -> AssessedInventory:
    """The sample's services, and 300 files in 30 folders, each with reasons of its own."""
    inventory = sample()
    services = [assessed for assessed in inventory.targets() if not isinstance(assessed.sighting.target, FileTarget)]
    one = services[0]

    def a_file(number: int) -> AssessedTarget:
        path = f"/srv/{number // 10:02}/{number:03}.pem"
        state = State.VULNERABLE if number % 10 < 4 else State.UNKNOWN
        reasons = (Reason.of("private_key_locked"), Reason.of("certificates_unreadable_at", count=1, offset=number))
        proof = Assessment(state, reasons)
        return AssessedTarget(
            replace(one.sighting, target=FileTarget("may-1", path), profile=None, chains=()), Assessment(State.NONE, ()), proof
        )

    files = [a_file(number) for number in range(300)]

    def targets() -> Iterator[AssessedTarget]:
        yield from services
        yield from files

    return replace(inventory, targets=targets)


def rendered(report: HtmlReport | TerminalReport, inventory: AssessedInventory) -> str:
    out = io.BytesIO()
    report.write(inventory, EN, out)
    return out.getvalue().decode()


def test_a_folder_counts_its_files_and_their_states(tree: AssessedInventory) -> None:
    counted = tally(tree, FindingIndex(tree.findings), 100)
    assert len(counted.folders) == 30
    assert {(folder.files, folder.states[State.VULNERABLE], folder.states[State.UNKNOWN]) for folder in counted.folders} == {
        (10, 4, 6)
    }
    assert counted.folders[0].name == "may-1:/srv/00/"


def test_an_archive_is_one_file_whatever_is_in_it(tree: AssessedInventory) -> None:
    (first,) = [assessed for assessed in tree.targets() if assessed.sighting.target == FileTarget("may-1", "/srv/00/000.pem")]

    def members() -> Iterator[AssessedTarget]:
        for name in "abc":
            yield replace(first, sighting=replace(first.sighting, target=FileTarget("may-1", "/srv/a.zip", (name,))))

    (folder,) = tally(replace(tree, targets=members), FindingIndex(()), 0).folders
    assert (folder.files, folder.states.total()) == (1, 3)


def test_files_of_a_folder_in_one_state_are_one_group_that_says_what_holds_for_all(tree: AssessedInventory) -> None:
    counted = tally(tree, FindingIndex(tree.findings), 100)
    groups = [group for group in counted.groups if group.folder]
    assert len(groups) == 60
    assert {group.count for group in groups} == {4, 6}
    assert {group.authentication.reasons for group in groups} == {(Reason.of("private_key_locked"),)}
    assert sum(group.count for group in counted.groups) == counted.targets


def test_among_the_worst_in_full_files_come_behind_services_and_are_few(tree: AssessedInventory) -> None:
    worst = tally(tree, FindingIndex(tree.findings), 100).worst
    kinds = [isinstance(assessed.sighting.target, FileTarget) for assessed in worst]
    assert kinds == sorted(kinds)
    assert kinds.count(True) == 25


def test_the_summary_has_a_line_a_folder_within_eighty_columns(tree: AssessedInventory) -> None:
    text = rendered(TerminalReport(), tree)
    assert "may-1:/srv/00/ · 10 files: vulnerable 4, unknown 6" in text
    assert "25 further folders are not shown here." in text
    assert text.count("/srv/") < 20
    assert max(map(len, text.splitlines())) <= 80


def test_the_page_gathers_and_says_what_it_folded(tree: AssessedInventory) -> None:
    page = rendered(HtmlReport(), tree)
    assert "Files by folder" in page
    assert page.count(".pem") < 150, "300 files are not listed one by one"
    assert "may-1:/srv/29/" in page


def test_the_workbook_has_a_table_of_folders_and_the_redacted_edition_none(tree: AssessedInventory) -> None:
    (table,) = folders(Content.of(tree, is_redacted=False), ENGLISH)
    assert table.rows[0] == ("may-1", "/srv/00", 10, "vulnerable 4, unknown 6")
    assert len(table.rows) == 30
    assert folders(Content.of(tree, is_redacted=True), ENGLISH) == ()
    examples = [str(row[1]) for row in to_do(Content.of(tree, is_redacted=False), ENGLISH).rows]
    assert "may-1:/srv/00/" in examples


def test_without_files_there_is_no_table(tree: AssessedInventory) -> None:
    services = replace(tree, targets=lambda: (t for t in tree.targets() if not isinstance(t.sighting.target, FileTarget)))
    assert folders(Content.of(services, is_redacted=False), ENGLISH) == ()
    assert "Files by folder" not in rendered(HtmlReport(), services) + rendered(TerminalReport(), services)


def files(*states: tuple[State, State], folder: str = "/etc") -> AssessedInventory:
    """Files with these states of key establishment and authentication, each of which is explained by itself."""
    inventory = sample()
    one = next(inventory.targets())

    def a_file(number: int, ke: State, authentication: State) -> AssessedTarget:
        reason = Reason.of("file_uses_traditional", value=f"RSA-{number}")
        target = FileTarget("may-1", f"{folder}/{number}.pem")
        sighting = replace(one.sighting, target=target, profile=None, chains=())
        return AssessedTarget(sighting, Assessment(ke, (reason,)), Assessment(authentication, (reason,)))

    rows = [a_file(number, *both) for number, both in enumerate(states)]
    return replace(inventory, targets=lambda: iter(rows), findings=())


def test_a_file_that_establishes_no_keys_is_as_urgent_as_what_it_proves() -> None:
    inventory = files(
        (State.UNKNOWN, State.UNKNOWN), (State.NONE, State.NONE), (State.NONE, State.VULNERABLE), (State.NONE, State.BROKEN),
        (State.DEFAULT, State.VULNERABLE),
    )  # fmt: skip
    counted = tally(inventory, FindingIndex(()), 5)
    told = [assessed.sighting.target.path for assessed in counted.worst if isinstance(assessed.sighting.target, FileTarget)]
    assert told == ["/etc/3.pem", "/etc/2.pem", "/etc/0.pem", "/etc/4.pem", "/etc/1.pem"]
    states = [group.authentication.state for group in counted.groups]
    assert states == [State.BROKEN, State.VULNERABLE, State.UNKNOWN, State.VULNERABLE, State.NONE]
    out = io.BytesIO()
    HtmlReport().write(inventory, EN, out)
    first = (
        out.getvalue().decode("utf-8").partition('<span class="mono name">may-1:/etc/3.pem</span>')[2].partition("</summary>")[0]
    )
    assert "below today&#39;s floor" in first
    assert "establishes no keys" not in first


def test_of_files_that_have_no_reason_in_common_the_states_are_told() -> None:
    out = io.BytesIO()
    TerminalReport().write(files(*[(State.UNKNOWN, State.UNKNOWN)] * 2), EN, out)
    lines = out.getvalue().decode("utf-8").splitlines()
    place = lines.index("  1. may-1:/etc/ 2 targets")
    assert lines[place + 1] == "     Key establishment: unknown · Authentication: unknown"


def test_that_a_file_establishes_no_keys_explains_nothing_of_what_it_proves() -> None:
    inventory = files(*[(State.NONE, State.VULNERABLE)] * 2)
    (group,) = tally(inventory, FindingIndex(()), 0).groups
    group.key_establishment = replace(group.key_establishment, reasons=(Reason.of("file_establishes_no_keys"),))
    assert group.reasons(1) == ()
    group.authentication = replace(group.authentication, state=State.NONE)
    assert group.reasons(1) == (Reason.of("file_establishes_no_keys"),)


def test_a_long_path_keeps_its_end_in_the_summary() -> None:
    out = io.BytesIO()
    TerminalReport().write(files((State.NONE, State.BROKEN), folder="/srv/" + "x" * 100), EN, out)
    (line,) = (line for line in out.getvalue().decode("utf-8").splitlines() if line.startswith("  1. "))
    assert line.startswith("  1. may-1:/srv/x")
    assert line.endswith("x/0.pem")
