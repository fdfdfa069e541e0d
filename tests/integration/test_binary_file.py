"""Programs as people have them: made by hand to the octet, and by the compilers that are here."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from pqscan_probes.binary_file import BinaryFileProbe

from pqscan.app import assess, open_store
from pqscan.app.files import FileScan, run_file_scan
from pqscan.errors import WrongProtocol
from pqscan.model.observation import Confidence, Subject, Usage
from pqscan.model.outcome import Facts
from pqscan.policy.state import State
from pqscan.registry.programs import program_constants
from pqscan.scan.files import piece as piece_module
from tests.unit.scan.files.making import facts_of
from tests.unit.scan.files.test_examine import examine, tarred
from tests.unit.wire.program.making import (
    dex,
    elf,
    fat,
    go_build,
    java_class,
    macho,
    pe,
)

PROBE = BinaryFileProbe()
CIPHER, ONE = "javax/crypto/Cipher", "(Ljava/lang/String;)Ljavax/crypto/Cipher;"
DIGEST, DIGEST_ONE = "java/security/MessageDigest", "(Ljava/lang/String;)Ljava/security/MessageDigest;"
SIGNATURE, SIGNATURE_ONE = "java/security/Signature", "(Ljava/lang/String;)Ljava/security/Signature;"
SHA256 = bytes.fromhex("982f8a4291443771cffbc0b5")


def libraries(facts: Facts) -> list[tuple[str, dict[str, str | int]]]:
    return [(one.value, dict(one.parameters)) for one in facts.observations if one.subject is Subject.LIBRARY]


def algorithms(facts: Facts) -> list[tuple[str, Usage, str | None]]:
    found = [one for one in facts.observations if one.subject is Subject.ALGORITHM]
    return [(one.value, one.usage, None if one.where is None else one.where.symbol) for one in found]


def test_a_program_tells_its_libraries_and_the_functions_that_it_imports() -> None:
    data = elf(["libcrypto.so.3", "libssl.so.3", "libc.so.6"], ["EVP_sha1", "RSA_generate_key_ex", "free"],
               needs=[("libcrypto.so.3", "OPENSSL_3.0.0"), ("libssl.so.3", "OPENSSL_3.0.3")])  # fmt: skip
    facts = facts_of(PROBE, data)
    assert libraries(facts) == [
        ("OpenSSL", {
            "post_quantum_since": "3.5.0", "post_quantum": "ML-KEM, ML-DSA, SLH-DSA",
            "linked": "dynamic", "file": "libcrypto.so.3 libssl.so.3", "needs": "3.0.3",
        }),
    ]  # fmt: skip
    assert algorithms(facts) == [("SHA-1", Usage.LINKED, "EVP_sha1"), ("RSA", Usage.LINKED, "RSA_generate_key_ex")]
    for one in facts.observations:
        assert one.where is not None
        assert data.startswith((one.where.symbol or "").encode() + b"\0", one.where.offset or 0)


@pytest.mark.parametrize(
    ("files", "word"),
    [
        (("libssl.so.1.1", "libcrypto.so.1.1"), "no"),
        (("libcrypto.so.10",), "no"),
        (("/usr/local/opt/openssl/lib/libssl.1.0.0.dylib",), "no"),
        (("libssl.so.1.1", "libcrypto.so.3"), "unknown"),
        (("libcrypto.so.3",), "unknown"),
        (("libcrypto.so",), "unknown"),
    ],
)
def test_the_name_of_a_file_can_show_that_its_version_knows_no_post_quantum_algorithms(files: tuple[str, ...], word: str) -> None:
    ((_, stated),) = libraries(facts_of(PROBE, elf(files)))
    assert stated.get("knows_post_quantum", "unknown") == word


@pytest.mark.parametrize(("needed", "word"), [("OPENSSL_3.4.0", "unknown"), ("OPENSSL_3.5.0", "yes"), ("OPENSSL_1_1_1", "unknown")])
def test_what_a_program_needs_at_least_can_show_that_its_library_knows_post_quantum_algorithms(needed: str, word: str) -> None:
    ((_, stated),) = libraries(facts_of(PROBE, elf(["libcrypto.so.3"], needs=[("libcrypto.so.3", needed)])))
    assert stated.get("knows_post_quantum", "unknown") == word


@pytest.mark.parametrize(
    ("data", "library"),
    [
        (elf(["libgnutls.so.30"]), "GnuTLS"),
        (pe([("bcrypt.dll", ["7"])]), "Windows CNG"),
        (pe([("libcrypto-3-x64.dll", ["EVP_sha1"])], is_wide=False), "OpenSSL"),
        (macho(["/System/Library/Frameworks/Security.framework/Versions/A/Security"], []), "Apple Security"),
        (fat(macho(["/usr/lib/libSystem.B.dylib"], []), macho(["@rpath/libsodium.23.dylib"], [])), "libsodium"),
    ],
    ids=["elf", "pe", "pe of 32 bits", "mach-o", "fat mach-o"],
)
def test_each_format_is_read(data: bytes, library: str) -> None:
    ((name, stated),) = libraries(facts_of(PROBE, data))
    assert (name, stated["linked"]) == (library, "dynamic")


@pytest.mark.parametrize(
    ("text", "library", "version", "word"),
    [
        ("OpenSSL 1.1.1w  11 Sep 2023", "OpenSSL", "1.1.1w", "no"),
        ("OpenSSL 3.5.4 30 Sep 2025", "OpenSSL", "3.5.4", "yes"),
        ("OpenSSL 1.0.2k-fips  26 Jan 2017", "OpenSSL", "1.0.2k-fips", "no"),
        ("OpenSSL 1.1.1 (compatible; BoringSSL)", "BoringSSL", "1.1.1", "unknown"),
        ("LibreSSL 3.8.2", "LibreSSL", "3.8.2", "no"),
        ("mbed TLS 2.28.3", "Mbed TLS", "2.28.3", "no"),
        ("Mbed TLS 3.6.2", "Mbed TLS", "3.6.2", "no"),
        ("Enabled GnuTLS 3.7.9 logging...", "GnuTLS", "3.7.9", "no"),
        ("This is Libgcrypt 1.11.0 - The GNU Crypto Library", "Libgcrypt", "1.11.0", "yes"),
        ("AWS-LC 1.40.0", "AWS-LC", "1.40.0", "unknown"),
        ("SSH-2.0-libssh_0.10.6", "libssh", "0.10.6", "no"),
    ],
)
def test_a_library_inside_a_program_is_known_by_its_version(text: str, library: str, version: str, word: str) -> None:
    data = elf() + b"\0" + text.encode() + b"\0"
    facts = facts_of(PROBE, data)
    ((name, stated),) = libraries(facts)
    assert (name, stated["version"], stated["linked"], stated.get("knows_post_quantum", "unknown")) == (
        library,
        version,
        "static",
        word,
    )
    (one,) = facts.observations
    assert (one.confidence, one.usage) == (Confidence.INFERRED, Usage.LINKED)
    assert one.where is not None
    assert one.where.offset is not None
    assert text.encode().endswith(data[one.where.offset : -1])


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (("OpenSSL 1.1.1 (compatible; BoringSSL)", "X25519Kyber768Draft00"), [("BoringSSL", "unknown")]),
        (("OpenSSL 1.1.1 (compatible; BoringSSL)", "X25519MLKEM768"), [("BoringSSL", "yes")]),
        (("/registry/src/a-1/rustls-0.23.46/src/lib.rs", "/registry/src/a-1/ring-0.17.14/src/aead.rs"),
         [("rustls", "unknown"), ("ring", "no")]),
        (("/registry/src/a-1/rustls-0.23.46/src/lib.rs", "/registry/src/a-1/aws-lc-rs-1.19.0/src/aead.rs", "MLKEM768"),
         [("rustls", "yes"), ("AWS-LC", "yes")]),
        (("/registry/src/a-1/openssl-0.10.81/src/lib.rs",), [("openssl (Rust)", "unknown")]),
    ],
    ids=["one of before", "one that has it", "rustls with ring", "rustls with AWS-LC", "a binding"],
)  # fmt: skip
def test_a_library_whose_version_does_not_tell_it_knows_what_stands_in_the_program(
    texts: tuple[str, ...], told: list[tuple[str, str]]
) -> None:
    data = elf() + b"\0" + b"\0".join(text.encode() for text in texts) + b"\0"
    assert [(name, stated.get("knows_post_quantum", "unknown")) for name, stated in libraries(facts_of(PROBE, data))] == told


def test_a_program_that_loads_a_part_of_a_system_does_not_tell_what_the_system_knows() -> None:
    ((name, stated),) = libraries(facts_of(PROBE, pe([("bcryptprimitives.dll", ["ProcessPrng"])])))
    assert (name, "knows_post_quantum" in stated, stated["post_quantum_since"]) == ("Windows CNG", False, "10.0.26100")


@pytest.mark.parametrize(
    ("texts", "library", "version"),
    [
        ("LibsodiumDRG", "libsodium", None),
        ("LibsodiumDRG\0x\x001.0.21\0", "libsodium", "1.0.21"),
        ("LibsodiumDRG\0x\x001.0.21\x001.0.7\0", "libsodium", None),
        ("third_party/boringssl-with-bazel/ssl/tls_record.cc", "BoringSSL", None),
        ("D:\\a\\boringssl-static\\target\\boringssl-main\\crypto\\hpke\\hpke.cc", "BoringSSL", None),
        ("../third_party/boringssl/src/crypto/err/err.c", "BoringSSL", None),
    ],
)
def test_a_library_inside_a_program_is_known_by_what_no_other_has(texts: str, library: str, version: str | None) -> None:
    facts = facts_of(PROBE, elf() + b"\0" + texts.encode() + b"\0")
    assert [(name, stated.get("version"), stated["linked"]) for name, stated in libraries(facts)] == [(library, version, "static")]
    assert [one.confidence for one in facts.observations] == [Confidence.INFERRED]


def test_what_tells_a_library_besides_is_no_second_one() -> None:
    loaded = facts_of(PROBE, elf(["libsodium.so.23"]) + b"\0LibsodiumDRG\0")
    assert [(name, stated["linked"]) for name, stated in libraries(loaded)] == [("libsodium", "dynamic")]
    crate = b"\0/registry/src/a-1/boring-sys-4.9.0/src/lib.rs\0/a/boringssl/src/crypto/err/err.c\0"
    assert [(name, stated["version"]) for name, stated in libraries(facts_of(PROBE, elf() + crate))] == [("BoringSSL", "4.9.0")]
    itself = facts_of(PROBE, elf(soname="libsodium.so.26") + b"\0LibsodiumDRG\x001.0.22\0")
    assert [(stated["linked"], stated["version"], stated["knows_post_quantum"]) for _, stated in libraries(itself)] == [
        ("itself", "1.0.22", "yes")
    ]


def test_two_versions_inside_are_two_facts_and_one_beside_a_loaded_library_is_what_it_was_built_with() -> None:
    texts = b"OpenSSL 1.1.1w  11 Sep 2023\0OpenSSL 3.0.2 15 Mar 2022\0"
    assert [stated["version"] for _, stated in libraries(facts_of(PROBE, elf() + texts))] == ["1.1.1w", "3.0.2"]
    ((_, stated),) = libraries(facts_of(PROBE, elf(["libcrypto.so.3"]) + texts[:28]))
    assert (stated["linked"], stated["built_with"], "version" in stated) == ("dynamic", "1.1.1w", False)


def test_a_library_tells_itself_with_its_version() -> None:
    data = elf(["libc.so.6"], soname="libcrypto.so.3") + b"OpenSSL 3.0.19 27 Jan 2026\0"
    ((name, stated),) = libraries(facts_of(PROBE, data))
    assert (name, stated["linked"], stated["version"]) == ("OpenSSL", "itself", "3.0.19")


def test_go_tells_its_version_its_modules_and_the_packages_inside() -> None:
    packages = b"\0crypto/rsa.GenerateKey\0crypto/rsa.(*PrivateKey).Sign\0crypto/mlkem.NewDecapsulationKey768\0crypto/nothing.A\0"
    data = elf() + go_build("go1.24.1", [("dep", "golang.org/x/crypto", "v0.31.0"), ("dep", "a", "v1.0.0")]) + packages
    facts = facts_of(PROBE, data)
    told = [(name, stated["version"], stated.get("knows_post_quantum", "unknown")) for name, stated in libraries(facts)]
    assert told == [("Go", "1.24.1", "yes"), ("golang.org/x/crypto", "0.31.0", "no")]
    assert algorithms(facts) == [("RSA", Usage.LINKED, "crypto/rsa"), ("ML-KEM", Usage.LINKED, "crypto/mlkem")]
    frozen = libraries(facts_of(PROBE, elf() + go_build("go1.26.8", settings=["GOFIPS140=v1.0.0-c2097c7c"])))
    assert [(name, stated["version"]) for name, stated in frozen] == [("Go", "1.26.8"), ("Go Cryptographic Module", "1.0.0")]
    assert libraries(facts_of(PROBE, elf() + go_build("go1.23.4")))[0][1].get("knows_post_quantum", "unknown") == "no"


@pytest.mark.parametrize("constant", program_constants(), ids=lambda constant: constant.name)
def test_each_table_and_identifier_is_found_and_stands_for_its_algorithm(constant: object) -> None:
    octets, name = constant.octets, constant.algorithm.name  # type: ignore[attr-defined]
    found = algorithms(facts_of(PROBE, elf() + bytes(7) + octets + bytes(9)))
    assert name in [one for one, _, _ in found]


def test_identifiers_in_the_signature_behind_a_module_are_none_of_the_program() -> None:
    named = next(one for one in program_constants() if one.is_identifier)
    table = next(one for one in program_constants() if not one.is_identifier)
    program = elf([], []) + table.octets
    signature = b"\x30" + named.octets

    def signed(length: int) -> bytes:
        return program + signature + bytes(8) + length.to_bytes(4) + b"~Module signature appended~\n"

    assert [value for value, _, _ in algorithms(facts_of(PROBE, signed(len(signature))))] == [table.algorithm.name]
    for length in (0, 1, 1 << 31):  # No signature, or one that does not hold it.
        assert named.name in [symbol for _, _, symbol in algorithms(facts_of(PROBE, signed(length)))]


def test_a_table_in_a_program_is_linked_and_elsewhere_mentioned_as_an_identifier_is() -> None:
    oid = bytes.fromhex("06092a864886f70d010101")
    facts = facts_of(PROBE, elf() + SHA256 + oid)
    assert [(name, usage) for name, usage, _ in algorithms(facts)] == [("SHA-256", Usage.LINKED), ("RSA", Usage.MENTIONED)]
    assert all(one.confidence is Confidence.INFERRED for one in facts.observations)
    assert [usage for _, usage, _ in algorithms(facts_of(PROBE, bytes(100) + SHA256 + oid))] == [Usage.MENTIONED]


@pytest.mark.parametrize(
    "data",
    [
        elf(["libc.so.6"], ["free", "EVP_MD_CTX_new"]),
        pe([("kernel32.dll", ["CreateFileW"])]),
        b"OpenSSL 1.1.1w  11 Sep 2023 is a version, expand 32-byte k is a constant, crypto/rsa a package\n",
        b"MZ is how a letter may begin\n",
        java_class([], ["AES/ECB/PKCS5Padding"]),
        b"\xca\xfe\xba\xbe" + bytes(60),
        elf() + b"\0LibreSSL is a word\0mbed TLS too\0boringssl_self_test\0boringssl/include/openssl/ssl.h\0",
    ],
    ids=["no cryptography", "windows", "a text", "a letter", "a class that calls nothing", "neither", "words"],
)
def test_what_uses_none_is_no_finding(data: bytes) -> None:
    with pytest.raises(WrongProtocol):
        facts_of(PROBE, data)


def test_a_class_file_uses_what_it_hands_to_the_architecture_and_may_use_what_it_only_holds() -> None:
    data = java_class(
        [(CIPHER, "getInstance", ONE, ["AES/ECB/PKCS5Padding"]), (DIGEST, "getInstance", DIGEST_ONE, ["MD5"]),
         (SIGNATURE, "getInstance", SIGNATURE_ONE, ["SHA1withRSA"])],
        ["RSA/ECB/PKCS1Padding", "design", "DES", "HmacSHA1", "with"],
    )  # fmt: skip
    facts = facts_of(PROBE, data)
    assert algorithms(facts) == [
        ("AES", Usage.USED, "Cipher.getInstance"),
        ("MD5", Usage.USED, "MessageDigest.getInstance"),
        ("RSA", Usage.USED, "Signature.getInstance"),
        ("HMAC", Usage.LINKED, "HmacSHA1"),
        ("RSA", Usage.LINKED, "RSA/ECB/PKCS1Padding"),
    ]
    stated = [dict(one.parameters) for one in facts.observations]
    assert [one.get("parameter") or one.get("hash") for one in stated] == ["ECB", None, "SHA-1", "SHA-1", None]
    assert [one.context for one in facts.observations][:3] == ["encryption", "hash", "signature"]


def test_a_question_about_an_algorithm_is_no_use_of_it_and_no_text_of_a_class_is_told() -> None:
    asked = java_class([(CIPHER, "getMaxAllowedKeyLength", "(Ljava/lang/String;)I", ["AES"])], ["HmacOfMySecret"])
    with pytest.raises(WrongProtocol):
        facts_of(PROBE, asked)


def test_what_an_application_of_android_hands_to_the_architecture_is_used() -> None:
    facts = facts_of(PROBE, dex([(CIPHER, "getInstance", ["DES/ECB/PKCS5Padding"])], ["HmacMD5", "a word"]))
    assert algorithms(facts) == [("DES", Usage.USED, "Cipher.getInstance"), ("HMAC", Usage.LINKED, "HmacMD5")]


def test_a_program_whose_tables_are_not_all_there_is_not_complete() -> None:
    data = elf(["libcrypto.so.3"], ["EVP_sha1"])
    for cut, name in ((data[:-1], "OpenSSL"), (data[:100], None)):
        facts = facts_of(PROBE, cut)
        assert [one for one, _ in libraries(facts)] == ([] if name is None else [name])
        assert (facts.complete, facts.detail is not None and facts.detail.code) == (False, "program_tables_not_read")


def test_tables_behind_the_beginning_of_a_large_program_are_read_from_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(piece_module, "PIECE_OCTETS", 1 << 16)
    monkeypatch.setattr(piece_module, "OVERLAP_OCTETS", 1 << 10)
    data = elf(["libcrypto.so.3"], [*(f"function_{number}" for number in range(20_000)), "EVP_sha1"], soname="libmine.so")
    (outcome,) = examine(tmp_path / "program", data, PROBE).outcomes
    assert outcome.profile is not None
    assert {one.value for one in outcome.profile.observations} == {"OpenSSL", "SHA-1"}
    assert outcome.profile.complete
    (outcome,) = examine(tmp_path / "a.tar", tarred({"program": data}), PROBE).outcomes
    assert outcome.detail is not None
    assert outcome.detail.code == "program_tables_not_read"


def test_an_executable_of_android_that_is_larger_than_a_piece_is_told_as_read_in_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(piece_module, "PIECE_OCTETS", 1 << 16)
    monkeypatch.setattr(piece_module, "OVERLAP_OCTETS", 1 << 10)
    texts = [f"{number:0100}" for number in range(2000)]
    called = [(CIPHER, "getInstance", ["DES/ECB/PKCS5Padding"])]
    for data in (dex(called, texts), dex(called) + bytes(1 << 18)):
        outcome = examine(tmp_path / "classes.dex", data, PROBE).outcomes[0]
        assert outcome.detail is not None
        assert outcome.detail.code == "program_tables_not_read"


def test_what_is_linked_is_used_by_nobody_and_what_a_class_uses_is_judged(tmp_path: Path) -> None:
    key_pairs = ("java/security/KeyPairGenerator", "getInstance", "(Ljava/lang/String;)Ljava/security/KeyPairGenerator;")
    (tmp_path / "program").write_bytes(elf(["libcrypto.so.3"], ["RSA_generate_key_ex"]))
    (tmp_path / "A.class").write_bytes(java_class([(*key_pairs, ["RSA"])]))
    with open_store(str(tmp_path / "store.sqlite"), create=True) as store:
        run_file_scan(FileScan((tmp_path / "program", tmp_path / "A.class"), "machine"), store)
        targets = list(assess(store).targets())
    states = {Path(one.sighting.target.path).name: one.key_establishment.state for one in targets}  # type: ignore[union-attr]
    assert states == {"program": State.UNKNOWN, "A.class": State.VULNERABLE}


def compiled(command: Sequence[str], folder: Path) -> None:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed here")
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=300)


def test_a_program_of_a_c_compiler_is_read(tmp_path: Path) -> None:
    (tmp_path / "lib.c").write_text("int EVP_sha1(void) { return 1; }\nint RSA_new(void) { return 1; }\n")
    (tmp_path / "a.c").write_text("int EVP_sha1(void); int RSA_new(void);\nint main(void) { return EVP_sha1() + RSA_new(); }\n")
    compiled(["cc", "-shared", "-fPIC", "-Wl,-soname,libcrypto.so.3", "-o", "libcrypto.so", "lib.c"], tmp_path)
    compiled(["cc", "-o", "a", "a.c", "-L.", "-lcrypto"], tmp_path)
    compiled(["cc", "-c", "-o", "a.o", "a.c"], tmp_path)
    facts = facts_of(PROBE, (tmp_path / "a").read_bytes())
    assert [(name, stated["file"]) for name, stated in libraries(facts)] == [("OpenSSL", "libcrypto.so.3")]
    assert sorted(name for name, _, _ in algorithms(facts)) == ["RSA", "SHA-1"]
    assert sorted(name for name, _, _ in algorithms(facts_of(PROBE, (tmp_path / "a.o").read_bytes()))) == ["RSA", "SHA-1"]
    assert libraries(facts_of(PROBE, (tmp_path / "libcrypto.so").read_bytes()))[0][1]["linked"] == "itself"


def test_classes_of_a_java_compiler_are_read(tmp_path: Path) -> None:
    (tmp_path / "A.java").write_text(
        "import javax.crypto.Cipher; import java.security.*;\n"
        "class A { static final String NAME = \"SHA1withRSA\"; void a() throws Exception {\n"
        "  Cipher.getInstance(\"DESede/CBC/PKCS5Padding\"); Signature.getInstance(NAME);\n"
        "  KeyPairGenerator g = KeyPairGenerator.getInstance(\"EC\", \"SunEC\"); System.out.println(\"MD5\" + g); } }\n"
    )  # fmt: skip
    compiled(["javac", "A.java"], tmp_path)
    facts = facts_of(PROBE, (tmp_path / "A.class").read_bytes())
    assert [(name, usage) for name, usage, _ in algorithms(facts)] == [
        ("3DES", Usage.USED), ("RSA", Usage.USED), ("EC", Usage.USED),
    ]  # fmt: skip
