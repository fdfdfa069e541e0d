"""Which language a text is written in, by what stands in it; its name tells apart what looks alike. And whether it holds tests."""

from __future__ import annotations

import re

from pqscan.wire.source.grammar import GRAMMARS, Grammar

_HEAD = 64 << 10  # octets that are looked at
_MOST_COMMENTS = 20_000
_SPACE = re.compile(rb"\s*")
_BINARY = 8192  # A zero octet among so many first ones: no text.
_NO_BRACKETS = bytes(sign for sign in range(256) if sign not in b"()[]{}")
_OPENING = frozenset(b"([{")
_KIN = {"cpp": "c", "typescript": "javascript", "tsx": "javascript"}
_BOM = b"\xef\xbb\xbf"
_FOREIGN = re.compile(
    rb"#![^\n]{0,200}?[/ ](?:(?:a|ba|da|fi|k|z|c|tc)?sh|perl|lua|g?awk|sed|tclsh|wish|expect|Rscript|pwsh|make|julia|groovy)\b"
)
_METADATA = b"Metadata-Version: "
"""How PKG-INFO and METADATA of Python begin, whose descriptions quote code (Core metadata specifications)."""
_SHEBANG = re.compile(rb"#!\s*\S*?(?:/env\s+(?:-\S+\s+)?|/)(python|ruby|node|php|deno|bun)")
_INTERPRETERS = {
    b"python": "python",
    b"ruby": "ruby",
    b"node": "javascript",
    b"deno": "typescript",
    b"bun": "typescript",
    b"php": "php",
}
_LOOKS: dict[str, tuple[re.Pattern[bytes], ...]] = {  # In this order: what comes first tells more surely. Each needs all.
    "php": (re.compile(rb"<\?php\b|<\?="),),
    "go": (
        re.compile(rb"^package [A-Za-z_]\w*[ \t]*(?://.*)?$", re.MULTILINE),
        re.compile(rb"^(?:func|import|var|const|type)\b", re.MULTILINE),
    ),
    "csharp": (
        re.compile(
            rb"^[ \t]*(?:global )?using (?:static )?[A-Z][\w.]*;|^[ \t]*namespace [A-Z][\w.]*[ \t\r]*(?:[;{][ \t\r]*)?$",
            re.MULTILINE,
        ),
    ),
    "java": (re.compile(rb"^[ \t]*(?:package [a-z][\w.]*;|import (?:static )?[a-z][\w]*(?:\.\w+)+(?:\.\*)?;)", re.MULTILINE),),
    "kotlin": (
        re.compile(rb"^(?:package [a-z][\w.]*|import [a-z]\w*(?:\.\w+)+(?:\.\*)?(?: as \w+)?)[ \t]*$", re.MULTILINE),
        re.compile(rb"\b(?:fun|val|var) "),
    ),
    "c": (re.compile(rb"^[ \t]*#\s*(?:include\s*[<\"]|define\s+\w|ifn?def\s+\w|pragma\s+once)", re.MULTILINE),),
    "rust": (
        re.compile(
            rb"^[ \t]*(?:use \w+::|(?:pub(?:\([^)\n]*\))? )?(?:(?:async|const|unsafe) )*fn \w+[<(]|extern crate \w+;|#!?\[\w+)",
            re.MULTILINE,
        ),
    ),
    "python": (re.compile(rb"^[ \t]*(?:(?:from [\w.]+ )?import [\w.*(]+|(?:async )?def \w+\(|class \w+[(:])", re.MULTILINE),),
    "ruby": (
        re.compile(
            rb"^[ \t]*(?:require(?:_relative)?[ (]['\"]|module [A-Z]|class [A-Z]\w*(?: < [A-Z]\S*)?\s*$|def [\w.?!]+)", re.MULTILINE
        ),
    ),
    "javascript": (
        re.compile(
            rb"\brequire\(['\"]|^[ \t]*(?:import\b[^\n]*['\"]|export )|\b(?:const|let|var) [\w{\[]|\bfunction\b|=>", re.MULTILINE
        ),
    ),
}
_ENDS = {  # Of names; "" is what is none of these languages, whatever it looks like.
    "python": "py pyi pyw", "java": "java", "kotlin": "kt kts", "c": "c h", "cpp": "cc cpp cxx hh hpp hxx inl", "csharp": "cs",
    "go": "go", "javascript": "js mjs cjs", "typescript": "ts mts cts", "tsx": "tsx jsx", "php": "php inc",
    "rust": "rs", "ruby": "rb rake gemspec",
    "": "scala swift m mm lua pl pm sh md rst html htm xml json txt adoc css groovy gradle dart s pod",
}  # fmt: skip
_BY_END = {end: language for language, ends in _ENDS.items() for end in ends.split()}
_CPLUSPLUS = re.compile(
    rb"\bstd::|\bnamespace \w*\s*\{|\btemplate\s*<|^[ \t]*class \w+|\bpublic:|\bnullptr\b|#include <(?:string|vector|memory|map)>",
    re.MULTILINE,
)
_TYPED = re.compile(
    rb"^[ \t]*(?:interface|type|enum|declare|namespace) \w+|\b\w+\??: (?:string|number|boolean|any|unknown|void|Buffer)\b"
    rb"|\bas (?:const|any|string)\b|\bimport type\b",
    re.MULTILINE,
)
_OF_TESTS = re.compile(
    r"(?:^|/)(?:(?:unit|integration|functional|acceptance|e2e|regression)[_-])?"
    r"(?:tests?|testing|testdata|specs?|__tests__|__mocks__|fixtures?|mocks?|unittests?)/"  # folders
    r"|(?:^|/)(?:tests?[_-][^/]*|tests?|conftest|unittests?)\.\w+$"  # test_a.py
    r"|[_.](?:tests?|specs?|unittests?)\.\w+$",  # a_test.go, a.spec.ts
    re.IGNORECASE,
)
"""As runners of tests find them by themselves. A name in which the word stands somewhere else (`load-test.py`, `ab-test/`) is one
that a program may have for other reasons."""
_OF_JAVA = re.compile(r"(?:^|[/\\])[A-Z]\w*(?:Tests?|TestCase|IT|Spec)\.(?:java|kt|cs|php|scala)$")
_OF_BUILDS = re.compile(r"[/\\]src[/\\](?:test|androidTest|integrationTest|testFixtures)[/\\]")  # of Maven and Gradle
_LAST_PARTS = 5
_OF_DOCUMENTS = re.compile(r"(?:^|[/\\])(?:docs?|documentation|doc-src)[/\\]", re.IGNORECASE)
_FRAMEWORKS = re.compile(
    rb"^[ \t]*(?:import (?:pytest|unittest)\b|from (?:unittest|pytest|hypothesis)\b"
    rb"|import (?:static )?(?:org\.junit|org\.testng|io\.kotest|kotlin\.test)"
    rb"|using (?:Xunit|NUnit|Microsoft\.VisualStudio\.TestTools)"
    rb"|#\s*include\s*[<\"](?:gtest|gmock|catch2|check\.h|cmocka)|use PHPUnit\\"
    rb"|require ['\"](?:rspec|minitest|test/unit))"
    rb"|^(?:import\b[^'\"\n]*|const\b[^\n]*\brequire\()['\"](?:vitest|@jest/globals|mocha|chai|node:test|ava|tape)['\"]",
    re.MULTILINE,
)
_DEFINED = re.compile(
    rb"^[ \t]*(?:(?:async )?def test|class \w*Test|class \w+\([^)\n]*TestCase|@(?:pytest\.fixture|Test|ParameterizedTest|Before)\b"
    rb"|\[(?:Fact|Theory|Test|TestMethod|TestClass|TestFixture)\b|(?:TEST|TEST_F|TEST_P|TEST_CASE|START_TEST)\s*\("
    rb"|(?:RSpec\.)?(?:describe|context|it|test)\b ?[('\"]|cmocka_unit_test)"
    rb"|\bextends (?:\\?PHPUnit\\\S*)?TestCase\b|< (?:Minitest::Test|Test::Unit::TestCase)\b",
    re.MULTILINE,
)
_ALL_TESTS = re.compile(rb"^#!\[cfg\(test\)\]", re.MULTILINE)


def grammar_of(data: bytes, name: str, among: frozenset[str]) -> Grammar | None:
    """The grammar for a file; None where it is no source code of a language that is read. `name` is its path, or the
    member's, `among` the languages (of rules) that it may be in at all."""
    head = _head_of(data)
    if b"\0" in data[:_BINARY] or data.startswith(_METADATA) or _FOREIGN.match(data.removeprefix(_BOM)[:_HEAD]):
        return None
    shebang = _SHEBANG.match(data.removeprefix(_BOM)[:_HEAD])
    if shebang is not None:
        return _if_among(_INTERPRETERS[shebang[1]], among)
    by_end = _BY_END.get(name.rpartition(".")[2].lower()) if "." in name else None
    if by_end is not None and (not by_end or GRAMMARS[by_end].rules not in among):
        return None
    language = _looks(head, by_end, among)
    if language is None:
        return None
    if language == "c" and not name.endswith(".c") and _CPLUSPLUS.search(head):
        language = "cpp"
    if language == "javascript" and by_end is None and _TYPED.search(head):
        language = "typescript"
    return GRAMMARS[language]


def _looks(head: bytes, by_end: str | None, among: frozenset[str]) -> str | None:
    """What a text looks like: what its name says, where it may be that, else what is told most surely."""
    kin = _KIN.get(by_end, by_end) if by_end else None
    is_page = head.lstrip()[:1] == b"<"  # It may hold scripts.
    if kin is not None and not is_page and _fits(head, kin):
        return by_end
    looks = [language for language in _LOOKS if GRAMMARS[language].rules in among and _fits(head, language)]
    if not looks or (looks[0] == "javascript" and is_page):
        return None
    return by_end if kin in looks else looks[0]


def _fits(head: bytes, language: str) -> bool:
    return all(pattern.search(head) for pattern in _LOOKS[language])


def _head_of(data: bytes) -> bytes:
    """The beginning, from what is no comment on: licences and histories may be long."""
    place = len(_BOM) if data.startswith(_BOM) else 0
    for _ in range(_MOST_COMMENTS):
        found = _SPACE.match(data, place)
        place = found.end() if found is not None else place
        if data.startswith(b"/*", place):
            end = data.find(b"*/", place)
        elif data.startswith((b"//", b"# ", b"#\n", b"#\r", b"##"), place):
            end = data.find(b"\n", place) - 1
        else:
            break
        if end < place:
            break
        place = end + 2
    return data[place : place + _HEAD]


def _if_among(language: str, among: frozenset[str]) -> Grammar | None:
    return GRAMMARS[language] if GRAMMARS[language].rules in among else None


def is_of_tests(data: bytes, name: str) -> bool:
    """Whether a file holds tests, or is documentation: what is called there nobody uses.

    `name` is told from the root of what is looked at; of it only the last folders count, for those above may be called after tests
    for other reasons. A library of tests alone makes none: a program may test itself, or others."""
    name = name.replace("\\", "/")
    if _OF_BUILDS.search(name):
        return True
    name = "/".join(name.split("/")[-_LAST_PARTS:])
    if _OF_TESTS.search(name) or _OF_JAVA.search(name) or _OF_DOCUMENTS.search(name):
        return True
    head = _head_of(data)
    return _ALL_TESTS.search(head) is not None or (_FRAMEWORKS.search(head) is not None and _DEFINED.search(data) is not None)


def nesting(data: bytes) -> int:
    """How many brackets stand open at most, those in texts and comments included."""
    depth = deepest = 0
    for sign in data.translate(None, _NO_BRACKETS):
        if sign in _OPENING:
            depth += 1
            if depth > deepest:
                deepest = depth
        elif depth:
            depth -= 1
    return deepest


def block_end(text: str, start: int, most: int) -> int:
    """Where the block in curly brackets ends that is open at the place; `most` characters behind it where it is longer."""
    depth = 1
    for found in re.compile(r"[{}]").finditer(text, start, start + most):
        depth += 1 if found[0] == "{" else -1
        if not depth:
            return found.start()
    return min(len(text), start + most)
