"""Targets and restrictions as a user writes them."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from pqscan.app.selecting import Selection, meanings_of, read_selection
from pqscan.errors import UsageError
from pqscan.model.outcome import OutcomeStatus
from pqscan.model.target import FileTarget
from pqscan.policy.state import State
from pqscan.store.answers import Where


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
    assert meanings_of("www.example.vn:443")[0].name == "www.example.vn"
    assert meanings_of("www.example.vn:443")[0].port == 443
    assert meanings_of("10.0.0.1")[0].network == ip_network("10.0.0.1/32")
    assert meanings_of("[2001:db8::1]:8443")[0].network == ip_network("2001:db8::1/128")
    both = meanings_of("www.example.vn@10.0.0.1:443")[0]
    assert (both.name, both.network) == ("www.example.vn", ip_network("10.0.0.1/32"))
    assert meanings_of("may-1:/srv/a.zip!b!c.pem") == tuple(
        Where(target=FileTarget("may-1", path, members))
        for path, members in (("/srv/a.zip!b!c.pem", ()), ("/srv/a.zip!b", ("c.pem",)), ("/srv/a.zip", ("b", "c.pem")))
    )
    assert isinstance(meanings_of("/etc/ssl/cert.pem")[0].target, FileTarget)


@pytest.mark.parametrize("word", ["10.0.0.0/24", "10.0.0.1:1,2", "10.0.0.1-9", "a b", ""])
def test_what_is_not_one_target_is_refused(word: str) -> None:
    with pytest.raises(UsageError):
        meanings_of(word)
