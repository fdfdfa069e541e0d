"""Places that say nothing to the first word, real and scripted: each is found by what is left to ask, at its price."""

from __future__ import annotations

import pytest
from pqscan_probes.ssh import SshProbe
from pqscan_probes.tls import TlsProbe, TlsSettings

from pqscan.model.observation import Subject
from pqscan.model.outcome import Outcome, OutcomeStatus
from pqscan.model.target import NetworkTarget
from pqscan.net.budget import NO_LIMITS
from pqscan.net.dial import DialSettings
from pqscan.net.loop import run
from pqscan.net.throttle import Throttle
from pqscan.scan.authorisation import Permission
from pqscan.scan.router import Router
from pqscan.scan.targets import expand
from pqscan.scan.work import Asker, AskSettings
from tests.integration.starttls.asking import Services
from tests.peers.lab import Lab
from tests.peers.plaintext import Drips, Opens, OpensInPackets, Turns
from tests.peers.scripted import ScriptedServer
from tests.peers.truth import load_truth

BACKEND = "hybrid-default"


def ask(place: str, most_knocks: int = 6, attempt_seconds: float = 20.0) -> Outcome:
    """What a scan keeps of one place, quickly asked."""
    return everything(place, (), most_knocks, attempt_seconds)[0]


def everything(place: str, names: tuple[str, ...], most_knocks: int = 6, attempt_seconds: float = 20.0) -> tuple[Outcome, ...]:
    """The same with other names that may be served there."""

    async def main() -> tuple[Outcome, ...]:
        (item,) = expand([place]).items()
        router = Router((TlsProbe(TlsSettings("quick")), SshProbe()), most_knocks)
        settings = AskSettings(dial=DialSettings(attempt_seconds=attempt_seconds), knock_seconds=0.5, extra_names=names)
        result = await Asker(router, Throttle(NO_LIMITS), Permission(), settings).ask(item)
        assert result is not None
        assert sum(count for _, count in result.counts) == len(result.outcomes)
        return result.outcomes

    return run(main())


def target(outcome: Outcome) -> NetworkTarget:
    assert isinstance(outcome.target, NetworkTarget)
    return outcome.target


@pytest.mark.lab
@pytest.mark.parametrize("flavour", ["postgresql", "ldap", "rdp", "mssql", "xmpp-client"])
def test_a_service_that_waits_for_the_client_is_found_on_any_port(lab: Lab, flavour: str) -> None:
    backend = lab[BACKEND].port
    with OpensInPackets(backend) if flavour == "mssql" else Opens(flavour, backend) as peer:
        outcome = ask(f"xmpp.example@127.0.0.1:{peer.port}")
        assert peer.connections == outcome.connections_used
    assert (target(outcome).starttls, outcome.status) == (flavour, OutcomeStatus.COMPLETED)
    assert outcome.profile is not None
    assert "0x11ec" in {each.value for each in outcome.profile.observations if each.subject is Subject.SELECTED_GROUP}


@pytest.mark.lab
@pytest.mark.parametrize("name", ["starttls-postgresql", "starttls-slapd", "starttls-xrdp", "starttls-prosody-c2s"])
def test_real_services_are_found_on_ports_that_say_nothing_of_them(real_services: Services, name: str) -> None:
    truth = load_truth(name)
    outcome = ask(f"{truth.server_name or 'any.example'}@127.0.0.1:{real_services[name].port}")
    assert (target(outcome).starttls, outcome.status) == (truth.starttls, OutcomeStatus.COMPLETED)


@pytest.mark.lab
@pytest.mark.parametrize("service", ["smtp", "imap", "ssh", "ldap", "mysql"])
def test_tls_at_once_is_found_behind_the_usual_words_of_another_service(lab: Lab, service: str) -> None:
    outcome = ask(f"127.0.0.1:{lab[BACKEND].port}/{service}", attempt_seconds=2.0)
    assert (outcome.probe, target(outcome).starttls, outcome.status) == ("tls", None, OutcomeStatus.COMPLETED)


def test_a_tarpit_costs_one_connection_a_protocol_and_stays_what_it_was() -> None:
    with Turns(stays=True) as peer:
        outcome = ask(f"127.0.0.1:{peer.port}", attempt_seconds=1.0)
        assert peer.connections == outcome.connections_used == 1 + 5
    assert (outcome.status, outcome.profile, target(outcome).starttls) == (OutcomeStatus.TIMED_OUT, None, None)
    with Turns(stays=True) as peer:
        few = ask(f"127.0.0.1:{peer.port}", most_knocks=2, attempt_seconds=1.0)
        assert peer.connections == few.connections_used == 1 + 2


def test_a_tarpit_that_drips_is_not_asked_on() -> None:
    with Drips() as peer:
        outcome = ask(f"127.0.0.1:{peer.port}/smtp", attempt_seconds=1.0)
        assert peer.connections == outcome.connections_used == 1


class HangsUp(ScriptedServer):
    def play(self, stream: object, number: int) -> None:
        return


def test_who_hangs_up_on_everything_keeps_its_first_end_and_all_connections_count() -> None:
    with HangsUp() as peer:
        outcome = ask(f"127.0.0.1:{peer.port}/imap")
        assert peer.connections == outcome.connections_used == 1 + 6
    assert (outcome.status, target(outcome).starttls) == (OutcomeStatus.CLOSED_EARLY, "imap")


def test_an_answer_that_is_like_nothing_makes_no_fact_of_any_word() -> None:
    with Turns(b"\xee" * 32, at_once=False) as peer:
        outcome = ask(f"127.0.0.1:{peer.port}")
        assert peer.connections == outcome.connections_used == 1 + 5
    assert (outcome.status, outcome.profile, target(outcome).starttls) == (OutcomeStatus.WRONG_PROTOCOL, None, None)


@pytest.mark.parametrize("word", [b"NOTICE AUTH :*** Looking up your hostname\r\n", b"No.\r\n", b"Sorry\r\n", b"GO AWAY\r\n"])
def test_words_that_begin_with_a_letter_of_postgresql_are_none_of_its_answers(word: bytes) -> None:
    class Chats(ScriptedServer):
        def play(self, stream: object, number: int) -> None:
            if len(stream.recv(4096)) == 8:  # type: ignore[attr-defined]
                stream.sendall(word)  # type: ignore[attr-defined]

    with Chats() as peer:
        outcome = ask(f"127.0.0.1:{peer.port}")
    assert (outcome.profile, target(outcome).starttls) == (None, None)


def test_a_greeting_that_comes_late_still_tells_what_it_is() -> None:
    class Late(Turns):
        def play(self, stream: object, number: int) -> None:
            if number <= 1:
                self.wait_until_stopped()
            super().play(stream, number)  # type: ignore[arg-type]

    with Late(b"220 mail.example ESMTP Postfix\r\n", b"250 mail.example\r\n") as peer:
        outcome = ask(f"127.0.0.1:{peer.port}", attempt_seconds=1.0)
    assert (target(outcome).starttls, outcome.status) == ("smtp", OutcomeStatus.COMPLETED)
    assert outcome.detail is not None
    assert outcome.detail.code == "starttls_not_offered"


def test_what_somebody_named_has_the_time_of_its_protocol() -> None:
    class Slow(Turns):
        def play(self, stream: object, number: int) -> None:
            self.pause(1.5)  # Longer than a knock.
            super().play(stream, number)  # type: ignore[arg-type]

    with Slow(b"220 mail.example ESMTP Postfix\r\n", b"250 mail.example\r\n") as peer:
        outcome = ask(f"127.0.0.1:{peer.port}/smtp")
        assert peer.connections == outcome.connections_used == 1
    assert (target(outcome).starttls, outcome.status) == ("smtp", OutcomeStatus.COMPLETED)


@pytest.mark.lab
def test_other_names_are_asked_as_patiently_as_what_was_known_before(lab: Lab) -> None:
    class Slow(Opens):
        def play(self, stream: object, number: int) -> None:
            if number >= 5:  # Three of TLS, the knock that is answered, then the other name.
                self.pause(1.5)
            super().play(stream, number)  # type: ignore[arg-type]

    with Slow("postgresql", lab[BACKEND].port) as peer:
        found = everything(f"127.0.0.1:{peer.port}", ("b.example",))
    assert [(target(each).server_name, each.status) for each in found] == [
        (None, OutcomeStatus.COMPLETED),
        ("b.example", OutcomeStatus.COMPLETED),
    ]
