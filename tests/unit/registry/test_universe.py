"""What each depth asks: complete where it says so, small enough for one hello, never a value that is no question."""

from __future__ import annotations

import pytest

from pqscan.errors import UsageError
from pqscan.registry import universe
from pqscan.registry.quantum import QuantumClass
from pqscan.registry.table import VERSIONS
from pqscan.registry.tls import cipher_suite, is_grease, named_group, named_groups, signature_schemes
from pqscan.registry.universe import (
    DEPTHS,
    cipher_suites_asked,
    edition_asked,
    groups_asked,
    registry_edition,
    signature_schemes_asked,
)

EVERY = [(depth, version) for depth in DEPTHS for version in VERSIONS]
QUESTIONS = [groups_asked, signature_schemes_asked, cipher_suites_asked]
SCSV = {0x00FF, 0x5600}


def flat(batches: universe.Batches) -> list[int]:
    return [value for batch in batches for value in batch]


@pytest.mark.parametrize(("depth", "version"), EVERY)
@pytest.mark.parametrize("question", QUESTIONS)
def test_nothing_is_asked_twice_nor_alone_nor_is_a_dummy_or_signal(question: object, depth: str, version: str) -> None:
    assert callable(question)
    batches = question(depth, version)
    values = flat(batches)
    assert len(values) == len(set(values))
    assert all(len(batch) >= 2 for batch in batches)
    assert not any(is_grease(value) or value in SCSV for value in values if value <= 0xFFFF and question is cipher_suites_asked)
    assert not any(is_grease(value) for value in values if question is not cipher_suites_asked)


@pytest.mark.parametrize(("depth", "version"), EVERY)
def test_batches_stay_below_what_servers_are_known_to_read(depth: str, version: str) -> None:
    assert all(len(batch) <= 100 for batch in (*groups_asked(depth, version), *signature_schemes_asked(depth, version)))
    assert all(len(batch) <= 115 for batch in cipher_suites_asked(depth, version))
    if version not in ("SSLv2", "TLS1.3"):
        assert len(cipher_suites_asked(depth, version)[0]) <= 64


def test_batches_of_one_question_have_nearly_one_size_so_that_a_control_has_it_too() -> None:
    for batches in (groups_asked("exhaustive", "TLS1.3"), cipher_suites_asked("exhaustive", "TLS1.2")[1:]):
        sizes = [len(batch) for batch in batches]
        assert len(sizes) >= 3
        assert max(sizes) - min(sizes) < len(sizes)


def test_inventory_asks_tls_1_3_for_every_standard_and_draft_group_in_one_small_hello() -> None:
    (batch,) = groups_asked("inventory", "TLS1.3")
    known = {row.value for row in named_groups() if row.status in ("standard", "draft") and row.maximum_version == "TLS1.3"}
    assert known <= set(batch)
    assert {0x6399, 0x639A, 0xFE30, 0xFE31, 0x4138} <= set(batch)
    assert len(batch) <= 70


@pytest.mark.parametrize("depth", ["inventory", "exhaustive"])
def test_hybrids_and_post_quantum_groups_come_before_traditional_ones(depth: str) -> None:
    values = flat(groups_asked(depth, "TLS1.3"))
    traditional = [named_group(value).rows[0].quantum_class is QuantumClass.TRADITIONAL for value in values]
    assert traditional == sorted(traditional)
    assert values[:3] == [0x11EC, 0x11EB, 0x11ED]
    assert values[traditional.index(True)] == 0x001D


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("version", ["TLS1.0", "TLS1.1", "TLS1.2"])
def test_older_versions_are_asked_for_traditional_groups_only(depth: str, version: str) -> None:
    rows = [row for value in flat(groups_asked(depth, version)) for row in named_group(value).rows]
    assert {row.quantum_class for row in rows} == {QuantumClass.TRADITIONAL}
    assert {0x0013, 0x0015, 0x0001} <= {row.value for row in rows}


def test_ssl_has_no_way_to_name_groups_and_tls_1_1_none_to_name_schemes() -> None:
    assert groups_asked("exhaustive", "SSLv3") == groups_asked("exhaustive", "SSLv2") == ()
    assert signature_schemes_asked("exhaustive", "TLS1.1") == ()


def test_quick_asks_tls_1_3_for_quantum_resistant_groups_alone() -> None:
    classes = {named_group(value).rows[0].quantum_class for value in flat(groups_asked("quick", "TLS1.3"))}
    assert classes == {QuantumClass.PQT_HYBRID, QuantumClass.POST_QUANTUM}


def test_exhaustive_asks_every_listed_group_and_scheme() -> None:
    groups = {row.value for row in named_groups() if row.kind != "grease" and row.maximum_version == "TLS1.3"}
    assert set(flat(groups_asked("exhaustive", "TLS1.3"))) == groups
    schemes = {row.value for row in signature_schemes() if row.components and "TLS1.3" in row.versions}
    assert set(flat(signature_schemes_asked("exhaustive", "TLS1.3"))) == schemes


def test_ml_dsa_is_asked_first_in_tls_1_3_and_md5_last_in_tls_1_2() -> None:
    assert flat(signature_schemes_asked("inventory", "TLS1.3"))[:3] == [0x0905, 0x0906, 0x0904]
    assert set(flat(signature_schemes_asked("inventory", "TLS1.2"))[-3:]) == {0x0101, 0x0102, 0x0103}


@pytest.mark.parametrize("version", ["TLS1.2", "TLS1.3"])
def test_chacha20_stands_last_in_the_batch_of_maintained_stacks(version: str) -> None:
    chacha = ["CHACHA20" in (cipher_suite(value).name or "") for value in cipher_suites_asked("inventory", version)[0]]
    assert any(chacha)
    assert chacha == sorted(chacha)


def test_tls_1_3_is_asked_for_every_suite_that_has_a_number() -> None:
    asked = set(flat(cipher_suites_asked("inventory", "TLS1.3")))
    assert {0x1301, 0x1302, 0x1303, 0x1304, 0x1305, 0x1306, 0x1307, 0x00C6, 0x00C7, 0xC103, 0xC106, 0xC0B4} <= asked


def test_export_suites_are_asked_in_tls_1_2_and_modern_ones_not_in_tls_1_0() -> None:
    assert 0x0003 in flat(cipher_suites_asked("inventory", "TLS1.2"))
    assert 0xC02F not in flat(cipher_suites_asked("inventory", "TLS1.0"))
    assert 0x002F in flat(cipher_suites_asked("inventory", "SSLv3"))


def test_suites_that_need_a_shared_credential_wait_for_exhaustive() -> None:
    psk = 0x00A8
    assert psk in flat(cipher_suites_asked("exhaustive", "TLS1.2"))
    assert psk not in flat(cipher_suites_asked("inventory", "TLS1.2"))


def test_the_state_before_a_handshake_is_never_asked_for() -> None:
    assert 0x0000 not in flat(cipher_suites_asked("exhaustive", "TLS1.2"))


def test_each_depth_has_an_edition_that_names_it_and_stays_the_same() -> None:
    editions = [edition_asked(depth) for depth in DEPTHS]
    assert [edition.split("/")[1] for edition in editions] == list(DEPTHS)
    assert len({edition.split("/")[2] for edition in editions}) == 3
    edition_asked.cache_clear()
    assert [edition_asked(depth) for depth in DEPTHS] == editions
    assert registry_edition().split("/")[0] == editions[0].split("/")[0]


@pytest.mark.parametrize(("depth", "version"), [("deep", "TLS1.3"), ("quick", "TLS1.4"), ("quick", "tls1.3")])
@pytest.mark.parametrize("question", QUESTIONS)
def test_a_depth_or_version_that_does_not_exist_is_the_callers_mistake(question: object, depth: str, version: str) -> None:
    assert callable(question)
    with pytest.raises(UsageError, match="choose one of"):
        question(depth, version)
