"""Parts of configurations whose blocks need a word more than other products' do: BIND's lists in braces, WireGuard's fixed
algorithms."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

from pqscan.registry.config import Product
from pqscan.wire.config.in_force import MOST_PARTS, Held, Part, in_force
from pqscan.wire.config.setting import Block, Setting

_LISTS = frozenset({"protocols"})
_PEER, _PRESHARED = "peer", "presharedkey"


def bind_parts(product: Product, settings: tuple[Setting, ...]) -> tuple[Part, ...]:
    """A list in braces (`protocols { TLSv1.2; TLSv1.3; };`) is one value."""
    found: list[Setting] = []
    for setting in settings:
        if setting.opens and setting.name in _LISTS:
            found.append(replace(setting, opens=False))
        elif setting.blocks and setting.blocks[-1].name in _LISTS:
            if found:
                found[-1] = replace(found[-1], words=(*found[-1].words, setting.name))
        else:
            found.append(setting)
    return in_force(product, tuple(found))


def wireguard_parts(product: Product, settings: tuple[Setting, ...]) -> tuple[Part, ...]:
    """Each peer by its number: whether a shared secret stands beside the keys is what the lines decide. No
    key is part of any value."""
    sections: dict[Block, Setting] = {}
    shared: set[Block] = set()
    for setting in settings:
        if setting.opens and setting.name.lower() == _PEER:
            sections[setting.block] = setting
        elif setting.name.lower() == _PRESHARED:
            shared.update(setting.blocks)
    directives = {each.name: each for each in product.directives}
    return tuple(
        Part("Peer", section.offset, (Held(directives["peer psk" if block in shared else "peer"], section, "X25519"),))
        for block, section in islice(sections.items(), MOST_PARTS)
    )
