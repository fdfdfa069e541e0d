"""How every report names a target, a certificate's key and the facts that it shows beside a target."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from pqscan.locale import Translator
from pqscan.model.certificate import Certificate
from pqscan.model.inventory import Sighting
from pqscan.model.observation import Observation, Profile, Subject, Support
from pqscan.model.reason import Reason
from pqscan.model.target import NetworkTarget, Target, Transport
from pqscan.policy.finding import Finding
from pqscan.policy.rule import PolicyEdition

_SIZED = frozenset(
    {Subject.PUBLIC_KEY, Subject.PRIVATE_KEY, Subject.ALGORITHM, Subject.DOCUMENT_SIGNATURE, Subject.DOCUMENT_ENCRYPTION}
)
_METHODS = (Subject.SELECTED_GROUP, Subject.SELECTED_KEX_METHOD, Subject.IKE_KEY_EXCHANGE)


def target_text(target: Target) -> str:
    """`www.example:443 (192.0.2.1)`, `[2001:db8::1]:443`, `192.0.2.1:25 smtp`, `192.0.2.7` of a client, `machine:/path!member`."""
    if isinstance(target, NetworkTarget):
        address = target.host_in_url
        if target.is_client:
            return f"{target.site}/{target.address}" if target.site else target.address
        name = target.server_name or target.host
        text = f"{name}:{target.port} ({target.address})" if name and name != target.address else f"{address}:{target.port}"
        if target.starttls:
            text += f" {target.starttls}"
        if target.transport is not Transport.TCP:
            text += f" {target.transport.value}"
        return f"{target.site}/{text}" if target.site else text
    return "!".join((f"{target.machine}:{target.path}", *target.members))


def utc_text(moment: datetime | None) -> str | None:
    """`2026-11-22T08:30:00Z`, with a fraction where there is one."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def key_text(certificate: Certificate) -> str:
    """`RSA 2048`, `EC P-256`, `ML-DSA-65`: the algorithm with what tells its strength."""
    key = certificate.public_key
    sized = key.size_bits and not key.parameter and not key.algorithm.startswith("ML-")
    return f"{key.name} {key.size_bits}" if sized else key.name


def certificate_text(certificate: Certificate) -> str:
    """The subject of a certificate; a key without one by its fingerprint, as ssh-keygen(1) writes those of SSH; that of a zone by
    its key tag (RFC 4034, appendix B)."""
    if certificate.kind == "dnskey":
        return f"DNSKEY {int(certificate.serial or '0', 16)}"
    if certificate.kind not in ("ssh_key", "public_key"):
        return certificate.subject
    return f"SHA256:{b64encode(certificate.sha256).decode().rstrip('=')}"


def chain_text(context: str, say: Translator) -> str:
    """Where a chain was seen; a host key with the name of its algorithm."""
    word, _, rest = context.partition(" ")
    label = say.label("chain_context", word)
    return f"{label} {rest}" if rest else label


def origin_text(policy: PolicyEdition, say: Translator) -> str:
    """What a reader must know of where a policy comes from; empty for one that comes with pqscan or has a name of its own."""
    return say.gettext("a pack of one's own, in place of the one that comes with pqscan") if policy.replaces else ""


@dataclass(frozen=True, slots=True)
class Alike:
    """What one rule says alike of several things: the first finding, and the reason with all their names in it."""

    finding: Finding
    reason: Reason


def gathered(findings: Iterable[Finding]) -> tuple[Alike, ...]:
    """One row for all that a rule says in the same words, in the order of the first of each; names once, in their order."""
    alike: dict[tuple[object, ...], tuple[Finding, dict[str, None]]] = {}
    for finding in findings:
        rest = tuple(pair for pair in finding.reason.parameters if pair[0] != "algorithm")
        key = (finding.verdict, finding.policy, finding.rule, finding.reason.code, rest)
        name = dict(finding.reason.parameters).get("algorithm", "")
        alike.setdefault(key, (finding, {}))[1][str(name)] = None
    rows = []
    for finding, names in alike.values():
        parameters = dict(finding.reason.parameters)
        if "algorithm" in parameters:
            parameters["algorithm"] = ", ".join(names)
        rows.append(Alike(finding, Reason.of(finding.reason.code, **parameters)))
    return tuple(rows)


def observation_text(observation: Observation) -> str:
    """The registry's name, all of them where a value has several, else the value; of a key also its curve or size."""
    if len(observation.candidates) > 1:
        return " / ".join(observation.candidates)
    name = observation.name or observation.value
    if observation.subject in _SIZED:
        stated = dict(observation.parameters)
        more = str(stated.get("parameter") or stated.get("size_bits") or "")
        return name if not more or name == more else f"{name} {more}"
    return name


def selected(profile: Profile | None, subject: Subject) -> str | None:
    """What the pinned current client got of one subject."""
    if profile is None:
        return None
    return next((observation_text(o) for o in profile.observations if o.subject is subject and o.support is Support.SELECTED), None)


def chosen_method(profile: Profile | None) -> str | None:
    """The group or method by which the pinned current client agrees on keys; of IKE the additional one behind it (RFC 9370)."""
    method = next((found for subject in _METHODS if (found := selected(profile, subject))), None)
    additional = selected(profile, Subject.IKE_ADDITIONAL_KEY_EXCHANGE)
    return f"{method} + {additional}" if method and additional else method


def shown(profile: Profile | None, subject: Subject) -> tuple[str, ...]:
    """The names of everything of one subject that the peer showed it can, each once, in the order of the profile."""
    if profile is None:
        return ()
    names = (observation_text(o) for o in profile.observations if o.subject is subject and o.support.shows_use)
    return tuple(dict.fromkeys(names))


def leaf_digest(sighting: Sighting) -> bytes | None:
    """The first certificate of the chain that the current client got, else of the first chain."""
    chains = [chain for chain in sighting.chains if chain.certificates]
    current = next((chain for chain in chains if chain.context == "current_client"), None)
    chosen = current or (chains[0] if chains else None)
    return chosen.certificates[0] if chosen else None
