"""Schannel in an export of the Windows registry (Microsoft, Transport Layer Security (TLS) registry settings).

Versions, ciphers and key exchanges are switched on and off by keys of their own; what no key speaks of is as the installed Windows
has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from pqscan.model.observation import Confidence, Observation, Subject
from pqscan.registry.algorithms import by_name
from pqscan.registry.config_trees import folded, words
from pqscan.wire.config.node import Node
from pqscan.wire.config.tls_versions import VERSIONS, version_of
from pqscan_probes.configuration_file.told import Line

_SCHANNEL = "\\securityproviders\\schannel\\"
_SIDES = ("server", "client")
_BY_DEFAULT = ("TLS1.2", "TLS1.3")
"""What current versions of Windows have on where no key speaks of it: TLS 1.3 from Windows Server 2022 and Windows 11 on."""
_SIZES = {"serverminkeybitlength": "server", "clientminkeybitlength": "client"}
LineOf = Callable[[str, str, int], Line]


def schannel(root: Node, line_of: LineOf) -> Iterator[Observation]:
    """What the keys below SCHANNEL put in force. `line_of` takes the part, the directive and its line."""
    keys = {node.name.lower().partition(_SCHANNEL)[2]: node for node in root.children if _SCHANNEL in node.name.lower()}
    for side in _SIDES:
        yield from _versions(keys, side, line_of)
    for path, node in keys.items():
        kind, _, rest = path.partition("\\")
        if kind in ("ciphers", "hashes"):
            yield from _switched(rest, node, line_of)
        elif kind == "keyexchangealgorithms":
            yield from _least_sizes(rest, node, line_of)


def _versions(keys: dict[str, Node], side: str, line_of: LineOf) -> Iterator[Observation]:
    part = f"Schannel {side}"
    told: dict[str, Node] = {}
    for path, node in keys.items():
        kind, _, rest = path.partition("\\")
        name, _, of = rest.rpartition("\\")
        version = version_of(name) if kind == "protocols" and of == side else None
        if version is not None and any(_number(node, value) is not None for value in ("enabled", "disabledbydefault")):
            told[version] = node
    if not told:
        return
    for version in VERSIONS:
        named = told.get(version)
        if named is not None and _is_on(named):
            yield line_of(part, "Enabled", _line(named)).version(version)
        elif named is None and version in _BY_DEFAULT:
            yield line_of(part, "", next(iter(told.values())).line).version(version, Confidence.INFERRED)
    if len(told) < len(VERSIONS):
        yield line_of(part, "", next(iter(told.values())).line).open(Subject.PROTOCOL_VERSION, "configuration_default")


def _is_on(node: Node) -> bool:
    """`Enabled` decides; a version that is off by default is not what services get that ask for nothing."""
    return _number(node, "enabled") != 0 and _number(node, "disabledbydefault") in (None, 0)


def _switched(name: str, node: Node, line_of: LineOf) -> Iterator[Observation]:
    """A cipher or hash that is switched on; one that is switched off is no use."""
    key = words().keys.get(folded(name))
    algorithm = None if key is None else by_name(key.algorithm)
    enabled = _number(node, "enabled")
    if algorithm is not None and enabled:
        yield line_of("Schannel", "Enabled", _line(node)).algorithm(algorithm)


def _least_sizes(name: str, node: Node, line_of: LineOf) -> Iterator[Observation]:
    """The least size of a key that is taken for an exchange which is not switched off."""
    algorithm = by_name({"diffie-hellman": "DH", "pkcs": "RSA"}.get(name, ""))
    if algorithm is None or _number(node, "enabled") == 0:
        return
    for child in node.children:
        side = _SIZES.get(child.name.lower())
        size = _decimal(child)
        if side is not None and size is not None and 0 < size <= 65_536:
            told = line_of(f"Schannel {side} {name}", child.name, child.line).algorithm(algorithm, size_bits=size)
            yield replace(told, confidence=Confidence.INFERRED)


def _number(node: Node, name: str) -> int | None:
    return next((_decimal(child) for child in node.children if child.name.lower() == name), None)


def _decimal(node: Node) -> int | None:
    text = node.values[0] if len(node.values) == 1 else ""
    return int(text) if text.isascii() and text.isdecimal() else None


def _line(node: Node) -> int:
    """Of the value that switches it on, else of the key."""
    return next((child.line for child in node.children if child.name.lower() == "enabled"), node.line)
