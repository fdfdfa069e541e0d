"""Parts of openssl.cnf: the sections to which `openssl_conf` leads by `ssl_conf` (OpenSSL manual, config(5), SSL configuration). A
section to which nothing leads is in force nowhere; a text without `openssl_conf` is taken in by one that has it, and read as it
is. What stands before a dot in the name of a command only tells it from others (`TLS.MinProtocol`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from pqscan.registry.config import Product
from pqscan.wire.config.in_force import GLOBAL, MOST_PARTS, Held, Part, that_count, value_of
from pqscan.wire.config.setting import Setting

_DTLS = "DTLS"
Sections = dict[str, list[Setting]]


def openssl_parts(product: Product, settings: tuple[Setting, ...]) -> tuple[Part, ...]:
    """One part for each section in force that sets something."""
    sections: Sections = {}
    for setting in settings:
        if not setting.opens:
            sections.setdefault(setting.blocks[0].name if setting.blocks else "", []).append(setting)
    names = tuple(_led_to(sections)) if _value(sections, "", "openssl_conf") else tuple(sections)
    found = (_part(product, name, sections.get(name, [])) for name in names)
    return tuple(islice((part for part in found if part is not None), MOST_PARTS))


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
