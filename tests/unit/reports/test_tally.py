"""One walk over the targets: counts, groups that answer alike, and the worst first."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

from hypothesis import given
from hypothesis import strategies as st
from pqscan_reports.naming import target_text
from pqscan_reports.tally import FindingIndex, tally

from pqscan.model.outcome import OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.policy.finding import Verdict
from pqscan.policy.state import Assessment, State
from pqscan.report import AssessedInventory, AssessedTarget


def test_groups_hold_every_target_once(inventory: AssessedInventory) -> None:
    counted = tally(inventory, FindingIndex(inventory.findings), 3)
    assert sum(group.count for group in counted.groups) == counted.targets == 12
    assert sum(counted.key_establishment.values()) == sum(counted.authentication.values()) == 12


def test_the_overdue_stands_first_and_the_settled_last(inventory: AssessedInventory) -> None:
    counted = tally(inventory, FindingIndex(inventory.findings), 100)
    assert target_text(counted.worst[0].sighting.target) == "192.0.2.14:8443"
    assert counted.groups[0].overdue
    states = [assessed.key_establishment.state for assessed in counted.worst[1:]]
    assert states.index(State.VULNERABLE) < states.index(State.UNKNOWN) < states.index(State.CAPABLE) < states.index(State.DEFAULT)


def test_what_is_overdue_under_a_policy_comes_before_a_worse_state_and_the_floor_is_no_policy(
    inventory: AssessedInventory, sample_module: ModuleType
) -> None:
    last = next(finding for finding in inventory.findings if finding.profile == sample_module.EXCLUSIVE.digest)
    overdue = replace(last, verdict=Verdict.OVERDUE)
    first = tally(inventory, FindingIndex((overdue,)), 1)
    assert target_text(first.worst[0].sighting.target).startswith("thi-diem.example")
    weak = tally(inventory, FindingIndex((replace(overdue, policy="floor"),)), 1)
    assert target_text(weak.worst[0].sighting.target) == "192.0.2.14:8443"
    assert [group.weak for group in weak.groups if group.profile == sample_module.EXCLUSIVE.digest] == [True]


def test_counting_needs_no_target_to_be_kept(inventory: AssessedInventory) -> None:
    counted = tally(inventory, FindingIndex(inventory.findings), 0)
    assert counted.worst == []
    assert counted.targets == 12


@given(st.permutations(range(12)), st.integers(0, 12))
def test_the_order_of_the_walk_changes_no_count(inventory: AssessedInventory, order: list[int], most: int) -> None:
    targets = list(inventory.targets())
    shuffled = replace(inventory, targets=lambda: iter([targets[number] for number in order]))
    index = FindingIndex(inventory.findings)
    one, other = tally(inventory, index, most), tally(shuffled, index, most)
    assert one.key_establishment == other.key_establishment
    assert one.policy_verdicts == other.policy_verdicts
    assert one.certificate_targets == other.certificate_targets
    assert [(g.order, g.count) for g in one.groups] == [(g.order, g.count) for g in other.groups]
    assert len(one.worst) == most


def test_a_group_says_nothing_that_is_true_of_one_of_its_targets_alone(inventory: AssessedInventory) -> None:
    one = next(assessed for assessed in inventory.targets() if assessed.sighting.profile is None)

    def ended(code: str, **parameters: str) -> AssessedTarget:
        reason = Reason.of(code, **parameters)
        unknown = Assessment(State.UNKNOWN, (reason,))
        sighting = replace(one.sighting, status=OutcomeStatus.WRONG_PROTOCOL, detail=reason)
        return AssessedTarget(sighting, unknown, unknown)

    rows = [
        ended("wrong_protocol", detail="192.0.2.1: b'HTTP'"),
        ended("wrong_protocol", detail="192.0.2.2: b'SSH'"),
        ended("wrong_protocol_like", what="SSH"),
        ended("wrong_protocol_like", what="SSH"),
        ended("wrong_protocol_like", what="HTTP"),
    ]
    counted = tally(replace(inventory, targets=lambda: iter(rows)), FindingIndex(()), 0)
    assert sorted(group.count for group in counted.groups) == [1, 2, 2]
    assert next(group for group in counted.groups if group.count == 1).reasons(1) == (
        Reason.of("wrong_protocol_like", what="HTTP"),
    )
    assert {group.reasons(1) for group in counted.groups if group.count == 2} == {
        (Reason("status.wrong_protocol"),),
        (Reason.of("wrong_protocol_like", what="SSH"),),
    }
