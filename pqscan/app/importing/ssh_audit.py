"""What ssh-audit found, out of its JSON (`ssh-audit -jj`, `-j`; of one server or of many): the server's lists in its own order.

It writes the ciphers and MACs towards the client alone, and no time."""

from __future__ import annotations

from collections.abc import Iterator

from pqscan.app.importing.found import Service, Tally, place
from pqscan.app.importing.json_file import Document, read_json, require, rows, table, text
from pqscan.app.importing.ssh_lists import MOST_NAMES, Names, SshLists, identified, names_of, observations_of
from pqscan.model.target import NetworkTarget

MOST_SERVERS = 100_000


def read_ssh_audit(data: bytes, tally: Tally) -> Iterator[Service]:
    """Server after server. Raises MalformedMessage where it is no JSON of ssh-audit."""
    document = read_json(data)
    require(document, "ssh-audit")
    tally.program = "ssh-audit"
    servers = rows(document) or [document]
    tally.left_out["import_too_many"] += max(0, len(servers) - MOST_SERVERS)
    for server in servers[:MOST_SERVERS]:
        one = table(server)
        target = _target(text(one.get("target")))
        if target is None:
            tally.left_out["import_client" if "client_ip" in one else "import_no_address"] += 1
            continue
        observations = observations_of(_lists(one))
        if not observations:
            tally.left_out["import_not_looked_at"] += 1
            continue
        yield Service(target, "ssh", "ssh", observations=observations, names_only=not rows(one.get("kex")))


def _target(word: str) -> NetworkTarget | None:
    """`address:port`, IPv6 with or without brackets. A name alone leads to no target: nothing is looked up here."""
    host, _, port = word.rpartition(":")
    return place(host.removeprefix("[").removesuffix("]"), port)


def _lists(server: Document) -> SshLists:
    keys = rows(server.get("key"))[:MOST_NAMES]
    sizes = {text(table(row).get("algorithm")): table(row).get("keysize") for row in keys}
    return SshLists(
        identification=identified(text(table(server, "banner").get("raw"))),
        kex=_names(server.get("kex")),
        host_keys=_names(server.get("key")),
        encryption=_names(server.get("enc")),
        mac=_names(server.get("mac")),
        compression=names_of(server.get("compression")),
        sizes={name: size for name, size in sizes.items() if isinstance(size, int) and not isinstance(size, bool)},
    )


def _names(values: object) -> Names:
    return names_of([table(row).get("algorithm") for row in rows(values)[:MOST_NAMES]])
