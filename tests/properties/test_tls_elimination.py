"""Enumeration finds exactly what a server accepts, whatever server that is, in few hellos; nothing accepted is called refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pqscan.registry import universe
from pqscan.registry.tls import cipher_suite, named_group
from pqscan.wire.key_agreement import can_carry_through
from pqscan.wire.tls.elimination import AxisName
from pqscan.wire.tls.enumeration import Terms, VersionSurvey, enumerate_version
from pqscan.wire.tls.inquiry import Inquirer
from pqscan.wire.tls.words import Version
from tests.unit.wire.tls.server_model import Peer, Server, VersionModel, drive, leaf_curve

SUITES_13 = (0x1301, 0x1302, 0x1303, 0x1304, 0x1305)
GROUPS_13 = (0x11EC, 0x11EB, 0x11ED, 0x0201, 0x0202, 0x0200, 0x001D, 0x0017, 0x0018, 0x0019, 0x001E, 0x0100, 0x0101, 0x6399)
SCHEMES_13 = (0x0904, 0x0905, 0x0906, 0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809)
SUITES_12 = tuple(
    value
    for batch in universe.cipher_suites_asked("inventory", "TLS1.2")
    for value in batch
    if (row := cipher_suite(value).row) is not None
    and row.key_exchange in ("ECDHE", "DHE", "RSA")
    and row.authentication in ("RSA", "ECDSA")
)
CURVES = (0x001D, 0x0017, 0x0018, 0x0019, 0x001E, 0x001A, 0x0016)
SCHEMES_12 = (0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0201, 0x0203)


def some(values: tuple[int, ...], *, least: int = 1, most: int = 100) -> st.SearchStrategy[tuple[int, ...]]:
    return st.lists(st.sampled_from(values), min_size=least, max_size=most, unique=True).map(tuple)


MODERN = st.builds(
    VersionModel,
    version=st.just(Version.TLS13),
    suites=some(SUITES_13),
    groups=some(GROUPS_13),
    schemes=some(SCHEMES_13),
    server_order=st.booleans(),
    takes_offered_share=st.booleans(),
)


@st.composite
def old_models(draw: st.DrawFn, version: Version = Version.TLS12) -> VersionModel:
    """A server that can negotiate something in an older version, whatever its keys, curves and primes are."""
    possible = tuple(value for batch in universe.cipher_suites_asked("inventory", version.label) for value in batch)
    ec_curve = draw(st.sampled_from([None, 0x0017, 0x0018]))
    fixed = draw(st.sampled_from([None, None, None, 0x0017]))
    model = VersionModel(
        version,
        suites=draw(some(tuple(value for value in SUITES_12 if value in possible), most=30)),
        groups=draw(some(CURVES, most=5)),
        schemes=draw(some(SCHEMES_12)),
        server_order=draw(st.booleans()),
        rsa=draw(st.booleans()) or ec_curve is None,
        ec_curve=ec_curve,
        needs_curve_listed=draw(st.booleans()),
        dhe_bits=draw(st.sampled_from([0, 1024, 2048])),
        fixed_group=fixed,
        strict_ffdhe=draw(st.booleans()),
        signs_late=draw(st.booleans()),
    )
    if model.signs_late:  # As Go: no DHE.
        model = replace(model, strict_ffdhe=False, schemes=tuple(dict.fromkeys((*model.schemes, 0x0401, 0x0403))))
        model = replace(model, suites=tuple(suite for suite in model.suites if not _is_dhe(suite)))
    if model.strict_ffdhe:  # Beside DHE it has a suite that every client lists early.
        model = replace(model, rsa=True, suites=tuple(dict.fromkeys((*model.suites, 0x002F))))
    rows = [cipher_suite(suite).row for suite in reachable(model)[AxisName.SUITES]]
    if not rows:  # RSA key transport always goes with an RSA key.
        model = replace(model, rsa=True, suites=(*model.suites, 0x009C if version >= Version.TLS12 else 0x002F))
    return model


def can_be_computed(group: int) -> bool:
    row = named_group(group).row
    return row is not None and can_carry_through(row)


def curves_shown(model: VersionModel, authentication: str) -> tuple[int, ...]:
    """Where its own curve has to be listed and the server's order decides, it never comes to the curves behind that one."""
    if model.fixed_group is not None:
        return (model.fixed_group,)
    hidden = authentication == "ECDSA" and model.needs_curve_listed and model.server_order and model.ec_curve in model.groups
    return model.groups[: model.groups.index(model.ec_curve) + 1] if hidden and model.ec_curve is not None else model.groups


def reachable(model: VersionModel) -> dict[AxisName, set[int]]:
    """What any client could get from the server."""
    if model.version >= Version.TLS13:
        schemes = set(model.schemes) if any(map(can_be_computed, model.groups)) else set()
        return {AxisName.SUITES: set(model.suites), AxisName.GROUPS: set(model.groups), AxisName.SCHEMES: schemes}
    every_group, every_scheme = (*CURVES, *model.groups), model.schemes
    suites = {suite for suite in model.suites if model.usable(suite, every_group, every_scheme)} - stumbled_over(model)
    groups: set[int] = set()
    schemes = set()
    for suite in suites:
        row = cipher_suite(suite).row
        assert row is not None
        if row.key_exchange == "ECDHE":
            groups |= set(curves_shown(model, row.authentication))
        if row.key_exchange == "DHE" and not model.dhe_bits:
            groups.add(0x0100)
        if row.key_exchange in ("ECDHE", "DHE") and model.version == Version.TLS12:
            offered = tuple(scheme for scheme in model.schemes if model.scheme_for(row.authentication, (scheme,)) is not None)
            schemes |= set(offered)
    return {AxisName.SUITES: suites, AxisName.GROUPS: groups, AxisName.SCHEMES: schemes}


def stumbled_over(model: VersionModel) -> set[int]:
    """What the server picks and cannot carry out: nothing but internal_error can be had with it."""
    schemes = model.schemes
    if not model.lacks_parameters or model.version >= Version.TLS13:
        return set()
    return {suite for suite in model.suites if _is_dhe(suite) and model.usable(suite, (*CURVES, *model.groups), schemes)}


def enumerate_model(model: VersionModel, peer: Peer | None = None) -> tuple[VersionSurvey, Peer]:
    peer = peer or Peer(Server({model.version: model}))
    survey = VersionSurvey(model.version)
    drive(enumerate_version(Inquirer(), Terms("inventory", None, leaf_curve), survey), peer)
    return survey, peer


def found(survey: VersionSurvey) -> dict[AxisName, set[int]]:
    return {name: set(survey.found.get(name, ())) for name in AxisName}


def no_false_refusal(survey: VersionSurvey, model: VersionModel) -> None:
    truth = reachable(model)
    for name in AxisName:
        assert not truth[name] & set(survey.refused.get(name, ())), f"{name} accepted, yet called refused"
    assert survey.support != "refused"


def complete(survey: VersionSurvey, model: VersionModel) -> None:
    assert survey.support == "accepted"
    assert found(survey) == reachable(model)
    no_false_refusal(survey, model)
    unproven = {name for name, reason in survey.unproven.items() if reason}
    blind = model.version >= Version.TLS13 and not any(map(can_be_computed, model.groups))
    assert unproven == ({AxisName.SCHEMES} if blind else set()), survey.unproven


def most_hellos(model: VersionModel, overhead: int) -> int:
    """The longest axis, what it takes to prove the others, and the batches that a large list of suites comes in."""
    return max(len(values) for values in reachable(model).values()) + overhead


@settings(max_examples=150, deadline=None)
@given(model=MODERN)
def test_a_tls_1_3_server_is_found_whole(model: VersionModel) -> None:
    survey, peer = enumerate_model(model)
    complete(survey, model)
    asked = len(peer.asked)
    # One for each value of the longest axis; three axes to close, controls, a doubt, the order of a tie.
    assert asked <= 2 * most_hellos(model, 12), f"{asked} hellos"


@settings(max_examples=200, deadline=None)
@given(model=old_models())
def test_a_tls_1_2_server_is_found_whole(model: VersionModel) -> None:
    survey, peer = enumerate_model(model)
    complete(survey, model)
    asked = len(peer.asked)
    assert asked <= 2 * most_hellos(model, 14), f"{asked} hellos"
    assert survey.custom_primes == ({model.dhe_bits} if model.dhe_bits and _uses_dhe(model) else set())


@settings(max_examples=80, deadline=None)
@given(model=st.sampled_from([Version.TLS11, Version.TLS10]).flatmap(old_models))
def test_an_older_server_is_found_whole(model: VersionModel) -> None:
    survey, _ = enumerate_model(model)
    complete(survey, model)


def _uses_dhe(model: VersionModel) -> bool:
    return any(map(_is_dhe, reachable(model)[AxisName.SUITES]))


def _is_dhe(suite: int) -> bool:
    row = cipher_suite(suite).row
    return row is not None and row.key_exchange == "DHE"


@settings(max_examples=60, deadline=None)
@given(model=MODERN | old_models())
def test_server_order_is_told_where_two_suites_can_be_chosen_between(model: VersionModel) -> None:
    assume(not model.strict_ffdhe and not model.signs_late and model.fixed_group is None)
    survey, _ = enumerate_model(model)
    said = survey.preferences.get(AxisName.SUITES)
    if said in ("server", "client"):
        assert (said == "server") is model.server_order


@settings(max_examples=60, deadline=None)
@given(model=MODERN)
def test_ranks_of_groups_and_suites_are_those_of_the_server(model: VersionModel) -> None:
    survey, _ = enumerate_model(model)
    for name, order in ((AxisName.SUITES, model.suites), (AxisName.GROUPS, model.groups)):
        ranked = getattr(survey, "ranks", {}).get(name, {})
        for value, rank in ranked.items():
            if survey.preferences.get(name) == "server" and model.server_order:
                assert order.index(value) + 1 == rank


@pytest.mark.parametrize("order", [True, False])
def test_a_typical_modern_server_costs_as_many_hellos_as_its_longest_axis_and_a_few(order: bool) -> None:
    model = VersionModel(
        Version.TLS13,
        (0x1302, 0x1303, 0x1301),
        (0x11EC, 0x001D, 0x0017, 0x001E, 0x0018, 0x0019),
        SCHEMES_13[3:9],
        server_order=order,
    )
    survey, peer = enumerate_model(model)
    complete(survey, model)
    assert len(peer.asked) <= 15


@pytest.mark.parametrize("needs_curve_listed", [True, False])
@pytest.mark.parametrize("server_order", [True, False])
def test_an_ecdsa_server_shows_every_group_that_a_client_can_get(needs_curve_listed: bool, server_order: bool) -> None:
    model = VersionModel(
        Version.TLS12,
        (0xC02B, 0xC02C),
        (0x001D, 0x0017, 0x0018),
        (0x0403,),
        rsa=False,
        ec_curve=0x0017,
        needs_curve_listed=needs_curve_listed,
        server_order=server_order,
    )
    complete(enumerate_model(model)[0], model)
