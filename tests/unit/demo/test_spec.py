"""Rows of demo servers are read strictly: a wrong one is named."""

from __future__ import annotations

import pytest

from pqscan.demo.certificates import KeyKind
from pqscan.demo.spec import DEMO_SERVERS, server_specs
from pqscan.errors import DataError

GOOD = """
[[server]]
name = "one"
title = "One"
versions = ["TLS1.2", "TLS1.3"]
groups = "X25519"
certificates = [{ key = "P-256", issuer = "RSA-2048" }]
"""


def test_a_row_becomes_a_specification() -> None:
    (spec,) = server_specs(GOOD)
    assert (spec.host, spec.versions, spec.certificates[0].issuer) == ("one.demo.invalid", ("TLS1.2", "TLS1.3"), KeyKind.RSA_2048)
    assert spec.prefer_server


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('"P-256"', '"P-257"'),
        ("groups =", "group ="),
        ('"TLS1.2", ', '"TLS1.1", '),
        ('"TLS1.2", "TLS1.3"', ""),
        ('"TLS1.3"', '"TLS1.4"'),
        ('key = "P-256", ', ""),
    ],
)
def test_a_wrong_row_is_named(right: str, wrong: str) -> None:
    with pytest.raises(DataError, match="Row 1"):
        server_specs(GOOD.replace(right, wrong))


def test_names_are_unique_and_enough() -> None:
    names = [spec.name for spec in DEMO_SERVERS]
    assert len(names) == len(set(names)) >= 12
