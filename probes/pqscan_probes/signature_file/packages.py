"""Signatures of packages: the signing block of Android's and the file beside one, headers of RPM, digests in signature files of
Java. The signature itself of a jar is a message of CMS, and found as one. Hashes in the RECORD of a wheel are signed by nobody, and
told by nobody."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from pqscan.errors import MalformedMessage
from pqscan.model.algorithm_facts import algorithm_observation
from pqscan.model.certificate import PublicKey
from pqscan.model.observation import Usage
from pqscan.probe import FileSource, Mark
from pqscan.registry.algorithms import Function, by_name
from pqscan.registry.apk import signature_of
from pqscan.registry.quantum import QuantumClass
from pqscan.registry.rpm import hash_of, key_of
from pqscan.wire.apk import MAGIC, ApkSigner, read_apk_block, read_idsig
from pqscan.wire.pki.bare_key import read_bare_key
from pqscan.wire.rpm import read_rpm_signatures
from pqscan_probes.signature_file.found import Found

_APK = Mark("apk-signing-block", MAGIC.decode("ascii"))
_IDSIG = Mark("apk-idsig", "02 00 00 00 ?? 00 00 00 01 00 00 00 0c", is_hex=True, at_start=True)  # APK signature scheme v4
_RPM = Mark("rpm-header", "8e ad e8 01 00 00 00 00", is_hex=True, at_start=True)
_JAR = Mark("jar-signature-file", "Signature-Version: ", at_start=True)  # JAR File Specification, Signature File
MARKS = (_APK, _IDSIG, _RPM, _JAR)
_DIGEST = re.compile(rb"^([A-Za-z0-9-]{2,20})-Digest(?:-Manifest(?:-Main-Attributes)?)?: ", re.MULTILINE)
_UNLISTED = "unlisted"


def find_in_packages(source: FileSource, found: Found) -> None:
    """What the package is signed by, where the content is the part of it that says so."""
    if source.is_whole and any(offset == len(source.data) - len(MAGIC) for offset in source.places(_APK).offsets):
        _tell_apk(source, read_apk_block, found)
    if not source.offset and source.places(_IDSIG).offsets:
        _tell_apk(source, read_idsig, found)
    if source.is_whole and source.places(_RPM).offsets:
        _find_rpm(source, found)
    if source.places(_JAR).offsets:
        _find_digests(source, found)


def _tell_apk(source: FileSource, read: Callable[[bytes], tuple[ApkSigner, ...]], found: Found) -> None:
    where = replace(source.where(0), line=None)
    try:
        signers = read(source.data)
    except MalformedMessage:
        found.unreadable += 1
        return
    for signer in signers:
        key = _key(signer.key)
        for number in signer.algorithms:
            row = signature_of(number)
            name = None if row is None else row.algorithm.name
            quantum_class = QuantumClass.UNKNOWN if row is None else row.algorithm.quantum_class
            if row is None and key is not None:  # What the key tells, where the number has no row yet.
                name, quantum_class = key.name, key.quantum_class
            found.signature(
                name or _UNLISTED,
                "apk",
                where,
                ("hash", None if row is None else row.hash),
                *_of_key(key),
                ("scheme", signer.scheme),
                ("number", f"0x{number:04x}"),
                name=name,
                quantum_class=quantum_class,
            )


def _key(der: bytes) -> PublicKey | None:
    try:
        return read_bare_key(der).public_key
    except MalformedMessage:
        return None


def _of_key(key: PublicKey | None) -> tuple[tuple[str, str | int | None], ...]:
    return () if key is None else (("size_bits", key.size_bits), ("parameter", key.parameter))


def _find_rpm(source: FileSource, found: Found) -> None:
    where = replace(source.where(0), line=None)
    try:
        signatures = read_rpm_signatures(source.data)
    except MalformedMessage:
        found.unreadable += 1
        return
    for one in signatures:
        row = key_of(one.key)
        found.signature(
            _UNLISTED if row is None else row.name,
            "rpm",
            where,
            ("hash", hash_of(one.hash)),
            ("tag", one.tag),
            ("version", one.version),
            ("number", one.key),
            name=None if row is None else row.name,
            quantum_class=QuantumClass.UNKNOWN if row is None else row.quantum_class,
            components=() if row is None else row.components,
        )


def _find_digests(source: FileSource, found: Found) -> None:
    found.is_cut = found.is_cut or not source.is_whole
    names = dict.fromkeys(match[1].decode("ascii") for match in _DIGEST.finditer(source.data))
    for algorithm in filter(None, map(by_name, names)):
        found.add(
            algorithm_observation(
                algorithm, Usage.PRESENT, source.where(0), function=Function.HASH, others=(("format", "jar_signature_file"),)
            )
        )
