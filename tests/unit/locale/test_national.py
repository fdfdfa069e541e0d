"""A number of a national arc that no registry names is told with its country, and stays as it is."""

from __future__ import annotations

import pytest

from pqscan.locale import translator
from pqscan.model.reason import Reason
from pqscan.registry.oids import by_oid, unlisted_arc

COUNTRIES = {"2.16.704": "Viet Nam", "1.2.643": "Russian Federation", "1.2.156": "China", "1.2.410": "Republic of Korea"}


@pytest.mark.parametrize(("arc", "country"), COUNTRIES.items())
def test_r01_an_unlisted_national_number_is_named_by_its_arc(arc: str, country: str) -> None:
    number = f"{arc}.9999.1.2"
    told = translator("en").algorithm(number)
    assert told == f"{number} (unidentified national algorithm – {country})"
    reason = Reason.of("undetermined_algorithm", algorithm=f"RSA-2048, {number}")
    assert f"RSA-2048, {told} resists" in translator("en").render(reason)
    in_vietnamese = translator("vi").algorithm(number)
    assert in_vietnamese.startswith(f"{number} (")


@pytest.mark.parametrize(
    "name", ["RSA 2048", "EC P-256", "1.2.643.7.1.1.1.1", "1.3.6.1.4.1.99999.1", "2.16.7041.1", "2.16.704.", ""]
)
def test_what_is_named_or_lies_elsewhere_stays_as_it_is(name: str) -> None:
    assert translator("en").algorithm(name) == name


def test_a_listed_national_number_is_no_unlisted_one() -> None:
    assert by_oid("1.2.156.10197.1.501") is not None
    assert unlisted_arc("1.2.156.10197.1.501") is None
    assert unlisted_arc("1.2.156.10197.1.9999") == "cn"
    assert unlisted_arc("not a number") is None


def test_what_a_rule_says_of_a_behaviour_is_in_words() -> None:
    reason = Reason.of("not_recommended_now", algorithm="signing_not_required, RSA-2048")
    assert translator("en").render(reason) == "Not recommended: does not require messages to be signed, RSA-2048."
    assert "signing_not_required" not in translator("vi").render(reason)
