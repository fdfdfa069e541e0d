"""Whatever stands in source code or a manifest: reading it gives facts or says that nothing is there, and every
place lies in the file."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pqscan_probes.manifest_file import ManifestFileProbe
from pqscan_probes.source_file import SourceFileProbe

from pqscan.errors import WrongProtocol
from pqscan.model.outcome import Facts
from pqscan.registry.source_rules import source_languages
from pqscan.wire.source.decoded import Decoded
from pqscan.wire.source.imported import Imported
from tests.unit.probes.source.finding import ENDS, opened
from tests.unit.probes.test_manifest_file import SAMPLES
from tests.unit.probes.test_package_manifests import PACKAGES
from tests.unit.scan.files.making import facts_of

SOURCE, MANIFEST = SourceFileProbe(), ManifestFileProbe()
EXAMPLES = [
    (rule.language, opened(code, rule.language)) for one in source_languages() for rule in one.rules for code, _ in rule.finds
]
MANIFESTS = [text for _, text, _ in (*SAMPLES, *PACKAGES)]
PIECES = st.sampled_from(
    [
        "(",
        ")",
        "{",
        "}",
        "\n",
        '"',
        "'",
        "/*",
        "*/",
        "#",
        "\\",
        "\0",
        "\ud7ff",
        "::",
        ".",
        "=",
        "import ",
        "use ",
        " as ",
        "<",
        "[[",
    ]
)


def read(probe: Any, data: bytes, name: str = "a") -> Facts | None:  # Any: both probes
    try:
        return facts_of(probe, data, name)
    except WrongProtocol:
        return None


def holds(facts: Facts | None, data: bytes) -> None:
    for one in () if facts is None else facts.observations:
        assert one.where is not None
        assert 0 <= (one.where.offset or 0) <= len(data)
        assert 1 <= (one.where.line or 1) <= data.count(b"\n") + 1


def damaged(text: str, data: st.DataObject) -> str:
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(text)))
        text = text[:place] + data.draw(PIECES) + text[place + data.draw(st.integers(0, 3)) :]
    return text


@given(st.sampled_from(EXAMPLES), st.data())
@settings(deadline=None)
def test_damaged_source_code_is_read_or_left(example: tuple[str, str], data: st.DataObject) -> None:
    octets = damaged(example[1], data).encode("utf-8", "replace")
    holds(read(SOURCE, octets, f"a.{ENDS[example[0]]}"), octets)


@given(st.sampled_from(MANIFESTS), st.data())
@settings(deadline=None)
def test_damaged_manifests_are_read_or_left(text: str, data: st.DataObject) -> None:
    octets = damaged(text, data).encode("utf-8", "replace")
    holds(read(MANIFEST, octets), octets)


@given(st.binary(max_size=300), st.sampled_from(sorted(ENDS.values())))
@settings(deadline=None)
def test_any_octets_are_read_or_left(octets: bytes, end: str) -> None:
    holds(read(SOURCE, octets + b"\nhashlib EVP_ openssl_", f"a.{end}"), octets + b"\nhashlib EVP_ openssl_")
    holds(read(MANIFEST, b"rsa==1 cryptography==2\n" + octets), b"rsa==1 cryptography==2\n" + octets)


def test_however_many_modules_are_open_a_name_means_few_things() -> None:
    imported = Imported()
    for number in range(5000):
        imported.read("python", f"from a{number % 1000} import *")
    assert len(imported.paths("md5", is_global=False)) <= 101


@given(st.sampled_from(sorted(ENDS)), st.text(max_size=200), st.text(max_size=20))
def test_any_import_is_read_or_left(language: str, text: str, path: str) -> None:
    imported = Imported()
    for word in ("import ", "use ", "using ", "from a import ", "const x = require(", ""):
        imported.read(language, word + text)
    assert imported.paths(path, is_global=True)


@given(st.lists(st.one_of(st.binary(max_size=20), st.text(max_size=20).map(lambda text: text.encode("utf-8", "replace")))))
def test_every_character_has_its_octets(parts: list[bytes]) -> None:
    data = b"".join(parts)
    decoded = Decoded(data)
    places = [decoded.octets_before(index) for index in range(len(decoded.text) + 1)]
    assert (places[0], places[-1]) == (0, len(data))
    for start, end, sign in zip(places, places[1:], decoded.text, strict=False):
        assert data[start:end] == sign.encode("utf-8") or (end == start + 1 and sign == "\x1a")


@pytest.mark.parametrize(
    "text",
    [
        "import hashlib\nhashlib.md5()\n" + "(" * 50_000,
        "import hashlib\n" + "hashlib.md5(" * 20_000,
        "import hashlib\nx = " + "'a' + " * 20_000 + "'b'\nhashlib.new(x)\n",
        "import hashlib\n" + "".join(f"a{n} = a{n + 1}\n" for n in range(5000)) + "hashlib.new(a0)\n",
        "import hashlib\na = b\nb = a\nhashlib.new(a)\n",
        "import hashlib\n" + " " * 300_000 + "\nhashlib.md5()\n",
        "import hashlib\n" + "\n" * 200_000 + "hashlib.md5()\n",
        "import hashlib\nhashlib.md5()\n" + "x" * 300_000,
        "import hashlib\nx = " + "hashlib.md5() + " * 20_000 + "1\n",
        "import hashlib\nhashlib.md5()" + ".md5()" * 20_000,
        "import hashlib\nx = [" + "hashlib.md5,\n" * 20_000 + "]\n",
        "import hashlib\nx = " + "hashlib.md5() == " * 4000 + "1\n",
        "import hashlib\nx = [" + "'md5', " * 20_000 + "]\n" + "hashlib.new(x)\n" * 300,
        "import hashlib\n" + "".join(f"a{n} = [{f'a{n + 1}, ' * 90}]\n" for n in range(8)) + "a8 = 'md5'\nhashlib.new(a0)\n",
        "import hashlib\nhashlib.md5()\nx = '" + "pqscan: ignore " * 20_000 + "'\n",
    ],
    ids=[
        "open",
        "nested",
        "joined",
        "chain",
        "ring",
        "blanks",
        "lines",
        "word",
        "sum",
        "points",
        "names",
        "comparisons",
        "list",
        "lists",
        "ignored",
    ],
)
def test_hostile_source_code_ends(text: str) -> None:
    octets = text.encode("utf-8")
    holds(read(SOURCE, octets, "a.py"), octets)


@pytest.mark.parametrize("text", MANIFESTS[::3])
@pytest.mark.parametrize(
    "filler", ["{", '"a": {', "\n", " ", '"', "<dependency>", "[[package]]\n", "/*", "<!--", "dependencies {\n"]
)
def test_hostile_manifests_end(text: str, filler: str) -> None:
    octets = (text + filler * 5_000).encode("utf-8")
    holds(read(MANIFEST, octets), octets)


def test_a_lock_file_whose_lines_fit_in_two_ways_ends() -> None:
    lines = "packages:\n  a:\n    dependency: x\n" + ("  pointycastle:\n" + "      x\n" * 19) * 3000
    assert read(MANIFEST, lines.encode()) is None
