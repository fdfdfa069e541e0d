"""The inventory as a CycloneDX document (version 1.6 or 1.7, ECMA-424), with networks and files together: a CBOM that says what
it did not read.

Files are written as they come; what they share follows, then what depends on what, and which parts are not complete. The same
inventory and options give the same bytes: the time is the day of the judgement, the serial number a digest of all the rest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from pqscan import __version__
from pqscan.locale import Translator, translator
from pqscan.model.observation import Subject
from pqscan.policy.state import State
from pqscan.report import AssessedInventory, ReportOptions
from pqscan_reports.cyclonedx.observed import key_asset, signature_asset
from pqscan_reports.cyclonedx.parts import (
    Spec,
    algorithm_json,
    algorithm_reference,
    certificate_json,
    key_reference,
    own,
    public_key_json,
    reference,
)
from pqscan_reports.cyclonedx.protocols import protocol_assets
from pqscan_reports.cyclonedx.walk import Group, GroupKey, Library, Seen, Walk, told_plainly
from pqscan_reports.json_text import Json, exchanged

ROOT = "pqscan"
VERSIONS = ("1.6", "1.7")


class CycloneDxReport:
    """`pqscan report cyclonedx`."""

    name = "cyclonedx"

    def write(self, inventory: AssessedInventory, options: ReportOptions, out: BinaryIO) -> None:
        spec = Spec(options.spec_version, options.with_crypto_assets)
        _Document(inventory, spec, translator(options.language), out).write()


class _Document:
    def __init__(self, inventory: AssessedInventory, spec: Spec, say: Translator, out: BinaryIO) -> None:
        self._inventory = inventory
        self._spec = spec
        self._say = say
        self._out = out
        self._digest = hashlib.sha256()
        self._walk = Walk(inventory, spec, say)

    def write(self) -> None:
        self._put(b'{\n"$schema":' + exchanged(f"http://cyclonedx.org/schema/bom-{self._spec.version}.schema.json"))
        self._put(b',\n"bomFormat":"CycloneDX",\n"specVersion":' + exchanged(self._spec.version) + b',\n"version":1')
        self._array("components", self._components())
        self._array("dependencies", map(exchanged, self._dependencies()))
        self._array("compositions", map(exchanged, self._compositions()))
        self._put(b',\n"metadata":' + exchanged(self._metadata()))  # Behind: it counts what was not read.
        self._put(b',\n"serialNumber":' + exchanged(f"urn:uuid:{_uuid(self._digest.digest())}") + b"\n}\n")

    def _put(self, data: bytes) -> None:
        self._digest.update(data)
        self._out.write(data)

    def _array(self, key: str, elements: Iterable[bytes]) -> None:
        self._put(b',\n"' + key.encode() + b'":[')
        separator = b"\n"
        for element in elements:
            self._put(separator + element)
            separator = b",\n"
        self._put(b"\n]" if separator != b"\n" else b"]")

    def _metadata(self) -> dict[str, Json]:
        inventory = self._inventory
        properties: list[Json] = [own("as_of", inventory.as_of.isoformat())]
        properties += [own("policy", f"{each.id} ({each.edition})") for each in sorted(inventory.policies, key=lambda p: p.id)]
        properties.append(own("coverage:attempted", inventory.coverage.attempted))
        properties += [own(f"coverage:{status.value}", count) for status, count in sorted(inventory.coverage.by_status.items())]
        properties += [own(f"not_read:{code}", count) for code, count in sorted(self._walk.not_read.items())]
        if inventory.local_registry:
            properties.append(own("local_registry", inventory.local_registry))
        tool: dict[str, Json] = {"type": "application", "name": "pqscan", "version": __version__}
        return {
            "timestamp": f"{inventory.as_of.isoformat()}T00:00:00Z",
            "tools": {"components": [tool]},
            "component": {"type": "application", "bom-ref": ROOT, "name": self._say.gettext("Cryptographic inventory")},
            "properties": properties,
        }

    def _components(self) -> Iterator[bytes]:
        walk = self._walk
        for component in walk.components():
            yield exchanged(component)
        for key in sorted(walk.groups):
            yield from self._answers(key, walk.groups[key])
        if self._spec.with_assets:
            yield from self._certificates()
            for asset in sorted(walk.algorithms, key=algorithm_reference):
                row = algorithm_json(asset, self._spec)
                usages: list[Json] = [own("usage", usage) for usage in sorted(walk.algorithms[asset].usages)]
                row["properties"] = [*_list(row["properties"]), *usages]
                yield _with_places(row, walk.algorithms[asset].places)
        for ref in sorted(walk.libraries):
            yield _with_places(_library_json(ref, walk.libraries[ref]), walk.libraries[ref].seen.places)

    def _answers(self, key: GroupKey, group: Group) -> Iterator[bytes]:
        """Servers that answer alike: one component for each version of the protocol."""
        walk, (probe, digest, keys, proof, system) = self._walk, key
        profile = self._inventory.profiles[digest]
        properties: list[Json] = [own("probe", probe), own("profile", digest.hex())]
        for name, state in (("key_establishment", keys), ("authentication", proof)):
            properties.append(own(name, State.UNKNOWN.value if state == State.OUTSIDE.value else state))
        properties += [own("reason", f"{code}: {text}") for code, text in group.reasons]
        if system:
            properties.append(own("system", system))
        if profile.is_imported:
            properties.append(own("imported", profile.asked))
        if not profile.complete:
            properties.append(own("complete", "false"))
        software = dict.fromkeys(o.name or o.value for o in profile.observations if o.subject is Subject.SOFTWARE)
        properties += [own("software", each) for each in software]
        certificates = {ref for each in group.certificates for ref in walk.certificate_refs(each)}
        if not self._spec.with_assets:
            ref = reference("service", probe, *key)
            properties += told_plainly(profile)
            properties += [own("certificate", each.hex()) for each in sorted(group.certificates)]
            self._note(ref, profile.complete, keys, proof)
            yield _with_places({"type": "application", "bom-ref": ref, "name": probe, "properties": properties}, group.places)
            return
        for asset in protocol_assets(profile, walk.refs_of, self._spec):
            ref = reference("crypto/protocol", asset.name, *key, asset.version)
            walk.links.add(ref, {*asset.refs, *certificates})
            self._note(ref, profile.complete, keys, proof)
            crypto: dict[str, Json] = {"assetType": "protocol", "protocolProperties": asset.properties}
            row: dict[str, Json] = {"type": "cryptographic-asset", "bom-ref": ref, "name": asset.name}
            yield _with_places({**row, "cryptoProperties": crypto, "properties": properties}, group.places)

    def _note(self, ref: str, is_complete: bool, *states: str) -> None:
        self._walk.top.append(ref)
        if not is_complete:
            self._walk.incomplete.append(ref)
        elif State.UNKNOWN.value in states:
            self._walk.unknown.append(ref)

    def _certificates(self) -> Iterator[bytes]:
        """Certificates, and each key once, however many certificates carry it."""
        walk, inventory = self._walk, self._inventory
        keys: dict[str, tuple[bytes, dict[bytes, None]]] = {}
        for digest in sorted(walk.certificates):
            certificate = inventory.certificates.get(digest)
            if certificate is None:
                continue
            seen: Seen = walk.certificates[digest]
            ref = key_reference(certificate)
            _, places = keys.setdefault(ref, (digest, {}))
            places.update(seen.places)
            walk.links.add(ref, {walk.add_algorithm(key_asset(certificate))})
            if certificate.is_bare_key:
                continue
            signature = signature_asset(certificate)
            row = certificate_json(certificate, signature, inventory.as_of, self._spec)
            signed = set() if signature is None else {walk.add_algorithm(signature)}
            walk.links.add(str(row["bom-ref"]), {ref, *signed})
            yield _with_places(row, seen.places)
        for ref in sorted(keys):
            digest, places = keys[ref]
            certificate = inventory.certificates[digest]
            yield _with_places(public_key_json(certificate, key_asset(certificate), inventory.as_of, self._spec), places)

    def _dependencies(self) -> Iterator[dict[str, Json]]:
        links = self._walk.links
        depends = {ROOT: set(self._walk.top), **links.depends}
        if not self._spec.with_assets:
            known = {*self._walk.top, *self._walk.libraries}
            depends = {ref: others & known for ref, others in depends.items() if ref in known or ref == ROOT}
        for ref in sorted({*depends, *(links.provides if self._spec.with_assets else ())}):
            row: dict[str, Json] = {"ref": ref}
            if depends.get(ref):
                row["dependsOn"] = [*sorted(depends[ref])]
            if self._spec.with_assets and ref in links.provides:
                row["provides"] = [*sorted(links.provides[ref])]
            yield row

    def _compositions(self) -> Iterator[dict[str, Json]]:
        """The inventory is never said to be complete: it holds what was asked. Why a part is not stands with the part."""
        walk = self._walk
        parts: list[Json] = [ROOT, *sorted(set(walk.incomplete))]
        yield {"bom-ref": "composition/incomplete", "aggregate": "incomplete", "assemblies": parts}
        unknown: list[Json] = [*sorted(set(walk.unknown) - set(walk.incomplete))]
        if unknown:
            yield {"bom-ref": "composition/unknown", "aggregate": "unknown", "assemblies": unknown}


def _library_json(ref: str, library: Library) -> dict[str, Json]:
    row: dict[str, Json] = {"type": "library", "bom-ref": ref, "name": library.name}
    if library.version:
        row["version"] = library.version
    if library.purl is not None:
        row["purl"] = library.purl
    properties: list[Json] = [own("usage", usage) for usage in sorted(library.seen.usages)]
    properties += [own(name, value) for name, value in sorted(library.stated.items())]
    return {**row, "properties": properties}


def _with_places(row: dict[str, Json], places: Iterable[bytes]) -> bytes:
    """The component with its occurrences, which are JSON already."""
    found = b",".join(places)
    return exchanged(row)[:-1] + b',"evidence":{"occurrences":[' + found + b"]}}" if found else exchanged(row)


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _uuid(digest: bytes) -> str:
    """A UUID of version 8 (RFC 9562, section 5.8) out of a digest."""
    octets = bytearray(digest[:16])
    octets[6] = octets[6] & 0x0F | 0x80
    octets[8] = octets[8] & 0x3F | 0x80
    text = octets.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
