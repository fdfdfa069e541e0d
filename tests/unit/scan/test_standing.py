from __future__ import annotations

from pqscan.scan.standing import Standing

ADDRESS, NEIGHBOUR = "192.0.2.1", "192.0.2.2"


def silent(standing: Standing, ports: range, address: str = ADDRESS) -> None:
    for port in ports:
        standing.gave_nothing(address, port)


def test_an_address_is_silent_after_so_many_ports_without_an_answer_and_its_neighbour_is_not() -> None:
    standing = Standing(3)
    silent(standing, range(1, 3))
    assert not standing.is_silent(ADDRESS)
    standing.gave_nothing(ADDRESS, 3)
    assert standing.is_silent(ADDRESS)
    assert not standing.is_silent(NEIGHBOUR)


def test_one_port_that_stays_silent_again_and_again_is_one_port() -> None:
    standing = Standing(2)
    silent(standing, range(1, 2))
    silent(standing, range(1, 2))
    assert not standing.is_silent(ADDRESS)


def test_an_answer_of_any_kind_ends_the_suspicion_for_good() -> None:
    refusing, accepting, late = Standing(2), Standing(2), Standing(2)
    refusing.answered(ADDRESS)
    accepting.accepted(ADDRESS, 443)
    silent(late, range(1, 3))
    late.answered(ADDRESS)
    for standing in (refusing, accepting, late):
        silent(standing, range(1, 10))
        assert not standing.is_silent(ADDRESS)
        assert standing.is_there(ADDRESS)


def test_zero_never_spares_anything() -> None:
    standing = Standing(0)
    silent(standing, range(1, 100))
    standing.said_nothing(ADDRESS, 1)
    assert not standing.is_silent(ADDRESS)
    assert not standing.is_mute(ADDRESS)


def test_loopback_is_always_asked() -> None:
    standing = Standing(1)
    standing.gave_nothing("127.0.0.1", 1)
    standing.said_nothing("::1", 1)
    assert not standing.is_silent("127.0.0.1")
    assert not standing.is_mute("::1")


def test_an_address_that_accepts_everything_and_says_nothing_is_mute_until_it_speaks() -> None:
    standing = Standing(2)
    for port in (1, 2):
        standing.accepted(ADDRESS, port)
        standing.said_nothing(ADDRESS, port)
    assert standing.is_mute(ADDRESS)
    assert not standing.is_silent(ADDRESS)
    standing.spoke(ADDRESS, 3)
    assert not standing.is_mute(ADDRESS)


def test_a_second_chance_needs_one_more_silent_port() -> None:
    standing = Standing(2)
    silent(standing, range(1, 3))
    standing.relent()
    assert not standing.is_silent(ADDRESS)
    assert not standing.is_there(ADDRESS)
    standing.gave_nothing(ADDRESS, 3)
    assert standing.is_silent(ADDRESS)


def test_silence_that_may_have_been_our_own_is_forgotten_and_answers_are_not() -> None:
    standing = Standing(2)
    silent(standing, range(1, 3))
    standing.answered(NEIGHBOUR)
    standing.forget_silence()
    silent(standing, range(1, 2))
    assert not standing.is_silent(ADDRESS)
    silent(standing, range(2, 3))
    assert standing.is_silent(ADDRESS)
    assert standing.is_there(NEIGHBOUR)


def test_what_a_port_has_done_is_kept_by_port() -> None:
    standing = Standing()
    standing.accepted(ADDRESS, 443)
    standing.spoke(ADDRESS, 22)
    assert standing.has_accepted(ADDRESS, 443)
    assert not standing.has_spoken(ADDRESS, 443)
    assert standing.has_spoken(ADDRESS, 22)
    assert not standing.has_accepted(ADDRESS, 80)
    assert not standing.has_accepted(NEIGHBOUR, 443)


def test_of_more_addresses_than_can_be_kept_the_further_ones_are_asked_on_every_port() -> None:
    standing = Standing(2, most=1)
    silent(standing, range(1, 3))
    silent(standing, range(1, 3), NEIGHBOUR)
    standing.accepted(NEIGHBOUR, 1)
    assert standing.is_silent(ADDRESS)
    assert not standing.is_silent(NEIGHBOUR)
