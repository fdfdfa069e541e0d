"""An SSH server over Paramiko, run as a program: `paramiko_server.py KEX,... KEYS` listens on loopback and prints its port and keys
as JSON. KEX may be "default". Nobody can log in. Ends with standard input."""

from __future__ import annotations

import contextlib
import io
import json
import socket
import sys
import threading
from typing import Any  # Paramiko comes without types.

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


def made(kind: str) -> Any:
    """A host key. Paramiko cannot make Ed25519 keys, and reads them."""
    import paramiko

    if kind == "ed25519":
        pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
        return paramiko.Ed25519Key(file_obj=io.StringIO(pem.decode()))
    return paramiko.ECDSAKey.generate(bits=int(kind.removeprefix("ecdsa")))


def serve(connection: socket.socket, keys: list[Any], methods: str) -> None:
    import paramiko

    with contextlib.suppress(paramiko.SSHException, EOFError, OSError):
        transport = paramiko.Transport(connection)
        for key in keys:
            transport.add_server_key(key)
        if methods != "default":
            transport.get_security_options().kex = methods.split(",")
        transport.start_server(server=paramiko.ServerInterface())


def main(methods: str, kinds: str) -> None:
    keys = [made(kind) for kind in kinds.split(",")]
    listener = socket.create_server(("127.0.0.1", 0))
    lines = [f"{key.get_name()} {key.get_base64()}" for key in keys]
    print(json.dumps({"port": listener.getsockname()[1], "keys": lines}), flush=True)
    threading.Thread(target=lambda: (sys.stdin.read(), listener.close()), daemon=True).start()
    with contextlib.suppress(OSError):
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=serve, args=(connection, keys, methods), daemon=True).start()


if __name__ == "__main__":
    main(*sys.argv[1:3])
