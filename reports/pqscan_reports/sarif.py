"""Findings of files as SARIF 2.1.0 (OASIS Standard, 27 March 2020), for code scanning: each with its place, and a fingerprint that
stays when lines move. What was not read stands among the notifications of the run.

Services of a network have no place in a file, and are left out: the other reports have them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath
from typing import BinaryIO
from urllib.parse import quote

from pqscan import __version__
from pqscan.locale import Translator, translator
from pqscan.model.observation import Observation, Profile, Where
from pqscan.model.outcome import OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget
from pqscan.policy.finding import Finding, Verdict
from pqscan.policy.let_pass import expired, let_pass
from pqscan.policy.rule import PolicyEdition, Rule
from pqscan.policy.uses import uses_of
from pqscan.report import AssessedInventory, AssessedTarget, ReportOptions
from pqscan_reports.json_text import Json, encoded, exchanged
from pqscan_reports.places import certificate_let_pass, location_of, place_in

_LEVELS = {  # MEETS is no result. AWAITING is open: nothing can be said either way (section 3.27.9).
    Verdict.OVERDUE: ("fail", "error"),
    Verdict.NOT_MET: ("fail", "error"),
    Verdict.DUE: ("fail", "warning"),
    Verdict.NOT_RECOMMENDED: ("fail", "warning"),
    Verdict.UNDETERMINED: ("fail", "note"),
    Verdict.AWAITING: ("open", "none"),
}
_BASE = "SCANROOT"
_LOCKED = "private_key_locked"
_WRONG_COMMENT = "ignore_comment_"
_NOWHERE = Where()


@dataclass(frozen=True, slots=True)
class _Found:
    """A finding at a place. `ignored` is why a comment there lets it pass."""

    where: Where
    finding: Finding
    ignored: str | None = None


class _Places:
    """Of each finding of a profile the observations that give it: a key's says nothing of its context, nor an observation of a
    size what the finding calls it."""

    def __init__(self, profile: Profile) -> None:
        self._by_use: dict[tuple[str, str, str | None, str | None], dict[Observation, None]] = {}
        self._by_fact: dict[tuple[str, str, str | None], list[Observation]] = {}
        for o in profile.observations:
            self._by_fact.setdefault((o.subject.value, o.value, o.context), []).append(o)
            for use in uses_of(o):
                self._by_use.setdefault((use.subject, use.value, use.name, use.context), {})[o] = None

    def of(self, finding: Finding) -> Iterable[Observation]:
        told = (finding.subject, finding.value, finding.name, finding.context)
        found = self._by_use.get(told)
        return self._by_fact.get((finding.subject, finding.value, finding.context), ()) if found is None else found


class SarifReport:
    """`pqscan report sarif`. With a root in the options paths are told from there, as code scanning wants them."""

    name = "sarif"

    def write(self, inventory: AssessedInventory, options: ReportOptions, out: BinaryIO) -> None:
        _Log(inventory, options, translator(options.language), out).write()


class _Log:
    def __init__(self, inventory: AssessedInventory, options: ReportOptions, say: Translator, out: BinaryIO) -> None:
        self._inventory = inventory
        self._say = say
        self._out = out
        self._root = PurePosixPath(options.root) if options.root else None
        self._policies = {each.id: each for each in inventory.policies}
        self._of_profile: dict[bytes, list[Finding]] = {}
        self._of_certificate: dict[bytes, list[Finding]] = {}
        for finding in inventory.findings:
            if finding.verdict not in _LEVELS:
                continue
            if finding.profile is not None:
                self._of_profile.setdefault(finding.profile, []).append(finding)
            elif finding.certificate is not None:
                self._of_certificate.setdefault(finding.certificate, []).append(finding)
        self._rules = {rule: place for place, rule in enumerate(sorted(self._first_of_rules()))}
        self._notifications: list[Json] = []

    def write(self) -> None:
        self._out.write(b'{\n"$schema":"https://json.schemastore.org/sarif-2.1.0.json",\n"version":"2.1.0",\n"runs":[{\n"tool":')
        self._out.write(exchanged({"driver": self._driver()}))
        if self._root is not None:
            bases: Json = {_BASE: {"uri": self._root.as_uri().rstrip("/") + "/"}} if self._root.is_absolute() else {_BASE: {}}
            self._out.write(b',\n"originalUriBaseIds":' + exchanged(bases))
        self._out.write(b',\n"columnKind":"unicodeCodePoints",\n"results":[')
        separator = b"\n"
        for result in self._results():
            self._out.write(separator + exchanged(result))
            separator = b",\n"
        invocation: Json = {"executionSuccessful": True, "toolExecutionNotifications": self._notifications}
        self._out.write(b'\n],\n"invocations":[' + exchanged(invocation) + b"]\n}]\n}\n")

    def _driver(self) -> dict[str, Json]:
        first = self._first_of_rules()
        rules: list[Json] = [self._rule(rule, first[rule]) for rule in self._rules]
        return {"name": "pqscan", "version": __version__, "semanticVersion": __version__, "rules": rules}

    def _first_of_rules(self) -> dict[str, Finding]:
        """The worst finding of each rule, by its id in the log."""
        found: dict[str, Finding] = {}
        for finding in (*_flat(self._of_profile), *_flat(self._of_certificate)):
            known = found.get(_rule_id(finding))
            if known is None or _weight(finding) < _weight(known):
                found[_rule_id(finding)] = finding
        return found

    def _rule(self, identity: str, first: Finding) -> dict[str, Json]:
        policy = self._policies.get(first.policy)
        rule = None if policy is None else next((each for each in policy.rules if each.id == first.rule), None)
        return {
            "id": identity,
            "shortDescription": _message(self._short(first, rule)),
            "help": _message(self._help(first, policy, rule)),
            "defaultConfiguration": {"level": _LEVELS[first.verdict][1]},
            "properties": {"policy": first.policy, "tags": ["security", "cryptography"]},
        }

    def _short(self, first: Finding, rule: Rule | None) -> str:
        return self._say.gettext(rule.summary) if rule is not None and rule.summary else self._say.render(first.reason)

    def _help(self, first: Finding, policy: PolicyEdition | None, rule: Rule | None) -> str:
        """What the rule rests on: policy, edition, where it stands."""
        lines = [self._say.render(first.reason)]
        if policy is not None:
            lines.append(f"{self._say.gettext(policy.title)} ({policy.edition})")
        if rule is not None:
            lines.append(self._say.clause(f"{rule.source.title}, {rule.source.section}"))
        return "\n".join(lines)

    def _results(self) -> Iterator[dict[str, Json]]:
        for assessed in self._inventory.targets():
            target = assessed.sighting.target
            if isinstance(target, FileTarget):
                self._note(target, assessed)
                yield from self._of_file(target, assessed)

    def _of_file(self, target: FileTarget, assessed: AssessedTarget) -> Iterator[dict[str, Json]]:
        sighting = assessed.sighting
        profile = None if sighting.profile is None else self._inventory.profiles.get(sighting.profile)
        if profile is None:
            return
        found: list[_Found] = []
        places = _Places(profile)
        for finding in self._of_profile.get(profile.digest, ()):
            if finding.system != assessed.context and finding.system is not None:
                continue
            shown = places.of(finding)
            found += [_Found(o.where or _NOWHERE, finding, let_pass(o, self._inventory.as_of)) for o in shown] or [
                _Found(_NOWHERE, finding)
            ]
        for digest in dict.fromkeys(digest for chain in sighting.chains for digest in chain.certificates):
            certificate = self._inventory.certificates.get(digest)
            where = None if certificate is None else place_in(certificate, profile)
            why = None if certificate is None else certificate_let_pass(certificate, profile, self._inventory.as_of)
            found += [_Found(where or _NOWHERE, finding, why) for finding in self._of_certificate.get(digest, ())]
        seen: dict[tuple[str, ...], int] = {}
        for one in sorted(dict.fromkeys(found), key=_order):
            finding = one.finding
            what = (_rule_id(finding), finding.subject, finding.value, finding.name or "", finding.context or "")
            seen[what] = seen.get(what, 0) + 1
            yield self._result(target, one, (*what, str(seen[what])))

    def _result(self, target: FileTarget, one: _Found, what: tuple[str, ...]) -> dict[str, Json]:
        finding = one.finding
        kind, level = _LEVELS[finding.verdict]
        identity = _rule_id(finding)
        uri = self._uri(target)
        print_of = encoded([uri.get("uri"), *target.members, *what])
        properties: dict[str, Json] = {
            "verdict": finding.verdict.value,
            "quantumClass": finding.quantum_class.value,
            "machine": target.machine,
        }
        if finding.due is not None:
            properties["due"] = finding.due.isoformat()
        row: dict[str, Json] = {
            "ruleId": identity,
            "ruleIndex": self._rules[identity],
            "kind": kind,
            "level": level,
            "message": _message(self._say.render(finding.reason)),
            "locations": [self._location(target, one.where, uri)],
            "partialFingerprints": {"pqscanFinding/v1": hashlib.sha256(print_of).hexdigest()},
            "properties": properties,
        }
        if one.ignored is not None:
            row["suppressions"] = [{"kind": "inSource", "status": "accepted", "justification": one.ignored}]
        return row

    def _location(self, target: FileTarget, where: Where, uri: dict[str, Json]) -> Json:
        physical: dict[str, Json] = {"artifactLocation": uri}
        row: dict[str, Json] = {"physicalLocation": physical}
        if target.members:  # Lines and octets are those of the member, which the file around it does not have.
            row["logicalLocations"] = [{"fullyQualifiedName": "!".join(target.members), "kind": "member"}]
        elif where.line is not None and where.line > 0:
            physical["region"] = {"startLine": where.line}
        elif where.offset is not None:
            physical["region"] = {"byteOffset": where.offset, "byteLength": 0}
        return row

    def _uri(self, target: FileTarget) -> dict[str, Json]:
        """Below the root its way from there, else the whole path."""
        if self._root is not None and PurePosixPath(target.path).is_relative_to(self._root):
            inside = PurePosixPath(target.path).relative_to(self._root).as_posix()
            return {"uri": _quoted(inside), "uriBaseId": _BASE}
        return {"uri": ("file://" if target.path.startswith("/") else "") + _quoted(target.path)}

    def _note(self, target: FileTarget, assessed: AssessedTarget) -> None:
        """What was not read, or not to its end, what a lock hides, and comments that let nothing pass."""
        sighting = assessed.sighting
        profile = None if sighting.profile is None else self._inventory.profiles.get(sighting.profile)
        for line, day in sorted(_expired(profile, self._inventory.as_of)):
            self._notify(target, Reason.of("ignore_comment_expired", date=day), Where(line=line or None))
        if sighting.status is not OutcomeStatus.COMPLETED or (profile is not None and not profile.complete):
            self._notify(target, sighting.detail or Reason(f"status.{sighting.status.value}"))
            return
        hidden = next((each for each in assessed.authentication.reasons if each.code == _LOCKED), None)
        if hidden is not None:
            self._notify(target, hidden)
        if sighting.detail is not None and sighting.detail.code.startswith(_WRONG_COMMENT):
            self._notify(target, sighting.detail, Where(line=int(dict(sighting.detail.parameters)["line"])))

    def _notify(self, target: FileTarget, reason: Reason, at: Where = _NOWHERE) -> None:
        told = f"{location_of(target)}: {self._say.render(reason)}"
        where: Json = [self._location(target, at, self._uri(target))]
        row: Json = {"level": "warning", "message": _message(told), "descriptor": {"id": reason.code}, "locations": where}
        self._notifications.append(row)


def _message(text: str) -> Json:
    """A plain text message: its braces are no placeholders (section 3.11.5), and what names and files hold makes no link
    (section 3.11.6), whose brackets stand in front of its address without a blank."""
    return {"text": text.replace("{", "{{").replace("}", "}}").replace("](", "] (")}


def _expired(profile: Profile | None, as_of: date) -> set[tuple[int, str]]:
    """The lines of which a comment spoke until a day that is past."""
    observations = () if profile is None else profile.observations
    told = ((o.where or _NOWHERE, expired(o, as_of)) for o in observations)
    return {(where.line or 0, day) for where, day in told if day is not None}


def _quoted(path: str) -> str:
    return quote(path.encode("utf-8", "surrogateescape"), safe="/")


def _rule_id(finding: Finding) -> str:
    """`policy/rule`; a rule that names its policy itself stands alone."""
    return finding.rule if finding.rule.startswith(finding.policy) else f"{finding.policy}/{finding.rule}"


def _weight(finding: Finding) -> tuple[int, str]:
    return [*Verdict].index(finding.verdict), repr(finding.reason)


def _order(found: _Found) -> tuple[object, ...]:
    where, finding = found.where, found.finding
    place = (where.line or 0, where.offset or 0, where.symbol or "")
    return (*place, _rule_id(finding), finding.subject, finding.value, finding.context or "", repr(finding.reason))


def _flat(groups: dict[bytes, list[Finding]]) -> Iterable[Finding]:
    return (finding for digest in sorted(groups) for finding in groups[digest])
