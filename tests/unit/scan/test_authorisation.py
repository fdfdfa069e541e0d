from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from pqscan.errors import UsageError
from pqscan.model.authorisation import Authorisation
from pqscan.model.target import NetworkTarget, Transport
from pqscan.net.budget import Limits
from pqscan.scan.authorisation import Permission, limits_of, screen
from pqscan.scan.authorisation_file import read_authorisation
from pqscan.scan.ports import Port, default_ports, parse_permitted, tcp_ports
from pqscan.scan.targets import expand, read_exclusions

TODAY = date(2026, 11, 22)
GOOD = """
unit = "Sở Thông tin"
number = "12/QĐ"
approver = "Nguyễn Văn A"
ranges = ["10.20.0.0/16", "2001:db8::/32", "10.30.0.1-10.30.0.3"]
names = ["www.example.vn", "*.gov.example"]
ports = [443, "8000-8999"]
from = 2026-11-01
to = 2026-12-31
exclusions = ["10.20.9.0/24", "mail.gov.example"]
active_tests = false
[budget]
connections_per_second = 200
connections_per_host = 3
"""


def read(tmp_path: Path, text: str = GOOD) -> Authorisation:
    path = tmp_path / "authorisation.toml"
    path.write_text(text, encoding="utf-8")
    return read_authorisation(path)


def code(permission: Permission, address: str, port: int = 443, name: str | None = None, today: date = TODAY) -> str | None:
    reason = permission.permits(NetworkTarget(address, port, name), today)
    return None if reason is None else reason.code


def test_the_file_says_who_may_scan_what_and_when(tmp_path: Path) -> None:
    given = read(tmp_path)
    assert (given.unit, given.number, given.approver) == ("Sở Thông tin", "12/QĐ", "Nguyễn Văn A")
    assert given.ports == ((443, 443), (8000, 8999))
    assert (given.valid_from, given.valid_to) == (date(2026, 11, 1), date(2026, 12, 31))
    assert given.names == ("www.example.vn", "*.gov.example")
    assert given.excluded_names == ("mail.gov.example",)
    assert [str(network) for network in given.ranges] == ["10.20.0.0/16", "2001:db8::/32", "10.30.0.1/32", "10.30.0.2/31"]
    assert (given.connections_per_second, given.connections_per_host) == (200, 3)
    assert not given.active_tests
    assert len(given.digest) == 32


@pytest.mark.parametrize(
    ("ports", "tcp", "udp"),
    [
        ('[443, "8000-8999"]', 443, None),
        ('[443, "500/udp"]', 443, 500),
        ('["500/udp", "4500-4501/udp"]', None, 4501),
        ("[]", 443, 500),
    ],
)
def test_ports_of_tcp_permit_none_of_udp_and_those_of_udp_none_of_tcp(
    tmp_path: Path, ports: str, tcp: int | None, udp: int | None
) -> None:
    permission = Permission(read(tmp_path, GOOD.replace('[443, "8000-8999"]', ports)))
    udp_target, tcp_target = (
        NetworkTarget("10.20.0.1", port, transport=of) for port, of in ((500, Transport.UDP), (443, Transport.TCP))
    )
    for target, number in ((tcp_target, tcp), (udp_target, udp)):
        asked = replace(target, port=number or target.port)
        reason = permission.permits(asked, TODAY)
        assert (reason is None) is (number is not None), asked
        screened = screen(expand([asked.spelling]), permission, TODAY)
        assert (screened.permitted.count, [refusal.reason for refusal in screened.refusals]) == (
            (1, []) if reason is None else (0, [reason])
        )
        assert permission.permits_lookup("www.example.vn", Port(asked.port, asked.transport), TODAY) == reason


def test_a_refused_port_of_udp_is_told_as_the_user_writes_it(tmp_path: Path) -> None:
    (refusal,) = screen(expand(["10.20.0.0/30:500/udp"]), Permission(read(tmp_path)), TODAY).refusals
    assert (refusal.ports, refusal.count, dict(refusal.reason.parameters)) == ("500/udp", 4, {"port": "500/udp"})


@pytest.mark.parametrize(
    ("before", "after", "line", "word"),
    [
        ('unit = "Sở Thông tin"', "unit = 3", 2, "unit"),
        ('number = "12/QĐ"', 'number = ""', 3, "number"),
        ('approver = "Nguyễn Văn A"', "", None, "approver"),
        ('"10.20.0.0/16"', '"10.20.0.0/40"', 5, "ranges"),
        ('"10.20.0.0/16"', '"example.vn"', 5, "ranges"),
        ('"10.20.0.0/16"', "7", 5, "ranges"),
        ('"www.example.vn"', '"www example"', 6, "names"),
        ("ports = [443", "ports = [70000", 7, "ports"),
        ("ports = [443", "ports = [true", 7, "ports"),
        ("ports = [443", 'ports = ["587/smtp"', 7, "ports"),
        ("from = 2026-11-01", 'from = "soon"', 8, "from"),
        ("from = 2026-11-01", "from = 2026-11-01T00:00:00Z", 8, "from"),
        ("to = 2026-12-31", "to = 2026-10-31", 9, "to"),
        ('"10.20.9.0/24"', '"10.20.9.0/24:443"', 10, "exclusions"),
        ("active_tests = false", 'active_tests = "perhaps"', 11, "active_tests"),
        ("active_tests = false", "activ_tests = false", 11, "activ_tests"),
        ("connections_per_second = 200", "connections_per_second = -1", 13, "connections_per_second"),
        ("connections_per_host = 3", "connections_per_hour = 3", 14, "connections_per_hour"),
    ],
)
def test_a_wrong_key_is_named_with_its_line(tmp_path: Path, before: str, after: str, line: int | None, word: str) -> None:
    assert before in GOOD
    with pytest.raises(UsageError) as caught:
        read(tmp_path, GOOD.replace(before, after))
    message = str(caught.value)
    assert "authorisation.toml" in message
    assert f"`{word}`" in message
    assert (f"line {line}:" in message) if line is not None else ("at its end" in message)


@pytest.mark.parametrize("data", [b"\xff\xfe", b"unit = ", b"a = " + b"[" * 100_000, b"x" * (5 << 20), b"unit = 1\x00", b""])
def test_a_file_that_is_no_authorisation_gives_one_error(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "authorisation.toml"
    path.write_bytes(data)
    with pytest.raises(UsageError, match=r"authorisation\.toml"):
        read_authorisation(path)


def test_the_default_ports_permit_no_port_between_them(tmp_path: Path) -> None:
    given = read(tmp_path, GOOD.replace('[443, "8000-8999"]', '["default", "444,446"]'))
    permitted = {port for first, last in given.ports for port in range(first, last + 1)}
    assert permitted == {*(port.number for port in parse_permitted("default")), 444, 446}
    assert {443, 636, 8443} < permitted < {*(port.number for port in default_ports()), 444, 446}, "of the defaults, those of TLS"
    assert code(Permission(given), "10.20.0.1", 3306) == "port_not_authorised"


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [
        ('[443, "8000-8999"]', "[" + '"1-65535,1",' * 2000 + "]", "ports"),
        ('"10.20.0.0/16"', ", ".join(f'"2001::{n + 1:x}-3fff:ffff:ffff:ffff:ffff:ffff:ffff:fffe"' for n in range(1000)), "ranges"),
    ],
)
def test_a_small_file_that_comes_to_a_great_deal_is_refused(tmp_path: Path, before: str, after: str, word: str) -> None:
    assert before in GOOD
    with pytest.raises(UsageError, match=rf"`{word}`"):
        read(tmp_path, GOOD.replace(before, after))


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_authorisation(tmp_path / "none.toml")


def test_a_file_that_permits_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="permits nothing"):
        read(tmp_path, GOOD.replace("ranges = [", "exclusions_ = [").replace("exclusions_ = [", "#").replace("names = [", "#"))


def test_loopback_needs_no_authorisation_and_everything_else_does() -> None:
    nobody = Permission()
    assert code(nobody, "127.0.0.1") is None
    assert code(nobody, "127.200.0.1", 1) is None
    assert code(nobody, "::1") is None
    assert code(nobody, "127.0.0.1", name="any.name.vn") is None
    for address in ("10.0.0.1", "::2", "0.0.0.0", "128.0.0.0", "126.255.255.255", "169.254.1.1"):
        assert code(nobody, address) == "no_authorisation"
    assert code(nobody, "not-an-address") == "outside_authorisation"


def test_inside_the_authorisation_and_nowhere_else(tmp_path: Path) -> None:
    permission = Permission(read(tmp_path))
    assert code(permission, "10.20.1.1") is None
    assert code(permission, "2001:db8:1::1", 8443) is None
    assert code(permission, "10.21.0.0") == "outside_authorisation"
    assert code(permission, "10.19.255.255") == "outside_authorisation"
    assert code(permission, "10.20.9.9") == "excluded_by_authorisation"
    assert code(permission, "10.20.1.1", 444) == "port_not_authorised"
    assert code(permission, "127.0.0.1", 444) is None
    assert code(permission, "10.20.1.1", name="www.example.vn") is None
    assert code(permission, "10.20.1.1", name="x.gov.example") is None
    assert code(permission, "10.20.1.1", name="other.vn") == "name_not_authorised"
    assert code(permission, "10.20.1.1", name="mail.gov.example") == "excluded_by_authorisation"


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 10, 31), "authorisation_not_yet_valid"),
        (date(2026, 11, 1), None),
        (date(2026, 12, 31), None),
        (date(2027, 1, 1), "authorisation_expired"),
    ],
)
def test_it_holds_from_its_first_day_to_its_last(tmp_path: Path, today: date, expected: str | None) -> None:
    permission = Permission(read(tmp_path))
    assert code(permission, "10.20.1.1", today=today) == expected
    reason = permission.permits_lookup("www.example.vn", Port(443), today)
    assert (None if reason is None else reason.code) == expected


def test_a_name_is_looked_up_only_where_it_is_listed_and_its_address_is_checked_again(tmp_path: Path) -> None:
    permission = Permission(read(tmp_path))
    assert permission.permits_lookup("www.example.vn", Port(443), TODAY) is None
    assert permission.permits_lookup("localhost", Port(1), TODAY) is None
    for name, port, expected in [
        ("other.vn", 443, "name_not_authorised"),
        ("mail.gov.example", 443, "excluded_by_authorisation"),
        ("www.example.vn", 25, "port_not_authorised"),
    ]:
        reason = permission.permits_lookup(name, Port(port), TODAY)
        assert reason is not None
        assert reason.code == expected
    assert code(permission, "192.0.2.7", name="www.example.vn") == "outside_authorisation"
    only_names = Permission(read(tmp_path, GOOD.replace("ranges = [", "# [")))
    assert code(only_names, "192.0.2.7", name="www.example.vn") is None
    assert code(only_names, "10.20.9.1", name="www.example.vn") == "excluded_by_authorisation"
    assert code(only_names, "192.0.2.7") == "outside_authorisation"
    only_ranges = Permission(read(tmp_path, GOOD.replace("names = [", "# [")))
    reason = only_ranges.permits_lookup("www.example.vn", Port(443), TODAY)
    assert reason is not None
    assert reason.code == "name_not_authorised"
    assert code(only_ranges, "10.20.1.1", name="any.vn") is None


def test_the_users_own_exclusions_hold_everywhere_loopback_included(tmp_path: Path) -> None:
    permission = Permission(read(tmp_path), read_exclusions(["127.0.0.9", "10.20.1.1:443", "*.secret.vn"]))
    assert code(permission, "127.0.0.9") == "excluded_by_user"
    assert code(permission, "10.20.1.1") == "excluded_by_user"
    assert code(permission, "10.20.1.1", 8443) is None
    assert code(permission, "127.0.0.1", name="a.secret.vn") == "excluded_by_user"


def test_screening_agrees_with_asking_one_by_one_and_counts_everything(tmp_path: Path) -> None:
    permission = Permission(read(tmp_path), read_exclusions(["10.20.1.0/30", "10.20.1.9:8443", "127.0.0.2"]))
    words = [
        "10.20.0.250-10.20.1.20",
        "10.20.9.0/29",
        "10.40.0.0/30",
        "127.0.0.0/29",
        "www.example.vn",
        "other.vn",
        "a.gov.example@10.20.1.1",
        "[2001:db8::1]:25",
    ]
    targets = expand(words, tcp_ports(443, 8443, 25))
    screened = screen(targets, permission, TODAY)
    allowed = set()
    for item in targets.items():
        if item.address is None:
            assert item.name is not None
            reason = permission.permits_lookup(item.name, Port(item.port), TODAY)
        else:
            reason = permission.permits(item.target(item.address), TODAY)
        if reason is None:
            allowed.add((item.address, item.port, item.name))
    assert {(item.address, item.port, item.name) for item in screened.permitted.items()} == allowed
    assert screened.permitted.count + screened.refused_count == targets.count
    assert allowed


def test_a_refused_network_is_one_line_not_one_an_address(tmp_path: Path) -> None:
    screened = screen(expand(["10.0.0.0/8"], tcp_ports(443, 8443)), Permission(read(tmp_path)), TODAY)
    assert screened.permitted.count == 2 * (65536 - 256 + 3)
    assert len(screened.refusals) <= 5
    assert {(r.reason.code, r.ports) for r in screened.refusals} == {
        ("outside_authorisation", "443,8443"),
        ("excluded_by_authorisation", "443,8443"),
    }


def test_the_narrower_budget_rules(tmp_path: Path) -> None:
    limits = limits_of(read(tmp_path), Limits())
    assert limits.global_rate == 200
    assert limits.per_address_concurrent == 3
    assert limits_of(read(tmp_path), Limits(global_rate=None, per_address_concurrent=1)).per_address_concurrent == 1
    assert limits_of(None, Limits()) == Limits()


def test_r08_no_authorisation_and_no_loopback_lets_what_the_register_keeps_out_be_asked(tmp_path: Path) -> None:
    kept_out = read_exclusions(("10.20.0.0/24", "127.0.0.8/31", "www.example.vn"))
    permission = Permission(read(tmp_path), kept_out=kept_out)
    assert code(permission, "10.20.0.255") == code(permission, "127.0.0.9") == "kept_out_by_register"
    assert code(permission, "10.20.1.1", name="www.example.vn") == "kept_out_by_register"
    assert code(permission, "10.20.1.0", name="other.gov.example") is code(permission, "127.0.0.10") is None
    refusal = permission.permits_lookup("www.example.vn", Port(443), TODAY)
    assert refusal is not None
    assert refusal.code == "kept_out_by_register"


def test_r08_what_the_register_keeps_out_is_cut_out_of_a_range_and_counted(tmp_path: Path) -> None:
    permission = Permission(read(tmp_path), read_exclusions(("10.20.0.0/28",)), read_exclusions(("10.20.0.8/29",)))
    screened = screen(expand(("10.20.0.0/27",), tcp_ports(443)), permission, TODAY)
    assert [(each.what, each.count, each.reason.code) for each in screened.refusals] == [
        ("10.20.0.8-10.20.0.15", 8, "kept_out_by_register"),
        ("10.20.0.0-10.20.0.7", 8, "excluded_by_user"),
    ]
    assert screened.permitted.count == 16


FILES = """
unit = "UB"
number = "7/GP"
approver = "B"
from = 2026-11-01
to = 2026-12-31
machines = ["may-1"]
paths = ["/etc", "/srv/Hồ sơ"]
exclusions = ["/srv/Hồ sơ/mật", "10.20.9.0/24"]
"""


def test_one_for_files_names_machines_and_paths_and_permits_no_packet(tmp_path: Path) -> None:
    given = read(tmp_path, FILES)
    assert (given.machines, given.paths, given.excluded_paths) == (("may-1",), ("/etc", "/srv/Hồ sơ"), ("/srv/Hồ sơ/mật",))
    assert len(given.exclusions) == 1
    assert code(Permission(given), "10.20.1.1") == "outside_authorisation"
    assert code(Permission(given), "10.20.1.1", name="www.example.vn") == "outside_authorisation"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('paths = ["etc"]', "`paths` is wrong: 'etc' is no whole path"),
        ('paths = ["/a\\u0000"]', "`paths` is wrong"),
        ('machines = [" "]', "`machines` is wrong"),
        ("paths = 5", "`paths` must be a list of texts"),
        ("", "names no ranges, names, machines or paths: it permits nothing"),
    ],
)
def test_what_is_no_path_and_no_machine_is_told_with_its_line(tmp_path: Path, line: str, said: str) -> None:
    text = "\n".join(row for row in FILES.splitlines() if not row.startswith(("machines", "paths")))
    with pytest.raises(UsageError) as refusal:
        read(tmp_path, f"{text}\n{line}\n")
    assert said in str(refusal.value)
