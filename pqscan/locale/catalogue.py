"""Reads a gettext catalogue in its written form (.po), as the GNU gettext manual, "The Format of PO Files", gives it.

Left out: obsolete entries (`#~`), fuzzy entries (not shown to people) and plural formulas (Vietnamese has one form,
English two).
"""

from __future__ import annotations

import re
from gettext import NullTranslations
from pathlib import Path

from pqscan.errors import DataError

_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}
_CONTEXT_END = "\x04"  # as in compiled catalogues


class Catalogue(NullTranslations):
    """Messages of one language; what is missing is shown as its message id."""

    def __init__(self, messages: dict[str, tuple[str, ...]]) -> None:
        super().__init__()
        self.messages = messages

    def gettext(self, message: str) -> str:
        found = self.messages.get(message)
        return found[0] if found else message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        found = self.messages.get(msgid1)
        if not found:
            return msgid1 if n == 1 else msgid2
        return found[0] if n == 1 else found[-1]

    def pgettext(self, context: str, message: str) -> str:
        found = self.messages.get(context + _CONTEXT_END + message)
        return found[0] if found else self.gettext(message)


def read_catalogue(language: str) -> Catalogue:
    """The catalogue of "vi" or "en" in this package."""
    path = Path(__file__).resolve().parent / language / "LC_MESSAGES" / "pqscan.po"
    return Catalogue(parse_po(path.read_text("utf-8"), f"{language}/LC_MESSAGES/pqscan.po"))


def parse_po(text: str, name: str) -> dict[str, tuple[str, ...]]:
    """Message id (with its context before U+0004) to its forms; untranslated and fuzzy entries are left out.

    Raises DataError, naming the line."""
    messages: dict[str, tuple[str, ...]] = {}
    entry: dict[str, str] = {}
    keyword = ""
    fuzzy = False

    def finish() -> None:
        nonlocal fuzzy
        forms = tuple(entry[key] for key in ("msgstr", "msgstr[0]", "msgstr[1]") if key in entry)
        if entry.get("msgid") and all(forms) and forms and not fuzzy:
            context = entry.get("msgctxt")
            messages[entry["msgid"] if context is None else context + _CONTEXT_END + entry["msgid"]] = forms
        entry.clear()
        fuzzy = False

    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        if line.startswith('"'):
            if not keyword or not line.endswith('"') or len(line) < 2:
                raise DataError(f"{name}, line {number}: a string stands without a keyword or is not closed.")
            entry[keyword] += _unescape(line[1:-1])
        elif line.startswith("#"):
            if entry.keys() & {"msgstr", "msgstr[0]"}:
                finish()
            fuzzy = fuzzy or (line.startswith("#,") and "fuzzy" in line)
        elif not line.strip():
            continue
        else:
            keyword, _, rest = line.partition(" ")
            known = keyword in {"msgctxt", "msgid", "msgid_plural", "msgstr", "msgstr[0]", "msgstr[1]"}
            if not known or not (rest.startswith('"') and rest.endswith('"') and len(rest) > 1):
                raise DataError(f"{name}, line {number}: neither a comment nor a gettext keyword with a string.")
            if keyword in ("msgctxt", "msgid") and "msgstr" in "".join(entry):
                finish()
            entry[keyword] = _unescape(rest[1:-1])
    finish()
    return messages


def _unescape(text: str) -> str:
    return _ESCAPE.sub(lambda match: _ESCAPED.get(match[1], match[1]), text) if "\\" in text else text
