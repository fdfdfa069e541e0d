"""Versions of TLS as products spell them: lists, signed lists, and the least or most that is taken. Versions that a library does
not know any more, or not yet, are told as they stand in the line: whether they run is the library's to say."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

VERSIONS = ("SSLv2", "SSLv3", "TLS1.0", "TLS1.1", "TLS1.2", "TLS1.3")  # oldest first
_WORD = re.compile(r"(?i)(ssl|tls)[ _-]?v?[ _-]?([123](?:[._][0-3])?)\Z")
_SIGNED = re.compile(r"(?:([!+-]|>=|<=)\s*)?([A-Za-z][\w.]*|0x[0-9a-fA-F]+)")
_RUN_ON = re.compile(r"(?i)(?:version)?tls[_ ]?v?1[-_.]?([0-3])\Z")
_NUMBERS = (
    {f"1.{minor}": f"TLS1.{minor}" for minor in range(4)}
    | {f"3.{minor + 1}": f"TLS1.{minor}" for minor in range(4)}
    | {"3.0": "SSLv3"}
)
_EVERY = frozenset({"all", "any"})


def version_of(word: str) -> str | None:
    """`TLSv1.2`, `TLSv1_2`, `tls1.2`, `tlsv12`, `VersionTLS12`, `TLSv1` as observations spell them; None where it names none."""
    run_on = _RUN_ON.match(word.strip())
    if run_on is not None:
        return f"TLS1.{run_on[1]}"
    found = _WORD.match(word.strip())
    if found is None:
        return None
    number = found[2].replace("_", ".")
    if found[1].lower() == "ssl":
        return f"SSLv{number}" if number in ("2", "3") else None
    return f"TLS{number if '.' in number else number + '.0'}" if number[0] == "1" else None


def listed_versions(text: str) -> tuple[str, ...]:
    """Of a list in which each version that is on has its name; oldest first."""
    named = {version_of(word) for word in re.split(r"[\s,:|]+", text)}
    return tuple(version for version in VERSIONS if version in named)


def signed_versions(text: str, every: tuple[str, ...] = VERSIONS[2:]) -> tuple[str, ...]:
    """Of a list that begins with `all` or with bans: `all -SSLv3`, `!SSLv2, !SSLv3`, `>=TLSv1.2`. `every` are those that are on
    before a word speaks of them. The first word without a sign begins a list of its own."""
    on: set[str] | None = None
    for found in _SIGNED.finditer(text):
        sign, word = found[1] or "", found[2].lower()
        if word in _EVERY:
            on = set() if sign in ("-", "!") else set(every)
            continue
        version = version_of(word)
        if version is None:
            continue
        if sign == ">=":
            on = (set(every) if on is None else on) & set(VERSIONS[VERSIONS.index(version) :])
        elif sign == "<=":
            on = (set(every) if on is None else on) & set(VERSIONS[: VERSIONS.index(version) + 1])
        elif sign in ("-", "!"):
            on = (set(every) if on is None else on) - {version}
        else:
            on = (set() if on is None else on) | {version}
    return () if on is None else tuple(version for version in VERSIONS if version in on)


def last_replaces(text: str) -> str:
    """A signed list as mod_ssl reads it (SSLProtocol): a name without a sign replaces what stands before it."""
    words = text.split()
    last = max((place for place, word in enumerate(words) if word[:1] not in "+-"), default=0)
    return " ".join(words[last:])


def switched_versions(text: str, every: tuple[str, ...] = VERSIONS[2:]) -> tuple[str, ...]:
    """Of a list that changes what is on, which is all at first (SSL_CONF_cmd(3), Protocol): empty where no word takes anything
    out, for then it changes nothing."""
    takes_out = any(not is_on for _, is_on in _switches(text, every))
    return switched_from(every, text) if takes_out else ()


def switched_from(on: Collection[str], text: str) -> tuple[str, ...]:
    """What such a list leaves of those that are on, with those that it puts in."""
    left = set(on)
    for version, is_on in _switches(text, VERSIONS[2:]):
        (left.add if is_on else left.discard)(version)
    return tuple(version for version in VERSIONS if version in left)


def switched_together(first: str, then: str) -> str:
    """One list, no longer than it needs to be, that changes what two of them do one behind the other."""
    last = dict(_switches(f"{first},{then}", VERSIONS[2:]))
    return ",".join(f"{'+' if is_on else '-'}{version}" for version, is_on in last.items())


def _switches(text: str, every: tuple[str, ...]) -> Iterator[tuple[str, bool]]:
    for each in text.split(","):
        word = each.strip()
        is_on = not word.startswith("-")
        word = word.lstrip("+-").strip()
        version = version_of(word)
        for named in every if word.lower() in _EVERY else () if version is None else (version,):
            yield named, is_on


def versions_from(text: str) -> tuple[str, ...]:
    """Of the least that is taken: it and all that are newer. A bare number is that of TLS (`1.2`), or the one that stands in its
    records (`3.3`, RFC 8446, section 4.1.2)."""
    version = first_version(text)
    return () if version is None else VERSIONS[VERSIONS.index(version) :]


def versions_to(text: str) -> tuple[str, ...]:
    """Of the most that is taken: it and all that are older, without SSL."""
    version = first_version(text)
    return () if version is None else tuple(each for each in VERSIONS[2:] if VERSIONS.index(each) <= VERSIONS.index(version))


def first_version(text: str) -> str | None:
    """The version that the text begins with; OpenVPN has words behind it (`1.2 or-highest`)."""
    word = text.strip().partition(" ")[0]
    return version_of(word) or _NUMBERS.get(word)


def versions_by_options(text: str, every: tuple[str, ...] = VERSIONS[2:]) -> tuple[str, ...]:
    """Of options that switch versions off or name the least and the most, as HAProxy and Exim have them; empty where none does.

    The last least and the last most count, and beside one of them what is switched off by itself counts no more (HAProxy,
    configuration manual, section 5.1)."""
    off, least, most = set[str](), "", ""
    for option, version in _options(text):
        if option.startswith("no-"):
            off.add(version)
        if option in ("ssl-min-ver", "force"):
            least = version
        if option in ("ssl-max-ver", "force"):
            most = version
    if least or most:
        from_least = versions_from(least) if least else VERSIONS
        to_most = versions_to(most) if most else VERSIONS
        return tuple(each for each in VERSIONS if each in (*every, least, most) and each in from_least and each in to_most)
    return tuple(each for each in every if each not in off) if off else ()


def version_options(text: str) -> str:
    """What of a line with other words besides is of versions, as `versions_by_options` reads it."""
    return " ".join(f"{option} {version}" for option, version in _options(text))


def _options(text: str) -> Iterator[tuple[str, str]]:
    """Each with its version; `force` is both the least and the most."""
    words = re.split(r"[\s,]+", text)
    for place, word in enumerate(words):
        option, _, value = word.lower().lstrip("+").replace("_", "-").partition("=")
        if option in ("ssl-min-ver", "ssl-max-ver", "no-", "force"):
            value = value or (words[place + 1] if place + 1 < len(words) else "")
        elif option.startswith(("no-ssl", "no-tls", "force-tls", "force-ssl")):
            option, _, named = option.partition("-")
            option = "no-" if option == "no" else option
            value = named.replace("-", ".")
        else:
            continue
        version = version_of(value)
        if version is not None:
            yield option, version
