"""Tables of services of Postfix (master(5)): each a line of eight columns, with the parameters that its command is given as
`-o name=value` or `-o { name = value }`. A line that begins with a blank goes on with the one before it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pqscan.wire.config.setting import Block, Gathered, Setting, text_of

SERVICE = "service"
"""The name of a block: all that stands in one service, whose own name is its first word."""
_COLUMNS = 8
_TYPES = frozenset({"inet", "unix", "unix-dgram", "fifo", "pass"})
_CHOICE = re.compile(r"[yn-]\Z")
_NUMBER = re.compile(r"(?:-|[0-9]{1,9}\??)\Z")
_WORD = re.compile(r"\S+")
Word = tuple[str, int]


def read_services(data: bytes) -> tuple[Setting, ...]:
    """Each service, named by its first two columns, and behind it what it is given, each where its name stands. What is no
    line of a service is a statement of its first word. Raises MalformedMessage at the bounds."""
    found = Gathered()
    for words in _joined(text_of(data)):
        if not _is_service(words):
            found.take(Setting(words[0][0], tuple(word for word, _ in words[1:]), words[0][1]))
            continue
        service = Setting(SERVICE, (words[0][0], words[1][0]), words[0][1], opens=True)
        found.take(service)
        for setting in _given(words[_COLUMNS:], service.block):
            found.take(setting)
    return tuple(found)


def _joined(text: str) -> Iterator[list[Word]]:
    """The words of each line with those that go on with it, with their places."""
    words: list[Word] = []
    place = 0
    for line in text.split("\n"):
        bare = line.strip()
        if bare and bare[0] != "#":
            if words and not line[0].isspace():
                yield words
                words = []
            words += ((each[0], place + each.start()) for each in _WORD.finditer(line))
        place += len(line) + 1
    if words:
        yield words


def _is_service(words: list[Word]) -> bool:
    if len(words) < _COLUMNS or words[1][0] not in _TYPES:
        return False
    return all(_CHOICE.match(word) for word, _ in words[2:5]) and all(_NUMBER.match(word) for word, _ in words[5:7])


def _given(words: list[Word], block: Block) -> Iterator[Setting]:
    """What stands behind `-o`, before the first word that is no option."""
    place = 0
    while place < len(words) and words[place][0].startswith("-"):
        option, at = words[place]
        place += 1
        if not option.startswith("-o"):
            continue
        own = [(option[2:], at + 2)] if option[2:] else words[place : place + 1]
        place += 0 if option[2:] else 1
        if own and own[0][0].startswith("{"):
            while place < len(words) and not own[-1][0].endswith("}"):
                own.append(words[place])
                place += 1
            own = _without_braces(own)
        if own:
            name, _, value = " ".join(word for word, _ in own).partition("=")
            yield Setting(name.strip(), tuple(value.split()), own[0][1], (block,))


def _without_braces(words: list[Word]) -> list[Word]:
    first, last = words[0], words[-1]
    words = [(first[0][1:], first[1] + 1), *words[1:]]
    words[-1] = (words[-1][0].removesuffix("}"), words[-1][1]) if last[0].endswith("}") else words[-1]
    return [each for each in words if each[0]]
