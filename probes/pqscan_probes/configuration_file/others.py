"""Parts of configurations whose blocks need a word more than other products' do: BIND's lists in braces, WireGuard's fixed
algorithms."""

from __future__ import annotations

from dataclasses import replace

from pqscan.registry.config import Product
from pqscan.wire.config.in_force import Held, Part, in_force
from pqscan.wire.config.setting import Setting

_LISTS = frozenset({"protocols"})
_INTERFACE, _PEER, _PRESHARED = "interface", "peer", "presharedkey"


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
    """The interface, and each peer by its number: whether a shared secret stands beside the keys is what the lines decide. No
    key is part of any value."""
    parts: list[Part] = []
    for section in (each for each in settings if each.opens and each.name.lower() in (_INTERFACE, _PEER)):
        inside = [each for each in settings if each.blocks == (section.block,)]
        shared = any(each.name.lower() == _PRESHARED for each in inside)
        directive = next((each for each in product.directives if each.name == ("peer psk" if shared else "peer")), None)
        if section.name.lower() == _PEER and directive is not None:
            parts.append(Part("Peer", section.offset, (Held(directive, section, "X25519"),)))
    return tuple(parts)
