"""Makes a folder that installs pqscan on a machine without a network: `make bundle KEY=private.pem`.

Every locked package as a wheel, pqscan itself and liboqs, a list of requirements with the hash of each wheel, an install script,
and SHA256SUMS over all of it, signed with an Ed25519 key (RFC 8032) that the caller gives. Whoever verifies needs openssl and the
public key, which is written beside the folder and not into it: it has to arrive by another way.
"""

from __future__ import annotations

import argparse
import getpass
import hashlib
import platform
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WHEELS = ROOT / "dist" / "wheels"  # what was fetched, for each Python
PARTS = ROOT / "tools" / "bundle_parts"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")  # Debian 12 has 3.11, Debian 13 has 3.13.
_GLIBC_MINOR = 36  # Debian 12; wheels for older ones fit too


class BundleError(Exception):
    """Why there is no bundle, in one sentence."""


def main() -> int:
    parser = argparse.ArgumentParser(description="makes a folder that installs pqscan on a machine without a network")
    parser.add_argument("--out", type=Path, default=ROOT / "dist" / "bundle", help="the folder to make, anew each time")
    parser.add_argument("--key", type=Path, help="a private Ed25519 key in PEM; without one the bundle is unsigned")
    parser.add_argument("--fetch", action="store_true", help="only fetch what a bundle for this Python is made of")
    parser.add_argument("--pythons", default=" ".join(PYTHONS), help="the Python versions of the machines it is for")
    options = parser.parse_args()
    try:
        if options.fetch:
            fetch("{}.{}".format(*sys.version_info))
        else:
            make(options.out.absolute(), known(options.pythons.split()), options.key)
    except BundleError as error:
        print(f"make bundle: {error}", file=sys.stderr)
        return 1
    return 0


def make(out: Path, pythons: list[str], key: Path | None) -> None:
    """Fills `out`, which is made anew, and writes `out`.tar beside it. Raises BundleError."""
    signer = None if key is None else private_key(key)  # Before anything is fetched: a wrong key is told at once.
    if out.exists() and any(out.iterdir()) and not (out / "SHA256SUMS").exists():
        raise BundleError(f"{out} is there and is no bundle; name another folder with OUT.")
    shutil.rmtree(out, ignore_errors=True)
    wheels = out / "wheels"
    wheels.mkdir(parents=True)
    for wheel in {wheel.name: wheel for version in pythons for wheel in fetched(version)}.values():
        shutil.copy(wheel, wheels)
    built = build(wheels)
    (out / "requirements.txt").write_text(requirements((ROOT / "requirements.lock").read_text("utf-8"), built), "utf-8")
    (out / "pythons").write_text("".join(f"{version}\n" for version in pythons), "utf-8")
    (out / "machine").write_text(f"{platform.system()} {platform.machine()}\n", "utf-8")
    for part in sorted(PARTS.iterdir()):
        shutil.copy(part, out / part.name)
    sums = checksums(out)
    (out / "SHA256SUMS").write_bytes(sums)
    report = f"{len(list(wheels.iterdir()))} wheels for Python {', '.join(pythons)}"
    if signer is None:
        print(f"{report}; the bundle is NOT signed: give a private key, make bundle KEY=private.pem, to have it signed.")
    else:
        signature, public = signer(sums)
        (out / "SHA256SUMS.sig").write_bytes(signature)
        beside = out.with_name(out.name + ".public.pem")
        beside.write_bytes(public)
        print(f"{report}; signed; whoever verifies needs {beside}, SHA-256 {hashlib.sha256(public).hexdigest()}, by another way.")
    packed = out.with_name(out.name + ".tar")
    with tarfile.open(packed, "w") as archive:
        archive.add(out, arcname=f"pqscan-{version_of(built, 'pqscan')}", filter=_of_nobody)
    print(f"{packed} holds what lies in {out}.")


def private_key(path: Path) -> Callable[[bytes], tuple[bytes, bytes]]:
    """What signs with the key in this file, giving the signature and the public key in PEM; asks for a passphrase where one is set.

    Raises BundleError."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    make_one = "make one with: openssl genpkey -algorithm ed25519 -out private.pem"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BundleError(f"the key {path} cannot be read: {error.strerror}.") from error
    secret = getpass.getpass(f"passphrase of {path}: ").encode() if b"ENCRYPTED" in content else None
    try:
        key = serialization.load_pem_private_key(content, secret)
    except (ValueError, TypeError) as error:
        raise BundleError(f"{path} is no private key in PEM, or its passphrase is another one; {make_one}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise BundleError(f"{path} is no Ed25519 key; {make_one}")
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return lambda content: (key.sign(content), public)


def fetch(version: str) -> None:
    """Brings here what a bundle for one Python is made of; no network is needed from then on. Raises BundleError."""
    fetched(version)
    from_source()


def known(pythons: list[str]) -> list[str]:
    unknown = [version for version in pythons if version not in PYTHONS]
    if unknown or not pythons:
        raise BundleError(f"PYTHONS names {', '.join(unknown) or 'nothing'}; there are {', '.join(PYTHONS)}.")
    return pythons


def fetched(version: str) -> list[Path]:
    """Every package of requirements.lock as a wheel for this Python on Debian 12 or newer. Raises BundleError.

    pip compares the hashes, here and again where they are installed."""
    machine = platform.machine()
    fitting = [f"manylinux_2_{minor}_{machine}" for minor in range(_GLIBC_MINOR, 4, -1)] + [f"manylinux2014_{machine}", "any"]
    options = ["--only-binary", ":all:", "--implementation", "cp", "--python-version", version]
    options += [word for tag in fitting for word in ("--platform", tag)]
    return _kept(version, "requirements.lock", ["download", *options, "-d"])


def from_source() -> list[Path]:
    """What comes as source only, built here; pip compares the hash of the source. Raises BundleError."""
    return _kept("source", "requirements-source.lock", ["wheel", "--no-build-isolation", "-w"])


def _kept(name: str, lock: str, command: list[str]) -> list[Path]:
    """The wheels of a lock, in a folder that is kept until the lock changes."""
    folder = WHEELS / name
    stamp, wanted = folder / "made-from", hashlib.sha256((ROOT / lock).read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        pip(*command, str(folder), "--require-hashes", "--no-deps", "-r", lock)
        stamp.write_text(wanted)
    return sorted(folder.glob("*.whl"))


def build(wheels: Path) -> list[Path]:
    """What no index has: pqscan itself, what comes as source only, and liboqs where it can be built. Raises BundleError."""
    before = set(wheels.iterdir())
    for wheel in from_source():
        shutil.copy(wheel, wheels)
    run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(wheels)])
    liboqs = subprocess.run([ROOT / "tools" / "liboqs", "wheel"], stdout=subprocess.PIPE, text=True, check=False)
    if liboqs.returncode == 0:
        shutil.copy(liboqs.stdout.strip(), wheels)
    else:
        print("make bundle: liboqs is not in it, so that the harness will not work where it is installed.", file=sys.stderr)
    return sorted(set(wheels.iterdir()) - before)


def requirements(lock: str, built: Iterable[Path]) -> str:
    """The lock, with a line for each wheel that was built here and its own hash."""
    lines = [lock.rstrip("\n")]
    for wheel in built:
        name, version = wheel.name.split("-")[:2]
        lines.append(f"{name.replace('_', '-')}=={version} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}")
    return "\n".join(lines) + "\n"


def version_of(built: Iterable[Path], name: str) -> str:
    return next(wheel.name.split("-")[1] for wheel in built if wheel.name.split("-")[0] == name)


def _of_nobody(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Says nothing about who made the archive, and can be read by whoever unpacks it."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o755 if member.isdir() or member.name.endswith(".sh") else 0o644
    return member


def checksums(folder: Path) -> bytes:
    """One line for each file, as sha256sum writes and checks them."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name not in {"SHA256SUMS", "SHA256SUMS.sig"})
    return "".join(f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.relative_to(folder).as_posix()}\n" for p in paths).encode()


def pip(command: str, *arguments: str) -> None:
    run([sys.executable, "-m", "pip", command, "--quiet", "--disable-pip-version-check", *arguments])


def run(command: list[str]) -> None:
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    if done.returncode != 0:
        sys.stderr.buffer.write(done.stderr)
        raise BundleError(f"this failed (see above): {' '.join(command[:6])} ...")


if __name__ == "__main__":
    sys.exit(main())
