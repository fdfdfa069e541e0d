from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pqscan.errors import UsageError
from pqscan.scan.addresses import AddressSet, address_number, address_text
from pqscan.scan.ports import format_ports, parse_ports, tcp_ports
from pqscan.scan.target_syntax import parse_target
from pqscan.scan.targets import expand

interval = st.tuples(st.integers(0, 60), st.integers(0, 12)).map(lambda pair: (pair[0], pair[0] + pair[1]))
intervals = st.lists(interval, max_size=8)
V4 = 0xFFFF << 32


def members(pairs: list[tuple[int, int]]) -> set[int]:
    return {number for first, last in pairs for number in range(first, last + 1)}


@given(intervals)
def test_an_address_set_holds_its_members_once_and_in_order(pairs: list[tuple[int, int]]) -> None:
    addresses = AddressSet(pairs)
    assert [addresses.at(position) for position in range(addresses.count)] == sorted(members(pairs))
    assert {number for number in range(-1, 80) if number in addresses} == members(pairs)


@given(intervals, intervals)
def test_splitting_and_joining_address_sets_is_set_arithmetic(one: list[tuple[int, int]], other: list[tuple[int, int]]) -> None:
    inside, outside = AddressSet(one).split(AddressSet(other))
    assert members(list(inside)) == members(one) & members(other)
    assert members(list(outside)) == members(one) - members(other)
    assert members(list(AddressSet(one).union(AddressSet(other)))) == members(one) | members(other)


@given(st.integers(0, (1 << 128) - 1))
def test_the_text_of_an_address_reads_back(number: int) -> None:
    assert address_number(address_text(number)) == number


@given(st.text(max_size=60) | st.text(alphabet="0123456789abcdef.:/-@[]*,", max_size=60))
def test_any_word_is_a_target_or_one_printable_sentence(word: str) -> None:
    try:
        parse_target(word)
    except UsageError as error:
        assert str(error).isprintable()  # noqa: PT017 - most words are wrong, some are right.


@given(st.sets(st.integers(1, 65535), min_size=1, max_size=40))
def test_port_lists_read_back(ports: set[int]) -> None:
    assert set(parse_ports(format_ports(tcp_ports(*ports)))) == set(tcp_ports(*ports))


@given(
    st.lists(interval.map(lambda pair: (V4 + pair[0], V4 + pair[1])), max_size=6),
    st.lists(st.sampled_from(["a.vn", "b.vn", "c.vn@10.0.0.1"]), max_size=4),
    st.integers(0, 300),
)
def test_every_target_comes_once_and_a_cursor_resumes_anywhere(pairs: list[tuple[int, int]], names: list[str], start: int) -> None:
    words = [f"{address_text(first)}-{address_text(last)}" for first, last in pairs] + names
    targets = expand(words, tcp_ports(443, 8443))
    items = list(targets.items())
    identities = {(item.address, item.name, item.port) for item in items}
    assert len(items) == len(identities) == targets.count == 2 * (len(members(pairs)) + len(set(names)))
    assert list(targets.items(start)) == items[start:]
