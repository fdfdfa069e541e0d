"""Programs and libraries (ELF, PE, Mach-O, objects, class files): libraries of cryptography that they are linked with and in
which version, functions of them that they import, and tables of numbers and identifiers that algorithms are made of.

No instruction is read, so what is found is linked or mentioned; a class file that hands a name to the Java Cryptography
Architecture uses it."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice

from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.model.algorithm_facts import algorithm_observation
from pqscan.model.library_facts import library_observation
from pqscan.model.observation import Confidence, Observation, Usage, Where
from pqscan.model.outcome import Facts, OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget
from pqscan.probe import FileSource, Mark
from pqscan.registry.algorithms import Algorithm, Function
from pqscan.registry.jca import CLASSES, called
from pqscan.registry.programs import (
    PostQuantum,
    ProgramConstant,
    SystemLibrary,
    library_of_file,
    library_of_module,
    program_constants,
    symbol_names,
    symbol_of,
    system_libraries,
)
from pqscan.registry.software import version_of
from pqscan.wire.program.auditable import SECTION, read_auditable
from pqscan.wire.program.dex import read_dex
from pqscan.wire.program.elf import read_elf
from pqscan.wire.program.go import MAGIC as GO_MAGIC
from pqscan.wire.program.go import read_go_build
from pqscan.wire.program.java_class import JavaClass, read_java_class
from pqscan.wire.program.kernel_module import end_of_program
from pqscan.wire.program.linked import Program, Window
from pqscan.wire.program.macho import read_macho
from pqscan.wire.program.names import crate_at, crate_stands, go_package_at
from pqscan.wire.program.pe import read_pe

_ELF = Mark("elf", "7f 45 4c 46", is_hex=True, at_start=True)
_PE = Mark("pe", "4d 5a", is_hex=True, at_start=True)
_MACHO = (
    Mark("mach-o", "fe ed fa ce", is_hex=True, at_start=True),
    Mark("mach-o-64", "fe ed fa cf", is_hex=True, at_start=True),
    Mark("mach-o-little", "ce fa ed fe", is_hex=True, at_start=True),
    Mark("mach-o-64-little", "cf fa ed fe", is_hex=True, at_start=True),
    Mark("mach-o-fat-64", "ca fe ba bf", is_hex=True, at_start=True),
)
_FAT_OR_CLASS = Mark("mach-o-fat-or-class", "ca fe ba be", is_hex=True, at_start=True)
_DEX = Mark("dex", "64 65 78 0a 30", is_hex=True, at_start=True)
_WASM = Mark("wasm", "00 61 73 6d 01 00 00 00", is_hex=True, at_start=True)
_GO = Mark("go-build", GO_MAGIC.hex(" "), is_hex=True)
_GO_PACKAGES = (  # Names of functions stand behind each other, each ended by a zero octet.
    Mark("go-crypto", b"\0crypto/".hex(" "), is_hex=True),
    Mark("go-x-crypto", b"\0golang.org/x/crypto/".hex(" "), is_hex=True),
)
_CRATES = (Mark("crate", "/registry/src/"), Mark("crate of Windows", "\\registry\\src\\"))
"""Rust writes the paths of sources into programs that may panic."""
_AUDITABLE = Mark("cargo-auditable", SECTION.decode())
_MOST_PLACES = 20_000
_CONTEXT = "program"
_ASKING = "getInstance"


@dataclass(slots=True)
class _Library:
    """What was seen of one library, or of one module of it. `how` are itself, dynamic, static, listed."""

    module: str | None = None
    how: set[str] = field(default_factory=set)
    files: list[str] = field(default_factory=list)
    versions: set[str] = field(default_factory=set)
    needs: str | None = None
    where: Where | None = None


class BinaryFileProbe:
    """Raises WrongProtocol where nothing of the kind is in the file."""

    name = "binary_file"

    def __init__(self) -> None:
        self._banners = {
            Mark(f"banner {library.name}", library.banner): library for library in system_libraries() if library.banner is not None
        }
        self._traces = {Mark(f"trace {one.name}", one.trace): one for one in system_libraries() if one.trace is not None}
        self._constants = {
            Mark(f"constant {constant.name}", constant.octets.hex(" "), is_hex=True): constant for constant in program_constants()
        }
        self.marks = (
            _ELF, _PE, *_MACHO, _FAT_OR_CLASS, _DEX, _WASM, _GO, *_GO_PACKAGES, *_CRATES, _AUDITABLE,
            *self._banners, *self._traces, *self._constants,
        )  # fmt: skip

    async def run(self, target: FileTarget, source: FileSource) -> Facts:
        read = _read(source)
        if read is None and source.where(0).line is not None:  # A text that speaks of it.
            raise WrongProtocol(f"{target.path} is a text; leave it out")
        observations: list[Observation] = []
        crates: tuple[tuple[str, str, int], ...] | None = ()
        if isinstance(read, JavaClass):
            observations += _of_class(read, source)
        else:
            is_program = read is not None or bool(source.offset)
            crates = _audited(read, source)
            observations += _libraries(read, source, (self._banners, self._traces), crates or (), is_program=is_program)
            observations += _symbols(read, source)
            observations += _tables(source, self._constants, is_program=is_program)
        is_cut = crates is None or (read is not None and read.is_cut)
        if not observations and is_cut:
            return Facts((), complete=False, status=OutcomeStatus.EXCLUDED, detail=Reason.of("program_tables_not_read"))
        if not observations:
            raise WrongProtocol(f"{target.path} is linked with no cryptography that is known here; leave it out")
        listed = sum(("linked", "listed") in one.parameters for one in observations)
        detail = Reason.of("crates_only_listed", count=listed) if listed else None
        return Facts(tuple(observations), complete=not is_cut, detail=Reason.of("program_tables_not_read") if is_cut else detail)


def _read(source: FileSource) -> Program | JavaClass | None:
    """The tables of the program that begins there; None where none does."""
    window = Window(source.data, source.elsewhere)
    try:
        if source.places(_ELF).offsets:
            return read_elf(window, symbol_names())
        if source.places(_PE).offsets:
            return read_pe(window)
        if any(source.places(mark).offsets for mark in _MACHO):
            return read_macho(window)
        if source.places(_DEX).offsets:
            return _read_dex(source)
    except MalformedMessage:
        return None
    if source.places(_FAT_OR_CLASS).offsets:
        try:
            return read_macho(window)
        except MalformedMessage:
            pass
        try:
            return read_java_class(source.data, CLASSES)
        except MalformedMessage:
            return None
    return Program("wasm") if source.places(_WASM).offsets else None


def _read_dex(source: FileSource) -> JavaClass:
    """Its tables point anywhere in the file, so that of a part of it little may be read. Raises MalformedMessage."""
    try:
        read = read_dex(source.data, CLASSES)
    except MalformedMessage:
        if source.is_whole:
            raise
        return JavaClass("", (), (), is_cut=True)
    return read if source.is_whole else replace(read, is_cut=True)


def _audited(program: Program | None, source: FileSource) -> tuple[tuple[str, str, int], ...] | None:
    """The crates that a program of Rust lists; None where there is a list that cannot be read. Where a piece is not the whole
    file the name of the section may stand behind it."""
    if program is None or (source.is_whole and not source.places(_AUDITABLE).offsets):
        return ()
    try:
        return read_auditable(Window(source.data, source.elsewhere))
    except MalformedMessage:
        return None


def _libraries(
    program: Program | None,
    source: FileSource,
    texts: tuple[dict[Mark, SystemLibrary], dict[Mark, SystemLibrary]],
    crates: Iterable[tuple[str, str, int]],
    *,
    is_program: bool,
) -> Iterator[Observation]:
    """`texts`: banners of libraries, and traces of them."""
    banners, traces = texts
    found: dict[tuple[str, str | None, bool], tuple[SystemLibrary, _Library]] = {}

    def seen(library: SystemLibrary, how: str, where: Where, module: str | None = None) -> _Library:
        _, one = found.setdefault((library.name, module, how == "listed"), (library, _Library(module)))
        one.how.add(how)
        one.where = one.where or where
        return one

    if program is not None:
        own = library_of_file(program.own_name) if program.own_name else None
        if own is not None:
            seen(own, "itself", source.where(0)).files.append(program.own_name or "")
        for named in program.libraries:
            library = library_of_file(named.name)
            if library is not None and library is not own:
                seen(library, "dynamic", _at(source, named.offset, named.name)).files.append(named.name)
        for file, interface in program.needs:
            library = library_of_file(file)
            version = library.needed_version(interface) if library is not None else None
            if library is not None and version is not None and (library.name, None, False) in found:
                one = found[library.name, None, False][1]
                one.needs = max(one.needs or version, version, key=version_of)
    for mark, library in banners.items():
        for offset in source.places(mark).offsets[:_MOST_PLACES]:
            match = None if library.version is None else library.version.match(source.data, offset, offset + 200)
            if match is not None:
                seen(library, "static", _at(source, offset)).versions.add(match[1].decode("ascii", "replace"))
    traced = {one.name: (one, place) for mark, one in traces.items() if (place := _traced(one, source, mark)) is not None}
    inside = list(_modules(source))
    for module, version, offset, how in (*((*one, "static") for one in inside), *_listed(crates, inside, traced, source.data)):
        library = library_of_module(module)
        if library is not None:
            seen(library, how, _at(source, offset, module), module).versions.add(version)
    by_module = {name for name, module, is_listed in found if module is not None and not is_listed}
    for library, place in traced.values():
        if library.name not in by_module:
            seen(library, "static", _at(source, place)).versions.update(_apart(library, source.data))
    present = frozenset(name for name, _, is_listed in found if not is_listed)
    for (_, _, is_listed), (library, one) in found.items():
        is_shown = not is_listed and library.shown_by is not None and library.shown_by.encode() in source.data
        knows = partial(library.knows_post_quantum, present=present, is_shown=is_shown)
        yield from _told(library, one, knows, is_program=is_program)


def _listed(
    crates: Iterable[tuple[str, str, int]], inside: Iterable[tuple[str, str, int]], traced: Container[str], data: bytes
) -> Iterator[tuple[str, str, int, str]]:
    """The crates of a list that were not seen otherwise, and how they are linked: the list has what was resolved before features
    and the linker left things out, so where nothing else tells of a crate it is listed and no more."""
    known = {(module, version) for module, version, _ in inside}
    standing: dict[str, tuple[bool, frozenset[str]]] = {}
    for module, version, offset in crates:
        library = library_of_module(module)
        if library is None or (module, version) in known:
            continue
        if module not in standing:
            standing[module] = crate_stands(data, module)
        is_named, versions = standing[module]
        yield module, version, offset, "static" if is_named or version in versions or library.name in traced else "listed"


def _traced(library: SystemLibrary, source: FileSource, mark: Mark) -> int | None:
    """Where the library's trace stands first; None where it stands nowhere."""
    offsets = source.places(mark).offsets[:_MOST_PLACES]
    pattern = library.trace_is
    return next((one for one in offsets if pattern is None or pattern.match(source.data, one, one + 200)), None)


def _apart(library: SystemLibrary, data: bytes) -> tuple[str, ...]:
    """The one version of the library that stands by itself; none where there are several, of which it has one at most."""
    found = set() if library.apart is None else {one[1] for one in islice(library.apart.finditer(data), _MOST_PLACES)}
    return tuple(version.decode("ascii", "replace") for version in found) if len(found) == 1 else ()


def _told(
    library: SystemLibrary, one: _Library, knows: Callable[[str | None], bool | None], *, is_program: bool
) -> Iterator[Observation]:
    """One observation, or one for each version where several are inside. Beside a library that is loaded the version in the code is
    the one with which the program was built."""
    how = next(word for word in ("itself", "dynamic", "static", "listed") if word in one.how)
    versions: Iterable[str | None] = sorted(one.versions) or (None,)
    files = " ".join(dict.fromkeys(one.files)) or None
    for version in versions if how != "dynamic" else (None,):
        built = ", ".join(sorted(one.versions)) if how == "dynamic" and one.versions else None
        stated = (("linked", how), ("file", files), ("module", one.module), ("needs", one.needs), ("built_with", built))
        yield library_observation(
            library.name,
            Usage.LINKED if is_program else Usage.MENTIONED,
            one.where or Where(),
            context=_CONTEXT,
            version=version,
            knows_post_quantum=knows(version) if version is not None else _at_least(library, knows, one),
            since=library.since,
            algorithms=library.algorithms,
            confidence=Confidence.INFERRED if how in ("static", "listed") else Confidence.OBSERVED,
            others=tuple((name, value) for name, value in stated if value is not None),
        )


def _at_least(library: SystemLibrary, knows: Callable[[str | None], bool | None], one: _Library) -> bool | None:
    """What a program needs at least tells only that the library knows it: what is loaded may be newer, but where its name says
    that it is not."""
    if library.post_quantum is not PostQuantum.SINCE:
        return knows(None)
    if library.is_before(one.files):
        return False
    return True if one.needs is not None and knows(one.needs) else None


def _modules(source: FileSource) -> Iterator[tuple[str, str, int]]:
    """Modules of Go with Go itself, and crates of Rust, with their versions."""
    for offset in source.places(_GO).offsets[:1]:
        try:
            build = read_go_build(source.data, offset)
        except MalformedMessage:
            continue
        yield "std", build.version.removeprefix("go"), offset
        if build.fips140 is not None:
            yield "std/fips140", build.fips140.removeprefix("v"), offset
        for module in build.modules:
            yield module.path, module.version.removeprefix("v"), offset
    crates: set[tuple[str, str]] = set()
    for offset in (offset for mark in _CRATES for offset in source.places(mark).offsets[:_MOST_PLACES]):
        crate = crate_at(source.data, offset)
        if crate is not None and crate not in crates:
            crates.add(crate)
            yield *crate, offset


def _symbols(program: Program | None, source: FileSource) -> Iterator[Observation]:
    """One observation for each algorithm and use of it, with the first symbol that stands for it."""
    names = [] if program is None else [(named.name, named.offset) for named in program.symbols]
    for mark in _GO_PACKAGES:
        packages: dict[str, int] = {}
        for offset in source.places(mark).offsets[:_MOST_PLACES]:
            package = go_package_at(source.data, offset + 1)
            if package is not None:
                packages.setdefault(package, offset + 1)
        names += packages.items()
    told: set[tuple[str, Function | None, str | None]] = set()
    for name, offset in names:
        symbol = symbol_of(name)
        if symbol is None or (symbol.algorithm.name, symbol.function, symbol.parameter) in told:
            continue
        told.add((symbol.algorithm.name, symbol.function, symbol.parameter))
        yield algorithm_observation(
            symbol.algorithm,
            Usage.LINKED,
            _at(source, offset, name),
            function=symbol.function,
            parameter=symbol.parameter,
            others=(("by", "symbol"),),
        )


def _tables(source: FileSource, constants: dict[Mark, ProgramConstant], *, is_program: bool) -> Iterator[Observation]:
    told: set[tuple[str, str | None, bool]] = set()
    end = end_of_program(source.data)  # The signature behind it has identifiers of its own, and is told as what it is.
    for mark, constant in constants.items():
        offsets = [offset for offset in source.places(mark).offsets if offset < end]
        key = (constant.algorithm.name, constant.parameter, constant.is_identifier)
        if not offsets or key in told or (constant.is_identifier and not (is_program and not source.offset)):
            continue
        told.add(key)
        others = (("also", " ".join(constant.others)),) if constant.others else ()
        yield algorithm_observation(
            constant.algorithm,
            Usage.MENTIONED if constant.is_identifier or not is_program else Usage.LINKED,
            _at(source, offsets[0], constant.name),
            parameter=constant.parameter,
            confidence=Confidence.INFERRED,
            others=(("by", "identifier" if constant.is_identifier else "constant"), *others),
        )


def _of_class(read: JavaClass, source: FileSource) -> Iterator[Observation]:
    """A name that code hands to the architecture is used; one that only stands in a class which calls it may be."""
    handed: set[str] = set()
    for call in read.calls:
        for text, offset in call.texts if call.method == _ASKING else ():
            handed.add(text)
            spelled = called(call.owner, text)
            if spelled is not None:
                symbol = f"{call.owner.rpartition('/')[2]}.{call.method}"
                yield _java(spelled.algorithm, Usage.USED, _at(source, offset, symbol), spelled.function, spelled.others)
    for text in sorted({text for text in read.texts if text not in handed}) if read.calls else ():
        spelled = called(None, text)
        if spelled is not None:
            where = _at(source, 0, text)
            yield _java(spelled.algorithm, Usage.LINKED, where, spelled.function, spelled.others, Confidence.INFERRED)


def _java(
    algorithm: Algorithm,
    usage: Usage,
    where: Where,
    function: Function | None,
    others: tuple[tuple[str, str | int], ...],
    confidence: Confidence = Confidence.OBSERVED,
) -> Observation:
    return algorithm_observation(algorithm, usage, where, function=function, confidence=confidence, others=(*others, ("by", "jca")))


def _at(source: FileSource, offset: int, symbol: str | None = None) -> Where:
    """The place in a program, which has no lines."""
    return Where(offset=source.where(offset).offset, symbol=symbol)
