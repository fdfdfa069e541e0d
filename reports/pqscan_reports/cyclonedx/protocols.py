"""What servers answered as protocol assets: one for each version of a protocol, with its suites, groups and transforms."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pqscan.model.observation import Observation, Profile, Subject
from pqscan.registry import tls
from pqscan_reports.cyclonedx.parts import Spec
from pqscan_reports.json_text import Json
from pqscan_reports.naming import observation_text

_TLS = frozenset({"tls", "quic", "dtls"})
_SUITES = (Subject.CIPHER_SUITE, Subject.SELECTED_CIPHER_SUITE)
_GROUPS = (Subject.NAMED_GROUP, Subject.SELECTED_GROUP)
_SCHEMES = (Subject.SIGNATURE_SCHEME, Subject.SELECTED_SIGNATURE_SCHEME)
_VERSIONS = (Subject.PROTOCOL_VERSION, Subject.SELECTED_VERSION)
_SSH = (
    *(Subject.KEX_METHOD, Subject.SELECTED_KEX_METHOD, Subject.HOST_KEY, Subject.SELECTED_HOST_KEY),
    *(Subject.ENCRYPTION, Subject.SELECTED_ENCRYPTION, Subject.MAC, Subject.SELECTED_MAC),
)
_TRANSFORMS = {
    "encr": (Subject.IKE_ENCRYPTION,),
    "prf": (Subject.IKE_PRF,),
    "integ": (Subject.IKE_INTEGRITY,),
    "ke": (Subject.IKE_KEY_EXCHANGE, Subject.IKE_ADDITIONAL_KEY_EXCHANGE),
    "auth": (Subject.IKE_AUTHENTICATION,),
}
_VERSION = re.compile(r"(TLS|DTLS|SSLv|SSL|SSH-|IKEv|SNMPv|SMB)?(.*)")
_KIND_OF_GROUP = {"ECDHE": frozenset({"ecdh"}), "DHE": frozenset({"ffdh"})}

References = Callable[[Observation], list[str]]
"""The bom-refs of the algorithms that an observation shows."""


@dataclass(frozen=True, slots=True)
class ProtocolAsset:
    """`properties` are protocolProperties without what refers to certificates; `refs` all algorithms in it, sorted."""

    name: str
    version: str
    properties: dict[str, Json]
    refs: tuple[str, ...]


def protocol_assets(profile: Profile, refs: References, spec: Spec) -> Iterator[ProtocolAsset]:
    """One for each version that was shown; one without a version where none was."""
    shown = [o for o in profile.observations if o.support.shows_use]
    for version in _versions(shown):
        own = [o for o in shown if version is None or _holds_in(o, version)]
        yield _asset(profile.probe, version, own, refs, spec)


def _versions(shown: list[Observation]) -> list[str | None]:
    found = dict.fromkeys(o.value for o in shown if o.subject in _VERSIONS)
    return sorted(found) if found else [None]  # type: ignore[return-value]  # A list of texts is one of texts or None, being new.


def _holds_in(o: Observation, version: str) -> bool:
    """What stands in the context of another version does not hold in this one."""
    context = (o.context or "").partition("+")[0]
    other = re.match(r"(TLS|DTLS|SSL|TLCP|IKE|SSH)", context)
    return other is None or context == version


def _asset(probe: str, version: str | None, shown: list[Observation], refs: References, spec: Spec) -> ProtocolAsset:
    told: dict[str, Json] = {"type": _type(probe, spec)}
    number = "" if version is None else _VERSION.fullmatch(version)[2]  # type: ignore[index]  # It fits any text.
    if number:
        told["version"] = number
    if probe in _TLS:
        suites = _suites(shown, refs, spec)
    elif probe == "ssh":
        suites = _named(shown, _SSH, refs)
    else:
        suites = []
    if suites:
        told["cipherSuites"] = suites
    if probe == "ike" and (version or "").startswith("IKEv2"):
        told["ikev2TransformTypes"] = _transforms(shown, refs, spec)
    all_refs = tuple(sorted({ref for o in shown for ref in refs(o)}))
    if all_refs and spec.is_1_7:
        told["relatedCryptographicAssets"] = [{"type": "algorithm", "ref": ref} for ref in all_refs]
    elif all_refs:
        told["cryptoRefArray"] = [*all_refs]
    name = version or probe
    return ProtocolAsset(re.sub(r"^(TLS|DTLS|SSH)-?(\d)", r"\1 \2", name), version or "", told, all_refs)


def _type(probe: str, spec: Spec) -> str:
    if probe in ("quic", "dtls"):
        return probe if spec.is_1_7 else "tls"
    return probe if probe in ("tls", "ssh", "ike") else "other"


def _suites(shown: list[Observation], refs: References, spec: Spec) -> list[Json]:
    schemes: list[Json] = [*_names(shown, _SCHEMES)]
    found: dict[str, Json] = {}
    for o in shown:
        if o.subject not in _SUITES or o.value in found:
            continue
        suite: dict[str, Json] = {"name": observation_text(o), "algorithms": [*refs(o)], "identifiers": _octets(o.value)}
        if spec.is_1_7:
            groups = _groups_for(o.value, shown)
            if groups:
                suite["tlsGroups"] = groups
            if schemes:
                suite["tlsSignatureSchemes"] = schemes
        found[o.value] = suite
    return [found[value] for value in sorted(found)]


def _groups_for(suite: str, shown: list[Observation]) -> list[Json]:
    """The groups that the suite can agree its keys over."""
    number = _number(suite)
    row = None if number is None else tls.cipher_suite(number).row
    if row is None or row.key_exchange not in ("TLS13", *_KIND_OF_GROUP):
        return []
    kinds = _KIND_OF_GROUP.get(row.key_exchange)
    fitting = [o for o in shown if o.subject in _GROUPS and (kinds is None or _kind(o.value) in kinds)]
    return [*_names(fitting, _GROUPS)]


def _kind(group: str) -> str:
    if group.startswith("dh:"):
        return "ffdh"
    number = _number(group)
    row = None if number is None else tls.named_group(number).row
    return "" if row is None else row.kind


def _named(shown: list[Observation], subjects: tuple[Subject, ...], refs: References) -> list[Json]:
    """Names of SSH, each with what it stands for; they are negotiated one by one."""
    found: dict[str, Json] = {}
    for o in shown:
        if o.subject in subjects and o.value not in found and (known := refs(o)):
            found[o.value] = {"name": o.name or o.value, "algorithms": [*known]}
    return [found[value] for value in sorted(found)]


def _transforms(shown: list[Observation], refs: References, spec: Spec) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for key, subjects in _TRANSFORMS.items():
        own = {(o.subject, o.value): o for o in shown if o.subject in subjects}
        ordered = [own[each] for each in sorted(own)]
        rows: list[Json] = []
        if spec.is_1_7:
            rows = [_transform(key, o, refs(o)) for o in ordered]
        else:
            rows = [*dict.fromkeys(ref for o in ordered for ref in refs(o))]
        if rows:
            found[key] = rows
    return found


def _transform(key: str, o: Observation, known: list[str]) -> dict[str, Json]:
    row: dict[str, Json] = {}
    if key == "ke":
        if o.value.isdecimal():
            row["group"] = int(o.value)
    else:
        row["name"] = o.name or o.value
    bits = dict(o.parameters).get("key_bits")
    if key == "encr" and isinstance(bits, int):
        row["keyLength"] = bits
    if known:
        row["algorithm"] = known[0]
    return row


def _names(shown: list[Observation], subjects: tuple[Subject, ...]) -> list[str]:
    return sorted({observation_text(o) for o in shown if o.subject in subjects})


def _octets(value: str) -> list[Json]:
    """`0x1301` as the two octets that stand on the wire."""
    digits = value.removeprefix("0x")
    return [f"0x{digits[place : place + 2].upper()}" for place in range(0, len(digits), 2)]


def _number(value: str) -> int | None:
    try:
        return int(value, 16) if value.startswith("0x") and len(value) <= 8 else None
    except ValueError:
        return None
