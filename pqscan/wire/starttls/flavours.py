"""Which prelude stands before TLS, by the word for it in a target (`host:587/smtp`)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from pqscan.errors import UsageError
from pqscan.wire.starttls import ldap, mysql, postgresql, rdp, tds, xmpp
from pqscan.wire.starttls.ftp import ftp
from pqscan.wire.starttls.imap import imap
from pqscan.wire.starttls.irc import irc
from pqscan.wire.starttls.nntp import nntp
from pqscan.wire.starttls.pop3 import pop3
from pqscan.wire.starttls.prelude import Measure, Prelude, Said, Script
from pqscan.wire.starttls.sieve import sieve
from pqscan.wire.starttls.smtp import lmtp, smtp
from pqscan.wire.starttls.text import line_size

Maker = Callable[[str | None], Prelude]
"""A prelude for the server name that is asked for, None where there is none."""


def _plain(script: Callable[[Said], Script], measure: Measure, _name: str | None) -> Prelude:
    said = Said()
    return Prelude(script(said), measure, said)


def _xmpp(script: Callable[[Said, str | None], Script], name: str | None) -> Prelude:
    said = Said()
    return Prelude(script(said, name), xmpp.unit_size, said, most_units=xmpp.MOST_TAGS)


def _mssql(_name: str | None) -> Prelude:
    said = Said()
    return Prelude(tds.mssql(said), tds.packet_size, said, in_packets=True)


_MAKERS: dict[str, Maker] = {
    "smtp": partial(_plain, smtp, line_size),
    "lmtp": partial(_plain, lmtp, line_size),
    "imap": partial(_plain, imap, line_size),
    "pop3": partial(_plain, pop3, line_size),
    "sieve": partial(_plain, sieve, line_size),
    "ftp": partial(_plain, ftp, line_size),
    "nntp": partial(_plain, nntp, line_size),
    "irc": partial(_plain, irc, line_size),
    "ldap": partial(_plain, ldap.ldap, ldap.message_size),
    "xmpp-client": partial(_xmpp, xmpp.xmpp_client),
    "xmpp-server": partial(_xmpp, xmpp.xmpp_server),
    "postgresql": partial(_plain, postgresql.postgresql, postgresql.answer_size),
    "mysql": partial(_plain, mysql.mysql, mysql.packet_size),
    "mssql": _mssql,
    "rdp": partial(_plain, rdp.rdp, rdp.packet_size),
}
FLAVOURS = tuple(_MAKERS)
_ROOT_DSE = (
    bytes.fromhex("302a0201026325 04000a01000a0100020100020100010100870b") + b"objectclass" + bytes.fromhex("30050403312e31")
)
_FIRST_WORDS: dict[str, bytes] = {
    "smtp": b"EHLO pqscan.invalid\r\n",
    "lmtp": b"LHLO pqscan.invalid\r\n",
    "imap": b"c CAPABILITY\r\n",
    "pop3": b"CAPA\r\n",
    "sieve": b"CAPABILITY\r\n",
    "ftp": b"FEAT\r\n",
    "nntp": b"CAPABILITIES\r\n",
    "irc": b"CAP LS 302\r\n",
    "ldap": _ROOT_DSE,  # RFC 4512, section 5.1: that it exists, and no attribute of it
}


def first_words(flavour: str, server_name: str | None = None) -> bytes:
    """What a client may say first under TLS, and what every server answers: no login, nothing changed. b"" where a protocol has
    nothing of the kind."""
    if flavour in ("xmpp-client", "xmpp-server"):
        return prelude(flavour, server_name).bytes_to_send()
    return _FIRST_WORDS.get(flavour, b"")


def prelude(flavour: str, server_name: str | None = None) -> Prelude:
    """A fresh conversation for one connection. Raises UsageError for a word that is none of `FLAVOURS`."""
    maker = _MAKERS.get(flavour)
    if maker is None:
        raise UsageError(f"{flavour} is no protocol that begins TLS by request; known are {', '.join(FLAVOURS)}")
    return maker(server_name)
