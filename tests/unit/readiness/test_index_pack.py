from __future__ import annotations

import pytest

from pqscan.errors import DataError
from pqscan.policy.rows import Document
from pqscan.readiness.index_pack import Filling, IndexPack, PackStatus, fill_in, read_index, shipped_index

HEAD = 'id = "x"\nname = "Chỉ số"\nstatus = "trial"\nverified_on = 2026-11-20\nreference = "here"\n'
SHARE = '[[indicator]]\nid = "1"\ntitle = "a"\npart = ["quality.live"]\nwhole = "quality.rows"\nreference = "here"\n'
COUNT = '[[indicator]]\nid = "2"\ntitle = "b"\npart = ["systems.critical", "systems.out_of_assessment"]\nreference = "here"\n'
UNFILLED = '[[indicator]]\nid = "3"\ntitle = "c"\nreference = "here"\n'
FIGURES = {"quality.live": 1, "quality.rows": 3, "systems.critical": 4, "systems.out_of_assessment": 5}


def pack(text: str) -> IndexPack:
    return read_index(Document.parse(text.encode(), "x.toml"))


def test_r21_the_national_index_is_not_issued_and_holds_no_indicator_and_no_value() -> None:
    shipped = shipped_index()
    assert shipped.status is PackStatus.NOT_ISSUED
    assert fill_in(shipped, FIGURES) == ()


def test_r21_an_index_that_was_not_issued_can_have_no_indicator() -> None:
    with pytest.raises(DataError, match=r"x\.toml, its head: an index that was not issued has no indicators"):
        pack(HEAD.replace("trial", "not_issued") + COUNT)


def test_r21_an_indicator_is_filled_by_its_query_and_an_unfilled_one_has_no_value() -> None:
    share, count, unfilled = fill_in(pack(HEAD + SHARE + COUNT + UNFILLED), FIGURES)
    assert (share.part, share.whole, count.part, count.whole) == (1, 3, 9, None)
    assert share.share is not None
    assert (share.share.numerator, share.share.denominator) == (1, 3)  # Exact, and never rounded.
    assert (unfilled.filling, unfilled.part, unfilled.whole, unfilled.share) == (Filling.NOT_ISSUED, None, None, None)


@pytest.mark.parametrize("missing", ["systems.critical", "systems.out_of_assessment", "quality.live", "quality.rows"])
def test_r21_what_a_query_asks_for_and_nobody_stated_is_no_value_and_not_zero(missing: str) -> None:
    figures = {name: value for name, value in FIGURES.items() if name != missing}
    filled = fill_in(pack(HEAD + SHARE + COUNT), figures)
    (wanting,) = [one for one in filled if missing in (*one.indicator.part, one.indicator.whole)]
    assert (wanting.filling, wanting.part, wanting.share) == (Filling.NO_FIGURES, None, None)


def test_a_share_of_nothing_has_no_value() -> None:
    (share,) = fill_in(pack(HEAD + SHARE), {"quality.live": 0, "quality.rows": 0})
    assert share.filling is Filling.NO_FIGURES


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (HEAD + COUNT.replace("systems.critical", "systems.secret"), r"indicator 1 \(2\): there is no figure systems.secret"),
        (HEAD + SHARE.replace("quality.rows", "rows"), "there is no figure rows"),
        (HEAD + UNFILLED + 'whole = "targets.total"\n', "a whole without a part gives no share"),
        (HEAD + COUNT + COUNT, "the id 2 stands there twice"),
        (HEAD + COUNT + "weight = 3\n", "means nothing here: weight"),
        (HEAD + 'total = "targets.total"\n', "means nothing here: total"),
        (HEAD.replace('reference = "here"\n', ""), "has no reference"),
        (HEAD.replace("trial", "binding"), "not one of not_issued, trial, issued"),
    ],
)
def test_a_pack_with_a_fault_is_refused_with_its_row(text: str, why: str) -> None:
    with pytest.raises(DataError, match=why):
        pack(text)
