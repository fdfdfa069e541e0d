"""Parts of a configuration of nginx. `ssl_protocols` switches versions on and off, and a command `Protocol` that is handed over to
OpenSSL behind it does so once more: it takes out, and puts in what `ssl_protocols` leaves out (tried with nginx 1.22.1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pqscan.registry.config import Holds, Product
from pqscan.wire.config.in_force import Held, Part, in_force
from pqscan.wire.config.setting import Setting
from pqscan.wire.config.tls_versions import VERSIONS, listed_versions, switched_from


def nginx_parts(product: Product, settings: tuple[Setting, ...]) -> tuple[Part, ...]:
    """As the blocks tell them, with the versions that are left by both directives together."""
    return tuple(replace(part, held=tuple(_switched(part.held))) for part in in_force(product, settings))


def _switched(held: tuple[Held, ...]) -> Iterator[Held]:
    lists = {each.directive.side: each for each in held if each.directive.holds is Holds.TLS_VERSIONS}
    commands = {each.directive.side: each for each in held if each.directive.holds is Holds.TLS_VERSIONS_SWITCHED}
    for each in held:
        own, command = lists.get(each.directive.side), commands.get(each.directive.side)
        listed = () if own is None else listed_versions(own.value)
        left = () if command is None else switched_from(listed, command.value)
        if not listed or not left or each not in (own, command):
            yield each  # Where none is left, that is told where all of them are read.
        elif each is command:
            yield replace(each, value=",".join(("-ALL", *left)))
        else:
            named = (version for version in listed if version in left)
            off = (f"-{version}" for version in VERSIONS if version not in left)
            signed = replace(each.directive, holds=Holds.TLS_VERSIONS_SIGNED)
            yield replace(each, directive=signed, value=" ".join(("all", *off, *named)))
