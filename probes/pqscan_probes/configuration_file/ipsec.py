"""Parts of configurations of IPsec: connections of ipsec.conf, which take in others by `also` and `%default` (strongSwan and
Libreswan, ipsec.conf(5)), and of swanctl.conf, which refer to templates behind a colon (swanctl.conf(5))."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from pqscan.registry.config import Directive, Holds, Product
from pqscan.wire.config.in_force import Held, Part, value_of
from pqscan.wire.config.setting import MOST_SHOWN, Block, Setting

MOST_TAKEN_IN = 20
_CONN, _CONNECTIONS, _CHILDREN = "conn", "connections", "children"
_ESP = frozenset({Holds.ESP_PROPOSALS})


def ipsec_parts(product: Product, settings: tuple[Setting, ...]) -> tuple[Part, ...]:
    """One part for each connection that is not a default itself, and one for what protects its data (ESP)."""
    connections: dict[str, list[Setting]] = {}
    heads: dict[str, Setting] = {}
    for setting in settings:
        if setting.opens and setting.name.lower() == _CONN:
            heads.setdefault(setting.value, setting)
            connections.setdefault(setting.value, [])
        elif setting.blocks and setting.blocks[0].name.lower() == _CONN:
            connections.setdefault(setting.blocks[0].title.partition(" ")[2], []).append(setting)
    found: list[Part] = []
    for name, head in heads.items():
        if name.startswith("%") and len(heads) > 1:
            continue
        own = _taken_in(connections, name)
        found += _of_connection(product, f"{_CONN} {head.block.title.partition(' ')[2]}", head, own)
    return tuple(found)


def _taken_in(connections: dict[str, list[Setting]], name: str) -> list[Setting]:
    """Settings of the connection, the first of which counts: its own, those that it takes in, the defaults."""
    found: list[Setting] = []
    open_names, seen = [name, "%default"], set[str]()
    while open_names and len(seen) < MOST_TAKEN_IN:
        current = open_names.pop(0)
        if current in seen:
            continue
        seen.add(current)
        found += connections.get(current, [])
        also = [each.value for each in connections.get(current, []) if each.name.lower() == "also"]
        open_names[0:0] = also
    return found


def swanctl_parts(product: Product, settings: tuple[Setting, ...]) -> tuple[Part, ...]:
    """One part for each connection, and one for each of its children."""
    blocks: dict[tuple[Block, ...], list[Setting]] = {}
    heads: dict[tuple[Block, ...], Setting] = {}
    for setting in settings:
        if setting.opens:
            heads[*setting.blocks, setting.block] = setting
            blocks.setdefault((*setting.blocks, setting.block), [])
        else:
            blocks.setdefault(setting.blocks, []).append(setting)
    templates = {path[0].name: path for path in heads if len(path) == 1}
    found: list[Part] = []
    for path, head in heads.items():
        names = [block.name for block in path]
        is_connection = len(path) == 2 and names[0] == _CONNECTIONS
        is_child = len(path) == 4 and names[0] == _CONNECTIONS and names[2] == _CHILDREN
        if not is_connection and not is_child:
            continue
        own = list(blocks.get(path, []))
        for reference in head.words:
            own += blocks.get(templates.get(reference.strip(":,"), ()), []) if reference.strip(":,") in templates else []
        title = f"{_CONNECTIONS} {names[1]}" if is_connection else f"{_CONNECTIONS} {names[1]} {names[3]}"
        wanted = [each for each in product.directives if (each.holds in _ESP) == is_child]
        held = tuple(_first(product, own, wanted))
        if is_connection or held:
            found.append(Part(title[:MOST_SHOWN], head.offset, held))
    return tuple(found)


def _of_connection(product: Product, title: str, head: Setting, own: list[Setting]) -> Iterator[Part]:
    held = tuple(_first(product, own, product.directives))
    yield Part(title[:MOST_SHOWN], head.offset, tuple(each for each in held if each.directive.holds not in _ESP))
    esp = tuple(each for each in held if each.directive.holds in _ESP)
    if esp:
        yield Part(f"{title} esp"[:MOST_SHOWN], head.offset, esp)


def _first(product: Product, settings: list[Setting], directives: Collection[Directive]) -> Iterator[Held]:
    found: set[Holds] = set()
    for setting in settings:
        for directive in product.directives:
            value = value_of(directive, product, setting) if directive in directives and directive.holds not in found else None
            if value is not None:
                found.add(directive.holds)
                yield Held(directive, setting, value)
