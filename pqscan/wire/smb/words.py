"""Numbers of the NEGOTIATE messages ([MS-SMB2], sections 2.2.1 to 2.2.4)."""

from __future__ import annotations

from enum import IntEnum, IntFlag


class Dialect(IntEnum):
    SMB_2_0_2 = 0x0202
    SMB_2_1 = 0x0210
    SMB_3_0 = 0x0300
    SMB_3_0_2 = 0x0302
    SMB_3_1_1 = 0x0311


class ContextType(IntEnum):
    """Of negotiate contexts (section 2.2.3.1)."""

    PREAUTH_INTEGRITY = 1
    ENCRYPTION = 2
    COMPRESSION = 3
    SIGNING = 8


class SecurityMode(IntFlag):
    SIGNING_ENABLED = 1
    SIGNING_REQUIRED = 2


ENCRYPTION_CAPABILITY = 0x40
"""SMB2_GLOBAL_CAP_ENCRYPTION (section 2.2.4), which tells of dialects 3.0 and 3.0.2 what a context tells of 3.1.1."""

SUCCESS = 0x00000000
REFUSALS = frozenset({0xC00000BB, 0xC000000D})
"""STATUS_NOT_SUPPORTED, by which a server refuses all dialects that were named (section 3.3.5.4), and STATUS_INVALID_PARAMETER, by
which Samba refuses one in which it cannot sign as it is told to."""
