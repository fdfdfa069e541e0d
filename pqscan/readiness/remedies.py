"""What to change, in each product's own words (data/remedies.toml), and the command that shows that it has been changed.

What is to be brought about is told in `aims.py`, what it costs in `cost.py`; which target is meant, and which product answers
there, `app` knows."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pqscan.model.observation import Profile, Subject
from pqscan.model.reason import Reason
from pqscan.model.target import NetworkTarget, Target
from pqscan.policy.configuration_states import CONFIGURATION
from pqscan.policy.rows import Document, PolicyRow
from pqscan.policy.state import State
from pqscan.readiness.aims import ABOUT_CERTIFICATES, Aim, Protocol, aims_of_state
from pqscan.readiness.folding import fold
from pqscan.registry import tls

DATA_FILE = Path(__file__).parent / "data" / "remedies.toml"
PLACES = ("s_client", "host", "port", "path")  # what a command may ask for
_SERVICES = {"http_without_tls": "web", "rdp_standard_security": "rdp"}  # what a behaviour says of the service
_PLACE = re.compile("{(" + "|".join(PLACES) + ")}")


@dataclass(frozen=True, slots=True)
class Remedy:
    """`lines` verbatim in the product's language; `since` the first version, with its library; `group` the registry's name of
    the TLS group whose shares they put on the wire; `states` are those beside which reports show the row."""

    id: str
    product: str
    words: tuple[str, ...]  # folded
    protocol: Protocol
    aims: tuple[Aim, ...]
    services: tuple[str, ...]
    since: str
    lines: tuple[str, ...]
    states: tuple[State, ...]
    group: str | None
    reason: Reason  # where the lines go, and what to watch
    breaks: tuple[Reason, ...]
    undo: Reason
    check: str | None
    source: str
    tried: str | None = None  # the programs that took the lines, with their versions; None where none was at hand


@dataclass(frozen=True, slots=True)
class Service:
    name: str
    ports: tuple[int, ...]
    starttls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """A command that shows whether an aim is reached, with the `PLACES` in braces."""

    aim: Aim
    protocol: Protocol
    command: str
    source: str

    @property
    def reason(self) -> Reason:
        """What the command shows where the aim is reached."""
        return Reason.of(f"check_{self.aim.value}")


@cache
def all_remedies() -> tuple[Remedy, ...]:
    """Every row in the order of the file. Raises DataError."""
    return tuple(_remedy(row) for row in _document().rows("remedy"))


@cache
def all_checks() -> tuple[Check, ...]:
    """Every command, at most one for an aim in a protocol. Raises DataError."""
    found: dict[tuple[Aim, Protocol], Check] = {}
    for row in _document().rows("check"):
        aim, protocol = row.choice("aim", Aim), row.choice("protocol", Protocol)
        if (aim, protocol) in found:
            raise row.wrong(f"{aim.value} has a second command in {protocol.value}")
        found[aim, protocol] = Check(aim, protocol, row.text("command"), "; ".join(row.references()))
        row.done()
    return tuple(found.values())


@cache
def all_services() -> tuple[Service, ...]:
    """Raises DataError."""
    found = []
    for row in _document().rows("service"):
        found.append(Service(row.text("name"), row.wholes("ports"), row.texts("starttls")))
        row.done()
    return tuple(found)


def service_of(target: Target) -> str | None:
    """What a port or a plaintext prelude says of the service behind it; None where they say nothing."""
    if not isinstance(target, NetworkTarget):
        return None
    if target.starttls is not None:
        return next((service.name for service in all_services() if target.starttls in service.starttls), None)
    return next((service.name for service in all_services() if target.port in service.ports), None)


def _document() -> Document:
    return Document.read(DATA_FILE)


def _remedy(row: PolicyRow) -> Remedy:
    group = row.optional_text("group")
    if group is not None and not any(known.name == group for known in tls.named_groups()):
        raise row.wrong(f"group is {group!r}, which the registry does not know")
    lines, aims = row.texts("lines"), _among(row, "aims", tuple(Aim))
    if not lines or not aims:
        raise row.wrong("it gives no line" if aims else "it names no aim")
    where = row.optional_text("where")
    remedy = Remedy(
        id=row.text("id"),
        product=row.text("product"),
        words=tuple(map(fold, row.texts("words"))),
        protocol=row.choice("protocol", Protocol),
        aims=tuple(map(Aim, aims)),
        services=_among(row, "services", tuple(service.name for service in all_services())),
        since=row.text("since"),
        lines=lines,
        states=tuple(map(State, _among(row, "states", tuple(State)))),
        group=group,
        reason=Reason.of(f"place_{where}" if where is not None else f"advice_{row.text('id')}"),
        breaks=tuple(Reason.of(f"breaks_{word}") for word in row.texts("breaks")),
        undo=Reason.of(f"undo_{row.text('undo')}"),
        check=row.optional_text("check"),
        source="; ".join(row.references()),
        tried=row.optional_text("tried"),
    )
    row.done()
    return remedy


def _among(row: PolicyRow, field: str, known: Collection[str]) -> tuple[str, ...]:
    values = row.texts(field)
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise row.wrong(f"{field} must name {field}: not {', '.join(unknown)}")
    return values


def check_of(remedy: Remedy, aim: Aim, protocol: Protocol | None = None) -> Check | None:
    """How to see that the aim is reached on a target of that protocol (the remedy's own, unless said otherwise): the product's
    own command, else the aim's; None where there is none."""
    if remedy.check is not None:
        return Check(aim, remedy.protocol, remedy.check, remedy.source)
    of = remedy.protocol if protocol is None else protocol
    return next((check for check in all_checks() if check.aim is aim and check.protocol is of), None)


def reported(state: State, profile: Profile | None = None, service: str | None = None) -> tuple[Remedy, ...]:
    """The rows that reports show beside a target, in the order of the file; where `service` is known, none of another one.

    Where a service without TLS names its product, and that has a row, no other is shown: TLS is switched on in its words alone."""
    wanted = set(aims_of_state(state, profile))
    if profile is not None and profile.probe == CONFIGURATION:  # It names its product, whose lines alone can stand in it.
        named = [one.value for one in profile.observations if one.subject is Subject.SOFTWARE]
        return tuple(row for row in all_remedies() if wanted.intersection(row.aims) and is_named(row, named))
    rows = [row for row in all_remedies() if state in row.states and wanted.intersection(row.aims)]
    rows = [row for row in rows if service is None or not row.services or service in row.services]
    if profile is not None and Aim.TLS in wanted:
        software = [one.value for one in profile.observations if one.subject is Subject.SOFTWARE]
        told = {_SERVICES[one.value] for one in profile.observations if one.value in _SERVICES}
        rows = [row for row in rows if not told or told.intersection(row.services)]
        rows = [row for row in rows if is_named(row, software)] or rows
    return tuple(rows)


def remedies(aim: Aim, protocol: Protocol, *, products: Iterable[str] = (), service: str | None = None) -> tuple[Remedy, ...]:
    """The rows for one aim: of the products that `products` names, else all of the protocol, those of the service first.

    A certificate is replaced alike whatever serves it, so that a product restricts nothing there; where no row belongs to a named
    product, all are given, since a library below it may still be the one to change."""
    of = Protocol.CERTIFICATE if aim in ABOUT_CERTIFICATES else protocol
    rows = [row for row in all_remedies() if aim in row.aims and row.protocol is of]
    named = [row for row in rows if is_named(row, products)] if of is not Protocol.CERTIFICATE else []
    if named:
        return tuple(named)
    fitting = [row for row in rows if service is None or not row.services or service in row.services]
    return tuple(sorted(fitting, key=lambda row: service is None or service not in row.services))


def is_named(remedy: Remedy, products: Iterable[str]) -> bool:
    """Whether one of the texts names the product: `nginx/1.24.0`, `Apache httpd 2.4`, `nginx`."""
    return any(_names(word, fold(text)) for text in products for word in remedy.words)


def _names(word: str, text: str) -> bool:
    """As a word of its own: `go` is in `Go 1.24`, not in `mongo`."""
    start = text.find(word)
    while start >= 0:
        end = start + len(word)
        if not (text[start - 1 : start].isalnum() or text[end : end + 1].isalpha()):
            return True
        start = text.find(word, start + 1)
    return False


def known_products() -> tuple[str, ...]:
    """The names of all products, each once."""
    return tuple(dict.fromkeys(row.product for row in all_remedies()))


def spelled(check: Check, **values: str) -> str | None:
    """The command with its places filled in; None where one of them has no value here. The values are shell words already."""
    if not places_of(check.command) <= values.keys():
        return None
    return _PLACE.sub(lambda place: values[place[1]], check.command)


def places_of(command: str) -> frozenset[str]:
    """The places that a command asks for."""
    return frozenset(_PLACE.findall(command))
