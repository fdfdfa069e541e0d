"""Keys that a configuration has made: by the product's word for their kind, with the size or curve that stands beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from pqscan.model.observation import Confidence, Observation, Subject
from pqscan.registry.algorithms import Function, by_name
from pqscan.registry.config_trees import folded, words
from pqscan_probes.configuration_file.told import Line

if TYPE_CHECKING:
    from pqscan_probes.configuration_file.tree_values import Value

_CURVES = {"256": "P-256", "384": "P-384", "521": "P-521", "p256": "P-256", "p384": "P-384", "p521": "P-521", "p224": "P-224",
           "p256k": "secp256k1"}  # fmt: skip
_AGREES = ("encrypt", "wrapkey", "key_agreement", "decapsulation")
_MOST_SIZE = 65_536


def key_observations(value: Value, line_of: Callable[[Value, int], Line]) -> Iterator[Observation]:
    """One key for each word; what no word of a product means is left open."""
    for text, line in value.texts:
        kind = words().keys.get(folded(text))
        algorithm = None if kind is None else by_name(kind.algorithm)
        if kind is None or algorithm is None:
            yield line_of(value, line).open(Subject.ALGORITHM, "configuration_key_unknown")
            continue
        given = value.size if value.size.isascii() and value.size.isdecimal() and len(value.size) < 6 else ""
        size, curve, assumed = kind.size_bits, kind.curve, False
        if algorithm.name == "RSA" and size is None:
            size = int(given) if given and int(given) <= _MOST_SIZE else value.directive.size_default
            assumed = size is not None and not given
        elif algorithm.name == "ECDSA" and curve is None:
            curve = _CURVES.get(folded(value.curve)) or _CURVES.get(given) or value.directive.curve_default
            assumed = curve is not None and not (given or value.curve)
        agrees = any(word in value.use.lower() for word in _AGREES)
        function = Function.KEY_ESTABLISHMENT if agrees and algorithm.name == "RSA" else None
        if function is None and kind.function is not None:
            function = Function(kind.function)
        told = line_of(value, line).algorithm(algorithm, size_bits=size, parameter=curve, function=function)
        yield replace(told, confidence=Confidence.INFERRED if assumed else value.confidence)
