"""XML 1.0 as expat tells it: elements with their attributes, each with its line. A document type is refused, and with it every
entity; text between elements is not read."""

from __future__ import annotations

import re
from xml.parsers import expat

from pqscan.errors import MalformedMessage
from pqscan.wire.config.node import MOST_OCTETS, Node, Tree

_TAG_OCTETS = 16 << 10
_MOST_ATTRIBUTES = 200


def read_xml(data: bytes) -> tuple[Node, ...]:
    """One node for the outermost element; attributes are its first children. Raises MalformedMessage."""
    if len(data) > MOST_OCTETS:
        raise MalformedMessage(f"a configuration of {len(data)} bytes is larger than {MOST_OCTETS}")
    reader = _Reader(data)
    try:
        reader.parser.Parse(data, True)
    except (expat.ExpatError, ValueError) as error:  # ValueError: of encodings that Python does not have.
        raise MalformedMessage(f"it is no XML in line {reader.line_of(reader.parser.ErrorByteIndex)}") from error
    except LookupError as error:
        raise MalformedMessage("it is XML in an encoding that nobody has") from error
    return reader.tree.done()


class _Reader:
    """Takes what expat tells."""

    __slots__ = ("_counted", "_data", "_lines", "parser", "tree")

    def __init__(self, data: bytes) -> None:
        self.tree = Tree()
        self.parser = expat.ParserCreate()
        self.parser.StartDoctypeDeclHandler = self._refused
        self.parser.StartElementHandler = self._begins
        self.parser.EndElementHandler = self._ends
        self._data = data
        self._counted, self._lines = 0, 1

    def line_of(self, offset: int) -> int:
        """The line of an offset, which grows from one question to the next."""
        if offset < self._counted:
            self._counted, self._lines = 0, 1
        self._lines += self._data.count(b"\n", self._counted, offset)
        self._counted = max(self._counted, offset)
        return self._lines

    def _refused(self, *_: object) -> None:
        raise MalformedMessage("the XML declares a document type, which is not read; take the declaration out")

    def _begins(self, name: str, attributes: dict[str, str]) -> None:
        offset = self.parser.CurrentByteIndex
        line = self.line_of(offset)
        self.tree.open(_local(name), (), line)
        tag = self._data[offset : offset + _TAG_OCTETS] if len(attributes) <= _MOST_ATTRIBUTES else b""
        tag = tag[: tag.find(b">") + 1] if b">" in tag else tag
        for attribute, value in attributes.items():
            found = re.search(rb"(?<![\w:.-])" + re.escape(attribute.encode("utf-8", "replace")) + rb"\s*=", tag) if tag else None
            at = line if found is None else line + tag.count(b"\n", 0, found.start())
            self.tree.leaf(_local(attribute), (value,), at)

    def _ends(self, _: str) -> None:
        self.tree.close()


def _local(name: str) -> str:
    return name.rpartition(":")[2]
