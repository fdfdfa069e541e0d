"""The most specific scope wins; equally specific ones are a tie; the tables say what a plain comparison of everything says."""

from __future__ import annotations

import contextlib
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.model.target import FileTarget, NetworkTarget, Target
from pqscan.readiness.assigner import Assigner, Tie, expressions, overlaps
from pqscan.readiness.cells import WrongCell
from pqscan.readiness.scope import read_expression
from pqscan.readiness.system import System
from tests.unit.readiness.records import system


def naive(systems: list[System], target: Target, tags: list[str]) -> str | Tie | None:
    fitting = [(one.specificity, s.code) for s in systems for one in expressions(s) if one.fits(target, tags)]
    best = max((specificity for specificity, _code in fitting), default=None)
    codes = sorted({code for specificity, code in fitting if specificity == best})
    return Tie(tuple(codes)) if len(codes) > 1 else next(iter(codes), None)


def is_expression_or_refused(text: str) -> None:
    with contextlib.suppress(WrongCell):
        found = read_expression(text)
        assert found.specificity
        assert hash(found)


ADDRESSES = [f"10.0.{a}.{b}" for a, b in product(range(2), (0, 1, 5, 127, 128, 255))] + [
    "2001:db8::1",
    "2001:db8::ff",
    "::ffff:10.0.0.5",
]
NAMES = ["a.vn", "b.a.vn", "c.b.a.vn", "x.vn", "vn", "Tiếng.vn"]
PORTS = [22, 443]
PATHS = ["/", "/srv", "/srv/app", "/srv/application", "/srv/app/a.pem", "/etc"]
PLACES = st.one_of(
    st.builds(lambda length: f"10.0.0.0/{length}", st.integers(15, 32)),
    st.builds(lambda first, more: f"10.0.0.{first}-10.0.1.{more}", st.integers(0, 255), st.integers(0, 255)),
    st.builds(lambda first, more: f"10.0.0.{first}-10.0.0.{first + more}", st.integers(0, 200), st.integers(0, 55)),
    st.sampled_from([*ADDRESSES[:-3], *NAMES, *(f"*.{name}" for name in NAMES)]),
)
EXPRESSIONS = st.one_of(
    st.builds(
        lambda place, port, site: site + place + port,
        PLACES,
        st.sampled_from(["", "", *(f":{port}" for port in PORTS)]),
        st.sampled_from(["", "", "site:hue/"]),
    ),
    st.builds(
        lambda address, length: f"[{address}/{length}]:443" if length < 128 else f"[{address}]:22",
        st.just("2001:db8::"),
        st.integers(32, 128),
    ),
    st.builds(lambda machine, path: f"files:{machine}:{path}", st.sampled_from(["m1", "M2"]), st.sampled_from(PATHS)),
    st.builds(lambda site, tag: f"{site}tag:{tag}", st.sampled_from(["", "site:hue/"]), st.sampled_from(["red", "blue"])),
)
TARGETS = st.one_of(
    st.builds(
        NetworkTarget,
        st.sampled_from(ADDRESSES),
        st.sampled_from(PORTS),
        st.sampled_from([None, *NAMES]),
        st.sampled_from([None, *NAMES]),
        site=st.sampled_from(["", "hue"]),
    ),
    st.builds(FileTarget, st.sampled_from(["m1", "m2"]), st.sampled_from([*PATHS, "relative"])),
)


@given(
    st.lists(st.lists(EXPRESSIONS, max_size=3), min_size=1, max_size=6),
    st.lists(TARGETS, min_size=1, max_size=5),
    st.lists(st.sampled_from(["red", "blue"]), unique=True),
)
def test_the_tables_say_what_comparing_everything_says(scopes: list[list[str]], targets: list[Target], tags: list[str]) -> None:
    systems = [system(f"s{number}", *scope) for number, scope in enumerate(scopes)]
    assigner = Assigner(systems)
    for target in targets:
        assert assigner.system_of(target, tags) == naive(systems, target, tags)


@given(st.text(max_size=60))
def test_any_text_is_an_expression_or_is_refused(text: str) -> None:
    is_expression_or_refused(text)


@given(st.sampled_from(["site:", "files:", "tag:", "*.", "[", "10.0.0.", "site:a/"]), st.text("0123456789./:-[]*ab", max_size=20))
def test_what_begins_like_an_expression_is_one_or_is_refused(begin: str, rest: str) -> None:
    is_expression_or_refused(begin + rest)


WEB = NetworkTarget("10.20.0.7", 443, server_name="www.tinh.gov.vn", site="hue")


@pytest.mark.parametrize(
    ("more", "less"),
    [
        ("10.20.0.0/24", "10.20.0.0/16"),
        ("10.20.0.5-10.20.0.9", "10.20.0.0/24"),
        ("10.20.0.7", "10.20.0.5-10.20.0.9"),
        ("10.20.0.0/24:443", "10.20.0.0/24"),
        ("10.20.0.7", "10.20.0.0/24:443"),
        ("*.tinh.gov.vn", "10.20.0.7:443"),
        ("*.tinh.gov.vn", "*.gov.vn:443"),
        ("www.tinh.gov.vn", "*.tinh.gov.vn:443"),
        ("www.tinh.gov.vn:443", "www.tinh.gov.vn"),
        ("site:hue/www.tinh.gov.vn", "www.tinh.gov.vn"),
        ("site:hue/10.20.0.0/24", "10.20.0.0/24"),
        ("site:hue/10.20.0.0/24:443", "10.20.0.0/24:443"),
        ("site:hue/10.20.0.0/24:443", "site:hue/10.20.0.0/24"),
        ("10.20.0.0/24", "tag:web"),
    ],
)
def test_the_more_specific_expression_wins(more: str, less: str) -> None:
    for systems in ([system("a", more), system("b", less)], [system("b", less), system("a", more)]):
        assert Assigner(systems).system_of(WEB, ["web"]) == "a"


def test_the_longest_path_wins_and_a_path_ends_at_its_slash() -> None:
    assigner = Assigner([system("a", "files:may1:/srv"), system("b", "files:MAY1:/srv/app/")])
    assert assigner.system_of(FileTarget("may1", "/srv/app/key.pem")) == "b"
    assert assigner.system_of(FileTarget("May1", "/srv/application/key.pem")) == "a"
    assert assigner.system_of(FileTarget("may2", "/srv/app")) is None


def test_equally_specific_scopes_are_a_tie_and_the_target_belongs_to_neither() -> None:
    systems = [system("b", "10.20.0.0/24"), system("a", "10.20.0.0/24"), system("c", "10.20.0.0/16")]
    assert Assigner(systems).system_of(WEB) == Tie(("a", "b"))
    assert list(overlaps(systems)) == [("10.20.0.0/24", Tie(("a", "b")))]


def test_ranges_of_one_size_that_overlap_are_told_before_any_target_is_seen() -> None:
    assert list(
        overlaps([system("a", "10.0.0.1-10.0.0.9"), system("b", "10.0.0.5-10.0.0.13"), system("c", "10.0.0.14-10.0.0.22")])
    ) == [("10.0.0.1-10.0.0.9, 10.0.0.5-10.0.0.13", Tie(("a", "b")))]


def test_the_same_system_twice_is_no_tie() -> None:
    assert Assigner([system("a", "10.20.0.0/24", "10.20.0.0-10.20.0.255", "www.tinh.gov.vn")]).system_of(WEB) == "a"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("10.0.0.1/24", "scope_host_bits"),
        ("10.0.0.0/33", "scope_unknown"),
        ("10.0.0.9-10.0.0.5", "scope_no_range"),
        ("10.0.0.9-2001:db8::1", "scope_no_range"),
        ("host.vn:0", "scope_no_port"),
        ("host.vn:70000", "scope_no_port"),
        ("host.vn:443x", "scope_no_port"),
        ("a b.vn", "scope_unknown"),
        ("*.", "scope_unknown"),
        ("1.2.3", "scope_unknown"),
        ("files:m1", "scope_no_path"),
        ("files:m1:srv", "scope_no_path"),
        ("files:m1:/srv/../etc", "scope_no_path"),
        ("site:hue/files:m1:/srv", "scope_site_of_files"),
        ("site:/a.vn", "scope_no_site"),
        ("site:hue", "scope_no_site"),
        ("tag: ", "scope_no_tag"),
        ("[2001:db8::1", "scope_unknown"),
    ],
)
def test_a_wrong_expression_is_refused(text: str, code: str) -> None:
    with pytest.raises(WrongCell) as error:
        read_expression(text)
    assert error.value.code == code


def looked_at(assigner: Assigner, target: NetworkTarget) -> int:
    return sum(1 for _ in assigner._network_nodes(target))


def test_what_a_target_costs_does_not_grow_with_the_systems() -> None:
    systems = [
        system(f"s{n}", f"10.{n // 250}.{n % 250}.0/24", f"10.{n // 250}.{n % 250}.5-10.{n // 250}.{n % 250}.77:443", f"*.s{n}.vn")
        for n in range(1000)
    ]
    assigner = Assigner([*systems, system("all", "10.0.0.0/8")])
    targets = [
        NetworkTarget(f"10.{n % 4}.{n % 250}.{n // 200 + 1}", 443, f"w.s{n % 2000}.vn" if n % 3 else None) for n in range(20_000)
    ]
    assert max(looked_at(assigner, target) for target in targets[:500]) <= 5
    assert len(assigner._lengths) < 12
    assert sum(isinstance(assigner.system_of(target), str) for target in targets) == 20_000


def test_many_systems_with_one_scope_are_one_tie_that_is_sorted_once() -> None:
    assigner = Assigner([system(f"s{n}", "10.0.0.0/8") for n in range(5000)])
    ties = [assigner.system_of(NetworkTarget(f"10.0.0.{n}", 443)) for n in range(200)]
    assert len({id(tie) for tie in ties}) == 1
    assert isinstance(ties[0], Tie)
    assert len(ties[0].systems) == 5000
