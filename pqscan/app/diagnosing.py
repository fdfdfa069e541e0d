"""A redacted diagnostic file of a disputed finding: what the tool saw and made of it, to be carried to whoever mends the tool.

Code points, observations and versions are in it. No address, name, path, serial number, fingerprint, key of a finding or time of
a scan is: whatever could tell the target is left out before it is written, and the whole is searched for it once more."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from pqscan import __version__
from pqscan.app.permitting import permit
from pqscan.errors import WorkError
from pqscan.model.certificate import Certificate
from pqscan.model.observation import Observation, Profile, Subject
from pqscan.model.target import FileTarget, Target
from pqscan.readiness.access import Right
from pqscan.readiness.life import Life
from pqscan.registry import universe
from pqscan.store.answers import Where

if TYPE_CHECKING:
    from pqscan.store.repository import Store

FORMAT = "pqscan-diagnostic/1"
_LEFT_OUT = "[left out]"
_OWN_WORD = re.compile(r"[a-z_]{1,40}")
_PLAIN_VALUE = re.compile(
    r"0x[0-9a-f]{2,8}|(?:TLS|SSLv|DTLS|SSH-|IKEv|SMB|Kerberos|SNMPv)[0-9.]{1,5}|(?:dh|explicit_curve):[0-9]{1,6}|\*|[a-z_]{1,40}"
    r"|[0-9]{1,5}(?:/[0-9]{1,4})?|[0-2](?:\.[0-9]{1,12}){2,30}"
)
"""Code points, numbers of IKE, versions, parameters, our own words and object identifiers. Anything else came from the peer as it
pleased."""
_OF_THE_PEER = frozenset({Subject.ALPN_PROTOCOL})
_SHORTEST = 4  # characters of a name that is searched for; shorter ones stand in any text

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


def diagnostic(store: Store, life: Life, *, with_evidence: bool = False) -> bytes:
    """The file, as JSON. `with_evidence` adds the bytes of the deciding exchange, in which names and certificates stand.

    Raises WorkError where something that tells the target would still stand in it."""
    permit(store, Right.EXPORT if with_evidence else Right.EXPORT_REDACTED)
    profile = None if life.shown.answer is None else life.shown.answer.proof.profile
    certificates = tuple(_served(store, life))
    document: dict[str, Json] = {
        "format": FORMAT,
        "tool_version": __version__,
        "registry_edition": universe.registry_edition(),
        "finding": {
            "policy": life.mark.policy,
            "rule": life.mark.rule,
            "subject": life.mark.subject,
            "value": _value(life.mark.value),
            "role": life.mark.role or None,
            "verdict": life.finding.verdict.value,
            "quantum_class": life.finding.quantum_class.value,
            "reason": life.finding.reason.code,
            "state": life.state.value,
        },
        "probe": life.probe,
        "profile": None if profile is None else _profile(profile),
        "certificates": [_certificate(certificate) for certificate in certificates],
    }
    text = _encoded(document)
    for secret in sorted(_secrets(life.target, certificates)):
        if secret in text.casefold():
            raise WorkError("the diagnostic file would still tell the target: it was not written; report this as a fault of pqscan")
    if with_evidence:
        evidence = store.evidence(life.target, life.probe)
        document["evidence"] = None if evidence is None else {"sent": evidence.sent.hex(), "received": evidence.received.hex()}
        text = _encoded(document)
    return text.encode("utf-8")


def _encoded(document: dict[str, Json]) -> str:
    return json.dumps(document, ensure_ascii=True, indent=1) + "\n"


def _served(store: Store, life: Life) -> Iterator[Certificate]:
    sightings = store.sightings(where=Where(target=life.target, probe=life.probe))
    digests = {digest for sighting in sightings for chain in sighting.chains for digest in chain.certificates}
    yield from store.certificates(digests).values()


def _profile(profile: Profile) -> Json:
    observations: list[Json] = [_observation(o) for o in profile.observations if o.subject not in _OF_THE_PEER]
    return {
        "probe": profile.probe,
        "depth": profile.depth,
        "asked": profile.asked,
        "complete": profile.complete,
        "preference": {context: preference.value for context, preference in profile.preference},
        "observations": observations,
    }


def _observation(o: Observation) -> Json:
    parameters: dict[str, Json] = {name: value for name, value in o.parameters if isinstance(value, int)}
    parameters |= {name: _value(value) for name, value in o.parameters if isinstance(value, str)}
    return {
        "subject": o.subject.value,
        "context": None if o.context is None else _value(o.context),
        "value": _value(o.value),
        "support": o.support.value,
        "rank": o.rank,
        "quantum_class": o.quantum_class.value,
        "confidence": o.confidence.value,
        "parameters": parameters,
    }


def _certificate(certificate: Certificate) -> Json:
    """Its algorithms alone."""
    key, signature = certificate.public_key, certificate.signature
    return {
        "key_oid": _value(key.oid),
        "key_size_bits": key.size_bits,
        "key_quantum_class": key.quantum_class.value,
        "signature_oid": _value(signature.oid),
        "signature_quantum_class": signature.quantum_class.value,
        "is_ca": certificate.is_ca,
        "self_signed": certificate.self_signed,
        "malformed": [_value(code) for code in certificate.malformed],
    }


def _value(text: str) -> str:
    return text if _PLAIN_VALUE.fullmatch(text) else _LEFT_OUT


def _secrets(target: Target, certificates: Iterable[Certificate]) -> Iterator[str]:
    """Everything that could tell the target or its certificates, in lower case."""
    words: list[str | None] = []
    if isinstance(target, FileTarget):
        words += [target.machine, target.path, *target.members]
    else:
        words += [target.address, target.server_name, target.host, target.site]
    for certificate in certificates:
        words += [certificate.subject, certificate.issuer, certificate.serial if len(certificate.serial) > 6 else None]
        words += [*certificate.names, certificate.sha256.hex(), certificate.public_key.spki_sha256.hex()]
    for word in words:
        if word is not None and len(word) >= _SHORTEST and not _OWN_WORD.fullmatch(word):  # `tls` may be a site's name, too.
            yield json.dumps(word)[1:-1].casefold()
