"""The lists of an SSH server as another program wrote them down, in the words of the SSH probe: what the pinned client would get is
worked out as there."""

from __future__ import annotations

import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pqscan_probes.ssh.facts import facts_of
from pqscan_probes.ssh.survey import Survey, key_format

from pqscan.errors import MalformedMessage
from pqscan.model.observation import Confidence, Observation, Subject
from pqscan.model.outcome import Chain
from pqscan.registry import ssh
from pqscan.wire.cursor import Cursor
from pqscan.wire.ssh.banner import Identification
from pqscan.wire.ssh.host_key import read_host_key
from pqscan.wire.ssh.kexinit import KexInit
from pqscan.wire.ssh.public_key import read_type

MOST_NAMES = 500  # of one list
_MOST_NAME = 200  # characters; RFC 4251, section 6, allows 64
_MOST_BLOB = 1 << 16
_MOST_BITS = 100_000
_BY_DIRECTION = frozenset({Subject.ENCRYPTION, Subject.MAC, Subject.COMPRESSION})
_TO_SERVER_ONLY = frozenset({Subject.SELECTED_ENCRYPTION, Subject.SELECTED_MAC})

Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SshLists:
    """In the server's order. Lists towards the server are None where the file has those towards the client alone. `sizes` are bits
    of host keys by algorithm; `keys` are blobs of host keys."""

    identification: Identification | None = None
    kex: Names = ()
    host_keys: Names = ()
    encryption: Names = ()  # towards the client
    mac: Names = ()
    compression: Names = ()
    encryption_to_server: Names | None = None
    mac_to_server: Names | None = None
    compression_to_server: Names | None = None
    sizes: Mapping[str, int] = field(default_factory=dict)
    keys: tuple[bytes, ...] = ()


def names_of(values: object) -> Names:
    """The names in a list, bounded; what is no name that could stand there is left out."""
    found = [value for value in values[:MOST_NAMES] if _is_name(value)] if isinstance(values, list) else []
    return tuple(dict.fromkeys(found))


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _MOST_NAME and value.isascii() and value.isprintable() and "," not in value


def identified(line: str) -> Identification | None:
    """What the server's first line says (RFC 4253, section 4.2); None where it says nothing that can be read."""
    try:
        return Identification.decode(line.encode("utf-8", "replace"))
    except MalformedMessage:
        return None


def key_of(text: object) -> bytes | None:
    """A host key in Base64; None where it is none that can be read."""
    if not isinstance(text, str) or len(text) > _MOST_BLOB:
        return None
    try:
        blob = binascii.a2b_base64("".join(text.split()), strict_mode=True)
        read_host_key(blob)
    except (binascii.Error, MalformedMessage, ValueError):
        return None
    return blob


def observations_of(lists: SshLists) -> tuple[Observation, ...]:
    """Every name with its rank, and what the pinned client would get of the two that are proven by lists alone."""
    survey = Survey("inventory", ssh.current_client(), lists.identification)
    if lists.kex and lists.host_keys and lists.encryption:
        survey.server = KexInit(
            bytes(16),
            lists.kex,
            lists.host_keys,
            lists.encryption if lists.encryption_to_server is None else lists.encryption_to_server,
            lists.encryption,
            lists.mac if lists.mac_to_server is None else lists.mac_to_server,
            lists.mac,
            lists.compression if lists.compression_to_server is None else lists.compression_to_server,
            lists.compression,
        )
    one_way = lists.encryption_to_server is None
    found = []
    for one in facts_of(survey, None, None).observations:
        if one_way and one.subject in _TO_SERVER_ONLY:
            continue
        context = "server-to-client" if one_way and one.subject in _BY_DIRECTION else one.context
        size = lists.sizes.get(one.value) if one.subject is Subject.HOST_KEY else None
        parameters = (("size_bits", size),) if size is not None and 0 < size <= _MOST_BITS else one.parameters
        found.append(replace(one, context=context, confidence=Confidence.INFERRED, parameters=parameters))
    return tuple(found)


def chains_of(blobs: tuple[bytes, ...]) -> tuple[Chain, ...]:
    """Each host key as a chain of its own, as the SSH probe tells it."""
    kinds = {blob: key_format(read_type(Cursor(blob))) for blob in blobs}
    return tuple(Chain(None, f"ssh_host_key {kind}", (hashlib.sha256(blob).digest(),)) for blob, kind in kinds.items())
