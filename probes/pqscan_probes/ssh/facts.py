"""Turns a finished SSH survey into facts: observations, host keys. Names and classes come from the registry."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import lru_cache

from pqscan.errors import MalformedMessage, PeerClosed, PeerError, PeerRejected, PeerThrottled, PeerTimedOut
from pqscan.model.observation import Confidence, Observation, Preference, RankBasis, Subject, Support
from pqscan.model.outcome import Chain, Evidence, Facts, OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.registry.quantum import QuantumClass
from pqscan.registry.ssh import EDITION, SshKind, ssh_algorithm
from pqscan.wire.ssh.conversation import ProvenKey
from pqscan.wire.ssh.fields import is_name
from pqscan.wire.ssh.host_key import read_host_key
from pqscan.wire.ssh.kexinit import KexInit, agree
from pqscan_probes.ssh.survey import Survey, client_kexinit, key_format

_MOST_REMEMBERED = 4096  # observations: most targets show what others have shown
_KINDS = {
    Subject.KEX_METHOD: SshKind.KEY_EXCHANGE,
    Subject.HOST_KEY: SshKind.HOST_KEY,
    Subject.ENCRYPTION: SshKind.CIPHER,
    Subject.MAC: SshKind.MAC,
    Subject.COMPRESSION: SshKind.COMPRESSION,
}
_TROUBLES = {"throttled": OutcomeStatus.THROTTLED, "out_of_time": OutcomeStatus.TIMED_OUT}
_STRICT, _EXT_INFO = "kex-strict-s-v00@openssh.com", "ext-info-s"
_PASSING = frozenset({"throttled", "silence", "reset", "closed_early", "out_of_time"})  # another run may get what this one did not
_SELECTED = (
    (Subject.SELECTED_KEX_METHOD, Subject.KEX_METHOD),
    (Subject.SELECTED_HOST_KEY, Subject.HOST_KEY),
    (Subject.SELECTED_ENCRYPTION, Subject.ENCRYPTION),
    (Subject.SELECTED_MAC, Subject.MAC),
)
Parameters = tuple[tuple[str, str | int], ...]


def facts_of(survey: Survey, evidence: Evidence | None, error: PeerError | None) -> Facts:
    """Everything that the survey learned, in the words of the model. `error` is what ended it before the lists came."""
    observations = [*_identified(survey)]
    status, detail = OutcomeStatus.COMPLETED, None
    server = survey.server
    if server is not None:
        observations += _listed(survey, server)
        observations += _selected(survey, server)
        observations += _behaviours(survey, server)
        observations += _fields(survey)
        if survey.trouble:
            status, detail = _TROUBLES[survey.trouble], Reason.of(f"ssh_{survey.trouble}")
        elif _PASSING & set(survey.unproven.values()):
            detail = Reason.of("ssh_keys_missing")
    elif error is not None:
        status, why = _ended(error)
        detail = Reason.of("ssh_no_lists", why=why)
    chains, blobs = _keys(survey)
    return Facts(
        observations=tuple(dict.fromkeys(observations)),
        chains=chains,
        certificates=blobs,
        preference=(("SSH-2.0", Preference.CLIENT),) if server is not None else (),  # RFC 4253, section 7.1
        depth=survey.depth,
        asked=f"{EDITION}/{survey.client.name}",
        complete=detail is None,
        status=status,
        detail=detail,
        evidence=evidence,
    )


def _ended(error: PeerError) -> tuple[OutcomeStatus, str]:
    match error:
        case PeerThrottled():
            return OutcomeStatus.THROTTLED, "throttled"
        case PeerRejected():
            return OutcomeStatus.REJECTED, "disconnected"
        case MalformedMessage():
            return OutcomeStatus.MALFORMED, "malformed"
        case PeerTimedOut():
            return OutcomeStatus.TIMED_OUT, "silence"
        case PeerClosed(by_reset=True):
            return OutcomeStatus.CLOSED_EARLY, "reset"
        case _:
            return OutcomeStatus.CLOSED_EARLY, "closed_early"


def _identified(survey: Survey) -> Iterator[Observation]:
    identification = survey.identification
    if identification is None:
        return
    if identification.speaks_2:
        yield _plain(Subject.PROTOCOL_VERSION, "SSH-2.0")
    if identification.speaks_1:
        yield _plain(Subject.PROTOCOL_VERSION, "SSH-1")
    if identification.software:
        yield _plain(Subject.SOFTWARE, identification.software)


def _listed(survey: Survey, server: KexInit) -> Iterator[Observation]:
    proven = [key for key in survey.proven if key.verified]
    sizes = {key_format(key.algorithm): _size(key) for key in survey.proven}
    methods = {key.kex_method for key in proven}
    for rank, name in enumerate(server.key_exchanges, 1):
        yield listed_name(Subject.KEX_METHOD, name, rank, sure=name in methods)
    algorithms = {key.algorithm for key in proven}
    for rank, name in enumerate(dict.fromkeys(server.server_host_key_algorithms), 1):
        kind = key_format(name)
        parameters: Parameters = (("size_bits", size),) if (size := sizes.get(kind)) else ()
        if kind in survey.unproven:
            parameters = (("reason", survey.unproven[kind]),)
        yield listed_name(Subject.HOST_KEY, name, rank, parameters=parameters, sure=name in algorithms)
    for subject, to_server, to_client in (
        (Subject.ENCRYPTION, server.encryption_client_to_server, server.encryption_server_to_client),
        (Subject.MAC, server.mac_client_to_server, server.mac_server_to_client),
        (Subject.COMPRESSION, server.compression_client_to_server, server.compression_server_to_client),
    ):
        directions = {"client-to-server": to_server, "server-to-client": to_client} if to_server != to_client else {None: to_server}
        for context, names in directions.items():
            for rank, name in enumerate(dict.fromkeys(names), 1):
                yield listed_name(subject, name, rank, context)


def _size(key: ProvenKey) -> int | None:
    try:
        return read_host_key(key.blob).public_key.size_bits
    except MalformedMessage:
        return None


def _selected(survey: Survey, server: KexInit) -> Iterator[Observation]:
    """What the client of the survey would get; what was carried through exactly so is confirmed."""
    agreed = agree(client_kexinit(survey.client, b""), server)
    row = ssh_algorithm(SshKind.CIPHER, agreed.encryption) if agreed.encryption else None
    needs_mac = agreed.mac is None and not (row is not None and row.aead)
    if agreed.kex_method is None or agreed.host_key is None or agreed.encryption is None or needs_mac:
        yield _plain(Subject.BEHAVIOUR, "current_client_fails", (("reason", "no_common_algorithm"),))
        return
    carried = {name for key in survey.proven if key.verified for name in (key.kex_method, key.algorithm)}
    names = (agreed.kex_method, agreed.host_key, agreed.encryption, agreed.mac)
    for (subject_out, subject), name in zip(_SELECTED, names, strict=True):
        if name is not None:
            quantum_class, components, spelling = _meaning(subject, name)
            confidence = Confidence.CONFIRMED if name in carried else Confidence.INFERRED
            yield Observation(
                subject_out,
                name,
                Support.SELECTED,
                name=spelling,
                quantum_class=quantum_class,
                confidence=confidence,
                components=components,
            )


def _behaviours(survey: Survey, server: KexInit) -> Iterator[Observation]:
    strict = _STRICT in server.markers
    if strict:
        yield _plain(Subject.BEHAVIOUR, "strict_kex")
    if _EXT_INFO in server.markers:
        yield _plain(Subject.BEHAVIOUR, "ext_info")
    modes = () if strict else terrapin_modes(server)
    if modes:
        yield _plain(Subject.BEHAVIOUR, "terrapin_modes_without_strict_kex", (("modes", " ".join(modes)),))
    for key in survey.proven:
        if key.verified is False:
            yield _plain(Subject.BEHAVIOUR, "host_key_not_proven", (("algorithm", key.algorithm),))
    if not all(is_name(name) for names in server.lists[:8] for name in names):
        yield _plain(Subject.BEHAVIOUR, "malformed_names")


def terrapin_modes(server: KexInit) -> tuple[str, ...]:
    """What of the server's lists CVE-2023-48795 needs: ChaCha20-Poly1305, or CBC with a MAC over the ciphertext (`cbc-etm`)."""
    found: list[str] = []
    for ciphers, macs in (
        (server.encryption_client_to_server, server.mac_client_to_server),
        (server.encryption_server_to_client, server.mac_server_to_client),
    ):
        rows = [row for name in ciphers if (row := ssh_algorithm(SshKind.CIPHER, name)) is not None]
        found += [row.name for row in rows if row.mode == "Poly1305"]
        covers = any(row.mode == "encrypt-then-mac" for name in macs if (row := ssh_algorithm(SshKind.MAC, name)) is not None)
        if covers and any(row.mode == "CBC" for row in rows):
            found.append("cbc-etm")
    return tuple(sorted(set(found)))


def _fields(survey: Survey) -> Iterator[Observation]:
    method = survey.group_exchange
    by_size: dict[int, list[int]] = {}
    for asked, answered in survey.fields.items():
        by_size.setdefault(answered, []).append(asked)
    for size, wishes in sorted(by_size.items()):
        if size:
            yield _field(str(size), Support.ACCEPTED, method, (("asked_bits", " ".join(map(str, wishes))),))
        else:
            for wish in wishes:
                if str(wish) not in {str(answered) for answered in by_size}:
                    yield _field(str(wish), Support.REFUSED, method)
    for key in survey.proven:
        if key.field_bits is not None and key.kex_method == method and key.field_bits not in by_size:
            yield _field(str(key.field_bits), Support.ACCEPTED, method)
    for asked, why in survey.unasked_fields.items():
        yield _field(str(asked), Support.UNKNOWN, method, (("reason", why),))


def _keys(survey: Survey) -> tuple[tuple[Chain, ...], tuple[bytes, ...]]:
    blobs = {key.blob: key_format(key.algorithm) for key in survey.proven}
    chains = tuple(Chain(None, f"ssh_host_key {kind}", (hashlib.sha256(blob).digest(),)) for blob, kind in blobs.items())
    return chains, tuple(blobs)


def _plain(subject: Subject, value: str, parameters: Parameters = ()) -> Observation:
    return Observation(subject, value, Support.OFFERED, parameters=parameters)


def _field(value: str, support: Support, method: str | None, parameters: Parameters = ()) -> Observation:
    return Observation(
        Subject.GROUP_EXCHANGE_SIZE,
        value,
        support,
        method,
        quantum_class=QuantumClass.TRADITIONAL,
        parameters=parameters,
    )


@lru_cache(maxsize=_MOST_REMEMBERED)
def listed_name(
    subject: Subject, name: str, rank: int, context: str | None = None, *, parameters: Parameters = (), sure: bool = False
) -> Observation:
    """A name at its place in a list."""
    quantum_class, components, spelling = _meaning(subject, name)
    return Observation(
        subject,
        name,
        Support.OFFERED,
        context,
        name=spelling,
        rank=rank,
        rank_basis=RankBasis.LIST_ORDER,
        quantum_class=quantum_class,
        confidence=Confidence.CONFIRMED if sure else Confidence.OBSERVED,
        components=components,
        parameters=parameters,
    )


def _meaning(subject: Subject, name: str) -> tuple[QuantumClass, tuple[str, ...], str | None]:
    """Class, components and the registry's spelling; unknown where no source lists the name of a public-key algorithm."""
    kind = _KINDS[subject]
    row = ssh_algorithm(kind, name)
    if row is None:
        of_keys = subject in (Subject.KEX_METHOD, Subject.HOST_KEY)
        return QuantumClass.UNKNOWN if of_keys else QuantumClass.NOT_PUBLIC_KEY, (), None
    return row.quantum_class, row.components, row.name
