"""The parts of a CycloneDX document as JSON: components of cryptographic assets in the form that each version of the specification
wants (bom-1.6.schema.json, bom-1.7.schema.json). Of a key never its value."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from pqscan.model.certificate import Certificate
from pqscan.model.observation import Observation, Where
from pqscan.registry import cyclonedx
from pqscan.registry.asset_oids import with_oid
from pqscan.registry.crypto_assets import CryptoAsset
from pqscan_reports.json_text import Json, encoded, exchanged
from pqscan_reports.naming import key_text, utc_text

OWN = "pqscan:"
"""The namespace of our properties (CycloneDX, property taxonomy)."""
_UNSAFE_IN_REFERENCE = re.compile(r"[^A-Za-z0-9.+-]+")
_MOST_SLUG = 60


@dataclass(frozen=True, slots=True)
class Spec:
    """`version` of the specification; `with_assets`: cryptographic assets as components of their own."""

    version: str
    with_assets: bool = True

    @property
    def is_1_7(self) -> bool:
        return self.version == "1.7"


def reference(kind: str, name: str, *what: object) -> str:
    """A bom-ref that follows from content alone: equal things have equal ones in every document."""
    digest = hashlib.sha256(encoded([kind, name, *(str(each) for each in what)])).hexdigest()
    slug = _UNSAFE_IN_REFERENCE.sub("-", name).strip("-")[:_MOST_SLUG]
    return f"{kind}/{slug}@{digest[:16]}" if slug else f"{kind}@{digest[:16]}"


@lru_cache(maxsize=8192)
def algorithm_reference(asset: CryptoAsset) -> str:
    asset = with_oid(asset)
    parts = (algorithm_reference(part) for part in asset.parts)
    told = (asset.primitive, asset.curve, asset.parameter_set, asset.oid, asset.quantum_class.value, asset.nist_category)
    return reference("crypto/algorithm", asset.name, *told, asset.classical_bits, *parts)


def key_reference(certificate: Certificate) -> str:
    return reference("crypto/key", key_text(certificate), certificate.public_key.spki_sha256.hex())


def certificate_reference(certificate: Certificate) -> str:
    return reference("crypto/certificate", "", certificate.sha256.hex())


def own(name: str, value: str | int) -> dict[str, Json]:
    """A property in our namespace."""
    return {"name": OWN + name, "value": str(value)}


def occurrence(location: str, where: Where | None = None, context: str = "") -> bytes:
    """Where a thing was met; JSON already, since most are kept until the whole inventory was walked."""
    return exchanged(occurrence_json(location, where, context))


def occurrence_json(location: str, where: Where | None = None, context: str = "") -> Json:
    row: dict[str, Json] = {"location": location}
    if where is not None:
        if where.line is not None:
            row["line"] = where.line
        if where.offset is not None:
            row["offset"] = where.offset
        if where.symbol:
            row["symbol"] = where.symbol
    if context:
        row["additionalContext"] = context
    return row


def algorithm_json(asset: CryptoAsset, spec: Spec) -> dict[str, Json]:
    """The component without its occurrences."""
    primitive = "other" if asset.primitive in cyclonedx.SINCE_1_7 and not spec.is_1_7 else asset.primitive
    told: dict[str, Json] = {"primitive": primitive}
    family = cyclonedx.family(asset.family or "")
    if spec.is_1_7 and family is not None and not family.is_late:
        told["algorithmFamily"] = family.name
    if asset.parameter_set is not None:
        told["parameterSetIdentifier"] = asset.parameter_set
    if asset.curve is not None:
        told["ellipticCurve" if spec.is_1_7 else "curve"] = asset.curve if spec.is_1_7 else asset.curve.partition("/")[2]
    if asset.mode is not None:
        told["mode"] = asset.mode
    if asset.padding is not None:
        told["padding"] = asset.padding
    if asset.functions:
        told["cryptoFunctions"] = [*asset.functions]
    if asset.classical_bits is not None:
        told["classicalSecurityLevel"] = asset.classical_bits
    if asset.nist_category is not None:
        told["nistQuantumSecurityLevel"] = asset.nist_category
    properties: list[Json] = [own("quantum_class", asset.quantum_class.value)]
    if asset.family is not None and "algorithmFamily" not in told:
        properties.append(own("family", asset.family))
    crypto: dict[str, Json] = {"assetType": "algorithm", "algorithmProperties": told}
    if asset.oid is not None:
        crypto["oid"] = asset.oid
    return {**_asset(asset.name, algorithm_reference(asset)), "cryptoProperties": crypto, "properties": properties}


def certificate_json(certificate: Certificate, signature: CryptoAsset | None, as_of: date, spec: Spec) -> dict[str, Json]:
    told: dict[str, Json] = {"subjectName": certificate.subject, "issuerName": certificate.issuer}
    if certificate.not_before is not None:
        told["notValidBefore"] = utc_text(certificate.not_before)
    if certificate.not_after is not None:
        told["notValidAfter"] = utc_text(certificate.not_after)
    told["certificateFormat"] = "OpenSSH" if certificate.kind == "ssh_certificate" else "X.509"
    key = key_reference(certificate)
    if spec.is_1_7:
        told["serialNumber"] = certificate.serial
        told["fingerprint"] = {"alg": "SHA-256", "content": certificate.sha256.hex()}
        if (state := _certificate_state(certificate, as_of)) is not None:
            told["certificateState"] = [state]
        if extensions := _extensions(certificate):
            told["certificateExtensions"] = extensions
        related: list[Json] = [{"type": "publicKey", "ref": key}]
        if signature is not None:
            related.append({"type": "algorithm", "ref": algorithm_reference(signature)})
        told["relatedCryptographicAssets"] = related
    else:
        if signature is not None:
            told["signatureAlgorithmRef"] = algorithm_reference(signature)
        told["subjectPublicKeyRef"] = key
    properties: list[Json] = [own("sha256", certificate.sha256.hex()), own("serial", certificate.serial)]
    properties += [own("malformed", code) for code in certificate.malformed]
    properties += [own("alternative_algorithm", name) for name in certificate.alternative_algorithms]
    name = certificate.subject or certificate.sha256.hex()
    crypto: dict[str, Json] = {"assetType": "certificate", "certificateProperties": told}
    return {**_asset(name, certificate_reference(certificate)), "cryptoProperties": crypto, "properties": properties}


def public_key_json(certificate: Certificate, algorithm: CryptoAsset, as_of: date, spec: Spec) -> dict[str, Json]:
    """The key in a certificate, or one that is kept alone."""
    key = certificate.public_key
    told: dict[str, Json] = {"type": "public-key", "id": key.spki_sha256.hex()}
    state = None if certificate.is_bare_key else _certificate_state(certificate, as_of)
    if state is not None:
        told["state"] = state["state"]
    if key.size_bits is not None:
        told["size"] = key.size_bits
    told["format"] = {"ssh_key": "OpenSSH", "dnskey": "DNSKEY"}.get(certificate.kind, "SubjectPublicKeyInfo")
    if spec.is_1_7:
        told["fingerprint"] = {"alg": "SHA-256", "content": key.spki_sha256.hex()}
    return _material(key_text(certificate), key_reference(certificate), told, algorithm, spec, [own("kind", certificate.kind)])


def private_key_json(
    o: Observation, place: str, algorithm: CryptoAsset | None, lock: CryptoAsset | None, spec: Spec
) -> dict[str, Json]:
    """A private key at one place: what it is and how it is locked, nothing of what it holds."""
    stated = dict(o.parameters)
    told: dict[str, Json] = {"type": "private-key"}
    size = stated.get("size_bits")
    if isinstance(size, int):
        told["size"] = size
    form = " ".join(str(stated[name]) for name in ("form", "encoding") if name in stated)
    if form:
        told["format"] = form
    told["securedBy"] = _lock(stated, lock)
    where = o.where or Where()
    name = "private key" if algorithm is None else f"{algorithm.name} private key"
    ref = reference(
        "crypto/private-key",
        name,
        place,
        where.line,
        where.offset,
        where.symbol,
        o.value,
        sorted(pair for pair in stated.items() if not pair[0].startswith("ignored_")),
    )
    properties: list[Json] = [own("quantum_class", o.quantum_class.value), own("usage", o.usage.value)]
    if "state" in stated:
        properties.append(own("key_state", stated["state"]))
    return _material(name, ref, told, algorithm, spec, properties)


def _lock(stated: dict[str, str | int], lock: CryptoAsset | None) -> dict[str, Json]:
    """By what a key is locked: `None` as CycloneDX spells that nothing does."""
    if "locked_by" not in stated:
        return {"mechanism": "None"}
    words = [str(stated[name]) for name in ("kdf", "prf") if name in stated]
    if "iterations" in stated:
        words.append(f"{stated['iterations']} iterations")
    told: dict[str, Json] = {"mechanism": "password" + (f" ({', '.join(words)})" if words else "")}
    if lock is not None:
        told["algorithmRef"] = algorithm_reference(lock)
    return told


def _material(
    name: str, ref: str, told: dict[str, Json], algorithm: CryptoAsset | None, spec: Spec, properties: list[Json]
) -> dict[str, Json]:
    if algorithm is not None and spec.is_1_7:
        told["relatedCryptographicAssets"] = [{"type": "algorithm", "ref": algorithm_reference(algorithm)}]
    elif algorithm is not None:
        told["algorithmRef"] = algorithm_reference(algorithm)
    crypto: dict[str, Json] = {"assetType": "related-crypto-material", "relatedCryptoMaterialProperties": told}
    if algorithm is not None and algorithm.oid is not None:
        crypto["oid"] = algorithm.oid
    return {**_asset(name, ref), "cryptoProperties": crypto, "properties": properties}


def _asset(name: str, ref: str) -> dict[str, Json]:
    return {"type": "cryptographic-asset", "bom-ref": ref, "name": name}


def _certificate_state(certificate: Certificate, as_of: date) -> dict[str, Json] | None:
    """By its dates alone: whether it was revoked, nobody asked."""
    if certificate.not_after is not None and certificate.not_after.date() < as_of:
        return {"state": "deactivated", "reason": "expired"}
    if certificate.not_before is not None and certificate.not_before.date() > as_of:
        return {"state": "pre-activation", "reason": "not valid yet"}
    return None if certificate.not_after is None else {"state": "active", "reason": "within its dates"}


def _extensions(certificate: Certificate) -> list[Json]:
    stated = (
        ("keyUsage", certificate.key_usage),
        ("extendedKeyUsage", certificate.extended_key_usage),
        ("subjectAlternativeName", certificate.names),
        ("basicConstraints", ("CA:TRUE",) if certificate.is_ca else ()),
    )
    return [_extension(name, values) for name, values in stated if values]


def _extension(name: str, values: Iterable[str]) -> dict[str, Json]:
    return {"commonExtensionName": name, "commonExtensionValue": ", ".join(values)}
