"""Asks an IKE responder on loopback what `IkeSurvey` wants to know, with randomness that is always the same where that is
asked for.

`tools/debian-peers run FOLDER .venv/bin/python -m tests.peers.ike_asker > tests/vectors/ike/strongswan.toml` records the
answers anew.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import socket
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric import ec

from pqscan.wire.ike.main_mode import MainModeQuestion, MainModeResult
from pqscan.wire.ike.shares import public_value
from pqscan.wire.ike.survey import IkeSurvey, SurveyResult

LOOPBACK = "127.0.0.1"
TRADITIONAL = "aes256gcm16-prfsha384-x25519"
_PATIENCE_SECONDS = 5.0
_CURVES: dict[int, ec.EllipticCurve] = {19: ec.SECP256R1(), 20: ec.SECP384R1(), 26: ec.SECP224R1()}

RECORDED = {
    "6.1 with ML-KEM-768 alone": ("sid", (f"{TRADITIONAL}-ke1_mlkem768",)),
    "6.1 with ML-KEM-1024 after the same without": ("sid", (TRADITIONAL, f"{TRADITIONAL}-ke1_mlkem1024")),
    "6.1 with ML-KEM-1024 on another group": ("sid", ("aes256-sha384-ecp384-ke1_mlkem1024", "aes128-sha256-ecp256")),
    "6.1 with ML-KEM-768 after another group without": ("sid", ("aes256-sha384-ecp384", f"{TRADITIONAL}-ke1_mlkem768")),
    "6.1 without ML-KEM": ("sid", (TRADITIONAL,)),
    "6.1 with its defaults": ("sid", ("default",)),
    "6.1 with every ML-KEM after the same without": (
        "sid",
        (TRADITIONAL, f"{TRADITIONAL}-ke1_mlkem512-ke1_mlkem768-ke1_mlkem1024"),
    ),
    "6.1 with ML-KEM-768 as the only key exchange": ("sid", ("aes256gcm16-prfsha384-mlkem768", "aes128-sha256-ecp256")),
    "6.0 with ML-KEM-768 that it cannot compute": ("trixie", (f"{TRADITIONAL}-ke1_mlkem768",)),
}


RECORDED_V1 = {
    "5.9 with 3DES": ("bookworm", 1, ("3des-sha1-modp1024",)),
    "5.9 with IKEv2 beside it": ("bookworm", 0, ("aes256-sha256-ecp256", "aes128-sha1-modp2048")),
    "5.9 with what is asked for last": ("bookworm", 1, ("camellia128-sha256-modp4096",)),
    "5.9 with what is not offered": ("bookworm", 1, ("camellia192-sha512-modp8192",)),
    "6.1, which knows no IKEv1": ("sid", 2, (TRADITIONAL,)),
}


def repeatable_random() -> Callable[[int], bytes]:
    """The same bytes in every run."""
    counter = itertools.count()
    return lambda count: hashlib.shake_256(next(counter).to_bytes(4, "big")).digest(count)


def repeatable_share(group: int, random: Callable[[int], bytes]) -> bytes | None:
    """A public value that is always the same and that a responder takes: the curve's generator, or bytes for X25519."""
    if group not in _CURVES:
        return random(32)
    curve = _CURVES[group]
    numbers = ec.derive_private_key(1, curve).public_key().public_numbers()
    size = (curve.key_size + 7) // 8
    return numbers.x.to_bytes(size, "big") + numbers.y.to_bytes(size, "big")


def ask(most_datagrams: int, *, repeatable: bool = False, port: int = 500, marked: bool = False) -> SurveyResult:
    """What the responder on loopback answers."""
    random, share = (repeatable_random(), repeatable_share) if repeatable else (os.urandom, public_value)
    survey = IkeSurvey(random, share, most_datagrams=most_datagrams, marked=marked)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        channel.connect((LOOPBACK, port))
        channel.settimeout(_PATIENCE_SECONDS)
        while not survey.finished:
            for datagram in survey.datagrams_to_send():
                channel.send(datagram)
            try:
                survey.receive(channel.recv(0xFFFF))
            except TimeoutError:
                survey.timed_out()
    return survey.result


def ask_v1(port: int = 500) -> MainModeResult:
    """What the responder on loopback answers to IKEv1."""
    question = MainModeQuestion(repeatable_random())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        channel.connect((LOOPBACK, port))
        channel.settimeout(_PATIENCE_SECONDS)
        while not question.finished:
            for datagram in question.datagrams_to_send():
                channel.send(datagram)
            question.receive(channel.recv(0xFFFF))
    return question.result


def replay(survey: IkeSurvey, received: list[bytes]) -> None:
    """Feeds what was recorded."""
    for datagram in received:
        survey.datagrams_to_send()
        survey.receive(datagram)


def main() -> None:
    from tests.peers.strongswan import GatewaySpec, Suite, running

    print("# Answers of strongSwan to IkeSurvey; SOURCE.md says how they were made.")
    for name, (suite, proposals) in RECORDED.items():
        with running(GatewaySpec(Suite(suite), proposals)):
            result = ask(6, repeatable=True)
        _print("survey", name, suite, proposals, result)
    for name, (suite, version, proposals) in RECORDED_V1.items():
        with running(GatewaySpec(Suite(suite), proposals, version=version)):
            _print("main_mode", name, suite, proposals, ask_v1())


def _print(table: str, name: str, suite: str, proposals: tuple[str, ...], result: SurveyResult | MainModeResult) -> None:
    head = f'\n[[{table}]]\nname = "{name}"\nproposals = {list(proposals)}\nsource = "strongSwan, Debian {suite}"'
    print(head.replace("'", '"'))
    for field, datagrams in (("sent", result.sent), ("received", result.received)):
        print(f"{field} = [\n" + "".join(f'  "{datagram.hex()}",\n' for datagram in datagrams) + "]")


if __name__ == "__main__":
    main()
