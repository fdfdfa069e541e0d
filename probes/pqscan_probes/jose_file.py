"""Tokens of JOSE in files (JWT, JWS, JWE): by what they are signed or encrypted, as their headers say. What they say is not read.

Keys of JOSE (JWK) are told by the probe of identity services, whatever they are for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from pqscan.errors import BeyondBounds, MalformedMessage, WrongProtocol
from pqscan.model.algorithm_facts import algorithm_observation
from pqscan.model.observation import Observation, Subject, Support, Usage, Where
from pqscan.model.outcome import Facts
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget
from pqscan.probe import FileSource, Mark
from pqscan.registry.algorithms import Algorithm, Function, by_name
from pqscan.registry.jose import JoseUse, jose_algorithm
from pqscan.registry.quantum import QuantumClass
from pqscan.wire.jose import JoseDocument, JoseHeader, read_jose_document, read_jose_header

MOST_PLACES = 50_000
MOST_HEADERS = 1000  # that differ
_MARKS = tuple(  # Base64 of `{"alg`, and of what else a header begins with.
    Mark(f"jose-{word}", word)
    for word in ("eyJhbGci", "eyJ0eXAi", "eyJraWQi", "eyJlbmMi", "eyJjdHki", "eyJqa3Ui", "eyJqd2si", "eyJ4NWMi", "eyJ4NXQ",
                 "eyJlcGsi", "eyJ6aXAi", "eyJjcml0", "eyAiYWxn", "eyAidHlw", "ewogICJhbGci", "ewogICJ0eXAi")
)  # fmt: skip
_IN_JSON = (Mark("jose-signature", '"signature"'), Mark("jose-ciphertext", '"ciphertext"'))
"""Members of messages in JSON, whose algorithm may stand in no protected header."""
_BESIDE = (b'"header"', b'"unprotected"')
_KEYLESS = ("dir", "none")  # They use no key of anyone's (RFC 7518, sections 3.6 and 4.5).
_UNLISTED = "unlisted"
_NAME = re.compile(r"(?=[^0-9]*[0-9])[A-Z][A-Za-z0-9+_-]{1,31}")  # as IANA has them: ES256K, HPKE-0-KE


class JoseFileProbe:
    """Raises WrongProtocol where no token stands there, BeyondBounds where none is found in a document that could hold one and is
    nested too deeply."""

    name = "jose_file"
    marks = (*_MARKS, *_IN_JSON)

    async def run(self, target: FileTarget, source: FileSource) -> Facts:
        found, document = _Found(source), _Document(source)
        for mark in _MARKS:
            places = source.places(mark)
            found.is_cut = found.is_cut or places.is_cut or len(places.offsets) > MOST_PLACES
            for offset in places.offsets[:MOST_PLACES]:
                try:
                    read = read_jose_header(source.data, offset)
                except MalformedMessage:
                    continue  # An object of JSON in Base64 that is no header: words of a cookie, a map of source code.
                for header in document.recipients_of(read, offset):
                    found.add(header, offset)
        for header, offset in document.unprotected():
            found.add(header, offset)
        beyond = document.beyond
        if not found.first and beyond is not None:
            raise beyond
        if not found.first:
            raise WrongProtocol(f"{target.path} holds no token of JOSE; leave it out")
        ordered = sorted(((header, offset) for (header, _), offset in found.first.items()), key=lambda pair: (pair[1], pair[0].alg))
        return Facts(
            observations=tuple(fact for header, offset in ordered for fact in _facts(header, source.where(offset))),
            complete=not found.is_cut and beyond is None,
            detail=None if beyond is None else Reason.of("file_part_malformed", detail=str(beyond)),
        )


@dataclass(slots=True)
class _Found:
    """Each header by its names, where it stands first; apart from those of which a comment speaks."""

    source: FileSource
    first: dict[tuple[JoseHeader, object], int] = field(default_factory=dict)
    is_cut: bool = False

    def add(self, header: JoseHeader, offset: int) -> None:
        told = (_as_told(header), self.source.said_of(self.source.where(offset)))
        if told in self.first or len(self.first) < MOST_HEADERS:
            self.first[told] = min(offset, self.first.get(told, offset))
        else:
            self.is_cut = True


class _Document:
    """What stands beside protected headers, where the file is one document of JSON; it is read once, and only where it is
    needed. `beyond` is why it was not, though it is one."""

    def __init__(self, source: FileSource) -> None:
        self._source = source
        self._read: JoseDocument | None = None
        self.beyond: BeyondBounds | None = None

    def recipients_of(self, header: JoseHeader, offset: int) -> tuple[JoseHeader, ...]:
        """The header with each algorithm that goes with it; as it is where it names its own, or nothing else does."""
        if header.alg:
            return (header,)
        data = self._source.data
        word = data[offset : data.find(b'"', offset)].decode("ascii")
        return tuple(JoseHeader(alg, header.enc) for alg in self._whole().recipients.get(word, ())) or (header,)

    def unprotected(self) -> Iterator[tuple[JoseHeader, int]]:
        """Headers that name an algorithm beside what is protected, each where the first such message stands."""
        for mark in _IN_JSON:
            places = self._source.places(mark).offsets
            if places and any(word in self._source.data for word in _BESIDE):
                is_signature = mark is _IN_JSON[0]
                yield from ((one, places[0]) for one in self._whole().unprotected if (one.enc is None) is is_signature)

    def _whole(self) -> JoseDocument:
        if self._read is None:
            self._read = JoseDocument({}, ())
            if self._source.is_whole:
                try:
                    self._read = read_jose_document(self._source.data)
                except BeyondBounds as error:
                    self.beyond = error
                except MalformedMessage:
                    pass
        return self._read


def _as_told(header: JoseHeader) -> JoseHeader:
    """By names that are listed; of others by what can be nothing but such a name: a header can hold any text, and a person's."""
    alg, enc = header.alg, header.enc
    if jose_algorithm(alg) is None and alg not in _KEYLESS:
        row = by_name(alg) if alg else None
        alg = row.name if row is not None else alg if _NAME.fullmatch(alg) else _UNLISTED
    return JoseHeader(alg, enc if not enc or jose_algorithm(enc) is not None else _UNLISTED)


def _facts(header: JoseHeader, where: Where) -> Iterator[Observation]:
    row = jose_algorithm(header.alg)
    algorithm = by_name(header.alg) if row is None else row.algorithm
    if row is not None and row.use is JoseUse.MAC:
        hashed = (("hash", row.hash),) if row.hash is not None else ()
        yield algorithm_observation(row.algorithm, Usage.PRESENT, where, function=Function.MAC, others=(("of", "jws"), *hashed))
    elif header.enc is None:
        signed = () if row is None else (("hash", row.hash), ("parameter", row.parameter))
        yield _observation(Subject.DOCUMENT_SIGNATURE, header.alg, algorithm, where, "jws", signed)
    else:
        stated = () if row is None else (("parameter", row.parameter),)
        yield _observation(Subject.DOCUMENT_ENCRYPTION, header.alg, algorithm, where, "jwe", stated)
        content = jose_algorithm(header.enc)
        if content is not None:
            others = (("of", "jwe"),)
            yield algorithm_observation(
                content.algorithm, Usage.PRESENT, where, function=Function.ENCRYPTION, parameter=content.parameter, others=others
            )


def _observation(
    subject: Subject,
    value: str,
    algorithm: Algorithm | None,
    where: Where,
    context: str,
    stated: tuple[tuple[str, str | None], ...],
) -> Observation:
    without = QuantumClass.NOT_PUBLIC_KEY if value in _KEYLESS else QuantumClass.UNKNOWN
    return Observation(
        subject,
        value,
        Support.OFFERED,
        context=context,
        name=None if algorithm is None else algorithm.name,
        quantum_class=without if algorithm is None else algorithm.quantum_class,
        usage=Usage.PRESENT,
        components=() if algorithm is None else algorithm.components,
        parameters=tuple((name, text) for name, text in stated if text is not None),
        where=where,
    )
