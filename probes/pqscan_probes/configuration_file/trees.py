"""Configurations that are trees: which products have something to say in a file, and what each entry of theirs puts in force.

Values are those of the entry itself: what another file, a template or a variable without a default fills in is left open."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import partial

from pqscan.errors import BeyondBounds, MalformedMessage
from pqscan.model.observation import Confidence, Observation, Subject, Support, Usage, Where
from pqscan.probe import FileSource, Mark
from pqscan.registry.config_trees import NO_OPTION_AS_OF, Directive, Scope, Syntax, TreeProduct, tree_products
from pqscan.wire.config.caddyfile import read_caddyfile
from pqscan.wire.config.fortios import read_fortios
from pqscan.wire.config.hcl import read_hcl
from pqscan.wire.config.ios import read_ios
from pqscan.wire.config.json_tree import read_json
from pqscan.wire.config.junos import read_junos
from pqscan.wire.config.node import Node, name_shown
from pqscan.wire.config.registry_export import read_registry_export
from pqscan.wire.config.select import select
from pqscan.wire.config.toml_tree import read_toml
from pqscan.wire.config.xml_tree import read_xml
from pqscan.wire.config.yaml_tree import read_yaml
from pqscan_probes.configuration_file.told import Line
from pqscan_probes.configuration_file.tree_junos import grouped
from pqscan_probes.configuration_file.tree_meant import is_meant, may_be
from pqscan_probes.configuration_file.tree_schannel import schannel
from pqscan_probes.configuration_file.tree_snippets import with_snippets
from pqscan_probes.configuration_file.tree_texts import with_texts
from pqscan_probes.configuration_file.tree_values import OPEN_SUBJECT, Value, observations_of
from pqscan_probes.configuration_file.tree_variables import variables

READERS: dict[Syntax, Callable[[bytes], tuple[Node, ...]]] = {
    Syntax.YAML: read_yaml,
    Syntax.JSON: read_json,
    Syntax.TOML: read_toml,
    Syntax.XML: read_xml,
    Syntax.CADDYFILE: read_caddyfile,
    Syntax.REGISTRY: read_registry_export,
    Syntax.HCL: read_hcl,
    Syntax.IOS: read_ios,
    Syntax.JUNOS: read_junos,
    Syntax.FORTIOS: read_fortios,
}
_OF_BRACES = frozenset({Syntax.CADDYFILE, Syntax.JUNOS})  # as programs are, which may hold any words
_DOCUMENTS = frozenset({Syntax.YAML, Syntax.JSON, Syntax.TOML})
"""Whose readers give a node for each document."""
MOST_PARTS = 2000
MOST_OBSERVATIONS = 20_000
"""Of one product in one file; no part is cut in its midst."""


class Trees:
    """All products whose configuration is a tree. `marks` are what makes a file worth reading."""

    def __init__(self) -> None:
        self._products = tree_products()
        self._marks = {
            word: Mark(f"configuration {word}", word, in_text=True) for product in self._products for word in product.marks
        }

    @property
    def marks(self) -> tuple[Mark, ...]:
        return tuple(self._marks.values())

    def told(self, source: FileSource) -> tuple[tuple[Observation, ...], bool]:
        """What every product whose marks stand in the file has in force there, nothing where it is no configuration of theirs; and
        whether that is all of it, or was cut at MOST_PARTS parts or MOST_OBSERVATIONS observations of a product.

        Raises BeyondBounds where nothing is found and the file, which begins as one of them, is nested too deeply."""
        asked = [each for each in self._products if any(source.places(self._marks[word]).offsets for word in each.marks)]
        read = _Read(source.data)
        found: list[Observation] = []
        is_whole = True
        for product in asked:
            for syntax in _likely(product.syntaxes, source.data):
                roots = read.roots(syntax) if may_be(product.words, syntax, source.data) else ()
                if roots and is_meant(product.words, syntax, roots[0]):
                    several = tuple(_of_product(product, syntax, roots, source))
                    is_whole = is_whole and None not in several
                    found += (one for one in several if one is not None)
        if not found and read.beyond is not None:
            raise read.beyond
        return tuple(found), is_whole


class _Read:
    """Each language once."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._roots: dict[Syntax, tuple[Node, ...]] = {}
        self.beyond: BeyondBounds | None = None

    def roots(self, syntax: Syntax) -> tuple[Node, ...]:
        """The documents; none where the file is not of that language, or beyond the bounds."""
        if syntax not in self._roots:
            self._roots[syntax] = ()
            try:
                nodes = READERS[syntax](self._data)
                self._roots[syntax] = nodes if syntax in _DOCUMENTS else (Node("", (), 1, nodes),)
            except MalformedMessage as error:
                if isinstance(error, BeyondBounds) and syntax not in _OF_BRACES:
                    self.beyond = error
        return self._roots[syntax]


def _likely(syntaxes: tuple[Syntax, ...], data: bytes) -> tuple[Syntax, ...]:
    """What begins like an object of JSON is JSON, and nothing else is."""
    if Syntax.JSON in syntaxes and data.lstrip()[:1] in (b"{", b"["):
        return (Syntax.JSON,)
    return tuple(each for each in syntaxes if each is not Syntax.JSON)


def _of_product(product: TreeProduct, syntax: Syntax, roots: tuple[Node, ...], source: FileSource) -> Iterator[Observation | None]:
    """None behind the last one where there is more than is told."""
    starts = _Starts(source)
    titles: dict[str, int] = {}
    parts = told = 0
    named = False
    known = variables(roots) if syntax is Syntax.HCL else {}
    if syntax is Syntax.REGISTRY:
        switches = tuple(schannel(roots[0], lambda part, directive, line: Line(part, directive, starts.where(line))))
        if switches:
            named = True
            yield _software(product)
            yield from switches
        roots = (_lowered(roots[0]),)
    if syntax is Syntax.CADDYFILE:
        roots = (with_snippets(roots[0]),)
    if product.texts:
        roots = with_texts(roots, product.texts, source.data)
    for scope in product.scopes:
        for root in roots:
            for node, label in _entries(scope, syntax, root):
                if parts >= MOST_PARTS or told >= MOST_OBSERVATIONS:
                    yield None
                    return
                title = name_shown(f"{scope.title} {label}".strip())
                titles[title] = titles.get(title, 0) + 1
                title = title if titles[title] == 1 else f"{title} #{titles[title]}"
                observations = tuple(_of_entry(product, scope, node, title, starts, known))
                if observations and not named:
                    named = True
                    yield _software(product)
                yield from observations
                parts, told = parts + 1, told + len(observations)


def _lowered(root: Node) -> Node:
    """Names in the registry are the same whatever their case."""
    keys = tuple(
        replace(key, name=key.name.lower(), children=tuple(replace(child, name=child.name.lower()) for child in key.children))
        for key in root.children
    )
    return replace(root, children=keys)


def _entries(scope: Scope, syntax: Syntax, root: Node) -> Iterator[tuple[Node, str]]:
    if syntax is Syntax.JUNOS:
        yield from ((node, label) for node, label in grouped(scope.at, root) if _fits(scope, node))
        return
    for found in select(root, scope.at):
        if _fits(scope, found.node):
            yield found.node, _label(scope, found.node, found.rest)


def _fits(scope: Scope, node: Node) -> bool:
    if any(fnmatchcase(node.name, pattern) for pattern in scope.outside):
        return False
    if any(_stands(node, path, pattern) for path, pattern in scope.without):
        return False
    return all(_stands(node, path, pattern) for path, pattern in scope.having)


def _stands(node: Node, path: tuple[str, ...], pattern: str) -> bool:
    return any(pattern == "*" or any(fnmatchcase(text, pattern) for text, _ in found.texts) for found in select(node, path))


def _label(scope: Scope, node: Node, rest: tuple[str, ...]) -> str:
    if scope.label == (".",):
        return " ".join(rest) or node.name
    return next((text for found in select(node, scope.label) for text, _ in found.texts), "") if scope.label else ""


def _of_entry(
    product: TreeProduct, scope: Scope, node: Node, title: str, starts: _Starts, known: Mapping[str, str]
) -> Iterator[Observation]:
    values = [_value(directive, node, known) for directive in scope.directives]
    place = starts.where(node.line)
    for side in dict.fromkeys(value.directive.side for value in values):
        own = tuple(value for value in values if value.directive.side == side)
        context = f"{title} {side}".strip()
        if side and not any(value.texts for value in own):
            continue
        yield from observations_of(own, partial(_line, context, starts))
        for value in own:
            if not value.is_set and value.directive.opens and not _is_answered(own, value):
                subject = OPEN_SUBJECT[value.directive.means]
                yield Line(context, "", place).open(subject, "configuration_default", product=product.name)


def _line(context: str, starts: _Starts, value: Value, line: int) -> Line:
    return Line(context, value.spelled, starts.where(line))


def _is_answered(values: tuple[Value, ...], value: Value) -> bool:
    """Whether another directive of the same meaning sets it."""
    return any(other.is_set and other.directive.means is value.directive.means for other in values if other is not value)


def _value(directive: Directive, node: Node, known: Mapping[str, str]) -> Value:
    found = list(select(node, directive.at))
    used = found if any(sign in directive.at[-1] for sign in "*?") else found[-1:]
    filled: list[tuple[str, int]] = []
    confidence = Confidence.OBSERVED
    for text, line in (each for one in used for each in one.texts):
        value = known.get(text[2:-1]) if text.startswith("${") else None
        if value is not None:
            confidence = Confidence.INFERRED
        filled.append((text if value is None else value, line))
    return Value(
        directive,
        tuple(filled),
        used[-1].node.line if used else node.line,
        is_set=bool(used),
        spelled=name_shown(" ".join(used[-1].way)) if used else "",
        size=_beside(node, directive.size_at, known),
        curve=_beside(node, directive.curve_at, known),
        use=_beside(node, directive.use_at, known),
        confidence=confidence,
    )


def _beside(node: Node, path: tuple[str, ...], known: Mapping[str, str]) -> str:
    """All texts at a path, in one."""
    texts = [text for found in select(node, path) for text, _ in found.texts] if path else []
    return " ".join(known.get(text[2:-1], "") if text.startswith("${") else text for text in texts)


class _Starts:
    """Where each line begins, so that a line has its place in the file."""

    def __init__(self, source: FileSource) -> None:
        self._source = source
        self._starts = [0]
        place = source.data.find(b"\n")
        while place >= 0:
            self._starts.append(place + 1)
            place = source.data.find(b"\n", place + 1)

    def where(self, line: int) -> Where:
        return self._source.where(self._starts[min(line, len(self._starts)) - 1])


def _software(product: TreeProduct) -> Observation:
    """Whose configuration it is, and whether a post-quantum option of it is known at all."""
    parameters: tuple[tuple[str, str | int], ...] = (("product", product.name),)
    if product.none_as_of is not None:
        parameters = (*parameters, (NO_OPTION_AS_OF, product.none_as_of))
    return Observation(
        Subject.SOFTWARE,
        product.title,
        Support.OFFERED,
        "configuration",
        usage=Usage.CONFIGURED,
        parameters=parameters,
        where=Where(),
    )
