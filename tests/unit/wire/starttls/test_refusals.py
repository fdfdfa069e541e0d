"""How services say no, each in its words: never (a fact about them), not now, not to us."""

from __future__ import annotations

import pytest

from pqscan.errors import MalformedMessage, PeerRejected, PeerThrottled, WrongProtocol
from pqscan.wire.starttls.flavours import prelude
from tests.peers.dialogues import FEATURES, mysql_greeting, prelogin_answer, rdp_confirm
from tests.unit.wire.starttls.play import fresh, say

GREETING, EHLO = b"220 mail.example ESMTP\r\n", b"250-mail.example\r\n250 STARTTLS\r\n"
XMPP_HEAD = FEATURES[: FEATURES.index(b"<stream:features>")]
OPEN_SIEVE = b'"STARTTLS"\r\nOK\r\n'
NNTP_LIST = b"101 list\r\nVERSION 2\r\nSTARTTLS\r\n.\r\n"


def ldap_answer(code: int, text: bytes = b"", number: int = 1) -> bytes:
    operation = bytes((0x0A, 1, code, 4, 0, 4, len(text))) + text
    body = bytes((2, 1, number, 0x78, len(operation))) + operation
    return bytes((0x30, len(body))) + body


def mysql_error(code: int) -> bytes:
    body = b"\xff" + code.to_bytes(2, "little") + b"Host is blocked"
    return len(body).to_bytes(3, "little") + b"\0" + body


NOT_OFFERED = [
    ("smtp", (GREETING, b"250-mail.example\r\n250 SIZE\r\n")),
    ("smtp", (GREETING, b"502 5.5.2 Error: command not recognized\r\n")),
    ("lmtp", (GREETING, b"250 mail.example\r\n")),
    ("imap", (b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\r\n",)),
    ("imap", (b"* OK ready\r\n", b"* CAPABILITY IMAP4rev1\r\na OK done\r\n")),
    ("pop3", (b"+OK ready\r\n", b"+OK\r\nTOP\r\n.\r\n")),
    ("pop3", (b"+OK ready\r\n", b"-ERR unknown command\r\n", b"-ERR unknown command\r\n")),
    ("sieve", (b'"SIEVE" "fileinto"\r\nOK\r\n',)),
    ("ftp", (b"220 ProFTPD Server\r\n", b"500 AUTH not understood\r\n")),
    ("ftp", (b"220 (vsFTPd 3.0.3)\r\n", b"530 Please login with USER and PASS.\r\n")),
    ("nntp", (b"200 news.example ready\r\n", b"101 list\r\nVERSION 2\r\n.\r\n")),
    ("nntp", (b"200 news.example ready\r\n", b"500 what?\r\n", b"500 what?\r\n")),
    ("irc", (b":irc.example CAP * LS :multi-prefix sasl\r\n",)),
    ("irc", (b":irc.example 451 CAP :You have not registered\r\n", b":irc.example 421 * STARTTLS :Unknown command\r\n")),
    ("ldap", (ldap_answer(2, b"unsupported extended operation"),)),
    ("ldap", (ldap_answer(52, b"00000000: LdapErr: DSID-0C09117F, comment: Error initializing SSL/TLS, data 0"),)),
    ("xmpp-client", (XMPP_HEAD + b"<stream:features><bind xmlns='x'/></stream:features>",)),
    ("postgresql", (b"N", b"N")),
    ("postgresql", (b"N", b"G")),
    ("postgresql", (b"N", b"EFATAL:  unsupported frontend protocol 1234.5680\n\0")),
    ("mysql", (mysql_greeting(capabilities=0xF7FF),)),
    ("mssql", (prelogin_answer(2),)),
]
NOT_NOW = [
    ("smtp", (b"421 4.7.0 too many connections\r\n",)),
    ("smtp", (GREETING, b"421 4.7.0 try again\r\n")),
    ("smtp", (GREETING, EHLO, b"454 4.7.0 TLS not available due to temporary reason\r\n")),
    ("lmtp", (GREETING, EHLO, b"454 4.3.0 TLS not available\r\n")),
    ("imap", (b"* BYE [UNAVAILABLE] Maximum number of connections exceeded\r\n",)),
    ("imap", (b"* OK [CAPABILITY STARTTLS] ready\r\n", b"* BYE going down\r\n")),
    ("imap", (b"* OK [CAPABILITY STARTTLS] ready\r\n", b"b NO [UNAVAILABLE] later\r\n")),
    ("pop3", (b"-ERR [SYS/TEMP] busy\r\n",)),
    ("pop3", (b"+OK ready\r\n", b"-ERR unknown command\r\n", b"-ERR [SYS/TEMP] busy\r\n")),
    ("sieve", (b"BYE (TRYLATER) busy\r\n",)),
    ("ftp", (b"421 There are too many connected users\r\n",)),
    ("ftp", (b"220 ready\r\n", b"431 no resource\r\n")),
    ("nntp", (b"400 too many\r\n",)),
    ("irc", (b"ERROR :Closing Link: [127.0.0.1] (Trying to reconnect too fast.)\r\n",)),
    ("ldap", (ldap_answer(51),)),
    ("ldap", (ldap_answer(52, b"going down", 0),)),
    ("xmpp-client", (XMPP_HEAD + b"<stream:error><resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>",)),
    ("postgresql", (b"E\0\0\0\x1eSFATAL\0C53300\0Mtoo many\0\0\0\0",)),
    ("mysql", (mysql_error(1129),)),
]
NOT_TO_US = [
    ("smtp", (b"554 5.7.1 no\r\n",), "starttls_greeting_refused"),
    ("smtp", (GREETING, EHLO, b"554 5.7.3 no\r\n"), "starttls_refused"),
    ("imap", (b"* BYE go away\r\n",), "starttls_greeting_refused"),
    ("imap", (b"* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] welcome\r\n",), "starttls_preauthenticated"),
    ("imap", (b"* OK [CAPABILITY STARTTLS] ready\r\n", b"b BAD what?\r\n"), "starttls_refused"),
    ("pop3", (b"-ERR go away\r\n",), "starttls_greeting_refused"),
    ("pop3", (b"+OK ready\r\n", b"+OK\r\nSTLS\r\n.\r\n", b"-ERR not for you\r\n"), "starttls_refused"),
    ("smtp", (GREETING, b"550 5.7.1 your name is not welcome\r\n"), "starttls_refused"),
    ("ftp", (b"220 ready\r\n", b"533 a protection level is needed\r\n"), "starttls_refused"),
    ("sieve", (b'BYE "go away"\r\n',), "starttls_greeting_refused"),
    ("sieve", (OPEN_SIEVE, b'NO "not now"\r\n'), "starttls_refused"),
    ("ftp", (b"220 ready\r\n", b"534 policy\r\n"), "starttls_refused"),
    ("nntp", (b"502 no permission\r\n",), "starttls_greeting_refused"),
    ("nntp", (b"200 x ready\r\n", NNTP_LIST, b"580 can not initiate TLS\r\n"), "starttls_refused"),
    ("irc", (b":a CAP * LS :tls\r\n", b":a 691 * :STARTTLS failed\r\n"), "starttls_refused"),
    ("ldap", (ldap_answer(10, b"ldap://elsewhere.example"),), "starttls_refused"),
    ("xmpp-client", (XMPP_HEAD + b"<stream:error><host-unknown xmlns='x'/></stream:error>",), "starttls_needs_name"),
    ("xmpp-client", (FEATURES, b"<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"), "starttls_refused"),
    ("postgresql", (b"Eunsupported frontend protocol\0",), "starttls_refused"),
    ("mysql", (mysql_error(1130),), "starttls_greeting_refused"),
    ("rdp", (rdp_confirm(3, 5),), "starttls_refused"),
    ("rdp", (rdp_confirm(3, 2),), "starttls_standard_security"),
    ("rdp", (rdp_confirm(3, 3),), "starttls_standard_security"),
]


@pytest.mark.parametrize(("flavour", "turns"), NOT_OFFERED)
def test_a_service_that_offers_no_tls_says_so_and_that_is_a_fact(flavour: str, turns: tuple[bytes, ...]) -> None:
    made, _ = fresh(flavour)
    for turn in turns[:-1]:
        made.receive(turn)
    with pytest.raises(PeerRejected) as caught:
        made.receive(turns[-1])
    assert caught.value.phrase == "starttls_not_offered"
    assert "starttls_not_offered" in made.said.behaviours
    assert not made.finished


@pytest.mark.parametrize(("flavour", "turns"), NOT_NOW)
def test_a_service_that_puts_us_off_is_throttled(flavour: str, turns: tuple[bytes, ...]) -> None:
    with pytest.raises(PeerThrottled):
        say(flavour, *turns)


@pytest.mark.parametrize(("flavour", "turns", "phrase"), NOT_TO_US)
def test_a_refusal_is_no_statement_about_what_is_offered(flavour: str, turns: tuple[bytes, ...], phrase: str) -> None:
    with pytest.raises(PeerRejected) as caught:
        say(flavour, *turns)
    assert caught.value.phrase == phrase


@pytest.mark.parametrize("words", [b"G", b"NOTICE AUTH :*** Looking up your hostname\r\n", b"No.\r\n"])
def test_a_letter_of_postgresql_that_answers_nothing_is_another_protocol(words: bytes) -> None:
    with pytest.raises(WrongProtocol):
        say("postgresql", words)


@pytest.mark.parametrize(
    ("flavour", "turns", "like"),
    [
        ("smtp", (b"220 ProFTPD Server\r\n", b"500 EHLO not understood\r\n"), "FTP"),
        ("smtp", (b"220 (vsFTPd 3.0.3)\r\n", b"530 Please login with USER and PASS.\r\n"), "FTP"),
        ("smtp", (b"220 mail.example LMTP ready\r\n", b"500 5.5.1 Unknown command\r\n"), "LMTP"),
        ("lmtp", (b"220 mail.example ESMTP Postfix\r\n", b"502 5.5.2 Error: command not recognized\r\n"), "SMTP"),
        ("ftp", (b"220 mail.example ESMTP Postfix\r\n", b"502 5.5.2 Error: command not recognized\r\n"), "SMTP"),
        ("ldap", (b"220 mail.example ESMTP\r\n",), "SMTP"),
        ("rdp", (b"RFB 003.008\n",), "RFB"),
        ("smtp", (mysql_greeting() + b"\n",), "MySQL"),
        ("mysql", (b"\x15\x03", b"\x03\x00\x02\x02\x46"), "TLS"),
        ("mysql", (b"\x16\x03\x03\x00\x0a" + bytes(10),), "TLS"),
    ],
)
def test_protocols_that_greet_alike_are_told_apart(flavour: str, turns: tuple[bytes, ...], like: str) -> None:
    with pytest.raises(WrongProtocol) as caught:
        say(flavour, *turns)
    assert caught.value.like == like


@pytest.mark.parametrize(
    ("flavour", "turns"),
    [
        ("smtp", (GREETING, b"250-a\r\n220 b\r\n")),
        ("smtp", (GREETING, b"nonsense\r\n")),
        ("imap", (b"* OK x\r\n", b"nonsense\r\n")),
        ("postgresql", (b"N", b"S")),
        ("pop3", (b"+OK x\r\n", b"nonsense\r\n")),
        ("ldap", (ldap_answer(0, number=2),)),
        ("ldap", (ldap_answer(0)[:-4] + b"\x05\x00\x04\x00",)),
        ("ldap", (b"\x30\x80",)),
        ("ldap", (bytes.fromhex("300c02010178070a010004800400"),)),
        ("xmpp-client", (XMPP_HEAD + b"<!DOCTYPE a [<!ENTITY b 'c'>]>",)),
        ("xmpp-client", (XMPP_HEAD + b"<a>" * 20,)),
        ("xmpp-client", (XMPP_HEAD + b"</a>",)),
        ("ldap", (b"\x30\x0d\x02\x80\x01\x78\x07" + bytes(8),)),
        ("mysql", (b"\xff\xff\x7f\0\x0a",)),
        ("mysql", (b"\x12\0\0\0\x0a8.0\0" + bytes(13),)),  # It ends before the flag for TLS could stand there.
        ("mssql", (prelogin_answer(4),)),
        ("mssql", (b"\x04\x01\x00\x0d\0\0\1\0\x00\xff\xff\x00\x01",)),
        ("mssql", (b"\x04\x01\x00\x14\0\0\1\0" + b"\x01\0\x0b\0\x01" * 2 + b"\xff\x01",)),
        ("rdp", (rdp_confirm(2, 4),)),
        ("rdp", (rdp_confirm()[:-6] + b"\x09\0" + rdp_confirm()[-4:],)),
        ("rdp", (rdp_confirm(2, 16),)),
        ("rdp", (b"\x03\x00\x00\x0b\x06\xf0\0\0\0\0\0",)),
    ],
)
def test_what_follows_no_document_is_malformed(flavour: str, turns: tuple[bytes, ...]) -> None:
    with pytest.raises(MalformedMessage):
        say(flavour, *turns)


def test_names_in_a_stream_are_escaped_and_none_is_sent_where_there_is_none() -> None:
    assert b" to='a&apos;b&lt;c&amp;d'" in prelude("xmpp-client", "a'b<c&d").bytes_to_send()
    assert b" to=" not in prelude("xmpp-client", None).bytes_to_send()
