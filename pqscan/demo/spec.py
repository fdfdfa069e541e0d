"""What a demo server is: its configuration as a value, and the rows of data/servers.toml that give one each."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

import tomli

from pqscan.demo.certificates import CertificateSpec, KeyKind
from pqscan.errors import DataError

DEMO_DOMAIN = "demo.invalid"  # RFC 6761: never resolves.
VERSIONS = ("TLS1.0", "TLS1.1", "TLS1.2", "TLS1.3")


@dataclass(frozen=True, slots=True)
class ServerSpec:
    """One server's configuration, in the words of OpenSSL 4.0 (lists are separated by colons).

    `groups`: for `SSL_CTX_set1_groups_list`, tuples parted by "/". `suites`: TLS 1.2 and below, empty for none.
    `signature_schemes`: empty for OpenSSL's own list. `versions`: without gaps. `prefer_server`: the server's order of suites
    and groups decides. `needs_sni`: the alert unrecognized_name (RFC 6066, section 3) for whoever does not name `host`.
    `second_site`: a DNS name that gets another certificate. `dh_bits`: own finite-field parameters of that size."""

    name: str
    title: str
    versions: tuple[str, ...]
    groups: str
    certificates: tuple[CertificateSpec, ...]
    suites: str = ""
    signature_schemes: str = ""
    alpn: tuple[str, ...] = ()
    needs_sni: bool = False
    second_site: str | None = None
    requests_client_certificate: bool = False
    prefer_server: bool = True
    dh_bits: int | None = None
    security_level: int = 1

    @property
    def host(self) -> str:
        """The DNS name in the server's certificates."""
        return f"{self.name}.{DEMO_DOMAIN}"


def server_specs(text: str) -> tuple[ServerSpec, ...]:
    """The rows of one TOML text. Raises DataError that names the row, where a key or a value is not known."""
    specs = []
    for number, row in enumerate(tomli.loads(text)["server"], 1):
        try:
            certificates = tuple(
                CertificateSpec(KeyKind(entry.pop("key")), KeyKind(entry.pop("issuer")), **entry)
                for entry in row.pop("certificates")
            )
            versions = tuple(row.pop("versions"))
            if not versions or versions != VERSIONS[VERSIONS.index(versions[0]) : VERSIONS.index(versions[-1]) + 1]:
                raise ValueError(f"versions {versions} are not a run of {VERSIONS}")
            specs.append(ServerSpec(versions=versions, certificates=certificates, alpn=tuple(row.pop("alpn", ())), **row))
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(
                f"Row {number} of the demo servers is wrong ({error}): correct pqscan/demo/data/servers.toml."
            ) from error
    return tuple(specs)


DEMO_SERVERS: tuple[ServerSpec, ...] = server_specs(files("pqscan.demo").joinpath("data/servers.toml").read_text(encoding="utf-8"))
