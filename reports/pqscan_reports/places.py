"""Where things stand, as machines read it: the spelling of a target, and the place of a certificate in a file."""

from __future__ import annotations

from datetime import date

from pqscan.model.certificate import Certificate
from pqscan.model.observation import Observation, Profile, Subject, Where
from pqscan.model.target import FileTarget, Target
from pqscan.policy.let_pass import let_pass

_KEYS = frozenset({Subject.CERTIFICATE_KEY, Subject.PUBLIC_KEY})
_ZONE_KEY = "dnskey"
_OF_CERTIFICATES = _KEYS | {Subject.CERTIFICATE_SIGNATURE, Subject.DNSSEC_ALGORITHM}


def location_of(target: Target) -> str:
    """`www.example@192.0.2.1:443`, `/etc/app.jar!META-INF/X.RSA`."""
    if isinstance(target, FileTarget):
        return "!".join((target.path, *target.members)) or target.machine
    return target.address if target.is_client else target.spelling


def place_in(certificate: Certificate, profile: Profile) -> Where | None:
    """Where in the file the certificate stands; None where several there are alike, so that nobody can tell."""
    fitting = _fitting(certificate, profile)
    return next(iter(fitting)) if len(fitting) == 1 else None


def certificate_let_pass(certificate: Certificate, profile: Profile, as_of: date) -> str | None:
    """The reason of the comment that lets the certificate pass; None where one of the places that it may stand at has none."""
    shown = [o for those in _fitting(certificate, profile).values() for o in those]
    reasons = [let_pass(o, as_of) for o in shown]
    return reasons[0] if reasons and None not in reasons else None


def _fitting(certificate: Certificate, profile: Profile) -> dict[Where, list[Observation]]:
    """The places at which a certificate like this stands, and what is told of it there."""
    places: dict[Where, list[Observation]] = {}
    for o in profile.observations:
        if o.where is not None and o.subject in _OF_CERTIFICATES:
            places.setdefault(o.where, []).append(o)
    return {where: shown for where, shown in places.items() if _fits(certificate, shown)}


def _fits(certificate: Certificate, shown: list[Observation]) -> bool:
    """Of a zone's key only the size is told on both sides."""
    key, signature = certificate.public_key, certificate.signature
    if certificate.kind == _ZONE_KEY:
        keys = [o for o in shown if o.subject is Subject.DNSSEC_ALGORITHM]
    else:
        keys = [o for o in shown if o.subject in _KEYS and o.value == key.oid]
    sized = any(dict(o.parameters).get("size_bits") in (None, key.size_bits) for o in keys)
    return sized and (certificate.is_bare_key or any(o.value == signature.oid for o in shown))
