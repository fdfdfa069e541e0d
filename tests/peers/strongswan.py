"""strongSwan gateways in roots that `tools/debian-peers make FOLDER strongswan strongswan-old` set up: charon-systemd and swanctl.

sid has 6.1, whose OpenSSL computes ML-KEM; trixie 6.0, which negotiates ML-KEM where its proposals name it and cannot compute it;
bookworm 5.9, which knows no further key exchanges (RFC 9370). An IKE SA is all that comes up, without a CHILD_SA (RFC 6023): then
the kernel needs no ESP. They listen on every address, so they run only where `tools/debian-peers run` put the tests.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from pqscan.demo.certificates import Identity
from tests.peers import debian

_PATIENCE_SECONDS = 60
_SECRET = "loopback"
_PPK = "ppk.demo.invalid"
# Named, for kernel-libipsec, where libcharon-extra-plugins brings it, ends charon within a root. No suite has `ml` yet.
_PLUGINS = "random drbg nonce kdf openssl ml pem pkcs1 pkcs8 x509 pubkey constraints kernel-netlink socket-default vici"


class Suite(StrEnum):
    """A suite of Debian and the set of `tools/debian-peers` that its gateway is in."""

    SID = "sid"
    TRIXIE = "trixie"
    BOOKWORM = "bookworm"

    @property
    def set_name(self) -> str:
        return "strongswan-old" if self is Suite.BOOKWORM else "strongswan"

    @property
    def root(self) -> Path:
        return Path(os.environ["PQSCAN_DEBIAN_PEERS"]) / self


@dataclass(frozen=True, slots=True)
class GatewaySpec:
    """How a gateway is set up. `proposals` are those of the IKE SA in strongSwan's spelling. Both ends show a certificate where
    they have an `identity`, and know one secret otherwise. `port` and `nat_port` 0 let the system choose: for a second gateway on
    the same machine. `version` of IKE is 1 or 2; 0 for both. `vendor_id`: it says what it is; `ppk`: it knows a
    post-quantum preshared key (RFC 8784)."""

    suite: Suite
    proposals: tuple[str, ...]
    address: str = "127.0.0.1"
    other: str = "%any"
    name: str = "gateway.demo.invalid"
    identity: Identity | None = None
    port: int = 500
    nat_port: int = 4500
    version: int = 2
    vendor_id: bool = False
    ppk: bool = False


def missing(suite: Suite) -> str | None:
    """Why a gateway of this suite cannot run here, None where it can."""
    return debian.heard_elsewhere() or debian.not_made(suite.root, suite.set_name)


class Gateway:
    """A gateway that listens. `log_path` is what it said so far, at strongSwan's level 2 for IKE and configuration."""

    def __init__(self, spec: GatewaySpec, folder: Path) -> None:
        self.spec = spec
        self.log_path = folder / "log"
        self._inside = f"/{folder.relative_to(spec.suite.root)}"
        self._environment = {
            **os.environ,
            "LC_ALL": "C",
            "STRONGSWAN_CONF": f"{self._inside}/strongswan.conf",
            "SWANCTL_DIR": self._inside,
        }
        _write(spec, folder, self._inside)

    def start(self) -> subprocess.Popen[str]:
        """Raises RuntimeError with the last of its log where it does not come up."""
        process = subprocess.Popen(
            ["chroot", str(self.spec.suite.root), "charon-systemd"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=self._environment,
        )
        up = threading.Event()
        assert process.stdout is not None
        threading.Thread(target=_keep, args=(process.stdout, self.log_path, up), daemon=True).start()
        loaded = up.wait(_PATIENCE_SECONDS) and process.poll() is None and self._ask("--load-all")
        if not loaded or loaded.returncode:
            process.kill()
            process.wait()
            told = loaded.stdout if loaded else ""
            raise RuntimeError(f"strongSwan of {self.spec.suite} did not come up: {self.log[-2000:]}{told[-1000:]}")
        return process

    @property
    def log(self) -> str:
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def initiate(self) -> bool:
        """Whether an SA with `spec.other` came up; the log says why not."""
        return self._ask("--initiate", "--ike", "gateway", "--timeout", str(_PATIENCE_SECONDS // 2)).returncode == 0

    def established(self) -> tuple[str, ...]:
        """What each SA that is up was agreed on, as `AES_GCM_16-256/PRF_HMAC_SHA2_384/CURVE_25519/KE1_ML_KEM_768`."""
        return tuple(re.findall(r"ESTABLISHED.*\n  local .*\n  remote .*\n  (\S+)\n", self._ask("--list-sas").stdout))

    def _ask(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["chroot", str(self.spec.suite.root), "swanctl", *arguments, "--uri", f"unix://{self._inside}/vici"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=self._environment,
            timeout=_PATIENCE_SECONDS,
            check=False,
        )


@contextlib.contextmanager
def running(spec: GatewaySpec) -> Iterator[Gateway]:
    """A gateway, stopped at the end; its files go with it."""
    with tempfile.TemporaryDirectory(prefix="pqscan-ike-", dir=spec.suite.root / "tmp") as name:
        gateway = Gateway(spec, Path(name))
        process = gateway.start()
        try:
            yield gateway
        finally:
            process.kill()  # An orderly end would tell the other side.
            process.wait()


def _write(spec: GatewaySpec, folder: Path, inside: str) -> None:
    (folder / "strongswan.conf").write_text(
        f"""charon-systemd {{
  load = {_PLUGINS}
  port = {spec.port}
  port_nat_t = {spec.nat_port}
  send_vendor_id = {"yes" if spec.vendor_id else "no"}
  install_routes = no
  install_virtual_ip = no
  plugins {{
    vici {{
      socket = unix://{inside}/vici
    }}
  }}
  filelog {{
    stderr {{
      default = 1
      ike = 2
      cfg = 2
    }}
  }}
}}
swanctl {{
  load = random openssl pem pkcs1 pkcs8 x509 pubkey
}}
""",
        encoding="utf-8",
    )
    proof = "psk" if spec.identity is None else "pubkey"
    own = "" if spec.identity is None else "certs = leaf.pem"
    secrets = f'secrets {{\n  ike-loopback {{\n    secret = "{_SECRET}"\n  }}\n}}\n' if spec.identity is None else ""
    ppk = f'secrets {{\n  ppk-loopback {{\n    id = {_PPK}\n    secret = "{_SECRET}"\n  }}\n}}\n' if spec.ppk else ""
    (folder / "swanctl.conf").write_text(
        f"""connections {{
  gateway {{
    version = {spec.version}
    local_addrs = {spec.address}
    remote_addrs = {spec.other}
    proposals = {",".join(spec.proposals)}
    {"childless = force" if spec.version == 2 else ""}
    {f"ppk_id = {_PPK}" if spec.ppk else ""}
    local {{
      auth = {proof}
      id = {spec.name}
      {own}
    }}
    remote {{
      auth = {proof}
    }}
  }}
}}
{secrets}{ppk}""",
        encoding="utf-8",
    )
    if spec.identity is not None:
        _write_identity(spec.identity, folder)


def _write_identity(identity: Identity, folder: Path) -> None:
    held = {
        "x509/leaf.pem": identity.chain[0].public_bytes(Encoding.PEM),
        "x509ca/root.pem": identity.root.public_bytes(Encoding.PEM),
        "private/key.pem": identity.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        **{f"x509ca/{rank}.pem": issuer.public_bytes(Encoding.PEM) for rank, issuer in enumerate(identity.chain[1:])},
    }
    for name, data in held.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)


def _keep(stream: IO[str], path: Path, up: threading.Event) -> None:
    """Into the log; `up` when charon has its threads, and also when it ends."""
    with contextlib.suppress(ValueError, OSError), path.open("w", encoding="utf-8") as log:
        for line in stream:
            log.write(line)
            log.flush()
            if "spawning" in line:
                up.set()
    up.set()
