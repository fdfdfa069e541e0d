"""Build information of Go."""

from __future__ import annotations

import pytest

from pqscan.errors import MalformedMessage
from pqscan.wire.program.go import GoModule, read_go_build
from tests.unit.wire.program.making import go_build

MODULES = [
    ("mod", "example.org/a", "(devel)"),
    ("dep", "golang.org/x/crypto", "v0.31.0"),
    ("dep", "b", "v1.0.0"),
    ("=>", "c", "v2.0.0"),
]


def test_version_and_modules_are_read_and_a_module_that_replaces_another_is_the_one_inside() -> None:
    build = read_go_build(b"x" * 5 + go_build("go1.24.1", MODULES), 5)
    assert build.version == "go1.24.1"
    assert build.modules == (
        GoModule("example.org/a", "(devel)"), GoModule("golang.org/x/crypto", "v0.31.0"), GoModule("c", "v2.0.0"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("setting", "version"),
    [
        ("GOFIPS140=v1.0.0-c2097c7c", "v1.0.0"),
        ("GOFIPS140=v1.0.0", "v1.0.0"),
        ("GOFIPS140=latest", None),
        ("-X=GOFIPS140=v1.0.0", None),
    ],
)
def test_the_frozen_module_that_was_chosen_is_read(setting: str, version: str | None) -> None:
    assert read_go_build(go_build("go1.26.8", MODULES, ("DefaultGODEBUG=fips140=on", setting))).fips140 == version


def test_experiments_are_no_part_of_the_version() -> None:
    assert read_go_build(go_build("go1.24.1 X:boringcrypto")).version == "go1.24.1"


def test_what_older_linkers_wrote_is_refused() -> None:
    with pytest.raises(MalformedMessage):
        read_go_build(b"\xff Go buildinf:\x08\x00" + bytes(100))


@pytest.mark.parametrize("size", range(0, 120, 7))
def test_no_beginning_of_it_is_enough(size: int) -> None:
    data = go_build("go1.24.1", MODULES)
    assert size < len(data)
    with pytest.raises(MalformedMessage):
        read_go_build(data[:size])
