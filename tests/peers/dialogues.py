"""What a service of each protocol and we say in plain text before TLS: pairs of its bytes and ours, written after the documents.

Used to feed preludes without a network, and by servers that play them over one (`tests/peers/plaintext.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

Turns = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Dialogue:
    """`opening` is what we say unasked. Each turn is what the service says and what we answer, b"" for nothing; after the last one
    TLS begins. `software` is what is to be read out of it, `behaviours` what is to be told."""

    opening: bytes
    turns: Turns
    software: str = ""
    behaviours: tuple[str, ...] = ()


LDAP_REQUEST = bytes.fromhex("301d02010177188016312e332e362e312e342e312e313436362e3230303337")
LDAP_SUCCESS = bytes.fromhex("300c02010178070a010004000400")
LDAP_OF_ACTIVE_DIRECTORY = bytes.fromhex(  # lengths in four bytes, the name of the operation repeated
    "30840000002802010178840000001f0a0100040004008a16312e332e362e312e342e312e313436362e3230303337"
)
PRELOGIN_REQUEST = bytes.fromhex("1201002f0000010000001a00060100200001020021000103002200040400260001ff11000000000001000000000000")
SSL_REQUEST_OF_MYSQL = bytes.fromhex("200000010" + "18a0000" + "00000001" + "21" + "00" * 23)
RDP_REQUEST = bytes.fromhex("030000130ee000000000000100080" + "00b000000")


def mysql_greeting(version: bytes = b"8.0.36", capabilities: int = 0xFFFF) -> bytes:
    body = b"\x0a" + version + b"\0" + bytes(4) + b"saltsalt" + b"\0" + capabilities.to_bytes(2, "little")
    body += b"\xff\x02\x00\xff\xdf\x15" + bytes(10) + b"saltsaltsalt\0" + b"caching_sha2_password\0"
    return len(body).to_bytes(3, "little") + b"\0" + body


def prelogin_answer(encryption: int = 1) -> bytes:
    """SQL Server 16.0.4105."""
    message = bytes.fromhex("00000b0006010011000" + "1ff") + bytes.fromhex("100010090000") + bytes((encryption,))
    return b"\x04\x01" + (8 + len(message)).to_bytes(2, "big") + bytes((0, 0, 1, 0)) + message


def rdp_confirm(kind: int | None = 2, value: int = 2) -> bytes:
    """Kind 2 takes the layer `value`, 3 fails with that code; None: a server that knows no negotiation."""
    part = b"" if kind is None else bytes((kind, 0x1F, 8, 0)) + value.to_bytes(4, "little")
    return b"\x03\x00" + (11 + len(part)).to_bytes(2, "big") + bytes((6 + len(part), 0xD0, 0, 0, 0x12, 0x34, 0)) + part


def _xmpp(namespace: bytes) -> bytes:
    stream = b"xmlns:stream='http://etherx.jabber.org/streams' to='xmpp.example' version='1.0'>"
    return b"<?xml version='1.0'?><stream:stream " + namespace + b" " + stream


STARTTLS_ELEMENT = b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
FEATURES = (
    b"<?xml version='1.0'?><stream:stream xmlns:stream='http://etherx.jabber.org/streams' id='a3' from='xmpp.example' "
    b"version='1.0' xmlns='jabber:client'><stream:features><starttls xmlns=\"urn:ietf:params:xml:ns:xmpp-tls\"><required/>"
    b"</starttls></stream:features>"
)
PROCEED = b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"

DIALOGUES = {
    "smtp": Dialogue(
        b"",
        (
            (b"220 mail.example ESMTP Postfix (Debian/GNU)\r\n", b"EHLO pqscan.invalid\r\n"),
            (b"250-mail.example\r\n250-SIZE 10240000\r\n250-STARTTLS\r\n250-AUTH PLAIN\r\n250 8BITMIME\r\n", b"STARTTLS\r\n"),
            (b"220 2.0.0 Ready to start TLS\r\n", b""),
        ),
        "ESMTP Postfix (Debian/GNU)",
        ("login_before_tls",),
    ),
    "lmtp": Dialogue(
        b"",
        (
            (b"220 mail.example Dovecot (Debian) ready.\r\n", b"LHLO pqscan.invalid\r\n"),
            (b"250-mail.example\r\n250-STARTTLS\r\n250 PIPELINING\r\n", b"STARTTLS\r\n"),
            (b"220 2.0.0 Begin TLS negotiation now.\r\n", b""),
        ),
        "Dovecot (Debian)",
    ),
    "imap": Dialogue(
        b"",
        (
            (b"* OK Dovecot (Debian) ready.\r\n", b"a CAPABILITY\r\n"),
            (b"* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\na OK done\r\n", b"b STARTTLS\r\n"),
            (b"b OK Begin TLS negotiation now.\r\n", b""),
        ),
        "Dovecot (Debian)",
    ),
    "pop3": Dialogue(
        b"",
        (
            (b"+OK Dovecot (Debian) ready. <1896.697170952@mail.example>\r\n", b"CAPA\r\n"),
            (b"+OK\r\nCAPA\r\nTOP\r\nSTLS\r\nUSER\r\n.\r\n", b"STLS\r\n"),
            (b"+OK Begin TLS negotiation now.\r\n", b""),
        ),
        "Dovecot (Debian)",
        ("login_before_tls",),
    ),
    "sieve": Dialogue(
        b"",
        (
            (
                b'"IMPLEMENTATION" "Dovecot (Debian) Pigeonhole"\r\n"SASL" ""\r\n"STARTTLS"\r\n"VERSION" "1.0"\r\nOK "ready."\r\n',
                b"STARTTLS\r\n",
            ),
            (b'OK "Begin TLS negotiation now."\r\n', b""),
        ),
        "Dovecot (Debian) Pigeonhole",
    ),
    "ftp": Dialogue(
        b"",
        ((b"220-Welcome\r\n 230 users\r\n220 (vsFTPd 3.0.3)\r\n", b"AUTH TLS\r\n"), (b"234 Proceed with negotiation.\r\n", b"")),
        "(vsFTPd 3.0.3)",
    ),
    "nntp": Dialogue(
        b"",
        (
            (b"200 news.example InterNetNews NNRP server INN 2.7.1 ready (posting ok)\r\n", b"CAPABILITIES\r\n"),
            (b"101 Capability list:\r\nVERSION 2\r\nIMPLEMENTATION INN 2.7.1\r\nREADER\r\nSTARTTLS\r\n.\r\n", b"STARTTLS\r\n"),
            (b"382 Begin TLS negotiation now\r\n", b""),
        ),
        "INN 2.7.1",
    ),
    "irc": Dialogue(
        b"CAP LS 302\r\n",
        (
            (
                b":irc.example NOTICE * :*** Looking up your hostname...\r\n:irc.example CAP * LS :multi-prefix tls sasl\r\n",
                b"STARTTLS\r\n",
            ),
            (b":irc.example 670 * :STARTTLS successful, go ahead with TLS handshake\r\n", b""),
        ),
    ),
    "ldap": Dialogue(LDAP_REQUEST, ((LDAP_SUCCESS, b""),)),
    "xmpp-client": Dialogue(_xmpp(b"xmlns='jabber:client'"), ((FEATURES, STARTTLS_ELEMENT), (PROCEED, b""))),
    "xmpp-server": Dialogue(
        _xmpp(b"xmlns='jabber:server' xmlns:db='jabber:server:dialback'"), ((FEATURES, STARTTLS_ELEMENT), (PROCEED, b""))
    ),
    "postgresql": Dialogue(bytes.fromhex("0000000804d2162f"), ((b"S", b""),)),
    "mysql": Dialogue(b"", ((mysql_greeting(b"5.5.5-10.11.6-MariaDB"), SSL_REQUEST_OF_MYSQL),), "10.11.6-MariaDB"),
    "mssql": Dialogue(PRELOGIN_REQUEST, ((prelogin_answer(), b""),), "SQL Server 16.0.4105"),
    "rdp": Dialogue(RDP_REQUEST, ((rdp_confirm(), b""),), "", ("rdp_nla",)),
}
SERVER_NAME = "xmpp.example"
