"""Certificates in exports of the registry of Windows (.reg), where they stand in hexadecimal among other values. Those in stores
that lie in files (.sst, .p7b) are found by the probe of certificates, as in any file."""

from __future__ import annotations

from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.model.certificate import Certificate
from pqscan.model.certificate_facts import observations_of
from pqscan.model.observation import Where
from pqscan.model.outcome import Chain, Facts
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget
from pqscan.probe import FileSource, Mark
from pqscan.wire.keystore.windows import read_registry_blob
from pqscan.wire.pki.certificate import read_certificate

MOST_CERTIFICATES = 10_000
_BLOB = Mark("registry-blob", '"Blob"=hex:')
_STORES = b"SystemCertificates\\"  # the part of the registry in which they lie
_CONTEXT = "file"


class WindowsStoreProbe:
    """Raises WrongProtocol where the file holds no certificate in such a value, MalformedMessage where none can be read."""

    name = "windows_store"
    marks = (_BLOB,)

    async def run(self, target: FileTarget, source: FileSource) -> Facts:
        found: list[tuple[Certificate, Where]] = []
        places, unreadable = source.places(_BLOB), 0
        for offset in places.offsets[:MOST_CERTIFICATES]:
            try:
                der = read_registry_blob(source.data, offset + len(_BLOB.pattern))
                if der:
                    found.append((read_certificate(der), source.where(offset)))
            except MalformedMessage:
                unreadable += 1
        if not found and unreadable and _STORES in source.data:
            raise MalformedMessage(f"{target.path} is an export of certificates that cannot be read; look at the file")
        if not found:
            raise WrongProtocol(f"{target.path} holds no certificate among its values; leave it out")
        kept = {certificate.sha256: certificate.der for certificate, _ in found}
        return Facts(
            observations=tuple(one for certificate, where in found for one in observations_of(certificate, where, _CONTEXT)),
            chains=tuple(Chain(None, _CONTEXT, (digest,)) for digest in kept),
            certificates=tuple(kept.values()),
            complete=not (unreadable or places.is_cut or len(places.offsets) > MOST_CERTIFICATES),
            detail=Reason.of("registry_blobs_unreadable", count=unreadable) if unreadable else None,
        )
