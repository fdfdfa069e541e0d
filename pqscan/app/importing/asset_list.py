"""An asset list (CSV or XLSX, as NetBox, GLPI or ServiceNow export it) as rows of the register of systems: each asset a system
whose scope is its addresses. The sheet of systems reads the rows, so that a cell means here what it means there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_interface

from pqscan.app.importing.columns import AssetField, places
from pqscan.app.sheets import Line
from pqscan.errors import UsageError
from pqscan.model.reason import Reason
from pqscan.readiness.folding import fold
from pqscan.readiness.kinds import SHEETS
from pqscan.readiness.register import Register
from pqscan.readiness.sheet import MOST_COLUMNS, MOST_PROBLEMS, MOST_ROWS, Reading
from pqscan.registry import services
from pqscan.registry.foreign_text import UNPRINTABLE, shown
from pqscan.scan.names import ascii_name
from pqscan.scan.ports import Port, format_ports, parse_ports

MOST_ADDRESSES = 64  # of one asset
MOST_CELL = 4000  # characters
_SEPARATORS = re.compile(r"[\s,;|]+|<br ?/?>")
_NO_CODE = re.compile(r"[^\w.-]+")
_COLUMNS = ("code", "name", "owner", "scope", "site", "contact", "operating_system")


@dataclass(frozen=True, slots=True)
class Asset:
    """One asset: `places` are addresses, networks and names as a scope takes them, `ports` what speaks there."""

    line: int
    code: str
    name: str
    places: tuple[str, ...]
    ports: tuple[Port, ...]
    cells: tuple[str, ...]  # of _COLUMNS, but the scope

    @property
    def scope(self) -> tuple[str, ...]:
        """The places, on these ports alone where some are told."""
        numbers = tuple(dict.fromkeys(port.number for port in self.ports))
        return tuple(_at(place, number) for place in self.places for number in numbers) if numbers else self.places

    @property
    def targets(self) -> tuple[str, ...]:
        """As a list of targets names them."""
        ports = format_ports(self.ports)
        return tuple(_at(place, ports) if ports else place for place in self.places)


@dataclass(slots=True)
class AssetList:
    """`problems` are rows that were left out, or cells that were, each with its line."""

    profile: str
    assets: list[Asset] = field(default_factory=list)
    problems: list[Reason] = field(default_factory=list)
    more_problems: int = 0
    rows: int = 0

    def tell(self, code: str, line: int, **parameters: str | int) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Reason.of(code, line=line, **parameters))
        else:
            self.more_problems += 1

    def reading(self) -> Reading:
        """The assets as the sheet of systems reads them; those of one code together."""
        merged: dict[str, tuple[Asset, dict[str, None]]] = {}
        for asset in self.assets:
            _first, scope = merged.setdefault(asset.code, (asset, {}))
            scope.update(dict.fromkeys(asset.scope))
        lines: list[Line] = [(1, _COLUMNS)]
        for asset, scope in merged.values():
            code, name, owner, *rest = asset.cells
            lines.append((asset.line, (code, name, owner, "; ".join(scope), *rest)))
        return SHEETS["system"].read(lines)


def read_assets(lines: Iterable[Line], profile: str | None, register: Register) -> AssetList:
    """Reads rows whose first that is not empty holds the headings. Good rows are kept whatever others are like.

    Raises UsageError where no headings are known."""
    filled = ((line, cells) for line, cells in lines if any(cell.strip() for cell in cells))
    first = next(filled, None)
    if first is None:
        raise UsageError("the file holds no row; its first row must hold the headings")
    name, where = places(first[1][:MOST_COLUMNS], profile)
    found = AssetList(name)
    units = _units(register)
    for line, cells in filled:
        found.rows += 1
        if found.rows > MOST_ROWS:
            raise UsageError(f"the file has more than {MOST_ROWS} rows; split it")
        asset = _asset(found, line, _fields(cells, where), units)
        if asset is not None:
            found.assets.append(asset)
    return found


def _fields(cells: Sequence[str], where: Mapping[int, AssetField]) -> dict[AssetField, list[str]]:
    """What stands under the headings; several columns may mean the same."""
    found: dict[AssetField, list[str]] = {}
    for place, meaning in where.items():
        cell = cells[place].strip() if place < len(cells) else ""
        if cell:
            found.setdefault(meaning, []).append(cell)
    return found


def _asset(found: AssetList, line: int, fields: Mapping[AssetField, list[str]], units: Mapping[str, str]) -> Asset | None:
    long = next((cell for cells in fields.values() for cell in cells if len(cell) > MOST_CELL or UNPRINTABLE.search(cell)), None)
    if long is not None:
        found.tell("asset_cell", line, value=shown(long))
        return None
    names = fields.get(AssetField.NAME, [])
    try:
        where = _places(fields.get(AssetField.ADDRESS, []), names)
        ports = _ports(fields.get(AssetField.PORT, []), fields.get(AssetField.SERVICE, []))
    except UsageError as error:
        found.tell("asset_wrong", line, why=str(error))
        return None
    if not where:
        found.tell("asset_no_address", line)
        return None
    name = names[0] if names else where[0]
    code = _code(next(iter(fields.get(AssetField.CODE, [])), "") or name) or _code(where[0])
    unit = next(iter(fields.get(AssetField.UNIT, [])), "")
    owner = units.get(fold(unit), "") if unit else ""
    if unit and not owner:
        found.tell("asset_unit", line, unit=shown(unit))
    site, contact, system = (
        " / ".join(fields.get(kind, [])[:1]) for kind in (AssetField.SITE, AssetField.OWNER, AssetField.SYSTEM)
    )
    return Asset(line, code, name, where, ports, (code, name, owner, site, contact, system))


def _places(addresses: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    """Addresses, networks and names. An address with the size of its network behind it (NetBox) is that address. Without any
    address, a name that the DNS can carry, with a full stop in it. Raises UsageError."""
    words = [word for cell in addresses for word in _SEPARATORS.split(cell) if word]
    found = dict.fromkeys(map(_place, words))
    if not found:
        found = dict.fromkeys(name for name in map(_domain, names) if name)
    if len(found) > MOST_ADDRESSES:
        raise UsageError(f"an asset of {len(found)} addresses; at most {MOST_ADDRESSES} are read")
    return tuple(found)


def _place(word: str) -> str:
    try:
        interface = ip_interface(word)
    except ValueError:
        return ascii_name(word)
    network = interface.network
    whole = network.prefixlen == network.max_prefixlen
    return str(network) if "/" in word and interface.ip == network.network_address and not whole else str(interface.ip)


def _domain(name: str) -> str:
    """As the DNS carries it; empty for what is none."""
    try:
        found = ascii_name(name)
    except UsageError:
        return ""
    return found if "." in found else ""


def _ports(ports: Sequence[str], named: Sequence[str]) -> tuple[Port, ...]:
    """What the columns of ports and services tell: `443`, `587/smtp`, or a service alone, on its usual port. Raises UsageError."""
    found: dict[Port, None] = {}
    words = [word for cell in ports for word in _SEPARATORS.split(cell) if word]
    service = named[0].lower() if named and len(words) == 1 and "/" not in words[0] else ""
    behind = f"/{service}" if services.protocol(service) is not None else ""
    for word in words:
        found.update(dict.fromkeys(parse_ports(word + behind)))
    if not words:
        for word in (word.lower() for cell in named for word in _SEPARATORS.split(cell) if word):
            found.update(dict.fromkeys(_usual(word)))
    return tuple(found)


def _usual(service: str) -> Iterator[Port]:
    for row in services.all_services().services:
        if row.name == service:
            yield from parse_ports(f"{row.port}/{row.protocol.name}")


def _code(text: str) -> str:
    """A code made of a name: the letters, digits, full stops and hyphens that it has."""
    return _NO_CODE.sub("-", text).strip("-._")[:64]


def _units(register: Register) -> dict[str, str]:
    """The codes of units by their folded code and name; a name that two have leads to neither."""
    found: dict[str, str] = {}
    twice: set[str] = set()
    for code, unit in register.units.items():
        name = fold(unit.name)
        twice.update({name} & found.keys())
        found[name] = code
    for name in twice:
        del found[name]
    return found | {fold(code): code for code in register.units}


def _at(place: str, port: object) -> str:
    return f"[{place}]:{port}" if ":" in place else f"{place}:{port}"
