"""From the values of a row to targets, reasons, times, chains and sightings.

Rows come raw, as the driver gives them, for speed; hence `RawRow`, whose values have no static type.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import cast

from pqscan.model.inventory import Sighting
from pqscan.model.outcome import Chain, OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget, NetworkTarget, Target, Transport
from pqscan.store.bulk import RawRow
from pqscan.store.making import maker
from pqscan.store.peer_text import Json, from_json, unescape, unescape_json

TARGET_COLUMNS = "t.kind, t.address, t.port, t.server_name, t.host, t.transport, t.starttls, t.site, t.machine, t.path, t.members"
SIGHTING_COLUMNS = (
    "s.probe, s.status, s.detail_code, s.detail_parameters, s.connections_used, s.elapsed_seconds, s.first_seen, s.last_seen, "
    "s.profile_id, s.chain_set_id, s.last_run, t.key"
)
PROBE, PROFILE_ID, CHAIN_SET_ID, RUN, KEY = 11, 19, 20, 21, 22  # places in a row of both
_TRANSPORTS = {transport.value: transport for transport in Transport}
_make_network_target = maker(NetworkTarget)
_make_sighting = maker(Sighting)
_STATUSES = {status.value: status for status in OutcomeStatus}


def time_of(value: object) -> datetime:
    """A stored time: text from SQLite, a time from PostgreSQL."""
    return datetime.fromisoformat(value) if isinstance(value, str) else cast("datetime", value).astimezone(UTC)


def whole(value: object) -> int:
    """A stored number. SQLite keeps whatever it was given; what is reckoned with later must not fail there. Raises TypeError."""
    if not isinstance(value, int):
        raise TypeError(f"{str(value)[:40]!r} is no whole number")
    return value


def json_of(value: object) -> Json:
    """A stored JSON value: text from SQLite, already parsed from PostgreSQL."""
    return from_json(value) if isinstance(value, str) else unescape_json(cast("Json", value))


def text_of(value: str | None) -> str | None:
    """Stored text of a peer, or None."""
    return None if value is None else unescape(value)


def reason_of(code: str | None, parameters: object) -> Reason | None:
    """The reason in two columns, or None."""
    if code is None:
        return None
    pairs = cast("list[tuple[str, str | int]]", json_of(parameters) or [])
    return Reason(code, tuple((name, value) for name, value in pairs))


def target_of(row: RawRow) -> Target:
    """The target in TARGET_COLUMNS."""
    kind, address, port, server_name, host, transport, starttls, site, machine, path, members = row[:11]
    if kind == "network":
        return _make_network_target(
            unescape(address),
            port,
            None if server_name is None else unescape(server_name),
            None if host is None else unescape(host),
            _TRANSPORTS[transport],
            text_of(starttls),
            unescape(site) if site else "",
        )
    return FileTarget(unescape(machine), unescape(path), tuple(cast("list[str]", json_of(members))))


def sighting_of(row: RawRow, run: str, profile: bytes | None, chains: tuple[Chain, ...], target: Target | None = None) -> Sighting:
    """The sighting in TARGET_COLUMNS and SIGHTING_COLUMNS; `target` where the caller has made that of the row already."""
    probe, status, code, parameters, connections, elapsed, first_seen, last_seen = row[11:19]
    since = time_of(first_seen)
    return _make_sighting(
        target or target_of(row),
        probe,
        run,
        _STATUSES[status],
        None if code is None else reason_of(code, parameters),
        connections,
        elapsed,
        since,
        since if last_seen == first_seen else time_of(last_seen),
        profile,
        chains,
    )


def chains_of(value: object) -> tuple[Chain, ...]:
    """The chains in `chain_set.chains`."""
    document = cast("list[tuple[str | None, str, list[str]]]", json_of(value))
    return tuple(Chain(name, context, tuple(map(_digest, members))) for name, context, members in document)


@lru_cache(maxsize=4096)
def _digest(text: str) -> bytes:
    return bytes.fromhex(text)
