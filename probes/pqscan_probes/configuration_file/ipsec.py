"""Parts of configurations of IPsec: connections of ipsec.conf, which take in others by `also` and `%default` (strongSwan and
Libreswan, ipsec.conf(5)), and of swanctl.conf, which refer to templates behind a colon (swanctl.conf(5))."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

from pqscan.registry.config import Holds, Product, Wins
from pqscan.wire.config.in_force import MOST_PARTS, SET_ANEW, Held, Part, value_of
from pqscan.wire.config.setting import MOST_SHOWN, Block, Setting, shown
from pqscan_probes.configuration_file.numbered import ike_version_named

MOST_TAKEN_IN = 20
_CONN, _ALSO, _CONNECTIONS, _CHILDREN = "conn", "also", "connections", "children"
_ESP = frozenset({Holds.ESP_PROPOSALS})


@dataclass(slots=True)
class _Own:
    """What a block sets itself, one of each kind, and what it takes in; of several lines the first counts, or the last where the
    product has it so."""

    head: Setting
    held: dict[Holds, Held] = field(default_factory=dict)
    also: list[str] = field(default_factory=list)

    def take(self, product: Product, setting: Setting) -> None:
        for directive in product.directives:
            value = value_of(directive, product, setting)
            if value is not None:
                held = Held(directive, setting, value)
                if product.wins is Wins.FIRST:
                    self.held.setdefault(directive.holds, held)
                else:
                    self.held[directive.holds] = held


def ipsec_parts(product: Product, settings: tuple[Setting, ...]) -> tuple[Part, ...]:
    """One part for each connection that is not a default itself, and one for what protects its data (ESP)."""
    connections: dict[str, _Own] = {}
    takes_in = any(setting.name.lower() in product.includes for setting in settings)
    for setting in settings:
        if setting.opens and setting.name.lower() == _CONN:
            connections.setdefault(setting.value, _Own(setting))
        elif setting.blocks and setting.blocks[0].name.lower() == _CONN:
            own = connections.get(" ".join(setting.blocks[0].words))
            if own is None:
                continue
            own.take(product, setting)
            if setting.name.lower() == _ALSO and len(own.also) < MOST_TAKEN_IN:
                own.also.append(setting.value)
    wanted = (name for name in connections if not name.startswith("%") or len(connections) == 1)
    return tuple(part for name in islice(wanted, MOST_PARTS) for part in _of_connection(connections, name, takes_in))


def _of_connection(connections: dict[str, _Own], name: str, takes_in: bool) -> Iterator[Part]:
    """Of each kind of list the first counts: its own, those of what it takes in, the defaults. Those may be set anew by a file
    that is taken in (`takes_in`)."""
    held: dict[Holds, Held] = {}
    open_names, seen = [name, "%default"], set[str]()
    while open_names and len(seen) < MOST_TAKEN_IN:
        current = open_names.pop(0)
        own = connections.get(current)
        if own is None or current in seen:
            continue
        seen.add(current)
        because = SET_ANEW if takes_in and current != name else ""
        held = {**{kind: replace(each, open_because=because) for kind, each in own.held.items()}, **held}
        open_names[0:0] = own.also
    head, old = connections[name].head, _is_ikev1(held)
    title = f"{_CONN} {shown(name)}"
    yield Part(title[:MOST_SHOWN], head.offset, tuple(each for each in held.values() if each.directive.holds not in _ESP), old)
    esp = tuple(each for each in held.values() if each.directive.holds in _ESP)
    if esp:
        yield Part(f"{title} esp"[:MOST_SHOWN], head.offset, esp, old)


def _is_ikev1(held: dict[Holds, Held]) -> bool:
    return Holds.IKE_VERSION in held and ike_version_named(held[Holds.IKE_VERSION].value) == "IKEv1"


def swanctl_parts(product: Product, settings: tuple[Setting, ...]) -> tuple[Part, ...]:
    """One part for each connection, and one for each of its children. What is taken in behind a line in a block around it may set
    the same anew."""
    blocks: dict[tuple[Block, ...], _Own] = {}
    taken_in: dict[tuple[Block, ...], int] = {}
    for setting in settings:
        if setting.name.lower() in product.includes:
            taken_in[setting.blocks] = setting.offset
        elif setting.opens:
            blocks.setdefault((*setting.blocks, setting.block), _Own(setting))
        elif setting.blocks in blocks:
            blocks[setting.blocks].take(product, setting)
    for path, own in blocks.items():
        last = max(taken_in.get(path[:length], -1) for length in range(len(path) + 1))
        for holds, held in own.held.items():
            own.held[holds] = replace(held, open_because=SET_ANEW if held.setting.offset < last else "")
    templates = {path[0].name: own for path, own in blocks.items() if len(path) == 1}
    return tuple(islice(_of_blocks(blocks, templates), MOST_PARTS))


def _with_templates(own: _Own, templates: dict[str, _Own]) -> dict[Holds, Held]:
    held = dict(own.held)
    for reference in own.head.words[:MOST_TAKEN_IN]:
        template = templates.get(reference.strip(":,"))
        held = held if template is None else {**template.held, **held}
    return held


def _of_blocks(blocks: dict[tuple[Block, ...], _Own], templates: dict[str, _Own]) -> Iterator[Part]:
    for path, own in blocks.items():
        names = [block.name for block in path]
        is_connection = len(path) == 2 and names[0] == _CONNECTIONS
        is_child = len(path) == 4 and names[0] == _CONNECTIONS and names[2] == _CHILDREN
        if not is_connection and not is_child:
            continue
        held = _with_templates(own, templates)
        connection = held if is_connection else _with_templates(blocks[path[:2]], templates) if path[:2] in blocks else {}
        title = f"{_CONNECTIONS} {shown(names[1])}{f' {shown(names[3])}' if is_child else ''}"
        wanted = tuple(each for each in held.values() if (each.directive.holds in _ESP) == is_child)
        if is_connection or wanted:
            yield Part(title[:MOST_SHOWN], own.head.offset, wanted, _is_ikev1(connection))
