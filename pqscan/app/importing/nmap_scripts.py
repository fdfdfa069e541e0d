"""The results of nmap's scripts of TLS and SSH, as facts. Read are those that nmap writes as a structure; their text is not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pqscan.app.importing import tls_words
from pqscan.app.importing.ssh_lists import SshLists, chains_of, key_of, names_of, observations_of
from pqscan.model.observation import Observation
from pqscan.model.outcome import Chain
from pqscan.registry.table import VERSIONS
from pqscan.wire.nmap_xml import Node

_CIPHERS, _CERTIFICATE, _ALGORITHMS, _KEYS = "ssl-enum-ciphers", "ssl-cert", "ssh2-enum-algos", "ssh-hostkey"
SCRIPTS = frozenset({_CIPHERS, _CERTIFICATE, _ALGORITHMS, _KEYS})
_MOST_SUITES = 1000  # of one version
_MOST_KEYS = 50
_MOST_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Told:
    """`protocol` is what the scripts spoke, empty where none told anything; `certificates` are DER, or blobs of SSH host keys."""

    protocol: str = ""
    observations: tuple[Observation, ...] = ()
    certificates: tuple[bytes, ...] = ()

    def chains(self, server_name: str | None) -> tuple[Chain, ...]:
        """As the probe of that protocol tells them."""
        if self.protocol == "ssh":
            return chains_of(self.certificates)
        return (tls_words.chain_of(server_name, self.certificates),) if self.certificates else ()


def ssh_told(scripts: Mapping[str, Node]) -> Told:
    """The lists of a KEXINIT, and host keys."""
    lists = _ssh_lists(scripts.get(_ALGORITHMS, Node()))
    tables = scripts.get(_KEYS, Node()).tables[:_MOST_KEYS]
    blobs = dict.fromkeys(blob for _key, table in tables if (blob := key_of(table.text("key"))) is not None)
    observations = observations_of(lists)
    return Told("ssh" if observations or blobs else "", observations, tuple(blobs))


def _ssh_lists(node: Node) -> SshLists:
    """nmap writes one list where both directions have the same, else two with the direction behind their names."""

    def both(name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        together = node.table(f"{name}_algorithms").texts
        if together:
            return names_of(together), names_of(together)
        return (
            names_of(node.table(f"{name}_algorithms_client_to_server").texts),
            names_of(node.table(f"{name}_algorithms_server_to_client").texts),
        )

    encryption, mac, compression = both("encryption"), both("mac"), both("compression")
    return SshLists(
        kex=names_of(node.table("kex_algorithms").texts),
        host_keys=names_of(node.table("server_host_key_algorithms").texts),
        encryption=encryption[1],
        mac=mac[1],
        compression=compression[1],
        encryption_to_server=encryption[0],
        mac_to_server=mac[0],
        compression_to_server=compression[0],
    )


def tls_told(scripts: Mapping[str, Node]) -> Told:
    """Versions, suites and the groups met with them; the certificate."""
    observations = tuple(dict.fromkeys(_of_versions(scripts.get(_CIPHERS, Node()))))
    certificates = tls_words.certificates_of(scripts.get(_CERTIFICATE, Node()).text("pem"))
    return Told("tls" if observations or certificates else "", observations, certificates)


def _of_versions(node: Node) -> Iterator[Observation]:
    for name, table in node.tables:
        label = name.replace("TLSv", "TLS")
        ciphers = table.table("ciphers").tables[:_MOST_SUITES]
        if label not in VERSIONS or not ciphers:
            continue
        yield tls_words.version(label)
        by_server = table.text("cipher preference") == "server"
        for rank, (_key, cipher) in enumerate(ciphers, 1):
            found = (
                tls_words.suite(cipher.text("name"), label, rank if by_server else None),
                _group(cipher.text("kex_info"), label),
            )
            yield from filter(None, found)


def _group(info: str, label: str) -> Observation | None:
    """`secp256r1`, or a kind and a size: `dh 2048`. Of `rsa 2048` the certificate tells."""
    kind, _, size = info.strip().partition(" ")
    if not size:
        return tls_words.group(kind, label)
    is_size = size.isascii() and size.isdigit() and len(size) <= _MOST_DIGITS
    return tls_words.own_prime(int(size), label) if kind == "dh" and is_size and label != "TLS1.3" else None
