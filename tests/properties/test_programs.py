"""Programs and class files of any octets: facts or MalformedMessage."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pqscan_probes.binary_file import BinaryFileProbe

from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.registry.jca import CLASSES
from pqscan.wire.program.auditable import read_auditable
from pqscan.wire.program.dex import read_dex
from pqscan.wire.program.elf import read_elf
from pqscan.wire.program.go import read_go_build
from pqscan.wire.program.java_class import read_java_class
from pqscan.wire.program.linked import Window
from pqscan.wire.program.macho import read_macho
from pqscan.wire.program.names import crate_at, go_package_at
from pqscan.wire.program.pe import read_pe
from tests.unit.scan.files.making import Asked
from tests.unit.wire.program.making import (
    auditable,
    dex,
    elf,
    elf_with_section,
    fat,
    go_build,
    java_class,
    macho,
    macho_with_section,
    pe,
    pe_with_section,
)

CIPHER = ("javax/crypto/Cipher", "getInstance", "(Ljava/lang/String;)Ljavax/crypto/Cipher;")
NEEDS = [("libcrypto.so.3", "OPENSSL_3.0.0"), ("libssl.so.3", "OPENSSL_3.0.3")]
CRATES = auditable([{"name": "ring", "version": "0.17.8"}])
SAMPLES = (
    elf(["libcrypto.so.3", "libssl.so.3"], ["EVP_sha1"], ["RSA_new"], soname="a", needs=NEEDS),
    elf(["libcrypto.so.3"], ["EVP_sha1"], is_wide=False, order=">"),
    pe([("bcrypt.dll", ["BCryptSignHash", "7"]), ("a.dll", ["EVP_sha1"])], own_name="a"),
    pe([("bcrypt.dll", ["BCryptSignHash"])], is_wide=False),
    macho(["/usr/lib/libcrypto.3.dylib"], ["CC_MD5"], own_name="a"),
    fat(macho(["a"], ["CC_MD5"], is_wide=False), macho(["b"], ["CC_SHA1"], order=">")),
    go_build("go1.24.1", [("dep", "golang.org/x/crypto", "v0.31.0")]),
    dex([("javax/crypto/Cipher", "getInstance", ["AES", "BC"])], ["HmacSHA1"]),
    java_class([(*CIPHER, ["AES/ECB/PKCS5Padding"])], ["HmacSHA1"]),
    elf_with_section(".dep-v0", CRATES),
    pe_with_section(".dep-v0", CRATES),
    fat(macho_with_section(".dep-v0", CRATES)),
)
PROBE = Asked(BinaryFileProbe())


def of_class(data: bytes) -> None:
    read_java_class(data, CLASSES)


def of_dex(data: bytes) -> None:
    read_dex(data, CLASSES)


def of_list(data: bytes) -> None:
    read_auditable(Window(data))


def attacked(data: bytes) -> None:
    """Every reader gets the octets."""
    for read in (read_elf, read_pe, read_macho, read_go_build, of_class, of_dex, of_list):
        with contextlib.suppress(MalformedMessage):
            read(data)
    go_package_at(data, 0)
    crate_at(data, 0)
    with contextlib.suppress(MalformedMessage, WrongProtocol):
        PROBE.facts_of(data)


@given(st.sampled_from(SAMPLES), st.data())
def test_damaged_programs_are_read_or_malformed(sample: bytes, data: st.DataObject) -> None:
    damaged = bytearray(sample)
    for _ in range(data.draw(st.integers(1, 6))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    attacked(bytes(damaged))


@given(st.sampled_from(SAMPLES), st.data())
def test_programs_that_are_cut_off_are_read_or_malformed(sample: bytes, data: st.DataObject) -> None:
    attacked(sample[: data.draw(st.integers(0, len(sample)))])


@given(st.sampled_from(SAMPLES), st.integers(4, 70), st.binary(max_size=400))
def test_anything_behind_a_beginning_is_read_or_malformed(sample: bytes, kept: int, rest: bytes) -> None:
    attacked(sample[:kept] + rest)


def test_the_samples_are_what_they_are_meant_to_be() -> None:
    assert len(read_elf(SAMPLES[0]).needs) == 2
    assert [one.name for one in read_elf(SAMPLES[1]).symbols] == ["EVP_sha1"]
    assert [len(read_pe(sample).libraries) for sample in SAMPLES[2:4]] == [2, 1]
    assert [len(read_macho(sample).symbols) for sample in SAMPLES[4:6]] == [1, 2]
    assert read_go_build(SAMPLES[6]).modules
    assert read_dex(SAMPLES[7], CLASSES).calls[0].texts
    assert read_java_class(SAMPLES[8], CLASSES).calls
    assert all(read_auditable(Window(sample)) for sample in SAMPLES[9:])


@pytest.mark.parametrize("size", range(0, len(SAMPLES[8]) - 40, 5))
def test_no_prefix_of_a_class_file_is_one(size: int) -> None:
    with pytest.raises(MalformedMessage):
        read_java_class(SAMPLES[8][:size], CLASSES)
