"""Keys in XML, as .NET writes them into settings, licences and programs: RSAKeyValue and its like, with or without private numbers.
Those of signatures are told with these. The public half is kept as the key by which others know it."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field

from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.model.key_facts import private_key_observation, public_key_observation
from pqscan.model.observation import Observation, Where
from pqscan.model.outcome import Chain, Facts
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget
from pqscan.probe import FileSource, Mark
from pqscan.wire.keystore.lone_key import LoneKey
from pqscan.wire.keystore.xml_key import MOST_TEXT, NAMES, read_xml_key

MOST_KEYS = 10_000
_MARKS = {Mark(f"xml-{name.lower()}", name): name.encode("ascii") for name in NAMES}
_BEFORE = 64  # octets in front of a name, in which its prefix stands
_TAG = re.compile(rb"(?:<|&lt;|\\u003[cC])(?:[A-Za-z_][\w.-]{0,40}:)?\Z")
_SIGNATURE = re.compile(rb"<(/?)(?:[A-Za-z_][\w.-]{0,40}:)?Signature[\s>]")
_MOST_OCTETS = 64 << 20  # of all elements together: they may have no end
_CONTEXT = "file"


@dataclass(slots=True)
class _Found:
    observations: list[Observation] = field(default_factory=list)
    public: dict[bytes, bytes] = field(default_factory=dict)
    unreadable: int = 0
    is_cut: bool = False

    def add(self, key: LoneKey, where: Where) -> None:
        if len(self.observations) >= MOST_KEYS:
            self.is_cut = True
            return
        if key.is_private:
            self.observations.append(private_key_observation(key.public, key.form, where))
        else:
            self.observations.append(public_key_observation(key.public, where, context=_CONTEXT))
        self.public[key.public.spki_sha256] = key.info


class XmlKeyProbe:
    """Raises WrongProtocol where there is none outside of signatures, MalformedMessage where none can be read."""

    name = "xml_key"
    marks = tuple(_MARKS)

    async def run(self, target: FileTarget, source: FileSource) -> Facts:
        found = _Found()
        _read(source, found)
        if not found.observations and not found.unreadable:
            raise WrongProtocol(f"{target.path} holds no key in XML outside of signatures; leave it out")
        if not found.observations:
            raise MalformedMessage(f"{target.path} has a key in XML that cannot be read; look at the file")
        return Facts(
            observations=tuple(found.observations),
            chains=tuple(Chain(None, _CONTEXT, (digest,)) for digest in found.public),
            certificates=tuple(found.public.values()),
            complete=not (found.unreadable or found.is_cut),
            detail=Reason.of("public_keys_unreadable", count=found.unreadable) if found.unreadable else None,
        )


def _read(source: FileSource, found: _Found) -> None:
    places = {offset: name for mark, name in _MARKS.items() for offset in source.places(mark).offsets}
    begins = sorted(offset for offset in places if _TAG.search(source.data, max(0, offset - _BEFORE), offset))
    signatures = _Signatures(source.data) if begins else None
    left = _MOST_OCTETS
    for offset in begins:
        ends = (source.data.find(sign + places[offset], offset + 1, offset + MOST_TEXT) for sign in (b"/", b":"))  # or a prefix
        end = min((one for one in ends if one >= 0), default=-1)
        left -= (end if end >= 0 else offset + MOST_TEXT) - offset
        if left < 0:
            found.is_cut = True
            return
        if end < 0:
            continue
        try:
            key = read_xml_key(source.data[offset:end])
        except MalformedMessage:
            found.unreadable += 1
            continue
        if key is not None and (key.is_private or signatures is None or not signatures.hold(offset)):
            found.add(key, source.where(offset))


class _Signatures:
    """Where signatures of XML begin and end in `data`: one pass, however many keys there are."""

    def __init__(self, data: bytes) -> None:
        self._places: list[int] = []
        self._depths: list[int] = []
        depth = 0
        for found in _SIGNATURE.finditer(data):
            depth = max(0, depth + (-1 if found[1] else 1))
            self._places.append(found.start())
            self._depths.append(depth)

    def hold(self, offset: int) -> bool:
        """Whether the place is inside of one."""
        number = bisect_right(self._places, offset)
        return number > 0 and self._depths[number - 1] > 0
