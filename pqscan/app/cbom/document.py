"""A CycloneDX document as its parts: components with their place (a JSON pointer, RFC 6901), what is named by bom-ref and what
refers to it. Reads versions 1.4 to 1.7 and the CBOM of IBM (version 1.0 of its fork of 1.4), in JSON.

Whatever stands elsewhere than it should is not there. Nothing recurses; how deep and large a document may be, its reader bounds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from pqscan.app.cbom import ibm
from pqscan.app.importing.json_file import Document, read_json, rows, table, text
from pqscan.errors import MalformedMessage

VERSIONS = ("1.4", "1.5", "1.6", "1.7")
IBM = ibm.TYPE
ASSET = "cryptographic-asset"
MOST_COMPONENTS = 1_000_000
MOST_PARTS = 16  # algorithms that one thing depends on, as far as they are looked at
_MOST_STEP = 120  # characters of a name in a pointer
EXTERNAL = "urn:cdx:"  # BOM-Link: what stands in another document
_LISTS = frozenset({"dependsOn", "provides", "assemblies", "cryptoRefArray", "subjects"})
_SINGLE = frozenset({"signatureAlgorithmRef", "subjectPublicKeyRef", "algorithmRef", "keyAlgorithmRef"})
_TRANSFORMS = frozenset({"encr", "prf", "integ", "ke", "auth"})
_OF_REF = frozenset({"dependencies", "relatedCryptographicAssets"})


class Table(dict[str, object]):
    """A table that knows which of its names stood in it more than once; the last counts, as for most readers."""

    __slots__ = ("repeated",)

    def __init__(self, pairs: list[tuple[str, object]]) -> None:
        super().__init__(pairs)
        self.repeated: tuple[str, ...] = ()
        if len(self) < len(pairs):
            seen: set[str] = set()
            twice = {name: None for name, _ in pairs if name in seen or seen.add(name)}  # type: ignore[func-returns-value]
            self.repeated = tuple(twice)


@dataclass(frozen=True, slots=True)
class Component:
    """One component with its place. `asset` is `cryptoProperties`, empty where it has none; of IBM's fork in the words of 1.6."""

    pointer: str
    fields: Document
    ref: str
    name: str
    asset: Document

    @property
    def is_asset(self) -> bool:
        return self.fields.get("type") in (ASSET, IBM)

    @property
    def asset_type(self) -> str:
        """`algorithm`, `certificate`, `protocol` or `related-crypto-material`."""
        return text(self.asset.get("assetType"))

    @property
    def occurrences(self) -> list[object]:
        """Where it was met."""
        return rows(table(self.fields, "evidence").get("occurrences")) or ibm.occurrences(self.asset)

    def properties(self, name: str) -> Document:
        return table(self.asset, name)

    @property
    def algorithm(self) -> Document:
        return self.properties("algorithmProperties")


@dataclass(frozen=True, slots=True)
class Reference:
    """What refers to something by its bom-ref, and from where."""

    pointer: str
    target: str


@dataclass(frozen=True, slots=True)
class Cbom:
    """`named` are the places of each bom-ref, in their order; `depends` what depends on what, `provides` what brings what.
    `algorithms_of` are the first algorithms among what a thing depends on."""

    version: str
    fields: Document
    components: tuple[Component, ...]
    named: dict[str, tuple[str, ...]]
    references: tuple[Reference, ...]
    depends: dict[str, tuple[str, ...]]
    provides: dict[str, tuple[str, ...]]
    repeated: tuple[Reference, ...]
    algorithms_of: dict[str, tuple[str, ...]]

    @property
    def is_ibm(self) -> bool:
        return any(component.fields.get("type") == IBM for component in self.components)

    def by_ref(self) -> dict[str, Component]:
        return {component.ref: component for component in self.components if component.ref}


def read_cbom(data: bytes) -> Cbom:
    """Raises MalformedMessage where it is no CycloneDX document in JSON, or larger or deeper than is read."""
    whole = table(read_json(data, Table))
    version = text(whole.get("specVersion"))
    if whole.get("bomFormat") == ibm.FORMAT:
        version = ibm.VERSIONS.get(version, "")
    elif whole.get("bomFormat") != "CycloneDX":
        raise MalformedMessage("the file is no CycloneDX document in JSON; give one whose bomFormat is CycloneDX")
    if version not in VERSIONS:
        raise MalformedMessage(f"the file's specVersion is none of {', '.join(VERSIONS)}; make it in one of these")
    components = tuple(_components(whole))
    named: dict[str, list[str]] = {}
    references: list[Reference] = []
    repeated: list[Reference] = []
    for pointer, parents, value in _walk(whole):
        if isinstance(value, Table) and value.repeated:
            repeated += [Reference(pointer, name) for name in value.repeated]
        if isinstance(value, dict) and isinstance(value.get("bom-ref"), str):
            named.setdefault(text(value["bom-ref"]), []).append(pointer)
        references += _references(pointer, parents, value)
    depends, provides = _links(whole)
    places = {name: tuple(found) for name, found in named.items()}
    algorithms = {component.ref for component in components if component.asset_type == "algorithm"}
    of = {ref: tuple(islice((each for each in others if each in algorithms), MOST_PARTS)) for ref, others in depends.items()}
    return Cbom(version, whole, components, places, tuple(references), depends, provides, tuple(repeated), of)


def _components(whole: Document) -> Iterator[Component]:
    """In the order of the document; components lie in components."""
    pending: list[tuple[str, object]] = [("/metadata/component", table(whole, "metadata").get("component"))]
    pending += [(f"/components/{number}", each) for number, each in enumerate(rows(whole.get("components")))]
    pending.reverse()
    count = 0
    while pending:
        pointer, value = pending.pop()
        if not isinstance(value, dict):
            continue
        count += 1
        if count > MOST_COMPONENTS:
            raise MalformedMessage(f"the file has more than {MOST_COMPONENTS} components; split it")
        asset = table(value, "cryptoProperties")
        if value.get("type") == IBM:
            asset = ibm.in_words_of_1_6(asset)
        yield Component(pointer, value, text(value.get("bom-ref")), text(value.get("name")), asset)
        inner = rows(value.get("components"))
        pending += [(f"{pointer}/components/{number}", inner[number]) for number in range(len(inner) - 1, -1, -1)]


def _walk(whole: Document) -> Iterator[tuple[str, tuple[str, str], object]]:
    """Every value with its place and the two names above it, without recursion."""
    pending: list[tuple[str, tuple[str, str], object]] = [("", ("", ""), whole)]
    while pending:
        pointer, parents, value = pending.pop()
        yield pointer, parents, value
        if isinstance(value, dict):
            for name in reversed(value):
                if isinstance(value[name], dict | list) or name in _SINGLE or name in ("ref", "algorithm"):
                    pending.append((f"{pointer}/{escaped(name)}", (parents[1], name), value[name]))
        elif isinstance(value, list):
            for number in range(len(value) - 1, -1, -1):
                if isinstance(value[number], dict | list):
                    pending.append((f"{pointer}/{number}", parents, value[number]))


def _references(pointer: str, parents: tuple[str, str], value: object) -> Iterator[Reference]:
    above, name = parents
    if isinstance(value, str):
        of_ref = name == "ref" and above in _OF_REF
        if of_ref or name in _SINGLE or (name == "algorithm" and above in _TRANSFORMS):
            yield Reference(pointer, text(value))
    elif isinstance(value, list):
        in_suite = name == "algorithms" and above == "cipherSuites"
        if name in _LISTS or in_suite or (name in _TRANSFORMS and above == "ikev2TransformTypes"):
            for number, each in enumerate(value):
                if isinstance(each, str):
                    yield Reference(f"{pointer}/{number}", text(each))


def _links(whole: Document) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    depends: dict[str, list[str]] = {}
    provides: dict[str, list[str]] = {}
    for row in rows(whole.get("dependencies")):
        ref = text(table(row).get("ref"))
        depends.setdefault(ref, []).extend(text(each) for each in rows(table(row).get("dependsOn")) if isinstance(each, str))
        provides.setdefault(ref, []).extend(text(each) for each in rows(table(row).get("provides")) if isinstance(each, str))
        implemented = "dependencyType" in table(row)  # IBM's fork tells it so, one kind a row.
        if implemented and table(row).get("dependencyType") == "implements":
            provides[ref] += depends.pop(ref)
    return ({ref: tuple(found) for ref, found in depends.items()}, {ref: tuple(found) for ref, found in provides.items()})


def escaped(name: str) -> str:
    """A name as a part of a JSON pointer (RFC 6901, section 3); an endless one is cut."""
    return text(name[:_MOST_STEP]).replace("~", "~0").replace("/", "~1")
