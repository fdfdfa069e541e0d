"""Whether what a server sends as its chain fits."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pqscan.readiness.chain_check import check_chains, covers
from tests.unit.policy.making import SHA256_RSA, certificate, chain

FULL = chain(("RSA-2048", "RSA-2048"), (SHA256_RSA, SHA256_RSA))
LEAF = (replace(FULL[0], names=("www.example.vn",)), FULL[1])


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("www.example.vn", "WWW.example.vn", True),
        ("*.example.vn", "www.example.vn", True),
        ("*.example.vn", "a.b.example.vn", False),
        ("*.example.vn", "example.vn", False),
        ("*.vn", "example.vn", False),
        ("w*.example.vn", "www.example.vn", False),
        ("*", "example", False),
        ("example.vn.", "example.vn", True),
    ],
)
def test_a_name_is_covered_by_itself_or_by_a_star_as_the_whole_first_label(pattern: str, name: str, fits: bool) -> None:
    assert covers(pattern, name) is fits


def test_a_chain_with_its_issuer_and_the_name_asked_for_fits() -> None:
    assert check_chains("www.example.vn", (("TLS1.3", LEAF),)) == check_chains(None, ())


def test_another_name_does_not_fit() -> None:
    found = check_chains("mail.example.vn", (("TLS1.3", LEAF), ("TLS1.2", LEAF)))
    assert [reason.code for reason in found.wrong] == ["chain_other_name"]
    assert found.open == ()


def test_a_leaf_alone_is_not_told_and_one_that_signed_itself_is_wrong() -> None:
    assert [reason.code for reason in check_chains(None, (("TLS1.3", LEAF[:1]),)).open] == ["chain_issuer_not_sent"]
    own = certificate("RSA-2048", SHA256_RSA, subject="CN=a", issuer="CN=a")
    assert [reason.code for reason in check_chains(None, (("TLS1.3", (own,)),)).wrong] == ["chain_self_signed"]


@pytest.mark.parametrize("context", ["file", "signing", "encryption", "any_use", "no_server_name", "virtual_host"])
def test_files_and_other_sites_at_the_address_are_no_chain_of_the_target(context: str) -> None:
    found = check_chains("mail.example.vn", ((context, LEAF[:1]),))
    assert found.wrong == found.open == ()
