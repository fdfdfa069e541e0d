"""StartTLS of LDAP (RFC 4511, sections 4.12 and 4.14): one extended request, one response. No bind, no search.

Only what these messages need of BER is read here: definite lengths, in as many bytes as the peer likes.
"""

from __future__ import annotations

from pqscan.errors import MalformedMessage, PeerError
from pqscan.wire.cursor import Cursor
from pqscan.wire.starttls.prelude import MOST_UNIT_BYTES, Said, Script, not_offered, other_protocol, put_off, refused
from pqscan.wire.starttls.text import printable

_START_TLS = b"1.3.6.1.4.1.1466.20037"
_SEQUENCE, _INTEGER, _ENUMERATED, _EXTENDED_REQUEST, _EXTENDED_RESPONSE, _REQUEST_NAME = 0x30, 0x02, 0x0A, 0x77, 0x78, 0x80
_OCTET_STRING = 0x04
_OUR_MESSAGE = 1
_SUCCESS, _OPERATIONS_ERROR, _PROTOCOL_ERROR, _REFERRAL, _BUSY, _UNAVAILABLE = 0, 1, 2, 10, 51, 52  # RFC 4511, appendix A
_NO_CERTIFICATE = "Error initializing SSL/TLS"
_UNKNOWN_OPERATIONS = (_PROTOCOL_ERROR, 12, 53)  # 12: unavailableCriticalExtension, 53: unwillingToPerform


def message_size(buffer: bytes) -> int:
    """A `Measure`: one LDAPMessage."""
    if buffer[0] != _SEQUENCE:
        return other_protocol(buffer)
    if len(buffer) < 2:
        return 0
    head, size = 2, buffer[1]
    if size & 0x80:
        head, size = 2 + (size & 0x7F), 0
        if not 2 < head <= 6:
            raise MalformedMessage("LDAPMessage: a length in more than four bytes, or an indefinite one")
        if len(buffer) < head:
            return 0
        size = int.from_bytes(buffer[2:head], "big")
    if head + size > MOST_UNIT_BYTES:
        raise MalformedMessage(f"LDAPMessage: a length of {size}, at most {MOST_UNIT_BYTES} are read")
    return head + size if len(buffer) >= head + size else 0


def start_tls_request() -> bytes:
    """LDAPMessage 1 with an ExtendedRequest that names StartTLS and has no value."""
    operation = _element(_EXTENDED_REQUEST, _element(_REQUEST_NAME, _START_TLS))
    return _element(_SEQUENCE, _element(_INTEGER, bytes((_OUR_MESSAGE,))) + operation)


def ldap(said: Said) -> Script:
    """See the file. Raises what `Prelude.receive` raises."""
    message = yield start_tls_request()
    number, code, text = decode_extended_response(message)
    if number != _OUR_MESSAGE and (number or code == _SUCCESS):  # 0: an unsolicited notification, which ends the connection.
        raise MalformedMessage(f"LDAPMessage {number} answers nothing that was asked")
    if code != _SUCCESS:
        raise _error(said, code, text)
    return b""


def decode_extended_response(message: bytes) -> tuple[int, int, str]:
    """Message number, result code and diagnostic text of an LDAPMessage with an ExtendedResponse. Raises MalformedMessage.

    What may follow the text (referral, name, value) is left alone."""
    outer = Cursor(message)
    body = _read(outer, _SEQUENCE, "LDAPMessage")
    outer.finish("LDAPMessage")
    number = _whole(_read(body, _INTEGER, "messageID"), "messageID")
    operation = _read(body, _EXTENDED_RESPONSE, "ExtendedResponse")
    code = _whole(_read(operation, _ENUMERATED, "resultCode"), "resultCode")
    _read(operation, _OCTET_STRING, "matchedDN")
    return number, code, printable(_read(operation, _OCTET_STRING, "diagnosticMessage").rest())


def _error(said: Said, code: int, text: str) -> PeerError:
    told = f"result code {code} {text}".rstrip()
    if code == _UNAVAILABLE and _NO_CERTIFICATE in text:  # Active Directory without a certificate: not before it gets one.
        return not_offered(said, f"StartTLS is not offered: {told}")
    if code in (_BUSY, _UNAVAILABLE):
        return put_off(told)
    if code in _UNKNOWN_OPERATIONS:
        return not_offered(said, f"StartTLS is not offered: {told}")
    if code == _REFERRAL:
        return refused(f"the service refers us to another server: {told}", code=code)
    return refused(f"the service refused: {told}", code=code)


def _element(tag: int, content: bytes) -> bytes:
    return bytes((tag, len(content))) + content  # All of ours are shorter than 128 bytes.


def _read(cursor: Cursor, tag: int, what: str) -> Cursor:
    found = cursor.uint8(what)
    if found != tag:
        raise MalformedMessage(f"{what}: tag 0x{found:02x} in the place of 0x{tag:02x}")
    size = cursor.uint8(what)
    if size & 0x80:
        if not 0x80 < size <= 0x84:
            raise MalformedMessage(f"{what}: a length in more than four bytes, or an indefinite one")
        size = int.from_bytes(cursor.take(size & 0x7F, what), "big")
    return Cursor(cursor.take(size, what))


def _whole(cursor: Cursor, what: str) -> int:
    content = cursor.rest()
    if not 0 < len(content) <= 4 or content[0] & 0x80:
        raise MalformedMessage(f"{what}: no number from 0 to 2147483647")
    return int.from_bytes(content, "big")
