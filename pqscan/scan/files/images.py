"""Images of containers (`docker save`, an OCI layout in a tar): their layers by number, and what a later layer deletes.

An archive is read once, and the list of its layers may stand behind them: so what is seen is noted, and told at the end. A file
that a later layer deletes (OCI image-spec 1.1, layer.md, Whiteouts) is still in the image, and is told with that."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from pqscan.model.canonical import canonical
from pqscan.model.outcome import Outcome
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget

_MOST_MANIFEST = 1 << 16
_MOST_LAYERS = 256  # of one image; what is in further ones keeps its name
_MOST_LISTS = 100
_PACKED = frozenset({"gzip", "bzip2", "xz", "zstd"})
_DELETED, _EMPTIED = ".wh.", ".wh..wh..opq"

Members = tuple[str, ...]
"""Where in a file something lies: the names of the members, outermost first."""


class Images:
    """What was seen of images in one file with everything in it."""

    def __init__(self) -> None:
        self._kinds: dict[Members, str] = {}
        self._lists: dict[Members, list[tuple[str, ...]]] = {}  # of the layers, by the archive that they stand in
        self._deleted: dict[Members, set[str]] = {}
        self._emptied: dict[Members, set[str]] = {}
        self._known: dict[Members, _Deletions] | None = None

    def container(self, members: Members, kind: str) -> None:
        """What lies there holds files and is opened."""
        self._kinds[members] = kind

    def member(self, members: Members, first: bytes) -> None:
        """A member that begins with `first`."""
        container = members[:-1]
        if self._kinds.get(container) != "tar":
            return
        folder, _, name = _plain(members[-1]).rpartition("/")
        if name == _EMPTIED:
            self._emptied.setdefault(container, set()).add(folder)
        elif name.startswith(_DELETED):
            self._deleted.setdefault(container, set()).add(f"{folder}/{name[len(_DELETED) :]}".lstrip("/"))
        elif first[:1] in (b"[", b"{") and b"ayers" in first and len(first) < _MOST_MANIFEST:
            lists = self._lists.setdefault(container, [])
            lists.extend(layers for layers in _layers_in(first) if layers not in lists and len(lists) < _MOST_LISTS)

    def told(self, outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
        """The outcomes, those in layers under the layer's number and with what deletes them."""
        images = [_Image(self, archive, lists) for archive, lists in self._lists.items() if lists]
        if not images:
            return tuple(outcomes)
        images.sort(key=lambda image: len(image.archive))
        return tuple(_told(outcome, images) for outcome in outcomes)

    def is_packed(self, members: Members) -> bool:
        """Whether what lies there is one compressed content."""
        return self._kinds.get(members) in _PACKED

    def deletions(self, layer: Members) -> _Deletions:
        """What the layer, a tar that may be compressed, deletes of older ones."""
        return self._by_layer().get(layer, _NONE)

    def _by_layer(self) -> dict[Members, _Deletions]:
        if self._known is None:
            self._known = {}
            for members in (*self._deleted, *self._emptied):
                layer = members[:-1] if self.is_packed(members[:-1]) else members
                self._known[*layer[:-1], *map(_plain, layer[-1:])] = _Deletions(
                    frozenset(self._deleted.get(members, ())), frozenset(self._emptied.get(members, ()))
                )
        return self._known


@dataclass(frozen=True, slots=True)
class _Deletions:
    """Paths that are deleted, with everything below them, and folders of which nothing older is left."""

    deleted: frozenset[str] = frozenset()
    emptied: frozenset[str] = frozenset()

    def has(self, path: str) -> bool:
        above = [path[:place] for place, character in enumerate(path) if character == "/"]
        return not self.deleted.isdisjoint((*above, path)) or not self.emptied.isdisjoint(("", *above))


_NONE = _Deletions()


class _Image:
    """The images that one archive holds."""

    def __init__(self, seen: Images, archive: Members, lists: list[tuple[str, ...]]) -> None:
        self.archive = archive
        self._seen = seen
        self._lists = lists
        self._labels: dict[str, str] = {}
        self._deletions = {layer: seen.deletions((*archive, layer)) for layers in lists for layer in layers}
        for image, layers in enumerate(lists, 1):
            for number, layer in enumerate(layers, 1):
                self._labels.setdefault(layer, f"layer{number}" if image == 1 else f"image{image}.layer{number}")

    def renamed(self, members: Members) -> Members | None:
        """The same place under the number of its layer; None where it lies in no layer."""
        place = len(self.archive)
        label = self._label(members)
        if label is None:
            return None
        rest = members[place + 1 :]
        if self._seen.is_packed(members[: place + 1]):
            rest = rest[1:]
        return (*self.archive, label, *rest)

    def deleting(self, members: Members) -> str | None:
        """The first layer behind that deletes the file there, in every image that has it."""
        renamed = self.renamed(members)
        if renamed is None or len(renamed) < len(self.archive) + 2:
            return None
        layer, path = _plain(members[len(self.archive)]), _plain(renamed[len(self.archive) + 1])
        found = [self._deleting(layers, layers.index(layer), path) for layers in self._lists if layer in layers]
        return found[0] if all(found) else None

    def _deleting(self, layers: tuple[str, ...], index: int, path: str) -> str | None:
        later = (layer for layer in layers[index + 1 :] if self._deletions[layer].has(path))
        return next((self._labels[layer] for layer in later), None)

    def _label(self, members: Members) -> str | None:
        place = len(self.archive)
        if members[:place] != self.archive or len(members) <= place:
            return None
        return self._labels.get(_plain(members[place]))


def _told(outcome: Outcome, images: list[_Image]) -> Outcome:
    target = outcome.target
    if not isinstance(target, FileTarget):
        return outcome
    deleted = None
    for image in reversed(images):  # The innermost first: what is in front of it is renamed after it.
        renamed = image.renamed(target.members)
        if renamed is not None:
            deleted = deleted or image.deleting(target.members)
            target = replace(target, members=renamed)
    outcome = replace(outcome, target=target)
    return outcome if deleted is None else _marked(outcome, deleted)


def _marked(outcome: Outcome, layer: str) -> Outcome:
    profile = outcome.profile
    if profile is not None:
        observations = tuple(replace(one, parameters=(*one.parameters, ("deleted_in", layer))) for one in profile.observations)
        profile = canonical(replace(profile, observations=observations))
    return replace(outcome, profile=profile, detail=outcome.detail or Reason.of("image_file_deleted", layer=layer))


def _layers_in(data: bytes) -> Iterator[tuple[str, ...]]:
    """The lists of layers in a manifest.json of `docker save`, or in a manifest of OCI, where the names are digests."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return
    for image in document if isinstance(document, list) else [document]:
        if not isinstance(image, dict):
            continue
        layers = image.get("Layers")
        if layers is None and isinstance(image.get("layers"), list):
            digests = [one.get("digest") for one in image["layers"] if isinstance(one, dict)]
            layers = [f"blobs/{digest.replace(':', '/', 1)}" for digest in digests if isinstance(digest, str)]
        if isinstance(layers, list) and 0 < len(layers) <= _MOST_LAYERS and all(isinstance(one, str) for one in layers):
            yield tuple(map(_plain, layers))


def _plain(path: str) -> str:
    """Without what means the same: `./etc/passwd` and `/etc/passwd` are `etc/passwd`."""
    return "/".join(part for part in path.split("/") if part not in ("", "."))
