"""What a CBOM tells, out of CycloneDX's JSON (1.6, 1.7, and IBM's fork of 1.4): algorithms, keys, certificates, protocols and
libraries, each at the places where it was met.

A component without a place lies in what the document is about. What is not told stays unknown; no state rests on any of it. The
value of a key is not read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from pqscan.app.cbom.document import Cbom, Component, read_cbom
from pqscan.app.cbom.materials import algorithm_of, related
from pqscan.app.cbom.meaning import function_of, meaning_of
from pqscan.app.importing import tls_words
from pqscan.app.importing.found import MOST_TEXT, Contents, Service, Tally, moment_of, place, plain
from pqscan.app.importing.json_file import rows, table, text
from pqscan.model.observation import Confidence, Observation, Subject, Support, Usage, Where
from pqscan.model.target import FileTarget, NetworkTarget, Transport
from pqscan.registry.algorithms import Function
from pqscan.registry.quantum import QuantumClass

PROBE = "cbom"
MOST_TARGETS = 100_000
MOST_PLACES = 1_000_000
MOST_FACTS = 1_000_000  # at all places together
_MOST_PATH = 4096
_MOST_NUMBER = 1 << 62
_NETWORK = re.compile(
    r"(?:(?P<name>[^@/\s]+)@)?(?P<address>\[[0-9a-fA-F:.]+\]|[0-9.]+):(?P<port>\d{1,5})(?:/(?P<service>[a-z-]+))?"
)
_LIBRARIES = frozenset({"library", "framework"})
_TLS_VERSIONS = {"1.0": "TLS1.0", "1.1": "TLS1.1", "1.2": "TLS1.2", "1.3": "TLS1.3"}
_OF_PRIMITIVE = {
    "ae": Function.ENCRYPTION,
    "block-cipher": Function.ENCRYPTION,
    "stream-cipher": Function.ENCRYPTION,
    "key-wrap": Function.ENCRYPTION,
    "hash": Function.HASH,
    "xof": Function.HASH,
    "mac": Function.MAC,
    "kdf": Function.KEY_DERIVATION,
}
Place = NetworkTarget | FileTarget


def read_cbom_file(data: bytes, tally: Tally) -> Iterator[Service | Contents]:
    """Target after target. Raises MalformedMessage where it is no CycloneDX document in JSON."""
    cbom = read_cbom(data)
    tally.program = _program(cbom)
    seen_at = moment_of(table(cbom.fields, "metadata").get("timestamp"))
    reading = _Reading(cbom, tally)
    for component in cbom.components:
        reading.read(component)
    yield from reading.told(seen_at)


class _Reading:
    """One document in hand: observations gathered by the target that they were made at."""

    def __init__(self, cbom: Cbom, tally: Tally) -> None:
        self._cbom = cbom
        self._tally = tally
        self._known = cbom.by_ref()
        subject = plain(table(cbom.fields, "metadata", "component").get("name")) or PROBE
        self._whole = FileTarget(subject, ".")
        self._found: dict[tuple[Place, str], dict[Observation, None]] = {}
        self._places = self._facts = 0
        self._brought = {ref for others in cbom.provides.values() for ref in others}
        self._needed = {ref for others in cbom.depends.values() for ref in others}

    def told(self, seen_at: datetime | None) -> Iterator[Service | Contents]:
        for (target, probe), observations in self._found.items():
            if isinstance(target, NetworkTarget):
                yield Service(target, probe, seen_at=seen_at, observations=tuple(observations))
            else:
                yield Contents(target, probe, seen_at=seen_at, observations=tuple(observations))

    def read(self, component: Component) -> None:
        if not component.is_asset:
            if text(component.fields.get("type")) in _LIBRARIES and self._cbom.provides.get(component.ref):
                self._keep(component, _library(component), None)
            elif component.pointer != "/metadata/component":
                self._tally.left_out["import_no_asset"] += 1
            return
        if not component.name and not component.asset:
            self._tally.left_out["import_no_name"] += 1
            return
        match component.asset_type:
            case "algorithm":
                self._keep(component, self._algorithm(component), None)
            case "certificate":
                for observation in self._certificate(component):
                    self._keep(component, observation, None)
            case "related-crypto-material":
                material = self._material(component)
                if material is None:
                    self._tally.left_out["import_no_asset"] += 1
                else:
                    self._keep(component, material, None)
            case "protocol":
                self._protocol(component)
            case _:
                self._tally.left_out["import_no_asset"] += 1

    def _keep(self, component: Component, observation: Observation, probe: str | None) -> None:
        for target, where, usage in self._where(component):
            self._add(target, probe or PROBE, _at(observation, where, usage))

    def _add(self, target: Place, probe: str, observation: Observation) -> bool:
        """False where no more is kept: a short document may name many facts at many places."""
        key = target, probe
        self._facts += 1
        if self._facts > MOST_FACTS or (key not in self._found and len(self._found) >= MOST_TARGETS):
            self._tally.left_out["import_too_many"] += 1
            return False
        self._found.setdefault(key, {})[observation] = None
        return True

    def _where(self, component: Component) -> Iterator[tuple[Place, Where | None, Usage | None]]:
        """The places of the component, each with how it is used there, where that is told; what the document is about where it has
        none."""
        occurrences = component.occurrences
        if not occurrences:
            yield self._whole, None, None
        for occurrence in occurrences:
            self._places += 1
            if self._places > MOST_PLACES:
                self._tally.left_out["import_too_many"] += 1
                return
            row = table(occurrence)
            location = text(row.get("location"))[:_MOST_PATH]
            if not location or not location.isprintable():
                yield self._whole, None, None
                continue
            context = text(row.get("additionalContext"))[:_MOST_PATH]
            where = Where(_number(row.get("line")), _number(row.get("offset")), plain(row.get("symbol")) or None)
            yield self._target(location, context), None if where == Where() else where, _usage_in(context)

    def _target(self, location: str, context: str) -> Place:
        if (network := _NETWORK.fullmatch(location)) is not None:
            address = network["address"].strip("[]")
            transport = Transport.UDP if network["service"] == "udp" else Transport.TCP
            found = place(address, network["port"], name=network["name"] or "", transport=transport)
            if found is not None:
                return found
        machine = re.search(r"(?:^|; )machine=([^;]{1,200})", context)
        path, *members = location.split("!")
        named = plain(machine[1]) if machine and machine[1].isprintable() else ""
        return FileTarget(named or self._whole.machine, path or location, tuple(each for each in members if each))

    def _algorithm(self, component: Component) -> Observation:
        told, meaning = component.algorithm, meaning_of(component)
        function = function_of(told) or _OF_PRIMITIVE.get(text(told.get("primitive")))
        asset = meaning.of_name
        quantum = meaning.quantum_class
        halves = [self._known[ref] for ref in self._cbom.algorithms_of.get(component.ref, ()) if ref in self._known]
        parts = halves if text(told.get("primitive")) == "combiner" and len(halves) > 1 else []
        if parts:
            quantum = _together({meaning_of(half).quantum_class for half in parts})
        stated: tuple[tuple[str, str | int | None], ...] = (
            ("parameter", None if asset is None or asset.curve is None else asset.curve.partition("/")[2]),
            ("size_bits", _size_in(component, quantum)),
        )
        return Observation(
            Subject.ALGORITHM,
            plain(component.name) or text(component.asset.get("oid"))[:MOST_TEXT],
            Support.OFFERED,
            context=None if function is None else function.value,
            name=None if asset is None else asset.name,
            quantum_class=quantum,
            usage=Usage.LINKED if self._is_only_brought(component) else Usage.USED,
            confidence=Confidence.INFERRED,
            components=tuple(plain(part.name) for part in parts),
            parameters=tuple((name, value) for name, value in stated if value is not None),
        )

    def _is_only_brought(self, component: Component) -> bool:
        """Whether a library brings the algorithm, and nobody is said to need it."""
        return component.ref in self._brought and component.ref not in self._needed

    def _certificate(self, component: Component) -> Iterator[Observation]:
        told = component.properties("certificateProperties")
        key = self._known.get(related(told, "subjectPublicKeyRef"))
        if key is not None and key.asset_type == "related-crypto-material":
            material = self._material(key, Subject.CERTIFICATE_KEY)
            if material is not None:
                yield material
        elif key is not None:
            yield self._of_algorithm(key, Subject.CERTIFICATE_KEY, None)
        signature = self._known.get(related(told, "signatureAlgorithmRef"))
        if signature is not None:
            yield self._of_algorithm(signature, Subject.CERTIFICATE_SIGNATURE, None)
        if key is None and signature is None:
            self._tally.left_out["import_not_looked_at"] += 1

    def _material(self, component: Component, subject: Subject | None = None) -> Observation | None:
        told = component.properties("relatedCryptoMaterialProperties")
        kind = text(told.get("type"))
        found = subject or {"private-key": Subject.PRIVATE_KEY, "public-key": Subject.PUBLIC_KEY}.get(kind)
        if found is None:
            return None
        algorithm = self._known.get(algorithm_of(component, self._cbom, self._known))
        return self._of_algorithm(algorithm or component, found, _number(told.get("size")))

    def _of_algorithm(self, component: Component, subject: Subject, size: int | None) -> Observation:
        """The algorithm of a key or a signature, by its OID where it has one."""
        meaning = meaning_of(component)
        row, asset = meaning.of_oid, meaning.of_name
        known = row.oid if row is not None else None
        size = _size_in(component, meaning.quantum_class) if size is None else size
        curve = None if asset is None or asset.curve is None else asset.curve.partition("/")[2]
        stated: tuple[tuple[str, str | int | None], ...] = (("parameter", curve), ("size_bits", size))
        return Observation(
            subject,
            known or plain(component.name) or "unknown",
            Support.OFFERED,
            context="file",
            name=(plain(component.name) or None) if asset is None else asset.name.removesuffix(f"-{size}"),
            quantum_class=meaning.quantum_class,
            usage=Usage.PRESENT,
            confidence=Confidence.INFERRED,
            parameters=tuple((name, value) for name, value in stated if value is not None),
        )

    def _protocol(self, component: Component) -> None:
        told = component.properties("protocolProperties")
        label = _TLS_VERSIONS.get(text(told.get("version")).removeprefix("TLS").removeprefix("v").strip())
        is_tls = text(told.get("type")) == "tls" and label is not None
        observations = list(dict.fromkeys(_tls(told, label or ""))) if is_tls else []
        if not observations:
            self._tally.left_out["import_not_looked_at"] += 1
            return
        for target, where, _ in self._where(component):
            probe = "tls" if isinstance(target, NetworkTarget) else PROBE
            if not all(
                self._add(target, probe, one if isinstance(target, NetworkTarget) else _at(one, where)) for one in observations
            ):
                return


def _tls(told: object, label: str) -> Iterator[Observation]:
    yield tls_words.version(label)
    for row in rows(table(told).get("cipherSuites"))[:1000]:
        suite = table(row)
        found = [tls_words.suite(text(suite.get("name")), label)]
        found += [tls_words.group(text(name), label) for name in rows(suite.get("tlsGroups"))[:1000]]
        yield from filter(None, found)


def _together(classes: set[QuantumClass]) -> QuantumClass:
    """The class of a combination (RFC 9794, section 2); unknown where a part is, or is no public-key algorithm."""
    if len(classes) == 1:
        return next(iter(classes))
    hybrid = {QuantumClass.TRADITIONAL, QuantumClass.POST_QUANTUM}
    return QuantumClass.PQT_HYBRID if classes == hybrid else QuantumClass.UNKNOWN


def _library(component: Component) -> Observation:
    version = plain(component.fields.get("version"))
    return Observation(
        Subject.LIBRARY,
        plain(component.name) or "unknown",
        Support.OFFERED,
        usage=Usage.LINKED,
        confidence=Confidence.INFERRED,
        parameters=(("version", version),) if version else (),
    )


def _size_in(component: Component, quantum: QuantumClass) -> int | None:
    """The size of a modulus, where name or parameter set tells it."""
    if quantum is not QuantumClass.TRADITIONAL:
        return None
    stated = text(component.algorithm.get("parameterSetIdentifier"))
    named = re.search(r"(?i)(?:RSA|DSA|DH|FFDHE|MODP)[-_ ]?(?:.*-)?(\d{3,5})$", component.name[:MOST_TEXT])
    found = stated if stated.isascii() and stated.isdecimal() and len(stated) < 6 else named[1] if named else ""
    return int(found) if found and 160 <= int(found) <= 20_000 else None


def _usage_in(context: str) -> Usage | None:
    """As our own documents tell it of each place."""
    told = re.search(r"(?:^|; )usage=([a-z]+)", context)
    return None if told is None else next((usage for usage in Usage if usage.value == told[1]), None)


def _at(observation: Observation, where: Where | None, usage: Usage | None = None) -> Observation:
    if where is None and usage is None:
        return observation
    return replace(observation, where=where, usage=usage or observation.usage)


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST_NUMBER else None


def _program(cbom: Cbom) -> str:
    """Who wrote it, with its version: tools are a list up to 1.4, a table from 1.5 on."""
    tools = table(cbom.fields, "metadata").get("tools")
    first = next(iter(rows(tools) or rows(table(tools).get("components"))), None)
    return f"{plain(table(first).get('name'), 60)} {plain(table(first).get('version'), 30)}".strip()
