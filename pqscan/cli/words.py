"""The language of this run, and texts in it. Texts in decorators are marked with `msgid` and translated when they are shown."""

from __future__ import annotations

from pqscan.locale import DEFAULT_LANGUAGE, Translator, fill, msgid, translator

__all__ = ["counted", "error_text", "filled", "gettext", "label", "language", "msgid", "say", "set_language"]

_language = DEFAULT_LANGUAGE


def set_language(language: str) -> None:
    global _language
    _language = language


def language() -> str:
    return _language


def say() -> Translator:
    return translator(_language)


def gettext(message: str) -> str:
    return say().gettext(message)


def filled(message: str, /, **values: object) -> str:
    """The translated text with its `{name}` filled in."""
    return fill(gettext(message), values)


def counted(singular: str, plural: str, count: int) -> str:
    return say().counted(singular, plural, count)


def label(table: str, value: str) -> str:
    return say().label(table, value)


def state(family: str, value: str) -> str:
    return say().state(family, value)


def error_text(message: str) -> str:
    """The sentence of an error in this language, as far as the catalogue knows it."""
    from pqscan.locale import spoken

    return spoken.error_text(message, say())
