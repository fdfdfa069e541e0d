"""The two states of a configuration: of each part of it (a server, a connection) by what its lines put in force, the weakest first.

Where no line sets how keys are agreed on, the default of the installed version decides, which the file does not tell. Which
certificate is served, it does not tell either: keys and certificates are files of their own."""

from __future__ import annotations

from collections.abc import Iterable

from pqscan.model.observation import Observation, Profile, Subject, Support
from pqscan.model.reason import Reason
from pqscan.policy.answers import QUANTUM_RESISTANT
from pqscan.policy.floor import below_floor
from pqscan.policy.rule import Purpose
from pqscan.policy.state import Assessment, State
from pqscan.policy.uses import uses_of
from pqscan.registry.config import product_named
from pqscan.registry.config_trees import NO_OPTION_AS_OF, tree_product_named
from pqscan.registry.quantum import QuantumClass

CONFIGURATION = "configuration_file"
_TLS_1_3 = "TLS1.3"
_NOT_GOOD = frozenset({State.BROKEN, State.VULNERABLE, State.UNKNOWN})
_ORDER = (State.BROKEN, State.VULNERABLE, State.UNKNOWN, State.CAPABLE, State.DEFAULT, State.EXCLUSIVE)
_TLS = frozenset({Subject.NAMED_GROUP, Subject.CIPHER_SUITE, Subject.PROTOCOL_VERSION})
_LISTS = {
    Purpose.KEY_ESTABLISHMENT: frozenset(
        {Subject.NAMED_GROUP, Subject.KEX_METHOD, Subject.IKE_KEY_EXCHANGE, Subject.IKE_ADDITIONAL_KEY_EXCHANGE, Subject.ALGORITHM}
    ),
    Purpose.SIGNATURE: frozenset({Subject.HOST_KEY, Subject.DNSSEC_ALGORITHM, Subject.ALGORITHM}),
}
Judged = tuple[State, Reason]


def configuration_key_establishment(profile: Profile) -> Assessment:
    """BROKEN and VULNERABLE where one part is so; UNKNOWN where a default decides; else by the place of the first hybrid."""
    return _weakest([_key_establishment(title, part, profile) for title, part in _parts(profile).items()], profile)


def configuration_authentication(profile: Profile) -> Assessment:
    """By host keys and signatures that are named; of TLS and IKE the certificate decides, which is another file."""
    return _weakest([_authentication(title, part, profile) for title, part in _parts(profile).items()], profile)


def _parts(profile: Profile) -> dict[str, list[Observation]]:
    parts: dict[str, list[Observation]] = {}
    for one in profile.observations:
        if one.subject is not Subject.SOFTWARE:
            title = dict(one.parameters).get("part", one.context) if one.subject is Subject.ALGORITHM else one.context
            parts.setdefault(str(title or ""), []).append(one)
    return parts


def _weakest(judged: Iterable[Judged | None], profile: Profile) -> Assessment:
    found = sorted((one for one in judged if one is not None), key=lambda one: _ORDER.index(one[0]))
    if not found and not profile.complete:
        return Assessment(State.UNKNOWN, (Reason.of("file_incomplete"),))
    if not found:
        return Assessment(State.NONE, (Reason.of("configuration_sets_nothing_of_it"),))
    state = found[0][0]
    if not profile.complete and state not in (State.BROKEN, State.VULNERABLE):
        return Assessment(State.UNKNOWN, (Reason.of("file_incomplete"),))
    reasons = [reason for each, reason in found if each is state]
    others = len(found) - len(reasons)
    beside = (Reason.of("configuration_parts", alike=len(reasons), others=others),) if others else ()
    return Assessment(
        state, (reasons[0], *beside, *(_without_option(profile) if state in _NOT_GOOD and not _is_elsewhere(reasons[0]) else ()))
    )


def _is_elsewhere(reason: Reason) -> bool:
    """Whether another file decides: what options this product has means nothing there."""
    return reason.code == "configuration_names_no_key"


def _without_option(profile: Profile) -> tuple[Reason, ...]:
    """Of products of which no source known here tells a post-quantum option, that this is so."""
    days = (
        (one.value, dict(one.parameters).get(NO_OPTION_AS_OF)) for one in profile.observations if one.subject is Subject.SOFTWARE
    )
    return tuple(Reason.of("configuration_no_option", product=product, day=day) for product, day in days if day is not None)


def _key_establishment(title: str, part: list[Observation], profile: Profile) -> Judged | None:
    if any(map(_passes_on, part)):
        return None  # TLS begins and ends elsewhere.
    wanted = _LISTS[Purpose.KEY_ESTABLISHMENT]
    methods = [one for one in part if one.subject in wanted and one.support.shows_use and _agrees(one)]
    open_end = next((one for one in part if one.subject in wanted and one.support is Support.UNKNOWN), None)
    versions = {one.value for one in part if one.subject is Subject.PROTOCOL_VERSION and one.value.startswith(("TLS", "SSL"))}
    is_tls = bool(versions) or any(one.subject in (Subject.NAMED_GROUP, Subject.CIPHER_SUITE) for one in part)
    open_version = next(filter(_leaves_versions_open, part), None)
    if versions and open_version is None and _all_below(one for one in part if one.subject is Subject.PROTOCOL_VERSION):
        return State.BROKEN, Reason.of("configuration_old_versions", part=title, versions=", ".join(sorted(versions)))
    if versions and _TLS_1_3 not in versions:
        if open_version is not None:
            return State.UNKNOWN, _open(title, open_version, profile)
        return State.VULNERABLE, Reason.of("configuration_without_tls13", part=title, versions=", ".join(sorted(versions)))
    if not methods:
        if open_end is None and is_tls:  # Versions or suites are set, and how keys are agreed on is not: that decides elsewhere.
            open_end = next(one for one in part if one.subject in _TLS)
        return None if open_end is None else (State.UNKNOWN, _open(title, open_end, profile))
    if all("shared_secret" in dict(one.parameters) for one in methods):
        return State.UNKNOWN, Reason.of("configuration_shared_secret", part=title, value=_name(methods[0]))
    if open_end is None and _all_below(methods):
        return State.BROKEN, Reason.of("configuration_below_floor", part=title, value=_name(methods[0]))
    ranked = sorted(methods, key=lambda one: (one.rank is None, one.rank or 0))
    resistant = [one for one in ranked if one.quantum_class in QUANTUM_RESISTANT]
    elsewhere = (one for one in part if one.subject in wanted and _may_be_set_elsewhere(one))
    not_proved = open_version or next(elsewhere, None)
    if resistant and not_proved is not None:
        return State.UNKNOWN, _open(title, not_proved, profile)
    if resistant and ranked[0].quantum_class in QUANTUM_RESISTANT and ranked[0].rank is not None:
        only = len(resistant) == len(ranked) and open_end is None and (not is_tls or versions == {_TLS_1_3})
        code = "configuration_only_resistant" if only else "configuration_resistant_first"
        return (State.EXCLUSIVE if only else State.DEFAULT), Reason.of(code, part=title, value=_name(resistant[0]))
    if resistant:
        return State.CAPABLE, Reason.of("configuration_resistant_behind", part=title, value=_name(resistant[0]))
    if open_end is not None:
        return State.UNKNOWN, _open(title, open_end, profile)
    if all(one.quantum_class is QuantumClass.TRADITIONAL for one in ranked):
        return State.VULNERABLE, Reason.of("configuration_traditional", part=title, value=_name(ranked[0]))
    return State.UNKNOWN, Reason.of("configuration_unlisted", part=title, value=_name(ranked[0]))


def _authentication(title: str, part: list[Observation], profile: Profile) -> Judged | None:
    if any(map(_passes_on, part)):
        return None
    wanted = _LISTS[Purpose.SIGNATURE]
    signs = [one for one in part if one.subject in wanted and one.support.shows_use and _signs(one)]
    open_end = next((one for one in part if one.subject is Subject.DNSSEC_ALGORITHM and one.support is Support.UNKNOWN), None)
    if open_end is not None:
        return State.UNKNOWN, _open(title, open_end, profile)
    if not signs and not any(map(_asks_for_proof, part)):
        return None
    if not signs:
        return State.UNKNOWN, Reason.of("configuration_names_no_key", part=title)
    open_key = next((one for one in part if one.subject is Subject.HOST_KEY and one.support is Support.UNKNOWN), None)
    if open_key is not None and dict(open_key.parameters).get("reason") != "configuration_default":
        return State.UNKNOWN, _open(title, open_key, profile)
    if open_key is not None:
        return State.UNKNOWN, Reason.of("configuration_host_keys_by_default", part=title)
    if _all_below(signs):
        return State.BROKEN, Reason.of("configuration_below_floor", part=title, value=_name(signs[0]))
    resistant = [one for one in signs if one.quantum_class in QUANTUM_RESISTANT]
    if len(resistant) == len(signs):
        return State.EXCLUSIVE, Reason.of("configuration_only_resistant", part=title, value=_name(resistant[0]))
    if resistant:
        return State.CAPABLE, Reason.of("configuration_resistant_behind", part=title, value=_name(resistant[0]))
    return State.VULNERABLE, Reason.of("configuration_traditional", part=title, value=_name(signs[0]))


def _leaves_versions_open(one: Observation) -> bool:
    """Whether a line says something of versions that could not be followed, so that TLS 1.3 may be among them."""
    if one.subject is not Subject.PROTOCOL_VERSION or one.support is not Support.UNKNOWN:
        return False
    return dict(one.parameters).get("reason") != "configuration_default"


def _may_be_set_elsewhere(one: Observation) -> bool:
    """Whether a file that is taken in may put another list in the place of this one."""
    return dict(one.parameters).get("reason") in ("configuration_behind_include", "configuration_set_anew")


def _passes_on(one: Observation) -> bool:
    return dict(one.parameters).get("reason") == "configuration_passes_on"


def _asks_for_proof(one: Observation) -> bool:
    """Whether it is of a protocol in which a key or certificate proves who answers."""
    if one.subject is Subject.PROTOCOL_VERSION:
        return one.value.startswith(("TLS", "SSL", "IKE"))
    return one.subject is not Subject.ALGORITHM and one.subject in (*_TLS, *_LISTS[Purpose.KEY_ESTABLISHMENT])


def _agrees(one: Observation) -> bool:
    """A key exchange of ESP adds to keys that come from IKE, and is no worse than they are; one that an additional one goes with is
    told with that."""
    stated = dict(one.parameters)
    if stated.get("protocol") == "esp" or stated.get("with_additional") == "yes":
        return False
    return one.subject is not Subject.ALGORITHM or one.context == Purpose.KEY_ESTABLISHMENT.value


def _signs(one: Observation) -> bool:
    return one.subject is not Subject.ALGORITHM or one.context == Purpose.SIGNATURE.value


def _all_below(observations: Iterable[Observation]) -> bool:
    uses = [use for one in observations for use in uses_of(one)]
    return bool(uses) and all(below_floor(use) is not None for use in uses)


def _open(title: str, one: Observation, profile: Profile) -> Reason:
    """Why it is not known what is in force: mostly because no line says it, so that the version decides."""
    why = str(dict(one.parameters).get("reason", "configuration_default"))
    if why != "configuration_default":
        return Reason.of(
            "configuration_value_unknown", part=title, directive=str(dict(one.parameters).get("directive", "-")), why=why
        )
    software = next((each for each in profile.observations if each.subject is Subject.SOFTWARE), None)
    own = "" if software is None else dict(software.parameters).get("product", "")
    told = str(dict(one.parameters).get("product", own))  # A file may be of several products.
    known = product_named(told)
    product = known or tree_product_named(told)
    name, since = ("-", None) if product is None else (product.title, product.hybrid_since)
    if known is None or not known.defaults:
        if since is None:
            return Reason.of("configuration_default_decides", part=title, product=name)
        return Reason.of("configuration_tree_hybrid_since", part=title, product=name, since=since)
    defaults = "; ".join(f"{each.since}: {each.value}" for each in known.defaults)
    if since is None:
        return Reason.of("configuration_defaults_decide", part=title, product=name, defaults=defaults)
    return Reason.of("configuration_default_hybrid_since", part=title, product=name, since=since, defaults=defaults)


def _name(one: Observation) -> str:
    return one.name or one.value
