"""Parts of a configuration of HAProxy: each `bind` and each `server` line with TLS (configuration manual, sections 5.1 and 5.2).
What a line does not name itself, the section `global` sets; `default-server` sets it for the servers of its section before that.
Options of versions of all of them are taken together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from pqscan.registry.config import Directive, Holds, Product
from pqscan.wire.config.in_force import MOST_PARTS, Held, Part, in_force, value_of
from pqscan.wire.config.setting import MOST_SHOWN, Block, Setting, shown
from pqscan.wire.config.tls_versions import version_options

MOST_DEFAULTS = 50
MOST_OPTIONS = 1000
"""Characters of options of versions in one line; more are no use."""
_DEFAULTS = "defaults"
_SIDES = {"bind": "", "server": "server", "server-template": "server"}


@dataclass(frozen=True, slots=True)
class _Defaults:
    """What `default-server` set for the servers of a section until here, the latest first; those of a section `defaults` hold for
    the sections behind it, up to the next one."""

    held: tuple[Held, ...] = ()
    is_on: bool = False

    def with_line(self, product: Product, setting: Setting) -> _Defaults:
        held = (*_held(product, setting, "server"), *self.held)[:MOST_DEFAULTS]
        return _Defaults(held, self.has_tls(setting))

    def has_tls(self, setting: Setting) -> bool:
        """Whether the line, by itself or by these, speaks TLS."""
        return ("ssl" in setting.words or self.is_on) and "no-ssl" not in setting.words


def haproxy_parts(product: Product, settings: tuple[Setting, ...]) -> tuple[Part, ...]:
    """One part for each line with `ssl`; the section `global` alone where no line here has it."""
    of_all = _of_all(product, settings)
    found = tuple(islice(_of_lines(product, settings, of_all), MOST_PARTS))
    if found or not of_all:
        return found
    return (Part("global", of_all[0].setting.offset, of_all),)


def _of_all(product: Product, settings: tuple[Setting, ...]) -> tuple[Held, ...]:
    """What the section `global` sets, one value of each kind."""
    found = [held for part in in_force(product, settings) for held in part.held if held.setting.name.startswith("ssl-")]
    options: dict[Directive, Held] = {}
    for setting in settings:
        for directive in (each for each in product.directives if each.holds is Holds.TLS_OPTIONS and each.name == setting.name):
            before = options.get(directive)
            value = version_options(setting.value if before is None else f"{before.value} {setting.value}")
            if value and setting.name.startswith("ssl-"):
                options[directive] = Held(directive, setting, value[:MOST_OPTIONS])
    return (*(held for held in found if held.directive.holds is not Holds.TLS_OPTIONS), *options.values())


def _of_lines(product: Product, settings: tuple[Setting, ...], of_all: tuple[Held, ...]) -> Iterator[Part]:
    section: tuple[Block, ...] = ()
    for_all = for_section = _Defaults()
    for setting in settings:
        if setting.blocks[-1:] != section:
            section = setting.blocks[-1:]
            for_section = for_all
            if section and section[0].name.lower() == _DEFAULTS:
                for_section = _Defaults()
        if setting.name == "default-server":
            for_section = for_section.with_line(product, setting)
            if section and section[0].name.lower() == _DEFAULTS:
                for_all = for_section
        elif setting.opens and setting.name.lower() == _DEFAULTS:
            for_all = _Defaults()
        side = _SIDES.get(setting.name)
        if side is None or not (for_section if side else _Defaults()).has_tls(setting):
            continue
        own = (*_held(product, setting, setting.name), *(for_section.held if side else ()))
        held = _together([*own, *(one for one in of_all if one.directive.side == side)])
        block = section[0].title if section else "global"
        yield Part(f"{block} {setting.name} {shown(setting.words[0])}"[:MOST_SHOWN], setting.offset, _without_side(held))


def _held(product: Product, setting: Setting, name: str) -> Iterator[Held]:
    """What a line names itself, by the directives of `name`."""
    renamed = Setting(name, setting.words, setting.offset, setting.blocks)
    for directive in product.directives:
        value = value_of(directive, product, renamed)
        if value is not None and directive.holds is Holds.TLS_OPTIONS:
            value = version_options(value)[:MOST_OPTIONS] or None
        if value is not None:
            yield Held(directive, setting, value)


def _together(found: Iterable[Held]) -> Iterable[Held]:
    """Of each kind the first, save that options of versions add to those that come behind it, and that `curves` come before
    `ecdhe`, also those of the section `global` (tried with HAProxy 2.6.12)."""
    held: dict[Holds, Held] = {}
    for each in found:
        first = held.setdefault(each.directive.holds, each)
        if each.directive.prevails and not first.directive.prevails:
            first = held[each.directive.holds] = each
        if first is not each and first.directive.holds is Holds.TLS_OPTIONS:
            held[Holds.TLS_OPTIONS] = replace(first, value=f"{each.value} {first.value}")
    return held.values()


def _without_side(held: Iterable[Held]) -> tuple[Held, ...]:
    """The part is one line, and does one thing."""
    return tuple(replace(each, directive=replace(each.directive, side="")) for each in held)
