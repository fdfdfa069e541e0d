"""What a register keeps out of every scan: the places of military units, on the days on which those exist."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pqscan.app.kept_out import kept_out, kept_out_at
from pqscan.errors import StoreError
from pqscan.scan.addresses import address_number
from tests.unit.app.memory_register import MemoryStore

TODAY = date(2026, 11, 29)


def store_with(**fields: object) -> MemoryStore:
    store = MemoryStore()
    common = {"kind": "military", "ranges": ["10.9.0.0/24", "2001:db8:9::/48"], "domains": ["quansu.example"]}
    store.entries = {"unit": {"BCHQS": {"code": "BCHQS", "name": "Bộ Chỉ huy Quân sự tỉnh", **common, **fields}}}
    return store


@pytest.mark.parametrize("address", ["10.9.0.0", "10.9.0.255", "::ffff:10.9.0.7", "2001:db8:9::1"])
def test_r08_the_ranges_of_a_military_unit_are_kept_out(address: str) -> None:
    assert address_number(address) in kept_out(store_with(), TODAY).addresses


@pytest.mark.parametrize("address", ["10.8.255.255", "10.9.1.0", "2001:db8:8:ffff::1"])
def test_addresses_beside_them_are_not(address: str) -> None:
    assert address_number(address) not in kept_out(store_with(), TODAY).addresses


def test_r08_its_domains_are_kept_out_with_all_below_them() -> None:
    found = kept_out(store_with(), TODAY)
    assert found.has_name("quansu.example", 443)
    assert found.has_name("mail.quansu.example", 25)
    assert not found.has_name("khongquansu.example", 443)


def test_other_units_keep_nothing_out() -> None:
    assert not kept_out(store_with(kind="police"), TODAY).addresses


@pytest.mark.parametrize(("last", "is_kept_out"), [("2026-11-28", False), ("2026-11-29", True)])
def test_a_unit_that_is_no_more_keeps_nothing_out(last: str, is_kept_out: bool) -> None:
    assert bool(kept_out(store_with(valid_to=last), TODAY).addresses) is is_kept_out


def test_a_store_that_is_not_there_keeps_nothing_out(tmp_path: Path) -> None:
    assert not kept_out_at(str(tmp_path / "none.sqlite")).addresses


def test_a_store_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "no.sqlite"
    path.write_bytes(b"no store at all" * 100)
    with pytest.raises(StoreError):
        kept_out_at(str(path))
