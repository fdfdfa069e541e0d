from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.model.target import FileTarget, NetworkTarget, Transport
from pqscan.store.keys import LONGEST_KEY, network_range, target_key

TARGET = NetworkTarget("192.0.2.1", 443)
NAMES = st.none() | st.text(max_size=6)
ADDRESSES = st.ip_addresses().map(str)
NETWORK_TARGETS = st.builds(
    NetworkTarget,
    ADDRESSES,
    st.integers(0, 65535),
    NAMES,
    st.none(),
    st.sampled_from(Transport),
    NAMES,
    st.text(max_size=4),
)
FILES = st.builds(FileTarget, st.text(max_size=4), st.text(max_size=4), st.lists(st.text(max_size=3), max_size=3).map(tuple))


@given(NETWORK_TARGETS | FILES, NETWORK_TARGETS | FILES)
def test_two_targets_have_the_same_key_only_when_they_are_the_same(
    first: NetworkTarget | FileTarget, second: NetworkTarget | FileTarget
) -> None:
    assert (target_key(first) == target_key(second)) == (first == second)


@pytest.mark.parametrize(
    "other",
    [
        replace(TARGET, address="192.0.2.2"),
        replace(TARGET, address="::c000:201"),
        replace(TARGET, port=444),
        replace(TARGET, server_name=""),
        replace(TARGET, server_name="a.example"),
        replace(TARGET, transport=Transport.UDP),
        replace(TARGET, starttls="smtp"),
        replace(TARGET, site="Huế"),
    ],
)
def test_every_part_of_the_identity_makes_another_key(other: NetworkTarget) -> None:
    assert target_key(other) != target_key(TARGET)


def test_the_name_as_typed_is_no_part_of_the_identity() -> None:
    assert target_key(replace(TARGET, host="www.example")) == target_key(TARGET)


def test_ipv6_scopes_differ() -> None:
    assert target_key(NetworkTarget("fe80::1%eth0", 443)) != target_key(NetworkTarget("fe80::1%eth1", 443))


@given(ADDRESSES, ADDRESSES, st.integers(0, 65535), st.integers(0, 65535))
def test_keys_order_by_numeric_address_then_port(left: str, right: str, first: int, second: int) -> None:
    one, other = ip_address(left), ip_address(right)
    expected = (one.version, int(one), first) < (other.version, int(other), second)
    assert (target_key(NetworkTarget(left, first)) < target_key(NetworkTarget(right, second))) == expected


def test_without_a_server_name_comes_first_and_files_come_last() -> None:
    named = replace(TARGET, server_name="a.example")
    assert sorted([target_key(FileTarget("a", "a")), target_key(named), target_key(TARGET)]) == [
        target_key(TARGET),
        target_key(named),
        target_key(FileTarget("a", "a")),
    ]


@given(st.text(min_size=LONGEST_KEY, max_size=3 * LONGEST_KEY), st.text(max_size=3))
def test_a_hostile_name_of_any_length_gives_a_short_key_of_its_own(name: str, more: str) -> None:
    key = target_key(replace(TARGET, server_name=name))
    assert len(key) <= LONGEST_KEY
    assert (key == target_key(replace(TARGET, server_name=name + more))) == (more == "")


def test_what_is_no_address_still_has_a_key() -> None:
    assert target_key(NetworkTarget("not an address", 1)) != target_key(NetworkTarget("1.2.3", 1))


@given(st.ip_addresses(), st.integers(0, 32), st.integers(0, 65535))
def test_a_network_s_range_holds_its_addresses_and_no_others(address: object, prefix: int, port: int) -> None:
    network = ip_network(f"{address}/{prefix}", strict=False)
    low, high = network_range(network)
    assert low <= target_key(NetworkTarget(str(network.network_address), port)) < high
    assert low <= target_key(NetworkTarget(str(network.broadcast_address), port, "z")) < high
    if prefix:
        outside = network.network_address - 1 if int(network.network_address) else network.broadcast_address + 1
        assert not low <= target_key(NetworkTarget(str(outside), port, "z")) < high
