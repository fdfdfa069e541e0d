"""Whole handshakes for the benchmark: our client and our loop-back server in one process, without sockets.

A row times both sides together, from the first message to close_notify; its bytes are what each side puts on the wire for it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial

from pqscan.errors import WorkError
from pqscan.harness.benchmark import Candidate, Prepared
from pqscan.harness.tls.client import ClientSettings, direct_session
from pqscan.harness.tls.identity import ServerIdentity, self_made
from pqscan.harness.tls.server import ServerConversation
from pqscan.harness.tls.server_settings import ServerSettings
from pqscan.harness.tls.shares import ShareMaker
from pqscan.model.timing import Operation, Purpose
from pqscan.registry.quantum import QuantumClass
from pqscan.registry.tls import NamedGroup, named_group
from pqscan.wire.key_agreement import generate
from pqscan.wire.tls import signature
from pqscan.wire.tls.session import Close

_CLASSICAL = 0x001D
_GROUPS = (0x11EC, 0x11EB, 0x11ED, 0x0202)
_ECDSA, _ML_DSA_65 = (0x0403, "ECDSA P-256"), (0x0905, "ML-DSA-65")
_MOST_TURNS = 16


def handshake_candidates(libraries: Iterable[str], now: datetime) -> Iterator[Candidate]:
    """The classical handshake first, then hybrids and pure ML-KEM on each library of those that makes shares, and last both halves
    of a handshake post-quantum."""
    identities = {scheme: self_made(scheme, now) for scheme, _ in (_ECDSA, _ML_DSA_65)}
    classical = named_group(_CLASSICAL).row
    if classical is not None:
        yield _candidate(classical, ShareMaker.on("cryptography"), identities[_ECDSA[0]], _ECDSA[1])
    for name in libraries:
        try:
            maker = ShareMaker.on(name)
        except WorkError:
            continue
        groups = [row for value in _GROUPS if (row := named_group(value).row) is not None and maker.can_make(row)]
        for group in groups:
            yield _candidate(group, maker, identities[_ECDSA[0]], _ECDSA[1])
        if groups:
            yield _candidate(groups[0], maker, identities[_ML_DSA_65[0]], _ML_DSA_65[1])


def _candidate(group: NamedGroup, maker: ShareMaker, identity: ServerIdentity, signer: str) -> Candidate:
    return Candidate(
        Purpose.HANDSHAKE,
        f"{group.name}, {signer}",
        maker.library,
        group.quantum_class if signer != _ML_DSA_65[1] else QuantumClass.PQT_HYBRID,
        partial(_prepared, group, maker, identity),
    )


def _prepared(group: NamedGroup, maker: ShareMaker, identity: ServerIdentity) -> Prepared:
    settings = ServerSettings(identity, (group.value,), secrets.token_bytes, encapsulators=maker.encapsulators(group))
    client = ClientSettings((identity.scheme,), "benchmark.invalid")
    call = partial(_handshake, group, maker, client, settings)
    client_bytes, server_bytes = call()
    return Prepared({Operation.HANDSHAKE: call}, {"client_bytes": client_bytes, "server_bytes": server_bytes})


def _handshake(group: NamedGroup, maker: ShareMaker, client: ClientSettings, settings: ServerSettings) -> tuple[int, int]:
    """One whole handshake; bytes sent by the client and by the server. Raises WorkError where the two do not agree."""
    share = generate(group) if group.value == _CLASSICAL else maker.make(group)
    if share is None:
        raise WorkError(f"{maker.label} has no {group.name}")
    session, server = direct_session(share, client, signature.verifies), ServerConversation(settings)
    sent = received = 0
    for _ in range(_MOST_TURNS):
        if session.is_open:
            session.close()
        ours = session.bytes_to_send()
        server.receive(ours)
        theirs = server.bytes_to_send()
        sent, received = sent + len(ours), received + len(theirs)
        session.receive(theirs)
        if session.finished:
            break
    if session.exchange.close is not Close.NOTIFY or not server.outcome.established:
        raise WorkError(f"a handshake with {group.name} did not come to its end: {session.answer.problem or server.outcome.why}")
    return sent, received
