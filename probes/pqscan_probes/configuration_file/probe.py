"""The probe of all products' configurations: which product's it is, which values are in force, what they mean.

It reads one file: what it takes in from others is not seen, and said so. Of what no line sets, the installed version decides."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from itertools import islice

from pqscan.errors import BeyondBounds, MalformedMessage, WrongProtocol
from pqscan.model.observation import Observation, Subject, Support, Usage, Where
from pqscan.model.outcome import Facts
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget
from pqscan.probe import FileSource, Mark
from pqscan.registry.config import Holds, Product, products
from pqscan.wire.config.in_force import MOST_PARTS, Held, Part, by_default, in_force
from pqscan.wire.config.reading import Recognised, recognise
from pqscan.wire.config.setting import Setting, shown
from pqscan_probes.configuration_file.apache import apache_parts
from pqscan_probes.configuration_file.crypto_policy import MARKS as MARKS_OF_POLICY
from pqscan_probes.configuration_file.crypto_policy import chosen_policy, of_policy
from pqscan_probes.configuration_file.exim import exim_parts
from pqscan_probes.configuration_file.haproxy import haproxy_parts
from pqscan_probes.configuration_file.ipsec import ipsec_parts, swanctl_parts
from pqscan_probes.configuration_file.nginx import nginx_parts
from pqscan_probes.configuration_file.numbered import without_additional
from pqscan_probes.configuration_file.openssl import openssl_parts
from pqscan_probes.configuration_file.openssl import stated as openssl_stated
from pqscan_probes.configuration_file.others import bind_parts, gnutls_parts, kafka_parts, wireguard_parts
from pqscan_probes.configuration_file.told import Line
from pqscan_probes.configuration_file.trees import MOST_PARTS as MOST_PARTS_OF_TREES
from pqscan_probes.configuration_file.trees import Trees
from pqscan_probes.configuration_file.values import SUBJECTS, observations_of
from pqscan_probes.configuration_file.versions import in_common

Places = Callable[[int], Where]
Parts = Callable[[Product, tuple[Setting, ...]], tuple[Part, ...]]
MOST_OBSERVATIONS = 20_000
HEAD_OCTETS = 1 << 18
"""So much is read of a text that is too large for a configuration, and told as its beginning."""
MAIN_FILE = "configuration_main_file"
"""Reason: of a file whose values come before those of another one, which sets the rest."""
_COMMENT_OCTETS = 1 << 10
_LIKELY_MARKS = 2
_STATEMENT = re.compile(rb"[A-Za-z_][\w.-]*[^\"\n;{}]*[;{]")
_OTHER = re.compile(rb"\S")
_COMMENTS = {b"#": b"\n", b"//": b"\n", b"/*": b"*/"}
_MOST_COMMENTS = 1000  # in front of the first statement
_AGREES = frozenset({Holds.OPENSSL_GROUPS, Holds.SSH_KEX, Holds.IKE_PROPOSALS, Holds.IKE_PROPOSALS_LOOSE})
"""Lists of how keys are agreed on: where none is set, the default decides what a recording is worth."""
PARTS: dict[str, Parts] = {
    "apache": apache_parts,
    "exim": exim_parts,
    "haproxy": haproxy_parts,
    "nginx": nginx_parts,
    "openssl": openssl_parts,
    "strongswan": ipsec_parts,
    "libreswan": ipsec_parts,
    "swanctl": swanctl_parts,
    "bind": bind_parts,
    "gnutls": gnutls_parts,
    "kafka": kafka_parts,
    "wireguard": wireguard_parts,
}
"""Products whose parts follow rules of their own, by name; of all others `in_force` tells them."""

STATED: dict[str, Callable[[tuple[Setting, ...]], tuple[tuple[str, str], ...]]] = {"openssl": openssl_stated}
"""What a configuration says of its product as a whole, by the product's name."""


class ConfigurationFileProbe:
    """Raises WrongProtocol where the text is no product's configuration, or sets nothing of cryptography."""

    name = "configuration_file"

    def __init__(self) -> None:
        self._products = products()
        self._marks = {
            word: Mark(f"configuration {word}", word, in_text=True) for product in self._products for word in product.marks
        }
        self._trees = Trees()
        self.marks = tuple(dict.fromkeys((*self._marks.values(), *self._trees.marks, *MARKS_OF_POLICY)))

    async def run(self, target: FileTarget, source: FileSource) -> Facts:
        if not source.is_whole:
            raise WrongProtocol(f"{target.path} is too large for a configuration")
        if (chosen := chosen_policy(target, source)) is not None:
            policy = next(each for each in self._products if each.name == "crypto_policies")
            return Facts((_software(policy, (("policy", shown(chosen[0])),)), *of_policy(*chosen, source)))
        asked = [each for each in self._products if any(source.places(self._marks[word]).offsets for word in each.marks)]
        found, hindrance = _recognised(source.data, asked)
        if found is None:
            of_trees, is_whole = self._trees.told(source)
            if not of_trees and isinstance(hindrance, BeyondBounds) and any(map(partial(self._is_likely, source), asked)):
                raise hindrance
            if not of_trees and hindrance is not None:
                raise WrongProtocol(f"{target.path} holds no configuration ({hindrance})") from hindrance
            if not of_trees:
                raise WrongProtocol(f"{target.path} quotes a line of a configuration, and is none")
            return Facts(of_trees) if is_whole else Facts(of_trees, complete=False, detail=_cut(MOST_PARTS_OF_TREES))
        parts = PARTS.get(found.product.name, in_force)(found.product, found.settings) or by_default(found.product, found.settings)
        where = cache(source.where)  # Parts that inherit a line ask for its place again and again.
        told = _told(found.product, parts, where, _has_rest_elsewhere(found.product, source.data))
        observations = tuple(islice(told, MOST_OBSERVATIONS + 1))
        if hindrance is None and not observations:
            raise WrongProtocol(f"{target.path} sets nothing of cryptography")
        software = _software(found.product, STATED.get(found.product.name, _nothing)(found.settings))
        if hindrance is None and len(observations) <= MOST_OBSERVATIONS and len(parts) < MOST_PARTS:
            return Facts((software, *observations))
        kept = (software, *observations[:MOST_OBSERVATIONS])
        return Facts(kept, complete=False, detail=_cut(MOST_PARTS))

    def _is_likely(self, source: FileSource, product: Product) -> bool:
        """Whether it begins with a statement and several of the product's words stand there: one alone stands in programs and in
        what is written about it, which hold braces of their own."""
        return (
            _begins_with_statement(source.data)
            and sum(bool(source.places(self._marks[word]).offsets) for word in product.marks) >= _LIKELY_MARKS
        )


def _begins_with_statement(data: bytes) -> bool:
    """Behind its comments, as products with blocks write one."""
    place = 0
    for _ in range(_MOST_COMMENTS):
        place = len(data) if (found := _OTHER.search(data, place)) is None else found.start()
        begin = next((begin for begin in _COMMENTS if data.startswith(begin, place)), None)
        if begin is None:
            break
        end = data.find(_COMMENTS[begin], place + len(begin))
        place = len(data) if end < 0 else end + len(_COMMENTS[begin])
    return _STATEMENT.match(data, place, place + _COMMENT_OCTETS) is not None


def _recognised(data: bytes, asked: list[Product]) -> tuple[Recognised | None, MalformedMessage | None]:
    """Whose configuration it is, and what keeps it from being read to its end: beyond the bounds of one its beginning is read."""
    try:
        return recognise(data, asked), None
    except MalformedMessage as error:
        hindrance = error
    head = b"" if b"\0" in data else data[:HEAD_OCTETS]  # Programs hold lines of configurations as well.
    try:
        return recognise(head[: head.rfind(b"\n") + 1], asked), hindrance
    except MalformedMessage:
        return None, hindrance


def _cut(parts: int) -> Reason:
    return Reason.of("configuration_too_large", parts=parts)


def _nothing(_settings: tuple[Setting, ...]) -> tuple[tuple[str, str], ...]:
    return ()


def _software(product: Product, stated: tuple[tuple[str, str], ...]) -> Observation:
    """Whose configuration it is, by the name under which its lines of advice stand."""
    return Observation(
        Subject.SOFTWARE,
        product.title,
        Support.OFFERED,
        "configuration",
        usage=Usage.CONFIGURED,
        parameters=(("product", product.name), *stated),
    )


def _has_rest_elsewhere(product: Product, data: bytes) -> bool:
    """Whether the product takes what is not set here from another file (`rest_elsewhere` in its manner): always, or where the text
    begins with a comment of those words."""
    words = product.manner.get("rest_elsewhere")
    return words is not None and words.encode() in data[:_COMMENT_OCTETS]


def _told(product: Product, parts: Iterable[Part], where: Places, is_rest_elsewhere: bool) -> Iterator[Observation]:
    titles: dict[str, int] = {}
    prefix = product.manner.get("prefix", "")  # By which policy knows the protocol of its numbers.
    for part in parts:
        place = where(part.offset)
        count = titles[part.title] = titles.get(part.title, 0) + 1
        title = f"{prefix} {part.title}{'' if count == 1 else f' #{count}'}".strip()
        for side, held in part.shared_sides() if product.sides_share else part.sides():
            context = f"{title} {side}".rstrip()
            told = _of_side(product, part, context, held, where, _not_set(product, context, place, is_rest_elsewhere))
            yield from without_additional(told) if part.is_ikev1 else told


def _of_side(
    product: Product, part: Part, context: str, held: tuple[Held, ...], where: Places, not_set: Callable[[Holds], Observation]
) -> Iterator[Observation]:
    yield from in_common(
        tuple(observations_of(each.directive.holds, each.value, Line(context, _spelled(each), where(each.setting.offset))))
        for each in held
    )
    for each in held:
        if each.open_because:
            line = Line(context, _spelled(each), where(each.setting.offset))
            yield line.open(SUBJECTS[each.directive.holds], each.open_because)
    told = {SUBJECTS[each.directive.holds] for each in held}
    if told == {SUBJECTS[Holds.ESP_PROPOSALS]} or not part.agrees_on_keys:
        return  # The keys of ESP come from IKE, where no line says otherwise.
    side = held[0].directive.side if held else ""
    for kind in sorted(_with_default(product, side), key=lambda each: SUBJECTS[each]):
        if SUBJECTS[kind] not in told:
            told.add(SUBJECTS[kind])
            yield not_set(kind)


def _not_set(product: Product, context: str, place: Where, is_rest_elsewhere: bool) -> Callable[[Holds], Observation]:
    def told(kind: Holds) -> Observation:
        if not is_rest_elsewhere:
            return Line(context, "", place).open(SUBJECTS[kind], "configuration_default")
        directive = next((each.name for each in product.directives if each.holds is kind), "")
        return Line(context, directive, place).open(SUBJECTS[kind], MAIN_FILE)

    return told


def _with_default(product: Product, side: str) -> frozenset[Holds]:
    """Lists that are in force where no line sets them: how keys are agreed on, and those whose default a source tells."""
    defaults = {each.holds for each in product.defaults}
    of_side = {each.holds for each in product.directives if each.side == side}
    kinds = {each.holds for each in product.directives} | defaults
    return frozenset(kinds & _AGREES | defaults & of_side)


def _spelled(held: Held) -> str:
    """The directive as the line spells it, with the word that chooses among its values."""
    word = next((word for word in held.setting.words if held.directive.word and word.lower() == held.directive.word), "")
    return f"{held.setting.name} {word}".rstrip()
