"""One algorithm as an asset of an inventory: name, family, primitive, parameter set, curve, levels and halves, in the words of
CycloneDX (bom-1.6 and bom-1.7, cryptoProperties.algorithmProperties). Put together from the tables of this package; what they do
not tell stays None."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache

from pqscan.registry import strength
from pqscan.registry.algorithms import Algorithm, Function, by_name
from pqscan.registry.cyclonedx import Curve, curve_like, curve_of_oid, family_like
from pqscan.registry.oids import ObjectIdentifier, by_oid
from pqscan.registry.quantum import QuantumClass

RESISTANT = frozenset({QuantumClass.POST_QUANTUM, QuantumClass.PQT_HYBRID})
CLASSICAL_OF_CATEGORY = {1: 128, 2: 128, 3: 192, 4: 192, 5: 256}
"""Bits that a classical attack costs at least: searching for a key of AES, or for a collision of SHA-2 (NIST, call for proposals of
2016, section 4.A.5)."""
CATEGORY_OF_AES = {128: 1, 192: 3, 256: 5}
CATEGORY_OF_HASH = {256: 2, 384: 4}
MODES = frozenset({"cbc", "ecb", "ccm", "gcm", "cfb", "ofb", "ctr"})
AUTHENTICATED = frozenset({"gcm", "ccm", "ocb", "eax", "siv", "gcm-siv", "poly1305", "mgm", "aegis", "ascon"})
_FUNCTIONS: dict[str, tuple[str, ...]] = {
    "ae": ("encrypt", "decrypt", "tag"),
    "block-cipher": ("encrypt", "decrypt"),
    "drbg": ("generate",),
    "hash": ("digest",),
    "kdf": ("keyderive",),
    "kem": ("keygen", "encapsulate", "decapsulate"),
    "key-agree": ("keygen", "keyderive"),
    "key-wrap": ("encrypt", "decrypt"),
    "mac": ("tag",),
    "pke": ("keygen", "encrypt", "decrypt"),
    "signature": ("keygen", "sign", "verify"),
    "stream-cipher": ("encrypt", "decrypt"),
    "xof": ("digest",),
}
_PRIMITIVE_OF = {
    Function.ENCRYPTION: "block-cipher",
    Function.HASH: "hash",
    Function.KEY_DERIVATION: "kdf",
    Function.MAC: "mac",
    Function.SIGNATURE: "signature",
}
_RSA = re.compile(r"RSA-?(\d{3,5})(?:-(PSS))?", re.I)
_FIELD = re.compile(r"(ffdhe|modp-?)(\d{3,5})([s-]\d{3})?", re.I)
_OF_CURVE = re.compile(r"(ECDSA|ECDH|EC)[- ](.+)", re.I)
_SET = re.compile(r"(?:ML-KEM|ML-DSA|FN-DSA|SLH-DSA|Kyber|Dilithium|HashML-DSA)-?(.+)")
_PARTED = re.compile(r"[-_ ]?P(\d{3})$")
_SAME_CURVE = {"Ed25519": "X25519", "Ed448": "X448"}  # in another form (RFC 7748, sections 4.1 and 4.2)
_OWN_CURVE = frozenset({"X25519", "X448", "Ed25519", "Ed448", "SM2"})


@dataclass(frozen=True, slots=True)
class CryptoAsset:
    """`family` and `curve` are CycloneDX's words. `classical_bits` is the strength against classical computers; `nist_category` 0
    for a public-key algorithm that a quantum computer breaks, None where nothing tells. `parts` are the halves of a hybrid."""

    name: str
    primitive: str = "unknown"
    family: str | None = None
    parameter_set: str | None = None
    curve: str | None = None
    mode: str | None = None
    padding: str | None = None
    functions: tuple[str, ...] = ()
    classical_bits: int | None = None
    nist_category: int | None = None
    oid: str | None = None
    quantum_class: QuantumClass = QuantumClass.UNKNOWN
    parts: tuple[CryptoAsset, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an algorithm beside its name. `components` are the names of a hybrid's halves."""

    oid: str | None = None
    size_bits: int | None = None
    parameter: str | None = None  # a curve, a parameter set, a mode
    digest: str | None = None
    quantum_class: QuantumClass | None = None
    nist_category: int | None = None
    classical_bits: int | None = None
    components: tuple[str, ...] = field(default=())


NOTHING = Known()


@lru_cache(maxsize=8192)
def crypto_asset(spelling: str, function: Function | None, known: Known = NOTHING) -> CryptoAsset:
    """The asset of a published name; `function` is what it is used for there, None for a key whose use nothing tells."""
    if len(known.components) > 1:
        return _combined(spelling, function, known)
    named = by_name(spelling)
    if named is not None and named.components:
        return _combined(named.name, function, replace(known, components=named.components))
    identifier = by_oid(known.oid) if known.oid else None
    if identifier is not None and len(identifier.components) > 1:
        return _combined(identifier.name, function, replace(known, components=identifier.components))
    asset = _shaped(spelling, function, known, identifier)
    return _levelled(asset, known, identifier)


def cipher_asset(base: str, bits: int | None, mode: str, known: Known = NOTHING) -> CryptoAsset:
    """A cipher with its key length and mode: `AES-128-GCM`. ChaCha20 with Poly1305 is one algorithm."""
    row = by_name(f"{base}-{bits}") or by_name(base)
    name = base if row is None else re.sub(r"-(128|192|256)$", "", row.name)
    lower = mode.lower()
    if fold_poly(name, lower):
        return _levelled(CryptoAsset("ChaCha20-Poly1305", "ae", family=_family("ChaCha20"), parameter_set="256"), known, None)
    primitive = "ae" if lower in AUTHENTICATED else "block-cipher" if row is None else row.primitive
    sized = name if bits is None or (row is not None and row.bits == bits and name == row.name) else f"{name}-{bits}"
    shown = f"{sized}-{mode.upper()}" if mode and primitive != "stream-cipher" else sized
    asset = CryptoAsset(
        shown,
        primitive,
        family=_family(name if row is None else row.family),
        parameter_set=None if bits is None else str(bits),
        mode=(lower if lower in MODES else "other") if mode and primitive in ("ae", "block-cipher") else None,
        classical_bits=bits,
        quantum_class=QuantumClass.NOT_PUBLIC_KEY,
    )
    return _levelled(asset, replace(known, size_bits=bits), None)


def fold_poly(name: str, mode: str) -> bool:
    """Whether a cipher and a mode are ChaCha20-Poly1305 (RFC 8439), however they are spelled."""
    folded = name.lower()
    return folded.startswith("chacha20") and (mode in ("poly1305", "aead") or "poly1305" in folded)


def digest_name(spelling: str) -> str:
    """`sha256` as published, `SHA-256`; what no row names as it is spelled."""
    row = by_name(spelling)
    return spelling if row is None else row.name


def keyed_digest(digest: str) -> CryptoAsset:
    """HMAC with a hash: `HMAC-SHA-256`."""
    name = digest_name(digest)
    return CryptoAsset(
        f"HMAC-{name}", "mac", family=_family("HMAC"), functions=_FUNCTIONS["mac"], quantum_class=QuantumClass.NOT_PUBLIC_KEY
    )


def _combined(spelling: str, function: Function | None, known: Known) -> CryptoAsset:
    function = function or _use_of(known.components)
    parts = tuple(crypto_asset(each, function) for each in known.components)
    categories = [part.nist_category for part in parts if part.quantum_class is QuantumClass.POST_QUANTUM]
    best = max((each for each in categories if each is not None), default=None)
    quantum = known.quantum_class or QuantumClass.PQT_HYBRID
    functions = _FUNCTIONS["signature" if function is Function.SIGNATURE else "kem"]
    return CryptoAsset(
        spelling,
        "combiner",
        functions=() if function is None else functions,
        nist_category=(known.nist_category or best) if quantum in RESISTANT else None,
        oid=known.oid,
        quantum_class=quantum,
        parts=parts,
    )


def _use_of(components: tuple[str, ...]) -> Function | None:
    """What a hybrid is for, by the halves that have one use alone: ML-DSA signs, ML-KEM does not, RSA may do both."""
    rows = [row for row in map(by_name, components) if row is not None]
    uses = {row.functions[0] for row in rows if len(row.functions) == 1}
    return uses.pop() if len(uses) == 1 else None


def _shaped(spelling: str, function: Function | None, known: Known, identifier: ObjectIdentifier | None) -> CryptoAsset:
    """Name, family, primitive, parameter set and curve; no levels yet."""
    if modulus := _RSA.fullmatch(spelling):
        padded = "RSA-PSS" if modulus[2] else "RSA-PKCS1-1.5" if function is Function.SIGNATURE else "RSA"
        return _of_row(padded, function, replace(known, size_bits=int(modulus[1])))
    if prime := _FIELD.fullmatch(spelling):
        return _field(spelling, int(prime[2]))
    if named := _OF_CURVE.fullmatch(spelling):
        short = _PARTED.sub(r"P-\1", named[2])
        if curve_like(short) is not None:
            return _of_row(named[1].upper(), function, replace(known, parameter=short))
    row = by_name(spelling)
    if row is None and (found := curve_like(spelling)) is not None:
        return _of_row("ECDSA" if function is Function.SIGNATURE else "ECDH", function, replace(known, parameter=found.short))
    if row is None and identifier is not None:
        return _of_identifier(identifier, function, known)
    if row is None:
        return CryptoAsset(spelling, _primitive(None, function, spelling), family=_family(spelling), oid=known.oid)
    if identifier is not None and identifier.kind == "signature" and row.name in ("RSA", "EC"):
        return _of_identifier(identifier, function, known)
    return _of_row(row.name, function, known)


def _of_identifier(identifier: ObjectIdentifier, function: Function | None, known: Known) -> CryptoAsset:
    digest = known.digest or identifier.hash
    told = replace(known, digest=digest, oid=identifier.oid)
    if identifier.kind == "curve":
        return _of_row("EC", function, replace(told, parameter=identifier.name))
    if identifier.kind == "signature" and identifier.family in ("RSA", "RSA-PKCS1v15"):
        return _of_row("RSA-PKCS1-1.5", Function.SIGNATURE, told)
    for spelling in (identifier.name, *identifier.aliases, identifier.family):
        if (row := by_name(spelling)) is not None:
            kept = told if spelling != identifier.family else replace(told, parameter=known.parameter)
            return _of_row(row.name, function, kept)
    primitive = _primitive(None, function, identifier.name)
    by_kind = {"hash": "hash", "mac": "mac", "cipher": "block-cipher", "kdf": "kdf", "keywrap": "key-wrap", "keyagree": "key-agree"}
    if identifier.kind.startswith("pubkey+"):
        primitive = "signature" if identifier.kind == "pubkey+signature" else "kem"
    return CryptoAsset(
        identifier.name,
        by_kind.get(identifier.kind, primitive),
        family=_family(identifier.family),
        oid=identifier.oid,
        quantum_class=identifier.quantum_class,
    )


def _of_row(name: str, function: Function | None, known: Known) -> CryptoAsset:
    row = by_name(name)
    if row is None:
        return CryptoAsset(name, _primitive(None, function, name), family=_family(name), oid=known.oid)
    curve = _curve(row, known)
    primitive = _primitive(row, function, name)
    if row.primitive in ("block-cipher", "stream-cipher") and (known.size_bits or known.parameter):
        return replace(cipher_asset(row.name, known.size_bits or row.bits, known.parameter or ""), oid=known.oid)
    parameter_set = _parameter_set(row, known, curve)
    parts = [_base(row, function)]
    if curve is not None and row.name not in _OWN_CURVE:
        parts.append(curve.short)
    elif parameter_set is not None and row.family.upper() in ("RSA", "RSASSA-PKCS1", "RSASSA-PSS", "RSAES-OAEP", "DSA", "FFDH"):
        parts.append(parameter_set)
    is_signed = primitive in ("signature", "pke") and row.quantum_class is QuantumClass.TRADITIONAL and row.family != "EdDSA"
    if known.digest and known.digest.lower() != "none" and is_signed:
        parts.insert(1 if row.family.startswith("RSA") else len(parts), digest_name(known.digest))
    return CryptoAsset(
        "-".join(parts),
        primitive,
        family=_family_of_use(row, primitive),
        parameter_set=parameter_set,
        curve=None if curve is None else curve.name,
        padding={"RSASSA-PKCS1": "pkcs1v15", "RSAES-PKCS1": "pkcs1v15", "RSAES-OAEP": "oaep"}.get(row.family),
        functions=_FUNCTIONS.get(primitive, ()),
        oid=known.oid,
        quantum_class=row.quantum_class,
    )


def _base(row: Algorithm, function: Function | None) -> str:
    """The name of CycloneDX's pattern: that of a curve of its own in lower case, EC by its use."""
    if row.name in ("X25519", "X448"):
        return row.name.lower()
    if row.name == "EC" and function is Function.SIGNATURE:
        return "ECDSA"
    if row.name == "EC" and function is Function.KEY_ESTABLISHMENT:
        return "ECDH"
    return "FFDH" if row.name == "DH" else row.name


def _primitive(row: Algorithm | None, function: Function | None, name: str) -> str:
    if row is None:
        if function is Function.KEY_ESTABLISHMENT:
            return "unknown" if name[:1].isdigit() else "kem" if "KEM" in name.upper() else "key-agree"
        return "unknown" if function is None else _PRIMITIVE_OF[function]
    if row.primitive != "other":
        return row.primitive
    if function is Function.SIGNATURE:
        return "signature"
    if function is Function.KEY_ESTABLISHMENT:
        return "pke" if row.family.startswith("RSA") else "key-agree"
    return "other"


def _family_of_use(row: Algorithm, primitive: str) -> str | None:
    """CycloneDX has families for uses of RSA and of curves, none for a key that may be used for either."""
    if row.name in ("RSA", "EC") and primitive == "other":
        return None
    if row.name == "RSA":
        return "RSASSA-PKCS1" if primitive == "signature" else "RSAES-PKCS1"
    if row.name == "EC":
        return "ECDSA" if primitive == "signature" else "ECDH"
    found = family_like(row.family)
    return found.name if found is not None and found.serves(primitive) else None


def _family(spelling: str) -> str | None:
    found = family_like(spelling)
    return None if found is None else found.name


def _curve(row: Algorithm, known: Known) -> Curve | None:
    if row.name in _OWN_CURVE:
        return curve_like({"X25519": "Curve25519", "X448": "Curve448"}.get(row.name, row.name))
    if row.family not in ("ECDSA", "ECDH", "ECIES", "MQV", "GOSTR3410"):
        return None
    spelled = known.parameter
    return None if spelled is None else curve_like(spelled) or curve_of_oid(spelled)


def _parameter_set(row: Algorithm, known: Known, curve: Curve | None) -> str | None:
    if named := _SET.fullmatch(row.name):
        return named[1]
    if row.name in _OWN_CURVE:
        return None
    if curve is not None:
        return curve.short
    if row.bits is not None:
        return str(row.bits)
    if known.size_bits is not None and row.quantum_class is not QuantumClass.POST_QUANTUM:
        return str(known.size_bits)
    size = re.fullmatch(r"SHA(?:-|3-)?(\d{3}(?:/\d{3})?)|SHAKE(\d{3})", row.name)
    if size is not None:
        return size[1] or size[2]
    return known.parameter


def _field(spelling: str, bits: int) -> CryptoAsset:
    return CryptoAsset(
        f"FFDH-{spelling.lower()}" if spelling.lower().startswith("ffdhe") else f"FFDH-{spelling}",
        "key-agree",
        family=_family("FFDH"),
        parameter_set=str(bits),
        functions=_FUNCTIONS["key-agree"],
        quantum_class=QuantumClass.TRADITIONAL,
    )


def _levelled(asset: CryptoAsset, known: Known, identifier: ObjectIdentifier | None) -> CryptoAsset:
    """With the class and both levels: what was told beside the name first, then what the tables say of it."""
    quantum = known.quantum_class or asset.quantum_class
    row = by_name(asset.name)
    category = known.nist_category or (row.nist_category if row else None) or (identifier.nist_category if identifier else None)
    if quantum is QuantumClass.TRADITIONAL:
        category = 0
    elif quantum is QuantumClass.NOT_PUBLIC_KEY:
        category = _symmetric_category(asset)
    elif quantum not in RESISTANT:
        category = None
    bits = known.classical_bits or asset.classical_bits
    if bits is None and quantum is QuantumClass.TRADITIONAL:
        bits = _traditional_bits(asset)
    if bits is None and quantum is QuantumClass.POST_QUANTUM and category:
        bits = CLASSICAL_OF_CATEGORY.get(category)
    functions = asset.functions or _FUNCTIONS.get(asset.primitive, ())
    return replace(asset, quantum_class=quantum, nist_category=category, classical_bits=bits, functions=functions)


def _symmetric_category(asset: CryptoAsset) -> int | None:
    """The categories are defined by AES and SHA-2 or SHA-3 (NIST, call for proposals of 2016, section 4.A.5)."""
    size = int(asset.parameter_set) if asset.parameter_set and asset.parameter_set.isdecimal() else None
    if size is None:
        return None
    if asset.family == "AES":
        return CATEGORY_OF_AES.get(size)
    return CATEGORY_OF_HASH.get(size) if asset.family in ("SHA-2", "SHA-3") and asset.primitive == "hash" else None


def _traditional_bits(asset: CryptoAsset) -> int | None:
    if asset.curve is not None:
        found = curve_like(asset.curve)
        spellings = () if found is None else (found.short, *found.aliases, _SAME_CURVE.get(found.short, found.short))
        return next((bits for each in spellings if (bits := strength.curve_strength(each)) is not None), None)
    size = int(asset.parameter_set) if asset.parameter_set and asset.parameter_set.isdecimal() else None
    return None if size is None else strength.integer_strength(size)
