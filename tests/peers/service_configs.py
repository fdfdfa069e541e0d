"""How the services of Debian are set up for tests: one function a program, which writes its configuration and gives its command."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(slots=True)
class Ground:
    """The folder of one service: its certificate, its key and its configuration."""

    folder: Path
    port: int
    options: tuple[str, ...]
    account: pwd.struct_passwd | None = None

    @property
    def chain(self) -> str:
        return str(self.folder / "chain.pem")

    @property
    def key(self) -> str:
        return str(self.folder / "key.pem")

    def write(self, name: str, *lines: str) -> str:
        (self.folder / name).write_text("\n".join(lines) + "\n")
        return str(self.folder / name)

    def make(self, name: str) -> str:
        (self.folder / name).mkdir(parents=True, exist_ok=True)
        return str(self.folder / name)

    def own(self) -> None:
        """Gives the whole folder to the account that the service runs under."""
        if self.account is not None and os.geteuid() == 0:
            for place in (self.folder, *self.folder.rglob("*")):
                os.chown(place, self.account.pw_uid, self.account.pw_gid)


def found(*names: str) -> str | None:
    """The first of some programs that is on this machine; /usr/sbin is looked at, too."""
    path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin", *map(str, _postgresql_folders())))
    return next((place for name in names if (place := shutil.which(name, path=path))), None)


def _postgresql_folders() -> list[Path]:
    return sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: -int(folder.parent.name.split(".")[0]))


def postfix(ground: Ground) -> list[str]:
    """Its master with smtpd and what that asks; nothing is delivered."""
    queue = ground.make("queue")
    queues = "pid public private active incoming maildrop hold deferred saved corrupt bounce defer trace flush"
    for name in queues.split():
        ground.make(f"queue/{name}")
    ground.write(
        "main.cf",
        f"queue_directory = {queue}",
        f"data_directory = {ground.make('data')}",
        "compatibility_level = 3.6",
        "mail_owner = postfix",
        "myhostname = smtp.demo.invalid",
        "inet_interfaces = 127.0.0.1",
        "inet_protocols = ipv4",
        "mydestination =",
        "alias_maps =",
        "local_recipient_maps =",
        "smtpd_tls_security_level = may",
        f"smtpd_tls_chain_files = {ground.key}, {ground.chain}",
        "smtpd_tls_session_cache_database =",
        "smtpd_peername_lookup = no",
        f"maillog_file = {ground.folder}/log",
        "maillog_file_prefixes = /tmp, /var",
        *ground.options,
    )
    ground.write(
        "master.cf",
        f"127.0.0.1:{ground.port} inet n - n - - smtpd",
        "anvil unix - - n - 1 anvil",
        "tlsmgr unix - - n 1000? 1 tlsmgr",
        "rewrite unix - - n - - trivial-rewrite",
        "cleanup unix n - n - 0 cleanup",
        "pickup unix n - n 3600 1 pickup",
        "postlog unix-dgram n - n - 1 postlogd",
    )
    if ground.account is not None:
        os.chown(ground.folder / "data", ground.account.pw_uid, ground.account.pw_gid)
        for place in (ground.folder / "queue").iterdir():
            os.chown(place, 0 if place.name == "pid" else ground.account.pw_uid, ground.account.pw_gid)
    return ["/usr/lib/postfix/sbin/master", "-c", str(ground.folder), "-d"]


def dovecot(ground: Ground) -> list[str]:
    """`options`: the protocol of this peer."""
    protocol = ground.options[0]
    service = {"sieve": "managesieve-login", "lmtp": "lmtp"}.get(protocol, f"{protocol}-login")
    others = {"imap": "imaps", "pop3": "pop3s"}.get(protocol)
    closed = [f"  inet_listener {others} {{", "    port = 0", "  }"] if others else []
    root = "root" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    config = ground.write(
        "dovecot.conf",
        f"protocols = {protocol}",
        "listen = 127.0.0.1",
        f"base_dir = {ground.folder}/run",
        f"state_dir = {ground.folder}/state",
        f"log_path = {ground.folder}/log",
        "ssl = yes",
        f"ssl_cert = <{ground.chain}",
        f"ssl_key = <{ground.key}",
        "ssl_min_protocol = TLSv1.2",
        "ssl_dh = </usr/share/dovecot/dh.pem",  # Debian's own, without which it drops whoever asks for DHE
        "auth_mechanisms = plain",
        "login_trusted_networks =",
        f"default_internal_user = {root}" if root != "root" else "default_internal_user = dovecot",
        "passdb {",
        "  driver = static",
        "  args = nopassword=n password=x",
        "}",
        "userdb {",
        "  driver = static",
        f"  args = uid=nobody gid=nogroup home={ground.folder}",
        "}",
        f"service {service} {{",
        *closed,
        f"  inet_listener {protocol} {{",
        f"    port = {ground.port}",
        "  }",
        "}",
    )
    return [found("dovecot") or "", "-F", "-c", config]


def slapd(ground: Ground) -> list[str]:
    config = ground.write(
        "slapd.conf",
        f"TLSCertificateFile {ground.chain}",
        f"TLSCertificateKeyFile {ground.key}",
        f"TLSCACertificateFile {ground.chain}",
        f"pidfile {ground.folder}/pid",
        "database config",
        *ground.options,
    )
    return [found("slapd") or "", "-f", config, "-h", f"ldap://127.0.0.1:{ground.port}", "-d", "0"]


def vsftpd(ground: Ground) -> list[str]:
    config = ground.write(
        "vsftpd.conf",
        "listen=YES",
        "listen_address=127.0.0.1",
        f"listen_port={ground.port}",
        "background=NO",
        "anonymous_enable=NO",
        "local_enable=YES",
        "run_as_launching_user=YES" if os.geteuid() != 0 else "nopriv_user=nobody",
        f"secure_chroot_dir={ground.make('empty')}",
        "ssl_enable=YES",
        f"rsa_cert_file={ground.chain}",
        f"rsa_private_key_file={ground.key}",
        "ssl_tlsv1=YES",
        "ssl_ciphers=HIGH",
        "seccomp_sandbox=NO",
        *ground.options,
    )
    return [found("vsftpd") or "", config]


def prosody(ground: Ground) -> list[str]:
    """`options`: whether clients or servers are served on the port (c2s, s2s)."""
    served = ground.options[0]
    other = {"c2s": "s2s", "s2s": "c2s"}[served]
    config = ground.write(
        "prosody.cfg.lua",
        f'pidfile = "{ground.folder}/pid"',
        f'data_path = "{ground.make("data")}"',
        "run_as_root = true",
        "daemonize = false",
        'interfaces = { "127.0.0.1" }',
        f"{served}_ports = {{ {ground.port} }}",
        f"{other}_ports = {{ }}",
        "c2s_direct_tls_ports = { } s2s_direct_tls_ports = { } http_ports = { } https_ports = { }",
        'modules_enabled = { "tls", "saslauth", "dialback", "roster" }',
        'modules_disabled = { "s2s_auth_certs" }',
        "c2s_require_encryption = true",
        "s2s_require_encryption = true",
        f'log = {{ warn = "{ground.folder}/log" }}',
        f'ssl = {{ certificate = "{ground.chain}", key = "{ground.key}" }}',
        'VirtualHost "xmpp.demo.invalid"',
        f'  ssl = {{ certificate = "{ground.chain}", key = "{ground.key}" }}',
    )
    return [found("prosody") or "", "--config", config, "-F"]


def inspircd(ground: Ground) -> list[str]:
    config = ground.write(
        "inspircd.conf",
        '<server name="irc.demo.invalid" description="a peer" network="demo">',
        '<admin name="a" nick="a" email="a@demo.invalid">',
        f'<bind address="127.0.0.1" port="{ground.port}" type="clients">',
        '<connect allow="*" timeout="60" threshold="1000" commandrate="100000" localmax="1000" globalmax="1000"',
        ' resolvehostnames="no" useident="no">',
        '<module name="cap">',
        '<module name="starttls">',
        '<module name="ssl_gnutls">',
        f'<sslprofile name="Clients" provider="gnutls" certfile="{ground.chain}" keyfile="{ground.key}" hash="sha256">',
        f'<pid file="{ground.folder}/pid">',
        f'<path configdir="{ground.folder}" datadir="{ground.folder}" logdir="{ground.folder}" runtimedir="{ground.folder}">',
        f'<log method="file" type="*" level="default" target="{ground.folder}/log">',
    )
    return [found("inspircd") or "", "--nofork", "--config", config]


def postgresql(ground: Ground) -> list[str]:
    data = str(ground.folder / "data")
    initdb = [found("initdb") or "", "-D", data, "-A", "trust", "--no-sync", "--locale=C", "-E", "UTF8"]
    _run(ground, initdb)
    settings = ["fsync=off", "ssl=on", f"ssl_cert_file={ground.chain}", f"ssl_key_file={ground.key}", f"port={ground.port}"]
    settings += ["listen_addresses=127.0.0.1", f"unix_socket_directories={ground.folder}", "shared_buffers=16MB", *ground.options]
    return [found("postgres") or "", "-D", data, *(part for setting in settings for part in ("-c", setting))]


def mariadb(ground: Ground) -> list[str]:
    data = ground.make("data")
    ground.own()
    user = f"--user={ground.account.pw_name}" if ground.account is not None else "--no-defaults"
    _run(
        ground,
        [found("mariadb-install-db") or "", "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal"],
    )
    return [
        found("mariadbd") or "",
        "--no-defaults",
        *([user] if ground.account is not None else []),
        f"--datadir={data}",
        f"--socket={ground.folder}/socket",
        f"--pid-file={ground.folder}/pid",
        "--bind-address=127.0.0.1",
        f"--port={ground.port}",
        "--skip-name-resolve",
        "--innodb-buffer-pool-size=8M",
        "--innodb-flush-log-at-trx-commit=0",
        f"--ssl-cert={ground.chain}",
        f"--ssl-key={ground.key}",
        *ground.options,
    ]


def xrdp(ground: Ground) -> list[str]:
    """`options`: lines of its section for all."""
    config = ground.write(
        "xrdp.ini",
        "[Globals]",
        f"port=tcp://127.0.0.1:{ground.port}",
        "fork=true",
        "tcp_nodelay=true",
        "crypt_level=high",
        f"certificate={ground.chain}",
        f"key_file={ground.key}",
        "ssl_protocols=TLSv1.2, TLSv1.3",
        *ground.options,
        "[Logging]",
        f"LogFile={ground.folder}/log",
        "LogLevel=WARNING",
        "EnableSyslog=false",
        "[Channels]",
        "[Xorg]",
        "name=Xorg",
        "lib=libxup.so",
    )
    return [found("xrdp") or "", "--nodaemon", "--config", config]


def _run(ground: Ground, command: list[str]) -> None:
    done = subprocess.run(
        command, cwd=ground.folder, capture_output=True, text=True, timeout=120, check=False, **as_account(ground.account)
    )
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed: {done.stdout[-500:]}{done.stderr[-500:]}")


def as_account(account: pwd.struct_passwd | None) -> dict[str, object]:
    if account is None or os.geteuid() != 0:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
