"""Targets and restrictions as a user writes them."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from pqscan.app.selecting import Selection, read_selection, where_is
from pqscan.errors import UsageError
from pqscan.model.outcome import OutcomeStatus
from pqscan.model.target import FileTarget
from pqscan.policy.state import State


def test_restrictions_are_read() -> None:
    words = [
        "network=10.20.0.7/16",
        "port=443",
        "name=WWW.Example.VN",
        "status=completed,throttled",
        "state=broken",
        "algorithm=RSA-2048",
    ]
    read = read_selection(words)
    assert read.where.network == ip_network("10.20.0.0/16")
    assert (read.where.port, read.where.name) == (443, "www.example.vn")
    assert set(read.where.statuses) == {OutcomeStatus.COMPLETED, OutcomeStatus.THROTTLED}
    assert (read.states, read.algorithm) == ({State.BROKEN}, "RSA-2048")


def test_no_restriction_is_everything() -> None:
    assert read_selection([]) == Selection()


@pytest.mark.parametrize(
    "word",
    [
        "",
        "port",
        "port=",
        "port=0",
        "port=65536",
        "port=٤",
        "colour=red",
        "network=x",
        "state=x",
        "status=x",
        "profile=ab",
        "name=a b",
    ],
)
def test_what_is_no_restriction_is_refused(word: str) -> None:
    with pytest.raises(UsageError):
        read_selection([word])


def test_a_restriction_given_twice_is_refused() -> None:
    with pytest.raises(UsageError, match="twice"):
        read_selection(["port=1", "port=2"])


def test_a_target_is_named_as_it_was_scanned() -> None:
    assert where_is("www.example.vn:443").name == "www.example.vn"
    assert where_is("www.example.vn:443").port == 443
    assert where_is("10.0.0.1").network == ip_network("10.0.0.1/32")
    assert where_is("[2001:db8::1]:8443").network == ip_network("2001:db8::1/128")
    both = where_is("www.example.vn@10.0.0.1:443")
    assert (both.name, both.network) == ("www.example.vn", ip_network("10.0.0.1/32"))
    assert isinstance(where_is("/etc/ssl/cert.pem").target, FileTarget)


@pytest.mark.parametrize("word", ["10.0.0.0/24", "10.0.0.1:1,2", "10.0.0.1-9", "a b", ""])
def test_what_is_not_one_target_is_refused(word: str) -> None:
    with pytest.raises(UsageError):
        where_is(word)
