"""Parts of a configuration of Apache httpd. `SSLProtocol` sets the least and the most version, and so do commands that are handed
over to OpenSSL behind it: what they say of an end counts, whatever `SSLProtocol` says (tried with httpd 2.4.71)."""

from __future__ import annotations

from dataclasses import replace

from pqscan.registry.config import Holds, Product
from pqscan.wire.config.in_force import Held, Part, in_force
from pqscan.wire.config.setting import Setting
from pqscan.wire.config.tls_versions import VERSIONS, last_replaces, signed_versions, version_of

_SWITCH = frozenset({"sslengine", "include", "includeoptional", "use"})
_ENDS = (Holds.TLS_LEAST, Holds.TLS_MOST)


def apache_parts(product: Product, settings: tuple[Setting, ...]) -> tuple[Part, ...]:
    """As the blocks tell them, with the versions that are left in `SSLProtocol` where a command moves one of its ends."""
    plain = _plain(settings)
    found = (replace(part, held=_with_ends(part.held)) for part in in_force(product, settings))
    return tuple(each for part in found if (each := _without_server(part) if part.offset in plain else part) is not None)


def _plain(settings: tuple[Setting, ...]) -> frozenset[int]:
    """Virtual hosts on port 80 alone, where no line switches TLS on for them, and no file that is taken in may."""
    switched = {block for setting in settings if setting.name.lower() in _SWITCH for block in setting.blocks or (None,)}
    hosts = (setting for setting in settings if setting.opens and setting.name.lower() == "virtualhost")
    plain = (each for each in hosts if each.words and all(word.endswith(":80") for word in each.words))
    return frozenset(each.offset for each in plain if None not in switched and each.block not in switched)


def _without_server(part: Part) -> Part | None:
    """What the part asks of others, if anything."""
    only = (part.only or frozenset()) - {""}
    return replace(part, only=only) if only else None


def _with_ends(held: tuple[Held, ...]) -> tuple[Held, ...]:
    ends = {each.directive.holds: version_of(each.value) for each in held if each.directive.holds in _ENDS}
    own = next((each for each in held if each.directive.holds is Holds.TLS_VERSIONS_APACHE and not each.directive.side), None)
    on = [] if own is None else signed_versions(last_replaces(own.value))
    if own is None or not on or not ends or None in ends.values():
        return held
    least = VERSIONS.index(ends.get(Holds.TLS_LEAST) or min(on, key=VERSIONS.index))
    most = VERSIONS.index(ends.get(Holds.TLS_MOST) or max(on, key=VERSIONS.index))
    if least > most:
        return held  # None is left, which is told where all of them are read.
    between = " ".join(f"+{version}" for version in VERSIONS[least : most + 1])
    return tuple(replace(each, value=between) if each is own else each for each in held)
