"""Signatures and encryption of documents and packages: CMS and S/MIME, PDF, XML (also in OOXML, ODF and edXML), packages of Java,
Android, RPM, programs of Windows and macOS, files of age. Told is by which algorithm, never what a document says or who signed it;
certificates in it are found by the probe of certificates, as in any file. No signature is verified."""

from __future__ import annotations

from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.model.outcome import Facts
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget
from pqscan.probe import FileSource
from pqscan_probes.signature_file import age, markup, messages, office, packages, portable, texts
from pqscan_probes.signature_file.found import Found


class SignatureFileProbe:
    """Signatures and encryption with their place in the file. Raises WrongProtocol where there is none, MalformedMessage where
    none of them can be read."""

    name = "signature_file"
    marks = (*messages.MARKS, *portable.MARKS, *markup.MARKS, *office.MARKS, *packages.MARKS, *texts.MARKS, *age.MARKS)

    async def run(self, target: FileTarget, source: FileSource) -> Facts:
        found = Found()
        messages.find_messages(source, target, found)
        portable.find_in_pdf(source, found)
        markup.find_in_xml(source, found)
        office.find_in_office(source, found)
        packages.find_in_packages(source, found)
        texts.find_in_texts(source, found)
        age.find_age(source, found)
        if not found.observations and not found.unreadable:
            raise WrongProtocol(f"{target.path} holds no signature and nothing encrypted; leave it out")
        if not found.observations:
            raise MalformedMessage(f"{target.path} has a signature, or something encrypted, that cannot be read; look at the file")
        return Facts(
            observations=tuple(found.observations),
            chains=tuple(found.chains),
            certificates=tuple(one.der for one in found.certificates.values()),
            complete=not (found.unreadable or found.is_cut),
            detail=_detail(found),
        )


def _detail(found: Found) -> Reason | None:
    if found.unreadable:
        return Reason.of("signatures_unreadable", count=found.unreadable)
    return Reason.of("signatures_cut", count=len(found.observations)) if found.is_cut else None
