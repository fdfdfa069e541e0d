"""From facts to cryptographic assets: which algorithms an observation, a key or a signature shows, in the words of the registry."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote

from pqscan.model.certificate import Certificate
from pqscan.model.observation import Observation, Subject
from pqscan.registry import tls
from pqscan.registry.algorithms import Function
from pqscan.registry.crypto_assets import CryptoAsset, Known, cipher_asset, crypto_asset, keyed_digest
from pqscan.registry.ike import IkeKind, ike_number
from pqscan.registry.quantum import QuantumClass
from pqscan.registry.ssh import SshAlgorithm, SshKind, ssh_algorithm

_KEYS, _SIGNS = Function.KEY_ESTABLISHMENT, Function.SIGNATURE
_GROUPS = frozenset({Subject.NAMED_GROUP, Subject.SELECTED_GROUP})
_SUITES = frozenset({Subject.CIPHER_SUITE, Subject.SELECTED_CIPHER_SUITE})
_SCHEMES = frozenset({Subject.SIGNATURE_SCHEME, Subject.SELECTED_SIGNATURE_SCHEME})
_SSH = {
    Subject.KEX_METHOD: SshKind.KEY_EXCHANGE,
    Subject.SELECTED_KEX_METHOD: SshKind.KEY_EXCHANGE,
    Subject.HOST_KEY: SshKind.HOST_KEY,
    Subject.SELECTED_HOST_KEY: SshKind.HOST_KEY,
    Subject.ENCRYPTION: SshKind.CIPHER,
    Subject.SELECTED_ENCRYPTION: SshKind.CIPHER,
    Subject.MAC: SshKind.MAC,
    Subject.SELECTED_MAC: SshKind.MAC,
}
_IKE = {
    Subject.IKE_ENCRYPTION: IkeKind.ENCRYPTION,
    Subject.IKE_PRF: IkeKind.PRF,
    Subject.IKE_INTEGRITY: IkeKind.INTEGRITY,
    Subject.IKE_KEY_EXCHANGE: IkeKind.KEY_EXCHANGE,
    Subject.IKE_ADDITIONAL_KEY_EXCHANGE: IkeKind.KEY_EXCHANGE,
}
_USES = {
    Subject.CERTIFICATE_SIGNATURE: _SIGNS,
    Subject.DOCUMENT_SIGNATURE: _SIGNS,
    Subject.DOCUMENT_ENCRYPTION: _KEYS,
    Subject.DNSSEC_ALGORITHM: _SIGNS,
    Subject.DNSSEC_SIGNATURE: _SIGNS,
    Subject.DS_DIGEST: Function.HASH,
    Subject.ECH_KEM: _KEYS,
    Subject.IKE_ENCRYPTION: Function.ENCRYPTION,
    Subject.IKE_PRF: Function.KEY_DERIVATION,
    Subject.IKE_INTEGRITY: Function.MAC,
    Subject.IKE_KEY_EXCHANGE: _KEYS,
    Subject.IKE_ADDITIONAL_KEY_EXCHANGE: _KEYS,
    Subject.KEX_METHOD: _KEYS,
    Subject.SELECTED_KEX_METHOD: _KEYS,
    Subject.HOST_KEY: _SIGNS,
    Subject.SELECTED_HOST_KEY: _SIGNS,
    Subject.ENCRYPTION: Function.ENCRYPTION,
    Subject.SELECTED_ENCRYPTION: Function.ENCRYPTION,
    Subject.MAC: Function.MAC,
    Subject.SELECTED_MAC: Function.MAC,
}
KEY_SUBJECTS = frozenset({Subject.CERTIFICATE_KEY, Subject.PUBLIC_KEY, Subject.PRIVATE_KEY})
_OF_EXCHANGE = {"ECDHE": "ECDH", "ECDH": "ECDH", "DHE": "DH", "DH": "DH", "RSA": "RSAES-PKCS1-1.5", "SRP": "SRP", "GOST-VKO": "VKO"}
_OF_PROOF = {"RSA": "RSA", "RSA+PSK": "RSA", "ECDSA": "ECDSA", "DSS": "DSA", "SM2": "SM2", "GOST2012": "GOST R 34.10-2012"}
_CURVE_IN_SCHEME = re.compile(r"ecdsa_(secp\w+?|brainpool\w+?)(?:tls13)?_sha\d+")
_IKE_CIPHER = re.compile(r"ENCR_(?:NULL_AUTH_)?([A-Z0-9]+)(?:_(CBC|CTR|GCM|CCM|GMAC|POLY1305|MGM))?")
_IKE_DIGEST = re.compile(r"(?:PRF|AUTH)_HMAC_(MD5|SHA1|TIGER|SHA2_\d{3}|STREEBOG_\d{3})")
_NUMBERED = re.compile(r"[0-2](\.\d+)+")
_PURL_TYPES = {
    "cargo": "cargo",
    "composer": "composer",
    "conan": "conan",
    "go": "golang",
    "hex": "hex",
    "maven": "maven",
    "npm": "npm",
    "nuget": "nuget",
    "pub": "pub",
    "pypi": "pypi",
    "rubygems": "gem",
    "swift": "swift",
}
_NOT_ONE = frozenset({"NULL", "none", "None", "NONE", ""})


def assets_of(o: Observation) -> tuple[CryptoAsset, ...]:
    """The algorithms that the observation shows: of a cipher suite several; of what names no algorithm none."""
    return _of(o.subject, o.value, o.name, o.context, o.quantum_class, o.components, o.parameters, len(o.candidates) > 1)


@lru_cache(maxsize=8192)
def _of(
    subject: Subject,
    value: str,
    name: str | None,
    context: str | None,
    quantum_class: QuantumClass,
    components: tuple[str, ...],
    parameters: tuple[tuple[str, str | int], ...],
    is_ambiguous: bool,
) -> tuple[CryptoAsset, ...]:
    if value == "*" or (name or value) in _NOT_ONE:
        return ()
    plain = _plain(subject, value, name, context, quantum_class, components, parameters)
    if is_ambiguous:  # Which of its meanings it has, nobody knows.
        return plain
    found: tuple[CryptoAsset, ...] | None = None
    if subject in _GROUPS:
        found = _group(value, quantum_class)
    elif subject in _SCHEMES:
        found = _scheme(value)
    elif subject in _SUITES:
        return _suite(value)
    elif subject in _SSH:
        row = ssh_algorithm(_SSH[subject], name or value)
        found = None if row is None else _ssh(row)
    elif subject in _IKE:
        found = _ike(_IKE[subject], value, context)
    return plain if found is None else found


def key_asset(certificate: Certificate) -> CryptoAsset:
    """The algorithm of a certificate's key, of a host key or of a key of a zone."""
    key = certificate.public_key
    known = Known(_dotted(key.oid), key.size_bits, key.parameter, None, key.quantum_class, components=key.components)
    return crypto_asset(key.algorithm, None, known)


def signature_asset(certificate: Certificate) -> CryptoAsset | None:
    """How the issuer signed; None for a key that nobody signed."""
    signature = certificate.signature
    if certificate.is_bare_key or not signature.algorithm:
        return None
    known = Known(_dotted(signature.oid), None, None, signature.hash, signature.quantum_class, components=signature.components)
    return crypto_asset(signature.algorithm, _SIGNS, known)


def lock_asset(cipher: str) -> CryptoAsset | None:
    """The cipher that a locked key is locked with (`AES-256-CBC`); None where it is not told."""
    if cipher == "unknown":
        return None
    parts = re.fullmatch(
        r"(?i)(AES|ARIA|Camellia|SM4|3DES|DES|RC2|DES-EDE3)-?(128|192|256|40)?-?(CBC|CTR|GCM|CFB|ECB|OFB)?", cipher
    )
    if parts is None:
        return crypto_asset(cipher, Function.ENCRYPTION, Known(quantum_class=QuantumClass.NOT_PUBLIC_KEY))
    base = "3DES" if parts[1].upper() == "DES-EDE3" else parts[1]
    return cipher_asset(base, int(parts[2]) if parts[2] else None, parts[3] or "")


def library_provides(o: Observation) -> tuple[CryptoAsset, ...]:
    """The algorithms that a library brings; post-quantum ones where this version of it is known to have them."""
    stated = {name: str(value) for name, value in o.parameters}
    names = [*o.components, *stated.get("brings", "").split(", ")]
    if stated.get("knows_post_quantum") == "yes":
        names += stated.get("post_quantum", "").split(", ")
    if stated.get("post_quantum") == "yes":
        names += stated.get("post_quantum_algorithms", "").split()
    return tuple(crypto_asset(each, None) for each in dict.fromkeys(names) if each)


def library_purl(o: Observation) -> str | None:
    """The package URL of a library of an ecosystem (ECMA-427); None for one that is only known by its name."""
    kind = _PURL_TYPES.get(o.context or "")
    if kind is None:
        return None
    name = quote((o.name or o.value).replace(":", "/"), safe="/")
    version = str(dict(o.parameters).get("version", ""))
    return f"pkg:{kind}/{name}" + (f"@{quote(version, safe='')}" if version else "")


def _plain(
    subject: Subject,
    value: str,
    name: str | None,
    context: str | None,
    quantum_class: QuantumClass,
    components: tuple[str, ...],
    parameters: tuple[tuple[str, str | int], ...],
) -> tuple[CryptoAsset, ...]:
    stated = dict(parameters)
    size, parameter, digest = stated.get("size_bits"), stated.get("parameter"), stated.get("hash")
    known = Known(
        _dotted(value),
        size if isinstance(size, int) else None,
        parameter if isinstance(parameter, str) else None,
        digest if isinstance(digest, str) else None,
        quantum_class,
        components=components,
    )
    if subject is Subject.ALGORITHM:
        return (crypto_asset(name or value, _function(context), known),)
    if subject in KEY_SUBJECTS:
        if name is None and known.oid is None:  # A locked key: nobody sees what it is.
            return ()
        return (crypto_asset(name or value, None, known),)
    if subject in _USES:
        return (crypto_asset(name or value, _USES[subject], known),)
    if subject in _GROUPS or subject in _SCHEMES:
        return (crypto_asset(name or value, _KEYS if subject in _GROUPS else _SIGNS, known),)
    return ()


def _group(value: str, quantum_class: QuantumClass) -> tuple[CryptoAsset, ...] | None:
    kind, _, size = value.partition(":")
    if kind == "dh" and size.isdecimal():
        return (crypto_asset("DH", _KEYS, Known(size_bits=int(size))),)
    number = _number(value)
    row = None if number is None else tls.named_group(number).row
    if row is None:
        return None
    known = Known(nist_category=row.nist_category, classical_bits=row.classical_bits, quantum_class=quantum_class)
    if len(row.components) > 1:
        return (crypto_asset(row.name, _KEYS, Known(components=row.components, nist_category=row.nist_category)),)
    return (crypto_asset(row.components[0] if row.components else row.name, _KEYS, known),)


def _scheme(value: str) -> tuple[CryptoAsset, ...] | None:
    number = _number(value)
    row = None if number is None else tls.signature_scheme(number).row
    if row is None or not row.components:
        return None
    if len(row.components) > 1:
        return (crypto_asset(row.name, _SIGNS, Known(components=row.components, nist_category=row.nist_category)),)
    curve = _CURVE_IN_SCHEME.fullmatch(row.name.lower())
    known = Known(
        digest=row.hash,
        parameter=None if curve is None else curve[1],
        nist_category=row.nist_category,
        classical_bits=row.classical_bits,
        quantum_class=row.quantum_class,
    )
    return (crypto_asset(row.components[0], _SIGNS, known),)


def _suite(value: str) -> tuple[CryptoAsset, ...]:
    number = _number(value)
    row = None if number is None else tls.cipher_suite(number).row
    if row is None:
        return ()
    found: list[CryptoAsset] = []
    if row.key_exchange in _OF_EXCHANGE:
        found.append(crypto_asset(_OF_EXCHANGE[row.key_exchange], _KEYS))
    if row.authentication in _OF_PROOF:
        found.append(crypto_asset(_OF_PROOF[row.authentication], None))
    if row.encryption not in _NOT_ONE:
        found.append(cipher_asset(row.encryption, row.bits, "" if row.mode == "stream" else row.mode))
    if row.mac not in _NOT_ONE and row.mac != "AEAD":
        found.append(keyed_digest(row.mac))
    return tuple(found)


def _ssh(row: SshAlgorithm) -> tuple[CryptoAsset, ...] | None:
    function = {SshKind.KEY_EXCHANGE: _KEYS, SshKind.HOST_KEY: _SIGNS}.get(row.kind)
    if row.kind is SshKind.CIPHER:
        return (cipher_asset(row.primitive, row.key_bits, "" if row.mode == "stream" else row.mode),)
    if row.kind is SshKind.MAC:
        return (keyed_digest(row.hash),) if row.primitive == "HMAC" and row.hash else None
    if function is None:
        return ()
    known = Known(
        nist_category=row.nist_category, classical_bits=row.classical_bits, quantum_class=row.quantum_class, digest=row.hash
    )
    if len(row.components) > 1:
        return (crypto_asset(row.name, function, Known(components=row.components, nist_category=row.nist_category)),)
    if row.components:
        return (crypto_asset(row.components[0], function, known),)
    return (crypto_asset({"DH-GEX": "DH"}.get(row.primitive, row.primitive), function, known),)


def _ike(kind: IkeKind, value: str, context: str | None) -> tuple[CryptoAsset, ...] | None:
    first, _, bits = value.partition("/")
    version = 1 if context == "IKEv1" else 2
    kind = IkeKind.HASH if version == 1 and kind is IkeKind.PRF else kind
    row = ike_number(kind, int(first), version=version) if first.isdecimal() and len(first) < 7 else None
    if row is None:
        return None
    if row.name in _NOT_ONE:
        return ()
    if kind is IkeKind.KEY_EXCHANGE and row.components:
        known = Known(nist_category=row.nist_category, classical_bits=row.classical_bits, quantum_class=row.quantum_class)
        return (crypto_asset(row.components[0], _KEYS, known),)
    if cipher := _IKE_CIPHER.match(row.name):
        size = int(bits) if bits.isdecimal() else row.key_bits[0] if len(row.key_bits) == 1 else None
        return (cipher_asset({"CAST": "CAST-128"}.get(cipher[1], cipher[1]), size, cipher[2] or ""),)
    if digest := _IKE_DIGEST.match(row.name):
        return (keyed_digest(digest[1].replace("_", "-")),)
    return None


def _number(value: str) -> int | None:
    try:
        return int(value, 16) if value.startswith("0x") and len(value) <= 8 else None
    except ValueError:
        return None


def _dotted(value: str) -> str | None:
    return value if _NUMBERED.fullmatch(value) else None


def _function(context: str | None) -> Function | None:
    try:
        return None if context is None else Function(context)
    except ValueError:
        return None
