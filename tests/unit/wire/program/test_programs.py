"""What ELF, PE and Mach-O files say of their links: names, where they stand, and what is left out."""

from __future__ import annotations

import pytest

from pqscan.errors import MalformedMessage
from pqscan.wire.program.elf import read_elf
from pqscan.wire.program.linked import Program
from pqscan.wire.program.macho import read_macho
from pqscan.wire.program.pe import read_pe
from tests.unit.wire.program.making import elf, fat, macho, pe


def names(program: Program) -> tuple[list[str], list[str]]:
    return [one.name for one in program.libraries], [one.name for one in program.symbols]


@pytest.mark.parametrize("is_wide", [True, False])
@pytest.mark.parametrize("order", ["<", ">"])
def test_elf_tells_libraries_and_symbols_that_are_not_its_own(is_wide: bool, order: str) -> None:
    data = elf(
        ["libcrypto.so.3", "libc.so.6"], ["EVP_sha1", "free"], ["RSA_new"], soname="libmine.so.1",
        needs=[("libcrypto.so.3", "OPENSSL_3.0.0"), ("libc.so.6", "GLIBC_2.34")], is_wide=is_wide, order=order,
    )  # fmt: skip
    program = read_elf(data)
    assert names(program) == (["libcrypto.so.3", "libc.so.6"], ["EVP_sha1", "free"])
    assert (program.own_name, program.is_cut) == ("libmine.so.1", False)
    assert program.needs == (("libcrypto.so.3", "OPENSSL_3.0.0"), ("libc.so.6", "GLIBC_2.34"))
    for named in (*program.libraries, *program.symbols):
        assert data.startswith(named.name.encode() + b"\0", named.offset)


def test_elf_whose_tables_lie_behind_the_data_is_cut() -> None:
    data = elf(["libcrypto.so.3"], ["EVP_sha1"])
    assert read_elf(data[:-1]).is_cut
    assert read_elf(data[:70]).is_cut
    assert not read_elf(data).is_cut


def test_elf_without_links_is_no_error() -> None:
    header = elf()[:64]
    alone = header[:32] + bytes(8) + header[40:54] + bytes(4) + header[58:]
    assert read_elf(alone) == Program("ELF")


@pytest.mark.parametrize("is_wide", [True, False])
def test_pe_tells_what_it_imports_by_name(is_wide: bool) -> None:
    data = pe([("bcrypt.dll", ["BCryptSignHash", "7"]), ("libcrypto-3-x64.dll", ["EVP_sha1"])], is_wide=is_wide, own_name="a.dll")
    program = read_pe(data)
    assert names(program) == (["bcrypt.dll", "libcrypto-3-x64.dll"], ["BCryptSignHash", "EVP_sha1"])
    assert (program.own_name, program.is_cut) == ("a.dll", False)
    for named in (*program.libraries, *program.symbols):
        assert data.startswith(named.name.encode() + b"\0", named.offset)


def test_pe_whose_imports_lie_behind_the_data_is_cut() -> None:
    data = pe([("bcrypt.dll", ["BCryptSignHash"])])
    assert read_pe(data[:0x401]).is_cut


def test_a_program_of_dos_is_no_pe() -> None:
    with pytest.raises(MalformedMessage):
        read_pe(b"MZ" + bytes(200))


@pytest.mark.parametrize("is_wide", [True, False])
@pytest.mark.parametrize("order", ["<", ">"])
def test_macho_tells_libraries_and_symbols_without_the_underscore_of_c(is_wide: bool, order: str) -> None:
    data = macho(["/usr/lib/libcrypto.3.dylib"], ["CC_MD5", "_free"], own_name="/usr/lib/liba.dylib", is_wide=is_wide, order=order)
    program = read_macho(data)
    assert names(program) == (["/usr/lib/libcrypto.3.dylib"], ["CC_MD5", "_free"])
    assert (program.own_name, program.is_cut) == ("/usr/lib/liba.dylib", False)


def test_macho_of_several_architectures_is_told_as_one() -> None:
    program = read_macho(fat(macho(["a", "b"], ["CC_MD5"]), macho(["b", "c"], ["CC_SHA1"])))
    assert names(program) == (["a", "b", "c"], ["CC_MD5", "CC_SHA1"])
    assert read_macho(fat(macho(["a"], ["CC_MD5"]), macho(["b"], ["CC_SHA1"]))[:200]).is_cut


def test_a_class_file_is_no_macho() -> None:
    with pytest.raises(MalformedMessage):
        read_macho(b"\xca\xfe\xba\xbe\0\0\0\x3d" + bytes(100))


@pytest.mark.parametrize("reader", [read_elf, read_pe, read_macho])
@pytest.mark.parametrize("data", [b"", b"\x7fELF", b"MZ", b"\xcf\xfa\xed", bytes(1000)])
def test_what_is_none_of_it_is_refused(reader: object, data: bytes) -> None:
    with pytest.raises(MalformedMessage):
        reader(data)  # type: ignore[operator]
