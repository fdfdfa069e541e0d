"""Commands that check a verdict by hand."""

from __future__ import annotations

import shlex
import subprocess

import pytest

from pqscan.model.target import NetworkTarget, Transport
from pqscan.policy.explain import by_hand, needed, quoted
from pqscan.wire.starttls.flavours import FLAVOURS
from tests.unit.policy.making import server

DEFAULT = server(groups={"TLS1.3": ["0x11ec", "0x001d"]}, selected=("TLS1.3", "0x11ec"))
CAPABLE = server(groups={"TLS1.2": ["0x001d"], "TLS1.3": ["0x001d", "0x11ed"]}, selected=("TLS1.3", "0x001d"))
VULNERABLE = server(groups={"TLS1.3": ["0x001d"]}, selected=("TLS1.3", "0x001d"))
HERE = NetworkTarget("192.0.2.1", 443, "www.example.vn")


def test_a_domain_is_named_to_a_server_of_xmpp() -> None:
    asked = by_hand(NetworkTarget("192.0.2.1", 5222, "xmpp.example", starttls="xmpp-client"), DEFAULT)[1]
    assert asked == (
        "openssl s_client -connect 192.0.2.1:5222 -servername xmpp.example -starttls xmpp -name xmpp.example -brief </dev/null"
    )


@pytest.mark.parametrize("flavour", sorted(set(FLAVOURS) - {"mssql", "rdp"}))
def test_every_protocol_that_s_client_begins_tls_in_can_be_asked_by_hand(flavour: str) -> None:
    assert by_hand(NetworkTarget("192.0.2.1", 1, starttls=flavour), DEFAULT)


def test_the_first_commands_show_the_version_and_what_a_current_client_gets() -> None:
    assert by_hand(HERE, DEFAULT)[:2] == (
        "openssl version",
        "openssl s_client -connect 192.0.2.1:443 -servername www.example.vn -brief </dev/null",
    )
    assert dict(needed().parameters) == {"version": "3.5"}


def test_a_hybrid_that_the_client_does_not_get_is_asked_for_alone() -> None:
    assert any("-groups SecP384r1MLKEM1024 " in command for command in by_hand(HERE, CAPABLE))


def test_a_refusal_is_checked_with_every_hybrid_at_once() -> None:
    assert any("-groups X25519MLKEM768:SecP256r1MLKEM768:" in command for command in by_hand(HERE, VULNERABLE))


def test_an_older_version_is_checked_with_its_own_flag() -> None:
    assert any("-tls1_2 -cipher" in command for command in by_hand(HERE, CAPABLE))


def test_addresses_names_and_preludes_are_written_as_s_client_wants_them() -> None:
    six = by_hand(NetworkTarget("2001:db8::1", 25, starttls="smtp"), DEFAULT)[1]
    assert six == "openssl s_client -connect '[2001:db8::1]:25' -noservername -starttls smtp -brief </dev/null"


def test_what_s_client_cannot_reach_gets_no_command() -> None:
    assert by_hand(NetworkTarget("192.0.2.1", 443, transport=Transport.UDP), DEFAULT) == ()
    assert by_hand(NetworkTarget("192.0.2.1", 443, starttls="rdp"), DEFAULT) == ()


HOSTILE = ["a'; rm -rf /; '", "$(id)", "`id`", "a b", "-help", "a\nid", "x\x1b[2J", 'q"\\', "é", "a&b|c>d", ""]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_one_word_of_the_command(name: str) -> None:
    command = by_hand(NetworkTarget("192.0.2.1", 443, name), DEFAULT)[1]
    assert command.isprintable()
    assert command.isascii()
    shown = subprocess.run(
        ["bash", "-c", "printf '%s\\0' " + command.removeprefix("openssl ").removesuffix(" -brief </dev/null")],
        capture_output=True,
        check=True,
    )
    assert shown.stdout.decode().split("\0")[3:5] == ["-servername", name]


@pytest.mark.parametrize("name", ["www.example.vn", "a b", "x;y"])
def test_printable_names_are_quoted_for_any_posix_shell(name: str) -> None:
    assert shlex.split(quoted(name)) == [name]


def test_a_hybrid_that_the_client_got_is_not_asked_for_again() -> None:
    assert not any("-groups X25519MLKEM768 " in command for command in by_hand(HERE, DEFAULT))


def test_unprintable_names_stay_readable() -> None:
    assert quoted("a.b-c\x1b") == "$'a.b-c\\x1b'"
