"""Which value of a directive is in force in which part of a configuration: what a block sets hides what stands around it, or the
first value counts, as the product has it. Values that other files set, which this one takes in, are not seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import reduce
from itertools import islice

from pqscan.registry.config import Directive, Holds, Product, Wins
from pqscan.wire.config.setting import MOST_SHOWN, Block, Setting, shown
from pqscan.wire.config.tls_versions import switched_together

SET_FIRST, SET_ANEW = "configuration_behind_include", "configuration_set_anew"
"""Reasons: a file that is taken in before the line may set the same, and so may one that is taken in behind it."""
GLOBAL = "global"
"""The name of what stands outside of every block that holds values of its own."""
_CATCH_ALL = (("*",), ("all",), ("ALL",))
Path = tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """A value in force and the statement that sets it. `open_because`: why another file that is taken in may set it, too."""

    directive: Directive
    setting: Setting
    value: str
    open_because: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the configuration that holds values of its own, such as one server, with all that is in force in it. `offset` is
    where it begins."""

    title: str
    offset: int
    held: tuple[Held, ...]
    is_ikev1: bool = False  # Of IPsec: it knows nothing of key exchanges on top of a group (RFC 9370).
    agrees_on_keys: bool = True  # By the default, where no line sets how.
    only: frozenset[str] | None = None  # The sides that are on, where not all are of which something is set.

    def sides(self) -> Iterator[tuple[str, tuple[Held, ...]]]:
        """What the part does itself first, under no name; then what it asks of others, where anything is set for that."""
        for side in dict.fromkeys(("", *(held.directive.side for held in self.held), *sorted(self.only or ()))):
            if self.only is not None and side not in self.only:
                continue
            yield side, tuple(held for held in self.held if held.directive.side == side)

    def shared_sides(self) -> Iterator[tuple[str, tuple[Held, ...]]]:
        """As `sides`, where what is set for no side holds for each; under no name only where no side is named."""
        named = dict.fromkeys(held.directive.side for held in self.held if held.directive.side)
        for side in named or ("",):
            yield side, tuple(held for held in self.held if held.directive.side in ("", side))


MOST_PARTS = 1000
"""A file with more is cut there: each part is looked through by itself."""
Axis = tuple[str, str, str]


@dataclass(slots=True)
class _Node:
    """A part with what stands in it by itself, gathered in one pass: of each directive the first and the last value."""

    path: Path
    first: dict[Axis, Held] = field(default_factory=dict)
    last: dict[Axis, Held] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    stands: set[str] = field(default_factory=set)  # Directives that stand there, whatever they say.
    switched: set[str] = field(default_factory=set)  # Sides that a directive there could switch on ...
    on: set[str] = field(default_factory=set)  # ... and does.
    on_inside: set[str] = field(default_factory=set)  # Sides that are on in a part inside.
    include_at: int | None = None  # where the first other file is taken in ...
    last_include: int | None = None  # ... and the last one.
    has_parts: bool = False


def in_force(product: Product, settings: tuple[Setting, ...]) -> tuple[Part, ...]:
    """Each part in which cryptography is on, in the order of the file; no more than MOST_PARTS of them."""
    nodes = _nodes(product, settings)
    everywhere = _everywhere(nodes) if product.wins is Wins.FIRST else {}
    if product.wins is Wins.FIRST:
        for_all = min((node.include_at for node in _for_all(nodes) if node.include_at is not None), default=None)
    else:
        for_all = max((node.last_include for node in nodes.values() if node.last_include is not None), default=None)
    sides = {path: _sides(product, node, nodes) for path, node in nodes.items()}
    judged = (node for node in nodes.values() if sides[node.path])
    return tuple(
        Part(
            _title(product, node, nodes),
            node.path[-1].offset if node.path else 0,
            tuple(_held(product, node, nodes, everywhere, for_all)),
            only=sides[node.path] if product.switched_sides else None,
        )
        for node in islice(judged, MOST_PARTS)
    )


def by_default(product: Product, settings: tuple[Setting, ...]) -> tuple[Part, ...]:
    """The one part that nothing but defaults rule, of a file that puts nothing in force; none where no line tells that the product
    runs by it."""
    for setting in settings:
        if not setting.blocks and not setting.opens and product.fold(setting.name) in product.runs_by:
            return (Part(GLOBAL, setting.offset, ()),)
        if setting.blocks and product.fold(setting.blocks[0].name) in product.runs_by:
            return (Part(setting.blocks[0].title, setting.blocks[0].offset, ()),)
    return ()


def value_of(directive: Directive, product: Product, setting: Setting) -> str | None:
    """What the statement sets that directive to; None where it is another one."""
    if product.fold(setting.name) != directive.name:
        return None
    if not directive.word:
        others = (each.word for each in product.directives if each.word and each.name == directive.name)
        return None if setting.words and setting.words[0].lower() in others else setting.value
    for place in range(len(setting.words) - 2, -1, -1):  # Of several in one statement the last counts.
        if setting.words[place].lower() == directive.word:
            return setting.words[place + 1]
    return None


def _nodes(product: Product, settings: tuple[Setting, ...]) -> dict[Path, _Node]:
    nodes: dict[Path, _Node] = {(): _Node(())}
    named: dict[str, list[Directive]] = {}
    for directive in product.directives:
        named.setdefault(directive.name, []).append(directive)
    parts = product.contexts | product.asks_in
    tables = frozenset(product.manner.get("tables", "").split())  # Files that come with the product and set nothing of TLS.
    for setting in settings:
        path = tuple(block for block in setting.blocks if product.fold(block.name) in parts)
        node = nodes.setdefault(path, _Node(path))
        name = product.fold(setting.name)
        if name in product.includes and setting.value.rpartition("/")[2] not in tables:
            node.include_at = setting.offset if node.include_at is None else node.include_at
            node.last_include = setting.offset
        if name in product.named_by and setting.words:
            node.names.setdefault(name, shown(setting.words[0]))
        if name in named:
            node.stands.add(name)
        for directive in named.get(name, ()):
            _take(product, directive, setting, node, nodes)
        if setting.opens and name in parts:
            node.has_parts = node.has_parts or name in product.contexts
            inner = (*path, setting.block)
            nodes.setdefault(inner, _Node(inner))
    return nodes


def _take(product: Product, directive: Directive, setting: Setting, node: _Node, nodes: dict[Path, _Node]) -> None:
    if directive.holds is Holds.ACTIVE:
        node.switched.add(directive.side)
        if not directive.having or any(_is_one_of(word.lower(), directive.having) for word in setting.words):
            node.on.add(directive.side)
            for level in islice(_levels(node, nodes), 1, None):
                level.on_inside.add(directive.side)
        return
    value = value_of(directive, product, setting)
    if value is not None:
        before = node.last.get(directive.axis)
        if directive.holds is Holds.TLS_VERSIONS_SWITCHED and before is not None:
            value = switched_together(before.value, value)
        held = Held(directive, setting, value)
        node.first.setdefault(directive.axis, held)
        node.last[directive.axis] = held


def _is_one_of(word: str, having: tuple[str, ...]) -> bool:
    return any(word.startswith(each[:-1]) if each.endswith("*") else word == each for each in having)


def _sides(product: Product, node: _Node, nodes: dict[Path, _Node]) -> frozenset[str]:
    """The sides that are on in a part; those that nothing switches by itself are on where the part is."""
    switched = product.switched_sides
    asks = {side for side in switched if side in node.on or (_sets(node, {side}) and side not in node.switched | node.on_inside)}
    sides = {each.side for each in product.directives} | {""}
    return frozenset(asks | (sides - switched if _is_judged(product, node, nodes, sides - switched) else set()))


def _sets(node: _Node, sides: set[str]) -> bool:
    return any(axis[2] in sides for axis in node.last)


def _is_judged(product: Product, node: _Node, nodes: dict[Path, _Node], sides: set[str]) -> bool:
    if node.path and product.fold(node.path[-1].name) in product.asks_in:
        return False
    if node.has_parts and not (product.roots_serve and not node.path):
        return _sets(node, sides) and node.include_at is not None
    if not any(directive.holds is Holds.ACTIVE and directive.side in sides for directive in product.directives):
        return _sets(node, sides) or (not node.path and (product.roots_serve or not product.contexts))
    return (_sets(node, sides) and "" not in node.switched) or any("" in level.on for level in _levels(node, nodes))


def _levels(node: _Node, nodes: dict[Path, _Node]) -> Iterator[_Node]:
    """The part itself, then what is around it, the outermost last."""
    for length in range(len(node.path), -1, -1):
        level = nodes.get(node.path[:length])
        if level is not None:
            yield level


def _everywhere(nodes: dict[Path, _Node]) -> dict[Axis, Held]:
    """The first values of blocks that fit everybody, and of what stands in none."""
    found: dict[Axis, Held] = {}
    for node in _for_all(nodes):
        for axis, held in node.first.items():
            found[axis] = _earlier(found.get(axis), held)
    return found


def _for_all(nodes: dict[Path, _Node]) -> Iterator[_Node]:
    return (node for path, node in nodes.items() if not path or path[-1].words in _CATCH_ALL)


def _earlier(one: Held | None, other: Held) -> Held:
    return other if one is None or other.setting.offset < one.setting.offset else one


def _held(
    product: Product, node: _Node, nodes: dict[Path, _Node], everywhere: dict[Axis, Held], for_all: int | None
) -> Iterator[Held]:
    found: list[tuple[int, Held]] = []
    for directive in product.directives:
        axis = directive.axis
        if product.wins is Wins.FIRST:
            own = node.first.get(axis)
            first = everywhere.get(axis) if own is None else _earlier(everywhere.get(axis), own)
            found += [] if first is None else [(0, first)]
            continue
        levels = _levels_of(product, directive, node, nodes)
        values = (level.first if product.wins is Wins.INNER_FIRST else level.last for level in levels)
        several = [(depth, value) for depth, each in enumerate(values) if (value := each.get(axis)) is not None]
        found += _each_on_top(several) if directive.holds is Holds.TLS_VERSIONS_SWITCHED else several[:1]
    for held in that_count(found):
        yield replace(held, open_because=_open_because(product, node, nodes, held, for_all))


def _each_on_top(several: list[tuple[int, Held]]) -> Iterator[tuple[int, Held]]:
    """Lists that change what others left, the innermost first, as one in its place."""
    if several:
        value = reduce(switched_together, (held.value for _, held in reversed(several)))
        yield several[0][0], replace(several[0][1], value=value)


def _levels_of(product: Product, directive: Directive, node: _Node, nodes: dict[Path, _Node]) -> Iterator[_Node]:
    """The part and what is around it. Of a directive that is one of an array (`arrays` in the manner), as nginx's
    `ssl_conf_command` is, no level counts around the first one at which any of the array stands."""
    whole = directive.name in product.manner.get("arrays", "").split()
    for level in _levels(node, nodes):
        yield level
        if whole and directive.name in level.stands:
            return


def that_count(found: Iterable[tuple[int, Held]]) -> Iterator[Held]:
    """Of directives that set the same list the one in force, each with how far outside of the part it stands: one that prevails,
    and of several names for groups the innermost, then the last."""
    several: dict[tuple[str, Holds], list[tuple[int, Held]]] = {}
    for depth, held in found:
        several.setdefault((held.directive.side, held.directive.holds), []).append((depth, held))
    for (_, holds), each in several.items():
        prevailing = [one for one in each if one[1].directive.prevails]
        if prevailing or holds is Holds.OPENSSL_GROUPS:
            yield min(prevailing or each, key=lambda one: (one[0], -one[1].setting.offset))[1]
        else:
            yield from (held for _, held in each)


def _open_because(product: Product, node: _Node, nodes: dict[Path, _Node], found: Held, for_all: int | None) -> str:
    """Why a file that is taken in may set the same. `for_all`: where the first is that fits everybody, or the last of all where the
    last line counts."""
    if product.wins is Wins.FIRST:
        before = any(place is not None and place < found.setting.offset for place in (for_all, node.include_at))
        return SET_FIRST if before else ""
    if product.wins is Wins.INNER:
        return SET_ANEW if _is_set_anew(product, node, nodes, found, for_all) else ""
    for level in _levels(node, nodes):
        sets = level.first.get(found.directive.axis) is found
        if level.include_at is not None and (not sets or level.include_at < found.setting.offset):
            return SET_FIRST
        if sets:
            return ""
    return ""


def _is_set_anew(product: Product, node: _Node, nodes: dict[Path, _Node], found: Held, last: int | None) -> bool:
    """Where the last line counts: a file that is taken in behind it, or further inside. `once` (in the manner): no block may have a
    directive twice, so that only one that prevails can come from such a file. A section in brackets goes on in other files."""
    if product.syntax == "ini":
        return last is not None and last > found.setting.offset
    for level in _levels(node, nodes):
        if level.last.get(found.directive.axis) is not found:
            if level.last_include is not None:
                return True
        elif "once" in product.manner:
            return level.last_include is not None and _may_be_prevailed_over(product, found.directive)
        else:
            return level.last_include is not None and level.last_include > found.setting.offset
    return False


def _may_be_prevailed_over(product: Product, directive: Directive) -> bool:
    own = directive.side, directive.holds
    return not directive.prevails and any(each.prevails and (each.side, each.holds) == own for each in product.directives)


def _title(product: Product, node: _Node, nodes: dict[Path, _Node]) -> str:
    if not node.path:
        return GLOBAL
    names = [node.path[-1].title, *(node.names[name] for name in product.named_by if name in node.names)]
    if product.fold(node.path[-1].name) in product.asks_in and len(node.path) > 1 and node.path[:-1] in nodes:
        names = [_title(product, nodes[node.path[:-1]], nodes), *names]
    return " ".join(names)[:MOST_SHOWN]
