"""What the IKE probe must find at gateways of strongSwan: tests/peers/truth/ike, one file a gateway."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from tests.peers.strongswan import GatewaySpec, Suite

_FOLDER = Path(__file__).parent / "truth" / "ike"


@dataclass(frozen=True, slots=True)
class IkeTruth:
    """A gateway's settings and its answers, by names of the registry. `versions` are those that it takes; lists of what it takes
    stand in its order for groups, in the order of their numbers for the rest. What it was asked for and is not listed, it refuses.
    `chosen` is what a peer gets that offers all; `quick_datagrams` is how many the quick profile sends."""

    suite: Suite
    proposals: tuple[str, ...]
    version: int
    vendor_id: bool
    ppk: bool
    key_establishment: str
    authentication: str
    versions: tuple[str, ...]
    additional: tuple[str, ...]
    groups: tuple[str, ...]
    groups_with_additional: tuple[str, ...]
    ciphers: tuple[str, ...]
    prfs: tuple[str, ...]
    integrity: tuple[str, ...]
    hashes: tuple[str, ...]
    behaviours: tuple[str, ...]
    software: tuple[str, ...]
    chosen: tuple[str, ...]
    quick_datagrams: int
    ikev1: tuple[str, ...]

    @property
    def spec(self) -> GatewaySpec:
        return GatewaySpec(self.suite, self.proposals, version=self.version, vendor_id=self.vendor_id, ppk=self.ppk)


def ike_truth_names() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


def load_ike_truth(name: str) -> IkeTruth:
    """The truth file of that name."""
    row = tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))

    def words(key: str) -> tuple[str, ...]:
        return tuple(row.pop(key, ()))

    truth = IkeTruth(
        suite=Suite(row.pop("suite")),
        proposals=words("proposals"),
        version=row.pop("version", 2),
        vendor_id=row.pop("vendor_id", False),
        ppk=row.pop("ppk", False),
        key_establishment=row.pop("key_establishment"),
        authentication=row.pop("authentication", "unknown"),
        versions=words("versions"),
        additional=words("additional"),
        groups=words("groups"),
        groups_with_additional=words("groups_with_additional"),
        ciphers=words("ciphers"),
        prfs=words("prfs"),
        integrity=words("integrity"),
        hashes=words("hashes"),
        behaviours=words("behaviours"),
        software=words("software"),
        chosen=words("chosen"),
        quick_datagrams=row.pop("quick_datagrams"),
        ikev1=words("ikev1"),
    )
    if row:
        raise ValueError(f"{name} holds what nobody compares: {', '.join(row)}")
    return truth
