from __future__ import annotations

import pytest

from pqscan.wire.config.tls_versions import (
    VERSIONS,
    listed_versions,
    signed_versions,
    switched_versions,
    version_of,
    versions_from,
    versions_to,
)


@pytest.mark.parametrize(
    ("word", "version"),
    [
        ("TLSv1.2", "TLS1.2"),
        ("tlsv1_2", "TLS1.2"),
        ("tlsv12", "TLS1.2"),
        ("VersionTLS13", "TLS1.3"),
        ("TLS_V1_1", "TLS1.1"),
        ("TLSv1", "TLS1.0"),
        ("TLS1.3", "TLS1.3"),
        ("TLS_1_2", "TLS1.2"),
        ("SSLv3", "SSLv3"),
        ("sslv2", "SSLv2"),
        ("TLSv1.0", "TLS1.0"),
        ("TLSv3", None),
        ("SSLv1", None),
        ("TLS", None),
        ("1.2", None),
        ("TLSv1.23", None),
    ],
)
def test_products_spell_a_version_in_many_ways(word: str, version: str | None) -> None:
    assert version_of(word) == version


def test_a_list_names_what_is_on() -> None:
    assert listed_versions("TLSv1.3 TLSv1.2") == ("TLS1.2", "TLS1.3")


@pytest.mark.parametrize(
    ("text", "versions"),
    [
        ("all -SSLv3 -TLSv1 -TLSv1.1", ("TLS1.2", "TLS1.3")),
        ("-all +TLSv1.2", ("TLS1.2",)),
        ("TLSv1.2 TLSv1.3", ("TLS1.2", "TLS1.3")),
        ("!SSLv2, !SSLv3", ("TLS1.0", "TLS1.1", "TLS1.2", "TLS1.3")),
        (">=TLSv1.2", ("TLS1.2", "TLS1.3")),
        (">=TLSv1, <=TLSv1.1", ("TLS1.0", "TLS1.1")),
        ("+SSLv3", ("SSLv3",)),
        ("", ()),
    ],
)
def test_signs_put_in_and_take_out(text: str, versions: tuple[str, ...]) -> None:
    assert signed_versions(text) == versions


@pytest.mark.parametrize("text", [" " * (1 << 21), "- " * (1 << 20), "all" + " " * (1 << 21)], ids=["blanks", "signs", "behind"])
def test_a_list_of_next_to_nothing_is_read_in_one_pass(text: str) -> None:
    assert signed_versions(text) == (VERSIONS[2:] if text.startswith("all") else ())


@pytest.mark.parametrize(
    ("text", "versions"),
    [
        ("ALL,-TLSv1.3", ("TLS1.0", "TLS1.1", "TLS1.2")),
        ("-TLSv1, -TLSv1.1", ("TLS1.2", "TLS1.3")),
        ("-ALL, +TLSv1.3", ("TLS1.3",)),
        ("TLSv1.2", ()),
        ("-nothing", ()),
    ],
)
def test_what_no_word_takes_out_stays_on(text: str, versions: tuple[str, ...]) -> None:
    assert switched_versions(text) == versions


def test_the_least_and_the_most_are_ends_of_a_range() -> None:
    assert versions_from("TLSv1.2") == ("TLS1.2", "TLS1.3")
    assert versions_to("TLSv1.1") == ("TLS1.0", "TLS1.1")
    assert (versions_from("any"), versions_to("")) == ((), ())
