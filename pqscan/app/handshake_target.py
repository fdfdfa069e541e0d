"""Whom `pqscan harness handshake` may ask: one target, read and screened, and the addresses of its name.

The permission is that of a scan: outside loopback an authorisation, held against name and address before any packet.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from pqscan.app.harness_place import IKE, SSH, TLS, HarnessPlace, harness_place
from pqscan.errors import UsageError, WorkError
from pqscan.harness.ike.handshake import methods_named as ike_methods_named
from pqscan.harness.ssh.methods import default_methods, every_method, methods_named
from pqscan.harness.tls.shares import ShareMaker, default_groups, every_group, groups_named
from pqscan.model.target import NetworkTarget
from pqscan.registry.ike import IkeNumber
from pqscan.registry.ssh import SshAlgorithm
from pqscan.registry.tls import NamedGroup
from pqscan.scan.audit import AuditLog
from pqscan.scan.authorisation import Permission, Refusal, Screened, screen
from pqscan.scan.authorisation_file import read_authorisation
from pqscan.scan.lookups import look_up
from pqscan.scan.names import ascii_name
from pqscan.scan.ports import tcp_ports
from pqscan.scan.targets import Exclusions, Item, TargetSet, expand
from pqscan.scan.work import local_today

_LOOKUP_SECONDS = 15.0
_MOST_TIMEOUT = 600.0


@dataclass(frozen=True, slots=True)
class HandshakeRequest:
    """`target` as on the command line, with a port or the protocol's own, or `host:587/smtp`, `host:22/ssh`. `groups` by name or
    code point, of SSH key exchange methods by name; none: the standard ones. `protocol` None: what the target says, or its port.

    `library` None means liboqs. `timeout_seconds` bounds each handshake. `sends_request` False sends no HTTP request."""

    target: str
    groups: tuple[str, ...] = ()
    all_groups: bool = False
    library: str | None = None
    server_name: str | None = None
    authorisation: str | None = None  # a file
    timeout_seconds: float = 10.0
    sends_request: bool = True
    site: str = ""
    protocol: str | None = None


@dataclass(frozen=True, slots=True)
class PreparedHandshake:
    """A request with everything read; nothing has been sent. `groups` are those of TLS, `methods` those of SSH,
    `additional` those of IKE."""

    request: HandshakeRequest
    targets: TargetSet
    item: Item  # the one place that `targets` names
    permission: Permission
    screened: Screened
    maker: ShareMaker
    groups: tuple[NamedGroup, ...]
    starttls: str | None = None  # the protocol that the target speaks before TLS
    protocol: str = TLS
    methods: tuple[SshAlgorithm, ...] = ()
    additional: tuple[IkeNumber, ...] = ()

    @property
    def connections(self) -> int:
        """At most so many are made, or exchanges over UDP."""
        tried = {SSH: len(self.methods), IKE: len(self.additional) + 1}  # A refusal of IKE may have one more, its control.
        return tried.get(self.protocol, 1 + 2 * len(self.groups))

    @property
    def permits_active(self) -> bool:
        """Whether the authorisation permits active tests."""
        given = self.permission.authorisation
        return given is not None and given.active_tests


class NothingPermitted(UsageError):
    """The name may be looked up, but none of its addresses may be asked."""

    def __init__(self, message: str, refusals: tuple[Refusal, ...]) -> None:
        super().__init__(message)
        self.refusals = refusals


def prepare_handshake(
    request: HandshakeRequest, today: date | None = None, register: Exclusions | None = None
) -> PreparedHandshake:
    """Reads and screens; `register` is what the store's keeps out. Raises UsageError for what cannot be, LiboqsMissing where liboqs
    is to compute and is not there."""
    if request.all_groups and request.groups:
        raise UsageError("--all-groups tries every group: leave out --group")
    check_timeout(request.timeout_seconds)
    place = harness_place(request.target, request.protocol)
    targets = _expanded(place, request.server_name)
    if targets.count != 1:
        raise UsageError("handshakes are carried through with one target: give one host or address with one port")
    authorisation = None if request.authorisation is None else read_authorisation(Path(request.authorisation))
    permission = Permission(authorisation, kept_out=register or Exclusions())
    screened = screen(targets, permission, local_today() if today is None else today)
    maker = ShareMaker.on(request.library or "liboqs")
    item = next(targets.items())
    if place.protocol == SSH:
        methods = every_method(maker) if request.all_groups else methods_named(request.groups) or default_methods()
        return PreparedHandshake(request, targets, item, permission, screened, maker, (), None, SSH, methods)
    if place.protocol == IKE:
        chosen = ike_methods_named(request.groups)
        return PreparedHandshake(request, targets, item, permission, screened, maker, (), None, IKE, (), chosen)
    groups = every_group(maker) if request.all_groups else groups_named(request.groups) or default_groups()
    return PreparedHandshake(request, targets, item, permission, screened, maker, groups, place.starttls)


def _expanded(place: HarnessPlace, server_name: str | None) -> TargetSet:
    """Raises UsageError for a target that is none, and for a server name where the protocol has none."""
    if place.protocol != TLS and server_name is not None:
        raise UsageError(f"{place.protocol.upper()} sends no server name: leave out --server-name")
    if place.protocol == IKE:
        return expand((place.host,), (place.port,))
    return expand((_with_name(place.target, server_name),), tcp_ports(place.default_port))


def check_timeout(seconds: float) -> None:
    """Raises UsageError for what is no time that anybody waits for."""
    if not 0 < seconds <= _MOST_TIMEOUT:
        raise UsageError(f"--timeout takes more than 0 and at most {_MOST_TIMEOUT:.0f} seconds")


def _with_name(target: str, server_name: str | None) -> str:
    """`--server-name` for an address is the name in `name@address`; for a host name it is checked and sent in its place."""
    if server_name is None:
        return target
    if "@" in target:
        raise UsageError("the target names the server name already: leave out --server-name")
    ascii_name(server_name)
    host = target[1:].partition("]")[0] if target.startswith("[") else target.partition(":")[0]
    is_address = ":" in host or host.replace(".", "").isdigit() or target.count(":") > 1
    return f"{server_name}@{target}" if is_address else target


def require_permission(prepared: PreparedHandshake, audit: AuditLog, now: datetime, run_id: str) -> None:
    """Raises UsageError, the refusal in the audit log, where the target must not be asked or its name not be looked up."""
    if prepared.screened.permitted.count:
        return
    refusals = prepared.screened.refusals
    audit.refused(now, run_id, refusals)
    first = refusals[0]
    if first.reason.code == "no_authorisation":
        raise UsageError(
            f"{first.what} lies outside this machine: a handshake with it needs --authorisation FILE; nothing was sent"
        )
    raise UsageError(f"nothing was sent: every target is left out, {first.what} among them")


def target_at(prepared: PreparedHandshake, address: str) -> NetworkTarget:
    """The target at one of its addresses, with the server name that is asked for."""
    target = prepared.item.target(address, prepared.request.site, prepared.starttls)
    name = prepared.request.server_name
    return target if name is None else replace(target, server_name=ascii_name(name))


async def addresses_of(prepared: PreparedHandshake) -> tuple[str, ...]:
    """Every address of the target that may be asked. Raises WorkError where its name has none, UsageError where none may be."""
    item = prepared.item
    if item.address is not None:
        return (item.address,)
    name = item.name or ""
    try:
        async with asyncio.timeout(_LOOKUP_SECONDS):
            found = await look_up(name)
    except TimeoutError:
        raise WorkError(f"the look-up of {name} was not answered in time") from None
    except OSError as error:
        raise WorkError(f"the look-up of {name} failed: {error.strerror or type(error).__name__}") from None
    if not found:
        raise WorkError(f"the name {name} has no address")
    today = local_today()
    asked = {address: prepared.permission.permits(target_at(prepared, address), today) for address in found}
    permitted = tuple(address for address, reason in asked.items() if reason is None)
    if not permitted:
        refusals = tuple(Refusal(address, str(item.port), 1, reason) for address, reason in asked.items() if reason is not None)
        raise NothingPermitted(f"no address of {name} may be asked, {found[0]} among them", refusals)
    return permitted
