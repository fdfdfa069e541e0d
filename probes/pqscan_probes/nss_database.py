"""Databases of certificates and keys of NSS, as Firefox, Thunderbird and Chromium have them: private keys with their size and lock.

Certificates that lie there in one piece are found by the probe of certificates; here those are told that SQLite keeps in
several."""

from __future__ import annotations

from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.model.certificate import Certificate
from pqscan.model.certificate_facts import observations_of
from pqscan.model.key_facts import private_key_observation
from pqscan.model.observation import Observation, Where
from pqscan.model.outcome import Chain, Facts
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget
from pqscan.probe import FileSource, Mark
from pqscan.wire.keystore.nss import MAGIC, PRIVATE, PUBLIC, read_nss
from pqscan.wire.pki.certificate import read_certificate

_TABLES = (Mark("nss-public", f"CREATE TABLE {PUBLIC}"), Mark("nss-private", f"CREATE TABLE {PRIVATE}"))
_CONTEXT = "file"
_MOST_SEARCHED = 1 << 30
"""Octets that are gone through for certificates that lie in one piece; those behind are told by nobody, and the facts as cut."""


class NssDatabaseProbe:
    """Raises WrongProtocol where it is none."""

    name = "nss_database"
    marks = _TABLES

    async def run(self, target: FileTarget, source: FileSource) -> Facts:
        if not source.data.startswith(MAGIC) or source.offset:
            raise WrongProtocol(f"{target.path} names a table of NSS and is no database of SQLite; leave it out")
        if not source.is_whole:
            raise MalformedMessage(f"{target.path} is larger than a database of NSS is read; look at the file")
        found = read_nss(source.data)
        observations: list[Observation] = [
            private_key_observation(key.public, "nss", Where(symbol=f"key {number}"), lock=key.lock.stated)
            for number, key in enumerate(found.keys, 1)
        ]
        certificates: list[Certificate] = []
        unreadable = searched = 0
        is_cut, seen = found.is_cut, set[bytes]()
        for number, der in enumerate(found.certificates, 1):
            if der in seen:
                continue
            seen.add(der)
            searched += len(source.data)
            if searched > _MOST_SEARCHED:
                is_cut = True
                break
            if der in source.data:
                continue
            try:
                certificates.append(read_certificate(der))
            except MalformedMessage:
                unreadable += 1
                continue
            observations.extend(observations_of(certificates[-1], Where(symbol=f"certificate {number}"), _CONTEXT))
        if not observations and is_cut:
            raise MalformedMessage(f"{target.path} is a database of NSS that cannot be read to its end; look at the file")
        if not observations:
            raise WrongProtocol(f"{target.path} holds no private key; its certificates are told by others")
        return Facts(
            observations=tuple(observations),
            chains=tuple(Chain(None, _CONTEXT, (one.sha256,)) for one in dict.fromkeys(certificates)),
            certificates=tuple({one.sha256: one.der for one in certificates}.values()),
            complete=not (is_cut or unreadable),
            detail=Reason.of("nss_certificates_unreadable", count=unreadable) if unreadable else None,
        )
