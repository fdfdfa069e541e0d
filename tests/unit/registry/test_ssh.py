"""The names of SSH: what the shipped rows say, what the reader refuses, and which clients there are."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pqscan.errors import DataError, UsageError
from pqscan.registry import ssh
from pqscan.registry.quantum import QuantumClass
from pqscan.registry.ssh import SshKind, ssh_algorithm, ssh_algorithms
from pqscan.registry.ssh_rows import KeyForm, SshClient
from pqscan.registry.ssh_tables import read_ssh_algorithms, read_ssh_clients
from pqscan.registry.strength import curve_strength, integer_strength

ROW = {
    "name": '"one-sha256"',
    "kind": '"key_exchange"',
    "quantum_class": '"traditional"',
    "status": '"standard"',
    "primitive": '"ECDH"',
    "components": '["X25519"]',
    "hash": '"sha256"',
    "client_share_bytes": "32",
    "server_share_bytes": "32",
    "reference": '"RFC 1"',
}


def written(folder: Path, *rows: dict[str, str], table: str = "algorithm") -> Path:
    path = folder / "rows.toml"
    path.write_text("".join(f"[[{table}]]\n" + "".join(f"{key} = {value}\n" for key, value in row.items()) for row in rows))
    return path


@pytest.mark.parametrize(
    ("kind", "name", "quantum_class", "components"),
    [
        (SshKind.KEY_EXCHANGE, "mlkem768x25519-sha256", QuantumClass.PQT_HYBRID, ("ML-KEM-768", "X25519")),
        (SshKind.KEY_EXCHANGE, "mlkem768nistp256-sha256", QuantumClass.PQT_HYBRID, ("ML-KEM-768", "secp256r1")),
        (SshKind.KEY_EXCHANGE, "mlkem1024nistp384-sha384", QuantumClass.PQT_HYBRID, ("ML-KEM-1024", "secp384r1")),
        (SshKind.KEY_EXCHANGE, "sntrup761x25519-sha512@openssh.com", QuantumClass.PQT_HYBRID, ("sntrup761", "X25519")),
        (SshKind.KEY_EXCHANGE, "curve25519-sha256", QuantumClass.TRADITIONAL, ("X25519",)),
        (SshKind.KEY_EXCHANGE, "diffie-hellman-group18-sha512", QuantumClass.TRADITIONAL, ("modp8192",)),
        (SshKind.KEY_EXCHANGE, "kyber-512-sha256", QuantumClass.POST_QUANTUM, ("Kyber512",)),
        (SshKind.KEY_EXCHANGE, "ecdh-nistp256-sike-p434-sha256", QuantumClass.UNKNOWN, ("secp256r1", "SIKE-p434")),
        (SshKind.HOST_KEY, "ssh-mldsa-65", QuantumClass.POST_QUANTUM, ("ML-DSA-65",)),
        (SshKind.HOST_KEY, "ssh-mldsa44-ed25519@openssh.com", QuantumClass.PQT_HYBRID, ("ML-DSA-44", "Ed25519")),
        (SshKind.HOST_KEY, "ssh-rsa3072-rainbowiclassic", QuantumClass.UNKNOWN, ("RSA-3072", "rainbowiclassic")),
        (SshKind.HOST_KEY, "ssh-ed25519", QuantumClass.TRADITIONAL, ("Ed25519",)),
        (SshKind.CIPHER, "aes256-gcm@openssh.com", QuantumClass.NOT_PUBLIC_KEY, ()),
        (SshKind.MAC, "hmac-sha2-256-etm@openssh.com", QuantumClass.NOT_PUBLIC_KEY, ()),
        (SshKind.COMPRESSION, "zlib@openssh.com", QuantumClass.NOT_PUBLIC_KEY, ()),
    ],
)
def test_a_name_means_what_its_document_says(
    kind: SshKind, name: str, quantum_class: QuantumClass, components: tuple[str, ...]
) -> None:
    row = ssh_algorithm(kind, name)
    assert row is not None
    assert (row.quantum_class, row.components) == (quantum_class, components)


def test_a_name_that_no_source_lists_has_no_row() -> None:
    assert ssh_algorithm(SshKind.KEY_EXCHANGE, "mlkem2048x25519-sha256") is None
    assert ssh_algorithm(SshKind.MAC, "aes256-ctr") is None


def test_a_gss_name_is_known_by_what_stands_before_its_mechanism() -> None:
    row = ssh_algorithm(SshKind.KEY_EXCHANGE, "gss-group14-sha256-toWM5Slw5Ew8Mqkay+al2g==")
    assert row is not None
    assert (row.name, row.components) == ("gss-group14-sha256-*", ("modp2048",))
    assert ssh_algorithm(SshKind.KEY_EXCHANGE, "gss-group99-sha256-toWM5Slw5Ew8Mqkay+al2g==") is None


def test_a_marker_is_found_among_key_exchange_methods_and_is_none() -> None:
    row = ssh_algorithm(SshKind.KEY_EXCHANGE, "kex-strict-s-v00@openssh.com")
    assert row is not None
    assert row.kind is SshKind.MARKER


def test_signature_algorithms_of_one_rsa_key_share_its_format() -> None:
    formats = {name: ssh_algorithm(SshKind.HOST_KEY, name) for name in ("ssh-rsa", "rsa-sha2-256", "rsa-sha2-512")}
    assert {row.key_format for row in formats.values() if row is not None} == {"ssh-rsa"}
    certificate = ssh_algorithm(SshKind.HOST_KEY, "rsa-sha2-512-cert-v01@openssh.com")
    assert certificate is not None
    assert (certificate.key_format, certificate.form) == ("ssh-rsa-cert-v01@openssh.com", KeyForm.CERTIFICATE)


def test_the_strength_of_a_curve_or_modulus_is_the_one_of_every_other_table() -> None:
    for row in ssh_algorithms():
        if row.kind is not SshKind.KEY_EXCHANGE or row.classical_bits is None:
            continue
        for part in row.components:
            expected = integer_strength(int(part[4:])) if part.startswith("modp") else curve_strength(part)
            assert expected in (None, row.classical_bits), row.name


def test_the_hash_of_an_elliptic_method_follows_the_size_of_its_curve() -> None:
    hashes = {"secp256r1": "sha256", "secp384r1": "sha384", "secp521r1": "sha512"}  # RFC 5656, section 6.2.1
    for row in ssh_algorithms():
        if row.name.startswith(("ecdh-sha2-", "ecdsa-sha2-")) and row.components and row.components[0] in hashes:
            assert row.hash == hashes[row.components[0]], row.name


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"reference": '""'}, "no reference"),
        ({"kind": '"cipher"'}, "does not go with"),
        ({"quantum_class": '"pqt_hybrid"'}, "at least two components"),
        ({"quantum_class": '"not_public_key"'}, "does not go with"),
        ({"components": '["ML-KEM-768", "X25519"]'}, "several components"),
        ({"client_share_bytes": "33"}, "add up to 32"),
        ({"nist_category": "3"}, "nist_category"),
        ({"quantum_class": '"post_quantum"', "classical_bits": "128"}, "classical_bits"),
        ({"name": '"a,b"'}, "printable characters"),
        ({"name": '"' + "a" * 65 + '"'}, "printable characters"),
        ({"name": '"curve-*"'}, "prefixes"),
        ({"weak": '["feeble"]'}, "feeble"),
        ({"hash": '"sha0"'}, "sha0"),
        ({"status": '"well known"'}, "status"),
        ({"key_format": '"ssh-rsa"'}, "of host keys"),
        ({"tag_bits": "64"}, "of MACs"),
        ({"colour": '"red"'}, "colour"),
    ],
)
def test_a_row_that_cannot_be_true_is_refused(tmp_path: Path, change: dict[str, str], complaint: str) -> None:
    assert len(read_ssh_algorithms(written(tmp_path, ROW))) == 1
    with pytest.raises(DataError, match=complaint):
        read_ssh_algorithms(written(tmp_path, ROW | change))


def test_a_name_stands_once_in_its_list(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="already"):
        read_ssh_algorithms(written(tmp_path, ROW, ROW))


@pytest.mark.parametrize("each", [*ssh.clients(), ssh.own_offer()], ids=lambda each: each.name)
def test_every_name_that_a_client_offers_has_a_row(each: SshClient) -> None:
    lists = {
        SshKind.KEY_EXCHANGE: each.kex_methods,
        SshKind.HOST_KEY: each.host_keys,
        SshKind.CIPHER: each.ciphers,
        SshKind.MAC: each.macs,
        SshKind.COMPRESSION: each.compressions,
    }
    assert [(kind, name) for kind, names in lists.items() for name in names if ssh_algorithm(kind, name) is None] == []


def test_the_pinned_client_prefers_a_hybrid_and_names_its_source() -> None:
    current = ssh.current_client()
    assert current.kex_methods[0] == "mlkem768x25519-sha256"
    assert current.source
    assert ssh.client(current.name) is current


def test_a_client_that_does_not_exist_is_told_with_those_that_do() -> None:
    with pytest.raises(UsageError, match=r"openssh-10\.0"):
        ssh.client("putty")
    with pytest.raises(UsageError):
        ssh.client("pqscan")  # What the probe offers is no client.


@pytest.mark.parametrize("current", [0, 2])
def test_exactly_one_client_is_current(tmp_path: Path, current: int) -> None:
    row = dict.fromkeys(("kex_methods", "host_keys", "ciphers", "macs", "compressions"), '["a"]')
    row |= {"title": '"t"', "version": '"1"', "released": "2026-01-01", "captured": "2026-01-01", "reference": '"r"'}
    rows = [row | {"name": f'"c{number}"', "current": "true" if number < current else "false"} for number in range(3)]
    with pytest.raises(DataError, match=f"marks {current} clients"):
        read_ssh_clients(written(tmp_path, *rows, table="client"))


def test_asking_for_help_reads_no_table_of_ssh() -> None:
    script = """
import sys
from pqscan.cli import main
try:
    main(["--help"])
finally:
    print("pqscan.registry.ssh_tables" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"
