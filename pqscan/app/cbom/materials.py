"""Whether what a CBOM says of certificates, keys and protocols goes together; and that it holds no secret."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import pairwise

from pqscan.app.cbom.algorithms import at
from pqscan.app.cbom.document import Cbom, Component
from pqscan.app.cbom.meaning import MOST_NAME, meaning_of
from pqscan.app.cbom.problem import Problem, Severity, problem
from pqscan.app.importing.json_file import Document, rows, table, text
from pqscan.registry import tls
from pqscan.registry.quantum import QuantumClass

_ERROR, _WARNING, _NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE
_SECRETS = frozenset({"private-key", "secret-key", "seed", "shared-secret", "password", "credential", "token"})
_KEYS = frozenset({"private-key", "public-key", "secret-key", "key"})
_OF_CERTIFICATE, _OF_MATERIAL, _OF_PROTOCOL = "certificateProperties", "relatedCryptoMaterialProperties", "protocolProperties"
_PROPERTIES = {
    "algorithm": "algorithmProperties",
    "certificate": _OF_CERTIFICATE,
    "related-crypto-material": _OF_MATERIAL,
    "protocol": _OF_PROTOCOL,
}
_ORDER = ("creationDate", "activationDate", "deactivationDate", "expirationDate", "destructionDate")
_DIGEST_SIZES = {
    "MD5": 32,
    "SHA-1": 40,
    "SHA-256": 64,
    "SHA-384": 96,
    "SHA-512": 128,
    "SHA3-256": 64,
    "SHA3-384": 96,
    "SHA3-512": 128,
}
_MODULUS = re.compile(r"(?i)rsa.*?(\d{4,5})$")
_OLD_KEYS = {"signatureAlgorithmRef": "algorithm", "subjectPublicKeyRef": "publicKey", "algorithmRef": "algorithm"}


def material_problems(cbom: Cbom, known: Mapping[str, Component]) -> Iterator[Problem]:
    """`known` are the components by their bom-ref."""
    stamp = _moment(table(cbom.fields, "metadata").get("timestamp"))
    for component in cbom.components:
        if not component.is_asset:
            continue
        yield from _kinds(component)
        match component.asset_type:
            case "certificate":
                yield from _certificate(component, cbom, known, stamp)
            case "related-crypto-material":
                yield from _material(component, cbom, known)
            case "protocol":
                yield from _protocol(component)


def related(properties: Document, old: str) -> str:
    """What an asset refers to, in the way of 1.6 (`signatureAlgorithmRef`) or of 1.7 (`relatedCryptographicAssets`); else empty."""
    if found := text(properties.get(old)):
        return found
    wanted = _OLD_KEYS[old].lower()
    for row in rows(properties.get("relatedCryptographicAssets")):
        if text(table(row).get("type")).lower().replace("-", "") == wanted:
            return text(table(row).get("ref"))
    return ""


def algorithm_of(component: Component, cbom: Cbom, known: Mapping[str, Component]) -> str:
    """The algorithm of a key: what it refers to, else the only one that it depends on."""
    if found := related(component.properties(_OF_MATERIAL), "algorithmRef"):
        return found
    needs = [ref for ref in cbom.algorithms_of.get(component.ref, ()) if ref in known]
    return needs[0] if len(needs) == 1 else ""


def _kinds(component: Component) -> Iterator[Problem]:
    if not component.ref:
        yield problem(_WARNING, component.pointer, "cbom_no_ref", name=component.name)
    if component.asset_type not in _PROPERTIES:
        yield problem(_ERROR, at(component, "assetType"), "cbom_no_asset_type", name=component.name)
        return
    own = _PROPERTIES[component.asset_type]
    others = [name for name in _PROPERTIES.values() if name != own and name in component.asset]
    if others:
        yield problem(_ERROR, at(component, others[0]), "cbom_other_properties", kind=component.asset_type, field=others[0])
    elif own not in component.asset:
        yield problem(_WARNING, at(component), "cbom_no_properties", kind=component.asset_type, field=own)


def _certificate(component: Component, cbom: Cbom, known: Mapping[str, Component], stamp: datetime | None) -> Iterator[Problem]:
    told = component.properties(_OF_CERTIFICATE)
    key, signature = related(told, "subjectPublicKeyRef"), related(told, "signatureAlgorithmRef")
    if not key:
        yield problem(_WARNING, at(component, _OF_CERTIFICATE), "cbom_certificate_without_key", name=component.name)
    elif (found := known.get(key)) is not None and found.asset_type != "related-crypto-material":
        yield problem(_WARNING, at(component, _OF_CERTIFICATE), "cbom_certificate_key_is_none", name=component.name, ref=key)
    elif found is not None and _kind(found) == "private-key":
        yield problem(_ERROR, at(component, _OF_CERTIFICATE), "cbom_certificate_key_is_private", name=component.name, ref=key)
    if not signature:
        yield problem(_WARNING, at(component, _OF_CERTIFICATE), "cbom_certificate_without_signature", name=component.name)
    elif (by := known.get(signature)) is not None:
        primitive = text(by.algorithm.get("primitive"))
        if by.asset_type != "algorithm" or primitive not in ("signature", "combiner", "other", "unknown", ""):
            place = at(component, _OF_CERTIFICATE)
            yield problem(_ERROR, place, "cbom_certificate_signature_is_none", name=component.name, ref=signature)
    yield from _dates(component, told, stamp)
    yield from _fingerprint(component, _OF_CERTIFICATE, told)
    if cbom.version == "1.7":
        for old in ("signatureAlgorithmRef", "subjectPublicKeyRef", "certificateExtension"):
            if old in told:
                instead = "certificateFileExtension" if old == "certificateExtension" else "relatedCryptographicAssets"
                yield problem(_NOTE, at(component, _OF_CERTIFICATE, old), "cbom_deprecated", field=old, instead=instead)


def _dates(component: Component, told: Document, stamp: datetime | None) -> Iterator[Problem]:
    own = _PROPERTIES.get(component.asset_type, _OF_MATERIAL)
    moments: dict[str, datetime] = {}
    for name in ("notValidBefore", "notValidAfter", *_ORDER, "updateDate", "revocationDate"):
        if name in told:
            moment = _moment(told.get(name))
            if moment is None:
                yield problem(_ERROR, at(component, own, name), "cbom_date_unreadable", field=name)
            else:
                moments[name] = moment
    for order in (("notValidBefore", "notValidAfter"), _ORDER):
        for earlier, later in pairwise(name for name in order if name in moments):
            if moments[later] < moments[earlier]:
                yield problem(_ERROR, at(component, own, later), "cbom_dates_in_disorder", earlier=earlier, later=later)
    ends = moments.get("notValidAfter")
    states = [text(table(row).get("state")) for row in rows(told.get("certificateState"))]
    if ends is not None and stamp is not None and ends < stamp and "active" in states:
        yield problem(_WARNING, at(component, own, "certificateState"), "cbom_expired_and_active", name=component.name)


def _material(component: Component, cbom: Cbom, known: Mapping[str, Component]) -> Iterator[Problem]:
    told = component.properties(_OF_MATERIAL)
    kind = _kind(component)
    if kind in _SECRETS and text(told.get("value")):
        yield problem(_ERROR, at(component, _OF_MATERIAL, "value"), "cbom_secret_with_value", kind=kind)
    algorithm = algorithm_of(component, cbom, known)
    if kind in _KEYS and not algorithm and not _is_locked(told):
        yield problem(_WARNING, at(component, _OF_MATERIAL), "cbom_key_without_algorithm", name=component.name)
    by = known.get(algorithm)
    size = told.get("size")
    if isinstance(size, int) and not isinstance(size, bool):
        if size <= 0:
            yield problem(_ERROR, at(component, _OF_MATERIAL, "size"), "cbom_size", size=size)
        elif by is not None and kind in ("private-key", "public-key"):
            yield from _size(component, by, size)
    yield from _dates(component, told, None)
    yield from _fingerprint(component, _OF_MATERIAL, told)
    if cbom.version == "1.7" and "algorithmRef" in told:
        place = at(component, _OF_MATERIAL, "algorithmRef")
        yield problem(_NOTE, place, "cbom_deprecated", field="algorithmRef", instead="relatedCryptographicAssets")


def _is_locked(told: Document) -> bool:
    """Of a locked key nobody may see what it is."""
    mechanism = text(table(told, "securedBy").get("mechanism"))
    return bool(mechanism) and mechanism.lower() != "none"


def _size(component: Component, by: Component, size: int) -> Iterator[Problem]:
    """A modulus has the size that its algorithm's name tells."""
    if meaning_of(by).quantum_class is not QuantumClass.TRADITIONAL:
        return
    named = _MODULUS.fullmatch(by.name) if len(by.name) <= MOST_NAME else None
    told = int(named[1]) if named else None
    if told is not None and told != size:
        place = at(component, _OF_MATERIAL, "size")
        yield problem(_WARNING, place, "cbom_size_of_algorithm", size=size, name=by.name)


def _protocol(component: Component) -> Iterator[Problem]:
    told = component.properties(_OF_PROTOCOL)
    version = text(told.get("version"))
    if text(told.get("type")) in ("tls", "ssh", "ike", "dtls") and not version:
        yield problem(_WARNING, at(component, _OF_PROTOCOL), "cbom_protocol_without_version", name=component.name)
    if text(told.get("type")) not in ("tls", "dtls", "quic"):
        return
    for number, row in enumerate(rows(told.get("cipherSuites"))):
        suite = table(row)
        name, value = text(suite.get("name")), _code_point(suite.get("identifiers"))
        place = at(component, _OF_PROTOCOL, "cipherSuites", str(number))
        by_value = () if value is None else tls.cipher_suite(value).rows
        if name and by_value and name not in {spelled for each in by_value for spelled in (each.name, each.openssl_name)}:
            yield problem(_ERROR, place, "cbom_suite_number", name=name, number=f"0x{value:04x}", meant=by_value[0].name)
        if (
            by_value
            and version in ("1.3", "TLS1.3", "TLSv1.3")
            and all(each.maximum_version not in ("", "TLS1.3") for each in by_value)
        ):
            yield problem(_ERROR, place, "cbom_suite_of_other_version", name=name or by_value[0].name, version=version)


def _code_point(identifiers: object) -> int | None:
    """The number of a suite in two octets; None where it is told otherwise."""
    octets = [text(each).lower() for each in rows(identifiers)]
    if len(octets) == 2 and all(re.fullmatch(r"0x[0-9a-f]{2}", each) for each in octets):
        return int(octets[0], 16) << 8 | int(octets[1], 16)
    if len(octets) == 1 and re.fullmatch(r"0x[0-9a-f]{4}", octets[0]):
        return int(octets[0], 16)
    return None


def _fingerprint(component: Component, own: str, told: Document) -> Iterator[Problem]:
    found = table(told, "fingerprint")
    wanted, content = _DIGEST_SIZES.get(text(found.get("alg"))), text(found.get("content"))
    if wanted is not None and content and len(content) != wanted:
        place = at(component, own, "fingerprint", "content")
        yield problem(_ERROR, place, "cbom_fingerprint", algorithm=text(found.get("alg")), digits=len(content), wanted=wanted)


def _kind(component: Component) -> str:
    """`private-key` and the like."""
    return text(component.properties(_OF_MATERIAL).get("type"))


def _moment(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(text(value)[:40].replace("Z", "+00:00"))
    except ValueError:
        return None
    try:
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except OverflowError:
        return None
