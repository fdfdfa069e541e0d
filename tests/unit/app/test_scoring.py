from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.app.exposing import ExposureList, expose
from pqscan.app.scoring import index_pack, risk_pack, score
from pqscan.errors import DataError, UsageError
from pqscan.policy.rows import Document
from pqscan.policy.rule import Purpose
from pqscan.readiness.index_pack import read_index
from pqscan.readiness.risk_pack import RiskPack, read_risk
from pqscan.readiness.system import Secrecy
from tests.architecture.house import ROOT
from tests.golden.sample import sample
from tests.unit.app.test_exposing import DESCRIBED, SYSTEMS

PROVINCE = ROOT / "examples" / "province"
LEVELS = {"DVC": 4, "MAIL": 1, "QS": 5, "MAT": 5}
KEYS, SIGNATURE = Purpose.KEY_ESTABLISHMENT, Purpose.SIGNATURE


@pytest.fixture(scope="module")
def exposed() -> ExposureList:
    described = replace(DESCRIBED, systems={code: replace(system, level=LEVELS[code]) for code, system in SYSTEMS.items()})
    return expose(sample(), described)


@pytest.fixture(scope="module")
def pack() -> RiskPack:
    return risk_pack(PROVINCE / "risk.toml")


def test_r20_another_pack_scores_the_same_facts_anew_without_a_scan(exposed: ExposureList, pack: RiskPack) -> None:
    other = replace(pack, risks=tuple((pair, "phải xử lý" if pair[1] == "nhỏ" else "theo dõi") for pair, _ in pack.risks))
    before, after = score(exposed, pack), score(exposed, other)
    assert {(one.system, one.purpose, one.likelihood, one.targets) for one in before.risks} == {
        (one.system, one.purpose, one.likelihood, one.targets) for one in after.risks
    }
    risks = {(one.system, one.purpose, one.likelihood): one.risk for one in before.risks}
    assert risks["DVC", KEYS, "cao"] == "phải xử lý"
    assert risks["MAIL", SIGNATURE, "vừa"] == "chấp nhận được"
    changed = {(one.system, one.purpose, one.likelihood): one.risk for one in after.risks}
    assert changed["DVC", KEYS, "cao"] == "theo dõi"
    assert changed["MAIL", SIGNATURE, "vừa"] == "phải xử lý"


def test_r20_each_risk_has_likelihood_impact_owner_and_treatment(exposed: ExposureList, pack: RiskPack) -> None:
    (one,) = [one for one in score(exposed, pack).risks if (one.system, one.purpose, one.likelihood) == ("DVC", KEYS, "cao")]
    assert (one.impact, one.owner, one.treatment) == ("vừa", "U1", "Lập kế hoạch thay thế, báo cáo hằng quý.")


def test_the_highest_step_of_the_scale_stands_first_and_what_is_unknown_last(exposed: ExposureList, pack: RiskPack) -> None:
    risks = [one.risk for one in score(exposed, pack).risks]
    steps = [*reversed(pack.scale), None]
    assert risks == sorted(risks, key=steps.index)
    assert risks[-1] is None
    assert len(set(risks)) > 2


def test_what_lies_outside_of_the_assessment_is_counted_and_not_scored(exposed: ExposureList, pack: RiskPack) -> None:
    scored = score(exposed, pack)
    assert exposed.systems["MAT"].secrecy is Secrecy.SECRET
    assert {one.system for one in scored.risks}.isdisjoint({"MAT", "QS"})
    rows = sum(len(place.rows) for place in exposed.places)
    assert (scored.outside, sum(one.targets for one in scored.risks)) == (2, rows - 2)


def test_a_target_of_no_system_has_an_unknown_risk(exposed: ExposureList, pack: RiskPack) -> None:
    nobody = [one for one in score(exposed, pack).risks if one.system is None]
    assert nobody
    assert {(one.impact, one.risk, one.owner, one.treatment) for one in nobody} == {(None, None, None, None)}


def test_under_a_framework_that_was_not_issued_nothing_is_scored(exposed: ExposureList) -> None:
    scored = score(exposed, risk_pack(None))
    assert (scored.risks, scored.outside) == ((), 0)


@pytest.mark.parametrize("read", [risk_pack, index_pack])
def test_a_pack_that_cannot_be_read_is_told_in_one_sentence(read: object, tmp_path: Path) -> None:
    assert callable(read)
    wrong = tmp_path / "pack.toml"
    wrong.write_text("id = 3\n")
    with pytest.raises(UsageError, match=r"pack.toml, its head: .*; correct the row\.$"):
        read(wrong)
    for place in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(UsageError, match="cannot be read"):
            read(place)


@given(
    st.binary(max_size=200)
    | st.sampled_from(["risk.toml", "index.toml"]).flatmap(lambda name: _bent((PROVINCE / name).read_bytes()))
)
def test_any_bytes_are_a_pack_or_a_data_error(data: bytes) -> None:
    for read in (read_risk, read_index):
        with contextlib.suppress(DataError):
            read(Document.parse(data, "pack.toml"))


def _bent(data: bytes) -> st.SearchStrategy[bytes]:
    """A file with one line left out, or a word of it exchanged."""
    lines = data.splitlines(keepends=True)
    without = st.integers(0, len(lines) - 1).map(lambda place: b"".join(lines[:place] + lines[place + 1 :]))
    words = st.sampled_from([b'"x"', b"true", b"3", b"[]", b'["x"]', b"2026-11-20"])
    return without | st.tuples(st.integers(0, len(lines) - 1), words).map(
        lambda change: b"".join(
            line.partition(b"=")[0] + b"= " + change[1] + b"\n" if place == change[0] and b"=" in line else line
            for place, line in enumerate(lines)
        )
    )
