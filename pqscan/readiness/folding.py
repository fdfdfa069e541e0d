"""Names as people compare them: Unicode NFC, without case, with the tone mark in one place (uỷ = ủy, hoà = hòa).

Names are stored as typed; what is folded here is compared and looked up, never shown."""

from __future__ import annotations

import re
import unicodedata

_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")  # huyền, sắc, ngã, hỏi, nặng
_GLIDES = ("oa", "oe", "uy")
"""Vowel pairs on which old and new spelling put the tone mark differently, where nothing follows: it is moved to the second."""
_SPACES = re.compile(r"\s+")


def fold(name: str) -> str:
    """The form under which two spellings of one name are equal."""
    words = _SPACES.sub(" ", unicodedata.normalize("NFC", name).casefold().strip()).split(" ")
    return " ".join(map(_fold_word, words))


def _fold_word(word: str) -> str:
    plain: list[str] = []
    tones: list[tuple[int, str]] = []
    for letter in unicodedata.normalize("NFD", word):
        if letter in _TONES:
            tones.append((len(plain), letter))
        else:
            plain.append(letter)
    bare = "".join(plain)
    if len(tones) == 1 and bare[-2:] in _GLIDES and bare[-3:] != "quy" and tones[0][0] >= len(bare) - 1:
        tones = [(len(bare), tones[0][1])]
    for place, tone in reversed(tones):
        bare = bare[:place] + tone + bare[place:]
    return unicodedata.normalize("NFC", bare)
