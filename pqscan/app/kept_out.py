"""What a store's register keeps out of every scan: the domains and ranges of its military units (R08).

No authorisation and no loopback lets one of them be asked; they are counted as left out, and each refusal is in the audit log."""

from __future__ import annotations

from datetime import date
from ipaddress import ip_network

from pqscan.app.place import default_store, open_store
from pqscan.readiness.register import Register
from pqscan.readiness.unit import UnitKind
from pqscan.scan.addresses import AddressSet, network_bounds
from pqscan.scan.targets import Exclusions
from pqscan.scan.work import local_today


def kept_out(store: object, today: date | None = None) -> Exclusions:
    """Of the units that exist on this day. A store without a register keeps nothing out. Raises StoreError for a damaged one."""
    read = getattr(store, "register", None)
    units = {} if read is None else read().get("unit", {})
    day = local_today() if today is None else today
    found = [unit for unit in Register.of({"unit": units}).units.values() if unit.kind is UnitKind.MILITARY and unit.exists_on(day)]
    ranges = (network_bounds(ip_network(text)) for unit in found for text in unit.ranges)
    names = (pattern for unit in found for name in unit.domains for pattern in (name, f"*.{name}"))
    return Exclusions(AddressSet(ranges), tuple(names))


def kept_out_at(url: str | None) -> Exclusions:
    """As `kept_out`, of the store at a URL; where no file is, nothing is kept out. Raises StoreError where it cannot be opened:
    what cannot be read may keep something out."""
    from pqscan.store.engine import locate

    path = locate(default_store() if url is None else url).path
    if path is not None and not path.exists():
        return Exclusions()
    with open_store(url) as store:
        return kept_out(store)
