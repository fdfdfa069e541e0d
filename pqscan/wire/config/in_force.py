"""Which value of a directive is in force in which part of a configuration: what a block sets hides what stands around it, or the
first value counts, as the product has it. Values that other files set, which this one takes in, are not seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from pqscan.registry.config import Directive, Holds, Product, Wins
from pqscan.wire.config.setting import MOST_SHOWN, Block, Setting, shown

GLOBAL = "global"
"""The name of what stands outside of every block that holds values of its own."""
_CATCH_ALL = (("*",), ("all",), ("ALL",))
Path = tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """A value in force and the statement that sets it."""

    directive: Directive
    setting: Setting
    value: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the configuration that holds values of its own, such as one server, with all that is in force in it. `offset` is
    where it begins."""

    title: str
    offset: int
    held: tuple[Held, ...]

    def sides(self) -> Iterator[tuple[str, tuple[Held, ...]]]:
        """What the part does itself first, under no name; then what it asks of others, where anything is set for that."""
        for side in dict.fromkeys(("", *(held.directive.side for held in self.held))):
            yield side, tuple(held for held in self.held if held.directive.side == side)

    def shared_sides(self) -> Iterator[tuple[str, tuple[Held, ...]]]:
        """As `sides`, where what is set for no side holds for each; under no name only where no side is named."""
        named = dict.fromkeys(held.directive.side for held in self.held if held.directive.side)
        for side in named or ("",):
            yield side, tuple(held for held in self.held if held.directive.side in ("", side))


@dataclass(slots=True)
class _Node:
    path: Path
    own: list[Setting] = field(default_factory=list)
    has_parts: bool = False


def in_force(product: Product, settings: tuple[Setting, ...]) -> tuple[Part, ...]:
    """Each part in which cryptography is on, in the order of the file."""
    nodes = _nodes(product, settings)
    found = []
    for node in nodes.values():
        if _is_judged(product, node, nodes):
            held = tuple(_held(product, node, nodes))
            offset = node.path[-1].offset if node.path else 0
            found.append(Part(_title(product, node), offset, held))
    return tuple(found)


def value_of(directive: Directive, product: Product, setting: Setting) -> str | None:
    """What the statement sets that directive to; None where it is another one."""
    if product.fold(setting.name) != directive.name:
        return None
    if not directive.word:
        others = (each.word for each in product.directives if each.word and each.name == directive.name)
        return None if setting.words and setting.words[0].lower() in others else setting.value
    for place, word in enumerate(setting.words[:-1]):
        if word.lower() == directive.word:
            return setting.words[place + 1]
    return None


def _nodes(product: Product, settings: tuple[Setting, ...]) -> dict[Path, _Node]:
    nodes: dict[Path, _Node] = {(): _Node(())}
    for setting in settings:
        path = tuple(block for block in setting.blocks if product.fold(block.name) in product.contexts)
        nodes.setdefault(path, _Node(path)).own.append(setting)
        if setting.opens and product.fold(setting.name) in product.contexts:
            nodes[path].has_parts = True
            inner = (*path, setting.block)
            nodes.setdefault(inner, _Node(inner))
    return nodes


def _is_judged(product: Product, node: _Node, nodes: dict[Path, _Node]) -> bool:
    lists = [each for each in product.directives if each.holds is not Holds.ACTIVE]
    switches = [each for each in product.directives if each.holds is Holds.ACTIVE]
    sets = any(value_of(each, product, setting) is not None for each in lists for setting in node.own)
    if node.has_parts and not (product.roots_serve and not node.path):
        return sets and any(product.fold(setting.name) in product.includes for setting in node.own)
    if not switches:
        return sets or not node.path
    said = {each.name for each in switches}
    is_left_open = sets and not any(product.fold(setting.name) in said for setting in node.own)
    return is_left_open or _is_on(product, node, nodes, switches)


def _is_on(product: Product, node: _Node, nodes: dict[Path, _Node], switches: list[Directive]) -> bool:
    return any(
        product.fold(setting.name) == switch.name
        and (not switch.having or any(word.lower() in switch.having for word in setting.words))
        for level in _levels(node, nodes)
        for setting in level.own
        for switch in switches
    )


def _levels(node: _Node, nodes: dict[Path, _Node]) -> Iterator[_Node]:
    """The part itself, then what is around it, the outermost last."""
    for length in range(len(node.path), -1, -1):
        yield nodes.get(node.path[:length]) or _Node(node.path[:length])


def _held(product: Product, node: _Node, nodes: dict[Path, _Node]) -> Iterator[Held]:
    for directive in product.directives:
        if directive.holds is Holds.ACTIVE:
            continue
        found = (
            _first_of_all(product, directive, node, nodes)
            if product.wins is Wins.FIRST
            else _innermost(product, directive, node, nodes)
        )
        if found is not None:
            yield found


def _innermost(product: Product, directive: Directive, node: _Node, nodes: dict[Path, _Node]) -> Held | None:
    for level in _levels(node, nodes):
        values = [Held(directive, each, value) for each in level.own if (value := value_of(directive, product, each)) is not None]
        if values:
            return values[0] if product.wins is Wins.INNER_FIRST else values[-1]
    return None


def _first_of_all(product: Product, directive: Directive, node: _Node, nodes: dict[Path, _Node]) -> Held | None:
    """The first value in the file of a block that fits: its own, one for everybody, or none around it."""
    fitting = (each for path, each in nodes.items() if not path or path == node.path or path[-1].words in _CATCH_ALL)
    values = [
        Held(directive, setting, value)
        for each in fitting
        for setting in each.own
        if (value := value_of(directive, product, setting)) is not None
    ]
    return min(values, key=lambda held: held.setting.offset, default=None)


def _title(product: Product, node: _Node) -> str:
    if not node.path:
        return GLOBAL
    names = [node.path[-1].title]
    for name in product.named_by:
        words = next((setting.words for setting in node.own if product.fold(setting.name) == name and setting.words), None)
        if words:
            names.append(shown(words[0]))
    return " ".join(names)[:MOST_SHOWN]
