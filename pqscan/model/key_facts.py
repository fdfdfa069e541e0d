"""A key in a file, public or private, and what is locked there, as observations."""

from __future__ import annotations

from pqscan.model.certificate import PublicKey
from pqscan.model.observation import Observation, Subject, Support, Usage, Where
from pqscan.registry.quantum import QuantumClass

Stated = tuple[tuple[str, str | int], ...]


def private_key_observation(
    public: PublicKey | None, form: str, where: Where, *, lock: Stated = (), others: Stated = (), context: str = "file"
) -> Observation:
    """`public` is the same key's public half, where something shows it; `form` how it lies there; `lock` by what it is locked."""
    shown: tuple[tuple[str, str | int | None], ...] = () if public is None else (
        ("parameter", public.parameter), ("size_bits", public.size_bits)
    )  # fmt: skip
    return Observation(
        Subject.PRIVATE_KEY,
        form if public is None else public.oid,
        Support.OFFERED,
        context=context,
        name=None if public is None or public.algorithm == public.oid else public.algorithm,
        quantum_class=QuantumClass.UNKNOWN if public is None else public.quantum_class,
        usage=Usage.PRESENT,
        components=() if public is None else public.components,
        parameters=(("form", form), *((name, value) for name, value in shown if value is not None), *lock, *others),
        where=where,
    )


def public_key_observation(public: PublicKey, where: Where, *, others: Stated = (), context: str = "file") -> Observation:
    """A public key that stands there without a certificate."""
    shown = (("parameter", public.parameter), ("size_bits", public.size_bits))
    return Observation(
        Subject.PUBLIC_KEY,
        public.oid,
        Support.OFFERED,
        context=context,
        name=None if public.algorithm == public.oid else public.algorithm,
        quantum_class=public.quantum_class,
        usage=Usage.PRESENT,
        components=public.components,
        parameters=(*((name, value) for name, value in shown if value is not None), *others),
        where=where,
    )


def locked_contents(where: Where, lock: Stated, *, context: str = "file") -> Observation:
    """A part of a file of which nothing but its lock can be seen."""
    return Observation(
        Subject.BEHAVIOUR,
        "locked_contents",
        Support.OFFERED,
        context=context,
        usage=Usage.PRESENT,
        parameters=lock,
        where=where,
    )
