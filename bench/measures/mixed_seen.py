"""What a tool took the services of the mixed network for, in the words of its plan: each reader gives them by address and port.

A word that a tool only reads off the port number is no recognition, and left out.
"""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping

Place = tuple[str, int]
SILENT = "silent"
_WORDS_OF_NMAP = {
    "ms-wbt-server": "rdp",
    "imap": "imap",
    "pop3": "pop3",
    "smtp": "smtp",
    "ftp": "ftp",
    "ssh": "ssh",
    "http": "http",
    "ldap": "ldap",
    "mysql": "mysql",
    "postgresql": "postgresql",
}
NMAP_CANNOT_TELL = {"tls12": "tls", "smtp-plain": "smtp"}
"""What nmap's words do not tell apart: it counts as right for the plain word."""


def in_pqscan(output: str) -> dict[Place, str]:
    """From pqscan-inventory/1. TLS without any hybrid or post-quantum method is `tls12`, as only such servers of the plan are."""
    found: dict[Place, str] = {}
    for row in json.loads(output)["targets"]:
        target = row["target"]
        if target["kind"] == "network":
            word = _word(row)
            if word:
                found[target["address"], target["port"]] = word
    return found


def _word(row: Mapping[str, object]) -> str:
    status, target, detail, state = row["status"], row["target"], row["detail"], row["key_establishment"]
    if not isinstance(target, dict) or not isinstance(state, dict):
        return ""
    code = detail.get("code") if isinstance(detail, dict) else None
    if status == "timed_out":
        return SILENT
    if status != "completed":
        return ""
    if row["probe"] != "tls":
        return str(row["probe"])
    if target["starttls"]:
        return f"{target['starttls']}-plain" if code == "starttls_not_offered" else str(target["starttls"])
    if code == "http_without_tls":
        return "http"
    return {"vulnerable": "tls12", "default": "tls"}.get(str(state["state"]), "")


def in_nmap(text: str) -> dict[Place, str]:
    """From `-oX`. An open port of which it tells no more than the name of its number is silence."""
    found: dict[Place, str] = {}
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError:
        return {}
    for host in root.iter("host"):
        address = next((each.get("addr", "") for each in host.iter("address")), "")
        for port in host.iter("port"):
            state, service = port.find("state"), port.find("service")
            if state is None or state.get("state") != "open":
                continue
            if service is not None and "ssl" in (service.get("tunnel"), service.get("name")):
                word = "tls"
            elif service is None or service.get("method") != "probed":
                word = SILENT
            else:
                word = _WORDS_OF_NMAP.get(service.get("name", ""), "")
            if word:
                found[address, int(port.get("portid", "0"))] = word
    return found


def right(plan: Mapping[Place, str], told: Mapping[Place, str], same: Mapping[str, str] | None = None) -> int:
    """How many services of the plan were taken for what they are; `same` gives words that count as another."""
    alike = same or {}
    return sum(told.get(place) == alike.get(kind, kind) for place, kind in plan.items())
