"""Whether what a CBOM says of an algorithm goes together, and with what the registry knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pqscan.app.cbom.document import Cbom, Component
from pqscan.app.cbom.meaning import MOST_NAME, Meaning, asset_of_name, function_of, meaning_of
from pqscan.app.cbom.problem import Problem, Severity, problem
from pqscan.app.importing.json_file import rows, text
from pqscan.registry import cyclonedx
from pqscan.registry.crypto_assets import RESISTANT, CryptoAsset
from pqscan.registry.quantum import QuantumClass

_ERROR, _WARNING, _NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE
_OF_CIPHERS = frozenset({"block-cipher", "ae", "combiner", "mac", "key-wrap", "other", "unknown", "stream-cipher"})
_FUNCTIONS_OF = {
    "hash": frozenset({"digest", "other", "unknown"}),
    "xof": frozenset({"digest", "keyderive", "generate", "other", "unknown"}),
    "signature": frozenset({"generate", "keygen", "sign", "verify", "digest", "other", "unknown"}),
    "kem": frozenset({"generate", "keygen", "encapsulate", "decapsulate", "keyderive", "other", "unknown"}),
    "key-agree": frozenset({"generate", "keygen", "keyderive", "other", "unknown", "encapsulate", "decapsulate"}),
    "mac": frozenset({"generate", "keygen", "tag", "verify", "digest", "sign", "other", "unknown"}),
}
_ONLY_1_7 = ("algorithmFamily", "ellipticCurve")


def algorithm_problems(cbom: Cbom, known: Mapping[str, Component]) -> Iterator[Problem]:
    """`known` are the components by their bom-ref."""
    for component in cbom.components:
        if component.asset_type == "algorithm":
            meaning = meaning_of(component)
            yield from _levels(component, meaning)
            yield from _names(component, meaning)
            yield from _curves(component, meaning)
            yield from _primitives(component, cbom, known)
            yield from _versions(component, cbom)


def at(component: Component, *names: str) -> str:
    return "/".join((component.pointer, "cryptoProperties", *names))


def _in(component: Component, name: str) -> str:
    return at(component, "algorithmProperties", name)


def _levels(component: Component, meaning: Meaning) -> Iterator[Problem]:
    told = component.algorithm
    level = _whole(told.get("nistQuantumSecurityLevel"))
    place = _in(component, "nistQuantumSecurityLevel")
    quantum, category = meaning.quantum_class, meaning.nist_category
    if level is not None and quantum is QuantumClass.TRADITIONAL and level > 0:
        yield problem(_ERROR, place, "cbom_level_of_traditional", name=component.name, level=level)
    elif level is not None and quantum in RESISTANT and category is not None and level != category:
        yield problem(_ERROR, place, "cbom_level_of_resistant", name=component.name, level=level, category=category)
    elif level is None and quantum in (QuantumClass.TRADITIONAL, *RESISTANT):
        wanted = 0 if quantum is QuantumClass.TRADITIONAL else category
        if wanted is not None:
            yield problem(_NOTE, at(component, "algorithmProperties"), "cbom_no_level", name=component.name, category=wanted)
    bits = _whole(told.get("classicalSecurityLevel"))
    known = None if meaning.of_name is None else meaning.of_name.classical_bits
    if bits is not None and known is not None and quantum is QuantumClass.TRADITIONAL and bits > known:
        place = _in(component, "classicalSecurityLevel")
        yield problem(_WARNING, place, "cbom_classical_level", name=component.name, bits=bits, known=known)


def _names(component: Component, meaning: Meaning) -> Iterator[Problem]:
    told, named, row = component.algorithm, meaning.of_name, meaning.of_oid
    if named is not None and row is not None and row.kind not in ("curve", "param"):
        numbered = asset_of_name(row.name, function_of(told)) or asset_of_name(row.family, function_of(told))
        if numbered is not None and _differ(named, numbered):
            yield problem(_ERROR, at(component, "oid"), "cbom_name_oid", name=component.name, oid=row.oid, meant=row.name)
    stated = text(told.get("parameterSetIdentifier"))
    is_key = named is not None and named.quantum_class is not QuantumClass.NOT_PUBLIC_KEY
    if named is not None and is_key and stated and named.parameter_set and not _same_set(stated, named):
        place = _in(component, "parameterSetIdentifier")
        yield problem(_WARNING, place, "cbom_parameter_set", name=component.name, stated=stated, meant=named.parameter_set)
    family = text(told.get("algorithmFamily"))
    if family and cyclonedx.family(family) is None:
        yield problem(_ERROR, _in(component, "algorithmFamily"), "cbom_family_unknown", family=family)
    elif family and named is not None and named.family and not _related(family, named.family):
        place = _in(component, "algorithmFamily")
        yield problem(_ERROR, place, "cbom_name_family", name=component.name, family=family, meant=named.family)


def _curves(component: Component, meaning: Meaning) -> Iterator[Problem]:
    told, row = component.algorithm, meaning.of_oid
    for name in ("ellipticCurve", "curve"):
        stated = text(told.get(name))[:MOST_NAME]
        if not stated:
            continue
        curve = cyclonedx.curve(stated) if name == "ellipticCurve" else cyclonedx.curve_like(stated.rpartition("/")[2])
        if curve is None:
            yield problem(_ERROR if name == "ellipticCurve" else _NOTE, _in(component, name), "cbom_curve_unknown", curve=stated)
            continue
        if row is not None and row.kind == "curve":
            meant = cyclonedx.curve_of_oid(row.oid) or cyclonedx.curve_like(row.name)
            if meant is not None and not _same_curve(curve, meant):
                yield problem(_ERROR, _in(component, name), "cbom_curve_oid", curve=stated, oid=row.oid, meant=row.name)
        in_name = asset_of_name(component.name, function_of(told))
        spelled = None if in_name is None or in_name.curve is None else cyclonedx.curve(in_name.curve)
        if spelled is not None and not _same_curve(curve, spelled):
            yield problem(_ERROR, _in(component, name), "cbom_curve_name", curve=stated, name=component.name)


def _primitives(component: Component, cbom: Cbom, known: Mapping[str, Component]) -> Iterator[Problem]:
    told = component.algorithm
    primitive = text(told.get("primitive"))
    if not primitive:
        yield problem(_WARNING, at(component, "algorithmProperties"), "cbom_no_primitive", name=component.name)
        return
    family = cyclonedx.family(text(told.get("algorithmFamily")))
    if family is not None and primitive not in ("combiner", "other", "unknown") and not family.serves(primitive):
        place = _in(component, "primitive")
        yield problem(_ERROR, place, "cbom_primitive_family", primitive=primitive, family=family.name)
    functions = [each for each in rows(told.get("cryptoFunctions")) if isinstance(each, str)]
    fitting = _FUNCTIONS_OF.get(primitive)
    wrong = [] if fitting is None else [each for each in functions if each not in fitting]
    if wrong:
        yield problem(_WARNING, _in(component, "cryptoFunctions"), "cbom_functions", primitive=primitive, function=wrong[0])
    mode = text(told.get("mode"))
    if mode and mode not in ("unknown", "other") and primitive not in _OF_CIPHERS:
        yield problem(_WARNING, _in(component, "mode"), "cbom_mode", primitive=primitive, mode=mode)
    if primitive == "combiner":
        yield from _halves(component, cbom, known)


def _halves(component: Component, cbom: Cbom, known: Mapping[str, Component]) -> Iterator[Problem]:
    """A hybrid depends on its halves, one of them resistant, the other traditional (RFC 9794, section 2)."""
    halves = [known[ref] for ref in cbom.algorithms_of.get(component.ref, ()) if ref in known]
    if len(halves) < 2:
        yield problem(_ERROR, component.pointer, "cbom_hybrid_without_halves", name=component.name, count=len(halves))
        return
    classes = {meaning_of(half).quantum_class for half in halves}
    if QuantumClass.UNKNOWN not in classes and classes == {QuantumClass.TRADITIONAL}:
        yield problem(_WARNING, component.pointer, "cbom_hybrid_of_traditional", name=component.name)


def _versions(component: Component, cbom: Cbom) -> Iterator[Problem]:
    if cbom.version == "1.7":
        if "curve" in component.algorithm:
            yield problem(_NOTE, _in(component, "curve"), "cbom_deprecated", field="curve", instead="ellipticCurve")
        return
    for name in _ONLY_1_7:
        if name in component.algorithm:
            yield problem(_ERROR, _in(component, name), "cbom_newer_field", field=name, version=cbom.version)


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _differ(one: CryptoAsset, other: CryptoAsset) -> bool:
    """Whether two names cannot be of one algorithm: what is left open in one of them is no difference."""
    if one.family and other.family and not _related(one.family, other.family):
        return True
    if one.quantum_class in RESISTANT and one.family == other.family:
        return bool(one.parameter_set and other.parameter_set and one.parameter_set != other.parameter_set)
    return one.quantum_class is not other.quantum_class and QuantumClass.UNKNOWN not in (one.quantum_class, other.quantum_class)


_RSA = frozenset({"RSAES-OAEP", "RSAES-PKCS1", "RSASSA-PKCS1", "RSASSA-PSS"})
_EC = frozenset({"ECDH", "ECDSA", "ECIES", "MQV", "EdDSA"})
_CHACHA = frozenset({"ChaCha", "ChaCha20"})
_MACS = frozenset({"AES", "CMAC", "HMAC", "SHA-3", "KMAC"})


def _related(one: str, other: str) -> bool:
    """Whether names of both may mean one thing: a key of RSA serves several families."""
    return one == other or any({one, other} <= group for group in (_RSA, _EC, _CHACHA, _MACS))


def _same_set(stated: str, named: CryptoAsset) -> bool:
    spelled = cyclonedx.fold(stated)
    wanted = cyclonedx.fold(named.parameter_set or "")
    if named.curve is not None:
        one, other = cyclonedx.curve_like(stated.rpartition("/")[2][:MOST_NAME]), cyclonedx.curve(named.curve)
        return one is None or other is None or _same_curve(one, other) or spelled in wanted
    return spelled == wanted or spelled == cyclonedx.fold(named.name) or spelled.endswith(wanted)


def _same_curve(one: cyclonedx.Curve, other: cyclonedx.Curve) -> bool:
    """Several collections list the same curve."""
    if one.name == other.name or (one.oid is not None and one.oid == other.oid):
        return True
    spellings = {cyclonedx.fold(each) for each in (one.short, *one.aliases)}
    return not spellings.isdisjoint(cyclonedx.fold(each) for each in (other.short, *other.aliases))
