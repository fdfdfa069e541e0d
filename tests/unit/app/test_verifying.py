"""Asking again only what is open: which targets, how deep, with whose permission."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pqscan.app.assessment import choose_policies
from pqscan.app.history import lives_of, question
from pqscan.app.net_scan import NetScan
from pqscan.app.scanning import prepare
from pqscan.app.verifying import requests, verify
from pqscan.errors import UsageError
from pqscan.model.outcome import Outcome
from pqscan.model.target import FileTarget, NetworkTarget, Transport
from pqscan.readiness.life import Life
from pqscan.scan.audit import AuditLog
from pqscan.store.repository import Store
from tests.unit.app.pasts import MAIL, WEB, a_certificate, a_store, an_answer, an_outcome

NIST = choose_policies(["nist-ir-8547"])
TCP, UDP = Transport.TCP, Transport.UDP
V6 = NetworkTarget("2001:db8::1", 8443, site="Huế")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    def outcomes(number: int) -> list[object]:
        return [
            an_outcome(WEB, an_answer(), number, a_certificate(1)),
            an_outcome(MAIL, an_answer(depth="exhaustive"), number),
            an_outcome(V6, an_answer(depth="quick"), number),
        ]

    with a_store(tmp_path, (0,), outcomes) as opened:  # type: ignore[arg-type]
        yield opened


def test_each_target_is_asked_once_as_deep_as_its_findings_were_seen_and_at_its_site(store: Store) -> None:
    lives = list(lives_of(store, question(NIST)))
    assert len([life for life in lives if life.target == WEB]) > 1
    found = {(request.profile, request.site): request.targets for request in requests(lives)}
    assert found == {
        ("inventory", ""): ("www.example@192.0.2.1:443",),
        ("exhaustive", ""): ("192.0.2.2:993",),
        ("quick", "Huế"): ("[2001:db8::1]:8443",),
    }


def test_what_begins_in_plain_text_is_asked_with_its_service(tmp_path: Path) -> None:
    smtp = NetworkTarget("192.0.2.3", 2525, starttls="smtp")
    with a_store(tmp_path, (0,), lambda number: [an_outcome(smtp, an_answer(), number)]) as store:
        (request,) = requests(lives_of(store, question(NIST)))
    assert request.targets == ("192.0.2.3:2525/smtp",)


def seen(tmp_path: Path, *found: tuple[NetworkTarget, str]) -> list[Life]:
    """The lives of findings on these targets, by these probes."""

    def outcomes(number: int) -> list[Outcome]:
        made = (an_outcome(target, replace(an_answer(), probe=probe), number) for target, probe in found)
        return [replace(one, probe=probe) for one, (_target, probe) in zip(made, found, strict=True)]

    with a_store(tmp_path, (0,), outcomes) as opened:
        return list(lives_of(opened, question(NIST)))


@pytest.mark.parametrize(
    ("target", "probe", "word", "transport", "service"),
    [
        (NetworkTarget("192.0.2.9", 500, transport=UDP), "ike", "192.0.2.9:500/ike", UDP, "ike"),
        (NetworkTarget("2001:db8::9", 4000, transport=UDP), "ike", "[2001:db8::9]:4000/ike", UDP, "ike"),
        (NetworkTarget("192.0.2.9", 443, "a.vn", transport=UDP), "quic", "a.vn@192.0.2.9:443/quic", UDP, "quic"),
        (NetworkTarget("192.0.2.9", 88, "a.vn", transport=UDP), "kerberos", "a.vn@192.0.2.9:88/kerberos-udp", UDP, "kerberos-udp"),
        (NetworkTarget("192.0.2.9", 88), "kerberos", "192.0.2.9:88/kerberos", TCP, "kerberos"),
        (NetworkTarget("192.0.2.9", 2222), "ssh", "192.0.2.9:2222/ssh", TCP, "ssh"),
        (NetworkTarget("192.0.2.9", 1194), "openvpn", "192.0.2.9:1194/openvpn-tcp", TCP, "openvpn-tcp"),
        (NetworkTarget("192.0.2.9", 161, transport=UDP), "snmp", "192.0.2.9:161/snmp", UDP, "snmp"),
    ],
)
def test_what_is_no_tls_is_asked_as_what_it_is_and_as_nothing_else(
    tmp_path: Path, target: NetworkTarget, probe: str, word: str, transport: Transport, service: str
) -> None:
    (request,) = requests(seen(tmp_path, (target, probe)))
    assert request.targets == (word,)
    (item,) = prepare(request).targets.items()
    assert (item.port, item.transport, item.service) == (target.port, transport, service)


@pytest.mark.parametrize(
    ("target", "probe"),
    [
        (NetworkTarget("192.0.2.9", 0), "tls_client"),
        (NetworkTarget("192.0.2.9", 0), "tls"),
        (NetworkTarget("192.0.2.9", 51820, transport=UDP), "wireguard"),
        (NetworkTarget("192.0.2.9", 53, "a.vn"), "dns"),
    ],
)
def test_clients_and_what_cannot_be_asked_as_before_are_left_alone(tmp_path: Path, target: NetworkTarget, probe: str) -> None:
    with pytest.raises(UsageError, match="none of these findings"):
        requests(seen(tmp_path, (target, probe)))


def test_what_a_scan_asked_beside_is_asked_again_with_it(tmp_path: Path) -> None:
    """Lest what is not asked be taken for gone: pages behind TLS, names and selectors in a zone."""
    zone = NetworkTarget("192.0.2.53", 53, "a.vn", transport=UDP)
    lives = seen(tmp_path, (zone, "dns"), (WEB, "tls"), (NetworkTarget("192.0.2.9", 22), "ssh"))
    of_zones = NetScan((), zones=True, zone_names=("www.a.vn",), selectors=("office",))
    with_pages = NetScan((), http=True, http_paths=("/saml",))
    (request,) = requests([life for life in lives if life.probe == "dns"], begun_with=lambda _run: of_zones)
    assert (request.targets, request.zones) == (("a.vn@192.0.2.53:53/udp",), True)
    assert (request.zone_names, request.selectors) == (("www.a.vn",), ("office",))
    others = [life for life in lives if life.probe != "dns"]
    told = {made.targets: (made.http, made.http_paths) for made in requests(others, begun_with=lambda _run: with_pages)}
    assert told == {("www.example@192.0.2.1:443",): (True, ("/saml",)), ("192.0.2.9:22/ssh",): (False, ())}


def test_a_target_that_no_scan_can_ask_is_told(tmp_path: Path) -> None:
    file = FileTarget("machine", "/etc/ssl/leaf.pem")
    with (
        a_store(tmp_path, (0,), lambda number: [an_outcome(file, an_answer(), number)]) as store,
        pytest.raises(UsageError, match="none of these findings"),
    ):
        requests(lives_of(store, question(NIST)))


def test_nothing_is_sent_without_the_authorisation_that_is_needed(store: Store, tmp_path: Path) -> None:
    lives = list(lives_of(store, question(NIST)))
    audit = AuditLog(tmp_path / "audit.jsonl")
    with pytest.raises(UsageError, match="needs --authorisation"):
        verify(store, lives, question(NIST), audit=audit)
    assert [run.id for run in store.runs()] == ["run-0"]
