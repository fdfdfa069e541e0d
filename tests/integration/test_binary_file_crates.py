"""Crates in programs of Rust: by the paths of their sources, and by the list of cargo auditable, which has more than is inside."""

from __future__ import annotations

from pathlib import Path

import pytest

from pqscan.model.reason import Reason
from pqscan.scan.files import piece as piece_module
from tests.integration.test_binary_file import PROBE, libraries
from tests.unit.scan.files.making import facts_of
from tests.unit.scan.files.test_examine import examine
from tests.unit.wire.program.making import auditable, elf, elf_with_section, macho_with_section, pe, pe_with_section


def test_rust_tells_crates_by_the_paths_of_their_sources() -> None:
    path = b"/cargo/registry/src/index.example-6f17d22bba15001f/%s/src/lib.rs"
    data = elf() + b"\0".join(path % name for name in (b"ring-0.17.8", b"ring-0.17.8", b"rustls-0.23.36", b"serde-1.0.1"))
    told = [
        (name, stated["version"], stated.get("knows_post_quantum", "unknown")) for name, stated in libraries(facts_of(PROBE, data))
    ]
    assert told == [("ring", "0.17.8", "no"), ("rustls", "0.23.36", "unknown")]


def test_crates_that_were_built_on_windows_have_their_paths_told_too() -> None:
    path = rb"C:\Users\a\.cargo\registry\src\a-1949cf8c6b5b557f\ring-0.17.8\src\aead.rs"
    told = [(name, stated["version"], stated["module"]) for name, stated in libraries(facts_of(PROBE, pe([]) + path))]
    assert told == [("ring", "0.17.8", "ring")]


def test_rust_tells_crates_by_the_list_that_cargo_auditable_leaves_where_paths_were_cut_off() -> None:
    listed = auditable(
        [{"name": "ring", "version": "0.17.8"}, {"name": "rustls", "version": "0.23.36"}, {"name": "serde", "version": "1.0.1"}]
    )
    for data in (elf_with_section(".dep-v0", listed), pe_with_section(".dep-v0", listed), macho_with_section(".dep-v0", listed)):
        facts = facts_of(PROBE, data)
        told = [(name, stated["version"], stated["linked"], stated["module"]) for name, stated in libraries(facts)]
        assert told == [("ring", "0.17.8", "listed", "ring"), ("rustls", "0.23.36", "listed", "rustls")]
        assert (facts.complete, facts.detail) == (True, Reason.of("crates_only_listed", count=2))
    facts = facts_of(PROBE, elf_with_section(".dep-v0", listed[:-4]))
    assert (facts.complete, facts.detail is not None and facts.detail.code) == (False, "program_tables_not_read")


@pytest.mark.parametrize(
    ("texts", "how"),
    [
        ("/registry/src/a-1/ring-0.17.8/src/aead.rs", "static"),
        ("/build/vendor/ring-0.17.8/src/aead.rs", "static"),
        ("C:\\vendor\\ring-0.17.8\\src\\aead.rs", "static"),
        ("ring::hkdf::Algorithm", "static"),
        ("_ZN4ring3rsa7padding17h0123456789abcdefE", "static"),
        ("_RNvNtCs9ltgdHTiPiY_4ring3rsa3new", "static"),
        ("string::new, a-string-0.17.8/x and 4ringed", "listed"),
        ("/vendor/ring-0.16.20/src/aead.rs", "listed"),
        ("rustls::ring::provider, _ZN6rustls4ring8provider17h01E", "listed"),
    ],
)
def test_a_crate_of_the_list_is_inside_where_anything_else_tells_of_it(texts: str, how: str) -> None:
    data = elf_with_section(".dep-v0", auditable([{"name": "ring", "version": "0.17.8"}]))
    told = [(stated["version"], stated["linked"]) for _, stated in libraries(facts_of(PROBE, data + texts.encode()))]
    assert told == [("0.17.8", how)]


def test_a_crate_that_is_only_listed_shows_nothing_of_another_one() -> None:
    listed = auditable([{"name": "rustls", "version": "0.23.36"}, {"name": "aws-lc-sys", "version": "0.38.0"}])
    texts = b"\0rustls::client::X25519MLKEM768\0"
    told = [(name, stated["linked"], "knows_post_quantum" in stated) for name, stated in
            libraries(facts_of(PROBE, elf_with_section(".dep-v0", listed) + texts))]  # fmt: skip
    assert told == [("rustls", "static", False), ("AWS-LC", "listed", False)]
    inside = libraries(facts_of(PROBE, elf_with_section(".dep-v0", listed) + texts + b"aws_lc_0_38_0_bn_mul\0"))
    assert [(stated["linked"], stated["knows_post_quantum"]) for _, stated in inside] == [("static", "yes"), ("static", "yes")]


def test_a_list_of_crates_behind_the_beginning_of_a_large_program_is_read_from_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(piece_module, "PIECE_OCTETS", 1 << 16)
    monkeypatch.setattr(piece_module, "OVERLAP_OCTETS", 1 << 10)
    data = elf_with_section(".dep-v0", auditable([{"name": "ring", "version": "0.17.8"}]), filled=1 << 18)
    (outcome,) = examine(tmp_path / "program", data, PROBE).outcomes
    assert outcome.profile is not None
    assert [one.value for one in outcome.profile.observations] == ["ring"]
