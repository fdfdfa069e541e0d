"""Exports of the Windows registry (.reg, "Windows Registry Editor Version 5.00" and REGEDIT4): keys with their values.

What an export takes away (`[-KEY]`, `"value"=-`) is no value. UTF-16 is read where its mark stands in front."""

from __future__ import annotations

import codecs
import re

from pqscan.errors import MalformedMessage
from pqscan.wire.config.node import Node, Tree, config_text

_HEADS = ("Windows Registry Editor Version", "REGEDIT4")
_KEY = re.compile(r"\[(-?)([^\r\n]+)\][ \t]*$")
_VALUE = re.compile(r'(?:"([^"\\]*(?:\\.[^"\\]*)*)"|(@))[ \t]*=[ \t]*(.*)$', re.DOTALL)
_BINARY = re.compile(r"hex(?:\(([0-9a-f]+)\))?:", re.IGNORECASE)
_OCTETS = re.compile(r"[0-9A-Fa-f]{2}")
_ESCAPE = re.compile(r'\\(["\\])')
_WIDE = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_TEXTS = frozenset({"1", "2", "7"})  # REG_SZ, REG_EXPAND_SZ, REG_MULTI_SZ
_MOST_LINES_OF_ONE = 4096


def read_registry_export(data: bytes) -> tuple[Node, ...]:
    """A node a key, named by its whole path, with its values as children: a number in decimal, a text, each text of a list.
    Raises MalformedMessage."""
    for mark, encoding in _WIDE:
        if data.startswith(mark):
            data = data[2:].decode(encoding, "replace").encode("utf-8", "replace")
    content = config_text(data)
    if not content.lstrip().startswith(_HEADS):
        raise MalformedMessage("it is no export of the registry: its first line is another")
    tree = Tree()
    for text, line in _joined(content.replace("\r\n", "\n").split("\n")):
        key, value = _KEY.match(text), _VALUE.match(text)
        if key is not None:
            if tree.depth:
                tree.close()
            tree.open("" if key[1] else key[2], (), line)
        elif value is not None and tree.depth:
            values = _values(value[3].strip())
            if values is not None:
                tree.leaf(_ESCAPE.sub(r"\1", value[1] or "") if value[2] is None else "@", values, line)
    if tree.depth:
        tree.close()
    return tuple(node for node in tree.done() if node.name)


def _joined(lines: list[str]) -> list[tuple[str, int]]:
    """Each entry in one line: binary values go on behind a backslash."""
    found: list[tuple[str, int]] = []
    parts: list[str] = []
    begun = 0
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not parts:
            begun = number
            if not text or text.startswith(";"):
                continue
        continues = text.endswith("\\") and "=hex" in (parts[0] if parts else text) and len(parts) < _MOST_LINES_OF_ONE
        parts.append(text.rstrip("\\") if continues else text)
        if not continues:
            found.append(("".join(parts), begun))
            parts = []
    if parts:
        found.append(("".join(parts), begun))
    return found


def _values(text: str) -> tuple[str, ...] | None:
    """None where the export takes the value away."""
    if text == "-":
        return None
    if text.startswith('"'):
        return (_ESCAPE.sub(r"\1", text[1:].removesuffix('"')),)
    folded = text.lower()
    if folded.startswith("dword:"):
        digits = folded.removeprefix("dword:").strip()
        return (str(int(digits, 16)),) if re.fullmatch("[0-9a-f]{1,8}", digits) else ()
    binary = _BINARY.match(text)
    if binary is None or (binary[1] or "") not in _TEXTS:
        return ()
    octets = bytes(int(pair, 16) for pair in _OCTETS.findall(text[binary.end() :]))
    return tuple(one for one in octets[: len(octets) & ~1].decode("utf-16-le", "replace").split("\0") if one)
