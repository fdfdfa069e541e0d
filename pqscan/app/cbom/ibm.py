"""The cryptographic assets of IBM's fork of CycloneDX (CBOM 1.0 on 1.4, 1.1 on 1.5) in the words that CycloneDX 1.6 gave them.

Read after cryptographic-properties-1.0 and -1.1.schema.json of the repository IBM/CBOM."""

from __future__ import annotations

import re

from pqscan.app.importing.json_file import Document, rows, table, text

FORMAT = "CBOM"
VERSIONS = {"1.4-cbom-1.0": "1.4", "1.5-cbom-1.1": "1.5"}
TYPE = "crypto-asset"  # CycloneDX took it over as cryptographic-asset in 1.6
REFERENCES = frozenset({"keyAlgorithmRef", "signatureAlgorithm", "subjectPublicKeyAlgorithm", "subjectPublicKey"})
_TYPES = {"relatedCryptoMaterial": "related-crypto-material", "key": "related-crypto-material"}
_PRIMITIVES = {"blockcipher": "block-cipher", "streamcipher": "stream-cipher", "keyagree": "key-agree"}
_LEVELS = ("classicalSecurityLevel", "nistQuantumSecurityLevel")
_MOST_LINES = 1000  # of one place


def in_words_of_1_6(asset: Document) -> Document:
    """`cryptoProperties` of one component; what 1.6 spells alike stays."""
    told: dict[str, object] = dict(asset)
    kind = text(asset.get("assetType"))
    told["assetType"] = _TYPES.get(kind, kind)
    if kind == "algorithm":
        algorithm: dict[str, object] = {name: asset[name] for name in _LEVELS if name in asset}
        algorithm |= table(asset, "algorithmProperties")
        primitive = text(algorithm.get("primitive"))
        if primitive:
            algorithm["primitive"] = _PRIMITIVES.get(primitive, primitive)
        told["algorithmProperties"] = algorithm
    elif kind in _TYPES:
        own = {**table(asset, "keyProperties"), **table(asset, "relatedCryptoMaterialProperties")}
        spelled = text(own.get("type")) or text(own.get("relatedCryptoMaterialType"))
        own["type"] = re.sub(r"(?<=[a-z])[A-Z]", lambda letter: f"-{letter[0].lower()}", spelled)
        if "keyAlgorithmRef" in own:
            own["algorithmRef"] = own["keyAlgorithmRef"]
        told["relatedCryptoMaterialProperties"] = own
        told.pop("keyProperties", None)
    elif kind == "certificate":
        certificate = dict(table(asset, "certificateProperties"))
        certificate.setdefault("signatureAlgorithmRef", certificate.get("signatureAlgorithm"))
        certificate.setdefault("subjectPublicKeyRef", certificate.get("subjectPublicKey"))
        told["certificateProperties"] = certificate
    elif kind == "protocol":
        protocol = dict(table(asset, "protocolProperties"))
        suites = [{"name": text(each)} for each in rows(protocol.get("tlsCipherSuites")) if isinstance(each, str)]
        if suites:
            protocol.setdefault("cipherSuites", suites)
        told["protocolProperties"] = protocol
    return told


def occurrences(asset: Document) -> list[object]:
    """`detectionContext` as 1.6 tells it in `evidence.occurrences`: one for each line."""
    found: list[object] = []
    for each in rows(asset.get("detectionContext")):
        row = table(each)
        path = text(row.get("filePath"))
        lines = rows(row.get("lineNumbers"))[:_MOST_LINES]
        found += [{"location": path, "line": line} for line in lines] or [{"location": path}]
    return found
