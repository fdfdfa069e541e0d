"""What OpenSSH's own client sees of a server, from its debug output: the second opinion on every list, and on what is agreed on."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass

from tests.peers.ssh_programs import program

_LISTS = {
    "KEX algorithms": "kex",
    "host key algorithms": "host_keys",
    "ciphers ctos": "ciphers_to_server",
    "ciphers stoc": "ciphers_to_client",
    "MACs ctos": "macs_to_server",
    "MACs stoc": "macs_to_client",
    "compression ctos": "compressions_to_server",
    "compression stoc": "compressions_to_client",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """`lists` of the server by their names; `agreed` what the client says it gets, empty where it gets nothing."""

    lists: dict[str, tuple[str, ...]]
    agreed: dict[str, str]


def version() -> str:
    """`9.2` for OpenSSH 9.2p1; empty where there is no OpenSSH here."""
    ssh = program("ssh")
    said = subprocess.run([ssh, "-V"], capture_output=True, text=True).stderr if ssh is not None else ""
    found = re.search(r"OpenSSH_(\d+\.\d+)", said)
    return found[1] if found is not None else ""


def ask(port: int) -> Seen:
    """One connection that ends at the authentication, for which it has nothing."""
    ssh = program("ssh")
    assert ssh is not None
    options = ["BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "GlobalKnownHostsFile=/dev/null"]
    options += ["PreferredAuthentications=none", "IdentitiesOnly=yes"]
    command = [
        ssh,
        "-vv",
        "-F",
        "/dev/null",
        "-p",
        str(port),
        *(part for option in options for part in ("-o", option)),
        "x@127.0.0.1",
    ]
    said = subprocess.run([*command, "true"], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL).stderr
    theirs = said.partition("peer server KEXINIT proposal")[2]
    lists = {
        _LISTS[name]: tuple(value.split(",")) if value else ()
        for name, value in re.findall(r"^debug2: ([\w ]+?): ?(.*?)\r?$", theirs, re.MULTILINE)
        if name in _LISTS
    }
    agreed = dict(re.findall(r"^debug1: kex: (algorithm|host key algorithm): (\S+?)\r?$", theirs, re.MULTILINE))
    cipher = re.search(r"^debug1: kex: client->server cipher: (\S+) MAC: (\S+)", theirs, re.MULTILINE)
    if cipher is not None:
        agreed |= {"cipher": cipher[1], "mac": cipher[2]}
    return Seen(lists, agreed)
