"""The inventory as one JSON document, format `pqscan-inventory/1` (schema: data/pqscan-inventory-1.schema.json).

Written element by element, one a line, so that a hundred thousand targets never lie in memory as one tree. Sorted, UTC;
the same inventory, date and language give the same bytes. Only reason texts depend on the language.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib.resources import files
from typing import BinaryIO, TypeVar

from pqscan.locale import Translator, translator
from pqscan.model.canonical import observation_key
from pqscan.model.certificate import Certificate
from pqscan.model.inventory import Proven, Run, Sighting
from pqscan.model.observation import Observation, Profile
from pqscan.model.outcome import Chain
from pqscan.model.reason import Reason
from pqscan.model.target import NetworkTarget, Target
from pqscan.policy.finding import Finding
from pqscan.policy.rule import PolicyEdition
from pqscan.policy.state import Assessment, State
from pqscan.registry.oids import unlisted_arc
from pqscan.report import AssessedInventory, AssessedTarget, ReportOptions
from pqscan_reports.json_text import Json as Json
from pqscan_reports.json_text import encoded as encoded
from pqscan_reports.json_text import harmless as harmless
from pqscan_reports.naming import utc_text
from pqscan_reports.readiness_json import readiness_json

FORMAT = "pqscan-inventory/1"
_MOST_KNOWN = 20_000
ValueT = TypeVar("ValueT")


def schema_text() -> str:
    """The JSON Schema (draft 2020-12) of the format, as shipped."""
    return (files("pqscan_reports") / "data" / "pqscan-inventory-1.schema.json").read_text("utf-8")


class JsonReport:
    """`pqscan report json`."""

    name = "json"

    def write(self, inventory: AssessedInventory, options: ReportOptions, out: BinaryIO) -> None:
        say = translator(options.language)
        out.write(b'{\n"format":' + encoded(FORMAT))
        out.write(b',\n"as_of":' + encoded(inventory.as_of.isoformat()))
        out.write(b',\n"language":' + encoded(say.language))
        if inventory.local_registry:
            out.write(b',\n"local_registry":' + encoded({"digest": inventory.local_registry}))
        policies = sorted(inventory.policies, key=lambda p: (p.id, p.edition))
        _array(out, "policies", (policy_json(policy) for policy in policies))
        _array(out, "runs", (run_json(run) for run in sorted(inventory.runs, key=lambda r: (r.started_at, r.id))))
        rows = TargetRows(say)
        _array(out, "targets", map(rows.encoded, inventory.targets()))
        _object(out, "profiles", ((d.hex(), profile_json(inventory.profiles[d])) for d in sorted(inventory.profiles)))
        certificates = inventory.certificates
        _object(out, "certificates", ((d.hex(), certificate_json(certificates[d])) for d in sorted(certificates)))
        _array(out, "findings", (finding_json(f, say) for f in sorted(inventory.findings, key=finding_order)))
        out.write(b',\n"coverage":' + encoded(coverage_json(inventory, say)))
        if inventory.readiness is not None:
            out.write(b',\n"readiness":' + encoded(readiness_json(inventory.readiness)))
        out.write(b"\n}\n")


def _array(out: BinaryIO, key: str, elements: Iterable[Json | bytes]) -> None:
    """Elements that are bytes are encoded already."""
    out.write(b',\n"' + key.encode() + b'":[')
    separator = b"\n"
    for element in elements:
        out.write(separator + (element if isinstance(element, bytes) else encoded(element)))
        separator = b",\n"
    out.write(b"\n]" if separator != b"\n" else b"]")


def _object(out: BinaryIO, key: str, members: Iterable[tuple[str, Json]]) -> None:
    out.write(b',\n"' + key.encode() + b'":{')
    separator = b"\n"
    for name, element in members:
        out.write(separator + encoded(name) + b":" + encoded(element))
        separator = b",\n"
    out.write(b"\n}" if separator != b"\n" else b"}")


def policy_json(policy: PolicyEdition) -> Json:
    """`digest` stands where the pack was read from a file, `replaces_shipped` where it took the place of one that ships."""
    row: dict[str, Json] = {
        "id": policy.id,
        "edition": policy.edition,
        "jurisdiction": policy.jurisdiction,
        "title": policy.title,
        "status": policy.status.value,
    }
    if policy.digest:
        row["digest"] = policy.digest
    if policy.replaces:
        row["replaces_shipped"] = True
    return row


def run_json(run: Run) -> Json:
    return {
        "id": run.id,
        "kind": run.kind.value,
        "state": run.state.value,
        "started_at": utc_text(run.started_at),
        "finished_at": utc_text(run.finished_at),
        "scope": run.scope,
        "site": run.site,
        "profile": run.profile,
        "client": run.client,
        "tool_version": run.tool_version,
        "registry_edition": run.registry_edition,
        "authorisation_number": run.authorisation_number,
    }


def target_json(target: Target) -> dict[str, Json]:
    if isinstance(target, NetworkTarget):
        return {
            "kind": "network",
            "address": target.address,
            "host": target.host,
            "port": target.port,
            "transport": target.transport.value,
            "server_name": target.server_name,
            "starttls": target.starttls,
            "site": target.site,
        }
    return {"kind": "file", "machine": target.machine, "path": target.path, "members": list(target.members)}


def reason_json(reason: Reason, say: Translator) -> Json:
    return {"code": reason.code, "parameters": _pairs(reason.parameters), "text": say.render(reason)}


def _pairs(pairs: tuple[tuple[str, str | int], ...]) -> dict[str, Json]:
    return {name: value for name, value in sorted(pairs)}  # noqa: C416 - widens str | int to Json


def _assessment_json(assessment: Assessment, say: Translator) -> Json:
    """Version 1 has no word for what is outside of the assessment: it is not known, for that reason."""
    state = State.UNKNOWN if assessment.state is State.OUTSIDE else assessment.state
    return {"state": state.value, "reasons": [reason_json(reason, say) for reason in assessment.reasons]}


def proven_json(proven: Proven) -> Json:
    parameters = dict(proven.observation.parameters)
    ways: list[Json] = [way for way in str(parameters.get("way", "")).split(", ") if way]
    return {
        "value": proven.observation.value,
        "name": proven.observation.name,
        "context": proven.observation.context,
        "library": str(parameters.get("library", "")),
        "ways": ways,
        "run": proven.run,
        "seen_at": utc_text(proven.seen_at),
    }


def assessed_json(assessed: AssessedTarget, say: Translator) -> Json:
    """`proven_groups` stands only where a handshake was carried through, `system` where the target belongs to one."""
    return {
        **_sighting_json(assessed.sighting, say),
        "chains": _chains_json(assessed.sighting.chains),
        "key_establishment": _assessment_json(assessed.key_establishment, say),
        "authentication": _assessment_json(assessed.authentication, say),
        **_rest_json(assessed),
    }


class TargetRows:
    """Encodes targets as `encoded(assessed_json(...))` does. What thousands of them share, their chains and the reasons of their
    states, is put into words once."""

    def __init__(self, say: Translator) -> None:
        self._say = say
        self._known: dict[int, tuple[object, bytes]] = {}

    def encoded(self, assessed: AssessedTarget) -> bytes:
        sighting, rest = assessed.sighting, _rest_json(assessed)
        return b"".join(
            (
                encoded(_sighting_json(sighting, self._say))[:-1],
                b',"chains":',
                self._once(sighting.chains, _chains_json),
                b',"key_establishment":',
                self._once(assessed.key_establishment, self._assessment),
                b',"authentication":',
                self._once(assessed.authentication, self._assessment),
                b"," + encoded(rest)[1:] if rest else b"}",
            )
        )

    def _assessment(self, assessment: Assessment) -> Json:
        return _assessment_json(assessment, self._say)

    def _once(self, value: ValueT, make: Callable[[ValueT], Json]) -> bytes:
        known = self._known.get(id(value))
        if known is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            known = self._known[id(value)] = value, encoded(make(value))  # Held, so that its number stays its own.
        return known[1]


def _rest_json(assessed: AssessedTarget) -> dict[str, Json]:
    row: dict[str, Json] = {}
    if assessed.proven:
        row["proven_groups"] = [proven_json(proven) for proven in assessed.proven]
    if assessed.system is not None:
        row["system"] = assessed.system
    return row


def _chains_json(chains: tuple[Chain, ...]) -> Json:
    return [
        {"server_name": c.server_name, "context": c.context, "certificates": [digest.hex() for digest in c.certificates]}
        for c in sorted(chains, key=lambda c: (c.context, c.server_name or "", c.certificates))
    ]


def _sighting_json(sighting: Sighting, say: Translator) -> dict[str, Json]:
    return {
        "target": target_json(sighting.target),
        "probe": sighting.probe,
        "run": sighting.run,
        "status": sighting.status.value,
        "detail": None if sighting.detail is None else reason_json(sighting.detail, say),
        "connections_used": sighting.connections_used,
        "elapsed_seconds": sighting.elapsed_seconds,
        "first_seen": utc_text(sighting.first_seen),
        "last_seen": utc_text(sighting.last_seen),
        "profile": None if sighting.profile is None else sighting.profile.hex(),
    }


def profile_json(profile: Profile) -> Json:
    return {
        "probe": profile.probe,
        "depth": profile.depth,
        "complete": profile.complete,
        "asked": profile.asked,
        "preference": {context: preference.value for context, preference in sorted(profile.preference)},
        "observations": [observation_json(o) for o in sorted(profile.observations, key=observation_key)],
    }


def observation_json(o: Observation) -> Json:
    return {
        "subject": o.subject.value,
        "context": o.context,
        "value": o.value,
        "name": o.name,
        "candidates": list(o.candidates),
        "support": o.support.value,
        "rank": o.rank,
        "rank_basis": None if o.rank_basis is None else o.rank_basis.value,
        "quantum_class": o.quantum_class.value,
        "usage": o.usage.value,
        "confidence": o.confidence.value,
        "components": list(o.components),
        "parameters": _pairs(o.parameters),
        "where": None if o.where is None else {"line": o.where.line, "offset": o.where.offset, "symbol": o.where.symbol},
    }


def _national(oid: str) -> dict[str, Json]:
    """`national_arc` stands where no registry names the number and it lies in a country's arc."""
    country = unlisted_arc(oid)
    return {} if country is None else {"national_arc": country}


def certificate_json(certificate: Certificate) -> Json:
    key, signature = certificate.public_key, certificate.signature
    return {
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        "serial": certificate.serial,
        "not_before": utc_text(certificate.not_before),
        "not_after": utc_text(certificate.not_after),
        "public_key": {
            "algorithm": key.algorithm,
            "oid": key.oid,
            "size_bits": key.size_bits,
            "parameter": key.parameter,
            "components": list(key.components),
            "spki_sha256": key.spki_sha256.hex(),
            "quantum_class": key.quantum_class.value,
            **_national(key.oid),
        },
        "signature": {
            "algorithm": signature.algorithm,
            "oid": signature.oid,
            "hash": signature.hash,
            "components": list(signature.components),
            "quantum_class": signature.quantum_class.value,
            **_national(signature.oid),
        },
        "names": list(certificate.names),
        "key_usage": list(certificate.key_usage),
        "extended_key_usage": list(certificate.extended_key_usage),
        "is_ca": certificate.is_ca,
        "self_signed": certificate.self_signed,
        "malformed": list(certificate.malformed),
        **({} if certificate.kind == "x509" else {"kind": certificate.kind}),
    }


def finding_order(finding: Finding) -> tuple[str, ...]:
    """Findings stand by policy, rule, then by what they speak of."""
    return (
        finding.policy,
        finding.rule,
        (finding.profile or b"").hex(),
        (finding.certificate or b"").hex(),
        finding.subject,
        finding.context or "",
        finding.value,
        finding.verdict.value,
        finding.reason.code,
        repr(finding.reason.parameters),
        "" if finding.system is None else repr(sorted(finding.system.attributes)),
    )


def finding_json(finding: Finding, say: Translator) -> Json:
    """`system_attributes` stands only where the fact was judged in a system that somebody described."""
    row: dict[str, Json] = {
        "policy": finding.policy,
        "rule": finding.rule,
        "verdict": finding.verdict.value,
        "subject": finding.subject,
        "context": finding.context,
        "value": finding.value,
        "name": finding.name,
        "quantum_class": finding.quantum_class.value,
        "due": None if finding.due is None else finding.due.isoformat(),
        "reason": reason_json(finding.reason, say),
        "profile": None if finding.profile is None else finding.profile.hex(),
        "certificate": None if finding.certificate is None else finding.certificate.hex(),
    }
    if finding.system is not None:
        attributes: list[Json] = [*sorted(finding.system.attributes)]
        row["system_attributes"] = attributes
    return row


def coverage_json(inventory: AssessedInventory, say: Translator) -> Json:
    coverage = inventory.coverage
    by_status: Mapping[str, int] = {status.value: count for status, count in coverage.by_status.items()}
    return {
        "attempted": coverage.attempted,
        "runs": coverage.runs,
        "by_status": {status: by_status[status] for status in sorted(by_status)},
        "not_read": [
            {"target": item.what, "reason": reason_json(item.reason, say)}
            for item in sorted(coverage.not_read, key=lambda item: (item.what, item.reason.code, item.reason.parameters))
        ],
    }
