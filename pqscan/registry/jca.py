"""Names of the Java Cryptography Architecture (Java Security Standard Algorithm Names, JDK 24): what a call's argument says."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pqscan.registry.algorithms import Algorithm, Function, by_name
from pqscan.registry.spellings import spelled

_FUNCTIONS = {
    "java/security/MessageDigest": Function.HASH,
    "java/security/Signature": Function.SIGNATURE,
    "java/security/KeyPairGenerator": None,
    "java/security/KeyFactory": None,
    "java/security/AlgorithmParameters": None,
    "javax/crypto/Cipher": Function.ENCRYPTION,
    "javax/crypto/KeyAgreement": Function.KEY_ESTABLISHMENT,
    "javax/crypto/KEM": Function.KEY_ESTABLISHMENT,
    "javax/crypto/KeyGenerator": None,
    "javax/crypto/Mac": Function.MAC,
    "javax/crypto/SecretKeyFactory": None,
}
CLASSES = frozenset(_FUNCTIONS)
"""Those whose getInstance takes the name of an algorithm first."""
_MOST_NAME = 80
_WITH = re.compile(r"(?:(.+?)with)?(RSA|DSA|ECDSA|SM2|EdDSA)(?:andMGF1)?(?:inP1363Format)?", re.IGNORECASE)
_HMAC, _PBKDF2 = re.compile(r"Hmac(?:PBE)?(.+)", re.IGNORECASE), re.compile(r"PBKDF2WithHmac(.+)", re.IGNORECASE)
_SIGNED = Function.SIGNATURE
_MODES = frozenset(
    {"CBC", "CCM", "CFB", "CFB8", "CFB64", "CTR", "CTS", "ECB", "GCM", "KW", "KWP", "NONE", "OFB", "OFB8", "OFB64", "PCBC", "XTS"}
)
_PADDING = re.compile(
    r"(?:No|PKCS1|PKCS5|PKCS7|ISO10126|ISO7816-4|SSL3|OAEP(?:With(?:MD5|SHA-?\d{1,3}(?:/\d{3})?)AndMGF1)?)Padding", re.IGNORECASE
)
_WORDS = {"SHA": "SHA-1", "DiffieHellman": "DH", "ARCFOUR": "RC4", "RSASSA-PSS": "RSA-PSS"}


@dataclass(frozen=True, slots=True)
class Called:
    """An algorithm, what it is used for (None: the usual) and what else the name says."""

    algorithm: Algorithm
    function: Function | None = None
    others: tuple[tuple[str, str | int], ...] = ()


def called(owner: str | None, text: str) -> Called | None:
    """What is asked for by the name. `owner` is the class that is asked; without one the text must be a transformation, a
    signature with its hash, or another name that is no word of a language. None where it names nothing that is known."""
    if not text or len(text) > _MOST_NAME:
        return None
    parts = text.split("/")
    function = None if owner is None else _FUNCTIONS.get(owner)
    if (found := _PBKDF2.fullmatch(text)) is not None:
        return _hashed("PBKDF2", None, found[1])
    if (found := _HMAC.fullmatch(text)) is not None:
        return _hashed("HMAC", Function.MAC, found[1])
    if (found := _WITH.fullmatch(text)) is not None and found[1]:
        return _called(found[2], _SIGNED) if found[1].upper() == "NONE" else _hashed(found[2], _SIGNED, found[1])
    if len(parts) == 3:
        algorithm = _named(parts[0])
        if algorithm is None or parts[1].upper() not in _MODES or not _PADDING.fullmatch(parts[2]):
            return None
        if Function.ENCRYPTION not in algorithm.functions:
            return Called(algorithm, Function.KEY_ESTABLISHMENT, (("padding", parts[2]),))
        return Called(algorithm, Function.ENCRYPTION, (("parameter", parts[1].upper()),))
    if owner is None or len(parts) != 1:
        return None
    return _called(text, function) or _spelled(text, function)


def _named(text: str) -> Algorithm | None:
    row = by_name(_WORDS.get(text, text))
    if row is not None:
        return row
    one = None if "with" in text.lower() else spelled(text)
    return None if one is None else one.algorithm


def _spelled(text: str, function: Function | None) -> Called | None:
    """What the spellings of programs say of it. A hash that stands in it must be one, for what else stands there nobody may see."""
    one = spelled(text)
    if one is None or ("with" in text.lower() and one.hash is None):
        return None
    found = (("hash", one.hash), ("mode", one.mode), ("parameter", one.curve))
    return _called(one.algorithm.name, one.function or function, *((key, value) for key, value in found if value is not None))


def _hashed(name: str, function: Function | None, hash_name: str) -> Called | None:
    """Only where the hash is one: whatever else stands there is a text that nobody may be shown."""
    hashed = by_name(_WORDS.get(hash_name, hash_name))
    if hashed is None or Function.HASH not in hashed.functions:
        return None
    return _called(name, function, ("hash", hashed.name))


def _called(name: str, function: Function | None, *others: tuple[str, str]) -> Called | None:
    algorithm = by_name(_WORDS.get(name, name))
    if algorithm is None:
        return None
    if function is not None and function not in algorithm.functions:
        function = Function.KEY_ESTABLISHMENT if Function.KEY_ESTABLISHMENT in algorithm.functions else None
    return Called(algorithm, function, tuple(others))
