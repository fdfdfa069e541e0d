"""Files of age, as they are and in armour, also in other texts (as sops writes them): for whom they are encrypted."""

from __future__ import annotations

from dataclasses import replace

from pqscan.errors import MalformedMessage
from pqscan.model.observation import Where
from pqscan.probe import FileSource, Mark
from pqscan.registry.age import age_recipient
from pqscan.registry.algorithms import by_name
from pqscan.registry.quantum import QuantumClass
from pqscan.wire.age import LABEL, VERSION_LINE, Stanza, read_age_header
from pqscan.wire.pki.pem import block_at
from pqscan_probes.signature_file.found import PASSWORD, Found

_FILE = Mark("age", VERSION_LINE.hex(), is_hex=True, at_start=True)
_ARMOUR = Mark("age-armour", f"-----BEGIN {LABEL}-----")
MARKS = (_FILE, _ARMOUR)
_CIPHER = "ChaCha20-Poly1305"
_FORM = "age"
_MOST = 1000


def find_age(source: FileSource, found: Found) -> None:
    """What the file, or each armour in it, is encrypted for."""
    if source.places(_FILE).offsets:
        _tell(source.data, replace(source.where(0), line=None), found)
    for offset in found.within(source.places(_ARMOUR).offsets, _MOST):
        read = block_at(source.data, offset, (LABEL,))
        if read is None or read[0].is_mention:
            continue
        if read[0].whole:
            _tell(read[0].der, source.where(offset), found)
        else:
            found.unreadable += 1


def _tell(data: bytes, where: Where, found: Found) -> None:
    try:
        header = read_age_header(data)
    except MalformedMessage:
        found.unreadable += 1
        return
    found.is_cut = found.is_cut or header.is_cut
    for stanza in dict.fromkeys(header.stanzas):
        _tell_recipient(stanza, where, found)
    found.cipher(by_name(_CIPHER), where)


def _tell_recipient(stanza: Stanza, where: Where, found: Found) -> None:
    row = age_recipient(stanza.kind)
    if row is None:  # A plugin's: nobody knows by what.
        found.encryption(stanza.kind, _FORM, where, ("cipher", _CIPHER), quantum_class=QuantumClass.UNKNOWN)
        return
    is_password = row.way == PASSWORD
    found.encryption(
        PASSWORD if is_password else stanza.kind,
        _FORM,
        where,
        ("recipient", row.way),
        ("parameter", row.parameter),
        ("kdf", row.algorithm.name if is_password else None),
        ("iterations", stanza.work),
        ("cipher", _CIPHER),
        name=None if is_password else row.algorithm.name,
        quantum_class=row.algorithm.quantum_class,
        components=row.algorithm.components,
    )
