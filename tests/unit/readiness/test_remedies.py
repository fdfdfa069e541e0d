"""What to change, product by product, and how it is chosen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.locale.templates import reason_templates
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget, NetworkTarget
from pqscan.policy.advice import certificate_advice
from pqscan.policy.state import Assessment, State
from pqscan.readiness.aims import ABOUT_CERTIFICATES, Aim, Protocol
from pqscan.readiness.remedies import (
    PLACES,
    Check,
    Remedy,
    all_checks,
    all_remedies,
    all_services,
    check_of,
    is_named,
    places_of,
    remedies,
    reported,
    service_of,
    spelled,
)
from tests.unit.policy.making import server

WITHOUT_TLS13 = server(groups={"TLS1.2": ["0x001d"]})
WITH_TLS13 = server(groups={"TLS1.3": ["0x001d"]})
BY_THE_LIBRARY = frozenset({"postfix", "exim", "terraform"})  # They leave the list to OpenSSL, or to a policy of the provider.
HYBRID_TLS = [row for row in all_remedies() if Aim.HYBRID in row.aims and row.protocol is Protocol.TLS]


def test_the_six_products_have_a_line_with_version_and_source() -> None:
    hybrid = {row.product: row for row in all_remedies() if row.states and Aim.HYBRID in row.aims}
    assert {"nginx", "Apache httpd", "HAProxy", "OpenSSL (openssl.cnf)", "Java (OpenJDK)", "Go"} <= set(hybrid)
    for row in hybrid.values():
        assert row.since
        assert row.source
        if row.id in BY_THE_LIBRARY:
            continue
        assert len(row.lines) == 1
        assert "X25519MLKEM768" in row.lines[0]
        assert "25519" in row.lines[0].replace("X25519MLKEM768", "")  # clients without the hybrid still get in


@pytest.mark.parametrize("state", [State.DEFAULT, State.EXCLUSIVE, State.NONE, State.UNKNOWN])
def test_who_needs_no_line_gets_none(state: State) -> None:
    assert reported(state, WITHOUT_TLS13) == ()


@pytest.mark.parametrize("state", [State.VULNERABLE, State.CAPABLE, State.BROKEN])
def test_who_needs_a_line_gets_one_a_product(state: State) -> None:
    assert [row.aims for row in reported(state, WITH_TLS13)] == [(Aim.HYBRID,)] * 8


def test_tls13_is_asked_for_only_where_it_is_refused() -> None:
    assert "nginx_tls13" in {row.id for row in reported(State.VULNERABLE, WITHOUT_TLS13)}
    assert "nginx_tls13" not in {row.id for row in reported(State.VULNERABLE)}


def test_a_certificate_below_the_floor_has_to_be_replaced_and_no_other() -> None:
    weak = Assessment(State.BROKEN, (Reason.of("certificate_below_floor", part="certificate_key", value="RSA-1024", rule="r"),))
    old = Assessment(State.BROKEN, (Reason.of("everything_below_floor", version="TLS1.0"),))
    assert certificate_advice(old, weak) == Reason("advice_certificate")
    assert certificate_advice(old) is None


def test_every_hybrid_line_keeps_a_traditional_group_behind_the_hybrid_that_it_costs() -> None:
    assert len(HYBRID_TLS) > 15
    for row in HYBRID_TLS:
        text = "\n".join(row.lines).lower().replace("x25519-mlkem768", "x25519mlkem768")  # as GnuTLS spells it
        assert row.group == "X25519MLKEM768"
        if row.id in BY_THE_LIBRARY:
            continue
        assert text.count("25519") >= 2, row.id
        assert text.index("x25519mlkem768") < text.replace("x25519mlkem768", "-" * 14).index("25519"), row.id


@pytest.mark.parametrize("product", sorted(BY_THE_LIBRARY))
def test_a_program_that_looks_names_up_as_curves_is_told_no_name_of_a_hybrid(product: str) -> None:
    """Postfix passes over such a name and drops the hybrid with it; Exim ends with an error."""
    (row,) = (row for row in HYBRID_TLS if row.id == product)
    assert "mlkem" not in "\n".join(row.lines).lower()


def test_gnutls_and_bouncy_castle_have_a_line_of_their_own() -> None:
    for product in ("GnuTLS 3.8.10", "mod_gnutls/0.12.0", "Bouncy Castle 1.83", "bcjsse"):
        (row,) = remedies(Aim.HYBRID, Protocol.TLS, products=[product])
        assert row.id in ("gnutls", "bouncy_castle")
    assert [row.id for row in remedies(Aim.HYBRID, Protocol.TLS, products=["Java 17"])] == ["java"]


def test_a_line_that_was_tried_says_with_what() -> None:
    tried = {row.id: row.tried for row in all_remedies() if row.tried is not None}
    assert tried["nginx"] == "nginx 1.26.3, OpenSSL 3.5.9"
    assert all(any(character.isdigit() for character in versions) for versions in tried.values())
    assert not {"gnutls", "iis_versions", "mysql", "traefik", "envoy"} & set(tried)  # none of them was at hand


def test_no_two_rows_give_the_same_product_the_same_lines() -> None:
    lines = [(row.product, row.lines) for row in all_remedies()]
    assert len(set(lines)) == len(lines)


def test_every_sentence_that_a_row_names_is_there() -> None:
    codes = {row.reason.code for row in all_remedies()} | {row.undo.code for row in all_remedies()}
    codes |= {reason.code for row in all_remedies() for reason in row.breaks}
    codes |= {check.reason.code for check in all_checks()} | {f"aim_{aim.value}" for aim in Aim}
    assert codes - set(reason_templates()) == set()


def test_no_sentence_about_remedies_is_there_in_vain() -> None:
    used = {row.reason.code for row in all_remedies()} | {row.undo.code for row in all_remedies()}
    used |= {reason.code for row in all_remedies() for reason in row.breaks} | {check.reason.code for check in all_checks()}
    kinds = ("advice_", "place_", "breaks_", "undo_", "check_")
    there = {code for code in reason_templates() if code.startswith(kinds)} - {"advice_certificate"}
    assert there - used == set()


@pytest.mark.parametrize("row", all_remedies(), ids=lambda row: row.id)
def test_every_change_can_be_checked_by_hand(row: Remedy) -> None:
    checks = [check_of(row, aim) for aim in row.aims]
    assert None not in checks
    assert all(places_of(check.command) <= set(PLACES) for check in checks if check is not None)


@pytest.mark.parametrize("aim", [aim for aim in Aim if aim is not Aim.LARGE_HELLO])
def test_every_aim_has_a_product_that_reaches_it(aim: Aim) -> None:
    assert remedies(aim, Protocol.TLS)


def test_a_named_product_gets_its_own_lines_alone() -> None:
    assert [row.id for row in remedies(Aim.HYBRID, Protocol.TLS, products=["nginx/1.24.0"])] == ["nginx"]
    assert [row.id for row in remedies(Aim.OLD_VERSIONS, Protocol.TLS, products=["Microsoft-IIS/10.0"])] == ["iis_versions"]


def test_where_no_row_is_of_the_named_product_all_are_given() -> None:
    assert remedies(Aim.HYBRID, Protocol.TLS, products=["Oracle HTTP Server"]) == remedies(Aim.HYBRID, Protocol.TLS)


def test_a_certificate_is_replaced_alike_whatever_serves_it() -> None:
    for aim in ABOUT_CERTIFICATES:
        assert remedies(aim, Protocol.TLS, products=["nginx"]) == remedies(aim, Protocol.CERTIFICATE) != ()


def test_the_products_of_a_service_come_first_and_those_of_another_not_at_all() -> None:
    found = [row.id for row in remedies(Aim.HYBRID, Protocol.TLS, service="smtp")]
    assert found[:2] == ["postfix", "exim"]
    assert "haproxy" in found
    assert not {"nginx", "mysql", "dovecot"} & set(found)


def test_ssh_and_ike_have_lines_of_their_own() -> None:
    assert {row.product for row in remedies(Aim.HYBRID, Protocol.SSH)} == {"OpenSSH"}
    assert {row.product for row in remedies(Aim.HYBRID, Protocol.IKEV2)} == {"strongSwan", "Cisco IOS XE", "FortiOS"}


@pytest.mark.parametrize(
    ("text", "product"),
    [("go1.24", "go"), ("Go", "go"), ("mongo 7", None), ("category", None), ("NGINX", "nginx"), ("openresty nginx", "nginx")],
)
def test_a_product_is_named_by_a_word_of_its_own(text: str, product: str | None) -> None:
    named = {row.id for row in all_remedies() if is_named(row, [text])}
    assert (product in named) if product is not None else ("go" not in named)


@given(st.text(max_size=60))
def test_any_text_may_be_a_product(text: str) -> None:
    assert remedies(Aim.HYBRID, Protocol.TLS, products=[text])


def test_a_port_or_a_prelude_tells_the_service() -> None:
    assert service_of(NetworkTarget("192.0.2.1", 993)) == "imap"
    assert service_of(NetworkTarget("192.0.2.1", 5432, starttls="postgres")) == "postgresql"
    assert service_of(NetworkTarget("192.0.2.1", 443, starttls="smtp")) == "smtp"
    assert service_of(NetworkTarget("192.0.2.1", 9999)) is None
    assert service_of(FileTarget("host", "/etc/ssl/a.pem")) is None
    ports = [port for service in all_services() for port in service.ports]
    assert len(set(ports)) == len(ports)


def test_a_value_that_looks_like_a_place_is_not_filled_in_again() -> None:
    check = Check(Aim.HYBRID, Protocol.SSH, "ssh -p {port} {host}", "source")
    assert spelled(check, host="'{port}'", port="22") == "ssh -p 22 '{port}'"
    assert spelled(check, host="a") is None
