"""Vietnamese and English: which language, the translator, and the text of a reason.

English is the message id; `vi/LC_MESSAGES/pqscan.po` holds the Vietnamese. The catalogues are read as they are written
(no compiled form to fall behind), so an editable install, a wheel and a checkout behave alike.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from gettext import NullTranslations

from pqscan.locale import formats
from pqscan.locale.catalogue import read_catalogue
from pqscan.locale.templates import label_templates, reason_templates
from pqscan.model.reason import Reason

LANGUAGES = ("vi", "en")
DEFAULT_LANGUAGE = "vi"

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)(?::([a-z_]+))?\}")


def msgid(text: str) -> str:
    """Marks a constant as text for people; it is translated where it is shown, not where it stands."""
    return text


def fill(template: str, values: Mapping[str, object]) -> str:
    """`template` with `{name}` replaced by values as they are; a value that is missing shows as `?`. Values are never templates."""
    return _PLACEHOLDER.sub(lambda match: str(values.get(match[1], "?")), template)


def choose_language(option: str | None, environment: Mapping[str, str]) -> str:
    """`--lang` first, then the first of LC_ALL, LC_MESSAGES and LANG that is set (POSIX order), else Vietnamese.

    A locale that is neither Vietnamese nor English (such as `C`) means the default."""
    wanted = option or next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    prefix = wanted.lower().replace("-", "_").partition("_")[0].partition(".")[0]
    return prefix if prefix in LANGUAGES else DEFAULT_LANGUAGE


@dataclass(frozen=True, slots=True)
class Translator:
    """Everything that is said in one language. Texts from peers pass through unchanged: each output escapes its own way."""

    language: str
    catalogue: NullTranslations

    def gettext(self, message: str) -> str:
        return self.catalogue.gettext(message)

    def ngettext(self, singular: str, plural: str, count: int) -> str:
        return self.catalogue.ngettext(singular, plural, count)

    def counted(self, singular: str, plural: str, count: int) -> str:
        """`{count}` filled with the grouped number, in the form that fits it."""
        return fill(self.ngettext(singular, plural, count), {"count": self.number(count)})

    def label(self, table: str, value: str) -> str:
        """The word for a closed value (`state`, `verdict`, `status`, ... in `labels.toml`); the value itself where unlisted."""
        template = label_templates().get(table, {}).get(value)
        return value if template is None else self.catalogue.pgettext(table, template)

    def state(self, family: str, value: str) -> str:
        """The word for a state of a family, `key_establishment` or `authentication`: what establishes no keys may authenticate."""
        own = f"state_of_{family}"
        return self.label(own if value in label_templates().get(own, {}) else "state", value)

    def clause(self, text: str) -> str:
        """Where a rule stands, its fixed words in this language; titles and headings stay as they are published."""
        for template in label_templates()["clause"].values():
            told = self.catalogue.pgettext("clause", template)
            before, number, after = map(re.escape, template.partition("{number}"))
            wanted = rf"\b{before}{'([0-9][0-9a-z.()]*)' if number else ''}{after}(?![0-9A-Za-z])"
            text = re.sub(wanted, told.replace("\\", r"\\").replace("{number}", r"\1"), text)
        return text

    def render(self, reason: Reason) -> str:
        """The sentence of a reason. A code without a template is shown as it is, with its parameters: never an error."""
        return self._render(reason.code, dict(reason.parameters))

    def _render(self, code: str, parameters: Mapping[str, str | int]) -> str:
        template = reason_templates().get(code)
        if template is None:
            rest = ", ".join(f"{name}={value}" for name, value in sorted(parameters.items()))
            return f"{code} ({rest})" if rest else code

        def fill(match: re.Match[str]) -> str:
            value = parameters.get(match[1])
            if value is None:
                return "?"
            return self._parameter(value, match[2] or (match[1] if match[1] == "algorithm" else ""))

        return _PLACEHOLDER.sub(fill, self.gettext(template))

    def _parameter(self, value: str | int, kind: str) -> str:
        """`{reason:text}` is a code rendered in its turn (one level, no parameters); `{detail:error}` an error's sentence in
        this language as far as the catalogue knows it; `{state:state}` a label; `{algorithm}` and
        `{value:algorithm}` names of algorithms, of unlisted ones with their national arc;
        `{due:date}` an ISO date; `{count:number}` a grouped number; `{left:months}` whole months as years and months; `{bits}` the
        value itself."""
        if kind == "text":
            return self.phrase(str(value))
        if kind == "error":
            from pqscan.locale.spoken import error_text  # It needs this class.

            return error_text(str(value), self)
        if kind == "algorithm":
            return self.algorithm(str(value))
        if kind == "date":
            try:
                return self.date(date.fromisoformat(str(value)))
            except ValueError:
                return str(value)
        if kind == "number" and isinstance(value, int):
            return self.number(value)
        if kind == "months" and isinstance(value, int):
            return formats.format_months(value, self.language)
        if kind:
            return self.label(kind, str(value))
        return str(value)

    def phrase(self, code: str) -> str:
        """A code as a part of a sentence: why something could not be proven (`unproven` in `labels.toml`; `alert_40` and
        the like by their number), else the sentence of a reason that needs no parameters."""
        words = label_templates()["unproven"]
        family, _, number = code.rpartition("_")
        if code in words:
            return self.catalogue.pgettext("unproven", words[code])
        if number.isdigit() and family in words:
            return fill(self.catalogue.pgettext("unproven", words[family]), {"number": number})
        template = reason_templates().get(code)
        return code if template is None else _PLACEHOLDER.sub("?", self.gettext(template)).rstrip(".")

    def algorithm(self, names: str) -> str:
        """The names of one or more algorithms, or what else a rule speaks of (`signing_not_required`) in words; a number that
        no registry names stays, with the country in whose arc it lies."""
        return ", ".join(map(self._algorithm, names.split(", ")))

    def _algorithm(self, name: str) -> str:
        if "_" in name and name in label_templates()["fact_value"]:
            return self.label("fact_value", name)
        from pqscan.registry.oids import unlisted_arc  # Most texts name no algorithm: a help text loads no registry.

        country = unlisted_arc(name.partition(" ")[0]) if name[:1].isdigit() else None
        return name if country is None else f"{name} ({self.label('national_algorithm', country)})"

    def date(self, value: date | datetime) -> str:
        return formats.format_date(value, self.language)

    def number(self, value: int) -> str:
        return formats.format_number(value, self.language)

    def percent(self, part: int, whole: int) -> str:
        return formats.format_percent(part, whole, self.language)

    def exact_percent(self, part: int, whole: int) -> str:
        return formats.format_exact_percent(part, whole, self.language)


@cache
def translator(language: str) -> Translator:
    """The translator of "vi" or "en"; any other word means the default language."""
    known = language if language in LANGUAGES else DEFAULT_LANGUAGE
    return Translator(known, read_catalogue(known))


def render(reason: Reason, language: str) -> str:
    """The sentence of a reason in one language."""
    return translator(language).render(reason)
