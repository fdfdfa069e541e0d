"""Encryption types of Kerberos as krb5.conf and kdc.conf spell them (MIT krb5 documentation, kdc.conf, "Encryption types"):
names, their other names, families (`aes`), and signs that put them into the default of the installed version or take them out."""

from __future__ import annotations

import re
from dataclasses import dataclass

MOST_WORDS = 100
_NAMES: dict[str, tuple[int, ...]] = {
    "des-cbc-crc": (1,),
    "des-cbc-md4": (2,),
    "des-cbc-md5": (3,),
    "des": (1, 2, 3),
    "des3-cbc-sha1": (16,),
    "des3-cbc-sha1-kd": (16,),
    "des3-hmac-sha1": (16,),
    "des3": (16,),
    "aes128-cts-hmac-sha1-96": (17,),
    "aes128-cts": (17,),
    "aes128-sha1": (17,),
    "aes256-cts-hmac-sha1-96": (18,),
    "aes256-cts": (18,),
    "aes256-sha1": (18,),
    "aes128-cts-hmac-sha256-128": (19,),
    "aes128-sha2": (19,),
    "aes256-cts-hmac-sha384-192": (20,),
    "aes256-sha2": (20,),
    "aes": (18, 17, 20, 19),
    "arcfour-hmac": (23,),
    "rc4-hmac": (23,),
    "arcfour-hmac-md5": (23,),
    "rc4": (23,),
    "arcfour-hmac-exp": (24,),
    "rc4-hmac-exp": (24,),
    "arcfour-hmac-md5-exp": (24,),
    "camellia128-cts-cmac": (25,),
    "camellia128-cts": (25,),
    "camellia256-cts-cmac": (26,),
    "camellia256-cts": (26,),
    "camellia": (26, 25),
}


@dataclass(frozen=True, slots=True)
class EnctypeList:
    """Numbers in the order of the list; those that `-` takes out are none. `with_default`: more may be in force."""

    numbers: tuple[int, ...]
    with_default: bool
    unknown: tuple[str, ...] = ()


def read_enctypes(text: str) -> EnctypeList:
    """A salt behind a colon (`aes256-cts:normal`) says nothing of the type."""
    numbers: dict[int, None] = {}
    unknown: list[str] = []
    with_default = False
    for word in re.split(r"[\s,]+", text.strip().lower())[:MOST_WORDS]:
        sign, name = (word[:1], word[1:]) if word[:1] in ("+", "-") else ("", word)
        name = name.partition(":")[0]
        if name == "default":
            with_default = True
        elif name not in _NAMES:
            unknown += [word] if word else []
        elif sign == "-":
            for number in _NAMES[name]:
                numbers.pop(number, None)
        else:
            with_default = with_default or (sign == "+" and not numbers)
            numbers |= dict.fromkeys(_NAMES[name])
    return EnctypeList(tuple(numbers), with_default, tuple(unknown))
