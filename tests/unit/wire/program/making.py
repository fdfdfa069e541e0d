"""Programs made by hand: as little of each format as the readers look at, so that tests know every octet."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Sequence


def texts_of(names: Sequence[str]) -> tuple[bytes, dict[str, int]]:
    """A table of texts, and where each stands in it."""
    table, places = b"\0", {}
    for name in names:
        places[name] = len(table)
        table += name.encode() + b"\0"
    return table, places


def elf(
    libraries: Sequence[str] = (),
    undefined: Sequence[str] = (),
    defined: Sequence[str] = (),
    *,
    soname: str | None = None,
    needs: Sequence[tuple[str, str]] = (),
    is_wide: bool = True,
    order: str = "<",
    behind: bytes = b"",
) -> bytes:
    """A shared object with one segment that is all of the file."""
    names = [*libraries, *undefined, *defined, *([soname] if soname else []), *(text for need in needs for text in need)]
    strings, at = texts_of(names)
    word = "Q" if is_wide else "I"
    symbols = _symbol(order, is_wide, 0, 0)
    symbols += b"".join(_symbol(order, is_wide, at[name], 0) for name in undefined)
    symbols += b"".join(_symbol(order, is_wide, at[name], 7) for name in defined)
    header_size, segment_size = (64, 56) if is_wide else (52, 32)
    symbols_at = header_size + 2 * segment_size
    hashes_at = symbols_at + len(symbols)
    hashes = struct.pack(order + "II", 1, 1 + len(undefined) + len(defined))
    strings_at = hashes_at + len(hashes)
    versions_at = strings_at + len(strings)
    versions = b""
    for number, (file, version) in enumerate(needs, 1):
        following = 32 if number < len(needs) else 0
        versions += struct.pack(order + "HHIII", 1, 1, at[file], 16, following)
        versions += struct.pack(order + "IHHII", 0, 0, 2, at[version], 0)
    dynamic_at = versions_at + len(versions)
    base = 0x400000
    entries = [(1, at[name]) for name in libraries]
    entries += [(5, base + strings_at), (6, base + symbols_at), (4, base + hashes_at)]
    if soname:
        entries.append((14, at[soname]))
    if needs:
        entries += [(0x6FFFFFFE, base + versions_at), (0x6FFFFFFF, len(needs))]
    dynamic = b"".join(struct.pack(order + word * 2, *entry) for entry in (*entries, (0, 0)))
    size = dynamic_at + len(dynamic)
    segments = _segment(order, is_wide, 1, 0, base, size) + _segment(order, is_wide, 2, dynamic_at, base + dynamic_at, len(dynamic))
    ident = b"\x7fELF" + bytes((2 if is_wide else 1, 1 if order == "<" else 2, 1)) + bytes(9)
    fields = (3, 62, 1, 0, header_size, 0, 0, header_size, segment_size, 2, 0, 0, 0)
    header = ident + struct.pack(order + f"HHI{word * 3}IHHHHHH", *fields)
    return header + segments + symbols + hashes + strings + versions + dynamic + behind


def _symbol(order: str, is_wide: bool, name: int, section: int) -> bytes:
    if is_wide:
        return struct.pack(order + "IBBHQQ", name, 0x12, 0, section, 0, 0)
    return struct.pack(order + "IIIBBH", name, 0, 0, 0x12, 0, section)


def _segment(order: str, is_wide: bool, kind: int, offset: int, address: int, size: int) -> bytes:
    if is_wide:
        return struct.pack(order + "IIQQQQQQ", kind, 5, offset, address, address, size, size, 4096)
    return struct.pack(order + "IIIIIIII", kind, offset, address, address, size, size, 5, 4096)


def pe(imports: Sequence[tuple[str, Sequence[str]]], *, is_wide: bool = True, own_name: str | None = None) -> bytes:
    """A program with one section that holds its imports; a name that is a number is imported by number."""
    base, raw = 0x1000, 0x400
    content = bytearray(20 * (len(imports) + 1) + 40)

    def put(data: bytes) -> int:
        place = len(content)
        content.extend(data)
        return base + place

    form, by_number = ("<Q", 1 << 63) if is_wide else ("<I", 1 << 31)
    for number, (library, names) in enumerate(imports):
        thunks = [by_number | int(name) if name.isdigit() else put(b"\0\0" + name.encode() + b"\0") for name in names]
        table = put(b"".join(struct.pack(form, value) for value in (*thunks, 0)))
        struct.pack_into("<IIIII", content, 20 * number, table, 0, 0, put(library.encode() + b"\0"), table)
    exports = 0
    if own_name:
        exports = put(struct.pack("<IIIIIIIIIII", 0, 0, 0, put(own_name.encode() + b"\0"), *[0] * 7))
    directories = struct.pack("<IIII", exports, 40, base, 20 * (len(imports) + 1)) + bytes(14 * 8)
    optional = struct.pack("<H", 0x20B if is_wide else 0x10B) + bytes(106 if is_wide else 90) + struct.pack("<I", 16) + directories
    section = b".idata\0\0" + struct.pack("<IIII", len(content), base, len(content), raw) + bytes(16)
    header = b"PE\0\0" + struct.pack("<HHIIIHH", 0x8664, 1, 0, 0, 0, len(optional), 0x22) + optional + section
    start = b"MZ" + bytes(58) + struct.pack("<I", 0x80)
    return (start.ljust(0x80, b"\0") + header).ljust(raw, b"\0") + bytes(content)


def macho(
    libraries: Sequence[str], undefined: Sequence[str], *, own_name: str | None = None, is_wide: bool = True, order: str = "<"
) -> bytes:
    """One architecture."""
    strings, at = texts_of([f"_{name}" for name in undefined])
    commands = [_dylib(order, 0xC, name) for name in libraries]
    if own_name:
        commands.append(_dylib(order, 0xD, own_name))
    header_size = 32 if is_wide else 28
    before = header_size + sum(map(len, commands)) + 24
    symbols = b"".join(struct.pack(order + ("IBBHQ" if is_wide else "IBBHI"), at[f"_{name}"], 1, 0, 0, 0) for name in undefined)
    commands.append(struct.pack(order + "IIIIII", 2, 24, before, len(undefined), before + len(symbols), len(strings)))
    magic = 0xFEEDFACF if is_wide else 0xFEEDFACE
    head = struct.pack(order + "IIIIIII", magic, 7, 3, 2, len(commands), sum(map(len, commands)), 0)
    return head.ljust(header_size, b"\0") + b"".join(commands) + symbols + strings


def _dylib(order: str, kind: int, name: str) -> bytes:
    text = name.encode() + b"\0"
    text += bytes(-len(text) % 8)
    return struct.pack(order + "IIIIII", kind, 24 + len(text), 24, 0, 0, 0) + text


def auditable(packages: Sequence[dict[str, object]]) -> bytes:
    """What cargo auditable puts into its section."""
    return zlib.compress(json.dumps({"packages": list(packages)}).encode())


def elf_with_section(name: str, content: bytes, *, is_wide: bool = True, order: str = "<", filled: int = 0) -> bytes:
    """A shared object that has a table of sections behind so many octets: none, the one named, and their names."""
    data = elf(is_wide=is_wide, order=order, behind=bytes(filled))
    texts, at = texts_of([name])
    form = order + ("IIQQQQIIQQ" if is_wide else "IIIIIIIIII")
    start, width = len(data) + len(content) + len(texts), struct.calcsize(form)
    table = bytes(width)
    table += struct.pack(form, at[name], 1, 0, 0, len(data), len(content), 0, 0, 1, 0)
    table += struct.pack(form, 0, 3, 0, 0, len(data) + len(content), len(texts), 0, 0, 1, 0)
    word, place, shape = ("Q", 40, 58) if is_wide else ("I", 32, 46)
    head = data[:place] + struct.pack(order + word, start) + data[place + struct.calcsize(word) : shape]
    head += struct.pack(order + "HHH", width, 3, 2)
    return head + data[len(head) :] + content + texts + table


def pe_with_section(name: str, content: bytes) -> bytes:
    """A program with one section more, that is filled up to a boundary."""
    data = bytearray(pe([("a.dll", ["a"])]))
    data += bytes(-len(data) % 0x200)
    optional = int.from_bytes(data[0x94:0x96], "little")
    raw = content + bytes(-len(content) % 0x200)
    section = name.encode().ljust(8, b"\0") + struct.pack("<IIII", len(content), 0x9000, len(raw), len(data)) + bytes(16)
    table = 0x80 + 24 + optional + 40
    data[table : table + 40] = section
    data[0x86:0x88] = (2).to_bytes(2, "little")
    return bytes(data) + raw


def macho_with_section(name: str, content: bytes, *, is_wide: bool = True, order: str = "<") -> bytes:
    """One architecture with one segment and one section in it."""
    head_size, segment, section = (32, 72, 80) if is_wide else (28, 56, 68)
    start, word = head_size + segment + section, "Q" if is_wide else "I"
    command = struct.pack(order + "II16s" + word * 4 + "IIII", 0x19 if is_wide else 1, segment + section, b"__DATA", *[0] * 6, 1, 0)
    command += struct.pack(order + "16s16s" + word * 2 + "I", name.encode(), b"__DATA", 0, len(content), start)
    magic = 0xFEEDFACF if is_wide else 0xFEEDFACE
    head = struct.pack(order + "IIIIIII", magic, 7, 3, 2, 1, segment + section, 0).ljust(head_size, b"\0")
    return (head + command).ljust(start, b"\0") + content


def fat(*architectures: bytes) -> bytes:
    """Several architectures in one file."""
    head, content = struct.pack(">II", 0xCAFEBABE, len(architectures)), b""
    start = 8 + 20 * len(architectures)
    for one in architectures:
        head += struct.pack(">IIIII", 7, 3, start + len(content), len(one), 0)
        content += one
    return head + content


def go_build(version: str = "go1.24.1", modules: Sequence[tuple[str, str, str]] = (), settings: Sequence[str] = ()) -> bytes:
    """Build information as the linker writes it since Go 1.18."""

    def text(data: bytes) -> bytes:
        length, octets = len(data), b""
        while length >= 0x80:
            octets, length = octets + bytes((length & 0x7F | 0x80,)), length >> 7
        return octets + bytes((length,)) + data

    lines = "".join(f"{kind}\t{path}\t{number}\th1:x=\n" for kind, path, number in modules)
    lines += "".join(f"build\t{setting}\n" for setting in settings)
    return b"\xff Go buildinf:" + bytes((8, 2)) + bytes(16) + text(version.encode()) + text(bytes(16) + lines.encode() + bytes(16))


def java_class(calls: Sequence[tuple[str, str, str, Sequence[str]]], texts: Sequence[str] = ()) -> bytes:
    """A class whose code puts the texts given on the stack and calls a method, for each of (class, method, descriptor, texts)."""
    pool: list[bytes] = []

    def constant(data: bytes) -> int:
        if data not in pool:
            pool.append(data)
        return pool.index(data) + 1

    def utf8(text: str) -> int:
        return constant(b"\1" + struct.pack(">H", len(text)) + text.encode())

    def named(text: str) -> int:
        return constant(b"\7" + struct.pack(">H", utf8(text)))

    def string(text: str) -> int:
        return constant(b"\x08" + struct.pack(">H", utf8(text)))

    this, code = named("a/B"), b""
    for owner, method, descriptor, handed in calls:
        name_and_type = constant(b"\x0c" + struct.pack(">HH", utf8(method), utf8(descriptor)))
        number = constant(b"\x0a" + struct.pack(">HH", named(owner), name_and_type))
        code += b"".join(bytes((0x12, string(text))) for text in handed) + b"\xb8" + struct.pack(">H", number)
    for text in texts:
        string(text)
    head = b"\xca\xfe\xba\xbe" + struct.pack(">HHH", 0, 61, len(pool) + 1)
    return head + b"".join(pool) + struct.pack(">HHH", 0x21, this, this) + bytes(8) + code


def dex(calls: Sequence[tuple[str, str, Sequence[str]]], texts: Sequence[str] = ()) -> bytes:
    """A Dalvik executable whose code puts the texts given into registers, from the first on, and calls a static method with them,
    for each of (class, method, texts); a method that is given none takes one from elsewhere."""
    shorties = {f"L{'L' * max(1, len(handed))}" for _, _, handed in calls}
    types = {f"L{owner};" for owner, _, _ in calls}
    named = {method for _, method, _ in calls} | {text for _, _, handed in calls for text in handed}
    strings = sorted({*shorties, *types, *named, *texts})
    type_list, prototypes = sorted(types), sorted(shorties)
    strings_at = 112
    types_at = strings_at + 4 * len(strings)
    prototypes_at = types_at + 4 * len(type_list)
    methods_at = prototypes_at + 12 * len(prototypes)
    content_at = methods_at + 8 * len(calls)
    content, places = b"", []
    for text in strings:
        places.append(content_at + len(content))
        content += bytes((len(text),)) + text.encode() + b"\0"
    tables = b"".join(struct.pack("<I", place) for place in places)
    tables += b"".join(struct.pack("<I", strings.index(name)) for name in type_list)
    tables += b"".join(struct.pack("<III", strings.index(shorty), 0, 0) for shorty in prototypes)
    code = b""
    for number, (owner, method, handed) in enumerate(calls):
        prototype = prototypes.index(f"L{'L' * max(1, len(handed))}")
        tables += struct.pack("<HHI", type_list.index(f"L{owner};"), prototype, strings.index(method))
        code += b"".join(struct.pack("<BBH", 0x1A, register, strings.index(text)) for register, text in enumerate(handed))
        code += struct.pack("<BBHH", 0x71, 0x10 * max(1, len(handed)), number, 0x10)
    head = b"dex\n035\0" + bytes(24) + struct.pack("<III", 0, 112, 0x12345678) + bytes(12)
    head += struct.pack("<IIIIII", len(strings), strings_at, len(type_list), types_at, len(prototypes), prototypes_at)
    head += struct.pack("<IIII", 0, 0, len(calls), methods_at)
    return head.ljust(112, b"\0") + tables + content + code
