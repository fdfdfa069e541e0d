"""Finds PEM blocks (RFC 7468, RFC 1421 headers) in any bytes, in one pass: time grows with the bytes, however they are made.

Text around blocks is skipped (bag attributes, comments, indentation). A block that is broken is told of and stops nothing. A block
inside of a string of JSON or of source code is read too: with its ends of lines escaped, and in parts put together; and one
whose lines all begin and end with the same words, as in comments, quoted mail, patches and logs.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

BEGIN = b"-----BEGIN "
PRIVATE = b"PRIVATE KEY-----"
"""Nothing that is kept has these words in it: where two files were mixed, what begins as a certificate may go on as a key."""
_END = b"-----END "
_DASHES = b"-----"
_MOST_LABEL_OCTETS = 64
_LABEL = re.compile(rb"[A-Z0-9][A-Z0-9 .#/+-]*")
_MOST_BODY_OCTETS = 32 << 20
_LEAST_OCTETS = 8  # No key, certificate or message has fewer by far; parameters of a curve are its name alone.
_SMALL = b"PARAMETERS"
_LINE_ENDS = 2
_SPACE = b" \t\r\n\v\f"
_ESCAPED = re.compile(rb"(?<!\\)\\+[nrt]")  # Begun once for each run: a long one without a letter behind it is gone through once.
_JOINT = re.compile(rb"[\"'][+.,]?\\?[\"']")  # of two strings, without the space between them
_STRING = _SPACE + b"\"'\\"
_LINE_END = re.compile(rb"[ \t]*(?:\\+[nr]|[\r\n])|[ \t]+(?=[A-Za-z0-9+/]{40})")  # or all of the block in one line
_CONTENT = re.compile(rb"[A-Za-z0-9-]{2,40}:|[A-Za-z0-9+/]{16}")  # a header (RFC 1421), or Base64
_BEGINNING = 256
_MOST_LEFT_OUT = 4096
_MOST_MARGIN = 200  # characters beside each line
_DIGITS = bytes.maketrans(b"123456789", b"0" * 9)  # Times in logs differ from line to line.
_MARKUP = re.compile(rb"<br ?/?>|&#(?:13|10|x[dDaA]);")  # ends of lines in HTML and in attributes of XML
_LEFT_OUT = b"..."  # as an example in a text has it


@dataclass(frozen=True, slots=True)
class PemBlock:
    """One block. `line` counts from 1, `offset` from 0, both where its BEGIN stands. `der` is empty where the block is
    broken (`whole` is False: no END of its label, or no Base64) and where its content was not asked for. `is_mention`: the words
    stand there, as in source code and texts, and no content that could be a block's."""

    label: str
    der: bytes
    line: int
    offset: int
    whole: bool = True
    is_mention: bool = False


def scan_pem(data: bytes, wanted: Collection[str] | None = None) -> Iterator[PemBlock]:
    """Every block in order. Only blocks with a label in `wanted` are decoded (None: all), so that the octets of private
    keys need never be made."""
    line, counted, after = 1, 0, 0
    begin = data.find(BEGIN)
    while begin >= 0:
        line += data.count(b"\n", counted, begin)
        counted = begin
        found = block_at(data, begin, wanted)
        if found is not None:
            block, after = found
            yield replace(block, line=line)
        begin = data.find(BEGIN, max(after, begin + len(BEGIN)))


def block_at(data: bytes, begin: int, wanted: Collection[str] | None = None) -> tuple[PemBlock, int] | None:
    """The block whose BEGIN stands at that place, without its line, and the place from which the next one can begin; None where no
    label follows."""
    body = _label_end(data, begin)
    if body is None:
        return None
    label = data[begin + len(BEGIN) : body - len(_DASHES)]
    mark = data.find(_DASHES, body)
    if mark >= 0 and data.startswith(b"-" + _END, mark):  # Each line of a patch begins with a dash.
        mark += 1
    der, is_wanted = None, wanted is None or label.decode("ascii") in wanted
    if mark >= 0 and data.startswith(_END + label + _DASHES, mark):
        der = _decoded(data, begin, body, mark) if is_wanted else b""
    if der is None:
        is_mention = _is_mention(data, body, mark)
    else:  # Both lines side by side in a program, or XXXX between them in its documentation.
        is_mention = is_wanted and len(der) < _LEAST_OCTETS and not label.endswith(_SMALL)
    block = PemBlock(label.decode("ascii"), der or b"", 0, begin, whole=der is not None, is_mention=is_mention)
    return block, mark if mark >= 0 else len(data)


def _is_mention(data: bytes, body: int, mark: int) -> bool:
    if 0 <= mark - body <= _LINE_ENDS and not data[body:mark].strip():  # Nothing but the end of a line: millions are told quickly.
        return True
    begins = data[body : body + _BEGINNING]
    line_end = _LINE_END.match(begins)
    if line_end is None or _CONTENT.match(_from_string(begins[line_end.end() :])) is None:
        return True
    return mark >= 0 and mark - body < _MOST_LEFT_OUT and _LEFT_OUT in data[body:mark]


def _label_end(data: bytes, begin: int) -> int | None:
    """Where the dashes after the label end; None where no label follows."""
    start = begin + len(BEGIN)
    end = data.find(_DASHES, start, start + _MOST_LABEL_OCTETS + len(_DASHES))
    if end < 0 or _LABEL.fullmatch(data, start, end) is None:
        return None
    return end + len(_DASHES)


def _decoded(data: bytes, begin: int, start: int, end: int) -> bytes | None:
    """The octets of the Base64 text; None where it is none."""
    if end - start > _MOST_BODY_OCTETS:
        return None
    inside = _between_margins(data, begin, start, end)
    text = data[start:end] if inside is None else inside
    try:
        return binascii.a2b_base64(_without_headers(text).translate(None, _SPACE), strict_mode=True)
    except binascii.Error:
        pass
    try:
        return binascii.a2b_base64(_from_string(_without_headers(_with_line_ends(text))), strict_mode=True)
    except binascii.Error:
        return None


def _without_headers(text: bytes) -> bytes:
    """Headers (RFC 1421, section 4.6) end at an empty line."""
    return text.replace(b"\r\n", b"\n").rpartition(b"\n\n")[2] if b":" in text else text


def _between_margins(data: bytes, begin: int, body: int, end: int) -> bytes | None:
    """What stands between the words that each line begins and ends with, as that of BEGIN does; None where a line does not, that
    of END included: the one word in front of BEGIN may be what the text begins with by chance."""
    first = data.rfind(b"\n", max(0, begin - _MOST_MARGIN), begin) + 1
    front = data[first:begin].strip() if first or begin <= _MOST_MARGIN else b""
    line_end = data.find(b"\n", body, min(end, body + _MOST_MARGIN))
    if not front or line_end < 0:
        return None
    back, shape = data[body:line_end].strip(), front.translate(_DIGITS)
    *lines, last = data[line_end + 1 : end].split(b"\n")
    if last.strip().translate(_DIGITS) != shape:
        return None
    found = []
    for line in lines:
        words = line.strip()
        if words[: len(front)].translate(_DIGITS) != shape or not words.endswith(back):
            return None
        found.append(words[len(front) : len(words) - len(back)].strip())
    return b"\n".join(found)


def _with_line_ends(text: bytes) -> bytes:
    """The ends of lines as such, where they are escaped and headers end at an empty one."""
    return _ESCAPED.sub(lambda found: b"\n" if found[0].endswith(b"n") else b"", text) if b":" in text else text


def _from_string(text: bytes) -> bytes:
    """What stands there as text of a string of JSON or of source code, without any space."""
    text = _MARKUP.sub(b"", _ESCAPED.sub(b"", text)).replace(b"\\/", b"/").translate(None, _SPACE)
    return _JOINT.sub(b"", text).translate(None, _STRING)
