"""Reads values in the words of IPsec, Kerberos, SMB, DNSSEC and GnuTLS into observations with the numbers of those protocols."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from pqscan.model.observation import Confidence, Observation, RankBasis, Subject, Support, Usage
from pqscan.registry.algorithms import Algorithm, Function, by_name
from pqscan.registry.config import Holds
from pqscan.registry.dns import dnssec_algorithm, dnssec_algorithms
from pqscan.registry.ike import IkeKind, ike_number
from pqscan.registry.plain_numbers import NumberKind, plain_number
from pqscan.registry.tls_names import group_named
from pqscan.wire.config.enctypes import read_enctypes
from pqscan.wire.config.gnutls_priority import read_priority
from pqscan.wire.config.ike_proposals import IkeProposal, read_ike_proposals
from pqscan.wire.config.nss_policy import read_nss_policy
from pqscan.wire.config.setting import shown
from pqscan.wire.config.tls_versions import VERSIONS, version_of, versions_from, versions_to
from pqscan_probes.configuration_file.told import Line

Values = Callable[[str, Line], Iterator[Observation]]
MOST_NAMES = 200
_NO_EXCHANGE = ("aes", "camellia", "twofish", "serpent", "3des", "des", "null", "cast", "chacha", "sha", "md5", "prf", "hmac")
"""With which words of a proposal begin that name no key exchange, known here or not."""
_MADE = (("made", "yes"),)
WITH_ADDITIONAL = "with_additional"
"""The parameter of a group that agrees on nothing without an additional key exchange."""
_DIALECTS = ("SMB1", "SMB2.0.2", "SMB2.1", "SMB3.0", "SMB3.0.2", "SMB3.1.1")  # oldest first
_SAMBA = {
    "core": 0,
    "coreplus": 0,
    "lanman1": 0,
    "lanman2": 0,
    "nt1": 0,
    "smb2": 1,
    "smb2_02": 1,
    "smb2_10": 2,
    "smb2_24": 2,
    "smb3": 5,
    "smb3_00": 3,
    "smb3_02": 4,
    "smb3_10": 4,
    "smb3_11": 5,
}
_CIPHERS = {"AES-128-CCM": 1, "AES-128-GCM": 2, "AES-256-CCM": 3, "AES-256-GCM": 4}
_VERSIONS = {
    "ikev1": "IKEv1",
    "1": "IKEv1",
    "no": "IKEv1",
    "never": "IKEv1",
    "ikev2": "IKEv2",
    "2": "IKEv2",
    "insist": "IKEv2",
    "yes": "IKEv2",
    "propose": "IKEv2",
}
_NSS_NAMES = {"XYBER768D00": "X25519Kyber768Draft00"}
_OTHER_NAMES = {"BF": "Blowfish", "DES-EDE3": "3DES", "DES-EDE": "3DES", "CAST5": "CAST5", "RC2": "RC2"}
_EVP = re.compile(
    r"([A-Za-z0-9-]+?)(?:-(128|192|256|40|64))?(?:-(CBC|GCM|CFB|CFB1|CFB8|OFB|CTR|CCM|SIV|POLY1305))?\Z", re.IGNORECASE
)


def ike_proposals(value: str, line: Line) -> Iterator[Observation]:
    """The key exchange of a proposal with an additional one that resists is one hybrid with it (RFC 9370)."""
    found = read_ike_proposals(value)
    for rank, proposal in enumerate(found.proposals, 1):
        yield from _of_proposal(proposal, rank, line)
    if found.with_default:
        yield line.open(Subject.IKE_KEY_EXCHANGE, "configuration_default")


def ike_proposals_loose(value: str, line: Line) -> Iterator[Observation]:
    yield from ike_proposals(value, line)
    if not value.rstrip().endswith("!"):
        yield line.open(Subject.IKE_KEY_EXCHANGE, "configuration_default")


def esp_proposals(value: str, line: Line) -> Iterator[Observation]:
    """What a key exchange of ESP gives comes on top of the keys of IKE (RFC 7296, section 2.17)."""
    line = replace(line, further=(*line.further, ("protocol", "esp")))
    for rank, proposal in enumerate(read_ike_proposals(value).proposals, 1):
        yield from _of_proposal(proposal, rank, line, with_prf=False)


def without_additional(told: Iterable[Observation]) -> Iterator[Observation]:
    """As IKEv1 reads proposals: key exchanges on top of a group are none of its (RFC 9370 is of IKEv2), and the group is on its
    own."""
    for one in told:
        if one.subject is not Subject.IKE_ADDITIONAL_KEY_EXCHANGE:
            yield replace(one, parameters=tuple(each for each in one.parameters if each[0] != WITH_ADDITIONAL))


def _of_proposal(proposal: IkeProposal, rank: int, line: Line, *, with_prf: bool = True) -> Iterator[Observation]:
    for number, bits in proposal.encryption:
        yield _ike(Subject.IKE_ENCRYPTION, IkeKind.ENCRYPTION, number, rank, line, bits)
    for number in proposal.integrity:
        yield _ike(Subject.IKE_INTEGRITY, IkeKind.INTEGRITY, number, rank, line)
    for number in proposal.prf if with_prf else ():
        yield _ike(Subject.IKE_PRF, IkeKind.PRF, number, rank, line)
    alone = not proposal.additional or proposal.may_do_without
    under = line if alone else replace(line, further=(*line.further, (WITH_ADDITIONAL, "yes")))  # By itself it agrees on nothing.
    for group in proposal.exchanges:
        yield _ike(Subject.IKE_KEY_EXCHANGE, IkeKind.KEY_EXCHANGE, group, rank, under)
    for _, number in proposal.additional:
        yield _additional(number, proposal.exchanges, rank, line)
    for word in proposal.unknown:
        may_agree = with_prf and not word.startswith(_NO_EXCHANGE)  # What ESP exchanges comes on top of the keys of IKE.
        yield _unknown(Subject.IKE_KEY_EXCHANGE if may_agree else Subject.IKE_ENCRYPTION, word, line)


def _unknown(subject: Subject, word: str, line: Line) -> Observation:
    """A word that means nothing here; the installed version may know it."""
    return line.open(subject, "configuration_word_of_version", word=shown(word))


def _ike(subject: Subject, kind: IkeKind, number: int, rank: int, line: Line, bits: int | None = None) -> Observation:
    return line.ike(subject, str(number), ike_number(kind, number), rank, bits)


def _additional(number: int, groups: tuple[int, ...], rank: int, line: Line) -> Observation:
    under = ike_number(IkeKind.KEY_EXCHANGE, groups[0]) if groups else None
    return line.ike_additional(number, ike_number(IkeKind.KEY_EXCHANGE, number), under, rank)


def ike_version_named(value: str) -> str | None:
    """The one version that the word stands for; None where it is any, or the word is another."""
    return _VERSIONS.get(value.strip().lower())


def ike_version(value: str, line: Line) -> Iterator[Observation]:
    version = ike_version_named(value)
    if version is not None:
        yield line.version(version)


def enctypes(value: str, line: Line) -> Iterator[Observation]:
    found = read_enctypes(value)
    for rank, number in enumerate(found.numbers, 1):
        yield _plain(line, "kerberos", number, str(number), rank)
    yield from (_unknown(Subject.ENCRYPTION, word, line) for word in found.unknown)
    if found.with_default:
        yield line.open(Subject.ENCRYPTION, "configuration_default")


def _plain(line: Line, protocol: str, number: int, value: str, rank: int) -> Observation:
    row = plain_number(protocol, NumberKind.CIPHER, number)
    bits = None if row is None else row.key_bits
    return Observation(
        Subject.ENCRYPTION,
        value,
        Support.OFFERED,
        line.context,
        name=None if row is None else row.name,
        rank=rank,
        rank_basis=RankBasis.LIST_ORDER,
        usage=Usage.CONFIGURED,
        parameters=(*line.parameters, *(() if bits is None else (("key_bits", bits),))),
        where=line.where,
    )


def smb_least(value: str, line: Line) -> Iterator[Observation]:
    """The named dialect and those that are newer, as far as the installed version has them."""
    least = _SAMBA.get(value.strip().lower())
    for place, dialect in enumerate(() if least is None else _DIALECTS[least:]):
        yield line.version(dialect, Confidence.INFERRED if place else Confidence.OBSERVED)


def smb_ciphers(value: str, line: Line) -> Iterator[Observation]:
    words = [word for word in re.split(r"[\s,]+", value) if word]
    names = [word for word in words if word[:1] not in "+-"]
    for rank, name in enumerate(names[:MOST_NAMES], 1):
        if name.upper() in _CIPHERS:
            number = _CIPHERS[name.upper()]
            yield _plain(line, "smb", number, f"0x{number:04x}", rank)
        else:
            yield _unknown(Subject.ENCRYPTION, name, line)
    if len(names) < len(words):
        yield line.open(Subject.ENCRYPTION, "configuration_default")


def gnutls_priority(value: str, line: Line) -> Iterator[Observation]:
    priority = read_priority(value)
    for version in priority.versions or ():
        yield line.version(version, Confidence.INFERRED)
    for rank, group in enumerate(priority.groups, 1):
        yield line.group(group, None if priority.with_default else rank)
    if priority.with_default:
        yield line.open(Subject.NAMED_GROUP, "configuration_word_of_version", word=shown(priority.base))


def nss_policy(value: str, line: Line) -> Iterator[Observation]:
    """A policy allows, and chooses nothing: no group has a rank. Of a word that means nothing here the name tells whether it may
    be a key exchange."""
    if "allow=" not in value.lower():
        return
    policy = read_nss_policy(value)
    for name in policy.names[:MOST_NAMES]:
        if (point := group_named(_NSS_NAMES.get(name.upper(), name))) is not None and point.row is not None:
            yield line.group(point.row.name, None)
        elif "KEM" in name.upper() or "KYBER" in name.upper() or "XYBER" in name.upper():
            yield _unknown(Subject.NAMED_GROUP, name, line)
    yield from cipher_names(":".join(policy.ciphers), line)
    named = version_of(policy.least), version_of(policy.most)
    least = versions_from(policy.least) if named[0] else VERSIONS if policy.most else ()
    most = versions_to(policy.most) if named[1] else VERSIONS
    for version in (each for each in least if each in most):
        yield line.version(version, Confidence.OBSERVED if version in named else Confidence.INFERRED)
    if policy.with_default:
        yield line.open(Subject.NAMED_GROUP, "configuration_default")


def dnssec(value: str, line: Line) -> Iterator[Observation]:
    word = value.split()[0].strip().lower() if value.split() else ""
    names = {row.name.lower(): row.value for row in dnssec_algorithms()}
    number = int(word) if re.fullmatch(r"\d{1,3}", word) else names.get(word, names.get(word.replace("nsec3", "-nsec3-")))
    row = None if number is None else dnssec_algorithm(number)
    if number is None or row is None:
        if word:
            yield _unknown(Subject.DNSSEC_ALGORITHM, word, line)
        return
    yield Observation(
        Subject.DNSSEC_ALGORITHM,
        str(number),
        Support.OFFERED,
        line.context,
        name=row.name,
        quantum_class=row.quantum_class,
        usage=Usage.CONFIGURED,
        parameters=line.parameters,
        where=line.where,
    )


def dnssec_default(_value: str, line: Line) -> Iterator[Observation]:
    """What BIND signs with by its policy `default`."""
    yield from (replace(one, confidence=Confidence.INFERRED) for one in dnssec("ecdsap256sha256", line))


def cipher_names(value: str, line: Line) -> Iterator[Observation]:
    for word in re.split(r"[:,\s]+", value)[:MOST_NAMES]:
        algorithm, bits, mode = named_cipher(word)
        if algorithm is not None:
            yield line.algorithm(algorithm, size_bits=bits, parameter=mode)


def named_cipher(word: str) -> tuple[Algorithm | None, int | None, str | None]:
    """The algorithm, the bits of its key and its mode, as OpenSSL names ciphers and digests: `AES-256-GCM`, `BF-CBC`, `SHA256`."""
    exact = by_name(word)
    if exact is not None:
        return exact, exact.bits, None
    found = _EVP.match(word)
    if found is None:
        return None, None, None
    algorithm = by_name(_OTHER_NAMES.get(found[1].upper(), found[1]))
    return algorithm, int(found[2]) if found[2] else None, found[3].upper() if found[3] else None


def made_digests(value: str, line: Line) -> Iterator[Observation]:
    """Digests by which a command signs what it makes; `default` is that of the key."""
    for word in re.split(r"[,\s]+", value)[:MOST_NAMES]:
        found = by_name(word)
        if found is not None and found.functions == (Function.HASH,):
            yield line.algorithm(found, others=_MADE)


def made_rsa_bits(value: str, line: Line) -> Iterator[Observation]:
    """A size that holds for keys of RSA alone: what such a key is for, the certificate will say."""
    algorithm = by_name("RSA")
    if algorithm is not None and re.fullmatch(r"[0-9]{3,5}", value.strip()):
        yield line.algorithm(algorithm, size_bits=int(value), others=_MADE)


def dh_bits(value: str, line: Line) -> Iterator[Observation]:
    algorithm = by_name("FFDH") or by_name("DH")
    if algorithm is not None and re.fullmatch(r"\d{3,5}", value.strip()):
        yield line.algorithm(algorithm, size_bits=int(value), function=Function.KEY_ESTABLISHMENT)


def algorithm_beside_shared(value: str, line: Line) -> Iterator[Observation]:
    found = by_name(value)
    if found is not None:
        yield line.algorithm(found, function=Function.KEY_ESTABLISHMENT, others=(("shared_secret", "yes"),))


def dns_algorithm(value: str, line: Line) -> Iterator[Observation]:
    """`hmac-sha256` is the key of a transaction (RFC 8945), every other name one of DNSSEC."""
    hashed = by_name(value.lower().removeprefix("hmac-")) if value.lower().startswith("hmac-") else None
    by_hash = by_name("HMAC")
    if hashed is not None and by_hash is not None:
        yield line.algorithm(by_name(value) or by_hash, parameter=hashed.name)
    else:
        yield from dnssec(value, line)


NUMBERED: dict[Holds, Values] = {
    Holds.IKE_PROPOSALS: ike_proposals,
    Holds.IKE_PROPOSALS_LOOSE: ike_proposals_loose,
    Holds.ESP_PROPOSALS: esp_proposals,
    Holds.IKE_VERSION: ike_version,
    Holds.ENCTYPES: enctypes,
    Holds.SMB_LEAST: smb_least,
    Holds.SMB_CIPHERS: smb_ciphers,
    Holds.GNUTLS_PRIORITY: gnutls_priority,
    Holds.NSS_POLICY: nss_policy,
    Holds.DNSSEC_ALGORITHM: dnssec,
    Holds.DNSSEC_DEFAULT: dnssec_default,
    Holds.CIPHER_NAMES: cipher_names,
    Holds.MADE_DIGESTS: made_digests,
    Holds.MADE_RSA_BITS: made_rsa_bits,
    Holds.DH_BITS: dh_bits,
    Holds.DNS_ALGORITHM: dns_algorithm,
    Holds.ALGORITHM_BESIDE_SHARED: algorithm_beside_shared,
}
NUMBERED_SUBJECTS: dict[Holds, Subject] = {
    Holds.IKE_PROPOSALS: Subject.IKE_KEY_EXCHANGE,
    Holds.IKE_PROPOSALS_LOOSE: Subject.IKE_KEY_EXCHANGE,
    Holds.ESP_PROPOSALS: Subject.IKE_ENCRYPTION,
    Holds.IKE_VERSION: Subject.PROTOCOL_VERSION,
    Holds.ENCTYPES: Subject.ENCRYPTION,
    Holds.SMB_LEAST: Subject.PROTOCOL_VERSION,
    Holds.SMB_CIPHERS: Subject.ENCRYPTION,
    Holds.GNUTLS_PRIORITY: Subject.NAMED_GROUP,
    Holds.NSS_POLICY: Subject.NAMED_GROUP,
    Holds.DNSSEC_ALGORITHM: Subject.DNSSEC_ALGORITHM,
    Holds.DNSSEC_DEFAULT: Subject.DNSSEC_ALGORITHM,
    Holds.CIPHER_NAMES: Subject.ALGORITHM,
    Holds.MADE_DIGESTS: Subject.ALGORITHM,
    Holds.MADE_RSA_BITS: Subject.ALGORITHM,
    Holds.DH_BITS: Subject.ALGORITHM,
    Holds.DNS_ALGORITHM: Subject.ALGORITHM,
    Holds.ALGORITHM_BESIDE_SHARED: Subject.ALGORITHM,
}
