"""Parts of openssl.cnf: the sections to which `openssl_conf` leads by `ssl_conf` (OpenSSL manual, config(5), SSL configuration). A
section to which nothing leads is in force nowhere; a text without `openssl_conf` is taken in by one that has it, and read as it
is. What stands before a dot in the name of a command only tells it from others (`TLS.MinProtocol`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from pqscan.registry.config import Directive, Holds, Product
from pqscan.wire.config.in_force import GLOBAL, MOST_PARTS, SET_ANEW, Held, Part, by_default, that_count, value_of
from pqscan.wire.config.setting import Setting, shown

_DTLS, _INCLUDE = "DTLS", ".include"
_MADE = frozenset({Holds.MADE_DIGESTS, Holds.MADE_RSA_BITS})
Sections = dict[str, list[Setting]]


def openssl_parts(product: Product, settings: tuple[Setting, ...]) -> tuple[Part, ...]:
    """One part for each section in force that sets something of TLS, and one for each by which commands make something."""
    sections = _sections(settings)
    names = tuple(_led_to(sections)) if _value(sections, "", "openssl_conf") else tuple(sections)
    library, made = (replace(product, directives=each) for each in _directives(product))
    of_library = [part for name in names if (part := _part(library, name, sections.get(name, []))) is not None]
    taken_in = max((each.offset for each in settings if each.name.lower().startswith(_INCLUDE)), default=-1)
    of_library = [replace(part, held=tuple(_before(taken_in, each) for each in part.held)) for part in of_library]
    of_commands = (_part(made, name, each) for name, each in sections.items())
    more = (replace(part, agrees_on_keys=False) for part in of_commands if part is not None)
    return tuple(islice((*(of_library or by_default(product, settings)), *more), MOST_PARTS))


def stated(settings: tuple[Setting, ...]) -> tuple[tuple[str, str], ...]:
    """What the file says of the library as a whole: the providers that it takes in (OpenSSL manual, config(5), Provider
    configuration), and what is asked of every algorithm."""
    sections = _sections(settings)
    start = _value(sections, "", "openssl_conf")
    asked = None if start is None else _value(sections, start, "providers")
    providers = [each.name for each in sections.get(asked or "", ()) if _is_on(sections, each)]
    wanted = None if start is None else _value(sections, start, "alg_section")
    properties = None if wanted is None else _value(sections, wanted, "default_properties")
    found = (("providers", " ".join(dict.fromkeys(providers))), ("default_properties", properties or ""))
    return tuple((name, shown(value)) for name, value in found if value)


def _before(taken_in: int, held: Held) -> Held:
    """A file that is taken in behind a line may go on with its section, whatever section stands around it."""
    return replace(held, open_because=SET_ANEW) if held.setting.offset < taken_in else held


def _is_on(sections: Sections, provider: Setting) -> bool:
    return (_value(sections, provider.value, "activate") or "0").lower() not in ("0", "off", "false", "no")


def _directives(product: Product) -> tuple[tuple[Directive, ...], tuple[Directive, ...]]:
    """Those of the library, then those of commands that make keys, certificates and time stamps."""
    made = tuple(each for each in product.directives if each.holds in _MADE)
    return tuple(each for each in product.directives if each not in made), made


def _sections(settings: tuple[Setting, ...]) -> Sections:
    sections: Sections = {}
    for setting in settings:
        if not setting.opens:
            sections.setdefault(setting.blocks[0].name if setting.blocks else "", []).append(setting)
    return sections


def _led_to(sections: Sections) -> Iterator[str]:
    start = _value(sections, "", "openssl_conf")
    ssl = None if start is None else _value(sections, start, "ssl_conf")
    for setting in () if ssl is None else sections.get(ssl, ()):
        yield setting.value


def _value(sections: Sections, section: str, name: str) -> str | None:
    return next((each.value for each in reversed(sections.get(section, [])) if each.name == name), None)


def _part(product: Product, name: str, settings: list[Setting]) -> Part | None:
    held: dict[tuple[str, str, str], Held] = {}
    for setting in settings:
        if setting.value.upper().startswith(_DTLS):
            continue  # It bounds DTLS alone, and leaves what is set for TLS as it is.
        command = replace(setting, name=setting.name.partition(".")[2] or setting.name)
        for directive in product.directives:
            value = value_of(directive, product, command)
            if value is not None:
                held[directive.axis] = Held(directive, setting, value)
    return Part(name or GLOBAL, settings[0].offset, tuple(that_count((0, each) for each in held.values()))) if held else None
