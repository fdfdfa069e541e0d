"""Parts of a configuration of Exim: the main section, which ends at the first `begin`, and each transport that sets for itself what
it asks of others (Exim specification, sections 6.2 and 43.4). Options of the main section are those of the server."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

from pqscan.registry.config import Holds, Product
from pqscan.wire.config.in_force import MOST_PARTS, Held, Part, in_force, value_of
from pqscan.wire.config.setting import Block, Setting, shown

_BEGIN, _TRANSPORTS = "begin", ("transports",)
_OF_TRANSPORTS = frozenset({Holds.OPENSSL_CIPHERS})


def exim_parts(product: Product, settings: tuple[Setting, ...]) -> tuple[Part, ...]:
    """The main section as the lines of its own tell it, then the transports."""
    main = tuple(each for each in settings if not each.blocks and each.name != _BEGIN)
    return tuple(islice((*in_force(product, main), *_transports(product, settings)), MOST_PARTS))


def _transports(product: Product, settings: tuple[Setting, ...]) -> list[Part]:
    """Each begins with its name and a colon."""
    directives = [each for each in product.directives if each.holds in _OF_TRANSPORTS]
    found: list[Part] = []
    block: Block | None = None
    for setting in settings:
        if not setting.blocks or setting.blocks[0].words != _TRANSPORTS:
            block = None
        elif setting.words == (":",):
            block = setting.block
        elif block is not None:
            for directive in directives:
                value = value_of(directive, product, setting)
                if value is not None:
                    held = Held(directive, setting, value)
                    if found and found[-1].offset == block.offset:  # The last line of a name counts.
                        found[-1] = replace(found[-1], held=(held,))
                    else:
                        found.append(Part(f"transport {shown(block.name)}", block.offset, (held,)))
    return found
