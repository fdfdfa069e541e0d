"""An SSH server over AsyncSSH, run as a program: `asyncssh_server.py KEX,... KEYS` listens on loopback and prints its port and keys
as JSON. KEX may be "default". Nobody can log in. Ends with standard input."""

from __future__ import annotations

import asyncio
import json
import sys


async def main(methods: str, kinds: str) -> None:
    import asyncssh

    known = {"ed25519": "ssh-ed25519", "ecdsa256": "ecdsa-sha2-nistp256", "ecdsa384": "ecdsa-sha2-nistp384"}
    keys = [asyncssh.generate_private_key(known[kind]) for kind in kinds.split(",")]
    chosen = () if methods == "default" else methods.split(",")
    server = await asyncssh.listen("127.0.0.1", 0, server_host_keys=keys, kex_algs=chosen)
    lines = [key.export_public_key().decode().strip() for key in keys]
    print(json.dumps({"port": server.get_port(), "keys": lines}), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
