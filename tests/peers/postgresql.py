"""A private PostgreSQL from the system's binaries, as a fixture: import `postgres` and `new_database` into a conftest.py."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running server. `url` names the database of the superuser, whose socket only this account can reach."""

    port: int
    password: str

    def url(self, database: str) -> str:
        return f"postgresql://pqscan:{self.password}@127.0.0.1:{self.port}/{database}"


def _binaries() -> Path | None:
    """The folder of initdb and postgres, the newest where several are installed."""
    folders = [Path(name).resolve().parent for name in (shutil.which("initdb"), shutil.which("postgres")) if name]
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: -int(folder.parent.name.split(".")[0]))
    folders.append(Path("/usr/local/bin"))
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()), None)


def _account() -> pwd.struct_passwd | None:
    """The unprivileged account that the server runs under when we are root, which it refuses to be; None where we are not."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    pytest.skip("PostgreSQL does not run as root, and there is no account postgres or nobody")


def _install() -> Path | None:
    """Asks apt for the server, once, where we may."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return None
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "install", "-y", "-q", "postgresql"], env=environment, capture_output=True, timeout=600, check=False)
    return _binaries()


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    binaries = _binaries() or _install()
    if binaries is None:
        pytest.skip("PostgreSQL's initdb and postgres are not installed, and apt-get could not install them")
    account = _account()
    folder = Path(tempfile.mkdtemp(prefix="pqscan-postgres-", dir="/tmp" if Path("/tmp").is_dir() else None))
    user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
    port, password = _free_port(), secrets.token_hex(16)
    word = folder / "password"
    word.write_text(password)
    if account:
        for place in (folder, word):
            os.chown(place, account.pw_uid, account.pw_gid)
    data = folder / "data"
    try:
        initdb = [
            binaries / "initdb",
            "-D",
            data,
            "-U",
            "pqscan",
            "-A",
            "scram-sha-256",
            f"--pwfile={word}",
            "-E",
            "UTF8",
            "--no-sync",
        ]
        made = subprocess.run([*initdb, "--locale=C"], cwd=folder, capture_output=True, text=True, timeout=START_SECONDS, **user)
        if made.returncode != 0:
            pytest.skip(f"initdb failed: {made.stderr.strip()[-300:]}")
        settings = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=64MB", "max_connections=40"]
        settings += ["listen_addresses=127.0.0.1", f"port={port}", f"unix_socket_directories={folder}"]
        command = [binaries / "postgres", "-D", data, *(part for setting in settings for part in ("-c", setting))]
        log = (folder / "log").open("wb")
        server = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, **user)
        try:
            _wait(server, port, password, folder / "log")
            yield Cluster(port, password)
        finally:
            server.send_signal(2)  # SIGINT: a fast shutdown
            try:
                server.wait(START_SECONDS)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
            log.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait(server: subprocess.Popen[bytes], port: int, password: str, log: Path) -> None:
    import time

    import psycopg

    for _ in range(START_SECONDS * 20):
        if server.poll() is not None:
            pytest.skip(f"PostgreSQL did not start: {log.read_text(errors='replace')[-300:]}")
        try:
            psycopg.connect(f"postgresql://pqscan:{password}@127.0.0.1:{port}/postgres", connect_timeout=5).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    pytest.skip(f"PostgreSQL did not answer within {START_SECONDS} seconds")


@pytest.fixture(scope="session")
def new_database(postgres: Cluster) -> Callable[[], str]:
    """Makes an empty database and gives its URL."""
    import psycopg

    def make() -> str:
        name = f"store_{secrets.token_hex(6)}"
        with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return postgres.url(name)

    return make
