"""The gate over files: against a baseline only what is new counts, wherever its lines have moved."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, rsa

from pqscan.app.gate_baseline import Fingerprints, read_baseline
from pqscan.app.gate_files import store_of_files
from pqscan.app.gating import Gated, GateRequest, gate
from pqscan.errors import UsageError
from pqscan.readiness.baseline import Baseline, encode
from tests.integration.test_private_key_file import pem

WEAK = pem(rsa.generate_private_key(65537, 1024))
OTHER = pem(rsa.generate_private_key(65537, 1024))
OLD = pem(dsa.generate_private_key(1024))


def judged(tree: Path, baseline: Baseline | None = None) -> Gated:
    with store_of_files((str(tree),)) as store:
        request = GateRequest(read=(str(tree),), root=str(tree), baseline=baseline, new_only=baseline is not None)
        return gate(store, request)


def known(gated: Gated) -> Baseline:
    assert isinstance(gated.fingerprints, Fingerprints)
    return gated.fingerprints.counts


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    tree = tmp_path / "repository"
    (tree / "sub").mkdir(parents=True)
    (tree / "sub" / "weak.pem").write_bytes(WEAK)
    return tree


def test_a_weak_key_blocks_until_it_is_in_the_baseline(tree: Path) -> None:
    first = judged(tree)
    assert first.result.is_blocked
    assert {(each.path, each.rule) for each in known(first) if each.policy == "floor"} >= {
        ("sub/weak.pem", "floor-state-signature")
    }
    assert not judged(tree, known(first)).result.is_blocked


def test_lines_that_moved_and_a_tree_in_another_place_are_not_new(tree: Path, tmp_path: Path) -> None:
    baseline = known(judged(tree))
    moved = tmp_path / "elsewhere"
    shutil.copytree(tree, moved)
    (moved / "sub" / "weak.pem").write_bytes(b"# a comment\n\n" + WEAK)
    assert not judged(moved, baseline).result.is_blocked


@pytest.mark.parametrize("name", ["sub/weak.pem", "sub/new.pem"])
def test_one_more_of_the_same_is_new(tree: Path, name: str) -> None:
    baseline = known(judged(tree))
    with open(tree / name, "ab") as file:
        file.write(OTHER)
    assert judged(tree, baseline).result.is_blocked


def test_another_algorithm_in_the_same_file_is_new(tree: Path) -> None:
    baseline = known(judged(tree))
    (tree / "sub" / "weak.pem").write_bytes(OLD)
    assert judged(tree, baseline).result.is_blocked


def test_a_tree_with_nothing_in_it_is_an_answer(tmp_path: Path) -> None:
    (tmp_path / "readme").write_text("nothing")
    gated = judged(tmp_path)
    assert not gated.result.is_blocked
    assert known(gated) == {}
    assert gated.result.facts.unknown == ()


def test_a_baseline_that_is_none_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no baseline .*: write one with --write-baseline"):
        read_baseline(tmp_path / "none.json")
    (tmp_path / "b.json").write_text("{}")
    with pytest.raises(UsageError, match="is no baseline that this program reads"):
        read_baseline(tmp_path / "b.json")
    (tmp_path / "b.json").write_bytes(encode({}))
    assert read_baseline(tmp_path / "b.json") == {}
