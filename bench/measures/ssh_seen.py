"""What a tool reported of an SSH server: how many names of each list, and how many host keys with their size.

Each reader takes a tool's output. An output that cannot be read counts as nothing. Names that are no algorithms (markers of strict
key exchange and of RFC 8308) are left out for every tool.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

_MARKERS = frozenset({"kex-strict-s-v00@openssh.com", "ext-info-s"})


@dataclass(frozen=True, slots=True)
class SshSeen:
    """`keys` are host keys of which the size was told. `both_ways`: whether ciphers and MACs were told for each direction."""

    HEADER: ClassVar[tuple[str, ...]] = ("key exchanges", "host key algorithms", "ciphers", "MACs", "both directions", "host keys")

    exchanges: int = 0
    host_keys: int = 0
    ciphers: int = 0
    macs: int = 0
    both_ways: bool = False
    keys: int = 0

    @property
    def cells(self) -> tuple[str, ...]:
        counts = (self.exchanges, self.host_keys, self.ciphers, self.macs)
        return (*map(str, counts), "yes" if self.both_ways else "no", str(self.keys))

    @property
    def lists(self) -> tuple[int, int, int, int]:
        return self.exchanges, self.host_keys, self.ciphers, self.macs


Reader = Callable[[str], SshSeen]


def in_pqscan(output: str) -> SshSeen:
    """From pqscan-inventory/1. A list without a context holds for both directions."""
    inventory = _read(output)
    observations = [each for profile in inventory.get("profiles", {}).values() for each in profile["observations"]]
    by_subject: dict[str, set[str]] = {}
    for each in observations:
        by_subject.setdefault(each["subject"], set()).add(each["value"])
    exchanges, host_keys, ciphers, macs = (
        _count(by_subject.get(subject, ())) for subject in ("kex_method", "host_key", "encryption", "mac")
    )
    return SshSeen(exchanges, host_keys, ciphers, macs, bool(ciphers), len(inventory.get("certificates", {})))


def in_ssh_audit(output: str) -> SshSeen:
    """From `-jj`. It tells one direction; sizes of RSA keys, and of the others by their name."""
    told = _read(output)
    exchanges, host_keys, ciphers, macs = (
        _count(each["algorithm"] for each in told.get(word, ())) for word in ("kex", "key", "enc", "mac")
    )
    return SshSeen(exchanges, host_keys, ciphers, macs, False, len({each["hostkey"] for each in told.get("fingerprints", ())}))


def in_nmap(output: str) -> SshSeen:
    """Of ssh2-enum-algos and ssh-hostkey. A list stands once where both directions are alike, else twice with its direction."""
    lists: dict[str, set[str]] = {}
    under = ""
    for line in output.splitlines():
        heading = re.match(r"\|[ _]+(\w+_algorithms\w*): \(\d+\)$", line)
        if heading:
            under = heading[1]
        elif under and (name := re.match(r"\|[ _] {5,}(\S+)$", line)):
            lists.setdefault(under, set()).add(name[1])
        else:
            under = ""
    exchanges, host_keys, ciphers, macs = (
        _count(set().union(*(found for key, found in lists.items() if key.startswith(word))))
        for word in ("kex_algorithms", "server_host_key_algorithms", "encryption_algorithms", "mac_algorithms")
    )
    keys = re.findall(r"^\|[ _]+\d+ [0-9a-f]{32} \(", output, re.MULTILINE)
    return SshSeen(exchanges, host_keys, ciphers, macs, bool(ciphers), len(keys))


def in_cryptolyzer(output: str) -> SshSeen:
    """From `--output-format json ssh all`."""
    told = _read(output)
    ciphers = told.get("ciphers", {})
    both, ways = ("encryption_algorithms", "mac_algorithms"), ("client_to_server", "server_to_client")
    encryption, mac = (_count({name for way in ways for name in ciphers.get(f"{word}_{way}", ())}) for word in both)
    return SshSeen(
        _count(ciphers.get("kex_algorithms", ())),
        _count(ciphers.get("host_key_algorithms", ())),
        encryption,
        mac,
        "encryption_algorithms_server_to_client" in ciphers,
        len(told.get("pubkeys", {}).get("public_keys", ())),
    )


def _count(names: Iterable[str]) -> int:
    return len(set(names) - _MARKERS)


def _read(output: str) -> Any:
    """The document; an empty one where it is none."""
    try:
        told = json.loads(output)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
