"""Source code of nine languages: which algorithms it creates keys of, exchanges keys with, signs, encrypts, hashes or sets for TLS.

Read as a tree, by rules (`registry/data/source`); nothing is run, and no other file is looked at. Code of tests and documentation
is told as mentioned, by its path below the root of the scan."""

from __future__ import annotations

import os
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from pqscan.errors import WrongProtocol
from pqscan.model.observation import Observation, Usage, Where
from pqscan.model.outcome import Facts, OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.model.source_facts import Others, spelled_observation, unknown_observation, version_observation
from pqscan.model.target import FileTarget
from pqscan.probe import TEXT_OCTETS, FileSource, Mark
from pqscan.registry.algorithms import Function
from pqscan.registry.source_match import Found, RuleIndex, rule_index
from pqscan.registry.source_rules import Manner, SourceRule, Tells, source_languages
from pqscan.registry.spellings import Spelled, curve_of, spelled, version_of
from pqscan.registry.tls import named_group
from pqscan.wire.config.gnutls_priority import read_priority
from pqscan.wire.source.dead import Stretches, dead_lines
from pqscan.wire.source.decoded import Decoded
from pqscan.wire.source.language import block_end, grammar_of, is_of_tests, nesting
from pqscan.wire.source.value import Kind

if TYPE_CHECKING:
    from pqscan.wire.source.program import Program, Use
    from pqscan.wire.source.value import Value

MOST_OCTETS = 2 << 20
"""Of one file: programs that people write are smaller, and a tree takes forty times as much."""
MOST_FOUND = 5000
MOST_LOOKED_AT = 20_000  # names that a rule may fit
MOST_DEPTH = 1000
"""Of brackets: from a leaf of the tree to its root takes time in its depth, and a file chooses both."""
MOST_SYMBOL = 120
_UNLISTED, _NOT_FOLLOWED, _DEFAULT, _LIBRARY = "unlisted", "not_followed", "default", "of_library"
_TESTS_OF_RUST = r"^#\[\s*(?:cfg\(\s*(?:all\(\s*)?test\b|test\s*\])"
_VALUE = r"""\s*(?:(?:new\s+)?[\w.:]{1,100}\s*\(\s*)?(?P<value>"[\w.-]{1,100}"|[\w.:]{1,100})"""
_OF_OBJECT = r"\b(?P<name>[A-Za-z_]\w*)\s*(?:\.|->)\s*"
_OF_BLOCK = r"(?:(?<![\w.])|\bit\s*\.\s*)"
_BLOCK = re.compile(r"\s*\??\.\s*(?:apply|also|run|let)\s*\{")  # Kotlin: what follows is done with the object.
_MOST_BLOCK = 2000  # characters


_PREFIX = re.compile(
    r"^(?:EVP_PKEY|EVP|NID|MBEDTLS_(?:MD|PK)|PSA_ALG|GNUTLS_(?:MAC|DIG|PK|CIPHER|SIGN)|GCRY_(?:MD|CIPHER|PK|MAC)|WC_HASH_TYPE|WC|KEY_ALGORITHM"
    r"|OPENSSL_(?:KEYTYPE|ALGO|CIPHER)|OSSL_(?:MAC|DIGEST|CIPHER|KDF)_NAME|PASSWORD|OQS_(?:KEM|SIG)_alg|CALG|BCRYPT|TYPE)_"
)
"""What constants of libraries begin with."""
_OF_GROUPS = re.compile(
    r"^(?:[?*]+|NID_X9_62_|NID_|SSL_(?:GROUP|CURVE)_|MBEDTLS_SSL_IANA_TLS_GROUP_|MBEDTLS_ECP_DP_|WOLFSSL_ECC_|WOLFSSL_|GNUTLS_GROUP_"
    r"|(?:Curve|CURVE_?)(?=P))"
)
"""What their constants of groups begin with."""
_FINITE_FIELD = re.compile(r"ffdhe[_-]?\d{4}", re.IGNORECASE)
_MOST_GROUPS = 100


_WORDS = frozenset(
    {"aria", "bf", "bike", "cast", "cross", "dh", "dss", "ec", "elg", "hss", "idea", "mayo", "pss", "rainbow", "sha", "seed",
    "serpent", "tea",
     "tiger"}
)  # fmt: skip
"""Names of algorithms that variables have for other reasons."""


class SourceFileProbe:
    """Raises WrongProtocol where the file is no source code of a known language, or uses no cryptography."""

    name = "source_file"

    def __init__(self, roots: tuple[str, ...] = ()) -> None:
        self._roots = roots
        self._marks = {
            language.name: tuple(Mark(f"source:{literal}", literal, in_text=True) for literal in language.marks)
            for language in source_languages()
        }
        self.marks = tuple({mark.name: mark for marks in self._marks.values() for mark in marks}.values())

    async def run(self, target: FileTarget, source: FileSource) -> Facts:
        if b"\0" in source.data[:TEXT_OCTETS]:  # A program may hold any words.
            raise WrongProtocol("the file is no text")
        name = target.members[-1] if target.members else target.path
        among = frozenset(language for language, marks in self._marks.items() if any(source.places(mark).offsets for mark in marks))
        grammar = grammar_of(source.data, name, among)
        if grammar is None:
            raise WrongProtocol("the file is no source code that uses cryptography")
        if not source.is_whole or len(source.data) > MOST_OCTETS:
            detail = Reason.of("source_too_large", megabytes=MOST_OCTETS >> 20)
            return Facts((), complete=False, status=OutcomeStatus.EXCLUDED, detail=detail)
        if nesting(source.data) > MOST_DEPTH:
            detail = Reason.of("source_too_deep", depth=MOST_DEPTH)
            return Facts((), complete=False, status=OutcomeStatus.EXCLUDED, detail=detail)
        try:
            from pqscan.wire.source.program import Program
        except ImportError:
            return Facts((), complete=False, status=OutcomeStatus.EXCLUDED, detail=Reason.of("source_reader_missing"))
        decoded = Decoded(source.data)
        names = rule_index(grammar.rules).names_in(source.data)
        if not names:
            raise WrongProtocol("the source code uses no cryptography that is known here")
        usage = Usage.MENTIONED if is_of_tests(source.data, self._name_within(target)) else Usage.USED
        reading = _Reading(Program(decoded.text, grammar), names, source, decoded, usage)
        observations = reading.observations()
        if not observations and reading.is_cut:
            return Facts((), complete=False, status=OutcomeStatus.EXCLUDED, detail=reading.detail())
        if not observations:
            raise WrongProtocol("the source code uses no cryptography that is known here")
        return Facts(observations, complete=not reading.is_cut, detail=reading.detail())

    def _name_within(self, target: FileTarget) -> str:
        """The name from the root of the scan on: where the tree lies on the machine says nothing of what it holds."""
        root = max((root for root in self._roots if _is_below(target.path, root)), key=len, default="")
        inside = target.path[len(root) :].lstrip(os.sep) or os.path.basename(target.path)
        return "/".join((inside, *target.members))


def _is_below(path: str, root: str) -> bool:
    return path == root or path.startswith(root.rstrip(os.sep) + os.sep)


class _Reading:
    def __init__(self, program: Program, names: str, source: FileSource, decoded: Decoded, usage: Usage) -> None:
        grammar = program.grammar
        self._program = program
        self._index: RuleIndex = rule_index(grammar.rules)
        self._names = names
        self._source = source
        self._decoded = decoded
        self._usage = usage
        self._dead = dead_lines(program.text) if grammar.rules == "c" else None
        self._later: dict[tuple[str, ...], dict[str, tuple[list[int], list[str]]]] = {}
        self._tests = Stretches(program.items_behind("attribute_item", _TESTS_OF_RUST) if grammar.rules == "rust" else ())
        self.is_cut, self._most = False, MOST_FOUND

    def observations(self) -> tuple[Observation, ...]:
        found: dict[tuple[object, ...], Observation] = {}
        for number, use in enumerate(self._program.uses(self._names)):
            if number >= MOST_LOOKED_AT:
                self.is_cut, self._most = True, MOST_LOOKED_AT
                break
            matched = self._index.match(use.paths, use.manner)
            if matched is None and use.manner is Manner.READ and self._program.is_kept(use):
                matched = self._index.match(use.paths, Manner.KEPT)
            if matched is None or (matched.rule.needs is not None and matched.rule.needs not in self._program.text):
                continue
            start, line = self._program.place(use)
            if self._dead is not None and line in self._dead:
                continue
            for observation in self._of(use, matched, start):
                key = (observation.subject, observation.value, observation.context, observation.where, observation.parameters)
                found.setdefault(key, observation)
            if len(found) >= MOST_FOUND:
                self.is_cut = True
                break
        self.is_cut = self.is_cut or self._program.is_spent
        return tuple(found.values())

    def detail(self) -> Reason | None:
        if self._program.is_spent:
            return Reason.of("source_work_spent")
        return Reason.of("source_uses_spent", most=self._most) if self.is_cut else None

    def _of(self, use: Use, matched: Found, start: int) -> Iterator[Observation]:
        rule = matched.rule
        where = self._where(start, matched.path)
        usage = Usage.MENTIONED if start in self._tests else self._usage
        others: Others = (("library", rule.library), ("rule", rule.id))
        yield from self._groups(self._values(use, rule.groups_in), usage, where, others)
        if rule.tells is Tells.VERSION:
            texts = [_last(value) for value in self._values(use, rule.algorithm_in)]
            versions = dict.fromkeys(
                version
                for text in (texts if rule.algorithm_in else [matched.path.rpartition(".")[2]])
                if (version := version_of(text))
            )
            yield from (version_observation(version, usage, where, others) for version in versions)
            if any(text in rule.of_library for text in texts):
                yield unknown_observation(usage, where, rule.function, (("argument", _LIBRARY), *others))
            return
        if rule.tells is Tells.DEFAULT:
            yield unknown_observation(usage, where, rule.function, (("argument", _LIBRARY), *others))
            return
        if rule.tells is Tells.GROUPS:
            values = self._values(use, rule.algorithm_in) or self._program.value_of_path(matched.path)
            yield from self._groups(values, usage, where, others)
            return
        if rule.tells is Tells.PRIORITY:
            yield from self._priority(self._values(use, rule.algorithm_in), usage, where, rule, others)
            return
        size, curve = self._size_and_curve(use, rule, start)
        others = (*self._more(use, rule), *others)
        asked = (*rule.algorithm_in, *rule.size_in, *rule.curve_in)
        if any(value.is_default for one in asked for value in self._program.values(use, one)):
            others = (("argument", _DEFAULT), *others)
        for one in self._algorithms(use, matched):
            if isinstance(one, str):
                told = tuple(other for other in others if other[0] != "argument")
                yield unknown_observation(usage, where, rule.function, (("argument", one), *told))
                continue
            if rule.function is Function.SIGNATURE and set(one.algorithm.functions) == {Function.HASH}:
                # Only the digest is named: which algorithm signs, the key decides.
                yield unknown_observation(usage, where, rule.function, (("hash", one.algorithm.name), *others))
                continue
            one = self._refined(one, use, rule, start)
            if one.curve is not None and one.algorithm.name == "EC" and rule.algorithm not in (None, "*"):
                one = replace(spelled(str(rule.algorithm)) or one, curve=one.curve)
            yield spelled_observation(one, usage, where, function=rule.function, size_bits=size, curve=curve, others=others)

    def _algorithms(self, use: Use, matched: Found) -> Iterator[Spelled | str]:
        """What the arguments name, else what the rule says; a word where there is an argument that cannot be read."""
        rule = matched.rule
        problem: str | None = None
        for selector in rule.algorithm_in:
            if not self._program.has(use, selector):
                continue
            values = self._program.values(use, selector)
            named = [one for value in values if (one := _spelled(value)) is not None]
            if named:
                yield from named
                if len(named) < len(values) or any(value.is_default for value in values):
                    yield _NOT_FOLLOWED  # What a caller, or another branch, may choose instead.
                return
            unlisted = bool(values) and all(value.kind.value == "text" for value in values)
            problem = problem or (_UNLISTED if unlisted else _NOT_FOLLOWED)
        if rule.algorithm is not None:
            fixed = spelled(matched.star if rule.algorithm == "*" else rule.algorithm)
            if fixed is not None:
                yield fixed
        elif problem is not None:
            yield problem

    def _values(self, use: Use, selectors: tuple[str, ...]) -> tuple[Value, ...]:
        """Without constants that are found where they are read."""
        values = (value for one in selectors for value in self._program.values(use, one))
        return tuple(value for value in values if not value.paths or self._index.match(value.paths, Manner.READ) is None)

    def _groups(self, values: Iterable[Value], usage: Usage, where: Where, others: Others) -> Iterator[Observation]:
        texts = [text for value in values for text in re.split(r"[:,/]", _last(value))]
        for text in texts[:_MOST_GROUPS]:
            yield from self._group(text, usage, where, others)

    def _group(self, text: str, usage: Usage, where: Where, others: Others) -> Iterator[Observation]:
        bare = _OF_GROUPS.sub("", text.strip())
        curve = curve_of(bare)
        size = int(bare[5:].lstrip("_-")) if _FINITE_FIELD.fullmatch(bare) else None
        row = named_group(int(bare)).name if bare.isdigit() and 0 < int(bare[:6]) < 1 << 16 else None
        one = spelled("ECDH") if curve else spelled("DH") if size else spelled(row or bare)
        if one is not None and Function.KEY_ESTABLISHMENT in one.algorithm.functions:
            one = replace(one, function=Function.KEY_ESTABLISHMENT, curve=curve)
            yield spelled_observation(one, usage, where, function=None, size_bits=size, curve=curve, others=others)

    def _priority(
        self, values: Iterable[Value], usage: Usage, where: Where, rule: SourceRule, others: Others
    ) -> Iterator[Observation]:
        """A priority string of GnuTLS: versions, groups, and what its first word leaves to the library."""
        for value in values:
            if value.kind is not Kind.TEXT:
                continue
            priority = read_priority(value.text)
            for version in priority.versions or ():
                yield version_observation(version, usage, where, others)
            for group in priority.groups:
                yield from self._group(group, usage, where, others)
            if priority.with_default:
                yield unknown_observation(usage, where, rule.function, (("argument", _LIBRARY), *others))

    def _size_and_curve(self, use: Use, rule: SourceRule, start: int) -> tuple[int | None, str | None]:
        sizes = [value.text for one in rule.size_in for value in self._program.values(use, one)]
        curves = [value.text for one in rule.curve_in for value in self._program.values(use, one)]
        if rule.later and not (sizes or curves) and (text := self._told_later(use, rule, start)) is not None:
            told = [value.text for value in self._program.value_of_text(text)]
            sizes, curves = told, told or ([text] if "." in text else [])
        size = next((int(text) for text in sizes if text.isdigit() and len(text) <= 6), None)
        curve = rule.curve or next((named for text in curves if (named := _curve(text)) is not None), None)
        return (None if size is None else size * rule.size_unit), curve

    def _refined(self, one: Spelled, use: Use, rule: SourceRule, start: int) -> Spelled:
        """The parameter set that the object is told next, where it is one of the algorithm: `ML-KEM`, and then `ML_KEM_768`."""
        text = self._told_later(use, rule, start) if rule.later else None
        set_ = None if text is None or "." not in text else spelled(text.rpartition(".")[2].replace("_", "-"))
        return (
            one
            if set_ is None or set_.curve or set_.algorithm.family != one.algorithm.family
            else replace(one, algorithm=set_.algorithm)
        )

    def _told_later(self, use: Use, rule: SourceRule, start: int) -> str | None:
        """What the first of these calls takes: of the block that the object is given to, else of its name behind the place."""
        text, end = self._program.text, self._program.end_of(use)
        block = _BLOCK.match(text, end)
        if block is not None:
            inside = text[block.end() : block_end(text, block.end(), _MOST_BLOCK)]
            if found := re.search(_OF_BLOCK + _taking(rule.later), inside):
                return found["value"].replace("::", ".")
        name = self._program.assigned_to(use)
        if name is None:
            return None
        if rule.later not in self._later:
            by_name: dict[str, tuple[list[int], list[str]]] = {}
            self._later[rule.later] = by_name
            for found in re.finditer(_OF_OBJECT + _taking(rule.later), text):
                places, texts = by_name.setdefault(found["name"], ([], []))
                places.append(found.start())
                texts.append(found["value"].replace("::", "."))
        places, texts = self._later[rule.later].get(name, ([], []))
        place = bisect_left(places, start)
        return texts[place] if place < len(texts) else None

    def _more(self, use: Use, rule: SourceRule) -> Others:
        more: list[tuple[str, str | int]] = []
        for selector in rule.hash_in:
            values = self._program.values(use, selector)
            named = [one for value in values if (one := _spelled(value)) is not None]
            if len({one.algorithm.name for one in named}) == 1 and len(named) == len(values):
                more.append(("hash", named[0].hash or named[0].algorithm.name))
                break
        for selector in rule.mode_in:
            modes = [word for value in self._program.values(use, selector) if (word := _mode(value.text)) is not None]
            if modes:
                more.append(("mode", modes[0]))
                break
        return tuple(more)

    def _where(self, start: int, path: str) -> Where:
        place = self._source.where(self._decoded.octets_before(start))
        return replace(place, symbol=path.removeprefix("?.")[:MOST_SYMBOL])


def _spelled(value: Value) -> Spelled | None:
    """The algorithm of a text, or of the constant or call that a path names."""
    if value.kind.value == "text":
        return spelled(value.text)
    if value.kind.value == "number":
        return None
    parts = value.text.split(".")
    if parts == [value.paths[0]] and value.text.lower() in _WORDS:
        return None
    for part in (parts[-1], *(parts[-2:-1] if len(parts) > 1 else ())):
        bare = _PREFIX.sub("", part)
        for word in dict.fromkeys((part, bare, bare.removesuffix("_ALGORITHM").removesuffix("_FOR_LEGACY_USE_ONLY"))):
            one = (spelled(word.replace("_", "-")) or spelled(word)) if word else None
            if one is not None:
                return one
    return None


def _taking(later: tuple[str, ...]) -> str:
    """A regular expression for these calls up to the argument that counts: the first, or that behind the colon."""
    calls = [name.partition(":") for name in later]
    ways = [rf"{re.escape(name)}\s*\((?:[^,()]{{0,100}},){{{place or 0}}}" for name, _, place in calls]
    return f"(?:{'|'.join(ways)})" + _VALUE


def _last(value: Value) -> str:
    return value.text.rpartition(".")[2] if value.kind.value == "path" else value.text


def _curve(text: str) -> str | None:
    last = text.rpartition(".")[2]
    return curve_of(last) or curve_of(
        re.sub(r"^(?:NID_X9_62_|NID_|X9_62_|MBEDTLS_ECP_DP_|Curve|CURVE_)", "", last).removesuffix("_").lower()
    )


def _mode(text: str) -> str | None:
    word = re.sub(r"^(?:MODE_|CipherMode\.|kCCMode)", "", text.rpartition(".")[2]).upper()
    return (
        word
        if word in ("CBC", "CCM", "CFB", "CFB8", "CTR", "EAX", "ECB", "GCM", "OCB", "OFB", "OPENPGP", "SIV", "XTS", "CTS")
        else None
    )
