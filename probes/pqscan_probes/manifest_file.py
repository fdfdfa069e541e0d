"""Manifests and lock files of thirteen ecosystems: which libraries with cryptography they ask for, at which version, and from which
version on each knows post-quantum algorithms. What is linked is used by nobody yet; no state rests on it."""

from __future__ import annotations

import codecs

from pqscan.errors import WrongProtocol
from pqscan.model.observation import Confidence, Observation, Subject, Support, Usage, Where
from pqscan.model.outcome import Facts, OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget
from pqscan.probe import TEXT_OCTETS, FileSource, Mark
from pqscan.registry.libraries import Ecosystem, libraries, library, library_itself
from pqscan.registry.manifests import ManifestFormat, manifest_formats
from pqscan.wire.manifest.reader import Dependency, Manifest, dependencies, is_too_deep, manifest_of

MOST_OCTETS = 16 << 20
_BOM = codecs.BOM_UTF8.decode("latin-1")
_LEAST_MARK = 4


class ManifestFileProbe:
    """Raises WrongProtocol where the file is no manifest, or names no library with cryptography."""

    name = "manifest_file"

    def __init__(self) -> None:
        literals = [literal for one in manifest_formats() for literal in one.marks]
        # requirements.txt has nothing of its own: the names of libraries are what tells it.
        names = [name for row in libraries() if row.ecosystem is Ecosystem.PYPI for name in (row.name, *row.spelled)]
        literals += [name if len(name) >= _LEAST_MARK else f"\n{name}" for name in names]
        self.marks = (
            *(Mark(f"manifest:{literal}", literal, in_text=True) for literal in dict.fromkeys(literals)),
            *(Mark(f"manifest at start:{name}", name, at_start=True) for name in names if len(name) < _LEAST_MARK),
        )

    async def run(self, target: FileTarget, source: FileSource) -> Facts:
        if b"\0" in source.data[:TEXT_OCTETS]:
            raise WrongProtocol("the file is no manifest")
        text = source.data.decode("latin-1")  # Names are ASCII, and places stay octets.
        if text.startswith(_BOM):
            text = " " * len(_BOM) + text[len(_BOM) :]
        kind = manifest_of(text, frozenset(mark.pattern for mark in self.marks if source.places(mark).offsets))
        if kind is None:
            raise WrongProtocol("the file is no manifest")
        if not source.is_whole or len(source.data) > MOST_OCTETS:
            detail = Reason.of("manifest_too_large", megabytes=MOST_OCTETS >> 20)
            return Facts((), complete=False, status=OutcomeStatus.EXCLUDED, detail=detail)
        beyond = Reason.of("source_work_spent") if is_too_deep(text) else None
        found: dict[tuple[object, ...], Observation] = {}
        for one in dependencies(text, kind):
            observation = _observation(one, kind, source.where(one.start))
            if observation is not None:
                said = source.said_of(observation.where or Where())
                found.setdefault((observation.value, observation.parameters, said), observation)
        if not found and beyond is None:
            raise WrongProtocol("the manifest names no library with cryptography")
        return Facts(tuple(found.values()), complete=beyond is None, detail=beyond)


def _observation(dependency: Dependency, kind: ManifestFormat | Manifest, where: Where) -> Observation | None:
    row = (library_itself if dependency.is_itself else library)(kind.ecosystem, dependency.name)
    if row is None:
        return None
    stated: list[tuple[str, str | int]] = [
        ("library", row.name),
        ("manifest", "package" if dependency.is_itself else "lock" if kind.is_lock else "manifest"),
    ]
    if dependency.version:
        stated.append(("version" if dependency.is_exact else "version_range", dependency.version))
    if row.brings:
        stated.append(("brings", ", ".join(row.brings)))
    if row.post_quantum_since is not None:
        stated += [("post_quantum", ", ".join(row.post_quantum)), ("post_quantum_since", row.post_quantum_since)]
        knows = row.knows_post_quantum(dependency.version) if dependency.is_exact else None
        stated += [] if knows is None else [("knows_post_quantum", "yes" if knows else "no")]
    return Observation(
        Subject.LIBRARY,
        row.name,
        Support.OFFERED,
        context=row.ecosystem.value,
        name=row.name,
        usage=Usage.LINKED,
        confidence=Confidence.OBSERVED,
        parameters=tuple(stated),
        where=where,
    )
