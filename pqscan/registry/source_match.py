"""Which rule fits a call: paths looked up by what they end with, stars by what stands around them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from pqscan.registry.literals import literals
from pqscan.registry.source_rules import Manner, SourceLanguage, SourceRule, source_language
from pqscan.registry.spellings import spelled

_STARRED = (  # What a star alone may stand for: other names are not worth a look.
    r"\w*\d\w*|(?i:aes|rsa|dsa|des|ecdsa|ecdh|eddsa|dh|blowfish|camellia|idea|seed|cmac|hmac|gmac|hkdf|poly1305|scrypt|bcrypt|serpent"
    r"|twofish|whirlpool|keccak|chacha20poly1305|falcon|dilithium|kyber|elgamal|tripledes|xchacha20poly1305)"
)


@dataclass(frozen=True, slots=True)
class Found:
    """The rule that fits, the path that it fits, and what its star stands for."""

    rule: SourceRule
    path: str
    star: str = ""


@dataclass(frozen=True, slots=True)
class _Starred:
    before: str
    after: str
    manner: Manner
    rule: SourceRule


class RuleIndex:
    """The rules of one language."""

    def __init__(self, language: SourceLanguage) -> None:
        self._exact: dict[tuple[str, Manner], SourceRule] = {}
        self._ends: dict[tuple[str, Manner], list[tuple[str, SourceRule]]] = {}
        self._starred: list[_Starred] = []
        self._words: list[tuple[tuple[str, ...], str]] = []
        for rule in language.rules:
            for pattern, manner in rule.patterns:
                self._add(rule, pattern, manner)
                words = tuple(word for word in re.split(r"[.*]", pattern) if word)
                self._words.append((words if rule.needs is None else (rule.needs, *words), _last(pattern)))
        self._literals = literals(word for words, _ in self._words for word in words)

    def names_in(self, data: bytes) -> str:
        """A regular expression that fits the last name of whatever a rule may fit in the text; empty where none can.

        A rule can fit only where every word of its path stands somewhere: in an import, or where it is called."""
        there = self._literals.standing_in(data)
        return "|".join(dict.fromkeys(name for words, name in self._words if there.issuperset(words)))

    def match(self, paths: Iterable[str], manner: Manner) -> Found | None:
        """The rule for the first of the paths that any fits."""
        for path in paths:
            if rule := self._exact.get((path, manner)):
                return Found(rule, path)
            last = path.rpartition(".")[2]
            for end, rule in self._ends.get((last, manner), ()):
                if path.endswith(end) or path == end[1:]:
                    return Found(rule, path)
            for one in self._starred:
                if one.manner is manner and path.startswith(one.before) and path.endswith(one.after):
                    star = path[len(one.before) : len(path) - len(one.after)]
                    if not star or "." in star:
                        continue
                    if one.rule.algorithm != "*":
                        return Found(one.rule, path, star)
                    named = next((word for word in (last, star) if spelled(word) is not None), None)  # SHA1WithRSA as a whole
                    if named is not None:
                        return Found(one.rule, path, named)
        return None

    def _add(self, rule: SourceRule, pattern: str, manner: Manner) -> None:
        if "*" in pattern:
            before, _, after = pattern.partition("*")
            self._starred.append(_Starred(before, after, manner, rule))
        elif pattern.startswith("."):
            self._ends.setdefault((pattern.rpartition(".")[2], manner), []).append((pattern, rule))
        else:
            self._exact[pattern, manner] = rule


@cache
def rule_index(language: str) -> RuleIndex:
    """The index of a language, made once. Raises DataError."""
    return RuleIndex(source_language(language))


def _last(pattern: str) -> str:
    last = pattern.rpartition(".")[2]
    if last == "*":
        return _STARRED
    return r"\w*".join(map(re.escape, last.split("*")))
