"""The TLS tables as shipped are sound, and the reader refuses each kind of bad row by file and row."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pqscan.errors import DataError
from pqscan.registry.quantum import QuantumClass
from pqscan.registry.tls_tables import read_cipher_suites, read_named_groups, read_signature_schemes

X25519 = """
[[named_group]]
value = 0x001d
name = "x25519"
kind = "ecdh"
quantum_class = "traditional"
status = "standard"
components = ["X25519"]
client_share_bytes = 32
server_share_bytes = 32
shared_secret_bytes = 32
minimum_version = "TLS1.0"
reference = "RFC 8446"
"""
MLKEM = """
[[named_group]]
value = 0x0201
name = "MLKEM768"
kind = "kem"
quantum_class = "post_quantum"
status = "draft"
components = ["ML-KEM-768"]
client_share_bytes = 1184
server_share_bytes = 1088
shared_secret_bytes = 32
minimum_version = "TLS1.3"
reference = "IANA"
"""
HYBRID = """
[[named_group]]
value = 0x11ec
name = "X25519MLKEM768"
kind = "hybrid"
quantum_class = "pqt_hybrid"
status = "standard"
components = ["ML-KEM-768", "X25519"]
client_share_bytes = 1216
server_share_bytes = 1120
shared_secret_bytes = 64
minimum_version = "TLS1.3"
reference = "RFC 10024"
"""
SCHEME = """
[[signature_scheme]]
value = 0x0907
name = "mldsa44_ecdsa"
quantum_class = "pqt_hybrid"
status = "draft"
components = ["ML-DSA-44", "ECDSA-P256"]
versions = ["TLS1.3"]
reference = "a draft"
"""
SUITE = """
[[cipher_suite]]
value = 0x002f
name = "TLS_RSA_WITH_AES_128_CBC_SHA"
key_exchange = "RSA"
authentication = "RSA"
encryption = "AES"
mode = "CBC"
bits = 128
mac = "SHA1"
minimum_version = "TLS1.0"
maximum_version = "TLS1.2"
registry = "iana"
quantum_class = "traditional"
reference = "RFC 5246"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "rows.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("read", [read_named_groups, read_signature_schemes, read_cipher_suites])
def test_every_shipped_row_names_a_source(read: Callable[[], tuple[object, ...]]) -> None:
    rows = read()
    assert len(rows) > 250
    assert all(getattr(row, "references") for row in rows)  # noqa: B009


def test_rows_that_are_right_are_read(tmp_path: Path) -> None:
    groups = read_named_groups(written(tmp_path, X25519 + MLKEM + HYBRID))
    assert [group.components for group in groups] == [("X25519",), ("ML-KEM-768",), ("ML-KEM-768", "X25519")]
    assert read_signature_schemes(written(tmp_path, SCHEME))[0].quantum_class is QuantumClass.PQT_HYBRID
    assert read_cipher_suites(written(tmp_path, SUITE))[0].forward_secrecy is False


BAD_GROUPS = {
    "no reference": ('reference = "RFC 10024"\n', ""),
    "a blank reference": ('reference = "RFC 10024"', 'reference = " "'),
    "a reference with an empty part": ('reference = "RFC 10024"', 'reference = "IANA;;RFC 10024"'),
    "a client share that is no sum of its parts": ("client_share_bytes = 1216", "client_share_bytes = 1215"),
    "a server share that is no sum of its parts": ("server_share_bytes = 1120", "server_share_bytes = 1216"),
    "a secret that is no sum of its parts": ("shared_secret_bytes = 64", "shared_secret_bytes = 32"),
    "an unknown quantum class": ('quantum_class = "pqt_hybrid"', 'quantum_class = "quantum"'),
    "a class that does not go with the kind": ('quantum_class = "pqt_hybrid"', 'quantum_class = "post_quantum"'),
    "a hybrid of one part": ('components = ["ML-KEM-768", "X25519"]', 'components = ["Kyber768"]'),
    "a hybrid below TLS 1.3": ('minimum_version = "TLS1.3"', 'minimum_version = "TLS1.2"'),
    "a name told twice": ('name = "X25519MLKEM768"', 'name = "X25519MLKEM768"\naliases = ["x", "x"]'),
    "a part named twice": ('components = ["ML-KEM-768", "X25519"]', 'components = ["X25519", "X25519"]'),
    "a secret of other parts": ('name = "X25519MLKEM768"', 'name = "X25519MLKEM768"\nsecret_components = ["X25519", "X448"]'),
    "an unknown status": ('status = "standard"', 'status = "final"'),
    "an unknown kind": ('kind = "hybrid"', 'kind = "mixed"'),
    "an unknown version": ('minimum_version = "TLS1.3"', 'minimum_version = "TLS1.4"'),
    "versions the wrong way round": ('minimum_version = "TLS1.3"', 'minimum_version = "TLS1.3"\nmaximum_version = "TLS1.2"'),
    "a field that means nothing": ('name = "X25519MLKEM768"', 'name = "X25519MLKEM768"\ncient_share_bytes = 1216'),
    "a value beyond 16 bits": ("value = 0x11ec", "value = 0x111ec"),
    "a value that is text": ("value = 0x11ec", 'value = "0x11ec"'),
    "a value that is a truth": ("value = 0x11ec", "value = true"),
    "no name": ('name = "X25519MLKEM768"\n', ""),
    "a size of nothing": ("client_share_bytes = 1216", "client_share_bytes = 0"),
    "a category that does not exist": ('name = "X25519MLKEM768"', 'name = "X25519MLKEM768"\nnist_category = 6'),
    "the same meaning twice": ("value = 0x11ec", HYBRID.split("[[named_group]]\n")[1] + "\n[[named_group]]\nvalue = 0x11ec"),
}


@pytest.mark.parametrize(("right", "wrong"), BAD_GROUPS.values(), ids=BAD_GROUPS.keys())
def test_a_bad_group_is_refused_by_file_and_row(tmp_path: Path, right: str, wrong: str) -> None:
    assert right in HYBRID
    with pytest.raises(DataError, match=r"rows\.toml, named_group [34]"):
        read_named_groups(written(tmp_path, X25519 + MLKEM + HYBRID.replace(right, wrong, 1)))


def test_one_part_with_two_sizes_contradicts_itself(tmp_path: Path) -> None:
    other = MLKEM.replace("0x0201", "0x0248").replace('"MLKEM768"', '"mlkem768"').replace("1184", "1185")
    with pytest.raises(DataError, match="named_group 2 0x0248 mlkem768: another row gives ML-KEM-768 other sizes"):
        read_named_groups(written(tmp_path, MLKEM + other))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('reference = "a draft"\n', ""),
        ('["ML-DSA-44", "ECDSA-P256"]', '["ML-DSA-44"]'),
        ('versions = ["TLS1.3"]', "versions = []"),
        ('versions = ["TLS1.3"]', 'versions = ["1.3"]'),
        ('quantum_class = "pqt_hybrid"', 'quantum_class = "hybrid"'),
        ('name = "mldsa44_ecdsa"', 'name = "mldsa44_ecdsa"\nsignature_bytes = -1'),
    ],
)
def test_a_bad_signature_scheme_is_refused(tmp_path: Path, right: str, wrong: str) -> None:
    assert right in SCHEME
    with pytest.raises(DataError, match=r"rows\.toml, signature_scheme 1"):
        read_signature_schemes(written(tmp_path, SCHEME.replace(right, wrong)))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('reference = "RFC 5246"\n', ""),
        ('registry = "iana"', 'registry = "sslv2"'),
        ('registry = "iana"', 'registry = "mine"'),
        ('minimum_version = "TLS1.0"', 'minimum_version = "TLS1.3"'),
        ('maximum_version = "TLS1.2"', 'maximum_version = ""'),
        ('mac = "SHA1"', 'mac = "SHA1"\naead = 0'),
        ("bits = 128", "bits = -128"),
        ('quantum_class = "traditional"', 'quantum_class = "by_group"'),
    ],
)
def test_a_bad_cipher_suite_is_refused(tmp_path: Path, right: str, wrong: str) -> None:
    assert right in SUITE
    with pytest.raises(DataError, match=r"rows\.toml, cipher_suite 1"):
        read_cipher_suites(written(tmp_path, SUITE.replace(right, wrong)))


@pytest.mark.parametrize(
    "text", ["", "[[other]]\nvalue = 1\n", "named_group = 3", "named_group = [3]", "[[named_group", 'x = "\x00"']
)
def test_a_file_that_is_no_table_is_refused_by_name(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataError, match=r"rows\.toml"):
        read_named_groups(written(tmp_path, text))


def test_a_missing_file_and_bytes_that_are_no_text_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.toml cannot be read"):
        read_named_groups(tmp_path / "none.toml")
    (tmp_path / "rows.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match=r"rows\.toml is not TOML"):
        read_named_groups(tmp_path / "rows.toml")
