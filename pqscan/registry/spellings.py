"""Algorithms as programs spell them, with what the spelling adds: `AES/GCM/NoPadding`, `SHA256withRSA`, `aes_256_gcm`, `RS256`,
`PBKDF2WithHmacSHA256`, `prime256v1`. Names alone are algorithms.py's; what no row knows is no algorithm, and nothing is guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from pqscan.registry.algorithms import Algorithm, Function, by_name
from pqscan.registry.strength import curve_strength

MOST_SPELLING = 120  # characters; no name is longer
_MODES = frozenset(
    {
        "cbc", "ccm", "cfb", "cfb1", "cfb8", "cfb64", "cfb128", "ctr", "cts", "eax", "ecb", "gcm", "gcmsiv", "ige", "kw", "kwp",
        "ocb", "ofb",
        "ofb64", "ofb128", "pcbc", "siv", "wrap", "xts",
    }
)  # fmt: skip
_BLOCK_CIPHERS = {
    "aes": "AES", "aria": "ARIA", "bf": "Blowfish", "blowfish": "Blowfish", "camellia": "Camellia", "cast5": "CAST5", "des": "DES",
    "desede": "3DES", "desede3": "3DES", "des3": "3DES", "tripledes": "3DES", "3des": "3DES", "desx": "DES", "idea": "IDEA",
    "rc2": "RC2",
    "rc4": "RC4", "arc4": "RC4", "arcfour": "RC4", "rc5": "RC5", "rijndael": "AES", "seed": "SEED", "serpent": "Serpent",
    "sm4": "SM4",
    "twofish": "Twofish",
}  # fmt: skip
_CIPHER = re.compile(rf"(?:id)?({'|'.join(sorted(_BLOCK_CIPHERS, key=len, reverse=True))})(40|56|64|112|128|168|192|256)?(\w*)")
_SIGNED_WITH = re.compile(r"(\w*?)(?:with)(rsaencryption|rsaandmgf1|rsassapss|rsapss|rsa|ecdsa|plainecdsa|dsa|sm2|ecgost3410)\w*")
_PUBLIC_KEY = re.compile(
    r"(rsassapss|rsapss|rsaoaep|rsaesoaep|rsapkcs1|rsa|ecdsa|dsa|ecdh|sm2)(?:with|sha2)?((?:sha|md|ripemd|sm3)\w*)"
)
_ON_CURVE = re.compile(r"(ecdh|ecdsa)(?:nist)?p(224|256|384|521)(sha\d+)?(?:asn1|fixed)?(?:signing)?")
_JOSE = {
    "rs": ("RSA-PKCS1-1.5", Function.SIGNATURE), "ps": ("RSA-PSS", Function.SIGNATURE), "es": ("ECDSA", Function.SIGNATURE),
    "hs": ("HMAC", Function.MAC),
}  # fmt: skip
_SIGNERS = {
    "rsa": "RSA-PKCS1-1.5", "rsaencryption": "RSA-PKCS1-1.5", "rsapkcs1": "RSA-PKCS1-1.5", "rsaandmgf1": "RSA-PSS",
    "rsassapss": "RSA-PSS",
    "rsapss": "RSA-PSS", "rsaoaep": "RSA-OAEP", "rsaesoaep": "RSA-OAEP", "ecdsa": "ECDSA", "plainecdsa": "ECDSA", "dsa": "DSA",
    "ecdh": "ECDH", "sm2": "SM2", "ecgost3410": "GOST R 34.10-2001",
}  # fmt: skip
_WORDS = {  # Java, .NET and Web Crypto name these otherwise than their standards do.
    "sha": "SHA-1", "diffiehellman": "DH", "xdh": "X25519", "rsassapkcs1v15": "RSA-PKCS1-1.5", "rsapkcs1": "RSA-PKCS1-1.5",
    "blake2b512": "BLAKE2", "blake2s256": "BLAKE2", "blake2b256": "BLAKE2", "keccak512": "Keccak", "keccak384": "Keccak",
    "rmd": "RIPEMD-160",
    "ripemd": "RIPEMD-160", "md5sha1": "MD5", "sha512t256": "SHA-512/256", "sha512t224": "SHA-512/224",
    "chachapoly": "ChaCha20-Poly1305",
    "xchacha20poly1305ietf": "ChaCha20-Poly1305", "chacha20poly1305ietf": "ChaCha20-Poly1305", "aes": "AES", "ecdhes": "ECDH",
    "rijndael128": "AES", "argon2id": "Argon2", "kyber90s": "Kyber",
}  # fmt: skip
_VERSION = re.compile(r"(?:^|[^a-z])(?:d?tls|ssl)(?:_?version)?_?v?_?([123])?(?:[._]?([0-3]))?(?![0-9])", re.IGNORECASE)
_CURVES = re.compile(
    r"(?:id[-_])?(?:ec[-_]?)?(?:nist[-_]?)?p[-_]?(192|224|256|384|521)(?:r1)?\Z|nist(192|224|256|384|521)p\Z", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Spelled:
    """What a spelling says. `function` is None where it does not tell what the algorithm is used for."""

    algorithm: Algorithm
    function: Function | None = None
    hash: str | None = None
    mode: str | None = None
    curve: str | None = None


@lru_cache(maxsize=4096)
def spelled(text: str) -> Spelled | None:
    """The algorithm that the text names as a whole; None where it names none that is known."""
    text = text.strip()
    if not text or len(text) > MOST_SPELLING:
        return None
    row = by_name(text)
    if row is not None:
        return Spelled(row)
    folded = re.sub(r"[^a-z0-9]", "", text.lower())
    if folded in _WORDS:
        return _of(_WORDS[folded])
    if curve_of(text) is not None:
        return _of("EC", curve=curve_of(text))
    return _transformed(text) or _composed(folded)


def curve_of(text: str) -> str | None:
    """The curve that a text names, spelled as the registry spells NIST's curves, else as it stands there."""
    text = text.strip()
    found = _CURVES.match(text)
    if found:
        return f"P-{found[1] or found[2]}"
    if not re.fullmatch(r"(?:sec[pt]|prime|brainpool|wtls|sm2|c2)\w{3,20}", text, re.IGNORECASE):
        return None
    folded = text.lower()
    named = {"prime256v1": "P-256", "secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521", "secp224r1": "P-224"}
    if folded in named:
        return named[folded]
    return folded if curve_strength(folded) is not None else None


def version_of(text: str) -> str | None:
    """A version of TLS as code spells it: `TLSv1_2`, `VersionTLS12`, `PROTOCOL_SSLv3`, `Tls13`, `TLS1_3_VERSION`."""
    found = _VERSION.search(re.sub(r"(?<=[a-z])(?=TLS|SSL)", "_", text[:MOST_SPELLING].removeprefix("CURL_SSLVERSION_")))
    if found is None:
        return None
    major, minor = found[1], found[2]
    if "ssl" in found[0].lower():
        return f"SSLv{major}" if major in ("2", "3") and minor is None else None  # SSLv23 is whatever both sides can.
    if major != "1" and (major or minor):
        return None
    return f"TLS1.{minor or 0}" if major or text == "Tls" else None  # Elsewhere than in .NET a bare TLS is any version.


def _of(name: str, function: Function | None = None, hash_: str | None = None, **rest: str | None) -> Spelled | None:
    row = by_name(name)
    hashed = None if not hash_ else spelled(hash_)
    return None if row is None else Spelled(row, function, None if hashed is None else hashed.algorithm.name, **rest)


def _transformed(text: str) -> Spelled | None:
    """A transformation of JCA: algorithm, mode, padding, set apart by strokes."""
    parts = text.split("/")
    if len(parts) < 2 or len(parts) > 3:
        return None
    base = spelled(parts[0])
    if base is None:
        return None
    padding = parts[-1].lower()
    if base.algorithm.name == "RSA":
        if padding.startswith("oaep"):
            return _of("RSA-OAEP", Function.KEY_ESTABLISHMENT)
        return _of("RSAES-PKCS1-1.5", Function.KEY_ESTABLISHMENT) if padding == "pkcs1padding" else base
    return replace(base, mode=parts[1].upper())


def _composed(folded: str) -> Spelled | None:
    if folded.startswith("hmac"):
        hashed = spelled(folded[4:].removeprefix("with"))
        if hashed is None or Function.HASH not in hashed.algorithm.functions:
            return None
        row = by_name(f"HMAC-{hashed.algorithm.name}") or by_name("HMAC")
        return None if row is None else Spelled(row, Function.MAC, hashed.algorithm.name)
    for name in ("pbkdf2", "hkdf"):
        if folded.startswith(name):
            return _of(name, Function.KEY_DERIVATION, folded.removeprefix(name).removeprefix("with").removeprefix("hmac"))
    if folded.startswith("pbewith"):
        hash_, _, cipher = folded.removeprefix("pbewith").partition("and")
        inner = spelled(cipher) or _cipher(cipher)
        hashed = spelled(hash_.removeprefix("hmac"))
        return None if inner is None else replace(inner, hash=None if hashed is None else hashed.algorithm.name)
    if found := re.fullmatch(r"(rs|ps|es|hs)(256k?|384|512)", folded):
        name, function = _JOSE[found[1]]
        return _of(name, function, f"sha{found[2].rstrip('k')}")
    if found := _SIGNED_WITH.fullmatch(folded):
        hashed = spelled(found[1])
        if hashed is not None and Function.HASH not in hashed.algorithm.functions:
            return None  # Two signatures in one, which is no algorithm of these.
        return _of(_SIGNERS[found[2]], Function.SIGNATURE, found[1])
    if found := _ON_CURVE.fullmatch(folded):
        return _of(found[1], None, found[3], curve=f"P-{found[2]}")
    if found := _PUBLIC_KEY.fullmatch(folded):
        made = _of(_SIGNERS[found[1]], None if found[1] == "ecdh" else Function.SIGNATURE, found[2])
        return made if made is None or "oaep" not in found[1] else replace(made, function=Function.KEY_ESTABLISHMENT)
    return _cipher(folded)


def _cipher(folded: str) -> Spelled | None:
    found = _CIPHER.fullmatch(folded)
    if found is None or (found[1] == "rijndael" and found[2]):  # A block of another size than that of AES, perhaps.
        return None
    name, bits, mode = _BLOCK_CIPHERS[found[1]], found[2], found[3]
    if mode.startswith("ede"):
        name, mode = "3DES", mode.removeprefix("ede").removeprefix("3")
    mode = re.sub(r"(?:pad|nopad|padding|nopadding|pkcs5padding|pkcs7|hmacsha1|hmacsha256)\Z", "", mode)
    if mode and mode not in _MODES:
        return None
    row = by_name(f"{name}-{bits}") if bits else None
    row = row or by_name(name)
    return None if row is None else Spelled(row, mode=mode.upper() or None)
