"""What in programs tells cryptography: libraries of systems (data/system_libraries.toml), symbols that a program imports
(program_symbols.toml), and tables of numbers that an algorithm is made of (program_constants.toml)."""

from __future__ import annotations

import re
from collections.abc import Collection, Container
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from pqscan.registry.algorithms import Algorithm, Function, by_name
from pqscan.registry.software import reaches, version_of
from pqscan.registry.table import DATA_FOLDER, Row, read_table

_STEM = re.compile(r"(?:\.so|\.dll|\.dylib|-\d|\.\d|-[0-9a-f]{8}\.).*", re.IGNORECASE | re.DOTALL)
"""With eight digits of a digest, by which wheels of Python tell their own copies of a library apart."""
_FRAMEWORK = re.compile(r"/([A-Za-z0-9]+)\.framework/")
_LEAST_OCTETS = 8
_LEAST_TEXT = 4


class PostQuantum(StrEnum):
    """What a library knows: nothing of it, nobody wrote down since when, from a version on, where a name stands in its
    code, or what another library does that it calls."""

    NO = "no"
    YES = "yes"
    SINCE = "since"
    SHOWN = "shown"
    ANOTHER = "another"


@dataclass(frozen=True, slots=True)
class SystemLibrary:
    """A library of cryptography, or a program that brings its own. `files` are stems of its files' names (`libcrypto`),
    `packages` names in dpkg, rpm and apk, `modules` of Go and Rust. A `banner` in its code is followed by what `version` reads;
    versions of its symbols begin with `interface` where they are its own versions (OPENSSL_3.0.0). A `trace` tells one without
    a version where what it begins matches `trace_is`; `apart` is a version of it that stands anywhere. Files whose names begin
    with one of `before` are of versions in front of `since`. `shown_by` is the name in the code of one that knows post-quantum
    algorithms; `beside` are libraries without which it knows none."""

    name: str
    files: tuple[str, ...]
    packages: tuple[str, ...]
    modules: tuple[str, ...]
    banner: str | None
    version: re.Pattern[bytes] | None
    trace: str | None
    trace_is: re.Pattern[bytes] | None
    apart: re.Pattern[bytes] | None
    interface: str | None
    post_quantum: PostQuantum
    since: str | None
    algorithms: tuple[str, ...]
    before: tuple[str, ...]
    shown_by: str | None
    beside: tuple[str, ...]
    references: tuple[str, ...]

    def needed_version(self, interface: str) -> str | None:
        """The least version of the library that has a version of its symbols; None where that does not tell."""
        if self.interface is None or not interface.startswith(self.interface):
            return None
        version = interface.removeprefix(self.interface).replace("_", ".")
        return version if version_of(version) else None

    def is_before(self, files: Collection[str]) -> bool:
        """Whether the names of the files, at least one, say that they are of versions that know nothing of it."""
        return bool(files) and all(_file_of(file).lower().startswith(self.before) for file in files)

    def knows_post_quantum(self, version: str | None, present: Container[str] = (), *, is_shown: bool = False) -> bool | None:
        """Whether upstream's version does; None where the version is not known, or does not tell. What a distribution added is not
        known here. `present` are libraries in the same program; `is_shown`: `shown_by` stands there."""
        if self.post_quantum is PostQuantum.NO:
            return False
        knows = True if self.post_quantum is PostQuantum.YES or is_shown else None
        if self.post_quantum is PostQuantum.SINCE:
            knows = reaches(version or "", self.since or "")
        return None if knows and self.beside and not any(name in present for name in self.beside) else knows


@dataclass(frozen=True, slots=True)
class ProgramSymbol:
    """A function, or a type of .NET, that stands for an algorithm."""

    name: str
    algorithm: Algorithm
    function: Function | None
    parameter: str | None


@dataclass(frozen=True, slots=True)
class ProgramConstant:
    """Octets that an algorithm's tables begin with. `others` are algorithms that have the same."""

    name: str
    algorithm: Algorithm
    octets: bytes
    parameter: str | None
    others: tuple[str, ...]
    is_identifier: bool


def stem_of(file: str) -> str:
    """`libcrypto` of libcrypto.so.3, libcrypto-3-x64.dll and /usr/lib/libcrypto.3.dylib; `security.framework` of Apple's."""
    framework = _FRAMEWORK.search(file)
    if framework is not None:
        return f"{framework[1].lower()}.framework"
    return _STEM.sub("", _file_of(file)).lower()


def _file_of(path: str) -> str:
    return re.split(r"[/\\]", path)[-1]


def library_of_file(file: str) -> SystemLibrary | None:
    """The library whose file has the name; None for one that is none of cryptography, as far as is known here."""
    return _by_stem().get(stem_of(file))


def library_of_package(package: str) -> SystemLibrary | None:
    """The same of a package of dpkg, rpm or apk."""
    return _by_package().get(package)


def library_of_module(module: str) -> SystemLibrary | None:
    """The same of a module of Go or a crate of Rust."""
    return _by_module().get(module)


def symbol_of(name: str) -> ProgramSymbol | None:
    """What a function stands for; None for one that no row names."""
    return _symbols().get(name)


@cache
def symbol_names() -> frozenset[bytes]:
    """Every name that a row has, as tables of symbols write it. Raises DataError."""
    return frozenset(name.encode("ascii") for name in _symbols())


@cache
def system_libraries() -> tuple[SystemLibrary, ...]:
    """Every row, in the order of the file. Raises DataError."""
    return read_system_libraries()


@cache
def program_constants() -> tuple[ProgramConstant, ...]:
    """Every row, in the order of the file. Raises DataError."""
    return read_program_constants()


@cache
def _by_stem() -> dict[str, SystemLibrary]:
    return {stem: library for library in system_libraries() for stem in library.files}


@cache
def _by_package() -> dict[str, SystemLibrary]:
    return {package: library for library in system_libraries() for package in library.packages}


@cache
def _by_module() -> dict[str, SystemLibrary]:
    return {module: library for library in system_libraries() for module in library.modules}


@cache
def _symbols() -> dict[str, ProgramSymbol]:
    return {symbol.name: symbol for symbol in read_program_symbols()}


def read_system_libraries(path: Path = DATA_FOLDER / "system_libraries.toml") -> tuple[SystemLibrary, ...]:
    """The rows as the file has them. Raises DataError naming file and row, also where one name stands in two rows."""
    found: list[SystemLibrary] = []
    seen: set[tuple[str, str]] = set()
    for row in read_table(path, "library"):
        library = _library(row)
        for kind, names in (("file", library.files), ("package", library.packages), ("module", library.modules)):
            for name in names:
                if (kind, name) in seen:
                    raise row.wrong(f"the {kind} {name} has a row already")
                seen.add((kind, name))
        found.append(library)
    return tuple(found)


def _library(row: Row) -> SystemLibrary:
    library = SystemLibrary(
        name=row.text("name"),
        files=row.texts("files"),
        packages=row.texts("packages"),
        modules=row.texts("modules"),
        banner=row.optional_text("banner"),
        version=_pattern(row, "version"),
        trace=row.optional_text("trace"),
        trace_is=_pattern(row, "trace_is", groups=0),
        apart=_pattern(row, "apart"),
        interface=row.optional_text("interface"),
        post_quantum=row.choice("post_quantum", PostQuantum),
        since=row.optional_text("since"),
        algorithms=row.texts("algorithms"),
        before=row.texts("before"),
        shown_by=row.optional_text("shown_by"),
        beside=row.texts("beside"),
        references=row.references(),
    )
    row.done()
    if (library.banner is None) != (library.version is None):
        raise row.wrong("banner and version go together")
    for key, text in (("banner", library.banner), ("trace", library.trace)):
        if text is not None and (len(text) < _LEAST_TEXT or not text.isascii()):
            raise row.wrong(f"{key} must be four plain characters at least")
    if library.trace is None and (library.trace_is or library.apart):
        raise row.wrong("trace_is and apart are nothing without trace")
    if (library.post_quantum is PostQuantum.SINCE) != bool(version_of(library.since or "")):
        raise row.wrong("since must be a version such as 3.5.0 where post_quantum is since, and nowhere else")
    if (library.post_quantum is PostQuantum.SHOWN) != (len(library.shown_by or "") >= _LEAST_TEXT):
        raise row.wrong("shown_by must be four characters at least where post_quantum is shown, and nowhere else")
    if library.before and library.post_quantum is not PostQuantum.SINCE:
        raise row.wrong("before is nothing without since")
    if not all(map(by_name, library.algorithms)):
        raise row.wrong("algorithms must be names of algorithms.toml")
    return library


def _pattern(row: Row, key: str, groups: int = 1) -> re.Pattern[bytes] | None:
    text = row.optional_text(key)
    if text is None:
        return None
    try:
        pattern = re.compile(text.encode("ascii"))
    except (re.error, UnicodeEncodeError):
        raise row.wrong(f"{key} must be a regular expression of plain characters") from None
    if pattern.groups != groups:
        raise row.wrong(f"{key} must have one group, which is the version" if groups else f"{key} must have no group")
    return pattern


def read_program_symbols(path: Path = DATA_FOLDER / "program_symbols.toml") -> tuple[ProgramSymbol, ...]:
    """One for each name in each row. Raises DataError naming file and row, also where a name stands twice."""
    found: dict[str, ProgramSymbol] = {}
    for row in read_table(path, "symbols"):
        algorithm = _algorithm(row)
        function = row.choice("function", Function) if row.optional_text("function") is not None else None
        parameter = row.optional_text("parameter")
        names = row.texts("names")
        row.text("of")
        row.done()
        for name in names:
            if name in found:
                raise row.wrong(f"{name} has a row already")
            found[name] = ProgramSymbol(name, algorithm, function, parameter)
    return tuple(found.values())


def read_program_constants(path: Path = DATA_FOLDER / "program_constants.toml") -> tuple[ProgramConstant, ...]:
    """The rows as the file has them. Raises DataError naming file and row: octets that are none, too few, or twice there."""
    found: dict[bytes, ProgramConstant] = {}
    for row in read_table(path, "constant"):
        name, algorithm, parameter, others = row.text("name"), _algorithm(row), row.optional_text("parameter"), row.texts("others")
        is_identifier = row.flag("identifier")
        try:
            octets = bytes.fromhex(row.text("octets"))
        except ValueError:
            raise row.wrong("octets must be pairs of hexadecimal digits") from None
        row.done()
        if len(octets) < (5 if is_identifier else _LEAST_OCTETS):
            raise row.wrong(f"octets must be {_LEAST_OCTETS} at least: fewer are found by chance")
        if octets in found:
            raise row.wrong("its octets have a row already")
        found[octets] = ProgramConstant(name, algorithm, octets, parameter, others, is_identifier)
    return tuple(found.values())


def _algorithm(row: Row) -> Algorithm:
    algorithm = by_name(row.text("algorithm"))
    if algorithm is None:
        raise row.wrong("algorithm must be a name of algorithms.toml")
    return algorithm
