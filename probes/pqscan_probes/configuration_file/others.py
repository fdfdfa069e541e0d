"""Parts of configurations whose blocks need a word more than other products' do: BIND's lists in braces, WireGuard's fixed
algorithms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from pqscan.registry.config import Holds, Product
from pqscan.wire.config.in_force import GLOBAL, MOST_PARTS, Held, Part, in_force
from pqscan.wire.config.setting import Block, Setting, shown

_LISTS = frozenset({"protocols"})
_TLS, _EPHEMERAL = "tls", "ephemeral"
_POLICY, _DEFAULT = "dnssec-policy", "default"
_LISTENER, MOST_LISTENERS = "listener.name.", 50
_PEER, _PRESHARED = "peer", "presharedkey"


def bind_parts(product: Product, settings: tuple[Setting, ...]) -> tuple[Part, ...]:
    """A list in braces (`protocols { TLSv1.2; TLSv1.3; };`) is one value. TLS is on by a block of its own, whether or not it sets
    anything, and by `tls ephemeral`; a zone signs by `dnssec-policy default` as BIND's own policy says."""
    found: list[Setting] = []
    for setting in settings:
        if setting.opens and setting.name in _LISTS:
            found.append(replace(setting, opens=False))
        elif setting.blocks and setting.blocks[-1].name in _LISTS:
            if found:
                found[-1] = replace(found[-1], words=(*found[-1].words, setting.name))
        else:
            found.append(setting)
    own = [replace(part, agrees_on_keys=part.title.startswith(f"{_TLS} ")) for part in in_force(product, tuple(found))]
    begun = {part.offset for part in own}
    more = (part for part in _on_by_default(product, settings) if part.offset not in begun)
    return tuple(islice(sorted((*own, *more), key=lambda part: part.offset), MOST_PARTS))


def _on_by_default(product: Product, settings: tuple[Setting, ...]) -> Iterator[Part]:
    signs = next(each for each in product.directives if each.holds is Holds.DNSSEC_DEFAULT)
    for setting in settings:
        if setting.opens and setting.name == _TLS and not setting.blocks:
            yield Part(setting.block.title, setting.offset, ())
        elif (_TLS, _EPHEMERAL) in zip(setting.words, setting.words[1:], strict=False):
            yield Part(f"{_TLS} {_EPHEMERAL}", setting.offset, ())
        elif setting.name == _POLICY and setting.words == (_DEFAULT,) and not setting.opens:
            title = setting.blocks[-1].title if setting.blocks else GLOBAL
            yield Part(title, setting.offset, (Held(signs, setting, _DEFAULT),), agrees_on_keys=False)


def kafka_parts(product: Product, settings: tuple[Setting, ...]) -> tuple[Part, ...]:
    """What is set for one listener (`listener.name.external.ssl.protocol`) comes before what is set for all, in a part of its
    own."""
    own: dict[str, list[Setting]] = {}
    for setting in settings:
        if setting.name.startswith(_LISTENER):
            listener, _, name = setting.name.removeprefix(_LISTENER).partition(".")
            own.setdefault(listener, []).append(replace(setting, name=name))
    found = list(in_force(product, settings))
    names = {each.name for each in product.directives}
    of_all = {each.name: each for each in settings if each.name in names}  # The last line of a name counts.
    for listener, lines in islice(own.items(), MOST_LISTENERS):
        parts = in_force(product, (*of_all.values(), *lines))
        found += (replace(part, title=f"listener {shown(listener)}", offset=lines[0].offset) for part in parts)
    return tuple(found)


def gnutls_parts(product: Product, settings: tuple[Setting, ...]) -> tuple[Part, ...]:
    """Each line of a name switches one thing more on; what they name is one list, in their order."""
    names = {each.name for each in product.directives}
    firsts: dict[tuple[str, tuple[Block, ...]], int] = {}
    found: list[Setting] = []
    more: dict[int, list[str]] = {}
    for setting in settings:
        if setting.name in names:
            place = firsts.setdefault((setting.name, setting.blocks), len(found))
            more.setdefault(place, []).extend(word.upper().removeprefix("GROUP-") for word in setting.words)
            if place < len(found):
                continue
        found.append(setting)
    joined = (replace(each, words=tuple(more[place])) if place in more else each for place, each in enumerate(found))
    return in_force(product, tuple(joined))


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
