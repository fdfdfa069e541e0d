"""Lines of configuration that would make a server hybrid."""

from __future__ import annotations

import pytest

from pqscan.model.reason import Reason
from pqscan.policy.advice import HYBRID, TLS13, advice, all_advice, certificate_advice
from pqscan.policy.state import Assessment, State
from tests.unit.policy.making import server

WITHOUT_TLS13 = server(groups={"TLS1.2": ["0x001d"]})
WITH_TLS13 = server(groups={"TLS1.3": ["0x001d"]})


def test_the_six_products_have_a_line_with_version_and_source() -> None:
    hybrid = {row.product: row for row in all_advice() if row.aim == HYBRID}
    assert {"nginx", "Apache httpd", "HAProxy", "OpenSSL (openssl.cnf)", "Java (OpenJDK)", "Go"} <= set(hybrid)
    for row in hybrid.values():
        assert row.since
        assert row.source
        assert len(row.lines) == 1
        assert "X25519MLKEM768" in row.lines[0]
        assert "25519" in row.lines[0].replace("X25519MLKEM768", "")  # clients without the hybrid still get in


@pytest.mark.parametrize("state", [State.DEFAULT, State.EXCLUSIVE, State.NONE, State.UNKNOWN])
def test_who_needs_no_line_gets_none(state: State) -> None:
    assert advice(state, WITHOUT_TLS13) == ()


@pytest.mark.parametrize("state", [State.VULNERABLE, State.CAPABLE, State.BROKEN])
def test_who_needs_a_line_gets_one_a_product(state: State) -> None:
    assert [row.aim for row in advice(state, WITH_TLS13)] == [HYBRID] * 8


def test_tls13_is_asked_for_only_where_it_is_refused() -> None:
    assert TLS13 in {row.aim for row in advice(State.VULNERABLE, WITHOUT_TLS13)}
    assert TLS13 not in {row.aim for row in advice(State.VULNERABLE)}


def test_a_certificate_below_the_floor_has_to_be_replaced_and_no_other() -> None:
    weak = Assessment(State.BROKEN, (Reason.of("certificate_below_floor", part="certificate_key", value="RSA-1024", rule="r"),))
    old = Assessment(State.BROKEN, (Reason.of("everything_below_floor", version="TLS1.0"),))
    assert certificate_advice(old, weak) == Reason("advice_certificate")
    assert certificate_advice(old) is None
