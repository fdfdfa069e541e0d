"""Errors in the reader's language. An error carries its English sentence; the catalogue has the template that it was made from,
and what was put into it is found again and put into the translation."""

from __future__ import annotations

import re
from functools import cache

from pqscan.locale import Translator

_CONTEXT = "error\x04"
_PLACE = re.compile(r"\{([a-j])\}")
_FRAMES = ("; correct the row.", "; correct the file.")  # of sentences about files, around what is wrong there
_LONGEST = 4000  # characters; what is longer stays English
_DEEPEST = 3  # an error in an error


def error_text(message: str, say: Translator) -> str:
    """The sentence in the translator's language, as far as the catalogue knows it; else as it is."""
    return _said(message, say, _DEEPEST)


def _said(message: str, say: Translator, depth: int) -> str:
    if say.language == "en" or len(message) > _LONGEST or depth == 0:
        return message
    for pattern, names, translation in _templates(say):
        found = pattern.fullmatch(message)
        if found is not None:
            values = {name: _said(found[name], say, depth - 1) for name in names}
            return _put(values, translation)
    place, colon, rest = message.partition(": ")
    return f"{_said(place, say, depth - 1)}: {_said(rest, say, depth - 1)}" if colon else message


@cache
def _templates(say: Translator) -> tuple[tuple[re.Pattern[str], tuple[str, ...], str], ...]:
    """The frames of sentences about files first, then those with most words of their own."""
    messages: dict[str, tuple[str, ...]] = getattr(say.catalogue, "messages", {})
    texts = [(key.removeprefix(_CONTEXT), forms[0]) for key, forms in messages.items() if key.startswith(_CONTEXT)]
    texts.sort(key=lambda text: (not text[0].endswith(_FRAMES), -len(_PLACE.sub("", text[0])), text[0]))
    return tuple((_pattern(english), tuple(_PLACE.findall(english)), translation) for english, translation in texts)


def _pattern(template: str) -> re.Pattern[str]:
    parts = _PLACE.split(template)
    return re.compile("".join(f"(?P<{part}>.*?)" if odd % 2 else re.escape(part) for odd, part in enumerate(parts)), re.DOTALL)


def _put(values: dict[str, str], template: str) -> str:
    return _PLACE.sub(lambda place: values.get(place[1], ""), template)
