from __future__ import annotations

import pytest

from pqscan.errors import DataError
from pqscan.policy.rows import Document
from pqscan.policy.rule import Purpose
from pqscan.policy.state import State
from pqscan.readiness.exposure import ExposureKind
from pqscan.readiness.index_pack import PackStatus
from pqscan.readiness.risk_pack import RiskPack, read_risk, shipped_risk
from pqscan.readiness.system import DataClass, System, SystemKind
from tests.architecture.house import ROOT

SAMPLE = (ROOT / "examples" / "province" / "risk.toml").read_text("utf-8")
KEYS = Purpose.KEY_ESTABLISHMENT


def pack(text: str = SAMPLE) -> RiskPack:
    return read_risk(Document.parse(text.encode(), "risk.toml"))


def a_system(**fields: object) -> System:
    return System("HT1", "Một", **fields)  # type: ignore[arg-type]  # Fields as a test names them.


def test_r20_the_national_framework_is_not_issued_and_scores_nothing() -> None:
    shipped = shipped_risk()
    assert (shipped.status, shipped.scale, shipped.risks) == (PackStatus.NOT_ISSUED, (), ())
    assert shipped.likelihood(ExposureKind.EXPOSED, State.BROKEN, KEYS) is None
    assert shipped.impact(a_system(is_critical=True)) is None


@pytest.mark.parametrize(
    ("system", "impact"),
    [
        (a_system(is_critical=True), "lớn"),
        (a_system(data_classes=frozenset({DataClass.SENSITIVE_PERSONAL}), level=1), "lớn"),
        (a_system(level=3), "vừa"),
        (a_system(level=2), "nhỏ"),
        (a_system(), None),
        (None, None),
    ],
)
def test_the_first_row_that_fits_a_system_says_its_impact_and_what_nobody_stated_is_unknown(
    system: System | None, impact: str | None
) -> None:
    assert pack().impact(system) == impact


def test_a_row_can_ask_for_a_kind_of_system_and_for_a_purpose() -> None:
    text = SAMPLE.replace("critical = true", 'kinds = ["archive"]').replace(
        'exposures = ["exposed"]', 'exposures = ["exposed"]\npurposes = ["signature"]'
    )
    found = pack(text)
    assert found.impact(a_system(kind=SystemKind.ARCHIVE, level=1)) == "lớn"
    assert found.impact(a_system(is_critical=True, level=1)) == "nhỏ"
    assert found.likelihood(ExposureKind.EXPOSED, State.VULNERABLE, Purpose.SIGNATURE) == "cao"
    assert found.likelihood(ExposureKind.EXPOSED, State.VULNERABLE, KEYS) is None


def test_what_is_unknown_is_unknown_whatever_a_pack_says() -> None:
    text = SAMPLE.replace('exposures = ["none"]', 'exposures = ["none", "unknown"]')
    assert pack(text).likelihood(ExposureKind.UNKNOWN, State.UNKNOWN, KEYS) is None
    assert pack(text).likelihood(ExposureKind.NONE, State.DEFAULT, KEYS) == "thấp"


def test_risk_and_treatment_follow_from_likelihood_and_impact_and_are_unknown_without_them() -> None:
    found = pack()
    assert found.risk("cao", "nhỏ") == "theo dõi"
    assert found.risk("thấp", "lớn") == "theo dõi"
    assert found.risk("thấp", "nhỏ") == "chấp nhận được"
    assert (found.risk(None, "lớn"), found.risk("cao", None)) == (None, None)
    assert found.treatment("phải xử lý") == "Lập kế hoạch thay thế, báo cáo hằng quý."
    assert (found.treatment("chấp nhận được"), found.treatment(None)) == (None, None)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('status = "trial"', 'status = "not_issued"', "a framework that was not issued scores nothing"),
        ('risks = ["chấp nhận được", "theo dõi", "phải xử lý"]', "risks = []", "risks must list the steps of the scale"),
        ('value = "cao"\nstates', 'value = "rất cao"\nstates', "likelihood 1: value is 'rất cao', which is not one of"),
        ('states = ["broken"]', 'states = ["bad"]', "states is one of .* not bad"),
        ('exposures = ["none"]', 'exposures = ["outside"]', "exposures is one of .* not outside"),
        ("level = 3", "level = 6", "level must be a whole number from 1 to 5"),
        ('likelihood = "cao"\nimpact = "lớn"', 'likelihood = "cao"\nimpact = "vừa"', "the risk of cao and vừa stands there twice"),
        ("critical = true", "critical = true\nweight = 2", "means nothing here: weight"),
    ],
)
def test_a_pack_with_a_fault_is_refused_with_its_row(old: str, new: str, why: str) -> None:
    assert old in SAMPLE
    with pytest.raises(DataError, match=why):
        pack(SAMPLE.replace(old, new))


def test_a_pair_that_a_pack_forgot_is_told() -> None:
    row = '[[risk]]\nlikelihood = "cao"\nimpact = "lớn"\nvalue = "phải xử lý"\nreference = "invented for the sample province"\n'
    assert row in SAMPLE
    with pytest.raises(DataError, match=r"there is no \[\[risk\]\] of cao and lớn"):
        pack(SAMPLE.replace(row, ""))
