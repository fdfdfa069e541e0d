"""What a system has installed: packages of cryptography in the databases of dpkg, apk and rpm, each with its version and with what
that version knows. The files of a package are found by themselves, where they lie."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.model.library_facts import library_observation
from pqscan.model.observation import Observation, Usage
from pqscan.model.outcome import Facts, OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget
from pqscan.probe import FileSource, Mark
from pqscan.registry.programs import library_of_package
from pqscan.wire.packages.listed import Package, read_apk, read_dpkg
from pqscan.wire.packages.rpm import read_rpm_database

_DPKG = Mark("dpkg", "Package: ", at_start=True)
_APK = Mark("apk", "C:Q1", at_start=True)
_RPM = (Mark("sqlite", "SQLite format 3\0", at_start=True), Mark("rpm-ndb", "RpmP", at_start=True))
_BERKELEY = Mark("berkeley-db-hash", " ".join(["??"] * 12) + " 61 15 06 00", is_hex=True, at_start=True)
_LOGS = (
    Mark("sqlite-log", "37 7f 06 82", is_hex=True, at_start=True),
    Mark("sqlite-log-big", "37 7f 06 83", is_hex=True, at_start=True),
)
_REGION = bytes.fromhex("0000003f00000007")
"""What every header of rpm begins with (RPMTAG_HEADERIMMUTABLE, of octets): databases of other programs have none."""
_CONTEXT = "system"


class PackageDatabaseProbe:
    """Raises WrongProtocol where the file is none, or tells of no package of cryptography."""

    name = "package_database"
    marks = (_DPKG, _APK, *_RPM, _BERKELEY, *_LOGS)

    async def run(self, target: FileTarget, source: FileSource) -> Facts:
        if source.places(_BERKELEY).offsets:
            if _REGION not in source.data:
                raise WrongProtocol(f"{target.path} is a database of Berkeley DB, and none of rpm; leave it out")
            return Facts((), complete=False, status=OutcomeStatus.EXCLUDED, detail=Reason.of("package_database_not_read"))
        if any(source.places(mark).offsets for mark in _LOGS):
            if _REGION not in source.data:
                raise WrongProtocol(f"{target.path} is a log of SQLite without a package of rpm; leave it out")
            return Facts((), complete=False, status=OutcomeStatus.EXCLUDED, detail=Reason.of("package_database_log_not_read"))
        manager, packages, is_cut = _read(source)
        is_cut = is_cut or not source.is_whole
        observations = tuple(_observations(manager, packages, source))
        if not observations and not (is_cut and packages):
            raise WrongProtocol(f"{target.path} tells of no installed package of cryptography; leave it out")
        detail = Reason.of("package_database_cut", packages=len(packages)) if is_cut else None
        return Facts(observations, complete=not is_cut, detail=detail)


def _read(source: FileSource) -> tuple[str, tuple[Package, ...], bool]:
    if source.places(_DPKG).offsets:
        return "dpkg", *read_dpkg(source.data)
    if source.places(_APK).offsets:
        return "apk", *read_apk(source.data)
    try:
        packages, is_cut = read_rpm_database(source.data)
    except MalformedMessage as error:
        raise WrongProtocol(f"the file is no database of rpm: {error}") from error
    return "rpm", packages, is_cut


def _observations(manager: str, packages: Iterable[Package], source: FileSource) -> Iterator[Observation]:
    for package in packages:
        library = library_of_package(package.name)
        if library is not None:
            yield library_observation(
                library.name,
                Usage.PRESENT,
                source.where(package.offset),
                context=_CONTEXT,
                version=package.version,
                knows_post_quantum=library.knows_post_quantum(package.version),
                since=library.since,
                algorithms=library.algorithms,
                others=(
                    ("package", package.name),
                    ("manager", manager),
                    ("state", "installed" if package.is_installed else "packed"),
                ),
            )
