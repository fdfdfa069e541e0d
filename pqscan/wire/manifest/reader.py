"""Which manifest a text is, and the libraries that it names, each with its version as written and its place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from pqscan.registry.libraries import Ecosystem
from pqscan.registry.manifests import ManifestFormat, manifest_formats

MOST_DEPENDENCIES = 100_000
MOST_DEPTH = 100
_HEAD = 256 << 10  # characters in which a format is known
_REQUIREMENT = re.compile(
    r"^[ \t]{0,20}(?P<name>[A-Za-z0-9][\w.-]{0,100})(?:\[[\w, -]{0,100}\])?[ \t]{0,10}"
    r"(?:(?P<version>(?:===|[~=!<>]=|[<>])[^;#\n\\]{1,100})|@[ \t][^;#\n\\]{1,300})?"
    r"[ \t]{0,10}(?:;[^\n#]{0,300})?(?:\\|--hash[^\n]{0,2000}|#[^\n]{0,2000})?[ \t\r]{0,10}$",
    re.MULTILINE,
)
_STRING = re.compile(r'"[^"]*"')  # of JSON, without what is escaped
_BRACKET = re.compile(r"[\[\]{}]")
_OTHER_LINE = re.compile(r"[ \t]{0,20}(?:#|--?[a-z]|https?://|git\+|[\w.-]{1,100} @ |\./|$)")
_MOST_LINES, _MOST_LINE = 5000, 4096
_EXACT = re.compile(r"(?:={1,3}\s{0,5})?v?\d[\w.+-]{0,80}\Z")
_VERSION_WORD = re.compile(
    r"-|[~^<>=!]{1,3}|[~^<>=!]{0,3}v?(?:\d[\w.+!*-]{0,80}|[*xX])(?:@(?:dev|alpha|beta|rc|stable))?", re.ASCII | re.IGNORECASE
)
"""What versions and ranges are made of. Whatever else stands there is none: an address may hold the password of a registry."""
_OPEN_ENDS = frozenset({Ecosystem.CARGO, Ecosystem.HEX, Ecosystem.PUB, Ecosystem.VCPKG})  # A bare version is the least one there.
_VALUE = re.compile(r"<([\w.-]{1,100})>\s{0,5}([^<\n]{1,100}?)\s{0,5}</")
_FIELD = re.compile(r"^([A-Za-z][\w-]{0,60})(?:: {0,5}|=)([^\r\n]{1,200})", re.MULTILINE)
_SECTION = re.compile(r"\n\r?\n")
_PROPERTY = re.compile(r"\$\{([\w.-]{1,100})\}\Z")


@dataclass(frozen=True, slots=True)
class Dependency:
    """One library that is asked for. `version` is as written, empty where nothing stands that is one; `start` counts characters.
    `is_itself`: it is the file's own package."""

    name: str
    version: str
    is_exact: bool
    start: int
    is_itself: bool = False


_BETWEEN = re.compile(r"""</groupId>\s*<artifactId>\s*|["'][ \t]*,[ \t]*name[ \t]*[:=][ \t]*["']""")
"""What stands between the group and the name of a library of Maven."""
_CATALOGUED = re.compile(r'^([\w.-]{1,100})[ \t]{0,20}=[ \t]{0,20}"([^"\n]{1,100})"', re.MULTILINE)
"""A version in a catalogue of Gradle."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """`format` names the kind of file, as people call it."""

    format: str
    ecosystem: Ecosystem
    is_lock: bool


def manifest_of(text: str, marks: frozenset[str]) -> ManifestFormat | Manifest | None:
    """What kind of manifest the text is; None where it is none. `marks` are the literals that stand in it."""
    head = text[:_HEAD] if len(text) <= _HEAD else text[: text.rfind("\n", 0, _HEAD) + 1]
    for one in manifest_formats():
        if not marks.isdisjoint(one.marks) and all(pattern.search(head) for pattern in one.known_by):
            return one
    return Manifest("requirements.txt", Ecosystem.PYPI, is_lock=False) if _is_requirements(text) else None


def dependencies(text: str, kind: ManifestFormat | Manifest) -> Iterator[Dependency]:
    """The libraries in their order, those of a manifest that is cut as far as it goes."""
    if isinstance(kind, Manifest):
        yield from (_dependency(found, kind.ecosystem, is_lock=False, values={}) for found in _REQUIREMENT.finditer(text))
        return
    yield from _itself(text, kind)
    text = _without_comments(text, kind)
    values: dict[str, str] = {}
    for value in _VALUE.finditer(text) if kind.name == "pom.xml" and "${" in text else ():
        values.setdefault(value[1], value[2])
    for value in _CATALOGUED.finditer(text) if kind.name == "libs.versions.toml" else ():
        values.setdefault(value[1], value[2])
    for number, found in enumerate(_entries(text, kind)):
        if number >= MOST_DEPENDENCIES:
            return
        yield _dependency(found, kind.ecosystem, is_lock=kind.is_lock, values=values)


def is_too_deep(text: str) -> bool:
    """Whether a manifest in JSON is nested deeper than those who read it by its structure may follow."""
    if not text.lstrip().startswith("{"):
        return False
    depth = 0
    for bracket in _BRACKET.finditer(_STRING.sub("", text.replace("\\\\", "").replace('\\"', ""))):
        depth += 1 if bracket[0] in "[{" else -1
        if depth > MOST_DEPTH:
            return True
    return False


def _itself(text: str, kind: ManifestFormat) -> Iterator[Dependency]:
    """What the file's own package is, by each name that it has: in a file of JSON or in the first section of one of fields."""
    fields = {} if not kind.own else _members(text, kind) if text.lstrip().startswith("{") else _fields(text)
    version = next((fields[name][0] for name in kind.own_version if name in fields), "")
    version = version if _EXACT.match(version) else ""
    for named in kind.own:
        parts = [fields[part] for part in named.split(":") if part in fields]
        if len(parts) == named.count(":") + 1:
            name = ":".join(value.partition(";")[0].strip() for value, _ in parts)
            yield Dependency(name, version, bool(version), parts[-1][1], is_itself=True)


def _fields(text: str) -> dict[str, tuple[str, int]]:
    fields: dict[str, tuple[str, int]] = {}
    for found in _FIELD.finditer(_SECTION.split(text[:_HEAD], maxsplit=1)[0]):
        fields.setdefault(found[1], (found[2].strip(), found.start(2)))
    return fields


def _members(text: str, kind: ManifestFormat) -> dict[str, tuple[str, int]]:
    """The texts of an object that the format names, none of one that is larger than the head of a file, and where the first like
    it stands."""
    try:
        document = json.loads(text) if len(text) <= _HEAD else None
    except (ValueError, RecursionError):
        return {}
    members = document if isinstance(document, dict) else {}
    found = ((name, members.get(name)) for name in (*kind.own, *kind.own_version))
    return {name: (value, max(0, text.find(f'"{value}"') + 1)) for name, value in found if isinstance(value, str)}


def _entries(text: str, kind: ManifestFormat) -> Iterator[re.Match[str]]:
    if kind.entry is None:
        return
    if kind.within is None:
        yield from kind.entry.finditer(text)
        return
    place = 0
    while (opening := kind.within.search(text, place)) is not None:
        closing = None if kind.until is None else kind.until.search(text, opening.end())
        place = len(text) if closing is None else closing.start()
        yield from kind.entry.finditer(text, opening.end(), place)


def _dependency(found: re.Match[str], ecosystem: Ecosystem, *, is_lock: bool, values: dict[str, str]) -> Dependency:
    groups = found.groupdict()
    part = "name" if groups.get("name") else "name2"
    name = _BETWEEN.sub(":", groups[part] or "")
    version = (groups.get("version") or groups.get("version2") or "").strip()
    if held := _PROPERTY.match(version):
        version = values.get(held[1], "")
    if referred := groups.get("ref"):
        version = values.get(referred, "")
    version = version.partition(" --")[0].strip(" \t\r\"'")
    version = version if _is_version(version) else ""
    exact = is_lock or (
        _EXACT.match(version) is not None and not version.endswith("+") and (ecosystem not in _OPEN_ENDS or version[0] == "=")
    )
    return Dependency(name, version.lstrip("= ") if exact else version, exact and bool(version), found.start(part))


def _is_version(text: str) -> bool:
    words = text.strip("[]()").replace(",", " ").replace("|", " ").split()
    return all(map(_VERSION_WORD.fullmatch, words)) and any(word[-1] not in "-~^<>=!" for word in words)


def _without_comments(text: str, kind: ManifestFormat) -> str:
    """Comments as spaces, so that places stay; only where they can hold whole entries."""
    pair = {Ecosystem.MAVEN: ("/*", "*/"), Ecosystem.NUGET: ("<!--", "-->")}.get(kind.ecosystem)
    if kind.name == "pom.xml":
        pair = ("<!--", "-->")
    if pair is None or pair[0] not in text:
        return text
    parts, place = [], 0
    while (start := text.find(pair[0], place)) >= 0:
        end = text.find(pair[1], start)
        end = len(text) if end < 0 else end + len(pair[1])
        parts += [text[place:start], re.sub(r"[^\n]", " ", text[start:end])]
        place = end
    return "".join([*parts, text[place:]])


def _is_requirements(text: str) -> bool:
    """Every line is a requirement, an option or a comment, and at least one names a version."""
    has_version, place, looked_at = False, 0, 0
    while place < len(text) and looked_at < _MOST_LINES:
        end = text.find("\n", place)
        end = len(text) if end < 0 else end
        line = text[place : min(end, place + _MOST_LINE)]
        if line.strip() and not line.lstrip().startswith("#"):
            looked_at += 1
            found = _REQUIREMENT.match(line)
            if found is None and not _OTHER_LINE.match(line):
                return False
            has_version = has_version or (found is not None and found["version"] is not None)
        place = end + 1
    return has_version
