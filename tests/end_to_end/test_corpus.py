"""The scan of files against the corpus: what is found, and what is told that is not there. `-rP` shows what."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.corpus.samples import every_sample, write
from tests.corpus.told import read_report
from tests.corpus.truth import Score, compare, kinds
from tests.end_to_end.conftest import Program
from tools.vector_counts import FIGURES


@pytest.fixture(scope="module")
def score(tmp_path_factory: pytest.TempPathFactory) -> Score:
    folder = tmp_path_factory.mktemp("corpus")
    samples = every_sample()
    write(samples, folder / "files")
    program = Program(folder, f"sqlite:///{folder / 'store.sqlite'}")
    program.works("scan", "files", str(folder / "files"), "--machine", "here")
    told, locked = read_report(program.works("report", "json").json, folder / "files")
    return compare(samples, told, locked)


def test_the_corpus_has_files_of_every_kind() -> None:
    counted = kinds(every_sample())
    assert sum(counted.values()) >= 250
    assert min(counted.values()) >= 2


def test_files_are_found_and_named(score: Score, record_property: Callable[[str, object], None]) -> None:
    record_property(FIGURES, f"corpus of {len(every_sample())} files: {score.as_text()}")
    print(score.as_text(), *score.missed, *(f"false: {one}" for one in score.false), *score.misnamed, sep="\n")
    assert score.precision >= 0.98
    assert score.recall >= 0.95
    assert score.names >= 0.92
    assert score.sizes >= 0.90


def test_every_post_quantum_asset_is_named_and_none_is_called_vulnerable(score: Score) -> None:
    assert score.post_quantum_wrong == []
    assert [line for line in score.missed if "ML-" in line or "MLKEM" in line] == []


def test_everything_that_is_locked_is_told(score: Score) -> None:
    assert score.locks == 1.0
