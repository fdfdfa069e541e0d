"""What nmap says of a port, in our words: how it is closed, what protocol it heard there, and the software that it names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pqscan.model.canonical import canonical
from pqscan.model.observation import Confidence, Observation, Subject, Support
from pqscan.model.outcome import Outcome, OutcomeStatus
from pqscan.registry import nmap_services, services
from pqscan.wire.nmap_xml import NmapHost, NmapPort

MOST_TEXT = 100  # characters of a name or a version
SOURCE = "nmap"
_PROBED = "probed"  # heard, and not taken from the port's number


def ports(host: NmapHost, numbers: tuple[int, ...], transport: str) -> Iterator[tuple[str, int, OutcomeStatus | None]]:
    """Each port with how it is closed, None for open. What nmap lists not by itself, it counts: all of them alike, or unknown."""
    listed = {port.number: port for port in host.ports if port.transport == transport}
    rest = next(iter(host.rest)) if len(host.rest) == 1 else ""
    for number in numbers:
        port = listed.get(str(number))
        yield host.address, number, _status(rest, "") if port is None else _status(port.state, port.reason)


def _status(state: str, reason: str) -> OutcomeStatus | None:
    if state.startswith("open"):  # `open|filtered` of a UDP port: silence, which the probe has to break.
        return None
    if state == "closed":
        return OutcomeStatus.REFUSED
    return OutcomeStatus.UNREACHABLE if "unreach" in reason or "prohibited" in reason else OutcomeStatus.TIMED_OUT


def protocol(port: NmapPort) -> str:
    """The protocol of ours that nmap heard; empty for one that no probe asks, which the answer to a probe tells better."""
    service = port.service
    is_wrapped = service.get("tunnel") == "ssl"
    name = service.get("name", "") if service.get("method") == _PROBED else ""
    meant = nmap_services.protocol_of(name, is_wrapped=is_wrapped)
    known = services.protocol(meant) if meant else None
    return known.name if known is not None and known.transport == port.transport else ""


def software(port: NmapPort) -> Observation | None:
    """The product and version that nmap makes of what the server says: a guess, and told as one. None where it names none."""
    product, version = (_plain(port.service.get(word, "")) for word in ("product", "version"))
    if not product or port.service.get("method") != _PROBED:
        return None
    known = (("product", product), ("source", SOURCE), *((("version", version),) if version else ()))
    text = f"{product} {version}".strip()
    return Observation(Subject.SOFTWARE, text, Support.OFFERED, confidence=Confidence.INFERRED, parameters=known)


def with_software(outcome: Outcome, heard: Observation | None) -> Outcome:
    """The outcome with what nmap heard at the same place; where the probe learned nothing, a guess alone is not kept."""
    if heard is None or outcome.profile is None:
        return outcome
    profile = outcome.profile
    return replace(outcome, profile=canonical(replace(profile, observations=(*profile.observations, heard))))


def _plain(text: str) -> str:
    return " ".join(text[: 4 * MOST_TEXT].split())[:MOST_TEXT]
