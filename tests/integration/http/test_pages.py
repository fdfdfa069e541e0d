"""What HTTPS says behind TLS, at a server of the standard library: the server's name, HSTS, keys of an identity service."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
from collections.abc import Iterator

import pytest
from pqscan_probes.http import HttpProbe
from pqscan_probes.tls import TlsProbe, TlsSettings

from pqscan.model.canonical import canonical
from pqscan.model.observation import Observation, Profile, Subject
from pqscan.model.outcome import Facts, OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.model.target import NetworkTarget
from pqscan.net.dial import DialSettings, TcpDialer
from pqscan.net.throttle import Throttle
from pqscan.policy.key_establishment import key_establishment
from pqscan.policy.state import State
from tests.peers.https_pages import Pages, serving
from tests.peers.scripted import ScriptedServer

pytestmark = pytest.mark.lab
NAME = "www.demo.invalid"
KEY = {"kty": "RSA", "use": "sig", "n": base64.urlsafe_b64encode(b"\xc1" + bytes(127)).decode().rstrip("="), "e": "AQAB"}
OTHER = {"kty": "OKP", "crv": "Ed25519", "use": "sig", "x": "A" * 43}


@pytest.fixture
def pages() -> Iterator[Pages]:
    with serving() as found:
        yield found


def ask(port: int, paths: tuple[str, ...] = (), name: str | None = NAME) -> tuple[Facts, int]:
    async def run() -> tuple[Facts, int]:
        dialer = TcpDialer(Throttle(), DialSettings())
        probe = HttpProbe(TlsProbe(TlsSettings("quick")), paths)
        return await probe.run(NetworkTarget("127.0.0.1", port, name), dialer), dialer.connections_used

    return asyncio.run(run())


def of(facts: Facts, subject: Subject) -> list[Observation]:
    return [each for each in facts.observations if each.subject is subject]


def values(facts: Facts, subject: Subject) -> list[str]:
    return [each.value for each in of(facts, subject)]


def document(*keys: dict[str, str]) -> bytes:
    return json.dumps({"keys": keys}).encode()


def test_the_servers_name_and_hsts_are_told_beside_its_tls(pages: Pages) -> None:
    pages.pages["/"] = (
        302,
        {"Server": "nginx/1.26", "Strict-Transport-Security": "max-age=31536000; preload", "Location": "https://x/"},
        b"",
    )
    facts, _ = ask(pages.port)
    assert (facts.status, values(facts, Subject.SOFTWARE)) == (OutcomeStatus.COMPLETED, ["nginx/1.26"])
    (hsts,) = [each for each in of(facts, Subject.BEHAVIOUR) if "hsts" in each.value]
    assert (hsts.value, dict(hsts.parameters)) == ("hsts", {"max_age": 31536000})
    assert of(facts, Subject.SELECTED_GROUP)
    assert facts.asked.startswith("http+")
    assert {path for path, _ in pages.asked} == {"/", "/.well-known/openid-configuration", "/.well-known/jwks.json"}
    assert {host for _, host in pages.asked} == {f"{NAME}:{pages.port}"}


@pytest.mark.parametrize("field", ["", "max-age=0", "max-age=x", "includeSubDomains"])
def test_what_does_not_hold_a_browser_is_no_hsts(pages: Pages, field: str) -> None:
    pages.pages["/"] = (200, {"Strict-Transport-Security": field} if field else {}, b"hello")
    facts, _ = ask(pages.port)
    assert [value for value in values(facts, Subject.BEHAVIOUR) if "hsts" in value] == ["no_hsts"]


@pytest.mark.parametrize(("digits", "age"), [("9" * 30, 1 << 32), ("0" * 30 + "60", 60), ("9" * 5000, 1 << 32)])
def test_an_age_of_many_digits_is_one(pages: Pages, digits: str, age: int) -> None:
    pages.pages["/"] = (200, {"Strict-Transport-Security": f"max-age={digits}"}, b"hello")
    facts, _ = ask(pages.port)
    (hsts,) = [each for each in of(facts, Subject.BEHAVIOUR) if "hsts" in each.value]
    assert (hsts.value, dict(hsts.parameters)) == ("hsts", {"max_age": age})


def test_keys_are_read_where_the_configuration_says_that_they_lie(pages: Pages) -> None:
    configuration = {"jwks_uri": f"https://{NAME}:{pages.port}/keys?v=1"}
    pages.pages["/.well-known/openid-configuration"] = (200, {}, json.dumps(configuration).encode())
    pages.pages["/keys?v=1"] = (200, {}, document(KEY))
    pages.pages["/.well-known/jwks.json"] = (200, {}, document(OTHER))
    facts, _ = ask(pages.port)
    found = {
        (each.name, each.context, each.where.symbol if each.where else None): dict(each.parameters)
        for each in of(facts, Subject.PUBLIC_KEY)
    }
    assert {key[:2] for key in found} == {("RSA", "signing"), ("Ed25519", "signing")}
    assert {key[2] for key in found} == {"/keys?v=1 keys[0]", "/.well-known/jwks.json keys[0]"}
    assert [parameters.get("size_bits") for key, parameters in found.items() if key[0] == "RSA"] == [1024]


@pytest.mark.parametrize(
    "uri",
    [
        "https://elsewhere.invalid:{port}/keys", "http://www.demo.invalid:{port}/keys", "https://www.demo.invalid/keys",
        "https://www.demo.invalid:{port}/a b",
        "https://www.demo.invalid:{port}", "https://www.demo.invalid:99999/keys", "//x", "", "https://[::1",
    ],
)  # fmt: skip
def test_keys_that_lie_elsewhere_are_not_asked_for(pages: Pages, uri: str) -> None:
    configuration = json.dumps({"jwks_uri": uri.format(port=pages.port)}).encode()
    pages.pages["/.well-known/openid-configuration"] = (200, {}, configuration)
    ask(pages.port)
    assert {path for path, _ in pages.asked} == {"/", "/.well-known/openid-configuration", "/.well-known/jwks.json"}


def test_what_a_service_says_in_comments_lets_nothing_pass(pages: Pages) -> None:
    said = '// pqscan: ignore reason="all is well" until=2099-12-31'
    pages.pages["/.well-known/jwks.json"] = (
        200,
        {"Server": f"x # {said}"},
        json.dumps({"a": said, "keys": [KEY]}, indent=0).encode(),
    )
    facts, _ = ask(pages.port)
    assert of(facts, Subject.PUBLIC_KEY)
    assert not [each for each in facts.observations if "ignored_until" in dict(each.parameters)]


@pytest.mark.parametrize("body", [b"", b"{}", b"[" * 100_000, b"\xff", b"<html></html>", b"null", b'{"keys": 5}'])
def test_what_holds_no_keys_tells_none(pages: Pages, body: bytes) -> None:
    for path in ("/.well-known/openid-configuration", "/.well-known/jwks.json", "/saml"):
        pages.pages[path] = (200, {}, body)
    facts, _ = ask(pages.port, ("/saml",))
    assert (facts.status, of(facts, Subject.PUBLIC_KEY)) == (OutcomeStatus.COMPLETED, [])
    assert ("/saml", f"{NAME}:{pages.port}") in pages.asked


def test_a_path_that_the_user_names_is_asked_once(pages: Pages) -> None:
    pages.pages["/mine"] = (200, {}, document(KEY))
    facts, _ = ask(pages.port, ("/mine", "/mine"))
    assert len(of(facts, Subject.PUBLIC_KEY)) == 1
    assert [path for path, _ in pages.asked].count("/mine") == 1


def test_an_address_without_a_name_is_asked_by_its_address(pages: Pages) -> None:
    ask(pages.port, name=None)
    assert {host for _, host in pages.asked} == {f"127.0.0.1:{pages.port}"}


@pytest.fixture
def plain() -> Iterator[Pages]:
    with serving(in_tls=False) as found:
        yield found


def state(facts: Facts) -> tuple[State, Reason]:
    made = canonical(Profile("tls", facts.depth, facts.asked, facts.complete, facts.observations))
    keys = key_establishment(made)
    return keys.state, keys.reasons[0]


@pytest.mark.parametrize(
    ("location", "to"),
    [
        ("https://www.demo.invalid/", "www.demo.invalid:443"),
        ("https://other.invalid:8443/login?next=/", "other.invalid:8443"),
        ("HTTPS://[2001:db8::1]/", "[2001:db8::1]:443"),
        (f"https://{'a' * 500}.invalid/", f"{'a' * 300}"),
    ],
)
def test_plain_http_is_asked_once_and_where_it_forwards_is_told(plain: Pages, location: str, to: str) -> None:
    plain.pages["/"] = (301, {"Server": "nginx/1.26", "Location": location, "Strict-Transport-Security": "max-age=9"}, b"")
    facts, used = ask(plain.port, ("/mine",))
    assert (facts.status, facts.complete, values(facts, Subject.SOFTWARE)) == (OutcomeStatus.COMPLETED, True, ["nginx/1.26"])
    told = {one.value: dict(one.parameters) for one in of(facts, Subject.BEHAVIOUR)}
    assert told == {"http_without_tls": {}, "redirects_to_https": {"to": to}}, "HSTS in plain text is no HSTS"
    assert [path for path, _host in plain.asked if path] == ["/"]
    assert plain.asked[-1][1] == f"{NAME}:{plain.port}"
    assert (used, facts.asked[:5]) == (2, "http+")
    assert state(facts) == (State.BROKEN, Reason.of("http_forwards_to_https", to=to, rule="floor-state-plain-text"))


@pytest.mark.parametrize(
    ("status", "location"),
    [
        (200, "https://www.demo.invalid/"), (301, "http://www.demo.invalid/"), (302, "/login"), (302, ""), (301, "https://"),
        (301, "https://[::1"), (301, "https://www.demo.invalid:99999/"), (404, ""), (308, "ftp://x/"),
    ],
)  # fmt: skip
def test_what_leads_to_no_https_is_told_as_that(plain: Pages, status: int, location: str) -> None:
    plain.pages["/"] = (status, {"Location": location} if location else {}, b"hello")
    facts, _ = ask(plain.port)
    assert set(values(facts, Subject.BEHAVIOUR)) == {"http_without_tls", "no_redirect_to_https"}
    assert state(facts) == (State.BROKEN, Reason.of("http_does_not_forward", rule="floor-state-plain-text"))


def test_where_plain_http_gives_no_second_answer_what_was_seen_stands() -> None:
    class Once(ScriptedServer):
        def play(self, stream: socket.socket, number: int) -> None:
            stream.recv(65536)
            if number == 1:
                stream.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    with Once() as peer:
        facts, _ = ask(peer.port)
    assert (facts.complete, values(facts, Subject.BEHAVIOUR)) == (True, ["http_without_tls"])
    assert state(facts)[1].code == "http_without_tls"
