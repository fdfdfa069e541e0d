"""Where real clients stop, the view says so: an s_server with small parameters or old signatures, OpenSSL's own clients."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from OpenSSL import SSL
from pqscan_probes.tls import TlsProbe, TlsSettings

from pqscan.model.canonical import canonical
from pqscan.model.observation import Profile
from pqscan.model.outcome import Facts
from pqscan.model.target import NetworkTarget
from pqscan.net.dial import DialSettings, TcpDialer
from pqscan.net.throttle import Throttle
from pqscan.policy.clients import view
from pqscan.registry.clients import client
from tests.peers import programs
from tests.peers.lab import Lab
from tests.peers.truth import ChainTruth, SelectedTruth, Truth

# RFC 2409, section 6.2.
GROUP_2 = (
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F14374F"
    "E1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF"
)
DHE_1024 = ("-tls1_2", "-cipher", "DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0", "-dhparam", "GROUP_2")
DHE_2048 = ("-tls1_2", "-cipher", "DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0")
SIGNED_TLS11 = ("-tls1_1", "-cipher", "ECDHE-RSA-AES128-SHA:@SECLEVEL=0")
UNSIGNED_TLS11 = ("-tls1_1", "-cipher", "AES128-SHA:@SECLEVEL=0")


@contextlib.contextmanager
def serving(lab: Lab, folder: Path, options: tuple[str, ...]) -> Iterator[int]:
    missing = programs.missing_program("openssl")
    if missing is not None:
        pytest.skip(f"peer not at hand: {missing}")
    prime = bytes.fromhex("00" + GROUP_2)
    parameters = folder / "group2.pem"
    der = bytes((0x30, 0x81, len(prime) + 6, 0x02, 0x81, len(prime), *prime, 0x02, 0x01, 0x02))
    parameters.write_bytes(b"-----BEGIN DH PARAMETERS-----\n" + base64.encodebytes(der) + b"-----END DH PARAMETERS-----\n")
    named = tuple(str(parameters) if option == "GROUP_2" else option for option in options)
    chain = ChainTruth(("RSA-2048", "RSA-2048"), ())
    truth = Truth("limits", "openssl", {}, SelectedTruth(), (chain,), "", "", options=named)
    with programs.running(truth, lab.maker) as peer:
        yield peer.port


async def _ask(port: int) -> Facts:
    return await TlsProbe(TlsSettings(depth="inventory")).run(
        NetworkTarget("127.0.0.1", port), TcpDialer(Throttle(), DialSettings())
    )


def told(port: int, who: str) -> str:
    """What the view says of the server's facts."""
    facts = asyncio.run(_ask(port))
    made = Profile("tls", facts.depth, facts.asked, facts.complete, facts.observations, facts.preference)
    return view(canonical(made), client(who)).outcome


def openssl_4_connects(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as stream:
        stream.settimeout(None)
        connection = SSL.Connection(SSL.Context(SSL.TLS_METHOD), stream)
        connection.set_connect_state()
        try:
            connection.do_handshake()
        except SSL.Error:
            return False
        return True


def openssl_3_0_connects(port: int) -> bool:
    version = subprocess.run(["openssl", "version"], capture_output=True, text=True, check=True).stdout
    if not version.startswith("OpenSSL 3.0."):
        pytest.skip("the program openssl is not 3.0")
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=30)
    return done.returncode == 0


@pytest.mark.lab
@pytest.mark.parametrize(("options", "connects"), [(DHE_1024, False), (DHE_2048, True)], ids=["1024 bits", "2048 bits"])
def test_openssl_4_stops_where_the_view_says(lab: Lab, tmp_path: Path, options: tuple[str, ...], connects: bool) -> None:
    with serving(lab, tmp_path, options) as port:
        assert openssl_4_connects(port) is connects
        assert told(port, "openssl-4.0") == ("classical" if connects else "fails")


@pytest.mark.lab
@pytest.mark.parametrize(
    ("options", "connects"),
    [(DHE_1024, False), (DHE_2048, True), (SIGNED_TLS11, False), (UNSIGNED_TLS11, True)],
    ids=["1024 bits", "2048 bits", "TLS 1.1 signed", "TLS 1.1 with RSA key transport"],
)
def test_openssl_3_0_stops_where_the_view_says(lab: Lab, tmp_path: Path, options: tuple[str, ...], connects: bool) -> None:
    with serving(lab, tmp_path, options) as port:
        assert openssl_3_0_connects(port) is connects
        assert told(port, "openssl-3.0") == ("classical" if connects else "fails")
