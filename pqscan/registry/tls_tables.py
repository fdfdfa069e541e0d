"""Reads data/tls_*.toml into rows and refuses what cannot be true: a size that is no sum of its parts, a meaning given twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from pqscan.registry.quantum import QuantumClass
from pqscan.registry.table import DATA_FOLDER, VERSIONS, Row, read_table
from pqscan.registry.tls_rows import CipherSuite, NamedGroup, SignatureScheme

STATUSES = ("standard", "draft", "private", "obsolete", "reserved")  # the likeliest meaning of a value first
GROUP_KINDS = ("ecdh", "ffdh", "kem", "hybrid", "grease")
CLASS_OF_KIND = {
    "ecdh": QuantumClass.TRADITIONAL,
    "ffdh": QuantumClass.TRADITIONAL,
    "kem": QuantumClass.POST_QUANTUM,
    "hybrid": QuantumClass.PQT_HYBRID,
    "grease": QuantumClass.NOT_PUBLIC_KEY,
}
SUITE_REGISTRIES = ("iana", "non-iana", "sslv2")
SUITE_VERSIONS = (*VERSIONS, "TLCP1.1")

Sizes = tuple[int | None, int | None, int | None]


def read_named_groups(path: Path = DATA_FOLDER / "tls_groups.toml") -> tuple[NamedGroup, ...]:
    """All meanings in the order of the file. Raises DataError naming file and row."""
    return named_groups_of(read_table(path, "named_group"))


def named_groups_of(rows: Iterable[Row]) -> tuple[NamedGroup, ...]:
    """Each row's meaning, in order. Raises DataError naming file and row."""
    pairs = [(row, _named_group(row)) for row in rows]
    _refuse_twice((row, group.value, group.name) for row, group in pairs)
    part_sizes = _sizes_of_single_parts(pairs)
    for row, group in pairs:
        _check_sums(row, group, part_sizes)
    return tuple(group for _, group in pairs)


def read_signature_schemes(path: Path = DATA_FOLDER / "tls_signature_schemes.toml") -> tuple[SignatureScheme, ...]:
    """All meanings in the order of the file. Raises DataError naming file and row."""
    return signature_schemes_of(read_table(path, "signature_scheme"))


def signature_schemes_of(rows: Iterable[Row]) -> tuple[SignatureScheme, ...]:
    """Each row's meaning, in order. Raises DataError naming file and row."""
    pairs = [(row, _signature_scheme(row)) for row in rows]
    _refuse_twice((row, scheme.value, scheme.name) for row, scheme in pairs)
    return tuple(scheme for _, scheme in pairs)


def read_cipher_suites(path: Path = DATA_FOLDER / "tls_cipher_suites.toml") -> tuple[CipherSuite, ...]:
    """All meanings in the order of the file. Raises DataError naming file and row."""
    pairs = [(row, _cipher_suite(row)) for row in read_table(path, "cipher_suite")]
    _refuse_twice((row, suite.value, suite.name) for row, suite in pairs)
    return tuple(suite for _, suite in pairs)


def _named_group(row: Row) -> NamedGroup:
    components = row.texts("components")
    group = NamedGroup(
        value=row.whole("value", most=0xFFFF),
        name=row.text("name"),
        aliases=row.texts("aliases"),
        kind=row.text("kind", among=GROUP_KINDS),
        quantum_class=row.choice("quantum_class", QuantumClass),
        status=row.text("status", among=STATUSES),
        components=components,
        secret_components=row.texts("secret_components") or components,
        client_share_bytes=row.optional_whole("client_share_bytes", least=1, most=0xFFFF),
        server_share_bytes=row.optional_whole("server_share_bytes", least=1, most=0xFFFF),
        shared_secret_bytes=row.optional_whole("shared_secret_bytes", least=1, most=0xFFFF),
        nist_category=row.optional_whole("nist_category", least=1, most=5),
        classical_bits=row.optional_whole("classical_bits", least=1, most=512),
        minimum_version=row.text("minimum_version", among=VERSIONS),
        references=row.references(),
        notes=row.text("notes", default=""),
        maximum_version=row.text("maximum_version", among=VERSIONS, default="TLS1.3"),
    )
    row.done()
    if CLASS_OF_KIND[group.kind] is not group.quantum_class:
        raise row.wrong(f"kind {group.kind} does not go with quantum_class {group.quantum_class}")
    if group.kind == "hybrid" and len(group.components) < 2:
        raise row.wrong("a hybrid has at least two components")
    if group.kind in ("kem", "hybrid") and group.minimum_version != "TLS1.3":
        raise row.wrong("a KEM cannot be carried below TLS1.3: an ECPoint has one byte for its length (RFC 8422, section 5.4)")
    if sorted(group.secret_components) != sorted(group.components):
        raise row.wrong("secret_components must be the components, in the order of the secret")
    _check_versions(row, group.minimum_version, group.maximum_version)
    return group


def _signature_scheme(row: Row) -> SignatureScheme:
    scheme = SignatureScheme(
        value=row.whole("value", most=0xFFFF),
        name=row.text("name"),
        aliases=row.texts("aliases"),
        quantum_class=row.choice("quantum_class", QuantumClass),
        status=row.text("status", among=STATUSES),
        components=row.texts("components"),
        hash=row.optional_text("hash"),
        public_key_bytes=row.optional_whole("public_key_bytes", least=1),
        signature_bytes=row.optional_whole("signature_bytes", least=1),
        nist_category=row.optional_whole("nist_category", least=1, most=5),
        classical_bits=row.optional_whole("classical_bits", least=1, most=512),
        versions=row.texts("versions"),
        references=row.references(),
        notes=row.text("notes", default=""),
    )
    row.done()
    if scheme.quantum_class is QuantumClass.PQT_HYBRID and len(scheme.components) < 2:
        raise row.wrong("a hybrid has at least two components")
    if not scheme.versions or not set(scheme.versions) <= set(VERSIONS):
        raise row.wrong(f"versions must name at least one of {', '.join(VERSIONS)}")
    return scheme


def _cipher_suite(row: Row) -> CipherSuite:
    suite = CipherSuite(
        value=row.whole("value"),
        name=row.text("name"),
        openssl_name=row.optional_text("openssl_name"),
        key_exchange=row.text("key_exchange", default=""),
        authentication=row.text("authentication", default=""),
        encryption=row.text("encryption", default=""),
        mode=row.text("mode", default=""),
        bits=row.optional_whole("bits", most=512),
        mac=row.text("mac", default=""),
        aead=row.flag("aead"),
        minimum_version=row.text("minimum_version", among=SUITE_VERSIONS, default=""),
        maximum_version=row.text("maximum_version", among=SUITE_VERSIONS, default=""),
        forward_secrecy=row.flag("forward_secrecy"),
        registry=row.text("registry", among=SUITE_REGISTRIES),
        weak=row.texts("weak"),
        quantum_class=row.choice("quantum_class", QuantumClass),
        references=row.references(),
        notes=row.text("notes", default=""),
    )
    row.done()
    if (suite.registry == "sslv2") != (suite.minimum_version == "SSLv2"):
        raise row.wrong("the registry sslv2 and the version SSLv2 go together")
    if suite.minimum_version in VERSIONS:
        _check_versions(row, suite.minimum_version, suite.maximum_version)
    return suite


def _check_versions(row: Row, lowest: str, highest: str) -> None:
    if highest not in VERSIONS or VERSIONS.index(lowest) > VERSIONS.index(highest):
        raise row.wrong(f"its versions run from {lowest} to {highest}")


def _refuse_twice(meanings: Iterable[tuple[Row, int, str]]) -> None:
    seen: set[tuple[int, str]] = set()
    for row, value, name in meanings:
        if (value, name.lower()) in seen:
            raise row.wrong("the same value has the same name already")
        seen.add((value, name.lower()))


def _sizes(group: NamedGroup) -> Sizes:
    return group.client_share_bytes, group.server_share_bytes, group.shared_secret_bytes


def _sizes_of_single_parts(pairs: Sequence[tuple[Row, NamedGroup]]) -> dict[str, Sizes]:
    """Sizes of each component that is a group by itself. Two groups that give one component two sizes contradict each other."""
    sizes: dict[str, Sizes] = {}
    for row, group in pairs:
        if len(group.components) != 1 or group.client_share_bytes is None:
            continue
        if sizes.setdefault(group.components[0], _sizes(group)) != _sizes(group):
            raise row.wrong(f"another row gives {group.components[0]} other sizes")
    return sizes


def _check_sums(row: Row, group: NamedGroup, part_sizes: dict[str, Sizes]) -> None:
    """A share is the plain concatenation of its parts' shares (RFC 10024, section 4), and so is the secret."""
    parts = [part_sizes[component] for component in group.components if component in part_sizes]
    if len(parts) < len(group.components) or not parts:
        return
    for position, name in enumerate(("client_share_bytes", "server_share_bytes", "shared_secret_bytes")):
        known = [size for part in parts if (size := part[position]) is not None]
        own = _sizes(group)[position]
        if own is not None and len(known) == len(parts) and own != sum(known):
            raise row.wrong(f"{name} is {own}, but its components have {' + '.join(map(str, known))}")
