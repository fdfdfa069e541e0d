"""What a tool reported of the modern endpoint: suites, groups, hybrid groups, signature schemes and certificates, counted.

Each reader takes a tool's output and counts only what it says is accepted. An output that cannot be read counts as nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar

HYBRIDS = ("X25519MLKEM768", "SecP256r1MLKEM768", "SecP384r1MLKEM1024")
_CLASSICAL = {
    "x25519": ("x25519", "curve25519"),
    "secp256r1": ("secp256r1", "prime256v1", "p-256"),
    "secp384r1": ("secp384r1", "p-384"),
    "secp521r1": ("secp521r1", "p-521"),
}


@dataclass(frozen=True, slots=True)
class Seen:
    """How much of the endpoint was told. `certificates` None: the output does not tell how many there are."""

    HEADER: ClassVar[tuple[str, ...]] = ("suites", "groups", "of them hybrid", "signature schemes", "certificates")

    suites: int = 0
    groups: int = 0
    hybrids: int = 0
    schemes: int = 0
    certificates: int | None = None

    @property
    def cells(self) -> tuple[str, ...]:
        certificates = "?" if self.certificates is None else str(self.certificates)
        return (str(self.suites), str(self.groups), str(self.hybrids), str(self.schemes), certificates)


Reader = Callable[[str], Seen]


def in_pqscan(output: str) -> Seen:
    """From pqscan-inventory/1."""
    inventory = json.loads(output)
    accepted: dict[str, set[str]] = {"cipher_suite": set(), "named_group": set(), "signature_scheme": set()}
    for profile in inventory["profiles"].values():
        for observation in profile["observations"]:
            if observation["subject"] in accepted and observation["support"] in ("accepted", "selected"):
                accepted[observation["subject"]].add(observation["name"] or observation["value"])
    groups = accepted["named_group"]
    return Seen(
        len(accepted["cipher_suite"]),
        len(groups),
        len(groups.intersection(HYBRIDS)),
        len(accepted["signature_scheme"]),
        len(inventory["certificates"]),
    )


def in_sslyze(output: str) -> Seen:
    """From `--json_out`."""
    try:
        result = json.loads(output)["server_scan_results"][0]["scan_result"]
        suites = [
            suite["cipher_suite"]["name"]
            for name, command in result.items()
            if name.endswith("_cipher_suites") and command["result"]
            for suite in command["result"]["accepted_cipher_suites"]
        ]
        curves = [curve["name"] for curve in result["elliptic_curves"]["result"]["supported_curves"] or ()]
        certificates = len(result["certificate_info"]["result"]["certificate_deployments"])
    except (ValueError, LookupError, TypeError):
        return Seen()
    return Seen(len(set(suites)), *_groups(curves), 0, certificates)


def in_nmap(output: str) -> Seen:
    """The table of ssl-enum-ciphers lists only what was accepted. It names one curve a suite, which is no list of groups."""
    suites = set(re.findall(r"^\|\s+(TLS_\w+) \(", output, re.MULTILINE))
    return Seen(len(suites), 0, 0, 0, len(re.findall(r"ssl-cert: Subject", output)))


def in_sslscan(output: str) -> Seen:
    suites = set(re.findall(r"^(?:Preferred|Accepted)\s+\S+\s+\d+ bits\s+(\S+)", output, re.MULTILINE))
    listed = output.partition("Server Key Exchange Group(s):")[2].partition("SSL Certificate:")[0]
    return Seen(len(suites), *_groups(listed.splitlines()), 0, output.count("SSL Certificate:"))


def in_testssl(output: str) -> Seen:
    """Suites and curves stand under forward secrecy, which all of the endpoint's suites have."""
    secrecy = output.partition("forward secrecy")[2].partition("Testing server preferences")[0]
    offered, _, curves = secrecy.partition("Elliptic curves offered:")
    suites = set(re.findall(r"\b(?:TLS_[A-Z0-9_]+|ECDHE-\S+)", offered))
    return Seen(len(suites), *_groups([curves, offered]), 0, len(set(re.findall(r"Server Certificate #(\d+)", output))) or 1)


def in_cryptolyzer(output: str) -> Seen:
    """Numbered lists under headings; the simulated clients behind them repeat what came before."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", output).partition("# Simulated Clients")[0]
    suites = set(re.findall(r"^ +\d+\. (TLS_\w+)", text, re.MULTILINE))
    curves = text.partition("# Supported Elliptic Curves")[2].partition("\n# ")[0]
    schemes = text.partition("# Supported Signature Algorithms")[2]
    certificates = set(re.findall(r"Serial Number: (\d+)", text))
    return Seen(len(suites), *_groups([curves]), len(re.findall(r"^ +\d+\. ", schemes, re.MULTILINE)), len(certificates))


def in_pqaudit(output: str) -> Seen:
    """JSON in which suites and groups are named where they were accepted."""
    return Seen(len(set(re.findall(r'"(TLS_\w+)"', output))), *_groups([output]))


def _groups(words: Iterable[str]) -> tuple[int, int]:
    """How many of the endpoint's groups are named, and how many of them are hybrid."""
    text = " ".join(words).lower()
    hybrids = [name for name in HYBRIDS if name.lower() in text or name.lower().replace("mlkem", "_mlkem") in text]
    for name in HYBRIDS:
        text = text.replace(name.lower(), " ")
    classical = [name for name, spellings in _CLASSICAL.items() if any(spelling in text for spelling in spellings)]
    return len(hybrids) + len(classical), len(hybrids)
