"""Products by their configuration (data/config/<product>.toml): by which words theirs is known, which directives set
cryptography and what kind of list each holds, which of several values is in force, and what is in force where no line sets it.

The lines that make a product hybrid stand in the table of remedies; `remedy` names a row of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from pqscan.registry.table import DATA_FOLDER, Row, read_table

FOLDER = DATA_FOLDER / "config"


class Holds(StrEnum):
    """What the value of a directive is, and in whose words."""

    OPENSSL_GROUPS = "openssl_groups"  # SSL_CTX_set1_groups_list(3)
    OPENSSL_CIPHERS = "openssl_ciphers"  # openssl-ciphers(1): suites of TLS 1.2 and below
    OPENSSL_SUITES = "openssl_suites"  # suites of TLS 1.3
    OPENSSL_SIGNATURES = "openssl_signatures"  # SSL_CTX_set1_sigalgs_list(3)
    TLS_VERSIONS = "tls_versions"  # each that is on
    TLS_VERSIONS_SIGNED = "tls_versions_signed"  # `all -SSLv3 +TLSv1.3`, `!SSLv2`, `>=TLSv1.2`
    TLS_VERSIONS_APACHE = "tls_versions_apache"  # the same, but a name without a sign begins anew
    TLS_VERSIONS_SWITCHED = "tls_versions_switched"  # `ALL,-TLSv1.3`: those that no word takes out stay on
    TLS_OPTIONS = "tls_options"  # words among others: `no-sslv3`, `ssl-min-ver TLSv1.2`, `force-tlsv13`, `+no_tlsv1`
    TLS_LEAST = "tls_least"
    TLS_MOST = "tls_most"
    SSH_KEX = "ssh_kex"
    SSH_HOST_KEYS = "ssh_host_keys"
    SSH_CIPHERS = "ssh_ciphers"
    SSH_MACS = "ssh_macs"
    IKE_PROPOSALS = "ike_proposals"  # swanctl.conf(5); the list alone is in force
    IKE_PROPOSALS_LOOSE = "ike_proposals_loose"  # strongSwan's ipsec.conf(5): without `!`, the default besides
    ESP_PROPOSALS = "esp_proposals"
    IKE_VERSION = "ike_version"  # `ikev2`, `2`, `no`, `insist`
    ENCTYPES = "enctypes"  # Kerberos
    SMB_LEAST = "smb_least"
    SMB_CIPHERS = "smb_ciphers"
    GNUTLS_PRIORITY = "gnutls_priority"
    NSS_POLICY = "nss_policy"
    DNSSEC_ALGORITHM = "dnssec_algorithm"
    DNSSEC_DEFAULT = "dnssec_default"  # BIND's policy `default`
    CIPHER_NAMES = "cipher_names"  # of OpenSSL's EVP: `AES-256-GCM:CHACHA20-POLY1305`
    DH_BITS = "dh_bits"  # size of the prime of a Diffie-Hellman group
    DNS_ALGORITHM = "dns_algorithm"  # of a key of transactions (`hmac-sha256`), else of DNSSEC
    ALGORITHM_BESIDE_SHARED = "algorithm_beside_shared"  # a shared secret enters the keys besides
    ALGORITHM = "algorithm"  # by its name (data/algorithms.toml)
    MADE_DIGESTS = "made_digests"  # by which what is made is signed: `sha256`, `sha256, sha512`
    MADE_RSA_BITS = "made_rsa_bits"  # of keys that are made, where no command names another size
    ACTIVE = "active"  # it sets no list: TLS is on where it stands


class Wins(StrEnum):
    """Which of several values is in force: the last of the innermost block; the first of the innermost; the first in the file."""

    INNER = "inner"
    INNER_FIRST = "inner_first"
    FIRST = "first"


@dataclass(frozen=True, slots=True)
class Directive:
    """`name` and `word` are folded as the product compares them. With `word`, the value is the one word behind that word in the
    statement (`ssl_conf_command Groups X25519`). `side` is told with the context where a product has several in one block: what it
    asks of others (`upstream`, `client`). `having`: of `ACTIVE`, words of which the statement must have one, or with which one
    begins (`https://*`); it switches on the side that it names. `prevails`: it counts before others that set the same list,
    wherever it stands, as what is handed over to the library last does."""

    name: str
    holds: Holds
    word: str
    side: str
    having: tuple[str, ...]
    prevails: bool
    references: tuple[str, ...]

    @property
    def axis(self) -> tuple[str, str, str]:
        return self.name, self.word, self.side


@dataclass(frozen=True, slots=True)
class Default:
    """What is in force where no line sets it: from `since` on (a version of the product or of its library) `value`."""

    holds: Holds
    since: str
    value: str
    is_hybrid: bool
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Product:
    """`syntax` is the name of a reader (wire/config); `manner` its options. `marks` are words of which one must stand in the file,
    `words` (folded, if `folds`) all that its statements begin with, as far as they are needed to know it.

    `contexts` are blocks that hold values of their own, `asks_in` those that do so only for what is asked of others, `includes`
    directives that take in other files, `named_by` those whose values name such a block. `roots_serve`: what stands outside of
    every such block is in force by itself, too. `sides_share`: what is set for no side holds for each that is named.

    `runs_by`: blocks with a line in them, and statements outside of any, that tell that the product runs by this file: the first of
    them is told by the defaults where nothing else is in force."""

    name: str
    title: str
    syntax: str
    manner: Mapping[str, str]
    marks: tuple[str, ...]
    words: frozenset[str]
    folds: bool
    wins: Wins
    contexts: frozenset[str]
    asks_in: frozenset[str]
    includes: frozenset[str]
    named_by: tuple[str, ...]
    roots_serve: bool
    sides_share: bool
    runs_by: frozenset[str]
    remedy: str | None
    directives: tuple[Directive, ...]
    defaults: tuple[Default, ...]
    references: tuple[str, ...]

    def fold(self, name: str) -> str:
        """As the product compares names; with `dashes` in its manner, a hyphen is as good as an underscore, and what it
        `may_begin` with is no part of a name."""
        name = name.lower() if self.folds else name
        name = name.replace("-", "_") if "dashes" in self.manner else name
        return name.removeprefix(self.manner.get("may_begin", ""))

    @property
    def switched_sides(self) -> frozenset[str]:
        """Sides that directives of their own switch on; all others are on where the part is."""
        return frozenset(each.side for each in self.directives if each.side and each.holds is Holds.ACTIVE)

    @property
    def hybrid_since(self) -> str | None:
        """The first version whose default for agreeing on keys is hybrid; None where no source names one."""
        return next((default.since for default in self.defaults if default.is_hybrid), None)


def products() -> tuple[Product, ...]:
    """Every shipped product, by the name of its file. Raises DataError."""
    return _products()


def product_named(name: str) -> Product | None:
    """The product of that `name`; None where none has it. Raises DataError."""
    return next((product for product in products() if product.name == name), None)


@cache
def _products() -> tuple[Product, ...]:
    return tuple(product for path in sorted(FOLDER.glob("*.toml")) for product in read_products(path))


def read_products(path: Path) -> tuple[Product, ...]:
    """The products of one file: its [[product]] rows, each with the [[directive]] and [[default]] rows that name it, or all of them
    where they name none. Raises DataError naming file and row."""
    directives = [(row.texts("of"), _directive(row)) for row in read_table(path, "directive")]
    defaults = [(row.texts("of"), _default(row)) for row in read_table(path, "default", may_be_empty=True)]
    return tuple(
        _product(
            row,
            tuple(each for of, each in directives if not of or row.text("name") in of),
            tuple(each for of, each in defaults if not of or row.text("name") in of),
        )
        for row in read_table(path, "product")
    )


def _directive(row: Row) -> Directive:
    directive = Directive(
        name=row.text("name"),
        holds=row.choice("holds", Holds),
        word=row.text("word", default=""),
        side=row.text("side", default=""),
        having=row.texts("having"),
        prevails=row.flag("prevails"),
        references=row.references(),
    )
    row.done()
    return directive


def _default(row: Row) -> Default:
    default = Default(
        holds=row.choice("holds", Holds),
        since=row.text("since"),
        value=row.text("value"),
        is_hybrid=row.flag("is_hybrid"),
        references=row.references(),
    )
    row.done()
    return default


def _product(row: Row, directives: tuple[Directive, ...], defaults: tuple[Default, ...]) -> Product:
    folds = row.flag("folds")
    manner = dict(each.partition("=")[::2] for each in row.texts("manner"))
    own = {each.name.lower() if folds else each.name for each in directives}
    product = Product(
        name=row.text("name"),
        title=row.text("title"),
        syntax=row.text("syntax"),
        manner=manner,
        marks=row.texts("marks"),
        words=frozenset(word.lower() if folds else word for word in row.texts("words")) | own,
        folds=folds,
        wins=row.choice("wins", Wins),
        contexts=frozenset(row.texts("contexts")),
        asks_in=frozenset(row.texts("asks_in")),
        includes=frozenset(row.texts("includes")),
        named_by=row.texts("named_by"),
        roots_serve=row.flag("roots_serve"),
        sides_share=row.flag("sides_share"),
        runs_by=frozenset(row.texts("runs_by")),
        remedy=row.optional_text("remedy"),
        directives=directives,
        defaults=defaults,
        references=row.references(),
    )
    row.done()
    if not product.marks or any(len(mark) < 4 for mark in product.marks):
        raise row.wrong("marks must name at least one word, each of four octets or more")
    return product
