"""What in programs tells cryptography: names of files on every system, and rows that are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from pqscan.errors import DataError
from pqscan.registry.programs import (
    library_of_file,
    library_of_package,
    program_constants,
    read_program_constants,
    read_program_symbols,
    read_system_libraries,
    stem_of,
    symbol_of,
    system_libraries,
)

LIBRARY = '[[library]]\nname = "A"\nfiles = ["liba"]\npost_quantum = "no"\nreference = "its notes"\n'
CONSTANT = '[[constant]]\nname = "K"\nalgorithm = "SHA-256"\noctets = "982f8a4291443771"\nreference = "FIPS 180-4"\n'
SYMBOLS = '[[symbols]]\nof = "A"\nalgorithm = "MD5"\nnames = ["a_md5"]\nreference = "its manual"\n'


@pytest.mark.parametrize(
    ("file", "stem"),
    [
        ("libcrypto.so.3", "libcrypto"),
        ("libcrypto.so.1.1", "libcrypto"),
        ("libcrypto-3-x64.dll", "libcrypto"),
        ("libeay32.dll", "libeay32"),
        ("BCRYPT.dll", "bcrypt"),
        ("/usr/lib/libcrypto.3.dylib", "libcrypto"),
        ("@rpath/libsodium.23.dylib", "libsodium"),
        ("/System/Library/Frameworks/Security.framework/Versions/A/Security", "security.framework"),
        ("libnss3.so", "libnss3"),
        ("libbotan-3.so.7", "libbotan"),
        ("libgcrypt-20.dll", "libgcrypt"),
        ("libssl-cd6b6ac0.so.3", "libssl"),
        ("libk5crypto-d61acad3.so.3.1", "libk5crypto"),
        ("libcrypto-3-x64-c1e69c503b8c5d65b13a1737b1a377b0.dll", "libcrypto"),
        ("libcrypto-decade.so.1", "libcrypto-decade"),
        ("", ""),
    ],
)
def test_a_file_of_a_library_is_known_by_its_stem(file: str, stem: str) -> None:
    assert stem_of(file) == stem


def test_a_library_is_found_by_its_files_and_packages_and_others_are_not() -> None:
    for file, name in (("libssl.so.3", "OpenSSL"), ("libssl3.so", "NSS"), ("libgnutls.so.30", "GnuTLS")):
        library = library_of_file(file)
        assert library is not None
        assert library.name == name
    assert library_of_file("libc.so.6") is None
    assert library_of_file("libsslcommon.so.2") is None
    package = library_of_package("libssl3t64")
    assert package is not None
    assert package.name == "OpenSSL"
    assert library_of_package("libc6") is None


@pytest.mark.parametrize(
    ("name", "version", "knows"),
    [
        ("OpenSSL", "3.4.1-1", False),
        ("OpenSSL", "3.5.0-1", True),
        ("OpenSSL", "3.5-1", True),
        ("OpenSSL", "1:3.5.1-2.el10", True),
        ("OpenSSL", None, None),
        ("OpenSSL", "unknown", None),
        ("Nettle", "3.10", False),
        ("Nettle", None, False),
        ("liboqs", None, True),
        ("BoringSSL", None, None),
        ("openssl (Rust)", "0.10.81", None),
        ("rustls", "0.23.46", None),
        ("rustls", "0.22.0", False),
        ("Windows CNG", None, None),
    ],
)
def test_a_version_knows_post_quantum_algorithms_from_one_on(name: str, version: str | None, knows: bool | None) -> None:
    (library,) = (one for one in system_libraries() if one.name == name)
    assert library.knows_post_quantum(version) is knows


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        (LIBRARY + LIBRARY, "has a row already"),
        (LIBRARY.replace('"no"', '"since"'), "since must be a version"),
        (LIBRARY + 'since = "1.0"\n', "since must be a version"),
        (LIBRARY + 'banner = "A "\n', "go together"),
        (LIBRARY.replace('"no"', '"shown"'), "shown_by must be four"),
        (LIBRARY + 'shown_by = "MLKEM768"\n', "shown_by must be four"),
        (LIBRARY + "banner = \"A \"\nversion = 'A (\\d)'\n", "four plain characters"),
        (LIBRARY + "banner = \"ABCD \"\nversion = 'A (\\d'\n", "regular expression"),
        (LIBRARY + "banner = \"ABCD \"\nversion = 'A'\n", "one group"),
        (LIBRARY + 'before = ["liba.so.1"]\n', "nothing without since"),
        (LIBRARY + 'trace = "abc"\n', "four plain characters"),
        (LIBRARY + "trace = \"abcd\"\ntrace_is = 'a(b)'\n", "no group"),
        (LIBRARY + "apart = '(a)'\n", "nothing without trace"),
        (LIBRARY + 'algorithms = ["nothing"]\n', "names of algorithms.toml"),
        (LIBRARY.replace('reference = "its notes"\n', ""), "no reference"),
    ],
)
def test_a_row_of_a_library_that_says_nothing_right_is_refused(tmp_path: Path, changed: str, complaint: str) -> None:
    (tmp_path / "a.toml").write_text(changed)
    with pytest.raises(DataError, match=complaint):
        read_system_libraries(tmp_path / "a.toml")


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        (CONSTANT + CONSTANT, "have a row already"),
        (CONSTANT.replace("982f8a42", ""), "8 at least"),
        (CONSTANT.replace("982f", "98zz"), "hexadecimal"),
        (CONSTANT.replace("SHA-256", "nothing"), "name of algorithms.toml"),
    ],
)
def test_a_row_of_a_constant_that_is_none_is_refused(tmp_path: Path, changed: str, complaint: str) -> None:
    (tmp_path / "a.toml").write_text(changed)
    with pytest.raises(DataError, match=complaint):
        read_program_constants(tmp_path / "a.toml")


def test_a_symbol_stands_for_one_algorithm(tmp_path: Path) -> None:
    symbol = symbol_of("EVP_aes_256_ecb")
    assert symbol is not None
    assert (symbol.algorithm.name, symbol.parameter) == ("AES-256", "ECB")
    assert symbol_of("EVP_DigestInit_ex") is None
    (tmp_path / "a.toml").write_text(SYMBOLS + SYMBOLS)
    with pytest.raises(DataError, match="has a row already"):
        read_program_symbols(tmp_path / "a.toml")


def test_no_table_is_the_beginning_of_another() -> None:
    octets = [one.octets for one in program_constants()]
    assert [one.hex() for one in octets for other in octets if one != other and other.startswith(one)] == []
