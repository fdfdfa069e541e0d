"""One walk over the targets of an inventory: components of files are handed out as they come, and what many targets share
(algorithms, certificates, keys, the answers of servers) is gathered, so that memory grows with what is distinct and with places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

from pqscan.locale import Translator
from pqscan.model.inventory import Sighting
from pqscan.model.observation import Observation, Profile, Subject, Usage
from pqscan.model.outcome import OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget, Target
from pqscan.policy.state import State
from pqscan.registry.asset_oids import with_oid
from pqscan.registry.crypto_assets import CryptoAsset
from pqscan.report import AssessedInventory, AssessedTarget
from pqscan_reports.cyclonedx.observed import assets_of, library_provides, library_purl, lock_asset
from pqscan_reports.cyclonedx.parts import (
    Spec,
    algorithm_reference,
    certificate_reference,
    key_reference,
    occurrence,
    occurrence_json,
    own,
    private_key_json,
    reference,
)
from pqscan_reports.json_text import Json
from pqscan_reports.naming import observation_text, utc_text
from pqscan_reports.places import location_of, place_in

_OF_LIBRARIES = frozenset({"post_quantum", "post_quantum_since", "knows_post_quantum", "post_quantum_algorithms", "linked"})
GroupKey = tuple[str, bytes, str, str, str]
"""Probe, profile, both states, and the system: answers that are alike in these are one component."""


@dataclass(slots=True)
class Seen:
    """Where a thing was met, and how it is used there."""

    places: dict[bytes, None] = field(default_factory=dict)
    usages: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Group:
    """Servers that answer alike. `certificates` are those that they sent."""

    places: dict[bytes, None] = field(default_factory=dict)
    certificates: set[bytes] = field(default_factory=set)
    reasons: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Links:
    """What depends on what, and which library brings which algorithm; by bom-ref."""

    depends: dict[str, set[str]] = field(default_factory=dict)
    provides: dict[str, set[str]] = field(default_factory=dict)

    def add(self, ref: str, others: set[str]) -> None:
        self.depends.setdefault(ref, set()).update(others - {ref})


@dataclass(slots=True)
class Library:
    name: str
    version: str
    purl: str | None
    seen: Seen = field(default_factory=Seen)
    stated: dict[str, str] = field(default_factory=dict)


class Walk:
    def __init__(self, inventory: AssessedInventory, spec: Spec, say: Translator) -> None:
        self._inventory = inventory
        self._spec = spec
        self._say = say
        self.algorithms: dict[CryptoAsset, Seen] = {}
        self.certificates: dict[bytes, Seen] = {}
        self.libraries: dict[str, Library] = {}
        self.groups: dict[GroupKey, Group] = {}
        self.links = Links()
        self.top: list[str] = []  # what the inventory itself depends on
        self.incomplete: list[str] = []
        self.unknown: list[str] = []
        self.not_read: dict[str, int] = {}  # by code of reason

    def components(self) -> Iterator[dict[str, Json]]:
        """Files with what lies in them alone, and what could not be read, in the order of the targets."""
        for target, rows in groupby(self._inventory.targets(), key=lambda each: each.sighting.target):
            if isinstance(target, FileTarget):
                yield from self._file(target, list(rows))
            else:
                for each in rows:
                    yield from self._service(target, each)

    def add_algorithm(self, asset: CryptoAsset, usage: Usage | None = None, place: bytes | None = None) -> str:
        """Its bom-ref; with the halves of a hybrid."""
        asset = with_oid(asset)
        seen = self.algorithms.get(asset)
        ref = algorithm_reference(asset)
        if seen is None:
            seen = self.algorithms[asset] = Seen()
            if asset.parts:
                self.links.add(ref, {self.add_algorithm(part) for part in asset.parts})
        if usage is not None:
            seen.usages.add(usage.value)
        if place is not None:
            seen.places[place] = None
        return ref

    def refs_of(self, o: Observation) -> list[str]:
        return [self.add_algorithm(asset, o.usage) for asset in assets_of(o)]

    def certificate_refs(self, digest: bytes) -> set[str]:
        """The certificate, or the key where it is nothing but one."""
        certificate = self._inventory.certificates.get(digest)
        if certificate is None:
            return set()
        return {key_reference(certificate) if certificate.is_bare_key else certificate_reference(certificate)}

    def _service(self, target: Target, assessed: AssessedTarget) -> Iterator[dict[str, Json]]:
        sighting = assessed.sighting
        profile = None if sighting.profile is None else self._inventory.profiles.get(sighting.profile)
        location = location_of(target)
        place = occurrence(location, None, _context(assessed))
        if profile is None:
            yield self._unread(target, sighting)
            return
        states = assessed.key_establishment, assessed.authentication
        key = (sighting.probe, profile.digest, states[0].state.value, states[1].state.value, assessed.system or "")
        group = self.groups.setdefault(key, Group())
        group.places[place] = None
        if not group.reasons:
            group.reasons = tuple((state.reasons[0].code, self._say.render(state.reasons[0])) for state in states if state.reasons)
        for chain in sighting.chains:
            group.certificates.update(chain.certificates)
            for digest in chain.certificates:
                self.certificates.setdefault(digest, Seen()).places[place] = None

    def _unread(self, target: Target, sighting: Sighting) -> dict[str, Json]:
        """A target of which nothing was learned, with the reason why."""
        reason = sighting.detail or Reason(f"status.{sighting.status.value}")
        ref = reference("target", location_of(target), sighting.probe, repr(target))
        self.top.append(ref)
        self.incomplete.append(ref)
        kind = "file" if isinstance(target, FileTarget) else "application"
        return {"type": kind, "bom-ref": ref, "name": location_of(target), "properties": [*self._not_read(reason, sighting)]}

    def _not_read(self, reason: Reason, sighting: Sighting) -> list[Json]:
        self.not_read[reason.code] = self.not_read.get(reason.code, 0) + 1
        return [
            own("probe", sighting.probe),
            own("status", sighting.status.value),
            own("not_read", reason.code),
            own("not_read_because", self._say.render(reason)),
        ]

    def _file(self, target: FileTarget, rows: list[AssessedTarget]) -> Iterator[dict[str, Json]]:
        location = location_of(target)
        ref = reference("file", location, target.machine, target.path, *target.members)
        needs: set[str] = set()
        properties: list[Json] = [own("machine", target.machine)]
        is_incomplete = is_unknown = holds = False
        for assessed in rows:
            sighting = assessed.sighting
            profile = None if sighting.profile is None else self._inventory.profiles.get(sighting.profile)
            if sighting.status is not OutcomeStatus.COMPLETED or (profile is not None and not profile.complete):
                reason = sighting.detail or Reason(f"status.{sighting.status.value}")
                properties += self._not_read(reason, sighting)
                is_incomplete = True
            if not sighting.chains and (profile is None or not profile.observations):
                continue
            holds = True
            for component in self._contents(target, location, sighting, profile, needs):
                yield component
                properties.append(own("private_key", str(component["name"])))
            properties += _of_states(assessed)
            is_unknown = is_unknown or State.UNKNOWN in (assessed.key_establishment.state, assessed.authentication.state)
        if not (holds or is_incomplete):
            return  # What was there ended.
        self.top.append(ref)
        self.links.add(ref, needs)
        if is_incomplete:
            self.incomplete.append(ref)
        elif is_unknown:
            self.unknown.append(ref)
        if not self._spec.with_assets:
            properties += self._told_plainly(rows)
        yield {
            "type": "file",
            "bom-ref": ref,
            "name": location,
            "properties": [*{repr(each): each for each in properties}.values()],
        }

    def _contents(
        self, target: FileTarget, location: str, sighting: Sighting, profile: Profile | None, needs: set[str]
    ) -> Iterator[dict[str, Json]]:
        """Gathers what the file shows, and hands out its private keys, which lie nowhere else."""
        alike: Counter[Observation] = Counter()  # keys of one store that are locked alike, and show nothing else
        for o in profile.observations if profile is not None else ():
            if not o.support.shows_use:
                continue
            place = occurrence(
                location, o.where, f"machine={target.machine}; usage={o.usage.value}; confidence={o.confidence.value}"
            )
            if o.subject is Subject.LIBRARY:
                needs.add(self._library(o, place))
                continue
            assets = assets_of(o)
            refs = [self.add_algorithm(asset, o.usage, place) for asset in assets]
            if o.usage is not Usage.MENTIONED:  # What is only spoken of, or banned, is needed by nobody.
                needs.update(refs)
            if o.subject is not Subject.PRIVATE_KEY:
                continue
            lock = lock_asset(str(dict(o.parameters).get("locked_by", "unknown")))
            secured = {self.add_algorithm(lock, o.usage, place)} if lock is not None else set()
            alike[o] += 1
            number = f" #{alike[o]}" if alike[o] > 1 else ""
            component = private_key_json(
                o, f"{sighting.probe} {target.machine}:{location}{number}", assets[0] if assets else None, lock, self._spec
            )
            ref = str(component["bom-ref"])
            component["evidence"] = {"occurrences": [occurrence_json(location, o.where, f"machine={target.machine}")]}
            needs.add(ref)
            self.links.add(ref, {*refs, *secured})
            if self._spec.with_assets:
                yield component
        for chain in sighting.chains:
            for digest in chain.certificates:
                certificate = self._inventory.certificates.get(digest)
                where = None if certificate is None or profile is None else place_in(certificate, profile)
                at = occurrence(location, where, f"machine={target.machine}; usage=present")
                self.certificates.setdefault(digest, Seen()).places[at] = None
                needs |= self.certificate_refs(digest)

    def _library(self, o: Observation, place: bytes) -> str:
        stated = dict(o.parameters)
        name, version = o.name or o.value, str(stated.get("version", ""))
        ref = reference("library", name, version, o.context)
        library = self.libraries.setdefault(ref, Library(name, version, library_purl(o)))
        library.seen.places[place] = None
        library.seen.usages.add(o.usage.value)
        library.stated.update((key, str(value)) for key, value in o.parameters if key in _OF_LIBRARIES)
        brought = {self.add_algorithm(asset) for asset in library_provides(o)}
        if brought:
            self.links.provides.setdefault(ref, set()).update(brought)
        return ref

    def _told_plainly(self, rows: list[AssessedTarget]) -> list[Json]:
        told: list[Json] = []
        for assessed in rows:
            sighting = assessed.sighting
            profile = None if sighting.profile is None else self._inventory.profiles.get(sighting.profile)
            told += [] if profile is None else told_plainly(profile)
            told += [own("certificate", digest.hex()) for chain in sighting.chains for digest in chain.certificates]
        return told


def told_plainly(profile: Profile) -> list[Json]:
    """Each algorithm as a property by its quantum class, for who takes no components of cryptographic assets."""
    found: dict[tuple[str, str], None] = {}
    for o in profile.observations:
        if o.support.shows_use:
            for asset in assets_of(o):
                found["mentioned" if o.usage is Usage.MENTIONED else asset.quantum_class.value, asset.name] = None
            if o.subject is Subject.PRIVATE_KEY:
                found["private_key", observation_text(o)] = None
    return [own(name, value) for name, value in sorted(found)]


def _context(assessed: AssessedTarget) -> str:
    sighting = assessed.sighting
    site = getattr(sighting.target, "site", "")
    told = (
        ("probe", sighting.probe),
        ("site", site),
        ("system", assessed.system or ""),
        ("first_seen", utc_text(sighting.first_seen) or ""),
        ("last_seen", utc_text(sighting.last_seen) or ""),
    )
    return "; ".join(f"{name}={value}" for name, value in told if value)


def _of_states(assessed: AssessedTarget) -> list[Json]:
    told: list[Json] = [own("probe", assessed.sighting.probe)]
    for name, state in (("key_establishment", assessed.key_establishment), ("authentication", assessed.authentication)):
        if state.state is not State.NONE:
            shown = State.UNKNOWN if state.state is State.OUTSIDE else state.state
            told.append(own(name, shown.value))
    if assessed.system is not None:
        told.append(own("system", assessed.system))
    return told
