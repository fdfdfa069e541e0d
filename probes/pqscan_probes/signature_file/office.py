"""Documents of Office that are encrypted in a container of OLE by the older way (standard encryption and RC4 CryptoAPI,
[MS-OFFCRYPTO], sections 2.3.2, 2.3.4.5 and 2.3.5.1). The newer way is XML."""

from __future__ import annotations

from dataclasses import replace

from pqscan.probe import FileSource, Mark
from pqscan.registry.algorithms import by_name
from pqscan_probes.signature_file.found import PASSWORD, Found

_AES = Mark("office-aes", "?? 66 00 00 04 80 00 00 ?? ?? 00 00 18 00 00 00", is_hex=True)  # AlgID, SHA-1, KeySize, provider of AES
_RC4 = Mark("office-rc4", "01 68 00 00 04 80 00 00 ?? 00 00 00 01 00 00 00", is_hex=True)
MARKS = (_AES, _RC4)
_PROVIDER = "Microsoft ".encode("utf-16-le")
_NAMES = {0x660E: "AES-128", 0x660F: "AES-192", 0x6610: "AES-256", 0x6801: "RC4"}
_MOST = 100


def find_in_office(source: FileSource, found: Found) -> None:
    """Headers of encryption, told by the name of the provider that stands behind each."""
    for mark in MARKS:
        for offset in found.within(source.places(mark).offsets, _MOST):
            name = _NAMES.get(int.from_bytes(source.data[offset : offset + 4], "little"))
            if name is None or not source.data.startswith(_PROVIDER, offset + 24):
                continue
            bits = int.from_bytes(source.data[offset + 8 : offset + 12], "little")
            where = replace(source.where(offset), line=None)
            found.encryption(
                PASSWORD, "ooxml" if name != "RC4" else "ole", where, ("cipher", name), ("bits", bits), ("kdf", "SHA-1")
            )
            found.cipher(by_name(name), where)
