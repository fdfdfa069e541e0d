"""Information systems as their owners describe them: what no scan can tell.

The fields are those of OMB M-23-02 (II.A, appendix B), of the PQCC inventory workbook, and of Vietnam's register of systems by
level (Form 08 of Decree 331/2026, read in a secondary source). What nobody stated is None or empty, and is shown as not stated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class SystemKind(StrEnum):
    NATIONAL_DATABASE = "national_database"
    SECTOR_DATABASE = "sector_database"
    SHARED = "shared"
    PUBLIC_SERVICE = "public_service"
    INTERNAL = "internal"
    INFRASTRUCTURE = "infrastructure"
    SIGNING = "signing"
    ARCHIVE = "archive"
    OTHER = "other"


class DataClass(StrEnum):
    PUBLIC = "public"
    PRIVATE = "private"
    BASIC_PERSONAL = "basic_personal"
    SENSITIVE_PERSONAL = "sensitive_personal"
    STATE_SECRET = "state_secret"  # noqa: S105  # A class of data, no password.


class Secrecy(StrEnum):
    """The three levels of the Law on Protection of State Secrets: Tuyệt mật, Tối mật, Mật."""

    TOP_SECRET = "top_secret"  # noqa: S105
    SECRET = "secret"  # noqa: S105
    CONFIDENTIAL = "confidential"


class Regime(StrEnum):
    """Under whose rules the system's cryptography stands; each has one answering authority."""

    CIPHER = "cipher"  # cơ yếu
    MILITARY = "military"  # quân sự
    SECURITY = "security"  # an ninh
    CIVIL = "civil"  # dân sự


class Stage(StrEnum):
    PLANNED = "planned"
    DESIGN = "design"
    BUILD = "build"
    TRIAL = "trial"
    OPERATION = "operation"
    UPGRADE = "upgrade"
    RETIRED = "retired"


class Hosting(StrEnum):
    ON_PREMISES = "on_premises"
    DATA_CENTRE = "data_centre"
    CLOUD = "cloud"
    HYBRID = "hybrid"


class Package(StrEnum):
    """M-23-02, item 7."""

    COMMERCIAL = "commercial"
    GOVERNMENT = "government"
    OPEN_SOURCE = "open_source"
    CUSTOM = "custom"


class Disposition(StrEnum):
    REFRESH = "refresh"
    REPLACE = "replace"
    DECOMMISSION = "decommission"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class System:
    """One system, as described. `scope` are the expressions by which targets join it (see `scope.py`).

    `retention_years`: how long what it holds must stay secret or be kept, counted from now, where no secrecy level says more.
    Money is in whole units of the currency that the register is kept in."""

    code: str
    name: str
    owner: str | None = None
    operator: str | None = None
    kind: SystemKind = SystemKind.OTHER
    stage: Stage = Stage.OPERATION
    level: int | None = None  # 1 to 5
    level_state: str = ""
    level_decision: str = ""
    regulation_decision: str = ""
    expected_on: date | None = None
    plan_state: str = ""
    completion_on: date | None = None
    assessment: str = ""
    is_critical: bool = False
    data_classes: frozenset[DataClass] = frozenset()
    secrecy: Secrecy | None = None
    marked_on: date | None = None  # when the protection period of its oldest secrets began
    extension_years: int | None = None
    retention_years: int | None = None
    regime: Regime | None = None
    lead_authority: str = ""
    coordinating: tuple[str, ...] = ()
    scope: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    hosting: Hosting | None = None
    site: str = ""
    vendor: str = ""
    vendor_contact: str = ""
    contact: str = ""
    is_public_investment: bool | None = None
    acquired_on: date | None = None
    fisma_id: str = ""
    fips_199: str = ""  # low, moderate, high: the high-water mark
    hva_id: str = ""
    is_nss: bool | None = None
    package: Package | None = None
    software: str = ""
    operating_system: str = ""
    access_by_asymmetric: bool | None = None
    blocks: str = ""  # why it cannot migrate, or whom it blocks
    funding: int | None = None
    funding_year: int | None = None
    migration_years: int | None = None  # Y, where the owner's plan says it
    disposition: Disposition | None = None
    disposition_on: date | None = None
    target_algorithms: tuple[str, ...] = ()
    is_agile: bool | None = None  # algorithms changed by configuration
    vendor_date: date | None = None  # when the vendor promises post-quantum cryptography
    categories: tuple[str, ...] = ()  # of CNSA 2.0 and CISA: network, web, os, software_signing, ...
    reviewed_on: date | None = None
    note: str = ""

    @property
    def carries_state_secrets(self) -> bool:
        """Then it is outside of any assessment: cipher-sector products protect it, which pqscan neither probes nor approves."""
        return self.secrecy is not None or DataClass.STATE_SECRET in self.data_classes
