"""What reports say beside the facts: money, training and products, line by line."""

from __future__ import annotations

from pqscan_reports.standing import product_lines, resource_lines

from pqscan.locale import translator
from pqscan.report import ReadinessView

EN = translator("en")
PRODUCTS = {
    "products.total": 9, "product_origin.domestic": 5, "product_origin.foreign": 3, "product_origin.unknown": 1,
    "products.public": 4, "public_origin.domestic": 1, "public_origin.foreign": 2, "public_origin.unknown": 1,
    "product_regime.cipher": 1, "product_regime.military": 2, "product_regime.security": 0, "product_regime.civil": 6,
}  # fmt: skip


def test_r27_the_share_of_domestic_products_is_told_and_unknown_origin_stands_apart() -> None:
    lines = list(product_lines(PRODUCTS, EN))
    assert lines[0] == (
        "Cryptographic products: 9; domestic 5, foreign 3, of unknown origin 1. "
        "Domestic among those of known origin: 5 / 8 = 62.50%."
    )
    assert lines[1] == (
        "Of them in public investment: 4; domestic 1, foreign 2, of unknown origin 1. "
        "Domestic among those of known origin: 1 / 3 = 33.33%."
    )
    unknown = {"products.total": 2, "product_origin.unknown": 2}
    assert list(product_lines(unknown, EN)) == ["Cryptographic products: 2; domestic 0, foreign 0, of unknown origin 2."]


def test_r06_a_report_tells_products_regime_by_regime_with_the_one_authority_that_answers() -> None:
    assert list(product_lines(PRODUCTS, EN))[2:] == [
        "Under the regime cipher sector: 1; Provincial Party Office answers for it.",
        "Under the regime military: 2; Provincial Military Command answers for it.",
        "Under the regime security (police): 0; Provincial Public Security answers for it.",
        "Under the regime civil: 6; Provincial Party Office answers for it.",
    ]


def test_r09_security_products_have_a_line_of_their_own_in_a_report() -> None:
    (line,) = [line for line in product_lines(PRODUCTS, EN) if "security" in line.lower()]
    assert line.endswith("0; Provincial Public Security answers for it.")


def test_r28_of_one_unit_a_report_says_whether_the_share_is_met_or_that_there_are_no_figures() -> None:
    def told(**figures: int) -> str:
        named = {name.replace("__", "."): value for name, value in figures.items()}
        return " ".join(resource_lines(ReadinessView({"budgets.total": 1, **named}), EN))

    not_met = told(budget__it_total=10_000, budget__security=1_499, budget_state__not_met=1)
    met = told(budget__it_total=10_000, budget__security=1_500, budget_state__met=1)
    missing = told(budget_state__no_figures=1)
    assert "= 14.99% (at least 15% is asked for). The share that is asked for is not met." in not_met
    assert "= 15.00% (at least 15% is asked for). The share that is asked for is met." in met
    assert "no figures yet" in missing
    assert "is met" not in missing
