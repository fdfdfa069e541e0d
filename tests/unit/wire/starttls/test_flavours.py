"""Each prelude on the dialogue of its document: what we say, what we learn, and when TLS may begin."""

from __future__ import annotations

import pytest

from pqscan.errors import MalformedMessage, PeerClosed, PeerRejected, UsageError, WrongProtocol
from pqscan.wire.starttls.flavours import FLAVOURS, prelude
from pqscan.wire.starttls.prelude import MOST_UNIT_BYTES, MOST_UNITS
from tests.peers.dialogues import DIALOGUES, FEATURES, LDAP_OF_ACTIVE_DIRECTORY, PROCEED, prelogin_answer
from tests.unit.wire.starttls.play import fresh, play, say

each = pytest.mark.parametrize("flavour", FLAVOURS)
TEXT = ("smtp", "lmtp", "imap", "pop3", "sieve", "ftp", "nntp", "irc")


def test_every_flavour_has_its_dialogue() -> None:
    assert set(DIALOGUES) == set(FLAVOURS)


@each
@pytest.mark.parametrize("in_bytes", [False, True])
def test_a_service_that_offers_tls_is_brought_to_begin_it(flavour: str, in_bytes: bool) -> None:
    dialogue = DIALOGUES[flavour]
    made = play(flavour, dialogue, in_bytes=in_bytes)
    assert made.finished
    assert made.said.software == dialogue.software
    assert tuple(made.said.behaviours) == dialogue.behaviours
    assert made.in_packets is (flavour == "mssql")


@each
def test_plain_text_behind_the_go_ahead_is_an_error_and_told(flavour: str) -> None:
    turns = [theirs for theirs, _ in DIALOGUES[flavour].turns]
    at_once, later = fresh(flavour)[0], say(flavour, *turns)
    for theirs in turns[:-1]:
        at_once.receive(theirs)
    with pytest.raises(MalformedMessage, match="plain text after"):
        at_once.receive(turns[-1] + b"250 injected\r\n")
    with pytest.raises(MalformedMessage, match="plain text after"):
        later.receive(b"250 injected\r\n")
    assert "plaintext_after_starttls" in at_once.said.behaviours
    assert "plaintext_after_starttls" in later.said.behaviours


@each
@pytest.mark.parametrize(
    ("answer", "like"),
    [
        (b"\x15\x03\x03\x00\x02\x02\x46", "TLS"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "SSH"),
        (b"HTTP/1.1 400 Bad Request\r\n", "HTTP"),
    ],
)
def test_another_protocol_is_told_by_its_first_bytes(flavour: str, answer: bytes, like: str) -> None:
    with pytest.raises(WrongProtocol) as caught:
        say(flavour, answer)
    assert caught.value.like == like


@each
def test_a_close_before_the_go_ahead_is_told_as_one(flavour: str) -> None:
    with pytest.raises(PeerClosed):
        fresh(flavour)[0].peer_closed()


@pytest.mark.parametrize("flavour", TEXT)
def test_a_line_without_end_is_bounded(flavour: str) -> None:
    with pytest.raises(MalformedMessage):
        say(flavour, b"220-" + b"x" * MOST_UNIT_BYTES)


@pytest.mark.parametrize(
    ("flavour", "line"),
    [("smtp", b"220-x\r\n"), ("ftp", b"220-x\r\n"), ("sieve", b'"X" "y"\r\n'), ("irc", b":a NOTICE * :wait\r\n")],
)
def test_lines_without_end_are_bounded(flavour: str, line: bytes) -> None:
    with pytest.raises(MalformedMessage, match=f"more than {MOST_UNITS} lines"):
        say(flavour, line * (MOST_UNITS + 1))


def test_an_unknown_word_is_the_callers_mistake() -> None:
    with pytest.raises(UsageError, match="telnet"):
        prelude("telnet")


def test_a_list_of_irc_may_come_in_several_lines() -> None:
    made = say("irc", b":a CAP * LS * :tls sasl\r\n:a CAP * LS :batch\r\n")
    made.receive(b":a 670 * :go\r\n")
    assert made.finished


def test_irc_answers_a_ping_on_the_way() -> None:
    made, _ = fresh("irc")
    made.receive(b"PING :abc\r\n")
    assert made.bytes_to_send() == b"PONG :abc\r\n"


def test_lengths_of_active_directory_are_read() -> None:
    assert say("ldap", LDAP_OF_ACTIVE_DIRECTORY).finished


def test_what_looks_like_a_go_ahead_of_xmpp_is_none_before_it_was_asked_for() -> None:
    head = FEATURES[: FEATURES.index(b"<stream:features>")]
    assert not say("xmpp-client", head + PROCEED).finished


def test_starttls_of_another_namespace_is_no_offer() -> None:
    with pytest.raises(PeerRejected) as caught:
        say("xmpp-client", FEATURES.replace(b"urn:ietf:params:xml:ns:xmpp-tls", b"urn:other"))
    assert caught.value.phrase == "starttls_not_offered"


def mechanisms(*names: str) -> bytes:
    return b"".join(f"<mechanism>{name}</mechanism>".encode() for name in names)


LOGINS = [
    ("smtp", (b"220 mail ESMTP\r\n", b"250-mail\r\n250-STARTTLS\r\n250 AUTH GSSAPI NTLM\r\n"), False),
    ("smtp", (b"220 mail ESMTP\r\n", b"250-mail\r\n250-STARTTLS\r\n250-AUTH GSSAPI\r\n250 AUTH=login\r\n"), True),
    ("imap", (b"* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED AUTH=GSSAPI] a\r\n",), False),
    ("imap", (b"* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED AUTH=PLAIN] a\r\n",), True),
    ("imap", (b"* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=GSSAPI] a\r\n",), True),
    ("pop3", (b"+OK a\r\n", b"+OK\r\nSTLS\r\nSASL NTLM GSSAPI\r\n.\r\n"), False),
    ("pop3", (b"+OK a\r\n", b"+OK\r\nSTLS\r\nSASL NTLM Plain\r\n.\r\n"), True),
    ("sieve", (b'"SASL" "SCRAM-SHA-256"\r\n"STARTTLS"\r\nOK\r\n',), False),
    ("sieve", (b'"SASL" "SCRAM-SHA-256 OAUTHBEARER"\r\n"STARTTLS"\r\nOK\r\n',), True),
    ("nntp", (b"200 a b\r\n", b"101 l\r\nSTARTTLS\r\nAUTHINFO SASL\r\nSASL DIGEST-MD5\r\n.\r\n"), False),
    ("nntp", (b"200 a b\r\n", b"101 l\r\nSTARTTLS\r\nAUTHINFO SASL USER\r\nSASL DIGEST-MD5\r\n.\r\n"), True),
]


@pytest.mark.parametrize(("flavour", "turns", "in_the_clear"), LOGINS)
def test_only_a_login_that_gives_secrets_away_is_told(flavour: str, turns: tuple[bytes, ...], in_the_clear: bool) -> None:
    assert ("login_before_tls" in say(flavour, *turns).said.behaviours) is in_the_clear


@pytest.mark.parametrize(("names", "in_the_clear"), [(("SCRAM-SHA-1", "EXTERNAL"), False), (("SCRAM-SHA-1", "PLAIN"), True)])
def test_mechanisms_of_xmpp_are_read(names: tuple[str, ...], in_the_clear: bool) -> None:
    features = FEATURES.replace(b"</starttls>", b"</starttls><mechanisms xmlns='x'>" + mechanisms(*names) + b"</mechanisms>")
    assert ("login_before_tls" in say("xmpp-client", features).said.behaviours) is in_the_clear


def test_a_server_of_sql_that_requires_encryption_says_so() -> None:
    assert tuple(say("mssql", prelogin_answer(3)).said.behaviours) == ("mssql_encryption_required",)


def test_a_prelogin_in_two_packets_is_one() -> None:
    whole = prelogin_answer()
    content = whole[8:]
    first = b"\x04\x00" + (8 + 5).to_bytes(2, "big") + bytes((0, 0, 1, 0)) + content[:5]
    second = b"\x04\x01" + (8 + len(content) - 5).to_bytes(2, "big") + bytes((0, 0, 2, 0)) + content[5:]
    made = say("mssql", first, second)
    assert made.finished
    assert made.said.software == "SQL Server 16.0.4105"


def test_a_reply_of_ftp_may_hold_anything_between_its_lines() -> None:
    assert say("ftp", b"220-Welcome\r\n421 is only text here\r\n220 ready\r\n", b"234 go\r\n").finished
