from __future__ import annotations

import io
import tracemalloc
from itertools import islice, pairwise
from pathlib import Path

import pytest

from pqscan.errors import UsageError
from pqscan.model.target import Transport
from pqscan.scan.names import ascii_name
from pqscan.scan.ports import Port, default_ports, format_ports, is_known, parse_permitted, parse_ports, tcp_ports
from pqscan.scan.targets import TargetSet, describe, expand, read_exclusions


def places(targets: TargetSet) -> set[tuple[str | None, int, str | None]]:
    return {(item.address, item.port, item.name) for item in targets.items()}


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("10.0.0.1", {("10.0.0.1", 443, None)}),
        ("10.0.0.1:8443", {("10.0.0.1", 8443, None)}),
        ("10.0.0.9/30", {(f"10.0.0.{n}", 443, None) for n in (8, 9, 10, 11)}),
        ("10.0.0.254-10.0.1.1", {(a, 443, None) for a in ("10.0.0.254", "10.0.0.255", "10.0.1.0", "10.0.1.1")}),
        ("10.0.0.1-3", {(f"10.0.0.{n}", 443, None) for n in (1, 2, 3)}),
        ("10.0.0.1-2:1-2", {(f"10.0.0.{n}", port, None) for n in (1, 2) for port in (1, 2)}),
        ("2001:DB8:0::1", {("2001:db8::1", 443, None)}),
        ("[2001:db8::1]:853", {("2001:db8::1", 853, None)}),
        ("2001:db8::/127", {("2001:db8::", 443, None), ("2001:db8::1", 443, None)}),
        ("::ffff:10.0.0.1", {("10.0.0.1", 443, None)}),
        ("Example.VN.", {(None, 443, "example.vn")}),
        ("example.vn:99", {(None, 99, "example.vn")}),
        ("tiếng-việt.vn", {(None, 443, "xn--ting-vit-e50d7c.vn")}),
        ("www.example.vn@10.0.0.1:444", {("10.0.0.1", 444, "www.example.vn")}),
        ("www.example.vn@[2001:db8::1]:444", {("2001:db8::1", 444, "www.example.vn")}),
        ("www.example.vn@2001:db8::1", {("2001:db8::1", 443, "www.example.vn")}),
        ("a-b.vn", {(None, 443, "a-b.vn")}),
    ],
)
def test_each_way_to_write_a_target_means_its_places(word: str, expected: set[tuple[str | None, int, str | None]]) -> None:
    targets = expand([word], tcp_ports(443))
    assert places(targets) == expected
    assert targets.count == len(expected)


@pytest.mark.parametrize(
    "word",
    [
        "",
        "10.0.0",
        "10.0.0.256",
        "127.1",
        "10.0.0.1/33",
        "10.0.0.5-10.0.0.1",
        "10.0.0.1-256",
        "10.0.0.1:0",
        "10.0.0.1:65536",
        "10.0.0.1:",
        "a b",
        "-",
        "@",
        "fe80::1%eth0",
        "[::1",
        "[10.0.0.1]:443",
        "2001:db8::/64",
        "::/0",
        "https://example.vn/",
        "x@y@10.0.0.1",
        "x@10.0.0.0/24",
        "x@example.vn",
        "a" * 300,
        "exa\x00mple.vn",
        "\x1b[2J",
        "ex_ample.vn:44x",
        "-a.vn",
        "a..vn",
        "::1-10.0.0.1",
        "10.0.0.010",
        "1" * 5000,
        "名" * 200,
    ],
)
def test_what_is_no_target_gives_one_sentence(word: str) -> None:
    with pytest.raises(UsageError) as caught:
        expand([word], tcp_ports(443))
    message = str(caught.value)
    assert "\n" not in message
    assert message.isprintable()
    assert len(message) < 400


def test_without_ports_the_ports_where_tls_lives_are_taken() -> None:
    assert {item.port for item in expand(["10.0.0.1"]).items()} == {port.number for port in default_ports()}
    assert {*tcp_ports(443, 465, 636, 853, 993, 995, 2376, 6443, 8443, 8883, 9443, 10250)} <= set(default_ports())


def test_overlapping_words_give_each_place_once() -> None:
    targets = expand(
        [
            "10.0.0.0/29",
            "10.0.0.4-12",
            "10.0.0.1:443",
            "10.0.0.1:8080",
            "a.vn",
            "A.VN.",
            "a.vn:443",
            "a.vn@10.0.0.1",
            "a.vn@10.0.0.1:443",
        ],
        tcp_ports(443, 8443),
    )
    items = [(item.address, item.port, item.name) for item in targets.items()]
    assert len(items) == len(set(items)) == targets.count == 2 * 13 + 1 + 2 + 2


def test_neighbours_in_time_are_different_addresses() -> None:
    items = list(expand(["10.0.0.0/24", "10.9.0.0/28"], tcp_ports(443, 8443)).items())
    assert all(one.address != other.address for one, other in pairwise(items))
    assert items[0].port == 443
    assert items[-1].port == 8443


def test_a_cursor_goes_on_where_it_stood() -> None:
    targets = expand(["10.0.0.0/28", "2001:db8::/125", "a.vn", "b.vn@10.0.0.1", "10.0.0.99:7"], tcp_ports(443, 8443))
    whole = list(targets.items())
    assert [item.index for item in whole] == list(range(targets.count))
    for start in range(targets.count + 1):
        assert list(targets.items(start)) == whole[start:]


def test_the_digest_tells_when_a_cursor_would_mean_something_else() -> None:
    one = expand(["10.0.0.0/24", "a.vn"], tcp_ports(443))
    assert one.digest == expand(["a.vn", "10.0.0.0-255"], tcp_ports(443)).digest
    assert one.digest != expand(["10.0.0.0/24", "b.vn"], tcp_ports(443)).digest
    assert one.digest != expand(["10.0.0.0/24", "a.vn"], tcp_ports(444)).digest


def test_sixteen_million_addresses_cost_no_memory_to_count_or_begin() -> None:
    tracemalloc.start()
    try:
        targets = expand(["10.0.0.0/8"])
        assert targets.count == (1 << 24) * len(default_ports())
        assert len(list(islice(targets.items(targets.count - 10), 100))) == 10
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_a_list_in_a_file_may_have_comments_blank_lines_and_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "targets.txt"
    path.write_bytes("\ufeff10.0.0.1\r\n\n# a comment\n  example.vn:99   # its port\n".encode())
    assert places(expand([f"@{path}"], tcp_ports(443))) == {("10.0.0.1", 443, None), (None, 99, "example.vn")}


def test_a_list_comes_from_standard_input_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"10.0.0.1\n10.0.0.2:8443\n")))
    assert places(expand(["@-"], tcp_ports(443))) == {("10.0.0.1", 443, None), ("10.0.0.2", 8443, None)}


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"10.0.0.1\n10.0.0.2\x00\n", 2),
        (b"\x7fELF\x02\x01\x01", 1),
        (b"10.0.0.1\n\n\xff\xfe\n", 3),
        (b"10.0.0.1\n" + b"a" * 100_000, 2),
        (b"10.0.0.1\nnot a target\n", 2),
        (b"@other\n", 1),
        ("10.0.0.1\n".encode("utf-16"), 1),
    ],
)
def test_a_hostile_list_gives_one_error_with_file_and_line(tmp_path: Path, content: bytes, line: int) -> None:
    path = tmp_path / "targets.txt"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=rf"targets\.txt', line {line}: "):
        expand([f"@{path}"], tcp_ports(443))


def test_a_line_without_end_is_not_read_into_memory(tmp_path: Path) -> None:
    path = tmp_path / "endless"
    with path.open("wb") as sparse:
        sparse.truncate(10 << 30)
    tracemalloc.start()
    try:
        with pytest.raises(UsageError, match="line 1"):
            expand([f"@{path}"], tcp_ports(443))
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_a_list_with_too_many_lines_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pqscan.scan.target_file.MOST_LINES", 3)
    path = tmp_path / "targets"
    path.write_text("10.0.0.1\n" * 3)
    assert expand([f"@{path}"], tcp_ports(443)).count == 1
    path.write_text("10.0.0.1\n" * 4)
    with pytest.raises(UsageError, match="more than 3 lines"):
        expand([f"@{path}"], tcp_ports(443))


def test_a_thousand_lines_with_every_port_cost_no_more_than_one() -> None:
    found = expand([f"127.0.{n // 250}.{n % 250 + 1}:1-65535" for n in range(1000)])
    assert found.count == 1000 * 65535
    assert len({id(section.addresses) for section in found.sections}) == 1


def test_too_many_port_lists_that_differ_are_refused() -> None:
    with pytest.raises(UsageError, match="too many different ports"):
        expand([f"127.0.0.{n}:{n}-65535" for n in range(1, 100)])
    with pytest.raises(UsageError, match="too many different ports"):
        expand([f"h{n}.vn:1-65535" for n in range(100)])


def test_entries_with_ports_of_their_own_join_those_that_have_none() -> None:
    found = expand(["127.0.0.1", "127.0.0.2:443,444", "127.0.0.3:444"], tcp_ports(443))
    assert {(item.address, item.port) for item in found.items(0)} == {
        ("127.0.0.1", 443), ("127.0.0.2", 443), ("127.0.0.2", 444), ("127.0.0.3", 444),
    }  # fmt: skip


@pytest.mark.parametrize("name", ["missing", "."])
def test_a_list_that_cannot_be_read_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        expand([f"@{tmp_path / name}"], tcp_ports(443))


def test_port_lists_read_back_what_is_written() -> None:
    assert parse_ports("443,8443,9000-9003,443") == tcp_ports(443, 8443, 9000, 9001, 9002, 9003)
    assert format_ports(tcp_ports(9002, 443, 9000, 9001)) == "443,9000-9002"
    assert parse_ports("default,1") == (*default_ports(), Port(1))


def test_a_port_may_name_its_service_or_udp() -> None:
    ports = parse_ports("443/tcp,587/smtp,500/udp,2200-2201/ssh")
    assert ports == (
        Port(443), Port(587, service="smtp"), Port(500, Transport.UDP), Port(2200, service="ssh"), Port(2201, service="ssh")
    )  # fmt: skip
    assert format_ports(ports) == "443,587/smtp,2200-2201/ssh,500/udp"
    (item,) = expand(["mail.vn@192.0.2.1:587/smtp"]).items()
    assert (item.port, item.transport, item.service, item.label) == (587, Transport.TCP, "smtp", "mail.vn@192.0.2.1:587/smtp")
    assert [item.target("192.0.2.1").transport for item in expand(["192.0.2.1:500/udp"]).items()] == [Transport.UDP]


def test_an_authorisation_names_ports_alone() -> None:
    assert parse_permitted("443,500-501,500/udp,443") == (*tcp_ports(443, 500, 501), Port(500, Transport.UDP))
    with pytest.raises(UsageError, match="whatever is spoken there"):
        parse_permitted("587/smtp")


def test_over_udp_only_what_is_usual_or_named_is_known() -> None:
    ports = parse_ports("500/udp,4500/udp,514/udp,514/ike,514/tcp")
    assert [port.place for port in ports if not is_known(port)] == ["514/udp"]


@pytest.mark.parametrize("word", ["192.0.2.1:500/udp", "[2001:db8::1]:4500/udp", "a.vn@192.0.2.1:500/udp", "192.0.2.1:500"])
def test_a_target_is_spelled_as_a_scan_takes_it(word: str) -> None:
    (item,) = expand([word]).items()
    assert item.target(item.address or "").spelling == word


def test_the_same_port_on_udp_is_another_place() -> None:
    targets = expand(["192.0.2.1"], parse_ports("443,443/udp"))
    assert [(item.port, item.transport) for item in targets.items()] == [(443, Transport.TCP), (443, Transport.UDP)]
    assert targets.digest != expand(["192.0.2.1"], parse_ports("443")).digest
    assert describe(targets) == "192.0.2.1; TCP 443; UDP 443"


@pytest.mark.parametrize(
    "text",
    ["", "0", "65536", "443,", "a", "9-1", "1-", "-1", "²", "1-2-3", "9" * 5000, "1/", "1/gopher", "/udp", "1/udp/udp", "1/ssh-2"],
)
def test_what_is_no_port_list_gives_one_sentence(text: str) -> None:
    with pytest.raises(UsageError):
        parse_ports(text)


@pytest.mark.parametrize("text", ["1/", "1/gopher", "/udp", "1/udp/udp", "1/ssh-2"])
def test_what_is_no_service_gives_one_sentence(text: str) -> None:
    with pytest.raises(UsageError):
        parse_ports(text)


def test_exclusions_take_the_same_words_and_name_patterns() -> None:
    exclusions = read_exclusions(["10.0.0.0/24", "10.1.0.1:443", "2001:db8::/32", "*.mil.vn", "a.vn", "b.vn:443"])
    from pqscan.scan.addresses import address_number

    def has(address: str, port: int) -> bool:
        number = address_number(address)
        assert number is not None
        return number in exclusions.at(port)

    assert has("10.0.0.77", 443)
    assert has("10.0.0.77", 8443)
    assert has("10.1.0.1", 443)
    assert not has("10.1.0.1", 8443)
    assert has("2001:db8:ffff::1", 443)
    assert exclusions.has_name("x.y.mil.vn", 443)
    assert not exclusions.has_name("mil.vn", 443)
    assert exclusions.has_name("a.vn", 1)
    assert exclusions.has_name("b.vn", 443)
    assert list(read_exclusions(["10.1.0.1:443/udp"]).at(443)) == list(read_exclusions(["10.1.0.1:443"]).at(443))
    assert not exclusions.has_name("b.vn", 444)


def test_a_description_names_ranges_names_and_ports() -> None:
    assert (
        describe(expand(["10.0.0.0/30", "a.vn", "10.0.0.9:8443"], tcp_ports(443)))
        == "10.0.0.0-10.0.0.3, 10.0.0.9, a.vn; TCP 443, 8443"
    )


@pytest.mark.parametrize("name", ["127.1", "2130706433", "0x7f.1", "a" * 64 + ".vn", ".".join(["a"] * 200)])
def test_names_that_a_resolver_might_take_for_an_address_or_cannot_carry_are_refused(name: str) -> None:
    with pytest.raises(UsageError):
        ascii_name(name)


def test_a_scope_holds_no_word_of_a_language_and_counts_what_it_leaves_out() -> None:
    names = [f"{letter}.vn" for letter in "abcdefghijkl"]
    assert (
        describe(expand(names, tcp_ports(443, 444, 8443)))
        == "a.vn, b.vn, c.vn, d.vn, e.vn, f.vn, g.vn, h.vn, … (+4); TCP 443-444, 8443"
    )
