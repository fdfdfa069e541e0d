"""What clients of SSH would get: the first name of the client's list that the server has too."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pqscan.app.assessment import client_views
from pqscan.model.observation import Observation, Profile, Subject, Support
from pqscan.model.reason import Reason
from pqscan.policy.ssh_clients import ssh_views
from pqscan.registry.ssh import clients

ML_KEM, SNTRUP, CURVE = "mlkem768x25519-sha256", "sntrup761x25519-sha512@openssh.com", "curve25519-sha256"
GROUP_14, STRICT = "diffie-hellman-group14-sha256", "kex-strict-s-v00@openssh.com"
CTR, GCM, HMAC = "aes128-ctr", "aes128-gcm@openssh.com", "hmac-sha2-256"


def server(
    *methods: str,
    keys: tuple[str, ...] = ("rsa-sha2-512", "ssh-ed25519"),
    ciphers: tuple[tuple[str, str | None], ...] = ((CTR, None), (GCM, None)),
    macs: tuple[str, ...] = (HMAC,),
    gets: str = "",
    depth: str = "inventory",
) -> Profile:
    rows = [Observation(Subject.KEX_METHOD, name, Support.OFFERED, rank=rank) for rank, name in enumerate(methods, 1)]
    rows += [Observation(Subject.HOST_KEY, name, Support.OFFERED) for name in keys]
    rows += [Observation(Subject.ENCRYPTION, name, Support.OFFERED, context) for name, context in ciphers]
    rows += [Observation(Subject.MAC, name, Support.OFFERED) for name in macs]
    if gets:
        rows.append(Observation(Subject.SELECTED_KEX_METHOD, gets, Support.SELECTED))
    return Profile("ssh", depth, "2026-11", True, tuple(rows))


def told(profile: Profile) -> dict[str, tuple[str, str | None]]:
    return {row.client: (row.outcome, row.group) for row in ssh_views(profile)}


def test_the_clients_order_decides_and_not_the_servers() -> None:
    rows = told(server(CURVE, SNTRUP, ML_KEM, STRICT))
    assert rows["openssh-10.0"] == ("post_quantum", ML_KEM)
    assert rows["openssh-9.9"] == ("post_quantum", SNTRUP)
    assert rows["openssh-9.2"] == ("post_quantum", SNTRUP)
    assert rows["openssh-8.9"] == ("classical", CURVE), "it has the hybrid, and lists the curve before it"
    assert rows["openssh-windows-9.5"] == ("classical", CURVE)
    assert rows["putty-0.83"] == ("post_quantum", SNTRUP)
    assert list(rows) == [client.name for client in clients()]


def test_a_server_with_the_hybrid_alone_gives_older_clients_that_or_nothing() -> None:
    rows = told(server(SNTRUP))
    assert (rows["openssh-8.9"], rows["openssh-windows-9.5"]) == (("post_quantum", SNTRUP), ("fails", None))
    rows = told(server(ML_KEM))
    assert (rows["openssh-9.9"], rows["openssh-9.2"][0]) == (("post_quantum", ML_KEM), "fails")


def reasons(profile: Profile, client: str = "openssh-9.2") -> tuple[str, Reason | None]:
    (row,) = [row for row in ssh_views(profile) if row.client == client]
    return row.outcome, row.reason


@pytest.mark.parametrize(
    ("profile", "part"),
    [
        (server("diffie-hellman-group1-sha1"), "kex_method"),
        (server(STRICT, "ext-info-s", "diffie-hellman-group1-sha1"), "kex_method"),
        (server(CURVE, keys=("ssh-rsa", "ssh-dss")), "host_key"),
        (server(CURVE, ciphers=(("aes128-cbc", None),)), "encryption"),
        (server(CURVE, ciphers=((CTR, "client-to-server"), ("aes128-cbc", "server-to-client"))), "encryption"),
        (server(CURVE, ciphers=((CTR, None),), macs=("hmac-md5",)), "mac"),
    ],
)
def test_what_is_not_shared_is_named(profile: Profile, part: str) -> None:
    assert reasons(profile) == ("fails", Reason.of("ssh_client_no_common", part=part))


def test_a_cipher_that_authenticates_needs_no_mac() -> None:
    assert reasons(server(CURVE, ciphers=((GCM, None),), macs=("hmac-md5",)))[0] == "classical"


def test_the_host_key_is_the_first_of_the_clients_list_too() -> None:
    assert reasons(server(CURVE)) == ("classical", Reason.of("ssh_client_foreseen", key="ssh-ed25519"))


def test_what_the_pinned_client_got_was_seen() -> None:
    assert reasons(server(CURVE, ML_KEM, gets=CURVE), "openssh-10.0") == ("classical", Reason.of("client_seen"))
    assert reasons(server(CURVE, ML_KEM, gets=CURVE), "openssh-10.6")[0] == "post_quantum"
    assert reasons(server(GROUP_14, gets="diffie-hellman-group1-sha1"), "openssh-10.0")[1] != Reason.of("client_seen")


@pytest.mark.parametrize("profile", [server(), server(CURVE, depth="import"), server(CURVE, ciphers=()), server(CURVE, keys=())])
def test_where_lists_are_missing_nothing_is_told(profile: Profile) -> None:
    assert {row.outcome for row in ssh_views(profile)} == {"unknown"}


def test_a_method_that_no_row_names_is_unknown_to_whoever_gets_it() -> None:
    """Nobody offers such a one: a client with it is made here."""
    (row,) = ssh_views(server("new@example.vn"), [replace(clients()[0], name="x", kex_methods=("new@example.vn",))])
    assert (row.outcome, row.group) == ("unknown", "new@example.vn")


def test_they_stand_where_those_of_tls_do() -> None:
    views = {view.client: (view.outcome, view.version, view.group) for view in client_views(server(CURVE, ML_KEM))}
    assert views["openssh-10.6"] == ("post_quantum", "SSH-2.0", ML_KEM)
    assert "openssl-3.5" not in views
