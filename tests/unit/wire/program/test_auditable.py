"""The list of crates that cargo auditable leaves in a program, in every format of programs."""

from __future__ import annotations

import zlib

import pytest

from pqscan.errors import MalformedMessage
from pqscan.wire.program.auditable import read_auditable
from pqscan.wire.program.linked import Window
from tests.unit.wire.program.making import auditable, elf, elf_with_section, fat, macho_with_section, pe_with_section

PACKAGES: list[dict[str, object]] = [
    {"name": "app", "version": "0.1.0", "source": "local", "root": True, "dependencies": [1]},
    {"name": "ring", "version": "0.17.8", "source": "registry"},
    {"name": "cc", "version": "1.2.0", "source": "registry", "kind": "build"},
]
INSIDE = [("app", "0.1.0"), ("ring", "0.17.8")]


def crates(data: bytes) -> list[tuple[str, str]]:
    return [(name, version) for name, version, _ in read_auditable(Window(data))]


@pytest.mark.parametrize("is_wide", [True, False])
@pytest.mark.parametrize("order", ["<", ">"])
def test_elf_and_macho_tell_the_crates_inside_and_none_that_only_built_it(is_wide: bool, order: str) -> None:
    packed = auditable(PACKAGES)
    for data in (
        elf_with_section(".dep-v0", packed, is_wide=is_wide, order=order),
        macho_with_section(".dep-v0", packed, is_wide=is_wide, order=order),
    ):
        assert crates(data) == INSIDE
        assert data.startswith(packed, read_auditable(Window(data))[0][2])


def test_pe_tells_them_though_its_section_is_filled_up() -> None:
    assert crates(pe_with_section(".dep-v0", auditable(PACKAGES))) == INSIDE


def test_each_architecture_of_a_fat_file_is_asked() -> None:
    parts = [macho_with_section(".dep-v0", auditable([{"name": "ring", "version": version}])) for version in ("0.16.20", "0.17.8")]
    assert crates(fat(*parts)) == [("ring", "0.16.20"), ("ring", "0.17.8")]


def test_a_program_without_the_section_lists_none() -> None:
    for data in (elf(), elf_with_section(".dep-v1", auditable(PACKAGES)), pe_with_section(".dep", b"a"), b"MZ", b""):
        assert crates(data) == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no zlib",
        auditable(PACKAGES)[:-5],
        zlib.compress(b"[" * 100_000),
        zlib.compress(b'{"packages": 1}'),
        zlib.compress(b"[]"),
        zlib.compress(b'{"packages": [' + b" " * (9 << 20) + b"]}"),
    ],
    ids=["empty", "not packed", "cut off", "deep", "no list", "no object", "too large"],
)
def test_a_section_that_is_no_list_of_crates_is_malformed(content: bytes) -> None:
    with pytest.raises(MalformedMessage):
        crates(elf_with_section(".dep-v0", content))


def test_entries_that_are_no_crates_are_passed_over() -> None:
    others: list[dict[str, object]] = [{"name": "a"}, {"name": 1, "version": "1"}, {"name": "a\n", "version": "1"}, {}]
    assert crates(elf_with_section(".dep-v0", auditable([*others, *PACKAGES]))) == INSIDE
    assert crates(elf_with_section(".dep-v0", zlib.compress(b'{"packages": [1, null, []]}'))) == []
