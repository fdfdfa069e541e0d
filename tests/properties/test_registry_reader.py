"""Whatever stands in a data file, reading it gives rows or DataError."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from pqscan.errors import DataError
from pqscan.registry.tls_tables import read_cipher_suites, read_named_groups, read_signature_schemes

FIELDS = [
    "value",
    "name",
    "kind",
    "quantum_class",
    "status",
    "components",
    "versions",
    "bits",
    "aead",
    "registry",
    "reference",
    "weak",
]
VALUES = [
    "1",
    "-1",
    '"x"',
    '""',
    "[]",
    "[1]",
    '["a"]',
    '["a", "a"]',
    "true",
    "1.5",
    "nan",
    "2026-11-22",
    "{}",
    "0x11ec",
    '"iana"',
    '"kem"',
]


@given(st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(VALUES)), st.sampled_from([b"", b"\xff", b"\n[[", b"\n#"]))
def test_any_fields_give_rows_or_a_data_error(fields: dict[str, str], tail: bytes) -> None:
    body = "\n".join(f"{name} = {value}" for name, value in fields.items())
    for table, read in (
        ("named_group", read_named_groups),
        ("signature_scheme", read_signature_schemes),
        ("cipher_suite", read_cipher_suites),
    ):
        with TemporaryDirectory() as folder:
            path = Path(folder) / "rows.toml"
            path.write_bytes(f"[[{table}]]\n{body}".encode() + tail)
            try:
                rows, said = read(path), ""
            except DataError as error:
                rows, said = (), str(error)
            assert bool(rows) != ("rows.toml" in said)
