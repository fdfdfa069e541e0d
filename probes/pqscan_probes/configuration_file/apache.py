"""Parts of a configuration of Apache httpd. `SSLProtocol` sets the least and the most version, and so do commands that are handed
over to OpenSSL behind it: what they say of an end counts, whatever `SSLProtocol` says (tried with httpd 2.4.71)."""

from __future__ import annotations

from dataclasses import replace

from pqscan.registry.config import Holds, Product
from pqscan.wire.config.in_force import Held, Part, in_force
from pqscan.wire.config.setting import Setting
from pqscan.wire.config.tls_versions import VERSIONS, last_replaces, signed_versions, version_of

_ENDS = (Holds.TLS_LEAST, Holds.TLS_MOST)


def apache_parts(product: Product, settings: tuple[Setting, ...]) -> tuple[Part, ...]:
    """As the blocks tell them, with the versions that are left in `SSLProtocol` where a command moves one of its ends."""
    return tuple(replace(part, held=_with_ends(part.held)) for part in in_force(product, settings))


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
