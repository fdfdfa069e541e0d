"""Reads data/ssh_*.toml into rows and refuses what cannot be true: a size that is no sum of its parts, a name given twice."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pqscan.errors import DataError
from pqscan.registry.quantum import QuantumClass
from pqscan.registry.ssh_rows import KeyForm, SshAlgorithm, SshClient, SshKind, SshStatus
from pqscan.registry.table import DATA_FOLDER, Row, read_table

HASHES = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "intrinsic")
MOST_NAME = 64  # RFC 4251, section 6
WEAKNESSES = frozenset(
    (
        *("3des", "acss", "block64", "broken_pq", "cbc", "des", "dh1024", "dsa", "md5", "no_integrity", "non_hmac", "none"),
        *("null_encryption", "odd_mode", "rc4", "ripemd", "rsa1024", "sha1", "short_tag", "small_curve", "ssh1", "truncated"),
    )
)
_MECHANICAL = (SshKind.CIPHER, SshKind.MAC, SshKind.COMPRESSION, SshKind.MARKER)
_SHARE_SIZES = {  # (client's, server's) public value in bytes: RFC 7748; SEC 1, section 2.3.3; FIPS 203, table 3; RFC 9941
    "X25519": (32, 32),
    "X448": (56, 56),
    "secp256r1": (65, 65),
    "secp384r1": (97, 97),
    "secp521r1": (133, 133),
    "ML-KEM-768": (1184, 1088),
    "ML-KEM-1024": (1568, 1568),
    "sntrup761": (1158, 1039),
    "sntrup4591761": (1218, 1047),
}
_CLASSES_OF_PARTS = (QuantumClass.PQT_HYBRID, QuantumClass.UNKNOWN)


def read_ssh_algorithms(path: Path = DATA_FOLDER / "ssh_algorithms.toml") -> tuple[SshAlgorithm, ...]:
    """Every name in the order of the file. Raises DataError naming file and row."""
    return ssh_algorithms_of(read_table(path, "algorithm"))


def ssh_algorithms_of(rows: Iterable[Row]) -> tuple[SshAlgorithm, ...]:
    """Each row's meaning, in order. Raises DataError naming file and row."""
    read: dict[tuple[SshKind, str], SshAlgorithm] = {}
    for row in rows:
        algorithm = _algorithm(row)
        key = (algorithm.kind, algorithm.name)
        if key in read:
            raise row.wrong("the name has a row of this kind already")
        _check(row, algorithm)
        read[key] = algorithm
    return tuple(read.values())


def _algorithm(row: Row) -> SshAlgorithm:
    name = row.text("name")
    algorithm = SshAlgorithm(
        name=name,
        kind=row.choice("kind", SshKind),
        quantum_class=row.choice("quantum_class", QuantumClass),
        status=row.choice("status", SshStatus),
        primitive=row.text("primitive"),
        components=row.texts("components"),
        classical_bits=row.optional_whole("classical_bits", least=56, most=512),
        nist_category=row.optional_whole("nist_category", least=1, most=5),
        hash=row.optional_text("hash"),
        mode=row.text("mode", default=""),
        aead=row.flag("aead"),
        key_bits=row.optional_whole("key_bits", most=512),
        tag_bits=row.optional_whole("tag_bits", least=8, most=512),
        client_share_bytes=row.optional_whole("client_share_bytes", least=1, most=0xFFFF),
        server_share_bytes=row.optional_whole("server_share_bytes", least=1, most=0xFFFF),
        public_key_bytes=row.optional_whole("public_key_bytes", least=1, most=0xFFFF),
        signature_bytes=row.optional_whole("signature_bytes", least=1, most=0xFFFF),
        key_format=row.text("key_format", default=name),
        form=KeyForm(row.text("form", among=[form.value for form in KeyForm], default="plain")),
        weak=row.texts("weak"),
        references=row.references(),
        notes=row.text("notes", default=""),
    )
    row.done()
    return algorithm


def _check(row: Row, algorithm: SshAlgorithm) -> None:
    name, kind, quantum_class = algorithm.name, algorithm.kind, algorithm.quantum_class
    if len(name) > MOST_NAME or not all("!" <= letter <= "~" and letter != "," for letter in name):
        raise row.wrong(f"the name must be 1 to {MOST_NAME} printable characters without a comma (RFC 4251, section 6)")
    if algorithm.is_prefix and not (kind is SshKind.KEY_EXCHANGE and name.startswith("gss-")):
        raise row.wrong("only names of GSS-API key exchange are prefixes")
    if (kind in _MECHANICAL) != (quantum_class is QuantumClass.NOT_PUBLIC_KEY) and name != "null":
        raise row.wrong(f"quantum_class {quantum_class.value} does not go with the kind {kind.value}")
    if quantum_class is QuantumClass.PQT_HYBRID and len(algorithm.components) < 2:
        raise row.wrong("a hybrid has at least two components")
    if len(algorithm.components) > 1 and quantum_class not in _CLASSES_OF_PARTS:
        raise row.wrong("several components go with quantum_class pqt_hybrid, or unknown where the post-quantum part is broken")
    if quantum_class is QuantumClass.POST_QUANTUM and algorithm.classical_bits is not None:
        raise row.wrong("classical_bits is the strength of a traditional part, which this has not")
    if quantum_class is QuantumClass.TRADITIONAL and algorithm.nist_category is not None:
        raise row.wrong("nist_category is that of a post-quantum part, which this has not")
    unknown = sorted(set(algorithm.weak) - WEAKNESSES)
    if unknown:
        raise row.wrong(f"weak names {', '.join(unknown)}, which is none of {', '.join(sorted(WEAKNESSES))}")
    if kind in (SshKind.KEY_EXCHANGE, SshKind.HOST_KEY) and algorithm.hash not in (None, "sm3", *HASHES):
        raise row.wrong(f"hash is {algorithm.hash!r}, which is not one of {', '.join(HASHES)}")
    if kind is not SshKind.HOST_KEY and (algorithm.key_format != name or algorithm.form is not KeyForm.PLAIN):
        raise row.wrong("key_format and form are of host keys")
    if (algorithm.key_bits is not None) > (kind is SshKind.CIPHER) or (algorithm.tag_bits is not None) > (kind is SshKind.MAC):
        raise row.wrong("key_bits is of ciphers, tag_bits of MACs")
    _check_sums(row, algorithm)


def _check_sums(row: Row, algorithm: SshAlgorithm) -> None:
    sizes = [_SHARE_SIZES.get(part) for part in algorithm.components]
    if algorithm.kind is not SshKind.KEY_EXCHANGE or algorithm.client_share_bytes is None:
        return
    known = [size for size in sizes if size is not None]
    if len(known) != len(sizes) or not known:
        return
    sums = (sum(client for client, _ in known), sum(server for _, server in known))
    if (algorithm.client_share_bytes, algorithm.server_share_bytes) != sums:
        raise row.wrong(f"the sizes of its parts add up to {sums[0]} and {sums[1]} bytes")


def read_ssh_clients(path: Path = DATA_FOLDER / "ssh_clients.toml") -> tuple[SshClient, ...]:
    """Every client in the order of the file. Raises DataError naming file and row, also where none or several are current."""
    read: dict[str, SshClient] = {}
    for row in read_table(path, "client"):
        each = SshClient(
            name=row.text("name"),
            title=row.text("title"),
            version=row.text("version"),
            released=row.day("released"),
            kex_methods=row.texts("kex_methods"),
            host_keys=row.texts("host_keys"),
            ciphers=row.texts("ciphers"),
            macs=row.texts("macs"),
            compressions=row.texts("compressions"),
            source="; ".join(row.references()),
            notes=row.text("notes", default=""),
            captured=row.optional_day("captured"),
            current=row.flag("current"),
        )
        row.done()
        if each.name in read:
            raise row.wrong("the name is taken already")
        if not (each.kex_methods and each.host_keys and each.ciphers and each.macs and each.compressions):
            raise row.wrong("each of its lists must name something")
        if each.captured is None and "not captured" not in each.notes:
            raise row.wrong('its notes must say "not captured", or it needs the day of the capture')
        read[each.name] = each
    current = [each.name for each in read.values() if each.current]
    if len(current) != 1:
        raise DataError(f"{path.name} marks {len(current)} clients as current; mark exactly one")
    return tuple(read.values())
