"""Messages and keys of COSE (RFC 9052) that are a file of their own: by what a message is signed, authenticated or encrypted, and
of which kind a key is. What they say is not read. Those inside of other formats are not looked for."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.model.algorithm_facts import algorithm_observation
from pqscan.model.observation import Observation, Subject, Support, Usage, Where
from pqscan.model.outcome import Facts
from pqscan.model.target import FileTarget
from pqscan.probe import FileSource, Mark
from pqscan.registry.algorithms import Function
from pqscan.registry.cose import CoseAlgorithm, cose_algorithm
from pqscan.registry.jose import JoseUse
from pqscan.registry.quantum import QuantumClass
from pqscan.wire.cose.key import read_cose_keys
from pqscan.wire.cose.message import CoseMessage, Form, Label, read_cose, read_cose_beginning, read_untagged_signature
from pqscan_probes.identity_keys import CONTEXTS, IdentityKeys, add_key, key_facts

_TAGGED = tuple(
    Mark(f"cose-{octets.replace(' ', '')}", octets, is_hex=True, at_start=True)
    for octets in ("d0 83", "d0 9f", "d1 84", "d1 9f", "d2 84", "d2 9f", "d8 60 84", "d8 60 9f", "d8 61 85", "d8 61 9f",
                   "d8 62 84", "d8 62 9f", "d8 3d d0", "d8 3d d1", "d8 3d d2", "d8 3d d8", "d9 d9 f7 d0", "d9 d9 f7 d1",
                   "d9 d9 f7 d2", "d9 d9 f7 d8")
)  # fmt: skip
_UNTAGGED = tuple(  # An array of four, and a protected header in octets that begins with the algorithm.
    Mark(f"cose-{octets.replace(' ', '')}", octets, is_hex=True, at_start=True)
    for octets in (
        "84 43 a1 01", "84 44 a1 01", "84 45 a1 01", "84 58 ?? a2 01", "84 58 ?? a3 01", "84 59 ?? ?? a2 01", "84 59 ?? ?? a3 01"
    )
)  # fmt: skip
_LABELS = (0x01, 0x02, 0x03, 0x04, 0x20, 0x21, 0x22, 0x23)  # with which a key may begin: its type, ..., its last public member
_KEYS = tuple(
    Mark(f"cose-key-{size:02x}-{label:02x}", f"{size:02x} {label:02x}", is_hex=True, at_start=True)
    for size in (*range(0xA2, 0xB0), 0xBF)
    for label in _LABELS
)
_SETS = tuple(
    Mark(f"cose-keys-{count:02x}-{size:02x}", f"{count:02x} {size:02x}", is_hex=True, at_start=True)
    for count in (*range(0x81, 0x98), 0x9F)
    for size in (*range(0xA2, 0xB0), 0xBF)
)
_FUNCTIONS = {JoseUse.CONTENT: Function.ENCRYPTION, JoseUse.MAC: Function.MAC}
_CONTEXT = "cose"
_UNLISTED = "unlisted"


class CoseFileProbe:
    """Raises WrongProtocol where the file is no message and no key of COSE."""

    name = "cose_file"
    marks = (*_TAGGED, *_UNTAGGED, *_KEYS, *_SETS)

    async def run(self, target: FileTarget, source: FileSource) -> Facts:
        facts = None
        with contextlib.suppress(MalformedMessage):
            facts = _facts_of(source)
        if facts is None:
            raise WrongProtocol(f"{target.path} is no message and no key of COSE; leave it out")
        return facts


def _facts_of(source: FileSource) -> Facts | None:
    data, where = source.data, source.where(0)
    if not source.is_whole:
        is_tagged = not source.offset and any(source.places(mark).offsets for mark in _TAGGED)
        return _message_facts(read_cose_beginning(data), where) if is_tagged else None
    if any(source.places(mark).offsets for mark in _TAGGED):
        return _message_facts(read_cose(data), where)
    if any(source.places(mark).offsets for mark in _UNTAGGED):
        message = read_untagged_signature(data)
        row = _row(message.algorithm)
        return _message_facts(message, where) if row is not None and row.use is JoseUse.SIGNATURE else None
    found = IdentityKeys()
    for number, key in enumerate(read_cose_keys(data)):
        context = CONTEXTS[key.use]
        found.observations.extend(key_facts(key, Where(symbol=f"keys[{number}]"), context))
        if key.public:
            add_key(found, key.public, context)
    return Facts(observations=tuple(found.observations), chains=found.chains, certificates=found.contents)


def _message_facts(message: CoseMessage, where: Where) -> Facts:
    labels = message.parts or (None,) if message.form is Form.SIGN else (message.algorithm,)
    facts = [one for label in labels for one in _content(message.form, label, where)]
    if message.form in (Form.ENCRYPT, Form.MAC):
        facts += [_observation(Subject.DOCUMENT_ENCRYPTION, label, where) for label in message.parts]
    return Facts(observations=tuple(dict.fromkeys(facts)), complete=not message.is_cut)


def _content(form: Form, label: Label | None, where: Where) -> Iterator[Observation]:
    if form in (Form.SIGN, Form.SIGN1):
        yield _observation(Subject.DOCUMENT_SIGNATURE, label, where)
        return
    row = _row(label)
    function = None if row is None else _FUNCTIONS.get(row.use)
    if row is not None and row.algorithm is not None and function is not None:
        hashed = (("hash", row.hash),) if row.hash is not None else ()
        others = (("of", _CONTEXT), *hashed)
        yield algorithm_observation(row.algorithm, Usage.PRESENT, where, function=function, parameter=row.parameter, others=others)
    else:  # Such as HPKE, by which COSE_Encrypt0 is for somebody's key.
        yield _observation(Subject.DOCUMENT_ENCRYPTION, label, where)


def _row(label: Label | None) -> CoseAlgorithm | None:
    return cose_algorithm(label) if isinstance(label, int) else None


def _observation(subject: Subject, label: Label | None, where: Where) -> Observation:
    """By its number; a text can be anything, and is told as one that nobody lists."""
    row = _row(label)
    algorithm = None if row is None else row.algorithm
    without = QuantumClass.NOT_PUBLIC_KEY if row is not None and row.is_keyless else QuantumClass.UNKNOWN
    stated = (("hash", None if row is None else row.hash), ("parameter", None if row is None else row.parameter))
    return Observation(
        subject,
        str(label) if isinstance(label, int) else _UNLISTED,
        Support.OFFERED,
        context=_CONTEXT,
        name=algorithm.name if algorithm is not None else None if row is None else row.name,
        quantum_class=without if algorithm is None else algorithm.quantum_class,
        usage=Usage.PRESENT,
        components=() if algorithm is None else algorithm.components,
        parameters=tuple((name, text) for name, text in stated if text is not None),
        where=where,
    )
