"""Where things stand, as machines read it: the spelling of a target, and the place of a certificate in a file."""

from __future__ import annotations

from pqscan.model.certificate import Certificate
from pqscan.model.observation import Observation, Profile, Subject, Where
from pqscan.model.target import FileTarget, Target

_KEYS = frozenset({Subject.CERTIFICATE_KEY, Subject.PUBLIC_KEY})
_OF_CERTIFICATES = _KEYS | {Subject.CERTIFICATE_SIGNATURE}


def location_of(target: Target) -> str:
    """`www.example@192.0.2.1:443`, `/etc/app.jar!META-INF/X.RSA`."""
    if isinstance(target, FileTarget):
        return "!".join((target.path, *target.members)) or target.machine
    return target.address if target.is_client else target.spelling


def place_in(certificate: Certificate, profile: Profile) -> Where | None:
    """Where in the file the certificate stands; None where several there are alike, so that nobody can tell."""
    places: dict[Where, list[Observation]] = {}
    for o in profile.observations:
        if o.where is not None and o.subject in _OF_CERTIFICATES:
            places.setdefault(o.where, []).append(o)
    fitting = [where for where, shown in places.items() if _fits(certificate, shown)]
    return fitting[0] if len(fitting) == 1 else None


def _fits(certificate: Certificate, shown: list[Observation]) -> bool:
    key, signature = certificate.public_key, certificate.signature
    keys = [o for o in shown if o.subject in _KEYS and o.value == key.oid]
    sized = any(dict(o.parameters).get("size_bits") in (None, key.size_bits) for o in keys)
    return sized and (certificate.is_bare_key or any(o.value == signature.oid for o in shown))
