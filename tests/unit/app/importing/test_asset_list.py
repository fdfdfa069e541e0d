"""Asset lists as rows of the register: the headings of several programs, and cells with anything in them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from pqscan.app.importing.asset_list import MOST_ADDRESSES
from pqscan.app.importing.assets import AssetPlan, import_assets, plan_assets
from pqscan.app.importing.columns import profiles
from pqscan.app.registering import Doing, export_rows
from pqscan.cli.import_csv import PROFILES
from pqscan.errors import UsageError
from pqscan.locale import translator
from pqscan.scan.target_syntax import parse_target
from tests.unit.app.memory_register import MemoryStore

DAY = date(2026, 11, 29)
BY = Doing(datetime(2026, 11, 29, tzinfo=UTC), "Lan")


def planned(
    tmp_path: Path, content: str | bytes, *, profile: str | None = None, store: MemoryStore | None = None
) -> tuple[AssetPlan, MemoryStore]:
    path = tmp_path / "assets.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    kept = store or MemoryStore()
    return plan_assets(kept, str(path), profile=profile, day=DAY), kept


def sentences(plan: AssetPlan) -> list[str]:
    say = translator("en")
    return [say.render(problem) for problem in plan.problems]


def systems(plan: AssetPlan) -> dict[str, dict[str, object]]:
    return {change.code: dict(change.after or {}) for change in plan.planned.plan.changes}


def test_the_profiles_of_the_command_are_those_of_the_data() -> None:
    assert tuple(profiles()) == PROFILES


def test_a_plain_list_becomes_systems_and_targets(tmp_path: Path) -> None:
    text = 'Name,Address,Port,Service,Owner,Site\nWeb,10.0.0.1,"443,8443",,Lan,Hà Nội\nMail,mail.example.vn,587,smtp,,\n'
    plan, _ = planned(tmp_path, text)
    assert plan.problems == ()
    assert systems(plan) == {
        "Web": {"code": "Web", "name": "Web", "scope": ["10.0.0.1:443", "10.0.0.1:8443"], "contact": "Lan", "site": "Hà Nội"},
        "Mail": {"code": "Mail", "name": "Mail", "scope": ["mail.example.vn:587"]},
    }
    targets = [line for asset in plan.assets.assets for line in asset.targets]
    assert targets == ["10.0.0.1:443,8443", "mail.example.vn:587/smtp"]
    for line in targets:
        parse_target(line)


@pytest.mark.parametrize(
    ("profile", "text", "scope", "name"),
    [
        ("netbox", "Name,Status,Tenant,Site,IP Address\ncore-1,Active,IT,HN,10.1.2.3/24\n", ["10.1.2.3"], "core-1"),
        ("netbox", "name,primary_ip4,primary_ip6,asset_tag\na,10.1.2.3/24,2001:db8::5/64,A1\n", ["10.1.2.3", "2001:db8::5"], "a"),
        (
            "glpi",
            "Name;Entity;Location;Networking - IP\npc-9;Root > IT;HN;10.9.9.9<br>10.9.9.10\n",
            ["10.9.9.9", "10.9.9.10"],
            "pc-9",
        ),
        ("servicenow", "name,ip_address,owned_by,location\nsrv01,10.8.0.1,Lan,HN\n", ["10.8.0.1"], "srv01"),
        ("plain", "tên;địa chỉ;cổng\nMáy chủ;10.0.0.1;443\n", ["10.0.0.1:443"], "Máy chủ"),
    ],
)
def test_the_headings_tell_who_wrote_it(tmp_path: Path, profile: str, text: str, scope: list[str], name: str) -> None:
    plan, _ = planned(tmp_path, text)
    assert plan.assets.profile == profile
    ((found),) = systems(plan).values()
    assert (found["scope"], found["name"]) == (scope, name)


def test_a_network_is_one_and_an_address_with_its_mask_is_not(tmp_path: Path) -> None:
    plan, _ = planned(tmp_path, "name,address\nlan,10.20.0.0/24\nhost,10.20.0.5/24\none,10.20.0.6/32\n")
    assert [found["scope"] for found in systems(plan).values()] == [["10.20.0.0/24"], ["10.20.0.5"], ["10.20.0.6"]]


def test_bad_rows_are_told_with_their_line_and_the_others_are_kept(tmp_path: Path) -> None:
    text = (
        "name,address,port\n"
        "good,10.0.0.1,443\n"
        "bad address,999.1.1.1,\n"
        "\n"
        "bad port,10.0.0.2,99999\n"
        "nothing,,\n"
        "=cmd|' /C calc'!A0,10.0.0.3,\n"
        f"{'n' * 301},10.0.0.4,\n"
        f"many,{' '.join(f'10.1.{n}.1' for n in range(MOST_ADDRESSES + 1))},\n"
        "last,10.0.0.5,\n"
    )
    plan, kept = planned(tmp_path, text)
    told = sentences(plan)
    assert [sentence.partition(":")[0].rpartition("line ")[2] for sentence in told[:4]] == ["3", "5", "6", "9"]
    assert all("\n" not in sentence for sentence in told)
    assert [found["name"] for found in systems(plan).values()] == ["good", "=cmd|' /C calc'!A0", "last"]
    import_assets(kept, plan, "assets.csv", BY)
    cells = [cell for row in export_rows(kept, "system", BY, language="en") for cell in row]
    assert "=cmd|' /C calc'!A0" in cells, "as typed; whoever writes a file takes the formula out"


def test_assets_of_one_code_are_one_system(tmp_path: Path) -> None:
    plan, _ = planned(tmp_path, "code,name,address\nA1,Web,10.0.0.1\nA1,Web,10.0.0.2\nA1,Web,10.0.0.2\n")
    assert [found["scope"] for found in systems(plan).values()] == [["10.0.0.1", "10.0.0.2"]]


def test_units_are_known_by_code_or_name_and_others_are_told(tmp_path: Path) -> None:
    store = MemoryStore()
    store.entries["unit"] = {"TU": {"code": "TU", "name": "Tỉnh uỷ"}}
    plan, _ = planned(tmp_path, "name,address,unit\na,10.0.0.1,tỉnh ủy\nb,10.0.0.2,tu\nc,10.0.0.3,Sở X\n", store=store)
    assert [found.get("owner") for found in systems(plan).values()] == ["TU", "TU", None]
    assert sentences(plan) == ["line 4: the register has no unit 'Sở X'; the asset was taken over without one."]


def test_what_the_file_does_not_have_stays_as_it_is(tmp_path: Path) -> None:
    store = MemoryStore()
    store.entries["system"] = {"Web": {"code": "Web", "name": "Web", "level": 3, "scope": ["10.0.0.9"]}}
    plan, _ = planned(tmp_path, "name,address\nWeb,10.0.0.1\n", store=store)
    assert systems(plan)["Web"] == {"code": "Web", "name": "Web", "level": 3, "scope": ["10.0.0.1"]}


def test_a_service_alone_is_on_its_usual_port(tmp_path: Path) -> None:
    plan, _ = planned(tmp_path, "name,address,service\na,10.0.0.1,https\nb,10.0.0.2,unheard-of\n")
    assert [found["scope"] for found in systems(plan).values()] == [["10.0.0.1:443"], ["10.0.0.2"]]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("a,b\n1,2\n", "no column of the file"),
        ("", "no row"),
        ("name,address\na,10.0.0.1\n".encode("utf-16"), "UTF-16"),
        ("name,address\nMáy,10.0.0.1\n".encode("cp1258"), "Windows-1258"),
        (b"name,address\na\0b,10.0.0.1\n", "zero byte"),
        ('name,address\n"a,10.0.0.1\n', "quotation mark"),
    ],
    ids=["headings", "empty", "utf-16", "windows-1258", "nul", "quote"],
)
def test_a_file_that_is_no_list_is_one_sentence(tmp_path: Path, content: str | bytes, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        planned(tmp_path, content)


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    plan, _ = planned(tmp_path, "\ufeffname,address\na,10.0.0.1\n")
    assert list(systems(plan)) == ["a"]


def test_a_profile_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="choose one of plain, netbox"):
        planned(tmp_path, "name,address\na,10.0.0.1\n", profile="excel")
