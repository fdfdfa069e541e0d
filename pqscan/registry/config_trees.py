"""Products whose configuration is a tree (YAML, JSON, TOML, XML, HCL, network devices): data/config_trees/<product>.toml.

A scope is an entry of the tree that sets cryptography for one thing (a listener, a proposal, a key); its directives stand at paths
below it. The lines that make a product hybrid stand in the table of remedies; `remedy` names a row of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from pqscan.errors import DataError
from pqscan.registry.table import DATA_FOLDER, Row, read_table

FOLDER = DATA_FOLDER / "config_trees"
WORDS_FILE = "words.toml"
LEAST_MARK = 4  # octets
NO_OPTION_AS_OF = "no_post_quantum_option_as_of"
"""The parameter of an observation that tells `TreeProduct.none_as_of`."""


class Syntax(StrEnum):
    """How a configuration is written."""

    YAML = "yaml"
    JSON = "json"
    TOML = "toml"
    XML = "xml"
    CADDYFILE = "caddyfile"
    REGISTRY = "registry"
    HCL = "hcl"
    IOS = "ios"
    JUNOS = "junos"
    FORTIOS = "fortios"


class Means(StrEnum):
    """What the value of a directive is."""

    GROUPS = "groups"  # of TLS, in order, in whoever's words
    GROUPS_OPEN = "groups_open"  # no list: it tells why they are not known
    SUITES = "suites"  # of TLS, by IANA's or OpenSSL's names
    CIPHERS = "ciphers"  # openssl-ciphers(1)
    VERSIONS = "versions"  # of TLS, each that is on
    VERSIONS_SIGNED = "versions_signed"  # `+TLSv1.2`, `all`
    VERSIONS_OFF = "versions_off"  # each that is off
    LEAST = "least"  # version of TLS
    MOST = "most"
    RANGE = "range"  # the least, then the most
    TLS_POLICY = "tls_policy"  # a name that stands for versions, groups and suites ([[policy]] in words.toml)
    KEY = "key"  # what kind of key is made ([[key]] in words.toml)
    SSH_KEX = "ssh_kex"
    SSH_HOST_KEYS = "ssh_host_keys"
    SSH_CIPHERS = "ssh_ciphers"
    SSH_MACS = "ssh_macs"
    IKE_VERSION = "ike_version"
    IKE_GROUPS = "ike_groups"
    IKE_ADDITIONAL = "ike_additional"  # key exchanges on top of the group (RFC 9370)
    IKE_ENCRYPTION = "ike_encryption"
    IKE_INTEGRITY = "ike_integrity"
    IKE_PRF = "ike_prf"
    IKE_PROPOSALS = "ike_proposals"  # `aes256-sha256`: encryption and integrity in one word


@dataclass(frozen=True, slots=True)
class Directive:
    """`at` is the path below the scope. `size_at`, `curve_at` and `use_at` are paths of what goes with a key, `size_default` and
    `curve_default` what it has without them. `default` is in force where the directive is missing, by the product's documentation;
    `opens`: where it is missing, the installed version decides. `why` is the reason of `GROUPS_OPEN`. `optional` are words with
    which nobody has to agree to it, `esp` tells that it is of ESP and not of IKE, `side` what it asks of others."""

    at: tuple[str, ...]
    means: Means
    size_at: tuple[str, ...]
    curve_at: tuple[str, ...]
    use_at: tuple[str, ...]
    size_default: int | None
    curve_default: str | None
    default: str | None
    opens: bool
    why: str
    optional: tuple[str, ...]
    esp: bool
    side: str
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """`at` is its path from the outermost entry. `having` must stand below it (`kind=Certificate`), `without` must not; `outside`
    are patterns of names that it must not have. `title` is how it is told, `label` the path of the text that names it, where its
    own words do not."""

    name: str
    at: tuple[str, ...]
    having: tuple[tuple[tuple[str, ...], str], ...]
    outside: tuple[str, ...]
    without: tuple[tuple[tuple[str, ...], str], ...]
    title: str
    label: tuple[str, ...]
    directives: tuple[Directive, ...]
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TreeProduct:
    """`words` are those with which lines begin, where the language itself does not tell that a text is a configuration and no
    prose. `hybrid_since` is the first version whose default for agreeing on keys is hybrid, `none_as_of` the day on which no source
    told of a post-quantum option; None where that is not so. `texts` are the names of texts in the `data` of a ConfigMap that are
    YAML themselves."""

    name: str
    title: str
    syntaxes: tuple[Syntax, ...]
    marks: tuple[str, ...]
    words: frozenset[str]
    remedy: str | None
    hybrid_since: str | None
    none_as_of: str | None
    texts: tuple[str, ...]
    scopes: tuple[Scope, ...]
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeyWord:
    """What a product's word for a kind of key means: an algorithm by its name (data/algorithms.toml)."""

    said: tuple[str, ...]
    algorithm: str
    size_bits: int | None
    curve: str | None
    function: str | None


@dataclass(frozen=True, slots=True)
class IkeWord:
    """What a maker's word for a transform means: a number of IKEv2 (data/ike_transforms.toml), with the size of its key."""

    said: tuple[str, ...]
    kind: str
    value: int
    key_bits: int | None


@dataclass(frozen=True, slots=True)
class TlsPolicy:
    """What a provider's name for a set of versions and groups stands for; `said` may end with `*`."""

    said: tuple[str, ...]
    versions: tuple[str, ...]
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """`groups` and `ssh` are spellings that the registries do not have, each with the registry's name."""

    groups: Mapping[str, str]
    ssh: Mapping[str, str]
    keys: Mapping[str, KeyWord]
    ike: Mapping[tuple[str, str], IkeWord]
    policies: tuple[TlsPolicy, ...]


def folded(word: str) -> str:
    """A word without its case and without what sets its parts apart."""
    return "".join(letter for letter in word.lower() if letter.isalnum() or letter == "+")


@cache
def tree_products() -> tuple[TreeProduct, ...]:
    """Every product, by the name of its file. Raises DataError."""
    return tuple(read_tree_product(path) for path in sorted(FOLDER.glob("*.toml")) if path.name != WORDS_FILE)


def tree_product_named(name: str) -> TreeProduct | None:
    """The product of that `name`; None where none has it. Raises DataError."""
    return next((product for product in tree_products() if product.name == name), None)


def read_tree_product(path: Path) -> TreeProduct:
    """The one product of a file. Raises DataError naming file and row."""
    directives: dict[str, list[Directive]] = {}
    for row in read_table(path, "directive"):
        names = row.texts("scope")
        if not names:
            raise row.wrong("scope must name at least one")
        for name in names:
            directives.setdefault(name, []).append(_directive(row))
        row.done()
    scopes = tuple(_scope(row, directives) for row in read_table(path, "scope"))
    unknown = sorted(directives.keys() - {scope.name for scope in scopes})
    if unknown:
        raise DataError(f"{path.name}: a directive names the scope {unknown[0]}, which has no row; correct the row")
    rows = read_table(path, "product")
    if len(rows) != 1:
        raise DataError(f"{path.name} must have one product; correct the file")
    row = rows[0]
    product = TreeProduct(
        name=row.text("name"),
        title=row.text("title"),
        syntaxes=tuple(_among(row, one) for one in row.texts("syntaxes")),
        marks=row.texts("marks"),
        words=frozenset(row.texts("words")),
        remedy=row.optional_text("remedy"),
        hybrid_since=row.optional_text("hybrid_since"),
        none_as_of=row.optional_text("none_as_of"),
        texts=row.texts("texts"),
        scopes=scopes,
        references=row.references(),
    )
    row.done()
    if not product.marks or any(len(mark) < LEAST_MARK for mark in product.marks):
        raise row.wrong(f"marks must name at least one word, each of {LEAST_MARK} octets or more")
    return product


def _among(row: Row, name: str) -> Syntax:
    try:
        return Syntax(name)
    except ValueError:
        raise row.wrong(f"syntaxes must be among {', '.join(Syntax)}") from None


def _scope(row: Row, directives: dict[str, list[Directive]]) -> Scope:
    scope = Scope(
        name=row.text("name"),
        at=_path(row, "at"),
        having=_patterns(row, "having"),
        outside=row.texts("outside"),
        without=_patterns(row, "without"),
        title=row.text("title"),
        label=_path(row, "label"),
        directives=tuple(directives.get(row.text("name"), ())),
        references=row.references(),
    )
    row.done()
    if not scope.directives:
        raise row.wrong("no directive names it")
    return scope


def _patterns(row: Row, field: str) -> tuple[tuple[tuple[str, ...], str], ...]:
    """`kind=Certificate`: a path, and what stands there."""
    told = (each.partition("=")[::2] for each in row.texts(field))
    return tuple((_parts(path), pattern or "*") for path, pattern in told)


def _path(row: Row, field: str) -> tuple[str, ...]:
    return _parts(row.text(field, default=""))


def _parts(path: str) -> tuple[str, ...]:
    """`tls > options > *`: what stands between the signs."""
    return tuple(part.strip() for part in path.split(">")) if path.strip() else ()


def _directive(row: Row) -> Directive:
    return Directive(
        at=_path(row, "at"),
        means=row.choice("means", Means),
        size_at=_path(row, "size_at"),
        curve_at=_path(row, "curve_at"),
        use_at=_path(row, "use_at"),
        size_default=row.optional_whole("size_default", least=1),
        curve_default=row.optional_text("curve_default"),
        default=row.optional_text("default"),
        opens=row.flag("opens"),
        why=row.text("why", default=""),
        optional=row.texts("optional"),
        esp=row.flag("esp"),
        side=row.text("side", default=""),
        references=row.references(),
    )


@cache
def words() -> Words:
    """The words of products for groups, keys, transforms and policies. Raises DataError."""
    return read_words(FOLDER / WORDS_FILE)


def read_words(path: Path) -> Words:
    """Raises DataError naming file and row, also where one word has two meanings."""
    named: dict[str, dict[str, str]] = {"group": {}, "ssh": {}}
    keys: dict[str, KeyWord] = {}
    ike: dict[tuple[str, str], IkeWord] = {}
    policies = []
    for table, meanings in named.items():
        for row in read_table(path, table):
            name = row.text("name")
            for said in map(str.lower, row.texts("said")):
                _once(row, said in meanings, said)
                meanings[said] = name
            row.done()
    for row in read_table(path, "key"):
        key = KeyWord(
            row.texts("said"),
            row.text("algorithm"),
            row.optional_whole("size_bits", least=1),
            row.optional_text("curve"),
            row.optional_text("function"),
        )
        row.done()
        for said in dict.fromkeys(map(folded, key.said)):
            _once(row, said in keys, said)
            keys[said] = key
    for row in read_table(path, "ike"):
        word = IkeWord(row.texts("said"), row.text("kind"), row.whole("value"), row.optional_whole("key_bits", least=1))
        row.done()
        for said in dict.fromkeys(map(folded, word.said)):
            _once(row, (word.kind, said) in ike, said)
            ike[word.kind, said] = word
    for row in read_table(path, "policy"):
        policies.append(TlsPolicy(row.texts("said"), row.texts("versions"), row.texts("groups")))
        row.done()
    return Words(named["group"], named["ssh"], keys, ike, tuple(policies))


def _once(row: Row, known: bool, said: str) -> None:
    if known:
        raise row.wrong(f"{said} has a meaning already")
